"""Databases as they are found in the middle of a year: a channel with its agents, labels, and drafts that wait.

One draft of each sort goes the whole way through the bot; the others are copies of its rows, made by the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, cast, insert, literal, select, text, true, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import intake, labelling, tokens
from bot.acts import Act
from bot.intake import Arrival
from bot.settings import Settings
from bot.submissions import Submission
from bot.tokens import Scope
from bot.verdicts import approval
from handlers.wall_clock import utc_now
from storage import migrate
from storage.engine import make_sessions
from storage.models import Channel, Delivery, Draft, Gold, Label, Member, Person, Revision, Seen, Slot
from storage.queries._core import dialect_of, table_of
from storage.words import ChannelState, DeliveryState
from tests.bench.items import item
from tests.bench.servers import SECRET
from tests.bench.sink import TEAM
from tests.bench.tables import FLOOR

KEY = Settings.model_validate({"SLACK_BOT_TOKEN": "xoxb-bench", "SLACK_SIGNING_SECRET": SECRET}).key
AGENTS = [f"U0AGENT{number:02d}" for number in range(50)]


@dataclass(frozen=True)
class Prepared:
    """A database with a channel that takes drafts, and what opens it."""

    url: str
    token: str
    waiting: Draft  # those to be clicked look like it
    ids: list[int]  # of drafts whose cards are open


async def floor(url: str) -> str:
    """The one table of the floors."""
    sessions = make_sessions(url)
    async with sessions.writer.begin() as connection:
        await connection.run_sync(FLOOR.create_all)
    await sessions.close()
    return url


async def assay(url: str, *, labelled: int = 0, waiting: int = 0) -> Prepared:
    """Assay's tables with so many labelled drafts, and so many whose cards are open."""
    await migrate.upgrade(url)
    sessions = make_sessions(url, patience=120)
    now = utc_now()
    async with sessions.writing() as session:
        channel = await _channel(session, now)
        token = await tokens.create(session, "bench", scopes=[Scope.DRAFTS_WRITE], now=now)
        done, fresh = [await _taken_in(session, channel, number, now) for number in (1, 2)]
        await _approved(session, channel, done, now)
        await session.exec(update(table_of(Delivery)).values(state=DeliveryState.SENT, ts="1.000001"))
        await session.exec(update(table_of(Delivery)).where(DELIVERIES.draft_id == fresh.id).values(takes_room=True))
        await _copy(session, done, labelled, series="old")
        await _copy(session, fresh, waiting, series="new")
        new = select(DRAFTS.id).where(_of_series("new")).order_by(DRAFTS.id)
        ids = list((await (await session.connection()).execute(new)).scalars())
        if dialect_of(session) == "postgresql":
            await (await session.connection()).execute(text("ANALYZE"))  # as it does by itself in time
    await sessions.close()  # SQLite's log is written into the file
    return Prepared(url, token, fresh, ids)


async def queues(url: str, team: str, channels: Sequence[str], *, each: int) -> None:
    """So many drafts in each channel, whose cards all wait to be posted."""
    await migrate.upgrade(url)
    sessions = make_sessions(url, patience=120)
    now = utc_now()
    async with sessions.writing() as session:
        for number, slack_id in enumerate(channels):
            channel = await _channel(session, now, team=team, slack_id=slack_id)
            channel.open_cards = each
            draft = await _taken_in(session, channel, number, now)
            await _copy(session, draft, each - 1, series=slack_id)
    await sessions.close()


async def _channel(session: AsyncSession, now: datetime, *, team: str = TEAM, slack_id: str = "C0BENCH01") -> Channel:
    channel = Channel(
        team=team,
        slack_id=slack_id,
        name="support",
        state=ChannelState.ACTIVE,
        leads=["U0LEAD"],
        working_days=[],
        escalation_reasons=[],
        overlap_share=0,
        guideline=1,
        created_at=now,
    )
    session.add(channel)
    await session.flush()
    assert channel.id is not None
    for agent in AGENTS:
        session.add(Member(channel_id=channel.id, user=agent, present=True, checked_at=now))
        await session.merge(Person(team=team, user=agent, admin=False, outsider=False, checked_at=now))
    await session.flush()
    return channel


async def _taken_in(session: AsyncSession, channel: Channel, number: int, now: datetime) -> Draft:
    submission = Submission.model_validate(item(number, series="first"))
    receipt = await intake.take_in(session, channel, submission, Arrival(KEY, now))
    return await session.get_one(Draft, receipt.draft_id)


async def _approved(session: AsyncSession, channel: Channel, draft: Draft, now: datetime) -> None:
    assert draft.id is not None
    act = Act(key="press:first", agent=AGENTS[0], draft=draft.id, now=now)
    await labelling.record(session, channel, act, approval(draft.text or ""), key=KEY)
    await session.flush()


async def _copy(session: AsyncSession, draft: Draft, count: int, *, series: str) -> None:
    """All rows that belong to a draft, so many times."""
    if count == 0:
        return
    number = select(literal(1).label("n")).cte("number", recursive=True)
    number = number.union_all(select(number.c.n + 1).where(number.c.n < count))
    named = {"external_id": literal(f"{series}-") + cast(number.c.n, String), "place": number.c.n + 10}
    await _copy_rows(session, Draft, DRAFTS.id == draft.id, number, named)

    made = select(DRAFTS.id.label("draft"), LABELS.id.label("label")).where(_of_series(series))
    of = made.select_from(DRAFTS.id.table.outerjoin(LABELS.id.table, LABELS.draft_id == DRAFTS.id)).subquery()
    mine = {"draft_id": of.c.draft}
    key = DELIVERIES.kind + ":" + cast(of.c.draft, String)
    sample = select(LABELS.id).where(LABELS.draft_id == draft.id).scalar_subquery()
    await _copy_rows(session, Label, LABELS.draft_id == draft.id, of, mine)
    await _copy_rows(session, Slot, SLOTS.draft_id == draft.id, of, mine | {"label_id": of.c.label})
    await _copy_rows(session, Revision, REVISIONS.label_id == sample, of, {"label_id": of.c.label})
    await _copy_rows(session, Gold, GOLDS.draft_id == draft.id, of, mine | {"label_id": of.c.label})
    await _copy_rows(
        session, Delivery, DELIVERIES.draft_id == draft.id, of, mine | {"id": literal("0000-") + key, "key": key}
    )
    press = literal("press:") + cast(of.c.draft, String)
    await _copy_rows(session, Seen, of.c.label.is_not(None), of, {"key": press, "at": literal(draft.created_at)})


async def _copy_rows(
    session: AsyncSession,
    model: type[SQLModel],
    which: ColumnElement[bool],
    of: FromClause,
    other: Mapping[str, ColumnElement[Any]],
) -> None:
    """The rows of the sample, once for each row of `of`, with some columns changed; numbers are given anew."""
    table = table_of(model)
    kept = [column for column in table.c if column.computed is None and column is not table.autoincrement_column]
    names = [column.name for column in table.c if column in kept or column.name in other]
    rows = select(*(other.get(name, table.c[name]) for name in names)).where(which)
    # A table of which nothing is copied stands for no row of its own.
    drawn = rows.select_from(of if other.keys() == set(names) else table.join(of, true()))
    await session.exec(insert(table).from_select(names, drawn))


def _of_series(series: str) -> ColumnElement[bool]:
    return DRAFTS.external_id.startswith(f"{series}-")


DRAFTS, LABELS, SLOTS = table_of(Draft).c, table_of(Label).c, table_of(Slot).c
REVISIONS, GOLDS, DELIVERIES = table_of(Revision).c, table_of(Gold).c, table_of(Delivery).c
