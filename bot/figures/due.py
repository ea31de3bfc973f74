"""What is not shown yet: what it has, what it needs, when that is due, and what would bring it sooner. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil

from bot.figures.rows import Pair, Window

ENOUGH_DRAFTS = 30
ENOUGH_POSITIVES = 5
PACE, SHORTEST = timedelta(days=14), timedelta(days=3)  # one busy day is no pace
SHARES = (0.1, 0.2, 0.4, 0.5, 1.0)  # that setup offers
WORTH_SAYING = timedelta(days=2)


@dataclass(frozen=True)
class Sooner:
    """What share of drafts, reviewed by two people, would have the figure ready when."""

    share: float
    due: date


@dataclass(frozen=True)
class Suppressed:
    """A figure that is not shown: what it has, what it needs, and when that is due at today's pace.

    `never`: at this pace the 28 days never hold so many.
    """

    what: str
    have: int
    need: int
    unit: str
    due: date | None
    sooner: Sooner | None = None
    never: bool = False


@dataclass(frozen=True)
class Calendar:
    """From what a date is forecast: the digest's window, when its first answer came (None: none did), and the share of
    drafts that two people review now."""

    window: Window
    began: datetime | None
    share: float

    def lacking(self, what: str, pairs: Sequence[Pair], *, need: int, unit: str) -> Suppressed:
        """A figure that rests on shared drafts and has too few."""
        came = [max(row.saved_at for row in answers) for answers in pairs]
        return replace(self.short(what, came, need=need, unit=unit, began=self.began), sooner=self._sooner(came, need))

    def short(self, what: str, came: Sequence[datetime], *, need: int, unit: str, began: datetime | None) -> Suppressed:
        """A figure that has too few, of which these moments tell; its pace is measured from when it `began`."""
        due = self._due(came, need, self._pace(came, began))
        never = due is None and self._pace(came, began) > 0
        return Suppressed(what, len(came), need, unit, due, never=never)

    def _pace(self, came: Sequence[datetime], began: datetime | None) -> float:
        """How many a day came in the last two weeks, or in the days since it began where they are fewer."""
        until = self.window.until
        lately = sum(moment >= until - PACE for moment in came)
        if lately == 0 or began is None:
            return 0.0
        return lately / ceil(min(PACE, max(SHORTEST, until - began)) / timedelta(days=1))

    def _due(self, came: Sequence[datetime], need: int, pace: float) -> date | None:
        """When the rest is there; None where the window never holds so many, for it lets go of as many as come."""
        window = self.window.until - self.window.since
        if pace * (window / timedelta(days=1)) < need:
            return None
        return self.window.date + timedelta(days=ceil((need - len(came)) / pace))

    def _sooner(self, came: Sequence[datetime], need: int) -> Sooner | None:
        """The next larger share that setup offers and that saves days."""
        pace = self._pace(came, self.began)
        due = self._due(came, need, pace)
        for larger in (share for share in SHARES if self.share > 0 and share > self.share + 1e-9):
            then = self._due(came, need, pace * larger / self.share)
            if then is not None and (due is None or due - then >= WORTH_SAYING):
                return Sooner(larger, then)
        return None
