"""Drafts and their slots."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, case, or_, update
from sqlalchemy.sql.dml import Update
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Draft, Slot
from storage.queries._core import add as add_rows
from storage.queries._core import add_numbered_once, add_once, table_of, values_of
from storage.words import DraftOrigin, DraftState


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


async def locked(session: AsyncSession, draft_id: int) -> Draft | None:
    """The draft, held against other writers until the transaction ends (SQLite has one writer anyway)."""
    return (await session.exec(_LOCKED, params={"draft": draft_id})).first()


async def by_external_id(session: AsyncSession, channel_id: int, external_id: str) -> Draft | None:
    return (await session.exec(_BY_EXTERNAL_ID, params={"channel": channel_id, "external": external_id})).first()


async def by_content(session: AsyncSession, channel_id: int, content_hash: str) -> Draft | None:
    query = select(Draft).where(Draft.channel_id == channel_id, Draft.content_hash == content_hash)
    return (await session.exec(query)).first()


async def placeholders_of_ticket(session: AsyncSession, channel_id: int, ticket: str) -> Mapping[str, str]:
    """Keyed hash -> placeholder of the ticket's newest draft; empty for a new ticket."""
    return (await session.exec(_PLACEHOLDERS, params={"channel": channel_id, "ticket": ticket})).first() or {}


async def next_place(session: AsyncSession, channel_id: int, topic: str) -> int:
    """The number that the topic's next draft gets, from 0."""
    last = (await session.exec(_LAST_PLACE, params={"channel": channel_id, "topic": topic})).one()
    return 0 if last is None else last + 1


async def shared_so_far(session: AsyncSession, channel_id: int, *, enough: int) -> int:
    """How many drafts were chosen for two reviews, counted no further than `enough`."""
    some = select(Draft.id).where(Draft.channel_id == channel_id, col(Draft.shared)).limit(enough).subquery()
    return (await session.exec(select(func.count()).select_from(some))).one()


async def add(session: AsyncSession, draft: Draft) -> bool:
    """Add the draft with its slots; false when its external id or content is already there."""
    draft.id = await add_numbered_once(session, Draft, values_of(draft))
    if draft.id is None:
        return False
    await add_rows(session, Slot, [{"draft_id": draft.id, "number": place + 1} for place in range(draft.reviews)])
    return True


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


def _lease() -> Update:
    mine = _SLOT.leased_by == bindparam("by")
    free = or_(_SLOT.leased_until.is_(None), _SLOT.leased_until <= bindparam("now"))
    best = (
        select(_SLOT.id)
        .where(_SLOT.draft_id == bindparam("draft"), _SLOT.label_id.is_(None), or_(mine, free))
        .order_by(case((mine, 0), else_=1), _SLOT.number)
        .limit(1)
    )
    return update(_SLOTS_TABLE).where(_SLOT.id == best.scalar_subquery())


_SLOTS_TABLE = table_of(Slot)
_SLOT = _SLOTS_TABLE.c
_OF_CHANNEL = select(Draft).where(col(Draft.channel_id) == bindparam("channel"))
_WITH_CHANNEL = (
    select(Draft, Channel).join(Channel, col(Channel.id) == Draft.channel_id).where(col(Draft.id) == bindparam("draft"))
)
_LOCKED = select(Draft).where(col(Draft.id) == bindparam("draft")).with_for_update()
_BY_EXTERNAL_ID = _OF_CHANNEL.where(col(Draft.external_id) == bindparam("external"))
_PLACEHOLDERS = (
    select(Draft.placeholders)
    .where(col(Draft.channel_id) == bindparam("channel"), col(Draft.ticket) == bindparam("ticket"))
    .order_by(col(Draft.id).desc())
    .limit(1)
)
_LAST_PLACE = select(func.max(Draft.place)).where(
    col(Draft.channel_id) == bindparam("channel"), col(Draft.topic) == bindparam("topic")
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
