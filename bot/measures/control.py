"""Control charts of a share: whether it has moved, and since when. Pure.

A point counts how many of its items are so: of a week, or of as many items as `items_per_point` says. Never of a
burst: items that come together are alike, and a chart takes their likeness for a change (autocorrelation).
A p-chart is the simplest and good for large shifts, a CUSUM the fastest for small lasting ones (Neuburger et al.
2017, BMJ Quality & Safety 26: 919-928). The baseline is a share of earlier items, not of those on the chart.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bot.measures.patterns import Floats

Direction = Literal["up", "down"]

SIGMAS = 3.0
WEIGHT, WIDTH = 0.2, 2.86
ODDS_RATIO = 2.0
THRESHOLD = 4.5
NO_BASELINE = "the baseline is 0 or 1: what chance does to it cannot be said"
_PARTS = 200


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


def points_of(items: Iterable[bool], n: int) -> list[Point]:
    """Items in their order as points of `n`; those that do not fill a point wait for more."""
    if n < 1:
        raise ValueError(f"points of {n} items")
    said = list(items)
    return [Point(sum(said[start : start + n]), n) for start in range(0, len(said) - n + 1, n)]


def items_per_point(share: float) -> int:
    """How many items a point needs: 200 for shares below .02, 100 below .1, else 50 (Neuburger et al. 2017).

    It is the distance from the nearer end that counts: .97 is as rare as .03.
    """
    rare = round(min(share, 1 - share), 9)  # 1 - .9 is a little less than .1
    return 200 if rare < 0.02 else 100 if rare < 0.1 else 50


def p_chart(points: Sequence[Point], baseline: float) -> Chart:
    """Shares against baseline +- 3 sqrt(p (1 - p) / n), kept between 0 and 1 (Shewhart)."""
    if not 0 < baseline < 1:
        return Chart(baseline, (), (), (), NO_BASELINE)
    values = [point.successes / point.n if point.n else None for point in points]
    limits = [_around(baseline, SIGMAS * _deviation(baseline, point.n)) if point.n else None for point in points]
    return Chart(baseline, values, limits, _outside(values, limits))


def ewma(points: Sequence[Point], baseline: float, *, weight: float = WEIGHT, width: float = WIDTH) -> Chart:
    """Moving averages, each the point's share by `weight` and the one before by the rest, beginning at the baseline.

    The limits are baseline +- width sigma with sigma^2 = weight^2 p (1 - p) / n + (1 - weight)^2 (sigma^2 before),
    which for points of one size is the textbook's weight / (2 - weight) (1 - (1 - weight)^2t) (Roberts 1959). A
    point without items changes nothing and has no value.
    """
    if not 0 < baseline < 1:
        return Chart(baseline, (), (), (), NO_BASELINE)
    average, variance = baseline, 0.0
    values: list[float | None] = []
    limits: list[tuple[float, float] | None] = []
    for point in points:
        if point.n == 0:
            values.append(None)
            limits.append(None)
            continue
        average = weight * point.successes / point.n + (1 - weight) * average
        variance = (weight * _deviation(baseline, point.n)) ** 2 + (1 - weight) ** 2 * variance
        values.append(average)
        limits.append(_around(baseline, width * math.sqrt(variance)))
    return Chart(baseline, values, limits, _outside(values, limits))


def cusum(points: Sequence[Point], baseline: float, *, threshold: float = THRESHOLD) -> Cusum:
    """Log-likelihood sums for odds that have doubled (up) and halved (down); each begins anew at 0 once it signals.

    A point adds successes ln(R) - n ln(1 - p + R p), R being 2 or 1/2, and no sum falls below 0 (Steiner et al.
    2000, Biostatistics 1: 441-452). Where nothing has changed and points are as `items_per_point` says, one of the
    two passes the usual threshold once in 180 to 290 points, which is years of weeks; doubled odds are seen after 2
    to 7 points, halved ones after 2 to 15. `run_length` says it for other points and thresholds.
    """
    if not 0 < baseline < 1:
        return Cusum(baseline, threshold, (), (), (), NO_BASELINE)
    up, rises = _sums(points, baseline, "up", threshold)
    down, falls = _sums(points, baseline, "down", threshold)
    return Cusum(baseline, threshold, up, down, sorted([*rises, *falls], key=lambda one: one.at))


def run_length(
    baseline: float, n: int, direction: Direction, *, share: float | None = None, threshold: float = THRESHOLD
) -> float:
    """How many points of `n` items it takes on average until one sum signals, where the share is the baseline or, if
    given, `share`, both strictly between 0 and 1. By a Markov chain over the sum's values (Brook & Evans 1972,
    Biometrika 59: 539-549) in steps of a 200th of the threshold. Of two sums one signals after 1 / (1/up + 1/down).
    """
    chances = _binomial(n, baseline if share is None else share)
    steps = np.array([_score(Point(count, n), baseline, direction) for count in range(n + 1)])
    middles = np.concatenate([[0.0], (np.arange(_PARTS) + 0.5) * threshold / _PARTS])
    lands = np.floor((middles[:, np.newaxis] + steps) / threshold * _PARTS).astype(np.int64) + 1
    froms, count = np.nonzero(lands <= _PARTS)
    moves = np.zeros((len(middles), len(middles)))
    np.add.at(moves, (froms, np.maximum(lands[froms, count], 0)), chances[count])
    lengths = np.linalg.solve(np.eye(len(middles)) - moves, np.ones(len(middles)))
    return float(lengths[0])


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


def _deviation(share: float, n: int) -> float:
    return math.sqrt(share * (1 - share) / n)


def _around(centre: float, reach: float) -> tuple[float, float]:
    return max(0.0, centre - reach), min(1.0, centre + reach)


def _outside(values: Sequence[float | None], limits: Sequence[tuple[float, float] | None]) -> list[int]:
    return [
        place
        for place, (value, bounds) in enumerate(zip(values, limits, strict=True))
        if value is not None and bounds is not None and not bounds[0] <= value <= bounds[1]
    ]


def _binomial(n: int, share: float) -> Floats:
    """The probability of each number of successes, 0 to n."""
    ways = [math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(n + 1)]
    return np.array([math.exp(w + k * math.log(share) + (n - k) * math.log1p(-share)) for k, w in enumerate(ways)])
