"""What a table holds, in figures: how many rows, and a digest that is the same on both databases.

The digest of a table is the sum of the digests of its rows: it does not depend on the order in which they are read.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_WIDTH = 256  # bits

Row = tuple[Any, ...]


@dataclass
class Content:
    """Rows that were read, as far as they were."""

    rows: int = 0
    total: int = 0

    def add(self, row_told: int) -> None:
        self.rows += 1
        self.total = (self.total + row_told) % 2**_WIDTH

    @property
    def digest(self) -> str:
        return f"{self.total:0{_WIDTH // 4}x}"


def told(row: Row) -> int:
    """What tells one row of a table from another: a number that is the same wherever the row is read."""
    written = repr(row).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(written).digest(), "big")


def key_of_row(places: Sequence[int], row: Row) -> Row:
    return tuple(row[place] for place in places)
