"""How much work it took to turn a draft into its final text, by two measures. Pure."""

from dataclasses import dataclass

from bot.measures.distances import chrf
from bot.measures.hter import hter


@dataclass(frozen=True)
class Measured:
    """HTER, and chrF from 0 to 100; where chrF is None, or moved words are left out of HTER, `reason` says why."""

    hter: float
    chrf: float | None
    reason: str | None


def measure(draft: str, final: str) -> Measured:
    """Can take most of a second, and is never asked for while somebody waits."""
    rate, score = hter(draft, final), chrf(draft, final)
    reasons = [f"{name}: {reason}" for name, reason in (("HTER", rate.reason), ("chrF", score.reason)) if reason]
    return Measured(rate.value, score.value, "; ".join(reasons) or None)
