"""``matcalc prove``: an identity, or a derivative that somebody worked out by hand, decided."""

import json
from functools import partial
from typing import Any

from matcalc.claims import Claim, claim
from matcalc.command.inputs import Inputs, require_small
from matcalc.command.output import code_of, emit
from matcalc.command.progress import progress
from matcalc.errors import UnsupportedInput
from matcalc.prove import Disproof, prove_equal
from matcalc.prove.proof import Verdict

FORMATS = ("text", "latex", "markdown", "script", "json")


def run_prove(options: Any) -> int:
    """Print a verdict with its evidence."""
    inputs = Inputs(options)
    found = _claimed(inputs, options) if options.formula else _compared(inputs, options)
    emit(_shown(found, options.format), options, found.verdict)
    return code_of(found.verdict)


def _compared(inputs: Inputs, options: Any) -> Verdict:
    if options.right is None or options.loss or options.wrt:
        raise UnsupportedInput(
            "prove takes two expressions, or --loss, --wrt and --formula for a derivative"
        )
    left, right = inputs.expression(options.left), inputs.expression(options.right)
    require_small(left, right)
    with progress("proving", options.quiet):
        return prove_equal(left, right, options.budget, options.seed)


def _claimed(inputs: Inputs, options: Any) -> Claim:
    if options.left is not None:
        raise UnsupportedInput("with --formula the loss is given by --loss, or by a file")
    loss = inputs.expression(options.loss)
    parameters = inputs.parameters(options.wrt)
    require_small(loss)
    with progress("proving", options.quiet):
        return claim(
            loss,
            parameters,
            [partial(inputs.expression, formula) for formula in options.formula],
            options.budget,
            options.seed,
        )


def _shown(found: Verdict | Claim, form: str) -> str:
    if form == "json":
        return json.dumps(found.to_dict(), indent=2, ensure_ascii=False)
    if form == "script":
        return _script(found)
    if form == "text":
        script = _script(found) if isinstance(found, Claim) and _is_refuted(found) else ""
        return f"{found}\n{script}".rstrip()
    return found.to_latex() if form == "latex" else found.to_markdown()


def _is_refuted(found: Verdict | Claim) -> bool:
    return isinstance(found.outcome if isinstance(found, Claim) else found, Disproof)


def _script(found: Verdict | Claim) -> str:
    """The counterexample as a program."""
    if isinstance(found, Claim | Disproof):
        return found.script().rstrip("\n")
    raise UnsupportedInput(f"no counterexample: the statement is {found.verdict}")
