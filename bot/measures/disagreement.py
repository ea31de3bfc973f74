"""Observed and expected disagreement, measure by measure. Pure.

Each takes how often each draw holds each pattern, (draws, patterns), as its last argument, and gives two arrays,
(draws,). Where the figure is undefined, the second is 0 or NaN.
"""

from collections.abc import Callable

import numpy as np

from bot.measures.patterns import Floats, Ints, Patterns
from bot.measures.scales import Scale, names

Disagreement = Callable[[Ints], tuple[Floats, Floats]]


def krippendorff(patterns: Patterns, scale: Scale, drawn: Ints) -> tuple[Floats, Floats]:
    """Expected: two labels drawn from all without replacement."""
    observed, pooled = scale(patterns, patterns.weighed(drawn))
    labels = drawn @ patterns.sizes
    return observed, pooled * labels / (labels - 1)


def fleiss(patterns: Patterns, drawn: Ints) -> tuple[Floats, Floats]:
    """Expected: two labels drawn from all with replacement."""
    return unlike_pairs(patterns, drawn)[0], names(patterns, patterns.weighed(drawn))[1]


def gwet(patterns: Patterns, alike: float, drawn: Ints) -> tuple[Floats, Floats]:
    """Expected: 1 - `alike` (sum of p (1 - p)), p the mean share of a class over units."""
    weights = patterns.weighed(drawn)
    portions = patterns.cell_counts / patterns.sizes[patterns.cell_patterns]
    shares = patterns.per_class(weights, portions) / weights.sum(axis=1, keepdims=True)
    return unlike_pairs(patterns, drawn)[0], 1 - alike * (shares * (1 - shares)).sum(axis=1)


def unlike_pairs(patterns: Patterns, drawn: Ints) -> tuple[Floats, Floats]:
    """Unlike pairs averaged over shared units, against 1: no correction for chance."""
    weights = patterns.weighed(drawn)
    observed = ratio(weights @ patterns.unlike, weights @ (patterns.sizes > 1))
    return observed, np.ones_like(observed)


def specific(yeses: Ints, sizes: Ints, weights: Floats, drawn: Ints) -> tuple[Floats, Floats]:
    """Pairs of which one says yes and the other does not, against all whose first says yes."""
    each = drawn * weights * yeses
    return each @ (sizes - yeses), each @ (sizes - 1)


def ratio(part: Floats, whole: Floats | Ints) -> Floats:
    """NaN where the whole is not positive."""
    shares: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return shares
