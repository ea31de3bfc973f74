"""Rows for every table and column that the models know, made by hypothesis from the columns' types."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Float, Integer, Table
from sqlalchemy.types import String

from storage.models import LARGEST_NUMBER, Draft

Rows = dict[str, list[dict[str, Any]]]

TABLES = Draft.metadata.sorted_tables
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
MOMENTS = st.datetimes(timezones=st.just(UTC))
DAYS = st.dates()
NUMBERS = st.integers(-LARGEST_NUMBER, LARGEST_NUMBER)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
ANY_TEXTS = st.text(
    st.characters(), max_size=30
)  # also halves of surrogate pairs and NUL: documents hold them as escapes
LEAVES = st.none() | st.booleans() | st.integers(-(10**25), 10**25) | FLOATS | ANY_TEXTS
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXTS, inner, max_size=3), max_leaves=8
).filter(lambda document: document is not None)

OF_TYPES: Mapping[type, st.SearchStrategy[Any]] = {
    JSON: DOCUMENTS,
    Boolean: st.booleans(),
    Integer: NUMBERS,
    Float: FLOATS,
    DateTime: MOMENTS,
    Date: DAYS,
    String: TEXTS,
}


@st.composite
def databases(draw: Callable[[st.SearchStrategy[Any]], Any], *, most: int = 4) -> Rows:
    """Up to `most` rows of each table; references lead to rows that are there, unique columns hold no value twice."""
    rows: Rows = {}
    for table in TABLES:
        rows[table.name] = []
        for _ in range(draw(st.integers(0, most))):
            row = {column.name: draw(_values(column, rows)) for column in table.columns}
            if not any(_clash(row, other, names) for other in rows[table.name] for names in _unique(table)):
                rows[table.name].append(row)
        # A row without the one that it must refer to is none.
        rows[table.name] = [row for row in rows[table.name] if _whole(table, row)]
    return rows


def _values(column: Column[Any], rows: Rows) -> st.SearchStrategy[Any]:
    if references := column.foreign_keys:
        target = next(iter(references)).column
        there = [row[target.name] for row in rows[target.table.name]]
        found = st.sampled_from(there) if there else st.none()
        return st.none() | found if column.nullable else found
    strategy = next(values for kind, values in OF_TYPES.items() if isinstance(_plain(column), kind))
    return st.none() | strategy if column.nullable else strategy


def _plain(column: Column[Any]) -> Any:
    return getattr(column.type, "impl", column.type)


def _unique(table: Table) -> Iterator[tuple[str, ...]]:
    yield tuple(column.name for column in table.primary_key.columns)
    for constraint in table.constraints:
        if type(constraint).__name__ == "UniqueConstraint":
            yield tuple(column.name for column in constraint.columns)  # type: ignore[attr-defined]
    for index in table.indexes:
        if index.unique:
            yield tuple(column.name for column in index.columns)


def _clash(row: Mapping[str, Any], other: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    return all(row[name] is not None and row[name] == other[name] for name in names)


def _whole(table: Table, row: Mapping[str, Any]) -> bool:
    return all(row[column.name] is not None for column in table.columns if not column.nullable)
