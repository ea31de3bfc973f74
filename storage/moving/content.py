"""What a table holds, in figures: how many rows, and a digest that is the same on both databases.

The digest of a table is the sum of the digests of its rows: it does not depend on the order in which they are read.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Table

_WIDTH = 256  # bits

Row = tuple[Any, ...]


@dataclass
class Content:
    """Rows that were read, as far as they were."""

    rows: int = 0
    total: int = 0

    def add(self, told: int) -> None:
        self.rows += 1
        self.total = (self.total + told) % 2**_WIDTH

    @property
    def digest(self) -> str:
        return f"{self.total:0{_WIDTH // 4}x}"


def teller(table: Table) -> Callable[[Row], int]:
    """What tells one row of a table from another: a number that is the same wherever the row is read."""
    documents = [place for place, column in enumerate(table.columns) if isinstance(column.type, JSON)]

    def tell(row: Row) -> int:
        values = list(row)
        for place in documents:
            values[place] = _in_one_form(values[place])
        written = repr(values).encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.sha256(written).digest(), "big")

    return tell


def _in_one_form(value: object) -> object:
    """PostgreSQL keeps a document's names in an order of its own, and writes 1e20 as 100000000000000000000."""
    if isinstance(value, dict):
        return {name: _in_one_form(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_in_one_form(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(Decimal(repr(value)))
    return value


def key_of_row(places: Sequence[int], row: Row) -> Row:
    return tuple(row[place] for place in places)
