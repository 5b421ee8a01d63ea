"""Mutation of the code: what the tests say of functions with one mistake in them.

``python -m tests.code_mutation`` judges a sample of every family of modules, ``--only FAMILY``
(or a file) some of them, ``--all`` every mutant, ``--sample K --seed S`` others. ``--one-in N``
judges those that a hash of file, function and change picks, and that work elsewhere in the code
leaves what they are.
"""

import argparse
import hashlib
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter, process_time

import pytest

from tests.code_judging import (
    Court,
    few_of_each,
    in_turn,
    judges,
    judges_of_lines,
    settled,
    with_tests,
)
from tests.code_mutants import ROOT, Mutant, mutants
from tests.code_survivors import EXPLAINED, reason

SAMPLE = 40


@dataclass(frozen=True)
class Family:
    """Modules that are judged by the same tests."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    cases: int = 6
    """Cases of one test function that judge; others do where none of these runs a line."""
    of_all: tuple[str, ...] = ()
    """Test functions of which every case judges: cases that are about one function each."""
    others: tuple[str, ...] = ()
    """Modules of another family."""

    def files(self) -> list[str]:
        """The modules' files, from the root of the project."""
        found = [path for pattern in self.modules for path in sorted(ROOT.glob(pattern))]
        others = {path for pattern in self.others for path in ROOT.glob(pattern)}
        kept = [path for path in found if path.name != "__init__.py" and path not in others]
        return [path.relative_to(ROOT).as_posix() for path in kept]

    def judging_files(self) -> list[str]:
        """The tests' files."""
        return [f"tests/test_{name}.py" for name in self.tests]


LOOPS = ("numba*", "sweep*", "entries", "entry_*", "known_values", "storage", "values")
FOR_NUMBA = tuple(f"matcalc/lower/{name}.py" for name in LOOPS)

FAMILIES = {
    "operators": Family(
        ("matcalc/operators/*.py",),
        (
            *("loops", "language", "blocks", "selection", "elementwise2", "softmax", "norms"),
            *("structure_constants", "generalised_inverses", "matrix_functions", "rebuild"),
            *("printed", "latex_values", "wider_laws", "canonical"),
        ),
        cases=24,
        of_all=("test_entries_agree_with_numpy",),
    ),
    "derivatives": Family(
        tuple(
            f"matcalc/{name}.py"
            for name in ("differential", "gradient", "jacobian", "directional", "structured")
        ),
        (
            *("canonical", "gradient", "directional", "structured", "regressions"),
            *("founding", "random", "extend"),
        ),
    ),
    "prover": Family(
        ("matcalc/prove/*.py",),
        ("prover", "prove_numbers", "departure", "scripts"),
        cases=1000,
    ),
    "checker": Family(
        ("matcalc/prove/checker/*.py",),
        ("checker", "checker_matrices", "certificates"),
        cases=1000,
    ),
    "lowering": Family(
        ("matcalc/lower/*.py",),
        (
            *("lower", "lower_laws", "lower_random", "fast", "cheaper", "example", "export"),
            *("structured_matrix", "array_api", "augmented", "cost", "objective", "solving"),
            *("blocks", "elementwise2", "matrix_functions", "selection", "softmax"),
            "row_blocks",
        ),
        cases=4,
        of_all=("test_the_law_does_what_its_row_says",),
        others=FOR_NUMBA,
    ),
    "numba": Family(FOR_NUMBA, ("numba",)),
}


def sampled(family: Family, size: int | None, seed: int, part: str = "") -> list[Mutant]:
    """Mutants of a family in the order of its files; all of them if no size is given."""
    found = [m for file in family.files() if part in file for m in mutants(file)]
    if size is None or size >= len(found):
        return found
    kept = sorted(random.Random(seed).sample(range(len(found)), size))
    return [found[k] for k in kept]


def one_in(family: Family, n: int, seed: int, part: str = "") -> list[Mutant]:
    """Mutants of a family that a hash of what they are picks, about one in n."""
    found = [m for file in family.files() if part in file for m in mutants(file)]
    return [m for m in found if _hash(m.key) % n == seed % n]


def _hash(key: tuple[str, str, str]) -> int:
    return int.from_bytes(hashlib.sha256("\n".join(key).encode()).digest())


def outcomes(court: Court, chosen: list[Mutant]) -> Iterator[tuple[Mutant, str]]:
    """Every mutant with what becomes of it; progress on stderr."""
    start = perf_counter()
    for done, mutant in enumerate(chosen, start=1):
        yield mutant, court.outcome(mutant)
        if done % 100 == 0:
            print(f"{done} mutants, {perf_counter() - start:.0f} s", file=sys.stderr)


def main(options: argparse.Namespace) -> None:
    """Judge the families asked for."""
    for name, family in FAMILIES.items():
        part = options.only if options.only and options.only not in FAMILIES else ""
        if options.only in (None, name) or (part and any(part in f for f in family.files())):
            _in_a_process_of_its_own(name, family, _chosen(family, options, part))


def _chosen(family: Family, options: argparse.Namespace, part: str) -> list[Mutant]:
    if options.one_in:
        return one_in(family, options.one_in, options.seed, part)
    return sampled(family, None if options.all else options.sample, options.seed, part)


def _in_a_process_of_its_own(name: str, family: Family, chosen: list[Mutant]) -> None:
    def use(items: list[pytest.Item]) -> None:
        functions = settled()
        files = sorted({m.file for m in chosen})
        few = few_of_each(items, family.cases, family.of_all)
        court = Court(judges(few, files), functions)
        further = in_turn([x for x in items if x not in set(few)])
        court.seat(judges_of_lines(further, files, court.not_run(chosen)))
        print(f"{name}: {len(chosen)} mutants", flush=True)
        _print_family(outcomes(court, chosen))

    with_tests(family.judging_files(), use)


def _print_family(found: Iterator[tuple[Mutant, str]]) -> None:
    counts: Counter[str] = Counter()
    for mutant, said in found:
        outcome = said.partition(" by ")[0]
        counts[outcome] += 1
        if outcome != "killed":
            why = reason(mutant) or "NO REASON IS LISTED"
            counts[why if why in EXPLAINED else "unexplained"] += outcome == "survives"
            where = f"{mutant.file}:{mutant.line} {mutant.function}"
            print(f"  {said}: {where}: {mutant.edit}: {mutant.said}\n    {why}", flush=True)
    print("  " + ", ".join(f"{n} {said}" for said, n in sorted(counts.items())), flush=True)


def arguments() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.code_mutation", description=__doc__)
    parser.add_argument("--only", help=f"{', '.join(FAMILIES)}, or part of a file's name")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants of every family")
    parser.add_argument("--one-in", type=int, metavar="N", help="one mutant in about N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--all", action="store_true", help="every mutant: hours")
    return parser


if __name__ == "__main__":
    begun = process_time()
    main(arguments().parse_args())
