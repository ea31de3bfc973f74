"""What waits, over all workspaces: for whoever runs the bot. Counts and ages, no names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.digest import newest_due
from storage.models import Channel
from storage.queries import backlog

FAILED_SINCE = timedelta(days=1)


@dataclass(frozen=True)
class Backlog:
    """Ages are in seconds."""

    deliveries: Mapping[str, int]  # by state
    oldest_due: Mapping[str, float]  # by kind
    drafts: int
    cards: int
    channels: Mapping[str, int]  # by state
    full: int  # channels that show as many cards as they may
    digests_overdue: int
    digest_lag: float
    writings: Mapping[str, int]  # by state
    writing_lag: float
    webhooks: Mapping[str, int]  # by state: on, failing, off
    webhook_failing: float  # the longest


async def measure(session: AsyncSession, now: datetime) -> Backlog:
    """Ask a handful of bounded questions."""
    cards = await backlog.cards(session)
    writings, writing_since = await backlog.writings(session, now)
    webhooks, failing_since = await backlog.webhooks(session)
    lags = [lag for channel, made in await backlog.newest_digests(session) if (lag := _lag(channel, made, now))]
    oldest = await backlog.oldest_due(session, now)
    return Backlog(
        deliveries=await backlog.deliveries(session, failed_since=now - FAILED_SINCE),
        oldest_due={kind: _seconds(since, now) for kind, since in oldest.items()},
        drafts=sum(drafts for drafts, _, _ in cards),
        cards=sum(shown for _, shown, _ in cards),
        channels=await backlog.channels(session),
        full=sum(shown >= may for _, shown, may in cards),
        digests_overdue=len(lags),
        digest_lag=max(lags, default=0.0),
        writings=writings,
        writing_lag=_seconds(writing_since, now),
        webhooks=webhooks,
        webhook_failing=_seconds(failing_since, now),
    )


def _lag(channel: Channel, made: date | None, now: datetime) -> float:
    """How long the channel's latest due digest has been due without being made."""
    on = newest_due(channel, now)
    if on is None or (made is not None and made >= on):
        return 0.0
    due = datetime.combine(on, time.fromisoformat(channel.digest_time), ZoneInfo(channel.time_zone)).astimezone(UTC)
    return _seconds(due, now)


def _seconds(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since is not None else 0.0
