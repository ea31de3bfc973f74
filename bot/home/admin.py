"""What an admin reads of the workspace, and what they can mend from there."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit
from bot import tokens as token_deeds
from bot.evidence import ROLLING
from bot.health import channel_health, shorter_limits, webhook_health
from bot.surfaces.home_admin import PROBLEMS, Admin, Health, Problem, Spent
from storage.models import Channel
from storage.queries import (
    channels,
    deliveries,
    delivery_problems,
    digests,
    drafts,
    health,
    tokens,
    tombstones,
    writings,
)
from storage.words import AuditAct, ErasedBecause

WEEK = timedelta(days=7)
STUCK = timedelta(minutes=10)  # by then every look has been taken that could tell


async def workspace(session: AsyncSession, team: str, now: datetime) -> Admin:
    """Channels, what did not arrive, tokens and health of one workspace."""
    known = await channels.every(session, team=team)
    ids = [channel.id for channel in known if channel.id is not None]
    found = await delivery_problems.newest(
        session, team, since=now - ROLLING, stuck_since=now - STUCK, limit=PROBLEMS + 1
    )
    return Admin(
        channels=known,
        waiting=dict(await drafts.waiting_by_channel(session, ids)),
        problems=[Problem(one.delivery, one.draft) for one in found],
        tokens=await tokens.of_workspace(session, team),
        health=await _health(session, known, team, now),
        findings=[
            *await shorter_limits(session, known, now),
            *(one for one in await channel_health(session, team=team) if one.channel and one.channel.digest_channel),
            *await webhook_health(session, team=team),
        ],
    )


async def send_again(session: AsyncSession, team: str, delivery: str, *, attempts: int, now: datetime, by: str) -> bool:
    """Send once more what did not arrive, as *Post again* showed it; false when that was done or is not needed."""
    sent = await delivery_problems.send_again(
        session, delivery, team=team, attempts=attempts, stuck_since=now - STUCK, now=now
    )
    if sent:
        again = await deliveries.get(session, delivery)
        assert again is not None
        about = audit.draft(again.draft_id) if again.draft_id else None
        channel = await channels.get(session, again.channel_id)
        what = {"kind": again.kind}
        await audit.note(
            session, AuditAct.POSTED_AGAIN, channel, who=audit.person(by), now=now, about=about, after=what
        )
    return sent


async def end_token(session: AsyncSession, team: str, token: int, now: datetime, *, by: str) -> bool:
    """End a token of this workspace; false when there is none to end."""
    theirs = [one.id for one, _ in await tokens.of_workspace(session, team)]
    return token in theirs and await token_deeds.revoke(session, token, now=now, by=audit.person(by), team=team)


async def _health(session: AsyncSession, known: Sequence[Channel], team: str, now: datetime) -> Health:
    by_id = {channel.id: channel for channel in known}
    last = await digests.posted(session, [*filter(None, by_id)], since=(now - ROLLING).date(), limit=1)
    count, since = await health.undelivered(session, team, now)
    digest = (f"{last[0].date:%A} {last[0].date.day} {last[0].date:%B}", by_id[last[0].channel_id]) if last else None
    spent = Spent(*await writings.spent(session, team, since=now - ROLLING))
    asked = spent if spent.written or spent.failed else None
    outlived = await _outlived(session, known, team, now)
    return Health(health.database(session), digest, count, since, asked, outlived)


async def _outlived(session: AsyncSession, known: Sequence[Channel], team: str, now: datetime) -> int | None:
    if all(one.retention_days is None for one in known):
        return None
    return await tombstones.counted(session, team, why=ErasedBecause.RETENTION, since=now - WEEK)
