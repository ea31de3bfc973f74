"""What would be said again and again is said once a minute, with how often it happened."""

import time
from collections.abc import Callable

import structlog

from bot.slack_calls import Call, Ending
from storage.engine import Sessions
from storage.queries import backlog

A_MINUTE = 60.0  # seconds
log = structlog.get_logger()


class OnceAMinute:
    """Counts what happens until it may be said again."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._said: float | None = None
        self._count = 0

    def happened(self) -> None:
        self._count += 1

    def to_say(self) -> int:
        """How often it happened since it was said last; 0 where it did not, or was said within the last minute."""
        now = self._steady()
        if not self._count or (self._said is not None and now - self._said < A_MINUTE):
            return 0
        count, self._count, self._said = self._count, 0, now
        return count


class Silence:
    """Calls of Slack's whose end is unclear: each is tried again or looked up, and nobody else says so."""

    def __init__(self, sessions: Sessions, steady: Callable[[], float] = time.monotonic) -> None:
        self._sessions = sessions
        self._unclear = OnceAMinute(steady)

    def heard(self, call: Call) -> None:
        """Be told of a call that ended; a look-up of several is told as each of them, too."""
        if call.outcome is Ending.UNCLEAR and call.method != "look_up":
            self._unclear.happened()

    async def tell(self) -> None:
        """Say it, with what waits meanwhile."""
        if count := self._unclear.to_say():
            async with self._sessions.reading() as session:
                waiting = await backlog.unsent(session)
            log.warning("slack does not answer", count=count, waiting=waiting)
