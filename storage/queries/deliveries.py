"""The outbox: what must reach Slack, each thing once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate, Update
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from storage.models import Channel, Delivery, Draft
from storage.queries._core import add_each_once, add_once, dialect_of, insert, table_of, values_of
from storage.queries.channels import CLOSED, REMOVED
from storage.words import DeliveryKind, DeliveryState, DraftState

ON_SCREEN = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.AMBIGUOUS)


async def add(session: AsyncSession, delivery: Delivery) -> bool:
    """Ask for a delivery; false when its key was asked for before."""
    return await add_once(session, Delivery, values_of(delivery))


async def add_alike(session: AsyncSession, alike: Delivery, each: Sequence[Mapping[str, Any]]) -> None:
    """Ask for deliveries that differ in some columns only; those whose keys were asked for before are left out."""
    common = values_of(alike)
    if each:
        await add_each_once(session, Delivery, [{**common, **own} for own in each])


async def ask_redraw(session: AsyncSession, redraw: Delivery) -> int:
    """Ask for a card to be drawn again; how often this was asked for. Requests not yet done are one."""
    asked = await session.exec(_ask_redraw(dialect_of(session)), params=values_of(redraw))
    return int(asked.scalar_one())


async def get(session: AsyncSession, delivery_id: str) -> Delivery | None:
    return await session.get(Delivery, delivery_id)


async def notices(session: AsyncSession, draft_id: int) -> Sequence[Delivery]:
    """What was announced of a draft's escalation, and called off, in order."""
    query = select(Delivery).where(
        Delivery.draft_id == draft_id, col(Delivery.kind).in_([DeliveryKind.NOTICE, DeliveryKind.CALLED_OFF])
    )
    return sorted((await session.exec(query)).all(), key=lambda one: _turn(one.key))


async def card(session: AsyncSession, draft_id: int) -> Delivery | None:
    """The delivery of the draft's card."""
    return (await session.exec(_CARD, params={"draft": draft_id})).first()


async def claim_next(session: AsyncSession, now: datetime) -> Delivery | None:
    """Take the next due delivery for sending, or None. Losing it to another process is normal: look again."""
    claimed = (await session.exec(_CLAIM, params={"now": now})).mappings().first()
    return Delivery(**claimed) if claimed else None


async def finish(session: AsyncSession, delivery_id: str, state: DeliveryState, values: Mapping[str, Any]) -> None:
    """Write down what became of a delivery that was being sent."""
    await session.exec(_FINISH, params={"delivery": delivery_id, "state": state, **values})


async def drawn(session: AsyncSession, draft_id: int, wanted: int) -> None:
    """A redraw was done for what was wanted then; if more was asked for meanwhile, it is due again."""
    await session.exec(_DRAWN, params={"redraw": f"redraw:{draft_id}", "done": wanted})


async def hasten(session: AsyncSession, key: str, now: datetime) -> None:
    """Make a waiting delivery due now."""
    await session.exec(_HASTEN, params={"waiting": key, "due_at": now})


async def hasten_all(session: AsyncSession, latest: datetime) -> None:
    """Whatever waits longer than that, to be sent or to be looked for, is due then."""
    await session.exec(_HASTEN_ALL, params={"latest": latest})


async def hold(session: AsyncSession, to: str | None, *, until: datetime, error: str) -> None:
    """Whatever waits for a Slack channel, or for all, waits longer: each of its own would be refused as well."""
    await session.exec(_hold(everywhere=to is None), params={"place": to, "until": until, "why": error})


async def slow_down(session: AsyncSession, busy: Delivery, *, until: datetime) -> None:
    """What waits for the same place waits until Slack takes more: redraws, or posts, which Slack counts apart."""
    await session.exec(_slow_down(busy.kind == DeliveryKind.REDRAW), params={"place": busy.to, "until": until})


async def wake(session: AsyncSession, to: str | None, now: datetime) -> None:
    """What Slack refused for a while in a Slack channel, or anywhere, is due again: something has changed there."""
    await session.exec(_wake(everywhere=to is None), params={"place": to, "at": now})


async def unclear(session: AsyncSession, *, now: datetime, stuck_since: datetime) -> Sequence[Delivery]:
    """Deliveries that may or may not have happened: ambiguous and due for a look, or stuck in sending."""
    looks = (col(Delivery.state) == DeliveryState.AMBIGUOUS) & (col(Delivery.due_at) <= now)
    stuck = (col(Delivery.state) == DeliveryState.SENDING) & (col(Delivery.started_at) <= stuck_since)
    query = select(Delivery).where(or_(looks, stuck)).order_by(col(Delivery.started_at)).limit(20)
    return (await session.exec(query)).all()


async def waiting_for(session: AsyncSession, slack_id: str) -> Sequence[Delivery]:
    """What is still to be posted in a channel."""
    query = select(Delivery).where(Delivery.to == slack_id, Delivery.state == DeliveryState.PENDING)
    return (await session.exec(query.order_by(col(Delivery.due_at), col(Delivery.id)))).all()


async def next_due(session: AsyncSession) -> datetime | None:
    """When the earliest waiting delivery is due."""
    return (await session.exec(_NEXT_DUE)).one()


def _turn(key: str) -> int:
    """Which of a draft's notices it is: `notice:7` the first, `notice:7:1` the second."""
    return int(([*key.split(":"), "0"])[2])


def _claim() -> ReturningUpdate[Any]:
    parent = aliased(Delivery)
    due = aliased(Delivery)
    first = (
        select(due.id)
        .outerjoin(parent, col(due.parent) == parent.id)
        .where(
            due.state == DeliveryState.PENDING,
            col(due.due_at) <= bindparam("now"),
            or_(col(due.parent).is_(None), col(parent.ts).is_not(None)),
            or_(due.kind != DeliveryKind.CARD, col(due.channel_id).in_(_channels_with_room())),
            # What goes to an archived channel, to one that is gone, or to a workspace that took the app out waits.
            col(due.to).not_in(select(Channel.slack_id).where(col(Channel.state).in_(CLOSED))),
            col(due.channel_id).not_in(select(col(Channel.id)).where(col(Channel.team).in_(REMOVED))),
        )
        .order_by(col(due.priority).desc(), col(due.due_at), col(due.draft_id), col(due.id))
        .limit(1)
        .scalar_subquery()
    )
    return (
        update(_TABLE)
        .where(_ROW.id == first, _ROW.state == DeliveryState.PENDING)
        .values(state=DeliveryState.SENDING, started_at=bindparam("now"), attempts=_ROW.attempts + 1)
        .returning(_TABLE)
    )


def _channels_with_room() -> SelectOfScalar[int | None]:
    """Channels that show fewer open cards than they may: asked once a claim, not once a waiting card."""
    shown = (
        select(func.count())
        .select_from(Draft)
        .join(Delivery, col(Delivery.draft_id) == Draft.id)
        .where(
            col(Draft.channel_id) == Channel.id,
            col(Draft.state) == DraftState.OPEN,
            col(Delivery.kind) == DeliveryKind.CARD,
            col(Delivery.state).in_(ON_SCREEN),
        )
        .correlate(Channel)
        .scalar_subquery()
    )
    return select(col(Channel.id)).where(shown < col(Channel.open_cards))


@cache
def _hold(*, everywhere: bool) -> Update:
    held = select(Delivery.id).where(Delivery.state == DeliveryState.PENDING, col(Delivery.due_at) < bindparam("until"))
    held = held if everywhere else held.where(Delivery.to == bindparam("place"))
    # In one order and around each other: two processes may be refused at once.
    held = held.order_by(col(Delivery.id)).with_for_update(skip_locked=True)
    return update(_TABLE).where(_ROW.id.in_(held)).values(due_at=bindparam("until"), error=bindparam("why"))


@cache
def _slow_down(redraws: bool) -> Update:
    held = select(Delivery.id).where(
        Delivery.to == bindparam("place"),
        Delivery.state == DeliveryState.PENDING,
        col(Delivery.due_at) < bindparam("until"),
        (col(Delivery.kind) == DeliveryKind.REDRAW) == redraws,
    )
    held = held.order_by(col(Delivery.id)).with_for_update(skip_locked=True)
    return update(_TABLE).where(_ROW.id.in_(held)).values(due_at=bindparam("until"))


def _hasten_all() -> Update:
    waiting = select(Delivery.id).where(
        col(Delivery.state).in_([DeliveryState.PENDING, DeliveryState.AMBIGUOUS]),
        col(Delivery.due_at) > bindparam("latest"),
    )
    waiting = waiting.order_by(col(Delivery.id)).with_for_update(skip_locked=True)
    return update(_TABLE).where(_ROW.id.in_(waiting)).values(due_at=bindparam("latest"))


@cache
def _wake(*, everywhere: bool) -> Update:
    kept = select(Delivery.id).where(
        or_(
            (col(Delivery.state) == DeliveryState.PENDING) & col(Delivery.error).is_not(None),
            col(Delivery.state) == DeliveryState.AMBIGUOUS,
        )
    )
    kept = kept if everywhere else kept.where(Delivery.to == bindparam("place"))
    kept = kept.order_by(col(Delivery.id)).with_for_update(skip_locked=True)
    return (
        update(_TABLE)
        .where(_ROW.id.in_(kept), _ROW.due_at > bindparam("at"))
        .values(due_at=bindparam("at"), attempts=0)
    )


@cache
def _ask_redraw(dialect: str) -> Any:
    asked = insert(Delivery, dialect)
    # A redraw that is under way goes again by its raised count; any other waits anew.
    state = case((_ROW.state == DeliveryState.SENDING, DeliveryState.SENDING), else_=DeliveryState.PENDING)
    again = {"wanted": _ROW.wanted + 1, "due_at": asked.excluded.due_at, "attempts": 0, "state": state}
    return asked.on_conflict_do_update(index_elements=["key"], set_=again).returning(_ROW.wanted)


_TABLE = table_of(Delivery)
_ROW = _TABLE.c
_CLAIM = _claim()
_NEXT_DUE = select(func.min(Delivery.due_at)).where(Delivery.state == DeliveryState.PENDING)
_CARD = select(Delivery).where(col(Delivery.draft_id) == bindparam("draft"), Delivery.kind == DeliveryKind.CARD)
_FINISH = update(_TABLE).where(_ROW.id == bindparam("delivery"))
_DRAWN = (
    update(_TABLE)
    .where(_ROW.key == bindparam("redraw"))
    .values(state=case((_ROW.wanted == bindparam("done"), DeliveryState.SENT), else_=DeliveryState.PENDING), error=None)
)
_HASTEN_ALL = _hasten_all()
_HASTEN = update(_TABLE).where(_ROW.key == bindparam("waiting"), _ROW.state == DeliveryState.PENDING)
