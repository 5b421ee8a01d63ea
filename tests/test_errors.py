"""Error classes: each has an example that raises it, and the README's table shows them all."""

import importlib
import pickle

import pytest

from matcalc.errors import MatcalcError
from tests.errors import MARKS, Row, rows, with_table
from tests.test_readme import TEXT

ROWS = list(rows())


@pytest.mark.parametrize("row", ROWS, ids=[row.error.__name__ for row in ROWS])
def test_every_class_has_a_meaning_of_its_own(row: Row) -> None:
    assert row.meaning.endswith(".")
    assert sum(other.meaning == row.meaning for other in ROWS) == 1
    assert importlib.import_module(row.error.__module__)
    assert issubclass(row.error, MatcalcError) and len(row.error.__mro__) > 4
    with pytest.raises(MatcalcError, match="what"):
        raise pickle.loads(pickle.dumps(row.error("what")))


def test_the_readme_shows_every_class() -> None:
    assert all(mark in TEXT for mark in MARKS)
    assert with_table(TEXT) == TEXT, "python -m tests.errors writes the table"
