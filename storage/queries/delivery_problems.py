"""What did not reach Slack, or may not have: shown to admins, who can have it sent once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Delivery, Draft
from storage.queries import deliveries, threads
from storage.words import DeliveryKind, DeliveryState, DraftState

UNHEARD = "Slack"  # so begins what is written down where no answer was heard; Slack's own words are small


@dataclass(frozen=True)
class Problem:
    """A delivery that needs somebody, with the draft that it is about."""

    delivery: Delivery
    draft: Draft | None


async def newest(
    session: AsyncSession, team: str, *, since: datetime, stuck_since: datetime, limit: int
) -> list[Problem]:
    """Deliveries that Slack refused, that have been unclear since `stuck_since`, or were posted often and never
    arrived; the newest first.

    Cards of drafts that need no answer any more are left out: nobody misses them. So is what belongs into the thread of
    a message that did not arrive: it follows that one.
    """
    query = (
        select(Delivery, Draft)
        .join(Channel, col(Channel.id) == Delivery.channel_id)
        .outerjoin(Draft, col(Draft.id) == Delivery.draft_id)
        .where(
            Channel.team == team,
            col(Delivery.due_at) >= since,
            or_(_needs_somebody(stuck_since), _never_there(DeliveryState.AMBIGUOUS)),
            or_(col(Delivery.error).is_(None), Delivery.error != threads.NO_MESSAGE),
            or_(Delivery.kind != DeliveryKind.CARD, Draft.state == DraftState.OPEN),
        )
        .order_by(col(Delivery.due_at).desc(), col(Delivery.id))
        .limit(limit)
    )
    return [Problem(*row) for row in (await session.exec(query)).all()]


async def send_again(
    session: AsyncSession, delivery_id: str, *, team: str, attempts: int, stuck_since: datetime, now: datetime
) -> bool:
    """Make a delivery due that was tried so often and needs somebody, and what failed with it; false when another press
    has done it."""
    theirs = select(col(Channel.id)).where(Channel.team == team)
    result = await session.exec(
        update(Delivery)
        .where(
            col(Delivery.id) == delivery_id,
            col(Delivery.attempts) == attempts,
            col(Delivery.channel_id).in_(theirs),
            _needs_somebody(stuck_since),
        )
        .values(state=DeliveryState.PENDING, due_at=now, looks=0, error=None)
    )
    if result.rowcount:
        await threads.revive(session, delivery_id, now)
    return bool(result.rowcount)


async def by_keys(session: AsyncSession, keys: Sequence[str]) -> dict[str, Delivery]:
    """Deliveries by the keys under which they were asked for."""
    found = await session.exec(select(Delivery).where(col(Delivery.key).in_(keys)))
    return {one.key: one for one in found.all()}


def _needs_somebody(stuck_since: datetime) -> ColumnElement[bool]:
    unclear = (col(Delivery.state) == DeliveryState.AMBIGUOUS) & (col(Delivery.started_at) <= stuck_since)
    return or_(col(Delivery.state) == DeliveryState.FAILED, unclear, _never_there(DeliveryState.PENDING))


def _never_there(state: DeliveryState) -> ColumnElement[bool]:
    """What Slack was asked to post again and again, and was not heard to. While it is looked for nobody repeats it."""
    unheard = col(Delivery.error).startswith(UNHEARD) & col(Delivery.kind).not_in(deliveries.CHANGES)
    return (col(Delivery.state) == state) & unheard & (col(Delivery.attempts) >= deliveries.OFTEN)
