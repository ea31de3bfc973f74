"""Looks into the database from outside, by SQL: what is stored, and whether a transaction of the bot is open."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.engine import Engine

PG_OPEN = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = :replica AND backend_xid IS NOT NULL"""


@dataclass
class Witness:
    """`url` is the bot's database; on PostgreSQL each replica's connections carry its name."""

    url: str
    _engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self._engine = create_engine(make_url(self.url.replace("+aiosqlite", "")), poolclass=NullPool)

    @property
    def on_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @property
    def path(self) -> str:
        """Of the file, on SQLite."""
        return str(make_url(self.url).database)

    async def rows(self, query: str, **values: Any) -> Sequence[Any]:
        return await asyncio.to_thread(self._rows, query, values)

    async def count(self, query: str, **values: Any) -> int:
        return int((await self.rows(query, **values))[0][0])

    async def writes(self, replica: str) -> bool:
        """Whether a transaction that has written, or holds SQLite's one writer's lock, is open in this replica."""
        if self.on_sqlite:
            return await asyncio.to_thread(self._is_locked)
        return bool(await self.count(PG_OPEN, replica=replica))

    def _rows(self, query: str, values: Mapping[str, Any]) -> Sequence[Any]:
        with self._engine.connect() as connection:
            return connection.execute(text(query), values).all()

    def _is_locked(self) -> bool:
        connection = sqlite3.connect(self.path, timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
        finally:
            connection.close()
        return False

    def close(self) -> None:
        self._engine.dispose()


def seconds(moment: Any) -> float:
    """SQLite gives raw SQL a string, without a zone."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return float((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
