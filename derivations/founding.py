"""The founding problem in one command: derive, export, check, and judge the printed figures."""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from runpy import run_path
from typing import cast
from unicodedata import combining

import numpy as np

from derivations import question
from derivations.batch_normed_net import Net, ddof, epsilon
from derivations.question import Array, Question
from matcalc import Derivation
from matcalc.check import check
from matcalc.compare import Code
from matcalc.loops import Loops, sizes_of
from matcalc.lower.export import FUNCTION, export
from matcalc.numdiff import slopes
from matcalc.sampling import Sample
from matcalc.symbols import variables

GENERAL, ASKED = "batch_normed_net", "question_net"
TITLES = {
    GENERAL: "any a, divisor N − ddof, ε under the root, R = N⁻¹ Σ ε̂²",
    ASKED: "a = relu, divisor N − 1, no ε, R = Σ ε̂², as in the question's code",
}
PRINTED = {"beta": "dR_dbeta", "gamma": "dR_dgamma_loop", "Gamma_1": "dR_dGamma_1"}
SYMBOLS = {"beta": "∂R/∂β", "gamma": "∂R/∂γ", "Gamma_1": "∂R/∂Γ₁", "Gamma_2": "∂R/∂Γ₂"}
DOCUMENT = r"""\documentclass[border=5mm]{standalone}
\usepackage{amsmath, amssymb}
\begin{document}
$\displaystyle
FORMULAS
$
\end{document}
"""
EXACT, DIFFERENCES = 1e-12, 1e-8
"""How far two computations of a gradient may be apart, relative to its norm."""
WRONG = 1e-3
"""What is further off than this, relative to the norm, is another formula and not rounding."""
PLACES = 9


class Ledger:
    """Prints statements with what came out of computing them, and remembers those that fail."""

    def __init__(self) -> None:
        self.count = 0
        self.failed: list[str] = []

    def state(self, statement: str, holds: bool) -> None:
        """Print a statement and whether it holds."""
        self.count += 1
        print(f"  {'ok   ' if holds else 'FAILS'} {statement}")
        if not holds:
            self.failed.append(statement)

    def close(self) -> int:
        """Print the outcome; the exit code."""
        if not self.failed:
            print(f"All {self.count} statements hold.")
            return 0
        print(f"{len(self.failed)} of {self.count} statements fail:", *self.failed, sep="\n  ")
        return 1


@dataclass(frozen=True)
class Gradients:
    """The question's gradients by name, computed in three ways."""

    code: Mapping[str, Array]
    loops: Mapping[str, Array]
    steps: Mapping[str, Array]
    method: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Work the founding problem; 0 if everything agrees, 1 if not, 2 if nothing was done."""
    parser = _parser()
    options = parser.parse_args(arguments)
    files = [options.folder / (name + end) for name in TITLES for end in (".tex", ".py")]
    if (taken := [path for path in files if path.exists()]) and not options.overwrite:
        parser.error(f"{taken[0]} exists: name another folder, or give --overwrite to replace it")
    derivations = {
        GENERAL: Net("abstract a", ddof, epsilon).derivation(),
        ASKED: Net("relu", ddof=1, per_row=False).derivation(),
    }
    try:
        _write(derivations, options.folder, options.overwrite)
    except OSError as error:
        parser.error(f"cannot write to {options.folder}: {error}")
    print("1  The four gradients of the net ŷ = a(b(XΓ₁))Γ₂")
    for name, detail in ((GENERAL, "steps"), (ASKED, "brief")):
        print(f"\nFor {TITLES[name]}:\n\n{derivations[name].to_text(detail)}")
    print(f"\n2  Written to {options.folder.resolve()}\n")
    for name, title in TITLES.items():
        print(f"  {name}.tex, {name}.py\n    {title}")
    ledger = Ledger()
    modules = {name: _exported(options.folder / f"{name}.py") for name in TITLES}
    _check(derivations, modules, ledger)
    _compare(derivations[ASKED], modules[ASKED], ledger)
    return ledger.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m derivations.founding",
        description="Derive the four gradients of the batch-normed net with named steps, write "
        "LaTeX and NumPy, check both, and compare with the figures the question prints.",
        epilog="example: python -m derivations.founding results --overwrite",
    )
    parser.add_argument(
        "folder",
        nargs="?",
        default="founding",
        type=Path,
        metavar="FOLDER",
        help="where the files go (default: founding)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files of an earlier run")
    return parser


def _write(derivations: Mapping[str, Derivation], folder: Path, overwrite: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, derivation in derivations.items():
        text = DOCUMENT.replace("FORMULAS", derivation.to_latex())
        with open(folder / f"{name}.tex", "w" if overwrite else "x", encoding="utf-8") as file:
            file.write(text)
        export(derivation, folder / f"{name}.py", overwrite=overwrite)


def _exported(path: Path) -> Code:
    """The function in an exported file, so that what is judged is what was written."""
    return cast(Code, run_path(str(path))[FUNCTION])


def _check(
    derivations: Mapping[str, Derivation], modules: Mapping[str, Code], ledger: Ledger
) -> None:
    print("\n3  Checked on random data: exported code against loops, loops against the loss\n")
    for name, derivation in derivations.items():
        report = check(derivation, code=modules[name])
        print(f"{report}\n")
        ledger.state(f"{name}: code, formula and loss agree", report.ok)
        print()


def _compare(derivation: Derivation, code: Code, ledger: Ledger) -> None:
    q, figures = question.load()
    judgement = Judgement(q, figures, gradients_on(q, derivation, code), ledger)
    print("4  On the question's data: N = 10, p₁ = 7, p₂ = 4\n")
    print("A gradient has its parameter's shape, columns belong to hidden units, indices count")
    print("from 1. The text's N⁻¹ is missing from the question's code, and so it is left out here.")
    for name in SYMBOLS:
        judgement.show(name)
        judgement.state_agreement(name)
    print("\n5  The printed figures are not the gradient of the question's net, for three reasons")
    judgement.slope_is_one()
    judgement.multiplied_by_sigma()
    judgement.factor_gamma()
    print()


def gradients_on(q: Question, derivation: Derivation, code: Code) -> Gradients:
    """Gradients at the question's data: by the code, by loops, by the derivative of the loss."""
    values = question.arguments(q)
    data = {v: values[v.name].tolist() for v in variables(derivation.loss)}
    sizes = sizes_of(data, {})
    base = Loops(sizes, data)
    sample = Sample(sizes, data, {}, {}, base, "the question's")
    measured = {p.name: slopes(derivation.loss, sample, p) for p in derivation.gradients}
    return Gradients(
        code=code(**values),
        loops={p.name: np.array(base.value(g)) for p, g in derivation.gradients.items()},
        steps={name: np.array(table) for name, (table, _) in measured.items()},
        method=", ".join(dict.fromkeys(method for _, method in measured.values())),
    )


@dataclass(frozen=True)
class Judgement:
    """What the question prints, beside what its code computes and what is true."""

    q: Question
    figures: Mapping[str, Array]
    true: Gradients
    ledger: Ledger

    def show(self, name: str) -> None:
        """Print one gradient entry by entry."""
        tables = {
            "matcalc NumPy": self.true.code[name],
            "loops": self.true.loops[name],
            self.true.method: self.true.steps[name],
        }
        columns = {head: question.numbers(table, PLACES) for head, table in tables.items()}
        if name in PRINTED:
            figures = self.figures[PRINTED[name]]
            computed = question.printed_code(self.q)[PRINTED[name]]
            columns = {
                "printed  ": question.as_printed(figures, PLACES),
                "the code": question.numbers(computed, PLACES),
                **columns,
            }
        entries = [f"{name}[{i + 1},{j + 1}]" for i, j in np.ndindex(*self.true.code[name].shape)]
        print(f"\n{SYMBOLS[name]}")
        print(_aligned([("", *columns), *zip(entries, *columns.values(), strict=True)]))

    def state_agreement(self, name: str) -> None:
        """Compare the ways to compute one gradient."""
        loops = self.true.loops[name]
        code = question.deviation(self.true.code[name], loops)
        step = question.deviation(self.true.steps[name], loops)
        central = question.deviation(question.central_differences(self.q, name), loops)
        self.ledger.state(
            f"NumPy is within {code:.0e} of the loops, the {self.true.method} of the loss within "
            f"{step:.0e} (of the norm)",
            max(code, step) <= EXACT,
        )
        self.ledger.state(
            f"central differences of the loss in plain NumPy are within {central:.0e}",
            central <= DIFFERENCES,
        )

    def slope_is_one(self) -> None:
        """Reason (a)."""
        q, ones = self.q, int(np.sum(question.code_slope(self.q.B) == 1))
        print("\n(a) The a′ of the code is 1 everywhere: it sets negative entries of B to 0, then")
        print("    entries ≥ 0 to 1.")
        count, gap = f"{ones} of {q.B.size} entries", np.abs(q.B).min()
        statement = f"the code's a′ is 1 in {count}, relu′(B) in {np.sum(q.B > 0)}"
        self.ledger.state(statement, ones == q.B.size)
        self.ledger.state(f"no entry of B is at the kink: the least |B| is {gap:.3f}", gap > WRONG)
        self._state_printed("1ᵀ(−2ε̂Γ₂ᵀ)", q.upstream.sum(axis=0, keepdims=True), "dR_dbeta")
        self._state_printed("the loop 1ᵀW_i", question.loop_by_beta(q), "dR_dbeta")
        self._mend("beta")

    def multiplied_by_sigma(self) -> None:
        """Reason (b)."""
        print(
            "\n(b) ∂R/∂Γ₁ also multiplies by the standard deviation where the net divides, w = γσ"
        )
        print("    for γ/σ, and it holds μ and σ fixed although both depend on Γ₁.")
        code = question.printed_code(self.q)["dR_dGamma_1"]
        self._state_printed("Xᵀ(W ⊙ γσ) with a′ ≡ 1", code, "dR_dGamma_1")
        loop = question.loop_by_Gamma_1(self.q)
        self._state_printed("the loop X_iᵀ diag(w_j)W_j", loop, "dR_dGamma_1")
        self._mend("Gamma_1")

    def factor_gamma(self) -> None:
        """Reason (c)."""
        print("\n(c) ∂R/∂γ has a factor γ too many: ∂B_ni/∂γ_i is Z̃_ni, not Z̃_niγ_i. The matrix")
        print("    form is p₂ × p₂, but γ has p₂ entries: only its diagonal belongs to them.")
        code = question.printed_code(self.q)
        matrix, loop = code["dR_dgamma_matrix"], code["dR_dgamma_loop"]
        self._state_printed("Z̃ᵀ(W ⊙ γ̃) with a′ ≡ 1", matrix, "dR_dgamma_matrix")
        self._state_printed("the loop Z̃_iᵀ(W_iγ_i)", loop, "dR_dgamma_loop")
        gap = question.deviation(np.diagonal(matrix), loop)
        self.ledger.state("the diagonal of the matrix form is the loop", gap <= EXACT)
        self._mend("gamma")

    def _state_printed(self, what: str, computed: Array, label: str) -> None:
        met, total = question.reproduced(computed, self.figures[label]), self.figures[label].size
        statement = f"{what} gives {label} to the last digit: {met} of {total} figures"
        self.ledger.state(statement, met == total)

    def _mend(self, name: str) -> None:
        """Print a formula with its errors mended one after the other, down to the gradient."""
        true, stages = self.true.code[name], question.MENDED[name](self.q)
        off = [question.deviation(stage, true) for stage in stages.values()]
        row = "row 1 of " * (len(true) > 1) + SYMBOLS[name]
        print(f"    mended one after the other ({row}; last column: greatest error / norm):")
        rows = [
            (f"    {what}", *(f"{x:.6f}" for x in stage[0]), f"{gap:.3f}")
            for (what, stage), gap in zip(stages.items(), off, strict=True)
        ]
        print(_aligned(rows, first=40, width=12))
        only_last = off[-1] <= EXACT and min(off[:-1]) > WRONG
        self.ledger.state(f"the last line, and no other, is matcalc's {SYMBOLS[name]}", only_last)


def _aligned(rows: Iterable[Sequence[str]], first: int = 14, width: int = 15) -> str:
    return "\n".join(
        (_padded(row[0], first) + "".join(cell.rjust(width) for cell in row[1:])).rstrip()
        for row in rows
    )


def _padded(text: str, width: int) -> str:
    # the tilde of Z̃ is a character of its own that takes no room
    return text.ljust(width + sum(map(bool, map(combining, text))))


if __name__ == "__main__":
    sys.exit(main())
