"""Waits by a clock that may be set: one that is set back makes nothing wait for as long again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SLIGHTLY = timedelta(seconds=2)  # what clocks are corrected by all the time
A_MINUTE = timedelta(minutes=1)  # the longest that anything waits, once the clock was set back


@dataclass(frozen=True)
class Wait:
    """From one moment until another; a clock that is set back to before the first ends it."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, now: datetime, pause: timedelta) -> "Wait":
        return cls(now, now + pause)

    def over(self, now: datetime) -> bool:
        return not self.since <= now < self.until


class Watched:
    """A clock, looked at again and again: was it set back since the last look?"""

    def __init__(self) -> None:
        self._seen: datetime | None = None

    def set_back(self, now: datetime) -> bool:
        """By more than clocks are corrected by all the time; said until it is `heeded`."""
        if self._seen is not None and now < self._seen - SLIGHTLY:
            return True
        self._seen = now
        return False

    def heeded(self, now: datetime) -> None:
        """What a clock that is set back asks for was done."""
        self._seen = now
