"""What could have been seen: the smallest change at a volume, two shares compared, units for a wished interval. Pure.

Intervals are 95 %; half a width is half the distance between the bounds.
"""

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

from bot.measures.estimates import Estimate, unknown

_SURE = NormalDist().inv_cdf(0.975)
_LIKELY = NormalDist().inv_cdf(0.8)


def smallest_rise(share: float, n: int, then: int | None = None) -> float | None:
    """The share that a second period of `then` items (as many as the first, `n`, if not said) must reach to be told
    from `share` with 80 % power in a two-sided test at 5 %; None where even 1 is too close, or a period is empty.

    Cohen's effect size of two shares, 2 asin sqrt(p) - 2 asin sqrt(q), is normal with variance 1/n + 1/then
    (Cohen, Statistical Power Analysis for the Behavioral Sciences, 1988, chapter 6).
    """
    angle = _angle(share) + _apart(n, n if then is None else then)
    return math.sin(angle / 2) ** 2 if angle <= math.pi else None


def smallest_fall(share: float, n: int, then: int | None = None) -> float | None:
    """The same downwards; None where even 0 is too close, or a period is empty."""
    angle = _angle(share) - _apart(n, n if then is None else then)
    return math.sin(angle / 2) ** 2 if angle >= 0 else None


def difference(before: Estimate, now: Estimate) -> Estimate:
    """The share `now` less that `before`, two Wilson estimates of independent items, with the interval of Newcombe's
    method 10 (Newcombe 1998, Statistics in Medicine 17: 873-890).

    `n` counts the items of both. None, with the reason of the side that lacks one, where either has no value.
    """
    one, two = _whole(before), _whole(now)
    if one is None or two is None:
        return unknown((before if one is None else now).reason or "no interval to compare")
    apart = two.value - one.value
    down = math.hypot(two.value - two.low, one.high - one.value)
    up = math.hypot(two.high - two.value, one.value - one.low)
    return Estimate(apart, apart - down, apart + up, before.n + now.n, None)


def units_for_share(half_width: float, share: float = 0.5) -> int:
    """How many items give a share Wilson's interval of at most this half width; a half needs the most."""
    return _fewest(lambda n: _wilson_half_width(share, n), half_width)


def units_for(estimate: Estimate, half_width: float) -> int | None:
    """How many units in all an estimate needs for an interval of at most this half width, if they stay as mixed as
    those it rests on: widths shrink with the square root of the units. None where it has no interval.
    """
    whole = _whole(estimate)
    if whole is None:
        return None
    _check(half_width)
    return max(1, math.ceil(estimate.n * ((whole.high - whole.low) / 2 / half_width) ** 2))


@dataclass(frozen=True)
class _Whole:
    value: float
    low: float
    high: float


def _whole(one: Estimate) -> _Whole | None:
    if one.value is None or one.low is None or one.high is None:
        return None
    return _Whole(one.value, one.low, one.high)


def _angle(share: float) -> float:
    return 2 * math.asin(math.sqrt(share))


def _apart(n: int, then: int) -> float:
    """The effect size that is seen; the chance to see it in the wrong direction is left out, as is usual."""
    return (_SURE + _LIKELY) * math.sqrt(1 / n + 1 / then) if n and then else math.inf


def _wilson_half_width(share: float, n: int) -> float:
    square = _SURE**2
    return _SURE * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)


def _check(half_width: float) -> None:
    if half_width <= 0:
        raise ValueError(f"a half width of {half_width}")


def _fewest(width_at: Callable[[int], float], half_width: float) -> int:
    """The smallest n at which a width that falls with n is reached."""
    _check(half_width)
    high = 1
    while width_at(high) > half_width:
        high *= 2
    return bisect_left(range(high), -half_width, lo=max(1, high // 2), key=lambda n: -width_at(n))
