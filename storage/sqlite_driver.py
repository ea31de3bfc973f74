"""aiosqlite with one trip to its thread for each statement, where cursor, execute, fetch and close made four.

A click runs some twenty statements; on SQLite the trips cost more than the statements.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any

import aiosqlite
from aiosqlite.context import contextmanager


class _Cursor(aiosqlite.Cursor):
    """Fetches all rows while it is in the thread; what a web request reads is small."""

    def __init__(self, connection: "_Connection") -> None:
        super().__init__(connection, None)  # type: ignore[arg-type]  # made in the thread, when it is needed
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "_Cursor":
        await self._execute(self._run, sql, tuple(parameters or ()))  # type: ignore[no-untyped-call]
        return self

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        """Nothing is left to close: the rows were read to the end."""

    def _run(self, sql: str, parameters: tuple[Any, ...]) -> None:
        self._cursor = self._conn._conn.cursor()
        self._cursor.execute(sql, parameters)
        self._rows = self._cursor.fetchall() if self._cursor.description else []


class _Connection(aiosqlite.Connection):
    @contextmanager
    async def cursor(self) -> aiosqlite.Cursor:
        return _Cursor(self)


def connect(path: str) -> aiosqlite.Connection:
    """A connection to await, as `aiosqlite.connect` gives one."""
    connection = _Connection(lambda: sqlite3.connect(path), iter_chunk_size=64)
    connection._thread.daemon = True  # a forgotten connection must not keep the process alive
    return connection
