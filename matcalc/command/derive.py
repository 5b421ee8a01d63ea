"""``matcalc derive``, ``check`` and ``export``: a derivation, shown, tried by numbers, as code."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from matcalc.check import CheckReport, check
from matcalc.command.inputs import Inputs, require_small, whole_numbers
from matcalc.command.output import FORCE, OK, UNDECIDED, code_of, emit
from matcalc.command.progress import progress
from matcalc.derivation import Derivation
from matcalc.errors import UnsupportedInput
from matcalc.files import require_free
from matcalc.gradient import gradient
from matcalc.jacobian import hessian, jacobian
from matcalc.lower.export import FUNCTION, MODULES, export
from matcalc.node import Node
from matcalc.operators.leaves import Named
from matcalc.pointwise import Undefined
from matcalc.prove.proof import Disproof, IllTyped, Proof
from matcalc.prove.steps import Verification
from matcalc.show import latex, text
from matcalc.symbols import definitions
from matcalc.version import __version__

SHOWN: dict[str, Callable[[Derivation, str], str]] = {
    "text": Derivation.to_text,
    "latex": Derivation.to_latex,
    "markdown": Derivation.to_markdown,
    "html": Derivation.to_html,
}
TARGETS = {target.replace(" ", "-"): target for target in MODULES}
FORMATS = (*SHOWN, *TARGETS, "json")


def run_derive(options: Any) -> int:
    """Print a derivation, with ``--verify`` also whether it is proved."""
    found = derivation(options)
    checked = _verified(found, options) if options.verify else None
    verdict = None if checked is None else verdict_of(checked)
    if options.format == "json":
        shown = json.dumps(as_data(found, verdict), indent=2, ensure_ascii=False)
    elif options.format in TARGETS:
        shown = source(found, options).rstrip("\n")
    else:
        shown = SHOWN[options.format](found, options.detail).rstrip("\n")
        shown += f"\n{checked}" if checked and options.format == "text" else ""
    emit(shown, options)
    return OK if verdict is None else code_of(verdict)


def run_check(options: Any) -> int:
    """Print what the numeric check of the gradients says."""
    found = derivation(options)
    sizes = whole_numbers(options.sizes)
    require_small(found.loss, *found.gradients.values(), sizes=sizes)
    try:
        with progress("checking", options.quiet):
            report = check(found, sizes, options.seed, dtype=options.dtype)
    except Undefined as error:
        emit(f"undecided: {error}", options, "undecided")
        return UNDECIDED
    verdict = "ok" if report.ok else "failed"
    emit(_shown_report(report, options.format), options)
    return code_of(verdict)


def run_export(options: Any) -> int:
    """Write the generated module, or print it."""
    found = derivation(options)
    if options.out is None:
        emit(source(found, options).rstrip("\n"), options)
        return OK
    path = Path(options.out)
    require_free(path, options.force, FORCE)
    typical = whole_numbers(options.typical)
    export(found, path, options.force, TARGETS[options.format], typical=typical)
    return OK


def derivation(options: Any) -> Derivation:
    """The derivation that the arguments ask for."""
    inputs = Inputs(options)
    loss = inputs.expression(options.expression)
    parameters = inputs.parameters(options.wrt)
    if options.cotangent and options.kind:
        raise UnsupportedInput("--cotangent names a part of a gradient, and this is none")
    with progress("deriving", options.quiet):
        if options.kind == "jacobian":
            return jacobian(loss, parameters)
        if options.kind == "hessian":
            return hessian(loss, parameters[0], parameters)
        return gradient(loss, parameters, _cotangents(inputs, options.cotangent))


def _cotangents(inputs: Inputs, written: list[str]) -> dict[Any, str]:
    pairs = [part.partition("=") for part in written]
    found = {inputs.parameters([name])[0]: new for name, _, new in pairs}
    if not all(isinstance(x, Named) for x in found):
        raise UnsupportedInput("--cotangent names ∂R/∂B for an intermediate B, as in B=W")
    return found


def source(found: Derivation, options: Any) -> str:
    """The generated module."""
    typical = whole_numbers(options.typical)
    return MODULES[TARGETS[options.format]](found, FUNCTION, typical=typical).text()


def _verified(found: Derivation, options: Any) -> Verification:
    with progress("proving every step", options.quiet):
        checked: Verification = found.verify()
    return checked


def verdict_of(checked: Verification) -> str:
    """In a word: a derivation with a disproved step or whole is disproved."""
    disproved = "disproved" in checked.counts or isinstance(checked.whole, Disproof | IllTyped)
    proved = checked.ok and (checked.whole is None or isinstance(checked.whole, Proof))
    return "disproved" if disproved else "proved" if proved else "undecided"


def as_data(found: Derivation, verdict: str | None) -> dict[str, Any]:
    """A derivation as plain data; ``verdict`` is null where no proof was asked for."""
    results = {**found.gradients, **found.free}
    named = definitions(found.loss, *results.values())
    return {
        "matcalc": __version__,
        "kind": found.kind,
        "function": text(found.loss),
        "definitions": [{"name": x.name, "formula": text(x.definition)} for x in named],
        "results": [_result(p, g) for p, g in results.items()],
        "steps": [
            {"law": s.law, "place": s.place, "before": text(s.before), "after": text(s.after)}
            for s in found.steps
        ],
        "notes": list(found.notes),
        "verdict": verdict,
    }


def _result(parameter: Any, g: Any) -> dict[str, Any]:
    shape = [str(size) for size in g.shape] if isinstance(g, Node) else []
    return {"by": str(parameter), "formula": text(g), "latex": latex(g), "shape": shape}


def _shown_report(report: CheckReport, form: str) -> str:
    if form == "text":
        return str(report)
    rows = [asdict(row) for row in (*report.losses, *report.rows)]
    data = {"verdict": "ok" if report.ok else "failed", "rows": rows, "notes": list(report.notes)}
    return json.dumps({**data, "seed": report.seed, "dtype": report.dtype}, indent=2)
