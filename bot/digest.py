"""One digest for a channel and a local working day: computed, claimed and put into the outbox in one transaction."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import figures, outbox
from bot.figures import Counts, Figures, Window
from bot.surfaces import digest as surface
from storage.engine import Sessions
from storage.models import Channel, Digest
from storage.queries import channels, digests, drafts
from storage.queries import figures as rows

ROLLING = timedelta(days=28)
READ_THESE = 3


@dataclass(frozen=True)
class Editor:
    """Writes digests."""

    sessions: Sessions
    now: Callable[[], datetime]

    async def post_due(self) -> int:
        """Put every digest that is due into the outbox; how many were posted. Any number of clocks may call it."""
        now = self.now()
        async with self.sessions.reading() as session:
            waiting = [(channel, await _due(session, channel, now)) for channel in await channels.active(session)]
        posted = 0
        for channel, on in waiting:
            posted += on is not None and await self._post(channel, on, now)
        return posted

    async def text(self, channel: Channel, now: datetime, *, on: date | None = None) -> str:
        """The digest of a date (today's without one) as plain text, whether or not it was posted."""
        async with self.sessions.reading() as session:
            made, disputes = await _make(session, channel, on or local_date(channel, now))
        return surface.as_text(made, disputes)

    async def _post(self, channel: Channel, on: date, now: datetime) -> bool:
        """Claim and post one digest; false when another process has it or nothing happened."""
        assert channel.id is not None
        async with self.sessions.reading() as session:
            made, disputes = await _make(session, channel, on)
        async with self.sessions.writing() as session:
            row = Digest(
                channel_id=channel.id,
                date=on,
                quiet=made.quiet,
                seed=made.seed,
                figures=json.loads(json.dumps(asdict(made), default=str)),
                made_at=now,
            )
            if not await digests.claim(session, row) or made.quiet:
                return False
            await outbox.digest(
                session,
                channel,
                key=f"{channel.id}:{on.isoformat()}",
                lead=surface.lead(made, disputes, late=on < local_date(channel, now)),
                figures=surface.thread(made),
                now=now,
            )
        return True


def local_date(channel: Channel, now: datetime) -> date:
    return now.astimezone(ZoneInfo(channel.time_zone)).date()


def newest_due(channel: Channel, now: datetime) -> date | None:
    """The last working day of the channel whose digest hour has come; None before its first.

    An hour that the clocks skip has come when they are past it, and one that comes twice when it first comes.
    """
    zone, hour = ZoneInfo(channel.time_zone), time.fromisoformat(channel.digest_time)
    local, first = now.astimezone(zone), local_date(channel, channel.created_at)
    reached = local.time() >= hour or datetime.combine(local.date(), hour, zone).astimezone(UTC) <= now
    newest = local.date() if reached else local.date() - timedelta(days=1)
    week = [newest - timedelta(days=back) for back in range(7)]
    return next((day for day in week if day.weekday() in channel.working_days and day >= first), None)


async def _due(session: AsyncSession, channel: Channel, now: datetime) -> date | None:
    """The date whose digest is to be made now. What was missed before it, while nobody ticked, it covers."""
    assert channel.id is not None
    on = newest_due(channel, now)
    if on is None:
        return None
    made = await digests.newest(session, channel.id)
    return on if made is None or made.date < on else None


async def _make(session: AsyncSession, channel: Channel, on: date) -> tuple[Figures, list[surface.Dispute]]:
    assert channel.id is not None
    window = await _window(session, channel, on)
    counts = Counts(
        gold=await rows.settled(session, channel.id, since=window.day, until=window.until),
        waiting=await drafts.waiting(session, channel.id),
        shared=await rows.shared_drafts(session, channel.id, since=window.since, until=window.until),
        disputed=await rows.disputed(session, channel.id),
    )
    said = await rows.said(session, channel.id, since=window.since, until=window.until)
    made = figures.compute(said, counts, window, seed=_seed(channel.id, on))
    return made, await _disputes(session, channel)


async def _window(session: AsyncSession, channel: Channel, on: date) -> Window:
    """28 days to the midnight before the digest; activity since the last digest before it."""
    assert channel.id is not None
    last = await digests.newest(session, channel.id, before=on)
    zone = ZoneInfo(channel.time_zone)
    since = max(last.date, on - ROLLING) if last else on - timedelta(days=1)

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), zone).astimezone(UTC)

    return Window(on, midnight(on - ROLLING), midnight(since), midnight(on))


async def _disputes(session: AsyncSession, channel: Channel) -> list[surface.Dispute]:
    assert channel.id is not None
    found: list[surface.Dispute] = []
    for draft_id in await rows.disputes(session, channel.id, limit=READ_THESE):
        draft = await drafts.get(session, draft_id)
        assert draft is not None
        found.append(surface.Dispute(draft, await outbox.card_link(session, channel, draft_id)))
    return found


def _seed(channel: int, on: date) -> int:
    """The same digest is drawn the same way again."""
    # 31 bits: PostgreSQL's integers have a sign.
    return int.from_bytes(hashlib.sha256(f"{channel}:{on.isoformat()}".encode()).digest()[:4], "big") >> 1
