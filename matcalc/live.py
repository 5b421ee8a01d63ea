"""The table of live nodes: an expression that somebody holds is found again, not made twice."""

import atexit
from threading import RLock
from typing import Any
from weakref import ref


class Entry(ref[Any]):
    """A node's place in the table, which does not keep the node alive."""

    __slots__ = ("address",)
    address: Any


LIVE: dict[Any, Entry] = {}
"""Entries by operator and operands: by the id of those that are nodes, which know parents."""
atexit.register(LIVE.clear)  # before sympy, whose numbers the addresses compare, is torn down
_lock = RLock()  # a thread may lose nodes, and with them entries, while it makes one


def kept(address: Any, node: Any) -> Any:
    """The node, put into the table; or an equal one that another thread put there before."""
    with _lock:
        entry = LIVE.get(address)
        found = entry() if entry is not None else None
        if found is not None:
            return found
        entry = Entry(node, _forget)
        entry.address = address
        LIVE[address] = entry
    return node


def _forget(entry: Entry) -> None:
    with _lock:
        if LIVE.get(entry.address) is entry:
            del LIVE[entry.address]
