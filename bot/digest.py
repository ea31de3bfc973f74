"""One digest for a channel and a local working day: computed, claimed and put into the outbox in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import evidence, outbox
from bot.failures import Failures
from bot.figures import Figures
from bot.figures.document import as_json
from bot.surfaces import digest as surface
from bot.surfaces.digest import Made
from storage.engine import Sessions
from storage.models import Channel, Digest
from storage.queries import channels, digests, erasing

log = structlog.get_logger()


@dataclass(frozen=True)
class Editor:
    """Writes digests."""

    sessions: Sessions
    now: Callable[[], datetime]

    async def post_due(self) -> int:
        """Put every digest that is due into the outbox; how many were posted. Any number of clocks may call it.

        What fails for one channel is raised when all others have theirs.
        """
        now, posted, failures = self.now(), 0, Failures(_not_made)
        async with self.sessions.reading() as session:
            active = await channels.active(session)
        for channel in active:
            with failures.of(channel):
                posted += await self._post_if_due(channel, now)
        failures.end()
        return posted

    async def _post_if_due(self, channel: Channel, now: datetime) -> bool:
        async with self.sessions.reading() as session:
            on = await _due(session, channel, now)
        return on is not None and await self.post(channel, on, now)

    async def make(self, channel: Channel, now: datetime, *, on: date | None = None) -> Made:
        """The digest of a date (today's without one), whether or not it was posted."""
        today = local_date(channel, now)
        late = on is not None and on < today
        async with self.sessions.reading() as session:
            found = await evidence.of_digest(session, channel, on or today, live=not late)
        return await found.compute(late=late)

    async def text(self, channel: Channel, now: datetime, *, on: date | None = None) -> str:
        """The same as plain text."""
        return surface.as_text(await self.make(channel, now, on=on))

    async def agreement(self, channel: Channel, first: date, last: date) -> Figures:
        """The figures of any days of the channel, both included."""
        async with self.sessions.reading() as session:
            found = await evidence.of_days(session, channel, first, last)
        return (await found.compute()).figures

    async def post(self, channel: Channel, on: date, now: datetime, *, though_quiet: bool = False) -> bool:
        """Claim and post one digest; false when it was made before, or nothing happened."""
        assert channel.id is not None
        async with self.sessions.reading() as session:
            found = await evidence.of_digest(session, channel, on, live=True)
        made = await found.compute(late=on < local_date(channel, now))
        quiet = made.figures.quiet and not though_quiet
        async with self.sessions.writing() as session:
            row = Digest(
                channel_id=channel.id,
                date=on,
                quiet=quiet,
                seed=made.figures.seed,
                figures=as_json(made.figures),
                made_at=now,
            )
            if not await digests.claim(session, row) or quiet:
                return False
            made = await _quoting_what_stands(session, made)
            messages = surface.messages(made, weekly=await _first_of_week(session, channel.id, on))
            await outbox.digest(session, channel, key=f"{channel.id}:{on.isoformat()}", messages=messages, now=now)
        return True


def _not_made(channel: Channel, error: Exception) -> None:
    log.error("digest failed", channel=channel.slack_id, exc_info=error)


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
    # A clock that was ahead may have made one of next year: that says nothing of today's.
    made = await digests.newest(session, channel.id, before=local_date(channel, now) + timedelta(days=2))
    return on if made is None or made.date < on else None


async def _quoting_what_stands(session: AsyncSession, made: Made) -> Made:
    """Disputes are quoted as they are now, and held: one that was erased while figures were computed is left out."""
    numbers = [one.draft.id for one in made.disputes if one.draft.id is not None]
    held = {draft.id: draft for draft in await erasing.locked(session, numbers, skip=False)}
    stand = [replace(one, draft=held[one.draft.id]) for one in made.disputes if one.draft.id in held]
    return replace(made, disputes=stand)


async def _first_of_week(session: AsyncSession, channel: int, on: date) -> bool:
    """Whether there were digests before, and none since Monday: this one sums up the weeks."""
    last = await digests.newest(session, channel, before=on)
    return last is not None and last.date < on - timedelta(days=on.weekday())
