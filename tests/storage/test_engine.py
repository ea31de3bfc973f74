"""Transactions on both databases: nothing is lost, nothing waits for ever, what fails leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlmodel import col, func, select, text, update

from storage.engine import Sessions, make_sessions
from storage.errors import DatabaseAway
from storage.models import Channel, Slot, Workspace
from storage.moving.errors import BrokeOff
from storage.moving.target import Target

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
LOADED = 30.0  # seconds of patience where many writers stand in a row on a busy machine


@pytest.fixture
async def sessions(database: str) -> AsyncIterator[Sessions]:
    made = make_sessions(database, patience=LOADED)
    await _add_channel(made)
    yield made
    await made.close()


@pytest.fixture
async def hurried(database: str, sessions: Sessions) -> AsyncIterator[Sessions]:
    """Another process on the same database, with little patience."""
    made = make_sessions(database, patience=0.2)
    yield made
    await made.close()


async def _add_channel(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        session.add(Channel(team="T", slack_id="C", name="c", leads=[], working_days=[], escalation_reasons=[],
                            open_cards=0, created_at=NOW))  # fmt: skip


async def count(sessions: Sessions) -> int:
    async with sessions.reading() as session:
        return (await session.exec(select(Channel.open_cards))).one()


async def add_one(sessions: Sessions) -> None:
    """Read, think, write: what a deed does."""
    async with sessions.writing() as session:
        channel = (await session.exec(select(Channel).with_for_update())).one()
        await asyncio.sleep(0)
        channel.open_cards += 1
        session.add(channel)


async def test_a_still_reading_sees_nothing_that_comes_after_its_first_look(sessions: Sessions) -> None:
    async with sessions.reading(still=True) as session:
        looks = [(await session.exec(select(Channel.open_cards))).one()]
        await add_one(sessions)
        looks.append((await session.exec(select(Channel.open_cards))).one())
    assert (looks, await count(sessions)) == ([0, 0], 1)
    async with sessions.reading() as session, sessions.reading() as other:  # by the same connections
        assert [(await one.exec(select(Channel.open_cards))).one() for one in (session, other)] == [1, 1]
        if sessions.writer.dialect.name == "postgresql":
            await add_one(sessions)
            assert [(await one.exec(select(Channel.open_cards))).one() for one in (session, other)] == [2, 2]


async def test_sixty_writers_at_once_lose_nothing(sessions: Sessions) -> None:
    await asyncio.gather(*(add_one(sessions) for _ in range(60)))
    assert await count(sessions) == 60


async def test_writers_of_two_processes_lose_nothing(database: str, sessions: Sessions) -> None:
    other = make_sessions(database, patience=LOADED)
    await asyncio.gather(*(add_one(one) for one in [sessions, other] * 15))
    await other.close()
    assert await count(sessions) == 30


async def test_somebody_who_reads_does_not_hold_up_somebody_who_writes(sessions: Sessions, hurried: Sessions) -> None:
    async with sessions.reading() as session:
        await session.exec(select(Channel))
        await add_one(hurried)
    assert await count(sessions) == 1


async def test_what_is_not_committed_is_not_read_and_holds_nobody_up(sessions: Sessions, hurried: Sessions) -> None:
    async with sessions.writing() as session:
        await session.exec(update(Channel).values(open_cards=7))
        assert await count(hurried) == 0
    assert await count(hurried) == 7


async def test_a_wait_for_a_lock_ends(sessions: Sessions, hurried: Sessions) -> None:
    async with sessions.writing() as session:
        await session.exec(update(Channel).values(open_cards=7))
        with pytest.raises(DatabaseAway):
            async with asyncio.timeout(20):
                await add_one(hurried)
    await add_one(hurried)
    assert await count(sessions) == 8


async def test_a_wait_for_a_connection_ends(hurried: Sessions) -> None:
    async def hold(free: asyncio.Event, held: asyncio.Semaphore) -> None:
        async with hurried.writing() as session:
            await session.exec(select(Channel))
            held.release()
            await free.wait()

    free, held = asyncio.Event(), asyncio.Semaphore(0)
    pool = int(hurried.writer.pool.size())  # type: ignore[attr-defined]
    holders = [asyncio.create_task(hold(free, held)) for _ in range(pool)]
    for _ in holders:
        await held.acquire()
    with pytest.raises(DatabaseAway):
        async with asyncio.timeout(20):
            await add_one(hurried)
    free.set()
    await asyncio.gather(*holders)
    await add_one(hurried)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_every_connection_has_its_bounds_also_after_a_transaction_that_failed(database: str) -> None:
    made = make_sessions(database)
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "timezone")
    bounds = ", ".join(f"current_setting('{name}')" for name in names)

    async def look() -> tuple[object, ...]:
        async with made.writing() as session:
            return tuple((await (await session.connection()).execute(text(f"SELECT pg_backend_pid(), {bounds}"))).one())

    async def fails() -> None:
        async with made.writing() as session:
            await session.exec(select(Channel))
            raise ZeroDivisionError

    before = await look()
    assert before[1:] == ("1500ms", "1500ms", "30s", "UTC")
    with pytest.raises(ZeroDivisionError):
        await fails()
    assert await look() == before
    await made.close()


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_process_that_stands_still_in_a_transaction_holds_up_nobody_for_long(
    database: str, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engine.STANDS_STILL", 0.1)
    paused = make_sessions(database)

    async def stands_still() -> None:
        async with paused.writing() as session:
            await session.exec(update(Channel).values(open_cards=7))
            await add_one(sessions)  # to the same row, once PostgreSQL has ended the one that stands
            await session.exec(select(Channel))

    with pytest.raises(DatabaseAway):
        await stands_still()
    assert await count(sessions) == 1
    await paused.close()


@asynccontextmanager
async def pooler(heard: list[bytes]) -> AsyncIterator[str]:
    """Hears what a connection begins with, and hangs up."""

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(4))
        heard.append(await reader.readexactly(length - 4))
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"postgresql+psycopg://assay@127.0.0.1:{port}/assay?sslmode=disable&gssencmode=disable"


async def test_connections_begin_with_nothing_that_a_pooler_refuses() -> None:
    """PgBouncer takes no startup options, and asks a server for those few parameters that clients can tell it of."""
    heard: list[bytes] = []
    async with pooler(heard) as url:
        sessions = make_sessions(url)
        with pytest.raises(DatabaseAway):
            async with sessions.reading() as session:
                await session.exec(select(Channel))
        await sessions.close()
        with pytest.raises(BrokeOff):
            await asyncio.to_thread(Target(url).__enter__)
    assert len(heard) == 2
    for message in heard:
        names = message[4:].rstrip(b"\0").split(b"\0")[::2]
        assert {*names} <= {b"user", b"database", b"client_encoding", b"application_name"}


async def test_an_error_in_the_block_takes_everything_back(sessions: Sessions) -> None:
    async def fails() -> None:
        async with sessions.writing() as session:
            await session.exec(update(Channel).values(open_cards=7))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert await count(sessions) == 0
    await add_one(sessions)
    assert await count(sessions) == 1


async def test_a_block_that_is_cancelled_takes_everything_back(sessions: Sessions) -> None:
    written = asyncio.Event()

    async def never_ends() -> None:
        async with sessions.writing() as session:
            await session.exec(update(Channel).values(open_cards=7))
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(never_ends())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await add_one(sessions)
    assert await count(sessions) == 1


async def test_a_key_that_is_there_already_is_told_apart_from_a_database_that_is_away(sessions: Sessions) -> None:
    with pytest.raises(IntegrityError):
        await _add_channel(sessions)
    with pytest.raises(IntegrityError):
        async with sessions.writing() as session:
            session.add(Slot(draft_id=999, number=1))
    await add_one(sessions)
    assert await count(sessions) == 1


async def test_many_rows_are_written_and_changed_in_one_go(sessions: Sessions) -> None:
    rows = [Workspace(team=f"T{n}", bot_user="U", bot_id="B", name="old", url="/", checked_at=NOW) for n in range(5)]
    async with sessions.writing() as session:
        session.add_all(rows)
    async with sessions.writing() as session:
        for row in (await session.exec(select(Workspace))).all():
            row.name = f"new {row.team}"
            session.add(row)
    async with sessions.reading() as session:
        names = (await session.exec(select(Workspace.name).order_by(col(Workspace.team)))).all()
    assert names == [f"new T{n}" for n in range(5)]


async def test_a_statement_that_is_wrong_is_no_success(sessions: Sessions) -> None:
    async def fails() -> None:
        async with sessions.writing() as session:
            await session.exec(update(Channel).values(open_cards=7))
            await (await session.connection()).execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises((ProgrammingError, DatabaseAway)):  # SQLite has one error for this and for a lost file
        await fails()
    assert await count(sessions) == 0


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:////no/such/folder/assay.db", "postgresql+psycopg://x@127.0.0.1:1/x"]
)
@pytest.mark.parametrize("way", ["reading", "writing"])
async def test_a_database_that_cannot_be_reached_is_away(url: str, way: str) -> None:
    sessions = make_sessions(url)
    with pytest.raises(DatabaseAway):
        async with getattr(sessions, way)() as session:
            await session.exec(select(func.count()).select_from(Channel))
    await sessions.close()


async def test_a_file_that_is_no_database_is_away(tmp_path: Path) -> None:
    file = tmp_path / "assay.db"
    file.write_text("not a database " * 1_000)
    sessions = make_sessions(f"sqlite+aiosqlite:///{file}")
    with pytest.raises(DatabaseAway):
        await count(sessions)
    await sessions.close()
