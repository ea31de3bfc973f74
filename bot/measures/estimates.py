"""A figure with how sure it is. Nothing here is ever NaN."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

NOTHING_COUNTED = "not enough data: nothing was counted"


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; `n` counts the units it rests on.

    Whatever is None has its reason in `reason`, a sentence; a complete estimate has no reason.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    reason: str | None


def wilson(successes: int, n: int, *, level: float = 0.95) -> Estimate:
    """A share with Wilson's score interval (Wilson 1927); exact 0 and 1 stay in it."""
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}")
    if n == 0:
        return unknown(NOTHING_COUNTED)
    return share_of(successes / n, n, effective=n, level=level)


def share_of(share: float, n: int, *, effective: float, level: float = 0.95) -> Estimate:
    """A share of `n` weighted units, with Wilson's interval as if there were `effective` ones (more than 0)."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    scale = 1 + z * z / effective
    centre = (share + z * z / (2 * effective)) / scale
    reach = z * math.sqrt(share * (1 - share) / effective + z * z / (4 * effective**2)) / scale
    return Estimate(share, centre - reach if share > 0 else 0.0, centre + reach if share < 1 else 1.0, n, None)


def mapped(share: Estimate, figure: Callable[[float], float]) -> Estimate:
    """A rising function of a share, carried through to its bounds."""
    value, low, high = (None if part is None else figure(part) for part in (share.value, share.low, share.high))
    return Estimate(value, low, high, share.n, share.reason)


def unknown(reason: str) -> Estimate:
    """No figure, and why."""
    return Estimate(None, None, None, 0, reason)
