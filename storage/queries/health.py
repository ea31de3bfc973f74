"""How the bot itself fares."""

from datetime import datetime

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Delivery
from storage.queries._core import dialect_of
from storage.words import DeliveryKind, DeliveryState


def database(session: AsyncSession) -> str:
    """What the database calls itself."""
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[dialect_of(session)]


async def undelivered(session: AsyncSession, team: str, now: datetime) -> tuple[int, datetime | None]:
    """How many deliveries are due and not sent, and since when the first one is; cards may wait for their turn."""
    query = (
        select(func.count(), func.min(Delivery.due_at))
        .select_from(Delivery)
        .join(Channel, col(Channel.id) == Delivery.channel_id)
        .where(Channel.team == team, Delivery.state == DeliveryState.PENDING, Delivery.due_at <= now)
        .where(or_(Delivery.kind != DeliveryKind.CARD, col(Delivery.error).is_not(None)))
    )
    found = (await session.exec(query)).one()
    return found[0], found[1]
