"""Control charts of a share: whether it has moved, and since when. Pure.

A point counts how many of its items are so: of a week, or of 200 items for shares below .02 (or above .98), of 100
below .1, else of 50. Never of a burst: items that come together are alike, and a chart takes their likeness for a
change (autocorrelation). A p-chart is the simplest and good for large shifts, a CUSUM the fastest for small lasting
ones (Neuburger et al. 2017, BMJ Quality & Safety 26: 919-928). The baseline is a share of earlier items, not of those
on the chart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Direction = Literal["up", "down"]

SIGMAS = 3.0
ODDS_RATIO = 2.0
THRESHOLD = 4.5
NO_BASELINE = "the baseline is 0 or 1: what chance does to it cannot be said"


@dataclass(frozen=True)
class Point:
    """How many of `n` items are so."""

    successes: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= self.n:
            raise ValueError(f"{self.successes} of {self.n}")


@dataclass(frozen=True)
class Chart:
    """What is drawn for each point and the limits that chance keeps it within; None for a point without items.

    `outside` holds the places of the points beyond their limits. Without a chart there is a reason.
    """

    centre: float
    values: Sequence[float | None]
    limits: Sequence[tuple[float, float] | None]
    outside: Sequence[int]
    reason: str | None = None


@dataclass(frozen=True)
class Signal:
    """A CUSUM has passed its threshold at the point of this place; the move began right after `since`."""

    at: int
    direction: Direction
    since: int  # the last point at which this sum was 0; -1: it never was


@dataclass(frozen=True)
class Cusum:
    """Both sums at each point, and where they signalled. Without a chart there is a reason."""

    centre: float
    threshold: float
    up: Sequence[float]
    down: Sequence[float]
    signals: Sequence[Signal]
    reason: str | None = None


def items_per_point(share: float) -> int:
    """How many items a point needs: 200 for shares below .02, 100 below .1, else 50 (Neuburger et al. 2017).

    It is the distance from the nearer end that counts: .97 is as rare as .03.
    """
    rare = round(min(share, 1 - share), 9)
    return 200 if rare < 0.02 else 100 if rare < 0.1 else 50


def p_chart(points: Sequence[Point], baseline: float, *, of: int | None = None) -> Chart:
    """Shares against baseline +- 3 sqrt(p (1 - p) / n), kept between 0 and 1 (Shewhart).

    `of`: the baseline is itself a share of so many items, and how unsure it is widens the limits: 1/n + 1/of for 1/n.
    """
    if not 0 < baseline < 1:
        return Chart(baseline, (), (), (), NO_BASELINE)
    values = [point.successes / point.n if point.n else None for point in points]
    doubt = [SIGMAS * _deviation(baseline, _both(point.n, of)) if point.n else None for point in points]
    limits = [None if reach is None else _around(baseline, reach) for reach in doubt]
    return Chart(baseline, values, limits, _outside(values, limits))


def cusum(points: Sequence[Point], baseline: float, *, threshold: float = THRESHOLD) -> Cusum:
    """Log-likelihood sums for odds that have doubled (up) and halved (down); each begins anew at 0 once it signals.

    A point adds successes ln(R) - n ln(1 - p + R p), R being 2 or 1/2, and no sum falls below 0 (Steiner et al.
    2000, Biostatistics 1: 441-452). Where nothing has changed and points are as large as stated above, one of the
    two passes the usual threshold once in 180 to 290 points, which is years of weeks; doubled odds are seen after 2
    to 7 points, halved ones after 2 to 15.
    """
    if not 0 < baseline < 1:
        return Cusum(baseline, threshold, (), (), (), NO_BASELINE)
    up, rises = _sums(points, baseline, "up", threshold)
    down, falls = _sums(points, baseline, "down", threshold)
    return Cusum(baseline, threshold, up, down, sorted([*rises, *falls], key=lambda one: one.at))


def _sums(
    points: Sequence[Point], baseline: float, direction: Direction, threshold: float
) -> tuple[list[float], list[Signal]]:
    total, since = 0.0, -1
    sums: list[float] = []
    signals: list[Signal] = []
    for at, point in enumerate(points):
        total = max(0.0, total + _score(point, baseline, direction))
        sums.append(total)
        if total > threshold:
            signals.append(Signal(at, direction, since))
            total = 0.0
        if total == 0:
            since = at
    return sums, signals


def _score(point: Point, baseline: float, direction: Direction) -> float:
    odds = ODDS_RATIO if direction == "up" else 1 / ODDS_RATIO
    return point.successes * math.log(odds) - point.n * math.log(1 - baseline + odds * baseline)


def _both(n: int, of: int | None) -> float:
    """How many items of a known baseline leave as much doubt."""
    return n if of is None else 1 / (1 / n + 1 / of)


def _deviation(share: float, n: float) -> float:
    return math.sqrt(share * (1 - share) / n)


def _around(centre: float, reach: float) -> tuple[float, float]:
    return max(0.0, centre - reach), min(1.0, centre + reach)


def _outside(values: Sequence[float | None], limits: Sequence[tuple[float, float] | None]) -> list[int]:
    return [
        place
        for place, (value, bounds) in enumerate(zip(values, limits, strict=True))
        if value is not None and bounds is not None and not bounds[0] <= value <= bounds[1]
    ]
