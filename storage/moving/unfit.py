"""What SQLite holds and PostgreSQL does not take. Assay's doors let none of it in; other hands may have."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, SmallInteger, String, Table

from storage.moving.content import Row
from storage.moving.tables import key_places

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
STAND_IN = "\N{REPLACEMENT CHARACTER}"
SHOWN = 10

TEXT = "a character that is no text"
KIND, NUMBER, DOCUMENT = "no text at all", "a number out of range", "a number without end"


@dataclass
class Unfit:
    """The values that PostgreSQL would refuse: how many, and where the first of them are."""

    replace: bool  # characters give way to a stand-in
    replaced: int = 0
    refused: int = 0
    shown: list[str] = field(default_factory=list)


class Sieve:
    """Looks at each row of a table before it goes on."""

    def __init__(self, table: Table, unfit: Unfit) -> None:
        self._table, self._unfit = table, unfit
        self._keys = key_places(table)
        looks = [(place, column, _look_of(column)) for place, column in enumerate(table.columns)]
        self._looks = [(place, column, look) for place, column, look in looks if look is not None]

    def pass_on(self, row: Row) -> Row:
        """The row as PostgreSQL takes it."""
        for place, column, look in self._looks:
            value = row[place]
            if value is not None and (wrong := look(value)):
                row = self._met(row, place, column, wrong)
        return row

    def _met(self, row: Row, place: int, column: Column[Any], wrong: str) -> Row:
        where = f"{self._table.name} {', '.join(repr(row[key])[:80] for key in self._keys)}: {column.name} ({wrong})"
        if len(self._unfit.shown) < SHOWN:
            self._unfit.shown.append(where)
        # A key that changed could not be found again, by those who refer to it or by a move that goes on.
        if not self._unfit.replace or wrong != TEXT or place in self._keys or column.foreign_keys:
            self._unfit.refused += 1
            return row
        self._unfit.replaced += 1
        return (*row[:place], _NO_TEXT.sub(STAND_IN, row[place]), *row[place + 1 :])


def _look_of(column: Column[Any]) -> Callable[[Any], str | None] | None:
    """What finds the values that a column of this type must not have on PostgreSQL."""
    kind = column.type
    if isinstance(kind, JSON):
        return _wrong_in_document
    if isinstance(kind, Boolean):
        return None
    if isinstance(kind, Integer):
        bits = 15 if isinstance(kind, SmallInteger) else 63 if isinstance(kind, BigInteger) else 31
        return _range(2**bits)
    # Types that are stored as text of their own form, such as moments, were read by that form.
    return _wrong_text if isinstance(getattr(kind, "impl", kind), String) else None


def _wrong_text(value: Any) -> str | None:
    if not isinstance(value, str):
        return KIND
    return TEXT if _NO_TEXT.search(value) else None


def _range(bound: int) -> Callable[[Any], str | None]:
    def wrong(value: Any) -> str | None:
        return None if isinstance(value, int) and -bound <= value < bound else NUMBER

    return wrong


def _wrong_in_document(value: Any) -> str | None:
    # Characters are written as escapes there, which PostgreSQL takes as they are.
    without_end = any(isinstance(part, float) and not math.isfinite(part) for part in _parts(value))
    return DOCUMENT if without_end else None


def _parts(value: object) -> Iterator[object]:
    """Values, however deep."""
    waiting: list[object] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        else:
            yield one
