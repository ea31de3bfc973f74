"""What waits in the whole database, counted no further than is worth knowing: no cost grows with history."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, case, exists, tuple_, union_all
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Announcement, Channel, Delivery, Digest, Draft, Webhook, Writing
from storage.queries._core import LONG_AGO
from storage.queries.announcements import UNFINISHED
from storage.queries.channels import CLOSED, REMOVED
from storage.queries.deliveries import ON_SCREEN
from storage.words import ChannelState, DeliveryKind, DeliveryState, DraftState, WritingState

MOST = 10_000  # of one state: who reads this number knows that there are more
MOST_A_CHANNEL = 1_000


async def deliveries(session: AsyncSession, *, failed_since: datetime) -> dict[str, int]:
    """How many are in each state that is not the end; of those that failed, the ones since then."""
    counted = {}
    for state in (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.AMBIGUOUS):
        counted[str(state)] = (await session.exec(_IN_STATE, params={"state": state})).one()
    failed = {"state": DeliveryState.FAILED, "since": failed_since}
    counted[str(DeliveryState.FAILED)] = (await session.exec(_IN_STATE_SINCE, params=failed)).one()
    return counted


async def unsent(session: AsyncSession) -> int:
    """How many wait to be sent, are being sent, or are to be looked for."""
    states = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.AMBIGUOUS)
    return sum([(await session.exec(_IN_STATE, params={"state": state})).one() for state in states])


async def oldest_due(session: AsyncSession, now: datetime) -> dict[str, datetime]:
    """Since when the oldest due delivery of each kind waits, among the first cards and the first others that are due.

    What goes to a channel that is closed, or to a workspace that took the app out, waits for somebody there.
    """
    return dict((await session.exec(_OLDEST, params={"now": now})).all())


async def cards(session: AsyncSession) -> list[tuple[int, int, int]]:
    """Of each channel that takes drafts: its open drafts, its cards that wait for an answer, how many there may be."""
    return [(drafts, shown, may) for drafts, shown, may in (await session.exec(_CARDS)).all()]


async def channels(session: AsyncSession) -> dict[str, int]:
    """How many there are in each state."""
    counted = select(Channel.state, func.count()).group_by(Channel.state)
    return dict((await session.exec(counted)).all())


async def newest_digests(session: AsyncSession) -> list[tuple[Channel, date | None]]:
    """Each channel for which digests are made, with the date of its last one."""
    return [(channel, on) for channel, on in (await session.exec(_NEWEST_DIGESTS)).all()]


async def writings(session: AsyncSession, now: datetime) -> tuple[dict[str, int], datetime | None]:
    """How many drafts wait for the model or are asked of it, and since when the oldest due one waits."""
    counted = {}
    for state in (WritingState.WAITING, WritingState.ASKING):
        counted[str(state)] = (await session.exec(_WRITINGS, params={"state": state})).one()
    return counted, (await session.exec(_OLDEST_WRITING, params={"now": now})).first()


async def webhooks(session: AsyncSession) -> tuple[dict[str, int], datetime | None]:
    """How many are told what happens, fail just now, or are off; and since when the longest one fails.

    One fails as long as something waits that was tried: what was undone or erased meanwhile nobody tries again.
    """
    waits = select(Announcement.number).where(
        Announcement.webhook_id == Webhook.id,
        # By these two SQLite finds the index of unfinished rows.
        col(Announcement.state).in_(UNFINISHED),
        col(Announcement.due_at) >= LONG_AGO,
        col(Announcement.attempts) > 0,
    )
    fails = col(Webhook.failing_since).is_not(None) & exists(waits)
    state = case((col(Webhook.disabled_at).is_not(None), "off"), (fails, "failing"), else_="on")
    told = select(state.label("state"), func.min(Webhook.failing_since), func.count()).group_by("state")
    found = {name: (since, count) for name, since, count in (await session.exec(told)).all()}
    return {name: count for name, (_, count) in found.items()}, found.get("failing", (None, 0))[0]


def _count(inner: Any) -> Any:
    return select(func.count()).select_from(inner.limit(MOST).subquery())


_IN_STATE = _count(select(Delivery.state).where(Delivery.state == bindparam("state")))
_IN_STATE_SINCE = _count(
    select(Delivery.state).where(Delivery.state == bindparam("state"), col(Delivery.due_at) >= bindparam("since"))
)
_WRITINGS = _count(select(Writing.state).where(Writing.state == bindparam("state")))
_OLDEST_WRITING = (
    select(Writing.due_at)
    .where(Writing.state == WritingState.WAITING, col(Writing.due_at) <= bindparam("now"))
    .order_by(col(Writing.due_at))
    .limit(1)
)


def _oldest() -> Any:
    """Cards apart: those of a large import, which wait for room, must not stand before all else."""
    closed = select(Channel.team, Channel.slack_id).where(col(Channel.state).in_(CLOSED))
    due = select(Delivery.kind, Delivery.due_at).where(
        Delivery.state == DeliveryState.PENDING,
        col(Delivery.due_at) <= bindparam("now"),
        col(Delivery.team).not_in(REMOVED),
        tuple_(col(Delivery.team), col(Delivery.to)).not_in(closed),
    )
    first = due.order_by(col(Delivery.due_at)).limit(MOST)
    parts = [first.where(Delivery.kind == DeliveryKind.CARD), first.where(Delivery.kind != DeliveryKind.CARD)]
    both = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(both.c.kind, func.min(both.c.due_at)).group_by(both.c.kind)


def _cards() -> Any:
    """Each channel's open drafts are looked at up to a bound, so that a large import costs no more than a small one."""
    drafts = (
        select(Draft.id)
        .where(col(Draft.channel_id) == Channel.id, Draft.state == DraftState.OPEN)
        .correlate(Channel)
        .limit(MOST_A_CHANNEL)
        .subquery()
    )
    shown = (
        select(func.count())
        .select_from(drafts)
        .join(Delivery, col(Delivery.draft_id) == drafts.c.id)
        .where(Delivery.kind == DeliveryKind.CARD, col(Delivery.state).in_(ON_SCREEN))
        .correlate(Channel)
        .scalar_subquery()
    )
    waiting = select(func.count()).select_from(drafts).correlate(Channel).scalar_subquery()
    return select(waiting, shown, Channel.open_cards).where(
        Channel.state == ChannelState.ACTIVE, col(Channel.team).not_in(REMOVED)
    )


_OLDEST = _oldest()
_CARDS = _cards()
_NEWEST_DIGESTS: Any = select(
    Channel,
    select(func.max(Digest.date)).where(Digest.channel_id == Channel.id).correlate(Channel).scalar_subquery(),
).where(Channel.state == ChannelState.ACTIVE, col(Channel.team).not_in(REMOVED))
