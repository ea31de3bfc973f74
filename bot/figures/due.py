"""What is not shown yet: what it has, what it needs, when that is due, and what would bring it sooner. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from bot.figures.rows import Pair, Window

ENOUGH_DRAFTS = 30
ENOUGH_POSITIVES = 5
PACE = timedelta(days=14)
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
    """From what a date is forecast: the digest's window, and the share of drafts that two people review now."""

    window: Window
    share: float

    def lacking(self, what: str, pairs: Sequence[Pair], *, need: int, unit: str) -> Suppressed:
        """A figure that rests on shared drafts and has too few; due at the pace of the last two weeks."""
        since = self.window.until - PACE
        lately = sum(max(row.saved_at for row in answers) >= since for answers in pairs)
        due = self.forecast(need - len(pairs), lately)
        return Suppressed(what, len(pairs), need, unit, due, self._sooner(due))

    def forecast(self, lacking: int, lately: int) -> date | None:
        """When the rest is there; None where nothing came in lately."""
        if lately == 0:
            return None
        return self.window.date + timedelta(days=ceil(lacking * PACE.days / lately))

    def _sooner(self, due: date | None) -> Sooner | None:
        """The next larger share that setup offers, where it saves days."""
        larger = next((share for share in SHARES if share > self.share + 1e-9), None)
        if due is None or larger is None or self.share <= 0:
            return None
        days = ceil((due - self.window.date).days * self.share / larger)
        then = self.window.date + timedelta(days=days)
        return Sooner(larger, then) if due - then >= WORTH_SAYING else None
