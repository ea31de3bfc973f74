"""SQLite as we open it: safe on disk, strict about keys, and one writer from the first statement on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import CursorResult
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import text
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.engine import Sessions, make_sessions
from storage.errors import DatabaseAway


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'assay.db'}"


@pytest.fixture
async def sessions(url: str) -> AsyncIterator[Sessions]:
    made = make_sessions(url)
    async with made.writing() as session:
        await run(session, "CREATE TABLE t (n INTEGER PRIMARY KEY, word TEXT)")
        await run(session, "INSERT INTO t VALUES (:n, :word)", [{"n": n, "word": "old"} for n in range(50)])
    yield made
    await made.close()


async def run(session: AsyncSession, statement: str, rows: list[dict[str, object]] | None = None) -> CursorResult[Any]:
    connection = await session.connection()
    return await connection.execute(text(statement), rows)


async def one(engine: AsyncEngine, statement: str) -> object:
    async with engine.connect() as connection:
        return (await connection.execute(text(statement))).scalar()


@pytest.mark.parametrize(("setting", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
async def test_every_connection_is_safe_on_disk_and_minds_its_keys(
    sessions: Sessions, setting: str, value: object
) -> None:
    assert await one(sessions.reader, f"PRAGMA {setting}") == value
    assert await one(sessions.writer, f"PRAGMA {setting}") == value


async def test_rows_come_whole_in_any_portion(sessions: Sessions) -> None:
    async with sessions.reading() as session:
        found = await run(session, "SELECT n FROM t ORDER BY n")
        first, some, rest = found.fetchone(), found.fetchmany(9), found.fetchall()
    assert first is not None
    assert [first[0], *(row[0] for row in [*some, *rest])] == list(range(50))


async def test_rows_of_two_statements_do_not_mix(sessions: Sessions) -> None:
    async with sessions.reading() as session:
        low = await run(session, "SELECT n FROM t WHERE n < 2 ORDER BY n")
        high = await run(session, "SELECT n FROM t WHERE n > 47 ORDER BY n")
        assert (low.scalars().all(), high.scalars().all()) == ([0, 1], [48, 49])


async def test_the_number_of_changed_rows_is_told(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        changed = await run(session, "UPDATE t SET word = 'new' WHERE n < 7")
        assert changed.rowcount == 7


async def test_a_writer_holds_the_lock_from_its_first_read_on(url: str, sessions: Sessions) -> None:
    other = make_sessions(url, patience=0.1)
    async with sessions.writing() as session:
        await run(session, "SELECT n FROM t")
        with pytest.raises(DatabaseAway, match="locked"):
            async with other.writing() as late:
                await run(late, "SELECT n FROM t")
    await other.close()


async def test_a_reader_sees_one_state_to_its_end(sessions: Sessions) -> None:
    async with sessions.reading() as reading:
        before = (await run(reading, "SELECT count(*) FROM t")).scalar()
        async with sessions.writing() as session:
            await run(session, "DELETE FROM t")
        assert (await run(reading, "SELECT count(*) FROM t")).scalar() == before == 50
    assert await one(sessions.reader, "SELECT count(*) FROM t") == 0


async def test_after_an_error_the_connection_works_again(sessions: Sessions) -> None:
    async def empties_both() -> None:
        async with sessions.writing() as session:
            await run(session, "DELETE FROM t")
            await run(session, "DELETE FROM u")

    for _ in range(3):
        with pytest.raises(DatabaseAway, match="no such table"):
            await empties_both()
    assert await one(sessions.reader, "SELECT count(*) FROM t") == 50
