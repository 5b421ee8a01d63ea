"""Matching a law's side against an expression, and building the other side.

In a law every variable stands for any matrix of its shape, every symbol in a shape for any size,
a symbol in a coefficient for any scalar, and an abstract function for any elementwise function.
A variable in a product may take a run of factors, one in a sum or ⊙-product what is left over.
A variable with facts stands only for what is known to have them.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import permutations
from operator import attrgetter
from typing import Any

from sympy import Expr, Number, Symbol, expand

from matcalc.dimensions import quotient
from matcalc.errors import ShapeError
from matcalc.facts import facts_of
from matcalc.kinds import ASSOCIATIVE, COMMUTATIVE
from matcalc.node import Node, Operator, children, walk
from matcalc.operators.algebra import Product
from matcalc.operators.elementwise import Map, slope
from matcalc.operators.functions import ENTRY, OTHER, Abstract
from matcalc.operators.leaves import Named, Variable

Binding = dict[Any, Any]


def match(pattern: Any, x: Any, bound: Binding) -> Iterator[Binding]:
    """Every way to bind the pattern's variables so that it becomes ``x``."""
    if isinstance(pattern, Variable):
        yield from _match_variable(pattern, x, bound)
    elif not isinstance(pattern, Operator):
        found = _with_scalar(pattern, x, bound)
        if found is not None:
            yield found
    elif type(pattern) is type(x):
        yield from _match_operands(pattern, x, bound)


def _match_operands(pattern: Any, x: Any, bound: Binding) -> Iterator[Binding]:
    if isinstance(pattern, ASSOCIATIVE):
        yield from match_run(type(pattern), pattern.operands, x.operands, bound)
    elif isinstance(pattern, COMMUTATIVE):
        yield from (found for found, rest in match_some(pattern, x, bound) if not rest)
    elif isinstance(pattern, Map):
        yield from _match_map(pattern, x, bound)
    else:
        yield from _match_all(pattern.operands, x.operands, bound)


def _match_all(patterns: Any, xs: Any, bound: Binding) -> Iterator[Binding]:
    if len(patterns) != len(xs):
        return
    if not patterns:
        yield bound
        return
    for result in match(patterns[0], xs[0], bound):
        yield from _match_all(patterns[1:], xs[1:], result)


def _match_variable(pattern: Variable, x: Any, bound: Binding) -> Iterator[Binding]:
    if not isinstance(x, Node):
        return
    if pattern in bound:
        if bound[pattern] is x:
            yield bound
        return
    rows = _with_scalar(pattern.rows, x.rows, bound)
    both = None if rows is None else _with_scalar(pattern.cols, x.cols, rows)
    if both is not None:
        yield {**both, pattern: x}


def _with_scalar(pattern: Any, x: Any, bound: Binding) -> Binding | None:
    """The binding with what makes a size or coefficient ``x``, where that is possible."""
    if isinstance(pattern, Symbol):
        if pattern in bound:
            return bound if _equal(bound[pattern], x) else None
        return {**bound, pattern: x} if isinstance(x, Expr) else None
    if pattern is not x and isinstance(x, Symbol) and isinstance(pattern, Number):
        return None
    if (pattern is x or pattern == x) and not _symbols(pattern):
        return bound
    if not isinstance(pattern, Expr) or not isinstance(x, Expr):
        return None
    return _solved(pattern, x, bound)


def _solved(pattern: Expr, x: Expr, bound: Binding) -> Binding | None:
    """A composite size; a product of sizes is solved for its one unbound factor."""
    unbound = [s for s in _symbols(pattern) if s not in bound]
    if not unbound:
        return bound if _equal(pattern.xreplace(bound), x) else None
    if len(unbound) == 1 and pattern.is_Mul and unbound[0] in pattern.args:
        ratio = quotient(x, (pattern / unbound[0]).xreplace(bound))
        return {**bound, unbound[0]: expand(ratio)} if ratio.is_polynomial() else None
    return {**bound, pattern: x}


@lru_cache(maxsize=4096)
def _symbols(pattern: Any) -> tuple[Symbol, ...]:
    """Symbols of a size, a coefficient or whatever else an operator carries, by name."""
    return tuple(sorted(getattr(pattern, "free_symbols", ()), key=attrgetter("name")))


def _equal(a: Any, b: Any) -> bool:
    """Whether two scalars are the same for all values of their symbols."""
    if a is b or a == b:
        return True
    if not isinstance(b, Expr) or (a.is_Atom and b.is_Atom and not (a.is_Number and b.is_Number)):
        return False
    return bool(expand(a - b) == 0)


def settled(bound: Binding) -> Binding | None:
    """The binding with composite sizes met before their factors solved, or None.

    None as well where a variable stands for what is not known to have its facts.
    """
    waiting = [p for p in bound if isinstance(p, Expr) and not isinstance(p, Symbol | Operator)]
    for pattern in waiting:
        solved = _with_scalar(pattern, bound[pattern], _without(bound, pattern))
        if solved is None or pattern in solved:
            return None
        bound = solved
    declared = [p for p in bound if isinstance(p, Variable) and p.facts]
    return bound if all(facts_of(bound[p]).issuperset(p.facts) for p in declared) else None


def _without(bound: Binding, pattern: Any) -> Binding:
    return {key: value for key, value in bound.items() if key is not pattern}


def _match_map(pattern: Map, x: Any, bound: Binding) -> Iterator[Binding]:
    f, operand = pattern.operands
    if not isinstance(f, Abstract):
        if f == x.operands[0]:
            yield from match(operand, x.operands[1], bound)
    elif bound.get(f.args[0], x.operands[0]) == x.operands[0]:
        yield from match(operand, x.operands[1], {**bound, f.args[0]: x.operands[0]})


def match_run(head: type[Node], patterns: Any, factors: Any, bound: Binding) -> Iterator[Binding]:
    """Match factors in order; a variable takes the longest run first."""
    if not patterns:
        if not factors:
            yield bound
        return
    first, rest = patterns[0], patterns[1:]
    longest = len(factors) - len(rest)
    most, least = longest if isinstance(first, Variable) else 1, 1 if rest else longest
    for length in range(min(most, longest), max(least, 1) - 1, -1):
        if rest and not fits(rest[0], factors[length]):
            continue
        if length > 1 and not _may_run(head, first, rest, factors, length):
            continue
        run = factors[0] if length == 1 else head(*factors[:length])
        for result in match(first, run, bound):
            yield from match_run(head, rest, factors[length:], result)


def _may_run(head: type[Node], first: Any, rest: Any, factors: Any, length: int) -> bool:
    """Whether a variable may take so many factors, told before their product is made."""
    if head is Product:
        ends = (first.rows, factors[0].rows), (first.cols, factors[length - 1].cols)
        if any(isinstance(p, Number) and p != size for p, size in ends):
            return False
    return not rest or next(match_run(head, rest, factors[length:], {}), None) is not None


def fits(pattern: Any, x: Any) -> bool:
    """Whether a factor may be the pattern's, or where its run begins."""
    return isinstance(pattern, Variable) or type(pattern) is type(x)


def match_some(pattern: Any, x: Any, bound: Binding) -> Iterator[tuple[Binding, list[Any]]]:
    """Match commuting operands; yields what was left over, which a variable takes if it can."""
    fixed = [p for p in pattern.operands if not isinstance(p, Variable)]
    free = [p for p in pattern.operands if isinstance(p, Variable)]
    if len(fixed) + len(free) > len(x.operands):
        return
    heads = {type(p) for p in fixed}
    likely = [operand for operand in x.operands if type(operand) in heads]
    for chosen in permutations(likely, len(fixed)):
        for result in _match_all(fixed, chosen, bound):
            left = [operand for operand in x.operands if operand not in chosen]
            yield from _match_free(type(x), free, left, result)


def _match_free(
    head: type[Node], free: list[Any], left: list[Any], bound: Binding
) -> Iterator[tuple[Binding, list[Any]]]:
    """Each variable takes one operand, but for one that takes the rest: the first, then others."""
    if not free:
        yield bound, left
        return
    for taker in free:
        others = [variable for variable in free if variable is not taker]
        for chosen in permutations(left, len(others)):
            rest = [operand for operand in left if operand not in chosen]
            whole = rest[0] if len(rest) == 1 else head(*rest)
            for result in _match_all((taker, *others), (whole, *chosen), bound):
                yield result, []


def build(template: Any, bound: Binding) -> Any:
    """The template with every variable replaced by what it was bound to."""
    done: dict[Any, Any] = {}
    for x in _in_order(template):
        done[x] = _build(x, bound, done)
    return done[template]


@lru_cache(maxsize=4096)
def _in_order(template: Any) -> tuple[Any, ...]:
    return tuple(walk(template))


def _build(x: Any, bound: Binding, done: dict[Any, Any]) -> Any:
    if isinstance(x, Variable):
        return bound[x]
    if not isinstance(x, Operator):
        return x.xreplace({**bound, **done})
    if isinstance(x, Map) and isinstance(x.operands[0], Abstract):
        f, order = bound[x.operands[0].args[0]], x.operands[0].args[1]
        operand = done[x.operands[1]]
        return Map(f, operand) if order == 0 else slope(f, operand)
    return type(x)(*(_part(operand, bound, done) for operand in x.operands))


def _part(operand: Any, bound: Binding, done: dict[Any, Any]) -> Any:
    if isinstance(operand, Operator):
        return done[operand]
    if not isinstance(operand, Expr) or operand.is_Number:
        return operand
    if operand.is_Symbol:
        value = bound.get(operand, operand)
    else:
        value = operand.xreplace({**bound, **done})
    return value if value.is_Atom else expand(value)


def names_in(x: Any) -> set[Any]:
    """Variables and symbols of one side of a law; names inside named definitions stay closed."""
    found: set[Any] = set()
    pending = [x]
    for part in pending:
        for node in walk(part, lambda y: () if isinstance(y, Named) else children(y)):
            found |= _own_names(node)
            if isinstance(node, Named) and part is x:
                pending.append(node.definition)
    return found


def _own_names(node: Any) -> set[Any]:
    found = {node} if isinstance(node, Variable) else set()
    for operand in node.operands if isinstance(node, Operator) else (node,):
        if isinstance(operand, Expr) and not isinstance(operand, Operator):
            found |= operand.free_symbols - {ENTRY, OTHER}
    return found


def require_settled_shapes(lhs: Any, rhs: Any, name: str) -> None:
    """Refuse a law whose sides differ in shape or whose right side knows more than the left."""
    if isinstance(lhs, Node) and (not isinstance(rhs, Node) or lhs.shape != rhs.shape):
        raise ShapeError(f"law {name!r}: {lhs} and {rhs} differ in shape")
    if not isinstance(lhs, Node) and isinstance(rhs, Node):
        raise ShapeError(f"law {name!r}: a scalar and a matrix")
    if isinstance(rhs, Named) and rhs.definition is lhs:
        return  # a name knows what its definition does
    loose = sorted(str(s) for s in names_in(rhs) - names_in(lhs))
    if loose:
        raise ShapeError(f"law {name!r}: {', '.join(loose)} only on the right")
