"""The PostgreSQL database that is filled, batch by batch, each a transaction of its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    ForeignKeyConstraint,
    Table,
    create_engine,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import AddConstraint, DropConstraint
from sqlalchemy.types import String

from storage import session_settings
from storage.moving.content import Row
from storage.moving.errors import BrokeOff, CannotMove
from storage.moving.tables import in_order, key_of, late_references

ONE_AT_A_TIME = 7_265_284  # beside the number under which the schema is changed (storage/migrate.py)
PATIENCE = 10.0  # seconds, in which the server ends what a killed move had begun
LOCK_NOT_AVAILABLE = "55P03"


class Target:
    """Raises CannotMove where another move fills the same database, BrokeOff where PostgreSQL fails."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            url, poolclass=NullPool, hide_parameters=True, connect_args={"connect_timeout": 10}
        )
        session_settings.set_up(self._engine, lock_timeout=f"{PATIENCE * 1_000:.0f}", timezone="UTC")
        self._errors = (DBAPIError, self._engine.dialect.loaded_dbapi.Error)

    def __enter__(self) -> "Target":
        with self._told():
            self._holder = self._engine.connect()  # holds the lock until it is closed, or its process killed
            if not self._is_alone():
                self._holder.close()
                raise CannotMove("Another move fills this database. Wait until it has ended.")
            self._connection = self._engine.connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()
        self._holder.close()
        self._engine.dispose()

    def is_empty(self) -> bool:
        """Whether there is no table yet, of anybody."""
        with self._transaction():
            return not inspect(self._connection).get_table_names()

    def last_key(self, table: Table) -> Row | None:
        """The greatest key, in SQLite's order: how far an earlier move came."""
        query = select(*key_of(table)).order_by(*(_bytewise(column).desc() for column in key_of(table))).limit(1)
        with self._transaction():
            found = self._connection.execute(query).first()
        return None if found is None else tuple(found)

    def rows(self, table: Table, *, at_once: int) -> Iterator[list[Row]]:
        """All rows, some at a time."""
        with self._transaction():
            result = self._connection.execute(select(table).execution_options(yield_per=at_once))
            for part in result.partitions():
                yield [tuple(row) for row in part]

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add the rows, all or none."""
        dialect, wrapped = self._engine.dialect, self._connection.connection
        shown = dialect.identifier_preparer
        kept = [(place, column) for place, column in enumerate(table.columns) if column.computed is None]
        names = ", ".join(shown.format_column(column) for _, column in kept)
        copying = f"COPY {shown.format_table(table)} ({names}) FROM STDIN"
        binds = [(place, _bind(column, dialect)) for place, column in kept]
        # COPY takes less of the processor on both sides than an INSERT a row.
        with self._transaction(), wrapped.cursor().copy(copying) as copy:
            for row in rows:
                copy.write_row([bind(row[place]) if bind else row[place] for place, bind in binds])

    def add_one(self, table: Table, values: Mapping[str, Any]) -> None:
        """Add a row that gets the next number."""
        with self._transaction():
            self._connection.execute(insert(table), values)

    def loosen(self) -> None:
        """Take away the references that rows in the order of their keys would break for a while."""
        with self._transaction():
            for reference in late_references():
                self._connection.execute(DropConstraint(reference, if_exists=True))

    def finish(self, given: Mapping[str, int]) -> None:
        """Put them back, set the numbers that come next, and count anew for the planner.

        `given`: numbers that tables had given out up to, which stand in no row any more where that was erased.
        """
        with self._transaction():
            for reference in late_references():
                if not _stands(self._connection, reference):
                    self._connection.execute(AddConstraint(reference, isolate_from_table=False))
            for table in in_order():
                if (column := table.autoincrement_column) is not None:
                    self._set_next_number(table, column, given.get(table.name, 0))
            self._connection.execute(text("ANALYZE"))

    def _is_alone(self) -> bool:
        try:
            self._holder.execute(text(f"SELECT pg_advisory_lock({ONE_AT_A_TIME})"))
            self._holder.commit()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                return False
            raise
        return True

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._told(), self._connection.begin():
            yield

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise BrokeOff(_said(error)) from error

    def _set_next_number(self, table: Table, column: Column[int], given: int) -> None:
        shown = self._engine.dialect.identifier_preparer.format_table(table)
        sequence = text("SELECT pg_get_serial_sequence(:of, :column)")
        if (name := self._connection.execute(sequence, {"of": shown, "column": column.name}).scalar()) is not None:
            greatest = self._connection.execute(select(column).order_by(column.desc()).limit(1)).scalar() or 0
            last = max(greatest, given)
            values = {"name": name, "value": max(last, 1), "used": last >= 1}
            self._connection.execute(text("SELECT setval(:name, :value, :used)"), values)


def _said(error: Exception) -> str:
    original = getattr(error, "orig", error)
    diagnosed = getattr(getattr(original, "diag", None), "message_primary", None)
    return str(diagnosed or original).strip().splitlines()[0].rstrip(".")


def _bind(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What turns a value of this column into one that the driver takes."""
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _bytewise(column: ColumnElement[Any]) -> ColumnElement[Any]:
    # Databases sort text by a language; SQLite, and the place where a move goes on, by its bytes.
    kind = getattr(column.type, "impl", column.type)
    return column.collate("C") if isinstance(kind, String) else column


def _stands(connection: Connection, reference: ForeignKeyConstraint) -> bool:
    return any(one["name"] == reference.name for one in inspect(connection).get_foreign_keys(reference.table.name))
