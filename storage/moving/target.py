"""The PostgreSQL database that is filled, batch by batch, each a transaction of its own."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKeyConstraint,
    Table,
    create_engine,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import AddConstraint, DropConstraint
from sqlalchemy.types import String

from storage.moving.content import Row
from storage.moving.errors import CannotMove
from storage.moving.tables import in_order, key_of, late_references

ONE_AT_A_TIME = 7_265_284  # beside the number under which the schema is changed (storage/migrate.py)


def is_empty(url: str) -> bool:
    """Whether there is no table yet, of anybody."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    with engine.connect() as connection:
        return not inspect(connection).get_table_names()


class Target:
    """Raises CannotMove where another move fills the same database."""

    def __init__(self, url: str) -> None:
        options = "-c timezone=UTC -c lock_timeout=10000"
        self._engine = create_engine(
            url, poolclass=NullPool, hide_parameters=True, connect_args={"connect_timeout": 10, "options": options}
        )

    def __enter__(self) -> "Target":
        self._holder = self._engine.connect()  # holds the lock until it is closed, or its process killed
        try:
            self._holder.execute(text(f"SELECT pg_advisory_lock({ONE_AT_A_TIME})"))
        except OperationalError as error:
            self._holder.close()
            raise CannotMove("Another move fills this database. Wait until it has ended.") from error
        self._holder.commit()
        self._connection = self._engine.connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()
        self._holder.close()
        self._engine.dispose()

    def last_key(self, table: Table) -> Row | None:
        """The greatest key, in SQLite's order: how far an earlier move came."""
        query = select(*key_of(table)).order_by(*(_bytewise(column).desc() for column in key_of(table))).limit(1)
        with self._connection.begin():
            found = self._connection.execute(query).first()
        return None if found is None else tuple(found)

    def rows(self, table: Table, *, at_once: int) -> Iterator[list[Row]]:
        """All rows, some at a time."""
        with self._connection.begin():
            result = self._connection.execute(select(table).execution_options(yield_per=at_once))
            for part in result.partitions():
                yield [tuple(row) for row in part]

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add the rows, all or none. Raises CannotMove where PostgreSQL refuses one."""
        names = [column.name for column in table.columns]
        with self._connection.begin():
            self._connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])

    def loosen(self) -> None:
        """Take away the references that rows in the order of their keys would break for a while."""
        with self._connection.begin():
            for reference in late_references():
                self._connection.execute(DropConstraint(reference, if_exists=True, isolate_from_table=False))

    def finish(self) -> None:
        """Put them back, set the numbers that come next, and count anew for the planner."""
        with self._connection.begin():
            for reference in late_references():
                if not _stands(self._connection, reference):
                    self._connection.execute(AddConstraint(reference, isolate_from_table=False))
            for table in in_order():
                if (column := table.autoincrement_column) is not None:
                    self._set_next_number(table, column)
            self._connection.execute(text("ANALYZE"))

    def _set_next_number(self, table: Table, column: Column[int]) -> None:
        shown = self._engine.dialect.identifier_preparer.format_table(table)
        sequence = text("SELECT pg_get_serial_sequence(:of, :column)")
        if (name := self._connection.execute(sequence, {"of": shown, "column": column.name}).scalar()) is not None:
            greatest = self._connection.execute(select(column).order_by(column.desc()).limit(1)).scalar()
            values = {"name": name, "value": greatest or 1, "used": greatest is not None}
            self._connection.execute(text("SELECT setval(:name, :value, :used)"), values)


def _bytewise(column: ColumnElement[Any]) -> ColumnElement[Any]:
    # Databases sort text by a language; SQLite, and the place where a move goes on, by its bytes.
    kind = getattr(column.type, "impl", column.type)
    return column.collate("C") if isinstance(kind, String) else column


def _stands(connection: Connection, reference: ForeignKeyConstraint) -> bool:
    return any(one["name"] == reference.name for one in inspect(connection).get_foreign_keys(reference.table.name))
