"""Redraws of cards in the outbox: what was asked for, what is being drawn, and what Slack may still do late.

Each draw is counted before it leaves, and counted out once somebody knows how it ended. One that stays counted (its
process was killed, Slack did not answer) Slack may do yet, over a newer one: so the card is drawn once more, as soon as
that cannot happen any more.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, false, update
from sqlalchemy.sql.dml import Update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Delivery
from storage.queries._core import dialect_of, insert, table_of, values_of
from storage.words import DeliveryState

LATEST = timedelta(seconds=30)  # after it was begun a draw comes no more: nobody waits for one longer than ten
PATIENCE = timedelta(seconds=5)  # so long the press that changes a card has to draw it itself


def key_of(shown: int | str) -> str:
    """Of the redraw of a draft's card, by the draft's number, or of another message, by its delivery's id."""
    return f"redraw:{shown}"


async def ask(session: AsyncSession, redraw: Delivery, *, now: datetime, by_press: bool = False) -> int:
    """Ask for a card to be drawn again; how often this was asked for. Requests not yet done are one.

    `by_press`: whoever asks draws it through the press, and says how that ended.
    """
    values = values_of(redraw) | ({"drawing": 1, "started_at": now} if by_press else {"drawing": 0})
    params = values | {"long_ago": now - LATEST}
    return int((await session.exec(_ask(dialect_of(session)), params=params)).scalar_one())


async def drawn(session: AsyncSession, key: str, wanted: int, *, now: datetime, by_press: bool = False) -> None:
    """It was drawn as was wanted then; if more was asked for meanwhile, or an earlier draw may yet come, it is due
    again. `key` is the redraw's."""
    moments = {"soon": now + PATIENCE, "later": now + LATEST}
    await session.exec(_drawn(by_press), params={"redraw": key, "done": wanted, **moments})


async def not_drawn(session: AsyncSession, key: str, now: datetime) -> None:
    """Slack refused to draw a card through a press: it is due now."""
    await session.exec(_NOT_DRAWN, params={"redraw": key, "now": now})


def begun(row: Any) -> ColumnElement[Any]:
    """How many draws may be under way; none of those still is whose last was begun before `long_ago`."""
    return case((row.started_at <= bindparam("long_ago"), 0), else_=row.drawing)


def ended(row: Any) -> ColumnElement[Any]:
    """How many draws are under way when one of them is over."""
    return case((row.drawing > 0, row.drawing - 1), else_=0)


@cache
def _ask(dialect: str) -> Any:
    asked = insert(Delivery, dialect)
    under_way = _ROW.state == DeliveryState.SENDING
    return asked.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "wanted": _ROW.wanted + 1,
            "to": asked.excluded.to,  # what it draws may have come elsewhere since
            "due_at": asked.excluded.due_at,
            # A redraw that is under way goes again by its raised count; any other waits anew.
            "state": case((under_way, DeliveryState.SENDING), else_=DeliveryState.PENDING),
            # Its try is known by its number, so that is kept for as long as it is under way.
            "attempts": case((under_way, _ROW.attempts), else_=0),
            "drawing": begun(_ROW) + asked.excluded.drawing,
            "started_at": case((asked.excluded.drawing > 0, asked.excluded.started_at), else_=_ROW.started_at),
        },
    ).returning(_ROW.wanted)


@cache
def _drawn(by_press: bool) -> Update:
    newest, alone = _ROW.wanted == bindparam("done"), ended(_ROW) == 0
    # What the outbox draws at the same time it ends itself.
    elsewhere = _ROW.state == DeliveryState.SENDING if by_press else false()
    return (
        update(_TABLE)
        .where(_ROW.key == bindparam("redraw"))
        .values(
            state=case((elsewhere, _ROW.state), (newest & alone, DeliveryState.SENT), else_=DeliveryState.PENDING),
            # An older state may have been drawn over a newer one: whoever drew that is not the last any more.
            wanted=case((newest, _ROW.wanted), else_=_ROW.wanted + 1),
            due_at=case(
                (elsewhere | (newest & alone), _ROW.due_at),
                (newest, bindparam("later", type_=_ROW.due_at.type)),
                (_ROW.due_at > bindparam("soon"), bindparam("soon", type_=_ROW.due_at.type)),
                else_=_ROW.due_at,
            ),
            drawing=ended(_ROW),
            error=None,
        )
    )


_TABLE = table_of(Delivery)
_ROW = _TABLE.c
_NOT_DRAWN = (
    update(_TABLE)
    .where(_ROW.key == bindparam("redraw"))
    .values(
        drawing=ended(_ROW),
        due_at=case((_ROW.state == DeliveryState.PENDING, bindparam("now", type_=_ROW.due_at.type)), else_=_ROW.due_at),
    )
)
