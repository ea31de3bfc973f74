"""Two things measured in turn, and how they compare."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from statistics import median, quantiles

Figures = dict[str, float]
Measure = Callable[[], Awaitable[Figures]]


@dataclass(frozen=True)
class Spread:
    """One figure over the rounds: medians of both sides, and first to second in each round."""

    first: float
    second: float
    least: float
    middle: float
    most: float


@dataclass
class Comparison:
    """What was measured of two things, round by round."""

    name: str
    sides: tuple[str, str]
    each: str  # what one round holds
    rounds: list[tuple[Figures, Figures]] = field(default_factory=list)

    def figures(self) -> dict[str, Spread]:
        return {name: self._spread(name) for name in self.rounds[0][0]}

    def _spread(self, name: str) -> Spread:
        first, second = ([sides[side][name] for sides in self.rounds] for side in (0, 1))
        ratios = [one / other for one, other in zip(first, second, strict=True)]
        return Spread(median(first), median(second), min(ratios), median(ratios), max(ratios))


async def in_turn(comparison: Comparison, first: Measure, second: Measure, *, rounds: int) -> Comparison:
    """First, second, first, second: what the machine does meanwhile meets both."""
    for _ in range(rounds):
        comparison.rounds.append((await first(), await second()))
    return comparison


def percentiles(times: list[float]) -> Figures:
    cuts = quantiles(times, n=100, method="inclusive")
    return {"p50 ms": cuts[49], "p95 ms": cuts[94], "p99 ms": cuts[98]}
