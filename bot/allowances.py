"""How many requests a token may make in a minute, over all replicas.

A replica takes a portion of the minute from the database and counts it down by itself, so that most requests write
nothing. What it took and did not use is lost: never more than the rate is let through, at times a little less.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from storage.engine import Sessions
from storage.errors import DatabaseAway
from storage.queries import allowances

PORTIONS = 20  # of a minute's rate
MOST_MISSES = 60  # of one address in a minute, in each replica
ADDRESSES = 10_000  # that are remembered: those that missed last
MINUTE = 60


@dataclass
class Portion:
    """What this replica may still let through in a minute."""

    minute: int
    left: int
    used: int  # by everybody, as far as this replica knows

    def spent(self, rate: int) -> bool:
        return self.left <= 0 and self.used >= rate


@dataclass(frozen=True)
class Left:
    """Where a token stands after a request."""

    rate: int
    remaining: int
    seconds: int  # until the next minute
    allowed: bool


class Allowances:
    """Counts the requests of tokens in this replica."""

    def __init__(self, sessions: Sessions, rate: int, now: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._rate = rate
        self._now = now
        self._portions: dict[int, Portion] = {}
        self._taking: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def take(self, token: int) -> Left:
        """One more request of a token."""
        seconds = int(self._now().timestamp())
        minute = seconds // MINUTE
        while (portion := self._held(token, minute)) is None:
            async with self._taking[token]:  # whoever comes meanwhile is let through by the same portion
                if self._held(token, minute) is None:
                    self._portions[token] = await self._portion(token, minute)
        allowed = portion.left > 0
        portion.left -= allowed
        remaining = max(self._rate - portion.used, 0) + max(portion.left, 0)
        return Left(self._rate, remaining, MINUTE - seconds % MINUTE, allowed)

    def _held(self, token: int, minute: int) -> Portion | None:
        """A portion that says whether a request of this minute goes through; a later minute's says so too."""
        portion = self._portions.get(token)
        if portion is None or portion.minute < minute:
            return None
        return portion if portion.left > 0 or portion.spent(self._rate) else None

    async def _portion(self, token: int, minute: int) -> Portion:
        size = max(self._rate // PORTIONS, 1)
        try:
            async with self._sessions.writing() as session:
                used = await allowances.take(session, token, minute=minute, portion=size)
        except DatabaseAway:
            # What the request is about will say so itself; a limit is no reason to be away.
            return Portion(minute, size, size)
        return Portion(minute, size - min(max(used - self._rate, 0), size), used)


class Misses:
    """Tokens that are not known, by the address they came from: past a number the answer is to wait.

    Kept in memory: whoever has no token is given nothing to write. A token that is known is never asked about this.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._seen: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def one_more(self, address: str) -> int | None:
        """Count a miss; seconds to wait, where there were too many."""
        seconds = int(self._now().timestamp())
        minute = seconds // MINUTE
        before, count = self._seen.pop(address, (minute, 0))
        count = count + 1 if before == minute else 1
        self._seen[address] = (minute, count)
        if len(self._seen) > ADDRESSES:
            self._seen.popitem(last=False)
        return MINUTE - seconds % MINUTE if count > MOST_MISSES else None
