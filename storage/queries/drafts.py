"""Drafts and their slots."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, bindparam, case, or_, text, union_all, update
from sqlalchemy.sql.dml import Update
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Delivery, Draft, Slot
from storage.queries._core import LONG_AGO, add_numbered_once, add_once, dialect_of, table_of
from storage.queries._core import add as add_rows
from storage.queries.deliveries import ON_SCREEN
from storage.words import DeliveryKind, DraftOrigin, DraftState, Identity

TOPICS_MOST = 1_000  # of a channel


def is_counted() -> ColumnElement[bool]:
    """Samples are there to be tried: no figure, digest or export ever counts one."""
    return col(Draft.origin) != DraftOrigin.SAMPLE


async def get(session: AsyncSession, draft_id: int) -> Draft | None:
    return await session.get(Draft, draft_id)


async def find_with_channel(session: AsyncSession, draft_id: int) -> tuple[Draft, Channel] | None:
    return (await session.exec(_WITH_CHANNEL, params={"draft": draft_id})).first()


async def with_channel(session: AsyncSession, draft_id: int) -> tuple[Draft, Channel]:
    """The draft, which must exist, and its channel."""
    found = await find_with_channel(session, draft_id)
    assert found is not None
    return found


async def with_open_cards(session: AsyncSession, *, after: int, limit: int) -> Sequence[tuple[Draft, Channel]]:
    """Drafts above that number which wait for an answer, and whose cards are in Slack or on their way there."""
    query = select(Draft, Channel).join(Channel, col(Channel.id) == Draft.channel_id)
    query = query.join(Delivery, col(Delivery.draft_id) == Draft.id)
    query = query.where(Delivery.kind == DeliveryKind.CARD, col(Delivery.state).in_(ON_SCREEN))
    query = query.where(Draft.state == DraftState.OPEN, col(Draft.id) > after)
    return (await session.exec(query.order_by(col(Draft.id)).limit(limit))).all()


async def locked(session: AsyncSession, draft_id: int) -> Draft | None:
    """The draft, held against other writers until the transaction ends (SQLite has one writer anyway)."""
    return (await session.exec(_LOCKED, params={"draft": draft_id})).first()


async def identified(
    session: AsyncSession, channel_id: int, identities: Collection[Identity]
) -> dict[Identity, tuple[int, str]]:
    """Number and body hash of those of the drafts that are there."""
    params = {
        "channel": channel_id,
        "externals": [external for external, _ in identities if external is not None],
        "contents": [content for _, content in identities if content is not None],
    }
    rows = (await session.exec(_IDENTIFIED, params=params)).all()
    return {(external, content): (number, body) for external, content, number, body in rows}


async def placeholders_of_tickets(
    session: AsyncSession, channel_id: int, tickets: Collection[str]
) -> dict[str | None, Mapping[str, str]]:
    """Keyed hash -> placeholder of each ticket's newest draft; nothing for a new ticket."""
    rows = await session.exec(_PLACEHOLDERS, params={"channel": channel_id, "tickets": list(tickets)})
    return dict(rows.all())


async def hold_tickets(session: AsyncSession, channel_id: int, tickets: Collection[str]) -> None:
    """Whoever else stores drafts of these tickets waits until the transaction ends (SQLite has one writer anyway)."""
    if dialect_of(session) == "postgresql":
        # In one order for all, so that nobody waits for somebody who waits for them.
        keys = sorted(_number_of(channel_id, ticket) for ticket in tickets)
        await (await session.connection()).execute(_HOLD_TICKETS, {"keys": keys})


def _number_of(channel_id: int, ticket: str) -> int:
    digest = hashlib.blake2b(f"{channel_id} {ticket}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


async def next_places(session: AsyncSession, channel_id: int, topics: Collection[str]) -> dict[str, int]:
    """The number that each topic's next draft gets, from 0; nothing for a new topic."""
    places: dict[str, int] = {}
    for topic in set(topics):
        # One topic's last place stands at the end of an index; for several at once all of theirs would be read.
        last = (await session.exec(_LAST_PLACE, params={"channel": channel_id, "named": topic})).one()
        places |= {} if last is None else {topic: last + 1}
    return places


async def topics(session: AsyncSession, channel_id: int) -> list[str]:
    """The topics that a channel's drafts have, the first thousand by name: each costs a step along an index."""
    return list((await session.exec(_TOPICS, params={"channel": channel_id})).all())


async def shared_so_far(session: AsyncSession, channel_id: int, *, enough: int) -> int:
    """How many drafts were chosen for two reviews, counted no further than `enough`."""
    some = select(Draft.id).where(Draft.channel_id == channel_id, col(Draft.shared))
    # Any time: without one SQLite takes an index of all drafts, and of those that were imported none is shared.
    some = some.where(col(Draft.created_at) >= LONG_AGO).limit(enough)
    return (await session.exec(select(func.count()).select_from(some.subquery()))).one()


async def add_all(session: AsyncSession, rows: list[dict[str, Any]]) -> dict[Identity, int]:
    """Add drafts, all of the same columns, with their slots; the number of each whose identity was not there yet."""
    made = await add_numbered_once(session, Draft, rows, known_by=("external_id", "content_hash"))
    slots = [
        {"draft_id": made[identity], "number": place + 1}
        for row in rows
        if (identity := (row["external_id"], row["content_hash"])) in made
        for place in range(row["reviews"])
    ]
    if slots:
        await add_rows(session, Slot, slots)
    return made


async def slots(session: AsyncSession, draft_id: int) -> Sequence[Slot]:
    """The draft's slots in their order."""
    return (await session.exec(_SLOTS, params={"draft": draft_id})).all()


async def add_second_look(session: AsyncSession, draft_id: int, *, number: int, trigger: str) -> None:
    """Offer the draft to one more person, once."""
    await add_once(session, Slot, {"draft_id": draft_id, "number": number, "trigger": trigger})


async def lease(session: AsyncSession, draft_id: int, *, agent: str, now: datetime, until: datetime) -> bool:
    """Lease the agent's own slot anew, or one that is free; false when others have them all."""
    params = {"draft": draft_id, "by": agent, "now": now, "leased_by": agent, "leased_until": until}
    return bool((await session.exec(_LEASE, params=params)).rowcount)


async def leased_by(session: AsyncSession, agent: str, now: datetime) -> Sequence[int]:
    """The drafts that somebody has open."""
    query = select(Slot.draft_id).where(Slot.leased_by == agent, col(Slot.leased_until) > now)
    return (await session.exec(query)).all()


async def end_lease(session: AsyncSession, draft_id: int, *, agent: str, now: datetime) -> None:
    """The agent has the draft open no more."""
    await session.exec(_END_LEASE, params={"draft": draft_id, "by": agent, "leased_until": now})


async def take_slot(session: AsyncSession, slot_id: int, label_id: int) -> None:
    await session.exec(_TAKE_SLOT, params={"slot": slot_id, "label_id": label_id})


async def free_slot_of(session: AsyncSession, label_id: int) -> None:
    """Empty the slot that the label holds, if it holds one."""
    await session.exec(_FREE_SLOT, params={"held_by": label_id})


async def waiting(session: AsyncSession, channel_id: int) -> int:
    """How many drafts still need an answer."""
    query = select(func.count()).select_from(Draft).where(Draft.channel_id == channel_id)
    return (await session.exec(query.where(Draft.state == DraftState.OPEN, is_counted()))).one()


async def open_sample(session: AsyncSession, channel_id: int) -> Draft | None:
    """The channel's sample that nobody has answered yet."""
    query = select(Draft).where(Draft.channel_id == channel_id, Draft.state == DraftState.OPEN)
    return (await session.exec(query.where(Draft.origin == DraftOrigin.SAMPLE).limit(1))).first()


async def waiting_by_channel(session: AsyncSession, channels: Sequence[int]) -> Mapping[int, int]:
    """How many drafts of each channel still need an answer; channels without any are left out."""
    query = select(Draft.channel_id, func.count()).where(
        col(Draft.channel_id).in_(channels), Draft.state == DraftState.OPEN, is_counted()
    )
    return dict((await session.exec(query.group_by(col(Draft.channel_id)))).all())


def _lease() -> Update:
    mine = _SLOT.leased_by == bindparam("by")
    free = or_(_SLOT.leased_until.is_(None), _SLOT.leased_until <= bindparam("now"))
    # Asked so, that of all indexes only the draft's is left: SQLite would read every slot without a label.
    unanswered = func.coalesce(_SLOT.label_id, 0) == 0
    best = (
        select(_SLOT.id)
        .where(_SLOT.draft_id == bindparam("draft"), unanswered, or_(mine, free))
        .order_by(case((mine, 0), else_=1), _SLOT.number)
        .limit(1)
    )
    return update(_SLOTS_TABLE).where(_SLOT.id == best.scalar_subquery())


_HOLD_TICKETS = text("SELECT pg_advisory_xact_lock(number) FROM unnest(CAST(:keys AS bigint[])) AS number")
_DRAFTS = table_of(Draft).c
_SLOTS_TABLE = table_of(Slot)
_SLOT = _SLOTS_TABLE.c
_WITH_CHANNEL = (
    select(Draft, Channel).join(Channel, col(Channel.id) == Draft.channel_id).where(col(Draft.id) == bindparam("draft"))
)
# As it is once it is held: whoever held it until now may have changed it.
_LOCKED = (
    select(Draft).where(col(Draft.id) == bindparam("draft")).with_for_update().execution_options(populate_existing=True)
)


def _identified() -> CompoundSelect[Any]:
    """Two looks, each by its own index: for one with OR, SQLite reads every draft of the channel."""
    here = select(Draft.external_id, Draft.content_hash, _DRAFTS.id, Draft.body_hash).where(
        col(Draft.channel_id) == bindparam("channel")
    )
    return union_all(
        here.where(col(Draft.external_id).in_(bindparam("externals", expanding=True))),
        here.where(col(Draft.content_hash).in_(bindparam("contents", expanding=True))),
    )


def _topics() -> Any:
    here = Draft.channel_id == bindparam("channel")
    first = (
        select(func.min(Draft.topic).label("topic")).where(here, col(Draft.topic) > "").cte("topics", recursive=True)
    )
    following = select(func.min(Draft.topic)).where(here, col(Draft.topic) > first.c.topic).scalar_subquery()
    every = first.union_all(select(following).where(first.c.topic.is_not(None)))
    return select(every.c.topic).where(every.c.topic.is_not(None)).limit(TOPICS_MOST)


_TOPICS = _topics()
_IDENTIFIED: Any = _identified()
_PLACEHOLDERS = select(Draft.ticket, Draft.placeholders).where(
    col(Draft.id).in_(
        select(func.max(Draft.id))
        .where(
            col(Draft.channel_id) == bindparam("channel"),
            col(Draft.ticket).in_(bindparam("tickets", expanding=True)),
        )
        .group_by(col(Draft.ticket))
    )
)
_LAST_PLACE = select(func.max(Draft.place)).where(
    col(Draft.channel_id) == bindparam("channel"), col(Draft.topic) == bindparam("named")
)
_SLOTS = select(Slot).where(col(Slot.draft_id) == bindparam("draft")).order_by(col(Slot.number))
_LEASE = _lease()
_END_LEASE = update(_SLOTS_TABLE).where(_SLOT.draft_id == bindparam("draft"), _SLOT.leased_by == bindparam("by"))
_TAKE_SLOT = update(_SLOTS_TABLE).where(_SLOT.id == bindparam("slot"))
_FREE_SLOT = (
    update(_SLOTS_TABLE)
    .where(_SLOT.label_id == bindparam("held_by"))
    .values(label_id=None, leased_by=None, leased_until=None)
)
