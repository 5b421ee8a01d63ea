"""Values of generated loops, and their entries: expressions in the entries of other values."""

from dataclasses import dataclass, field

import sympy
from sympy import Expr, Integer, Symbol

from matcalc.lower.array_shapes import ONE, Shape

NUMBER: Shape = (ONE, ONE)
CHEAP = frozenset("maximum minimum abs clip where greater greater_equal less less_equal".split())
"""Functions worked out again rather than stored."""
DEAR = frozenset(
    """exp log sqrt tanh sin cos tan sinh cosh arcsin arccos arctan arcsinh arccosh arctanh arctan2
    sign floor ceil hypot logaddexp power erf""".split()
)
"""Functions whose values are stored where they are needed again."""
LARGEST = 60
"""Operations of an entry that is worked out again where it is used."""


@dataclass(frozen=True)
class Value:
    """A value with a name.

    Attributes
    ----------
    kind : str
        "given", "number", "eye", "entry", "sum", "max", "product", "call" (of whole matrices) or
        "mean" (of a block of rows, or a number near it).
    shape : Shape
        Of the value.
    entry : sympy.Expr, optional
        What stands at (i, j) of an entry, or of what is summed.
    inner : Shape, optional
        Of what is summed.
    axis : int
        0 sums over i, 1 over j.
    factors : tuple
        Names of the factors of a product or a call, and whether they are transposed.
    text : str
        Of a number; of a call with a place for each factor.
    """

    name: str
    kind: str
    shape: Shape
    entry: Expr = field(default_factory=lambda: Integer(0))
    inner: Shape = NUMBER
    axis: int = 0
    factors: tuple[tuple[str, bool], ...] = ()
    text: str = ""


def at(name: str, transposed: bool = False) -> Symbol:
    """The entry of a value at (i, j), or at (j, i)."""
    return Symbol(name + ".T" * transposed)


def split(symbol: Symbol) -> tuple[str, bool]:
    """Name of the value that a symbol is an entry of, and whether it is at (j, i)."""
    name = symbol.name
    return (name[:-2], True) if name.endswith(".T") else (name, False)


def flipped(entry: Expr) -> Expr:
    """The entry at (j, i) of what has this entry at (i, j)."""
    return entry.xreplace({s: at(split(s)[0], not split(s)[1]) for s in entry.free_symbols})


def wider(*shapes: Shape) -> Shape:
    """Shape that entries of several shapes are broadcast to."""
    rows, cols = (next((s[k] for s in shapes if s[k] != ONE), ONE) for k in (0, 1))
    return rows, cols


def is_cheap(entry: Expr) -> bool:
    """Whether an entry is rather worked out again than stored."""
    functions = {type(f).__name__ for f in entry.atoms(sympy.core.function.AppliedUndef)}
    return functions <= CHEAP and entry.count_ops() <= LARGEST


def distributed(entry: Expr) -> list[Expr]:
    """Terms of a product with a sum, distributed one level deep."""
    factors = sympy.Mul.make_args(entry)
    sums = [f for f in factors if isinstance(f, sympy.Add)]
    if len(sums) != 1:
        return list(sympy.Add.make_args(entry))
    rest = [f for f in factors if f is not sums[0]]
    return [sympy.Mul(*rest, term) for term in sums[0].args]
