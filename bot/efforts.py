"""The work that edits took is measured after they were saved, a few at a time, while nobody waits for it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.measures import effort
from bot.waits import Watched
from storage.engine import Sessions
from storage.models import Effort
from storage.queries import efforts
from storage.queries.efforts import Edit

WINDOW = timedelta(days=28)  # as far as figures look back
AT_A_LOOK = timedelta(days=1)  # what is looked through in one question
LATE = timedelta(minutes=10)  # what is saved by now is seen, though clocks differ and a commit takes its time
AT_ONCE = 20  # few enough that clicks notice nothing, enough for 300,000 edits a day


class Surveyor:
    """Measures edits. Any number of processes may: two of them find the same, and the first one's stays."""

    def __init__(self, sessions: Sessions, now: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._now = now
        self._clock = Watched()
        self._looked: datetime | None = None  # whatever was saved before is measured

    async def measure_due(self) -> int:
        """Measure the next few edits of the last 28 days; how many. What was imported is nobody's work here."""
        edits = await self._next()
        measured = [await self._measured(edit) for edit in edits]
        if measured:
            async with self._sessions.writing() as session:
                await efforts.keep(session, measured)
        return len(measured)

    async def _next(self) -> list[Edit]:
        now = self._now()
        if self._clock.set_back(now):
            self._looked = None
            self._clock.heeded(now)
        start, end = max(self._looked or now - WINDOW, now - WINDOW), now + LATE
        while start < end:
            until = min(start + AT_A_LOOK, end)
            async with self._sessions.reading() as session:
                edits = await efforts.unmeasured(session, since=start, until=until, limit=AT_ONCE)
            self._looked = edits[0].saved_at if edits else min(until, now - LATE)
            if edits:
                return edits
            start = until
        return []

    async def _measured(self, edit: Edit) -> Effort:
        # Each in a thread of its own: clicks go on meanwhile, and a stop waits for one edit at most.
        found = await asyncio.to_thread(effort.measure, edit.draft, edit.final)
        return Effort(revision_id=edit.revision, hter=found.hter, chrf=found.chrf, reason=found.reason)
