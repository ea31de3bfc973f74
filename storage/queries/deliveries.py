"""The outbox: what must reach Slack, each thing once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, bindparam, case, update
from sqlalchemy import select as core_select
from sqlalchemy.sql.dml import Update
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Delivery, Draft
from storage.queries import pace, redraws
from storage.queries._core import add_each_once, add_once, table_of, values_of
from storage.words import DeliveryKind, DeliveryState

URGENT = 1_000  # priority: before all else
CHANGES = (DeliveryKind.REDRAW, DeliveryKind.ERASURE)  # of a message that stands there
SLIGHTLY = timedelta(seconds=5)  # clocks differ
OFTEN = 5  # tries: what never arrives may be what Slack, or what stands between, fails at
ON_SCREEN = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.AMBIGUOUS)


async def add(session: AsyncSession, delivery: Delivery) -> bool:
    """Ask for a delivery; false when its key was asked for before."""
    return await add_once(session, Delivery, values_of(delivery))


async def add_alike(session: AsyncSession, alike: Delivery, each: Sequence[Mapping[str, Any]]) -> None:
    """Ask for deliveries that differ in some columns only; those whose keys were asked for before are left out."""
    common = values_of(alike)
    if each:
        await add_each_once(session, Delivery, [{**common, **own} for own in each])


async def get(session: AsyncSession, delivery_id: str) -> Delivery | None:
    return await session.get(Delivery, delivery_id)


async def notices(session: AsyncSession, draft_id: int) -> tuple[Sequence[Delivery], Sequence[Delivery]]:
    """What was announced of a draft's escalation, and called off, in order; and what leads were told in its place.

    Held, for whoever asks rewords it.
    """
    kinds = (DeliveryKind.NOTICE, DeliveryKind.CALLED_OFF, DeliveryKind.ALARM)
    found = await held(session, col(Delivery.draft_id) == draft_id, col(Delivery.kind).in_(kinds))
    alarms = [one for one in found if one.kind == DeliveryKind.ALARM]
    return sorted((one for one in found if one.kind != DeliveryKind.ALARM), key=turn), alarms


def turn(notice: Delivery) -> int:
    """Which of a draft's notices it is: `notice:7` the first, `notice:7:1` the second."""
    return int(([*notice.key.split(":"), "0"])[2])


async def held(session: AsyncSession, *which: ColumnElement[bool] | bool) -> Sequence[Delivery]:
    """These as they are now, held until the transaction ends (SQLite has one writer anyway).

    What others hang on comes first, as it does for whoever writes down what became of a post; digests come last, as
    for whoever erases a draft that they quote.
    """
    redrawn = col(Delivery.kind) == DeliveryKind.REDRAW
    order = (col(Delivery.draft_id).is_(None), redrawn, col(Delivery.parent).is_not(None), col(Delivery.id))
    # Read and held at once: whoever held one until now may have reworded it, and what came in since nobody holds.
    query = select(Delivery).where(*which).order_by(*order).with_for_update()
    return (await session.exec(query.execution_options(populate_existing=True))).all()


async def card(session: AsyncSession, draft_id: int) -> Delivery | None:
    """The delivery of the draft's card."""
    return (await session.exec(_CARD, params={"draft": draft_id})).first()


async def take(
    session: AsyncSession, chosen: Delivery, *, now: datetime, slack_time: float | None, waits: bool = True
) -> Delivery | None:
    """Take a delivery for sending; None where another process was faster, which is normal: look again.

    Not `waits`: None, too, where another transaction holds it or its draft. Whoever holds one already asks so: two that
    wait for each other would get nowhere.
    """
    params = {"delivery": chosen.id, "now": now, "slack": slack_time, "long_ago": now - redraws.LATEST}
    params |= {"draft": chosen.draft_id}
    taken = (await session.exec(_TAKE if waits else _TAKE_FREE, params=params)).mappings().first()
    return Delivery(**taken) if taken else None


async def put_back(session: AsyncSession, taken: Delivery) -> None:
    """What was taken has not been tried: it waits again."""
    await session.exec(_PUT_BACK, params={"delivery": taken.id, "tried": taken.attempts})


async def finish(
    session: AsyncSession, tried: Delivery, state: DeliveryState, values: Mapping[str, Any], *, over: bool = True
) -> bool:
    """Write down what became of a try; false when somebody else has, and it may even have been tried again.

    Not `over`: Slack may still do it. What was erased or reworded since the delivery was taken is not written back.
    """
    given = {"delivery": tried.id, "tried": tried.attempts, "state": state, "over": over, **values}
    if given.get("body") is not None and not await _says_the_same(session, tried):
        del given["body"]
    if state not in ON_SCREEN:
        given["takes_room"] = False
    return bool((await session.exec(_FINISH, params=given)).rowcount)


async def held_one(session: AsyncSession, delivery_id: str) -> Delivery | None:
    """The delivery as it is now, held until the transaction ends; None where it is gone."""
    return next(iter(await held(session, col(Delivery.id) == delivery_id)), None)


async def _says_the_same(session: AsyncSession, taken: Delivery) -> bool:
    """Whether nobody has emptied or reworded a delivery since it was taken; nobody can until the transaction ends."""
    now = (await session.exec(_SAYS, params={"delivery": taken.id})).first()
    return now is not None and (now.body, now.draft_id) == (taken.body, taken.draft_id)


async def need_card(session: AsyncSession, draft_id: int, *, needed: bool) -> bool:
    """Say whether people are to answer on the draft's card; whether it stands in its channel, or may.

    Where it does it takes room or gives it back. One that waits to be posted is called off, and asked for again.
    """
    state = (await session.exec(_NEED_CARD, params={"card": f"card:{draft_id}", "needed": needed})).scalar()
    return state in ON_SCREEN


async def hasten(session: AsyncSession, key: str, now: datetime) -> None:
    """Make a waiting delivery due now."""
    await session.exec(_HASTEN, params={"waiting": key, "due_at": now})


async def hasten_all(session: AsyncSession, latest: datetime) -> None:
    """Whatever waits longer than that, to be sent or to be looked for, is due then."""
    await session.exec(_HASTEN_ALL, params={"latest": latest})


async def wake(session: AsyncSession, team: str, to: str | None, now: datetime) -> None:
    """What Slack refused for a while in a Slack channel, or anywhere, is due again: something has changed there."""
    await pace.reopen(session, team, to)
    await session.exec(_wake(everywhere=to is None), params={"workspace": team, "place": to, "at": now})


async def unclear(
    session: AsyncSession, *, now: datetime, stuck_after: timedelta, slack_time: float | None
) -> Sequence[Delivery]:
    """Deliveries that may or may not have happened: ambiguous and due for a look, or stuck in sending.

    Of each workspace in turn, what was begun first comes first. How long they have been under way is told by Slack's
    clock where that is known: replicas share it.
    """
    looks = (col(Delivery.state) == DeliveryState.AMBIGUOUS) & (col(Delivery.due_at) <= now)
    # What began in the future began by another clock, or before ours was set back.
    oddly = (col(Delivery.started_at) <= now - stuck_after) | (col(Delivery.started_at) > now + SLIGHTLY)
    if slack_time is not None:
        began = col(Delivery.slack_time)
        by_slack = (began <= slack_time - stuck_after.total_seconds()) | (began > slack_time + pace.SLIGHTLY)
        oddly = by_slack | (began.is_(None) & oddly)
    stuck = (col(Delivery.state) == DeliveryState.SENDING) & oddly
    turn = func.row_number().over(partition_by=col(Delivery.team), order_by=col(Delivery.started_at))
    query = select(Delivery).where(or_(looks, stuck)).order_by(turn, col(Delivery.started_at)).limit(20)
    return (await session.exec(query)).all()


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
        Delivery.team == bindparam("workspace"),
        or_(
            (col(Delivery.state) == DeliveryState.PENDING) & col(Delivery.error).is_not(None),
            col(Delivery.state) == DeliveryState.AMBIGUOUS,
        ),
    )
    kept = kept if everywhere else kept.where(Delivery.to == bindparam("place"))
    # In one order and around each other: two processes may do this at once.
    kept = kept.order_by(col(Delivery.id)).with_for_update(skip_locked=True)
    return (
        update(_TABLE)
        .where(_ROW.id.in_(kept), _ROW.due_at > bindparam("at"))
        .values(due_at=bindparam("at"), attempts=0)
    )


_TABLE = table_of(Delivery)
_ROW = _TABLE.c
_DRAWS = _ROW.kind == DeliveryKind.REDRAW
# Of a row that one transaction changes twice PostgreSQL holds the draft: so that is held first, as by an erasure.
_DRAFT = core_select(table_of(Draft).c.id).where(table_of(Draft).c.id == bindparam("draft"))
_OF_NONE = bindparam("draft", type_=Integer).is_(None)
_TAKE_CHOSEN = (
    update(_TABLE)
    .where(_ROW.id == bindparam("delivery"), _ROW.state == DeliveryState.PENDING)
    .values(
        state=DeliveryState.SENDING,
        started_at=bindparam("now"),
        slack_time=bindparam("slack"),
        attempts=_ROW.attempts + 1,
        takes_room=_ROW.kind == DeliveryKind.CARD,
        drawing=case((_DRAWS, redraws.begun(_ROW) + 1), else_=0),
    )
    .returning(_TABLE)
)
_HELD = _DRAFT.with_for_update(read=True, key_share=True)
_TAKE = _TAKE_CHOSEN.where(or_(_OF_NONE, _ROW.draft_id == _HELD.scalar_subquery()))
_FREE = _DRAFT.with_for_update(read=True, key_share=True, skip_locked=True)
_ROW_FREE = (
    core_select(_ROW.id)
    .where(_ROW.id == bindparam("delivery"), _ROW.state == DeliveryState.PENDING)
    .with_for_update(skip_locked=True)
    .correlate(None)
)
_TAKE_FREE = _TAKE_CHOSEN.where(
    or_(_OF_NONE, _ROW.draft_id == _FREE.scalar_subquery()), _ROW.id == _ROW_FREE.scalar_subquery()
)
_PUT_BACK = (
    update(_TABLE)
    .where(_ROW.id == bindparam("delivery"), _ROW.attempts == bindparam("tried"))
    .values(state=DeliveryState.PENDING, attempts=_ROW.attempts - 1, takes_room=False, drawing=redraws.ended(_ROW))
)
_NEEDED = bindparam("needed", type_=Boolean)
_NEED_CARD: Any = (
    update(_TABLE)
    .where(_ROW.key == bindparam("card"))
    .values(
        takes_room=case((_ROW.state.in_(ON_SCREEN), _NEEDED), else_=_ROW.takes_room),
        state=case(
            ((_ROW.state == DeliveryState.PENDING) & ~_NEEDED, DeliveryState.CANCELLED),
            ((_ROW.state == DeliveryState.CANCELLED) & _NEEDED, DeliveryState.PENDING),
            else_=_ROW.state,
        ),
    )
    .returning(_ROW.state)
)
_CARD = select(Delivery).where(col(Delivery.draft_id) == bindparam("draft"), Delivery.kind == DeliveryKind.CARD)
_SAYS: Any = core_select(_ROW.body, _ROW.draft_id).where(_ROW.id == bindparam("delivery")).with_for_update()
_FINISH = (
    update(_TABLE)
    .where(
        _ROW.id == bindparam("delivery"),
        _ROW.attempts == bindparam("tried"),
        _ROW.state.in_([DeliveryState.SENDING, DeliveryState.AMBIGUOUS]),
    )
    .values(drawing=case((bindparam("over", type_=Boolean), redraws.ended(_ROW)), else_=_ROW.drawing))
)
_HASTEN_ALL = _hasten_all()
_HASTEN = update(_TABLE).where(_ROW.key == bindparam("waiting"), _ROW.state == DeliveryState.PENDING)
