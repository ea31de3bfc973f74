"""Drafts and their slots."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Draft, Slot
from storage.queries._insert import add_numbered
from storage.words import DraftState


async def get(session: AsyncSession, draft_id: int) -> Draft | None:
    return await session.get(Draft, draft_id)


async def find_with_channel(session: AsyncSession, draft_id: int) -> tuple[Draft, Channel] | None:
    query = select(Draft, Channel).join(Channel, col(Channel.id) == Draft.channel_id).where(Draft.id == draft_id)
    return (await session.exec(query)).first()


async def with_channel(session: AsyncSession, draft_id: int) -> tuple[Draft, Channel]:
    """The draft, which must exist, and its channel."""
    found = await find_with_channel(session, draft_id)
    assert found is not None
    return found


async def locked(session: AsyncSession, draft_id: int) -> Draft | None:
    """The draft, held against other writers until the transaction ends (SQLite has one writer anyway)."""
    return (await session.exec(select(Draft).where(Draft.id == draft_id).with_for_update())).first()


async def by_external_id(session: AsyncSession, channel_id: int, external_id: str) -> Draft | None:
    query = select(Draft).where(Draft.channel_id == channel_id, Draft.external_id == external_id)
    return (await session.exec(query)).first()


async def by_content(session: AsyncSession, channel_id: int, content_hash: str) -> Draft | None:
    query = select(Draft).where(Draft.channel_id == channel_id, Draft.content_hash == content_hash)
    return (await session.exec(query)).first()


async def newest_of_ticket(session: AsyncSession, channel_id: int, ticket: str) -> Draft | None:
    query = select(Draft).where(Draft.channel_id == channel_id, Draft.ticket == ticket)
    return (await session.exec(query.order_by(col(Draft.id).desc()).limit(1))).first()


async def next_place(session: AsyncSession, channel_id: int, topic: str) -> int:
    """The number that the topic's next draft gets, from 0."""
    query = select(func.max(Draft.place)).where(Draft.channel_id == channel_id, Draft.topic == topic)
    last = (await session.exec(query)).one()
    return 0 if last is None else last + 1


async def shared_so_far(session: AsyncSession, channel_id: int, *, enough: int) -> int:
    """How many drafts were chosen for two reviews, counted no further than `enough`."""
    some = select(Draft.id).where(Draft.channel_id == channel_id, col(Draft.shared)).limit(enough).subquery()
    return (await session.exec(select(func.count()).select_from(some))).one()


async def add(session: AsyncSession, draft: Draft) -> bool:
    """Add the draft with its slots; false when its external id or content is already there."""
    draft.id = await add_numbered(session, draft)
    if draft.id is None:
        return False
    session.add_all(Slot(draft_id=draft.id, number=number) for number in range(1, draft.reviews + 1))
    await session.flush()
    return True


async def slots(session: AsyncSession, draft_id: int) -> Sequence[Slot]:
    """The draft's slots in their order."""
    return (await session.exec(select(Slot).where(Slot.draft_id == draft_id).order_by(col(Slot.number)))).all()


async def lease(session: AsyncSession, slot_id: int, *, agent: str, until: datetime) -> None:
    await session.exec(update(Slot).where(col(Slot.id) == slot_id).values(leased_by=agent, leased_until=until))


async def free_slot_of(session: AsyncSession, label_id: int) -> None:
    """Empty the slot that the label holds, if it holds one."""
    await session.exec(
        update(Slot).where(col(Slot.label_id) == label_id).values(label_id=None, leased_by=None, leased_until=None)
    )


async def waiting(session: AsyncSession, channel_id: int) -> int:
    """How many drafts still need an answer."""
    query = select(func.count()).select_from(Draft)
    return (await session.exec(query.where(Draft.channel_id == channel_id, Draft.state == DraftState.OPEN))).one()
