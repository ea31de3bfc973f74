"""What several stories do and look up."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url
from sqlmodel import col, func, select, text
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import erasure
from handlers.serve import Running
from sandbox.people import Message
from sandbox.workspace import TEAM_ID
from storage.engine import make_sessions
from storage.models import Delivery, Draft, Label, Revision
from storage.queries import drafts, labels
from storage.queries.labels import Current
from tests.databases import Postgres
from tests.faults.balancer import balancing
from tests.faults.waits import within
from tests.house import LEADS, SUPPORT, House, running_bot

# Seconds between two looks. Without a rest they keep from the processor what they look for: a database that
# starts a connection took more than two seconds for it.
GLANCE = 0.005
# For what does not depend on the database.
one_database = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
# For what waits for what another transaction holds: SQLite has one writer.
on_postgresql = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)


async def label(house: House, draft: int, agent: str) -> Current | None:
    """What is stored of somebody's answer."""
    async with house.sessions.reading() as session:
        return await labels.of(session, draft, house.people[agent].id)


async def stored(house: House, draft: int, agent: str) -> tuple[str, str, str | None, int] | None:
    """Kind, verdict, text and number of revisions of somebody's answer; None where there is no row."""
    found = await label(house, draft, agent)
    if found is None:
        return None
    return found.label.kind, found.revision.verdict, found.revision.text, found.label.newest


async def rows(house: House) -> tuple[int, int]:
    """How many labels and revisions there are in all."""
    async with house.sessions.reading() as session:
        counted = [
            (await session.exec(select(func.count()).select_from(Label))).one(),
            (await session.exec(select(func.count()).select_from(Revision))).one(),
        ]
    return counted[0], counted[1]


async def stored_draft(house: House, number: int) -> Draft:
    """A draft, which must be there, as it is stored."""
    async with house.sessions.reading() as session:
        found = await drafts.get(session, number)
    assert found is not None
    return found


async def delivery(house: House, key: str) -> Delivery:
    async with house.sessions.reading() as session:
        return (await session.exec(select(Delivery).where(col(Delivery.key) == key))).one()


async def notes(house: House, person: str, channel: str = SUPPORT) -> list[str]:
    """Every private note that somebody has in a channel, the oldest first, after the bot has done its work."""
    await house.bot.tools.afterwards.done()
    return [one.text for one in await house.people[person].reads(channel) if one.ephemeral]


async def posted(house: House, words: str, channel: str = SUPPORT) -> list[Message]:
    """The messages in a channel, open to all, on which these words stand."""
    shown = await house.max.reads(channel, limit=200)
    return [one for one in shown if words in f"{one.text_seen}\n{one.text}" and not one.ephemeral]


async def leads_set_up(house: House) -> None:
    """The leads' channel has drafts of its own, which Max reviews."""
    await house.max.types("/assay setup", in_=LEADS)
    await house.max.fills({"Leads": [house.max.id], "Digest goes to": LEADS, "Guideline": "Other rules."})
    assert (await house.max.submits()).closed
    await house.settles()


async def takes_too_long(session: AsyncSession) -> None:
    """A statement that the database ends: PostgreSQL for its time, SQLite as it ends one whose file is lost."""
    slow = {"postgresql": "SELECT pg_sleep(30)", "sqlite": "SELECT nothing FROM nowhere"}
    connection = await session.connection()
    await connection.execute(text(slow[connection.dialect.name]))


async def again(house: House, traffic: int | None) -> dict[str, Any]:
    """The same signed request once more, as the network may repeat it."""
    answer = await house.http.post("/control/redeliver", json={"id": traffic})
    answer.raise_for_status()
    return dict(answer.json())


async def listens(house: House, bot: Running) -> None:
    """From now on Slack sends to this bot."""
    (await house.http.post("/control/app", json={"request_url": f"{bot.url}/slack/events"})).raise_for_status()


@asynccontextmanager
async def second_bot(house: House) -> AsyncIterator[Running]:
    """Another process' worth of bot on the same database."""
    async with running_bot(house.box, house.url, house.more) as bot:
        yield bot
        await bot.tools.afterwards.done()


@asynccontextmanager
async def held(house: House, draft: int) -> AsyncIterator[None]:
    """Another connection holds the draft (on SQLite: the one writer's lock) until the block ends."""
    other = make_sessions(house.url)
    try:
        async with other.writing() as session:
            await drafts.locked(session, draft)
            yield
    finally:
        await other.close()


@asynccontextmanager
async def answers_lost(house: House) -> AsyncIterator[None]:
    """The bot does what Slack sends and answers, and its first answer never arrives."""
    url = house.box.app.request_url
    async with balancing() as balancer:
        balancer.replicas.append(house.bot)
        balancer.holds_next().released.set()
        house.box.app.request_url = f"{balancer.url}/slack/events"
        try:
            yield
        finally:
            house.box.app.request_url = url


async def hangs_up(house: House) -> None:
    """The bot's connections to the database are closed once nobody uses them: one in use would stay open unseen."""

    async def unused() -> bool:
        return not any(engine.pool.checkedout() for engine in (house.sessions.reader, house.sessions.writer))  # type: ignore[attr-defined]

    await until(unused)
    await house.sessions.close()


@asynccontextmanager
async def gone(house: House, postgres: Postgres | None) -> AsyncIterator[None]:
    """The database is away until the block ends: its folder moved, or its server refusing."""
    name = make_url(house.url).database or ""
    async with AsyncExitStack() as back:
        await hangs_up(house)
        if postgres is not None:
            postgres.hang_up(name)
            back.callback(postgres.let_in, name)
        else:
            folder = Path(name).parent
            away = folder.rename(folder.with_name(f"{folder.name}-away"))
            back.callback(away.rename, folder)
        yield


async def until(happened: Callable[[], Awaitable[object]]) -> None:
    """Look again until it has happened, for ten seconds at most."""
    if not await within(10, happened, every=GLANCE):
        raise TimeoutError


async def removes(house: House, person: str, channel: str = SUPPORT) -> None:
    """The admin takes somebody out of a channel."""
    body = {"user": house.max.id, "channel": channel, "who": house.people[person].id}
    (await house.http.post("/control/leave", json=body)).raise_for_status()


async def escalates(house: House, draft: int) -> None:
    await house.ana.clicks("Escalate", await house.card(draft))
    await house.ana.fills({"Why must a human take over?": "Legal threat"})
    await house.ana.submits()
    await house.settles()


async def told_directly(house: House, person: str) -> list[str]:
    """What the bot wrote to somebody alone, the oldest first."""
    directly = house.box.world.workspace.direct(house.box.world.workspace.user(house.people[person].id))
    return [one.text for one in directly.messages.values()]


async def forgets(house: House, person: str) -> None:
    """The operator erases somebody."""
    async with house.sessions.writing() as session:
        await erasure.forget_person(session, TEAM_ID, house.people[person].id, now=house.now())
