"""What is not shown yet: what it has, what it needs, when that is due, and what would bring it sooner. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from bot.figures.rows import Pair, Window

ENOUGH_DRAFTS = 30
ENOUGH_POSITIVES = 5
PACE, SHORTEST = timedelta(days=14), timedelta(days=3)  # one busy day is no pace
SHARES = (0.1, 0.2, 0.4)  # that setup offers
WORTH_SAYING = timedelta(days=2)


@dataclass(frozen=True)
class Sooner:
    """What share of drafts, reviewed by two people, would have the figure ready when."""

    share: float
    due: date


@dataclass(frozen=True)
class Suppressed:
    """A figure that is not shown: what it has, what it needs, and when that is due at today's pace."""

    what: str
    have: int
    need: int
    unit: str
    due: date | None
    sooner: Sooner | None = None


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
        due = self.due(need - len(pairs), came, began=self.began)
        return Suppressed(what, len(pairs), need, unit, due, self._sooner(due))

    def due(self, lacking: int, came: Sequence[datetime], *, began: datetime | None) -> date | None:
        """When the rest is there, at the pace of the last two weeks, or of the days since it `began` where they are
        fewer; None where nothing came in lately."""
        until = self.window.until
        lately = sum(moment >= until - PACE for moment in came)
        if lately == 0 or began is None:
            return None
        days = ceil(min(PACE, max(SHORTEST, until - began)) / timedelta(days=1))
        return self.window.date + timedelta(days=ceil(lacking * days / lately))

    def _sooner(self, due: date | None) -> Sooner | None:
        """The next larger share that setup offers, where it saves days."""
        larger = next((share for share in SHARES if share > self.share + 1e-9), None)
        if due is None or larger is None or self.share <= 0:
            return None
        days = ceil((due - self.window.date).days * self.share / larger)
        then = self.window.date + timedelta(days=days)
        return Sooner(larger, then) if due - then >= WORTH_SAYING else None
