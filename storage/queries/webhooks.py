"""Webhooks: who is told what."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, update
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Webhook
from storage.queries._core import table_of


async def add(session: AsyncSession, webhook: Webhook) -> Webhook:
    """Store a webhook; it has its number then."""
    session.add(webhook)
    await session.flush()
    return webhook


async def get(session: AsyncSession, webhook_id: int) -> Webhook | None:
    return await session.get(Webhook, webhook_id, populate_existing=True)


async def team_of(session: AsyncSession, webhook_id: int) -> str:
    """The workspace of a webhook that is there."""
    return (await session.exec(select(Webhook.team).where(Webhook.id == webhook_id))).one()


async def locked(session: AsyncSession, webhook_id: int) -> Webhook | None:
    """The webhook, held against other writers until the transaction ends (SQLite has one writer anyway)."""
    return (await session.exec(_LOCKED, params={"webhook": webhook_id})).first()


async def page(
    session: AsyncSession, team: str | None, *, channel_id: int | None, after: int = 0, limit: int | None = None
) -> Sequence[Webhook]:
    """Webhooks of a workspace, or of one channel in it, or of all, numbered above `after`, in their order."""
    query = select(Webhook).where(col(Webhook.id) > after).order_by(col(Webhook.id)).limit(limit)
    query = query if team is None else query.where(Webhook.team == team)
    query = query if channel_id is None else query.where(Webhook.channel_id == channel_id)
    return (await session.exec(query)).all()


async def of_channel(session: AsyncSession, team: str, channel_id: int) -> Sequence[Webhook]:
    """Those that are told of what happens in a channel, also those that are switched off."""
    return (await session.exec(_OF_CHANNEL, params={"team": team, "channel": channel_id})).all()


async def remove(session: AsyncSession, webhook_id: int) -> bool:
    """Delete the webhook, and whatever it was still to be told, which is little; false where it is gone already."""
    return bool((await session.exec(delete(Webhook).where(col(Webhook.id) == webhook_id))).rowcount)


async def well(session: AsyncSession, webhook: Webhook) -> None:
    """It took what it was told; mostly there is nothing to write."""
    await session.exec(_WELL, params=_this(webhook))


async def failed(session: AsyncSession, webhook_id: int, *, since: datetime, rests_until: datetime) -> None:
    """It did not take what it was told, as so often `since` then, and is left alone for a while."""
    await session.exec(_FAILED, params={"webhook": webhook_id, "since": since, "rests": rests_until})


async def rest(session: AsyncSession, webhook: Webhook, *, until: datetime) -> None:
    """It is left alone until then, or for longer where it is already."""
    await session.exec(_REST, params={**_this(webhook), "until": until})


async def disable(session: AsyncSession, webhook_id: int, why: str, *, now: datetime) -> bool:
    """Tell it nothing any more; false where it is switched off already."""
    values = {"disabled_at": now, "disabled_why": why}
    query = update(Webhook).where(col(Webhook.id) == webhook_id, col(Webhook.disabled_at).is_(None)).values(values)
    return bool((await session.exec(query)).rowcount)


async def enable(session: AsyncSession, webhook_id: int) -> None:
    """Tell it again what happens, as though it had never failed."""
    await session.exec(_ENABLE, params={"webhook": webhook_id})


async def disabled(session: AsyncSession, team: str | None) -> Sequence[Webhook]:
    """Those that were switched off, in a workspace or anywhere."""
    query = select(Webhook).where(col(Webhook.disabled_at).is_not(None)).order_by(col(Webhook.id))
    return (await session.exec(query if team is None else query.where(Webhook.team == team))).all()


def _this(webhook: Webhook) -> Mapping[str, Any]:
    """SQLite gives the number of one that was deleted to the next."""
    return {"webhook": webhook.id, "made": webhook.created_at}


_TABLE = table_of(Webhook)
_ROW = _TABLE.c
_THIS = (_ROW.id == bindparam("webhook"), _ROW.created_at == bindparam("made"))
_OF_CHANNEL = (
    select(Webhook)
    .where(
        Webhook.team == bindparam("team"),
        or_(col(Webhook.channel_id).is_(None), col(Webhook.channel_id) == bindparam("channel")),
        # Whoever deletes one waits: a click that tells it must not fail for that.
    )
    .with_for_update(read=True, key_share=True)
)
# Not so that a click that tells it something would have to wait.
_LOCKED = select(Webhook).where(col(Webhook.id) == bindparam("webhook")).with_for_update(key_share=True)
_FRESH = {"failures": 0, "failing_since": None, "rests_until": None}
_WELL = update(_TABLE).where(*_THIS, _ROW.failures > 0).values(_FRESH)
_FAILED = (
    update(_TABLE)
    .where(_ROW.id == bindparam("webhook"))
    .values(failures=_ROW.failures + 1, failing_since=bindparam("since"), rests_until=bindparam("rests"))
)
_REST = (
    update(_TABLE)
    .where(*_THIS, or_(_ROW.rests_until.is_(None), _ROW.rests_until < bindparam("until")))
    .values(rests_until=bindparam("until"))
)
_ENABLE = (
    update(_TABLE).where(_ROW.id == bindparam("webhook")).values(_FRESH | {"disabled_at": None, "disabled_why": None})
)
