"""The check that an exported file makes of itself: derivatives against differences at an example.

The example is drawn when the file is made, sizes distinct, facts kept, away from kinks and poles.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from random import Random
from typing import Any

from matcalc.derivation import Derivation
from matcalc.differential import freed
from matcalc.drawing import direction
from matcalc.errors import ShapeError
from matcalc.lower.checks import WIDTH, wrapped
from matcalc.node import Node, substitute
from matcalc.pointwise import Undefined
from matcalc.protocols import Table
from matcalc.sampling import Sample, Sampler, Smooth, distinct_sizes

ORDERS = 4
"""Derivatives of an abstract function that code asks for."""
EXACT = {"orthogonal", "probability"}
"""Facts that rounded entries would not have."""

TEXTS = {
    "gradient": ('["loss"]', "np.vdot(found[key], direction)"),
    "jacobian": (
        '["value"].T.ravel()',
        'found[key] @ np.ravel(direction, order="F")',
    ),
}
"""By kind of derivation: what is differenced, and what it should be."""

CHECK = '''

def check_gradients(step=1e-6):
    """Errors of the derivatives against central differences along a direction, at an example."""
{imports}    given, directions = _example()
    found = {function}(**given)
    errors = {{}}
    for key, (name, direction) in directions.items():
        ahead, behind = (
            {function}(**{{**given, name: given[name] + h * direction}}){value}
            for h in (step, -step)
        )
        slope, derived = (ahead - behind) / (2 * step), {derived}
        scale = np.linalg.norm(slope) + np.linalg.norm(derived) + np.linalg.norm(ahead)
        errors[key] = float(np.linalg.norm(slope - derived) / scale)
    return errors


def _example():
    """Arguments, and for each derivative the argument it is by and a direction."""
{imports}    given = {{
{given}
    }}
    directions = {{
{directions}
    }}
    return given, directions


if __name__ == "__main__":
    errors = check_gradients()
    for key, error in errors.items():
        print(f"{{key}}: differs from central differences by {{error:.1e}}")
    if not all(error < 1e-6 for error in errors.values()):
        raise SystemExit("a derivative is wrong")
'''


def self_check(
    derivation: Derivation,
    function: str,
    arguments: Mapping[str, str],
    numpy: bool = True,
) -> str:
    """Lines that let a module check itself when it is run; none where no example was found.

    Parameters
    ----------
    derivation : Derivation
        Gradients of a loss, or Jacobians.
    function : str
        What the module's function is called.
    arguments : mapping from str to str
        From names in the derivation to those of the function's arguments.
    numpy : bool
        Whether the module imports NumPy anyway.
    """
    if derivation.kind not in TEXTS or not derivation.gradients:
        return ""
    free = freed(derivation.gradients)
    parameters = [free.get(p, p) for p in derivation.gradients]
    results = [derivation.loss, *derivation.gradients.values()]
    sampler = Sampler([*(substitute(x, free) for x in results), *parameters], 0)
    sample = drawn(sampler)
    if sample is None:
        return ""
    value, derived = TEXTS[derivation.kind]
    return CHECK.format(
        function=function,
        imports="" if numpy else "    import numpy as np\n\n",
        value=value,
        derived=derived,
        given="\n".join(given_lines(sample, sampler.functions, arguments)),
        directions="\n".join(_directions(sample, parameters, arguments)),
    )


def drawn(sampler: Sampler) -> Sample | None:
    """Data at distinct sizes, in one order or the other."""
    for swapped in (False, True):
        sizes = sampler.fitted(distinct_sizes(sampler.sizes, {}, swapped), {})
        with suppress(Undefined, ShapeError):
            return sampler.draw(sizes)
    return None


def given_lines(
    sample: Sample, functions: Mapping[str, Smooth], arguments: Mapping[str, str]
) -> Iterator[str]:
    """Entries of a dict of the arguments."""
    own = {name for name, local in arguments.items() if local}
    for v, table in sample.data.items():
        if v.name in own:
            yield from entry_lines(arguments[v.name], "", array_text(table, v.facts), "")
    for symbol, number in {**sample.scalars, **sample.sizes}.items():
        if symbol.name in own:
            yield from entry_lines(arguments[symbol.name], "", _number(number), "")
    for label, smooth in functions.items():
        for order in range(ORDERS + 1):
            name = label + "_prime" * order
            if name in own:
                yield from entry_lines(arguments[name], "", f"lambda x: {smooth.text(order)}", "")


def _directions(
    sample: Sample, parameters: list[Any], arguments: Mapping[str, str]
) -> Iterator[str]:
    random = Random(1)
    for p in parameters:
        text = array_text(_direction(sample, p, random), EXACT) if isinstance(p, Node) else "1.0"
        yield from entry_lines(p.name, f'("{arguments[p.name]}", ', text, ")")


def _direction(sample: Sample, parameter: Any, random: Random) -> Table:
    """A random combination of the steps that keep the parameter's facts."""
    base, facts = sample.base.table(parameter), getattr(parameter, "facts", ())
    whole = [[Fraction(0)] * len(row) for row in base]
    for i, row in enumerate(base):
        for j in range(len(row)):
            weight = Fraction(random.randint(-9, 9), 8)
            step = direction(facts, base, i, j)
            whole = [
                [x + weight * Fraction(y) for x, y in zip(a, b, strict=True)]
                for a, b in zip(whole, step, strict=True)
            ]
    return [[float(x) for x in row] for row in whole]


def entry_lines(name: str, before: str, text: str, after: str) -> list[str]:
    """An entry of a dict, an array row by row if it is long."""
    line = f'        "{name}": {before}{text}{after},'
    if len(line) <= WIDTH:
        return [line]
    rows = text.removeprefix("np.array([").removesuffix("])").replace("], [", "]\n[").split("\n")
    inner = [piece for row in rows for piece in wrapped(f"{row},", 12)]
    return [f'        "{name}": {before}np.array([', *inner, f"        ]){after},"]


def array_text(table: Table, facts: Any) -> str:
    """An array, its entries rounded unless its facts forbid that."""
    exact = bool(EXACT & set(facts))
    rows = ", ".join(f"[{', '.join(_number(x, exact) for x in row)}]" for row in table)
    return f"np.array([{rows}])"


def as_printed(table: Table, facts: Any) -> Table:
    """The entries that `array_text` shows."""
    exact = bool(EXACT & set(facts))
    return [[float(_number(x, exact)) for x in row] for row in table]


def _number(x: Any, exact: bool = False) -> str:
    return repr(x if isinstance(x, int) else float(x) if exact else round(float(x), 3))
