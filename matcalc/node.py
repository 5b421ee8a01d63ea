"""The kernel: interned nodes, and the few functions that walk them.

A matrix expression is a `Node`, a scalar such as a trace is a `ScalarNode` and a sympy
expression at the same time, so that sympy does the scalar algebra. Equal expressions are one
object; every traversal visits an object once, so cost follows the shared graph and not the tree.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Any, ClassVar

from sympy import AtomicExpr, Basic, Expr, Integer

from matcalc.errors import UnsupportedInput
from matcalc.flat import OPERATORS, abridged, as_rows, from_rows, postorder
from matcalc.live import LIVE, kept
from matcalc.protocols import ATOM
from matcalc.spelling import spelled

SIZE_CAP = 10**12
PREFIX_LENGTH = 48


class Operator:
    """What is true of one operator alone: shape, entries, LaTeX, text, NumPy.

    A subclass that leaves one of `REQUIRED` out is refused when it is defined.
    """

    REQUIRED: ClassVar[tuple[str, ...]] = ("infer", "entry", "latex", "text", "numpy")
    OPERATORS: ClassVar[list[type["Operator"]]] = OPERATORS
    infer: ClassVar[Callable[..., Any]]
    """Shape of a matrix from the operands (nothing, for a scalar), or a `ShapeError`."""
    _create: ClassVar[Callable[..., Any]]
    operands: tuple[Any, ...]
    children: tuple[Any, ...]
    precedence: int = ATOM
    """How tightly the Python text binds, and the LaTeX unless `latex_precedence` differs."""
    latex_precedence: int | None = None
    key: tuple[int, str, bytes]
    leaf: bool = False
    """Whether it sorts as small, whatever it is made of."""
    whole: int
    """Operators in it, as often as they occur, those in scalars too."""
    varies: bool = False
    """Whether a differential occurs in it."""
    known: Any = None
    """What `matcalc.facts` found out about it, kept with the node so that both go together."""
    kinds: tuple[type, ...] | None = None
    """Its type and those of its operands, once `matcalc.kinds` put them together."""
    transposes: int | None = None
    """Transposes in its terms and factors, once `matcalc.facts` counted them."""

    def __init_subclass__(cls, abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if abstract:
            return
        missing = [name for name in cls.REQUIRED if not hasattr(cls, name)]
        if missing:
            raise TypeError(f"operator {cls.__name__} lacks {', '.join(missing)}")
        Operator.OPERATORS.append(cls)

    def __new__(cls, *operands: Any) -> Any:
        result = cls.canonical(*operands)
        if not isinstance(result, tuple):
            return result
        return interned(cls, result)

    @classmethod
    def canonical(cls, *operands: Any) -> Any:
        """Book-keeping before interning: new operands as a tuple, or a simpler expression."""
        return operands

    def __reduce_ex__(self, protocol: Any) -> Any:
        order = walk(self, lambda x: tuple(o for o in x.operands if isinstance(o, Operator)))
        return from_rows, (as_rows(order),)

    def __copy__(self, memo: Any = None) -> Any:
        return self

    __deepcopy__ = __copy__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = object.__hash__

    def _hashable_content(self) -> tuple[str, ...]:
        return (self.key[2].hex(),)

    def _sympyrepr(self, printer: object) -> str:
        return f"{type(self).__name__}#{self.key[2].hex()}"

    def _latex(self, printer: object, *args: object) -> str:
        return PRINTERS["latex"](self)

    def _sympystr(self, printer: object) -> str:
        return PRINTERS["text"](self)

    def __repr__(self) -> str:
        return PRINTERS["text"](self)

    __str__ = __repr__

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {PRINTERS['latex'](self)}$"


SYNTAX: dict[str, Callable[..., Any]] = {}
"""The builders behind Python's operators on nodes; the operator files fill it in."""
PRINTERS: dict[str, Callable[[Any], str]] = {}
"""The drivers behind ``str`` and the notebook display; the printers fill it in."""


def interned(cls: type[Any], operands: tuple[Any, ...]) -> Any:
    """The one node of an operator on operands that are as its ``canonical`` leaves them."""
    address = cls, *[id(o) if isinstance(o, Operator) else (o,) for o in operands]
    entry = LIVE.get(address)
    found = entry() if entry is not None else None
    if found is not None:
        return found
    node = cls._create(operands)
    inside: dict[Any, None] = {}
    for operand in operands:
        if isinstance(operand, Operator):
            inside[operand] = None
        else:
            inside |= dict.fromkeys(scalars_and_nodes(operand))
    node.children = tuple(inside)
    node.key = _key(cls, operands)
    whole, varies = 1, cls.varies
    for child in node.children:
        whole += child.whole
        varies = varies or child.varies
    node.whole, node.varies = min(whole, SIZE_CAP), varies
    return kept(address, node)


def _key(cls: type[Any], operands: tuple[Any, ...]) -> tuple[int, str, bytes]:
    """An order for commuting operands: small first, then by text; the same in every process."""
    size, prefix, content = 1, cls.__name__, [cls.__name__.encode()]
    for operand in operands:
        inner = operand.key if isinstance(operand, Operator) else _parameter_key(operand)
        size += inner[0]
        if len(prefix) < PREFIX_LENGTH:
            prefix += " " + inner[1]
        content.append(inner[2])
    digest = blake2b(b"".join(content), digest_size=8).digest()
    return 1 if cls.leaf else min(size, SIZE_CAP), prefix[:PREFIX_LENGTH], digest


@lru_cache(maxsize=16384)
def _parameter_key(parameter: Basic) -> tuple[int, str, bytes]:
    text = spelled(parameter)
    size = 0 if parameter.is_Atom else 1
    shown = str(abridged(parameter, scalars_and_nodes(parameter)))[:PREFIX_LENGTH]
    return size, shown, blake2b(text.encode(), digest_size=8).digest()


class Node(Operator, Basic, abstract=True):
    """A matrix expression; its shape is known for all sizes, and checked when it is made."""

    shape: tuple[Expr, Expr]
    __array_ufunc__ = None

    @classmethod
    def _create(cls, operands: tuple[Any, ...]) -> "Node":
        shape = cls.infer(*operands)
        node: Node = Basic.__new__(cls, *operands)
        node.operands, node.shape = operands, shape
        return node

    @property
    def rows(self) -> Expr:
        """Number of rows."""
        return self.shape[0]

    @property
    def cols(self) -> Expr:
        """Number of columns."""
        return self.shape[1]

    @property
    def T(self) -> "Node":
        """Transpose."""
        return SYNTAX["T"](self)

    def __add__(self, other: Any) -> "Node":
        return SYNTAX["+"](self, other)

    def __radd__(self, other: Any) -> "Node":
        return SYNTAX["+"](other, self)

    def __sub__(self, other: Any) -> "Node":
        return SYNTAX["-"](self, other)

    def __rsub__(self, other: Any) -> "Node":
        return SYNTAX["-"](other, self)

    def __neg__(self) -> "Node":
        return SYNTAX["*"](-1, self)

    def __pos__(self) -> "Node":
        return self

    def __mul__(self, other: Any) -> "Node":
        return SYNTAX["*"](self, other)

    def __rmul__(self, other: Any) -> "Node":
        return SYNTAX["*"](other, self)

    def __truediv__(self, other: Any) -> "Node":
        return SYNTAX["/"](self, other)

    def __rtruediv__(self, other: Any) -> "Node":
        return SYNTAX["/"](other, self)

    def __matmul__(self, other: Any) -> "Node":
        return SYNTAX["@"](self, other)

    def __rmatmul__(self, other: Any) -> "Node":
        return SYNTAX["@"](other, self)

    def __pow__(self, other: Any) -> "Node":
        return SYNTAX["**"](self, other)

    def __getitem__(self, key: Any) -> Any:
        return SYNTAX["[]"](self, key)

    def __iter__(self) -> Any:
        raise UnsupportedInput("a symbolic matrix has no rows to run through; write X[i, :]")

    def __bool__(self) -> bool:
        raise UnsupportedInput("a symbolic matrix is neither true nor false; compare with `is`")


class ScalarNode(Operator, AtomicExpr, abstract=True):
    """A real scalar made from matrices: to sympy an atom, so that sympy never walks into it."""

    is_real = True
    is_commutative = True
    is_number = False
    _diff_wrt = True
    # nor in the sizes: sympy would find all roots to tell the sign of a sum
    _eval_is_polynomial = staticmethod(lambda symbols: False)
    precedence = ATOM

    @classmethod
    def _create(cls, operands: tuple[Any, ...]) -> "ScalarNode":
        cls.infer(*operands)
        node: ScalarNode = AtomicExpr.__new__(cls)
        node.operands = operands
        return node

    def sort_key(self, order: Any = None) -> Any:
        """Deterministic key for sympy's orderings, without printing the operands."""
        return self.class_key(), (1, (self.key[2].hex(),)), Integer(1).sort_key(), Integer(1)


def scalars_and_nodes(x: Any) -> tuple[Any, ...]:
    """The node itself, or the scalar nodes inside a sympy expression, in a fixed order."""
    if isinstance(x, Operator):
        return (x,)
    return _scalar_nodes(x) if isinstance(x, Expr) and not x.is_Atom else ()


@lru_cache(maxsize=16384)
def _scalar_nodes(expr: Expr) -> tuple[ScalarNode, ...]:
    return tuple(sorted(expr.atoms(ScalarNode), key=lambda node: node.key))


def children(x: Any) -> tuple[Any, ...]:
    """Nodes and scalar nodes directly below a node or a scalar expression."""
    return x.children if isinstance(x, Operator) else scalars_and_nodes(x)


def walk(root: Any, descend: Callable[[Any], Iterable[Any]] = children) -> Iterator[Any]:
    """Every distinct node below ``root`` once, operands before the nodes that use them."""
    return postorder((root,), descend)


def replace_children(x: Any, new: dict[Any, Any]) -> Any:
    """The same operator on replaced children."""
    below = children(x)
    for child in below:
        if new.get(child, child) is not child:
            break
    else:
        return x
    if not isinstance(x, Operator):
        return x.xreplace({s: new.get(s, s) for s in below})
    old = x.operands
    return type(x)(*[new.get(o, o) if isinstance(o, Operator) else _put(new, o) for o in old])


def _put(new: dict[Any, Any], scalar: Any) -> Any:
    inner = scalars_and_nodes(scalar)
    return scalar.xreplace({s: new.get(s, s) for s in inner}) if inner else scalar


def substitute(root: Any, new: dict[Any, Any], inside: Callable[[Any], bool] | None = None) -> Any:
    """Replace whole nodes, not descending into what was put in, nor where ``inside`` is false."""
    done: dict[Any, Any] = dict(new)

    def descend(x: Any) -> tuple[Any, ...]:
        return () if x in new else tuple(c for c in children(x) if inside is None or inside(c))

    for node in walk(root, descend) if new else ():
        if node not in done:
            done[node] = replace_children(node, done)
    return done.get(root, root)
