"""Pages of rows, by key, for exports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Draft, Effort, Gold, Label, Member, Revision, Slot
from storage.queries.drafts import is_counted
from storage.words import DraftState


@dataclass(frozen=True)
class LabelRow:
    """A revision with its label, draft and the draft's settled answer."""

    label: Label
    revision: Revision
    draft: Draft
    gold: Gold | None
    in_slot: bool
    second_look: bool
    effort: Effort | None  # None: nobody edited it, or it was not measured


async def golds(session: AsyncSession, channel_id: int, *, after: int, limit: int) -> Sequence[tuple[Draft, Gold]]:
    """Settled answers of drafts numbered above `after`, in their order."""
    query = select(Draft, Gold).join(Gold, col(Gold.draft_id) == Draft.id)
    query = query.where(Draft.channel_id == channel_id, col(Draft.id) > after, is_counted())
    return (await session.exec(query.order_by(col(Draft.id)).limit(limit))).all()


async def settled(session: AsyncSession, channel_id: int) -> int:
    """How many settled answers the channel has."""
    return (await session.exec(select(func.count()).select_from(Gold).where(Gold.channel_id == channel_id))).one()


async def labels(
    session: AsyncSession, channel_id: int, *, after: int, limit: int, closed: bool = False
) -> list[LabelRow]:
    """Revisions numbered above `after`, in their order; with `closed` without drafts that still wait for an answer."""
    query = (
        select(Label, Revision, Draft, Gold)
        .join(Revision, col(Revision.label_id) == Label.id)
        .join(Draft, col(Draft.id) == Label.draft_id)
        .outerjoin(Gold, col(Gold.draft_id) == Draft.id)
        .where(Revision.channel_id == channel_id, col(Revision.id) > after, is_counted())
        .order_by(col(Revision.id))
        .limit(limit)
    )
    if closed:
        query = query.where(col(Draft.state) != DraftState.OPEN)
    found = (await session.exec(query)).all()
    slots = select(Slot.label_id, Slot.trigger).where(col(Slot.label_id).in_([row[0].id for row in found]))
    triggers = dict((await session.exec(slots)).all())
    measured = select(Effort).where(col(Effort.revision_id).in_([row[1].id for row in found]))
    efforts = {effort.revision_id: effort for effort in (await session.exec(measured)).all()}

    def row(label: Label, revision: Revision, draft: Draft, gold: Gold | None) -> LabelRow:
        looked = triggers.get(label.id) is not None
        effort = efforts.get(revision.id or 0)
        return LabelRow(label, revision, draft, gold, label.id in triggers and not looked, looked, effort)

    return [row(*one) for one in found]


async def first_not_final(session: AsyncSession, channel_id: int, *, since: datetime) -> int | None:
    """The lowest number among revisions of drafts that wait for an answer, of people of whom Slack has not said yet
    who they are, and among those saved since then."""
    waiting = (
        select(func.min(Revision.id))
        .join(Label, col(Label.id) == Revision.label_id)
        .join(Draft, col(Draft.id) == Label.draft_id)
        .where(col(Draft.channel_id) == channel_id, col(Draft.state) == DraftState.OPEN, is_counted())
    )
    fresh = select(func.min(Revision.id)).where(Revision.channel_id == channel_id, Revision.saved_at >= since)
    doubted = (
        select(func.min(Revision.id))
        .join(Label, col(Label.id) == Revision.label_id)
        .join(Member, (col(Member.user) == Label.agent) & (col(Member.channel_id) == Revision.channel_id))
        .where(Revision.channel_id == channel_id, col(Member.verified).is_(False), col(Revision.verified).is_(False))
    )
    found = [(await session.exec(query)).one() for query in (waiting, fresh, doubted)]
    return min((one for one in found if one is not None), default=None)
