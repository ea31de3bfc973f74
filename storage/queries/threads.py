"""What belongs into a message's thread shares its fate: where the message does not come, nothing waits for it."""

from datetime import datetime

from sqlalchemy import bindparam, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Delivery
from storage.queries._core import table_of
from storage.words import DeliveryKind, DeliveryState

NO_MESSAGE = "thread_has_no_message"  # our own word, beside Slack's


async def fail(session: AsyncSession, delivery_id: str) -> None:
    """A message will not come: what was to follow in its thread does not either; a human is called outside of it."""
    await session.exec(_ALONE, params={"message": delivery_id})
    await session.exec(_FAIL, params={"message": delivery_id})


async def revive(session: AsyncSession, delivery_id: str, now: datetime) -> None:
    """A message is posted after all: what failed with it follows."""
    await session.exec(_REVIVE, params={"message": delivery_id, "now": now})


async def keep_unsaid(session: AsyncSession, delivery_id: str) -> None:
    """An escalation is told elsewhere, for this message's channel is closed: that it was called off before would not be
    true any more when that is back."""
    await session.exec(_KEEP_UNSAID, params={"message": delivery_id})


_TABLE = table_of(Delivery)
_ROW = _TABLE.c
_WAITING = (_ROW.parent == bindparam("message"), _ROW.state == DeliveryState.PENDING)
_ALONE = update(_TABLE).where(*_WAITING, _ROW.kind == DeliveryKind.NOTICE).values(parent=None)
_FAIL = (
    update(_TABLE)
    .where(*_WAITING, _ROW.kind != DeliveryKind.ERASURE)
    .values(state=DeliveryState.FAILED, error=NO_MESSAGE)
)
_REVIVE = (
    update(_TABLE)
    .where(_ROW.parent == bindparam("message"), _ROW.state == DeliveryState.FAILED, _ROW.error == NO_MESSAGE)
    .values(state=DeliveryState.PENDING, due_at=bindparam("now"), error=None)
)
_KEEP_UNSAID = (
    update(_TABLE).where(*_WAITING, _ROW.kind == DeliveryKind.CALLED_OFF).values(state=DeliveryState.CANCELLED)
)
