"""The SQLite file that is moved, held so that nobody else reads or writes it meanwhile."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from sqlalchemy import Table, create_engine, func, inspect, select, text, tuple_
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from storage.moving.content import Row
from storage.moving.errors import CannotMove
from storage.moving.tables import VERSIONS, in_order, key_of

PATIENCE = 2.0  # seconds: a command that is just ending lets go of the file


class Source:
    """Raises CannotMove where another process has the file open: what it writes would be left behind."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> "Source":
        self._engine = create_engine("sqlite://", creator=self._open, poolclass=StaticPool, hide_parameters=True)
        self._connection = self._engine.connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()
        self._engine.dispose()

    def count(self, table: Table) -> int:
        return int(self._connection.execute(select(func.count()).select_from(table)).scalar_one())

    def rows(self, table: Table, *, after: Row | None, at_once: int) -> Iterator[list[Row]]:
        """All rows in the order of their keys, or those behind a key; some at a time. Raises CannotMove."""
        key = key_of(table)
        query = select(table).order_by(*key)
        if after is not None:
            query = query.where(tuple_(*key) > tuple_(*after))
        try:
            result = self._connection.execute(query.execution_options(yield_per=at_once))
            for part in result.partitions():
                yield [tuple(row) for row in part]
        except (OperationalError, ValueError) as error:
            why = error.orig if isinstance(error, OperationalError) else error
            raise CannotMove(f"A row of {table.name} in {self._file} cannot be read: {why}. Mend it first.") from error

    def numbers_given(self) -> Mapping[str, int]:
        """Of tables whose numbers are never given again the last one that was, though its row may be erased."""
        found = self._connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
        return {str(name): int(last) for name, last in found}

    def unknown_tables(self) -> Sequence[str]:
        """What somebody else keeps in the file."""
        known = {VERSIONS, *(table.name for table in in_order())}
        return sorted(set(inspect(self._connection).get_table_names()) - known)

    def check_references(self) -> None:
        """Raises CannotMove where a row refers to one that is not there."""
        orphan = self._connection.execute(text("PRAGMA foreign_key_check")).first()
        if orphan is not None:
            raise CannotMove(
                f"Row {orphan[1]} of {orphan[0]} in {self._file} refers to a row of {orphan[2]} that is not there. "
                "PostgreSQL takes no such row: mend it first (PRAGMA foreign_key_check lists all of them)."
            )

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=PATIENCE, isolation_level=None)
        # What is no UTF-8 is found by the sieve and told by its row.
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        try:
            # In this mode SQLite takes the whole file, or tells that another process has it open, even an idle one.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            connection.close()
            raise CannotMove(
                f"Another process has {self._file} open, and what it wrote meanwhile would be left behind. "
                "Stop every `assay serve` (and whatever else reads the file), then move again. Nothing was changed."
            ) from error
        return connection
