"""The chi-square distribution, exactly, for whole degrees of freedom. Pure."""

import math


def above(statistic: float, freedom: int) -> float:
    """The probability of at least this much by chance (Abramowitz & Stegun 1964, 26.4.4 and 26.4.5).

    A finite sum, so nothing is approximated; `freedom` is 1 or more, and 0 or less of a statistic is certain.
    """
    if freedom < 1:
        raise ValueError(f"{freedom} degrees of freedom")
    half, odd = statistic / 2, freedom % 2
    if half <= 0:
        return 1.0
    rest = math.erfc(math.sqrt(half)) if odd else 0.0
    powers = [place + odd / 2 for place in range((freedom - odd) // 2)]
    # In logarithms: a large power and a small exponential would each leave the range of a float.
    return min(1.0, rest + math.fsum(math.exp(k * math.log(half) - half - math.lgamma(k + 1)) for k in powers))


def exceeded_by_chance(probability: float, freedom: int) -> float:
    """The statistic that chance exceeds with this probability, strictly between 0 and 1."""
    if not 0 < probability < 1:
        raise ValueError(f"a probability of {probability}")
    low, high = 0.0, 1.0
    while above(high, freedom) > probability:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle, freedom) > probability else (low, middle)
    return (low + high) / 2
