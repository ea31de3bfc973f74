"""The rows that a digest is computed from: a window of one channel, however long its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, exists
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Draft, Effort, Gold, Label, Revision, Slot
from storage.queries._core import along_indexes
from storage.queries.drafts import is_counted
from storage.words import DraftState, GoldKind, LabelKind

TEXTS_AT_ONCE = 200
SHORT = timedelta(days=100)  # the twelve weeks that a digest looks back on, and some days


_SECOND_LOOK = col(Slot.id).is_not(None) & col(Slot.trigger).is_not(None)
_IN_SLOT = col(Slot.id).is_not(None) & col(Slot.trigger).is_(None)


@dataclass(frozen=True)
class Said:
    """One revision with what the figures need of its label and draft."""

    revision: int
    draft: int
    came_in: datetime
    topic: str
    probability: float  # with which its draft was chosen for two reviews
    model: str | None
    blank: bool
    shared: bool
    agent: str
    kind: str
    in_slot: bool  # not that of a second look
    second_look: bool
    number: int
    verdict: str
    escalation: str | None
    tags: list[str]
    withdrawn: bool
    exposed: bool
    wanted: bool  # its draft was not taken back
    edit_rate: float | None
    hter: float | None  # None: no edit, or not measured yet
    opened_at: datetime | None
    saved_at: datetime


# The columns of Said, in its order.
_SAID = (
    col(Revision.id),
    col(Draft.id),
    col(Draft.created_at),
    col(Draft.topic),
    col(Draft.overlap_probability),
    col(Draft.model),
    col(Draft.text).is_(None),
    col(Draft.shared),
    col(Label.agent),
    col(Label.kind),
    _IN_SLOT,
    _SECOND_LOOK,
    col(Revision.number),
    col(Revision.verdict),
    col(Revision.escalation),
    col(Revision.tags),
    col(Revision.withdrawn),
    col(Revision.exposed),
    col(Draft.state) != DraftState.WITHDRAWN,
    col(Revision.edit_rate),
    col(Effort.hter),
    col(Revision.opened_at),
    col(Revision.saved_at),
)


@dataclass(frozen=True)
class Tally:
    """How many answers of one kind stand that were saved in one period."""

    period: int
    model: str | None
    blank: bool
    in_slot: bool
    closed: bool  # nobody has to answer its draft any more
    verdict: str
    escalated: bool
    answers: int


async def said(
    session: AsyncSession,
    channel_id: int,
    *,
    since: datetime,
    until: datetime,
    shared: bool = False,
    beside: str | None = None,
) -> list[Said]:
    """Every revision saved from `since` (included) to `until` (excluded), the oldest first.

    What was given elsewhere and imported is nobody's work here; what a stranger said does not count. With `shared` of
    drafts only that came in since then and were chosen for two reviews, with `beside` of those this agent answered.
    """
    if until - since <= SHORT:
        await along_indexes(session)
    query = (
        select(*_SAID[:2])
        .add_columns(*_SAID[2:])
        .join(Label, col(Label.id) == Revision.label_id)
        .join(Draft, col(Draft.id) == Label.draft_id)
        .outerjoin(Slot, col(Slot.label_id) == Label.id)
        .outerjoin(Effort, col(Effort.revision_id) == Revision.id)
        .where(col(Revision.channel_id) == channel_id, col(Revision.saved_at) >= since, col(Revision.saved_at) < until)
        .where(col(Label.kind).not_in([LabelKind.IMPORTED, LabelKind.REFUSED]), is_counted())
        .order_by(col(Revision.saved_at), col(Revision.id))
    )
    if shared:
        # These are few, so they are looked up first; PostgreSQL would read every draft there ever was.
        query = query.where(col(Draft.shared), col(Draft.channel_id) == channel_id, col(Draft.created_at) >= since)
    if beside is not None:
        mine = aliased(Label)
        query = query.where(exists().where(col(mine.draft_id) == Draft.id, col(mine.agent) == beside))
    # Columns, not objects: a month of drafts is not loaded with its texts.
    connection = await session.connection()
    return [Said(*row) for row in (await connection.execute(query)).all()]


async def answers_by_agent(session: AsyncSession, channels: Sequence[int], *, since: datetime) -> dict[str, int]:
    """How many answers of each agent stand that were given since then."""
    await along_indexes(session)
    query = (
        select(Label.agent, func.count(col(Label.id)))
        .join(Revision, (col(Revision.label_id) == Label.id) & (col(Revision.number) == Label.newest))
        .join(Draft, col(Draft.id) == Label.draft_id)
        .where(
            col(Revision.channel_id).in_(channels),
            col(Revision.saved_at) >= since,
            col(Revision.withdrawn).is_(False),
            Label.kind != LabelKind.IMPORTED,
            is_counted(),
        )
        .group_by(col(Label.agent))
    )
    return dict((await session.exec(query)).all())


async def sampled(
    session: AsyncSession, channel_id: int, *, since: datetime, until: datetime
) -> dict[tuple[str, float], int]:
    """Drafts of the window that were chosen for two reviews and are still wanted, by topic and probability."""
    stratum = col(Draft.topic), col(Draft.overlap_probability)
    query = select(*stratum, func.count()).where(
        Draft.channel_id == channel_id,
        Draft.created_at >= since,
        # Not at first sight a bound of an index: SQLite would take that of all drafts of these weeks.
        func.coalesce(Draft.created_at, since) < until,
        col(Draft.shared),
        Draft.state != DraftState.WITHDRAWN,
        is_counted(),
    )
    found = (await session.exec(query.group_by(*stratum))).all()
    return {(topic, probability): count for topic, probability, count in found}


async def imported(session: AsyncSession, channel_id: int, *, since: datetime, until: datetime) -> int:
    """How many replies from elsewhere were taken in during the window."""
    if until - since <= SHORT:
        await along_indexes(session)
    query = select(func.count()).select_from(Revision).join(Label, col(Label.id) == Revision.label_id)
    query = query.where(Revision.channel_id == channel_id, Revision.saved_at >= since, Revision.saved_at < until)
    return (await session.exec(query.where(Label.kind == LabelKind.IMPORTED))).one()


async def texts(session: AsyncSession, revisions: Sequence[int]) -> dict[int, str]:
    """What these revisions say, where they have a text."""
    found: dict[int, str] = {}
    for start in range(0, len(revisions), TEXTS_AT_ONCE):
        query = select(col(Revision.id), col(Revision.text)).where(col(Revision.text).is_not(None))
        some = (await session.exec(query.where(col(Revision.id).in_(revisions[start : start + TEXTS_AT_ONCE])))).all()
        found |= {number: text for number, text in some if number is not None and text is not None}
    return found


async def tallies(session: AsyncSession, channel_id: int, bounds: Sequence[datetime]) -> list[Tally]:
    """The answers that stand, counted by period; period 0 reaches from the first bound to the second, and so on."""
    await along_indexes(session)
    period = _period(col(Revision.saved_at), bounds)
    closed = col(Draft.state) != DraftState.OPEN
    kinds = period, col(Draft.model), col(Draft.text).is_(None), _IN_SLOT, closed, col(Revision.verdict)
    escalated = col(Revision.escalation).is_not(None)
    query = (
        select(*kinds[:4])
        .add_columns(*kinds[4:], escalated, func.count())
        .join(Label, (col(Label.id) == Revision.label_id) & (col(Label.newest) == Revision.number))
        .join(Draft, col(Draft.id) == Label.draft_id)
        .outerjoin(Slot, col(Slot.label_id) == Label.id)
        .where(col(Revision.channel_id) == channel_id, col(Revision.saved_at) >= bounds[0])
        .where(col(Revision.saved_at) < bounds[-1])
        .where(col(Revision.withdrawn).is_(False), is_counted())
        .where(col(Label.kind).not_in([LabelKind.IMPORTED, LabelKind.REFUSED]))
        .group_by(*kinds, escalated)
    )
    connection = await session.connection()
    return [Tally(*row) for row in (await connection.execute(query)).all()]


async def settled(session: AsyncSession, channel_id: int, *, since: datetime, until: datetime) -> int:
    """How many answers became gold in the window, without those that were imported."""
    query = select(func.count()).select_from(Gold).join(Draft, col(Draft.id) == Gold.draft_id)
    query = query.where(col(Gold.kind) != GoldKind.IMPORTED, is_counted())
    query = query.where(Gold.channel_id == channel_id, Gold.settled_at >= since, Gold.settled_at < until)
    return (await session.exec(query)).one()


async def settled_by_period(session: AsyncSession, channel_id: int, bounds: Sequence[datetime]) -> list[int]:
    """How many answers became gold in each period, from each bound to the next, without those that were imported."""
    await along_indexes(session)
    period = _period(col(Gold.settled_at), bounds)
    query = select(period, func.count()).join(Draft, col(Draft.id) == Gold.draft_id)
    query = query.where(Gold.channel_id == channel_id, Gold.settled_at >= bounds[0], Gold.settled_at < bounds[-1])
    query = query.where(col(Gold.kind) != GoldKind.IMPORTED, is_counted()).group_by(period)
    found = dict((await session.exec(query)).all())
    return [found.get(place, 0) for place in range(len(bounds) - 1)]


async def disputed(session: AsyncSession, channel_id: int) -> int:
    """How many drafts are in dispute."""
    query = select(func.count()).select_from(Draft).where(is_counted())
    return (await session.exec(query.where(Draft.channel_id == channel_id, Draft.state == DraftState.DISPUTED))).one()


def _period(at: Mapped[datetime], bounds: Sequence[datetime]) -> ColumnElement[int]:
    return case(*((at < bound, place) for place, bound in enumerate(bounds[1:])))
