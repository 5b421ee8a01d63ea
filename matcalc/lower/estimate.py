"""How long lowered expressions take, roughly, to compare equal forms at typical sizes.

The unit is an entry written by an elementwise operation of two matrices; the weights are those of
NumPy on one core, where products run in cache and everything else at the speed of memory.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from matcalc.counts import nothing, work_of
from matcalc.function_work import applied
from matcalc.lower.chains import Typical
from matcalc.lower.counts import KERNELS
from matcalc.lower.graph import is_constant, thin
from matcalc.lower.kernels import Repeat
from matcalc.node import Node
from matcalc.operators.algebra import Add, Scale, split_scale
from matcalc.operators.elementwise import Hadamard, Map
from matcalc.operators.elementwise2 import Map2
from matcalc.work import NUMBER, Shape, Work, chained

WEIGHTS = {"multiply_adds": 0.1, "operations": 0.1, "functions": 4.0, "moves": 0.1}
READ, WRITTEN = 0.3, 0.4
CALL = 2000.0
"""A call on arrays of no size, in the same unit."""
RULES = {**KERNELS, Repeat: nothing}


def estimate(expressions: Collection[Any], typical: Typical, known: dict[Any, float]) -> float:
    """Time of expressions, each worked out once, those inside others listed beside them.

    ``known`` holds times of single expressions at these sizes, and is added to.
    """
    for x in expressions:
        if x not in known:
            known[x] = sum([_time(work, typical) for work in _work(x)])
    return sum([known[x] for x in expressions])


def _work(x: Any) -> Iterable[Work]:
    """Work of one expression, lines thin and multiples free: they are placed where they are."""
    if isinstance(x, Add | Hadamard):
        return chained(_joined(x.operands))
    if isinstance(x, Scale):
        return ()
    if isinstance(x, Map):
        return applied(x.operands[0], thin(x.operands[1]).shape)
    if isinstance(x, Map2):
        return applied(x.operands[0], *(thin(a).shape for a in x.operands[1:]))
    return work_of(x, RULES)


def _joined(operands: Iterable[Node]) -> Iterator[Shape]:
    """Shapes of the operands of an elementwise operation."""
    for operand in operands:
        x = thin(split_scale(operand)[1])
        yield NUMBER if is_constant(x) else thin(x).shape


def _time(work: Work, typical: Typical) -> float:
    kind, amount, reads, writes = work
    read, written = sum([typical.room(shape) for shape in reads]), typical.room(writes)
    return CALL + WEIGHTS[kind] * typical.number(amount) + READ * read + WRITTEN * written
