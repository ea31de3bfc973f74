"""Whose turn it is in the outbox: of each workspace and channel in turn, and what may be sent now only."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, ScalarSelect, Select, bindparam, case, literal, true
from sqlalchemy import select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Delivery, Pace
from storage.queries import pace
from storage.queries._core import dialect_of, table_of
from storage.queries.channels import CLOSED, REMOVED
from storage.queries.deliveries import CHANGES, URGENT
from storage.words import DeliveryKind, DeliveryState


async def next_open(
    session: AsyncSession,
    now: datetime,
    *,
    at: float | None = None,
    besides: Collection[str] = (),
    full: Collection[str] = (),
) -> Delivery | None:
    """What is to be sent next: due, in a place that is open and, for a card, has room. Nothing is taken by it.

    Of each workspace and channel in turn: whoever was served least lately comes first. `at`: the time by which
    Slack's limits are counted, where that is another clock than `now`. `besides`: lanes that are left out; `full`:
    workspaces that are.
    """
    at = now.timestamp() if at is None else at
    params = {"now": now, "at": at + pace.ROUNDING, "soon": at + pace.SLIGHTLY}
    params |= {"besides": list(besides), "full": list(full)}
    found: Delivery | None = (await session.exec(_next(dialect_of(session)), params=params)).first()
    return found


async def cards_shown(session: AsyncSession, channel_id: int) -> int:
    """How many cards wait for an answer in a channel."""
    return int((await session.exec(_CARDS_SHOWN, params={"channel": channel_id})).one())


@cache
def _next(dialect: str) -> Any:
    """One candidate for each lane that has something waiting, and the one whose turn it is among them."""
    lanes = _lanes()
    chosen, joined = _candidates(lanes, dialect)
    method = case((col(chosen.kind).in_(CHANGES), "chat.update"), else_="chat.postMessage")
    urgent = case((col(chosen.kind) == DeliveryKind.CARD, 2), (col(chosen.priority) >= URGENT, 0), else_=1)
    closed = (
        select(Pace.team)
        .where(
            Pace.team == chosen.team,
            col(Pace.method).in_([method, pace.EVERY]),
            col(Pace.place).in_([chosen.to, ""]),
            col(Pace.since) <= bindparam("soon"),
            col(Pace.opens_at) > bindparam("at"),
        )
        .exists()
    )
    there = aliased(Channel)
    gone = select(there.id).where(there.team == chosen.team, there.slack_id == chosen.to, col(there.state).in_(CLOSED))
    return (
        select(chosen)
        .select_from(lanes)
        .join(chosen, joined)
        .join(Channel, col(Channel.id) == chosen.channel_id)
        .where(
            ~closed,
            # What goes to an archived channel, to one that is gone, or to a workspace that took the app out waits.
            ~gone.exists(),
            lanes.c.lane.not_in(bindparam("besides", expanding=True)),
            col(chosen.team).not_in(bindparam("full", expanding=True)),
            col(chosen.team).not_in(REMOVED),
            or_(chosen.kind != DeliveryKind.CARD, _cards_in(chosen.channel_id) < Channel.open_cards),
        )
        .order_by(
            urgent,
            _served(chosen.team, method, literal("")),
            _served(chosen.team, method, chosen.to),
            col(chosen.turn),
            col(chosen.due_at),
            col(chosen.draft_id),
            col(chosen.id),
        )
        .limit(1)
    )


def _lanes() -> CTE:
    """Each place that has something waiting, by method: one look into the index for each, not for each row."""
    first, later = _TABLE.alias(), _TABLE.alias()
    # Said aloud, for SQLite reads its index of what waits only where nothing else is asked for.
    waiting = first.c.lane.is_not(None)
    lanes = core_select(func.min(first.c.lane).label("lane")).where(waiting).cte("lanes", recursive=True)
    next_one = core_select(func.min(later.c.lane)).where(later.c.lane > lanes.c.lane).scalar_subquery()
    return lanes.union_all(core_select(next_one).where(lanes.c.lane.is_not(None)))


def _candidates(lanes: CTE, dialect: str) -> tuple[Any, Any]:
    """The first of each lane, and how to join it to the lanes."""
    due = _TABLE.alias()
    if dialect == "postgresql":
        # Joined in the plain way it would be looked for among all rows there are.
        return aliased(Delivery, _first_of(due, lanes.c.lane, due).lateral("chosen")), true()
    chosen = aliased(Delivery)
    return chosen, col(chosen.id) == _first_of(due, lanes.c.lane, due.c.id).scalar_subquery()


def _first_of(due: Any, lane: ColumnElement[Any], what: Any) -> Select[Any]:
    """The first in a lane that is due. What stands in a thread comes after the message there, and in its order."""
    parent, before = _TABLE.alias(), _TABLE.alias()
    there = core_select(parent.c.id).where(parent.c.id == due.c.parent, parent.c.ts.is_not(None))
    under_way = before.c.state.in_([DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.AMBIGUOUS])
    earlier = core_select(before.c.id).where(before.c.parent == due.c.parent, before.c.turn < due.c.turn, under_way)
    return (
        core_select(what)
        .where(
            due.c.lane == lane,
            due.c.due_at <= bindparam("now"),
            or_(due.c.parent.is_(None), there.exists() & ~earlier.exists()),
        )
        .order_by(due.c.turn, due.c.due_at, due.c.draft_id, due.c.id)
        .limit(1)
    )


def _cards_in(channel_id: Any) -> ScalarSelect[Any]:
    """How many cards wait for an answer there."""
    card = aliased(Delivery)
    shown = select(func.count()).select_from(card).where(card.channel_id == channel_id, col(card.takes_room))
    return shown.scalar_subquery()


def _served(team: Any, method: Any, place: Any) -> ColumnElement[Any]:
    """How lately a bucket was taken out of."""
    bucket = aliased(Pace)
    mine = select(bucket.opens_at).where(bucket.team == team, bucket.method == method, bucket.place == place)
    return func.coalesce(mine.scalar_subquery(), 0)


_TABLE = table_of(Delivery)
_CARDS_SHOWN: Any = select(_cards_in(bindparam("channel")))
