"""Which tables there are, in which order they can be filled, and by what their rows are known. Read from the models:
a table that is added there is moved without a change here."""

from collections.abc import Iterator, Sequence
from functools import cache

from sqlalchemy import Column, ForeignKeyConstraint, Table
from sqlalchemy.schema import sort_tables_and_constraints

from storage.models import Draft

VERSIONS = "alembic_version"  # the schema's version: migrations write it on both sides


@cache
def in_order() -> Sequence[Table]:
    """Those that are referred to before those that refer to them."""
    return [table for table, _ in _sorted() if table is not None]


@cache
def late_references() -> Sequence[ForeignKeyConstraint]:
    """References that no order satisfies, of a table to itself or around in a circle."""
    circles = [reference for table, around in _sorted() if table is None for reference in around]
    own = [one for table in in_order() for one in table.foreign_key_constraints if one.referred_table is table]
    return [*own, *circles]


def key_of(table: Table) -> Sequence[Column[object]]:
    """The columns of the primary key."""
    return list(table.primary_key.columns)


def key_places(table: Table) -> Sequence[int]:
    """Where the columns of the primary key stand in a row."""
    columns = list(table.columns)
    return [columns.index(column) for column in key_of(table)]


def _sorted() -> Iterator[tuple[Table | None, list[ForeignKeyConstraint]]]:
    return iter(sort_tables_and_constraints(Draft.metadata.tables.values()))  # type: ignore[no-untyped-call]
