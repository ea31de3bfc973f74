"""A process is ready when it can store what somebody clicks, and says when it cannot."""

from sqlmodel import text

from tests.house import House
from tests.stories.steps import one_database

AWAY = (503, "the database is away, full or read-only")
READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET SESSION default_transaction_read_only = on",
}


async def ready(house: House) -> tuple[int, str]:
    answer = await house.http.get(f"{house.bot.url}/readyz")
    return answer.status_code, answer.json()["status"]


async def says(house: House, statement: str) -> None:
    """A word to the connection that writes; it is remembered there."""
    async with house.sessions.writing() as session:
        await (await session.connection()).execute(text(statement))


async def test_a_database_that_takes_no_writes_is_not_ready(house: House, kind: str) -> None:
    assert await ready(house) == (200, "ok")
    await house.sessions.close()  # one connection from here on: the one that is spoken to
    await says(house, READ_ONLY[kind])
    assert await ready(house) == AWAY
    await house.sessions.close()  # whoever connects anew may write
    assert await ready(house) == (200, "ok")


@one_database
async def test_while_somebody_else_holds_the_writers_lock_for_long_it_is_not_ready(house: House) -> None:
    async with house.sessions.writing() as session:
        await (await session.connection()).execute(text("SELECT 1"))
        assert await ready(house) == AWAY
    assert await ready(house) == (200, "ok")
