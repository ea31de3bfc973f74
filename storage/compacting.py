"""Bytes of what was deleted: out of the log, and out of the database's files.

On SQLite deleted rows are overwritten (`secure_delete`), but the log beside the file keeps what was written to it until
it is emptied. PostgreSQL leaves deleted rows in its files until it reuses the space, and its own log to its settings.
"""

import asyncio
import sqlite3

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from storage.engine import Sessions

PATIENCE = 5.0  # seconds that others may hold the file
# While readers are waited for nobody writes, and a click waits no longer than 1.5 s: so it is tried often and shortly.
TRIES, SHORTLY, BETWEEN = 10, 0.1, 0.4


async def forget_log(sessions: Sessions) -> bool:
    """Empty SQLite's log; false where somebody reads just now, so that it is emptied another time."""
    if sessions.writer.dialect.name != "sqlite":
        return True
    path = sessions.writer.url.database or ""
    for left in reversed(range(TRIES)):
        if await asyncio.to_thread(_on_sqlite, path, patience=SHORTLY):
            return True
        await asyncio.sleep(BETWEEN if left else 0)
    return False


async def compact(sessions: Sessions) -> bool:
    """Write the database's files anew, without the space that was freed; others wait meanwhile.

    False where somebody reads or writes just now, or there is no room.
    """
    if sessions.writer.dialect.name == "sqlite":
        path = sessions.writer.url.database or ""
        return await asyncio.to_thread(_on_sqlite, path, "VACUUM", patience=PATIENCE)
    try:
        await _on_postgresql(sessions)
    except DBAPIError:
        return False
    return True


async def _on_postgresql(sessions: Sessions) -> None:
    tables = ", ".join(f'"{name}"' for name in sorted(SQLModel.metadata.tables))
    async with sessions.writer.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text("SET statement_timeout = 0"))
        # Whoever comes later waits behind it, also for as long as it waits itself, for a backup for instance.
        await connection.execute(text(f"SET lock_timeout = {PATIENCE * 1_000:.0f}"))
        try:
            await connection.execute(text(f"VACUUM (FULL) {tables}"))
        finally:
            await connection.invalidate()  # with what was set


def _on_sqlite(path: str, *statements: str, patience: float) -> bool:
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    try:
        for statement in ("PRAGMA secure_delete=ON", *statements):
            connection.execute(statement)
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return not busy
