"""aiosqlite with one trip to its thread for each statement, where begin, cursor, execute, fetch and close made five.

A click runs some twenty statements; on SQLite the trips cost more than the statements.
"""

import asyncio
import sqlite3
from collections.abc import Iterable
from typing import Any

import aiosqlite
from aiosqlite.context import contextmanager


class _Cursor(aiosqlite.Cursor):
    """Fetches all rows while it is in the thread; what a web request reads is small."""

    def __init__(self, connection: "_Connection") -> None:
        super().__init__(connection, None)  # type: ignore[arg-type]  # made in the thread, when it is needed
        self._begin = connection.begin
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "_Cursor":
        await self._execute(self._run, sql, tuple(parameters or ()))  # type: ignore[no-untyped-call]
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "_Cursor":
        await self._execute(self._run_many, sql, [tuple(row) for row in parameters])  # type: ignore[no-untyped-call]
        return self

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        """Nothing is left to close: the rows were read to the end."""

    def _run(self, sql: str, parameters: tuple[Any, ...]) -> None:
        self._open()
        self._cursor.execute(sql, parameters)
        self._rows = self._cursor.fetchall() if self._cursor.description else []

    def _run_many(self, sql: str, parameters: list[tuple[Any, ...]]) -> None:
        self._open()
        self._cursor.executemany(sql, parameters)

    def _open(self) -> None:
        raw = self._conn._conn
        if not raw.in_transaction:
            raw.execute(self._begin)
        self._cursor = raw.cursor()


class _Connection(aiosqlite.Connection):
    """Begins with the first statement of each transaction, in the same trip."""

    def __init__(self, path: str, *, begin: str, patience: float) -> None:
        super().__init__(lambda: _open(path, patience), iter_chunk_size=64)
        self.begin = begin
        self._stopped: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        self._stopped = super().stop()
        return self._stopped

    async def _connect(self) -> "_Connection":
        try:
            await super()._connect()
        except sqlite3.Error:
            # Wait for the thread: it reports its end to this loop, which a command ends right after the error.
            if self._stopped is not None:
                await self._stopped
            raise
        return self

    @contextmanager
    async def cursor(self) -> aiosqlite.Cursor:
        return _Cursor(self)


def connect(path: str, *, begin: str, patience: float) -> aiosqlite.Connection:
    """A connection to await, as `aiosqlite.connect` gives one. Waits `patience` seconds for a lock."""
    connection = _Connection(path, begin=begin, patience=patience)
    connection._thread.daemon = True  # a forgotten connection must not keep the process alive
    return connection


def _open(path: str, patience: float) -> sqlite3.Connection:
    # Without isolation_level=None the driver would begin by itself, deferred, and lose updates without an error.
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
