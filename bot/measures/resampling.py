"""Values and intervals from patterns: a bootstrap over units, and Wilson's bounds where that would see no doubt. Pure.

A bootstrap draw over units is exactly one multinomial over their patterns. A weight rides along with its unit.
"""

from dataclasses import replace

import numpy as np

from bot.measures.disagreement import Disagreement, ratio
from bot.measures.estimates import Estimate, mapped, share_of, unknown
from bot.measures.patterns import Floats, Ints, Patterns

UNDEFINED_SHARE = 0.05
NOTHING_SHARED = "not enough data: nothing was labelled by two people"
NO_VARIATION = "no variation: every label is the same"
ALL_ALIKE = "no interval: every item shows the same mixture of labels"
TOO_LARGE = "the numbers are too large to be compared"
UNMOVED = "no interval: every resample gives the same figure"

_CELLS_AT_ONCE = 1 << 21


def chance_corrected(
    patterns: Patterns, disagreement: Disagreement, seed: int, draws: int, *, typical: float = 1.0, width: int = 0
) -> Estimate:
    """1 - observed / expected disagreement with its interval, by the rules that `bot.measures.agreement` states.

    `typical` is the mean distance of two different labels, `width` the entries that a draw takes in memory where
    they are more than the patterns'.
    """
    shared = patterns.sizes > 1
    if not shared.any():
        return unknown(NOTHING_SHARED)
    if len(patterns.classes) == 1:
        return Estimate(None, None, None, patterns.shared, NO_VARIATION)
    unlike = patterns.unlike[shared]
    if (unlike == 0).all() or (unlike == 1).all():
        return _at_the_edge(patterns, disagreement, typical)
    return replace(
        estimate(patterns.units, disagreement, seed, draws, width=max(width, patterns.width)), n=patterns.shared
    )


def estimate(units: Ints, disagreement: Disagreement, seed: int, draws: int, *, width: int = 0) -> Estimate:
    """1 - observed / expected with its percentile bootstrap interval; `n` counts all units."""
    n = int(units.sum())
    value = float(_figures(disagreement, units[np.newaxis])[0])
    if not np.isfinite(value):
        return Estimate(None, None, None, n, TOO_LARGE)
    if len(units) == 1:
        return Estimate(value, None, None, n, ALL_ALIKE)
    drawn = _bootstrap(units, disagreement, seed, draws, max(width, len(units)))
    defined = drawn[np.isfinite(drawn)]
    missing = 1 - len(defined) / draws
    if missing > UNDEFINED_SHARE:
        reason = f"no interval: too few of the rarer labels; {missing:.0%} of the resamples show none"
        return Estimate(value, None, None, n, reason)
    if np.ptp(defined) < 1e-12:
        return Estimate(value, None, None, n, UNMOVED)
    low, high = np.percentile(defined, (2.5, 97.5))
    return Estimate(value, min(value, float(low)), max(value, float(high)), n, None)


def _at_the_edge(patterns: Patterns, disagreement: Disagreement, typical: float) -> Estimate:
    """All units agree wholly, or none in the least; one that did not would disagree as two different labels do."""
    observed, expected = disagreement(patterns.units[np.newaxis])
    slope = (observed[0] or typical) / expected[0]
    agreeing = share_of(0.0 if observed[0] else 1.0, patterns.shared, effective=patterns.effective)
    # Few of these figures can lie below -1 at all; a bound far out there would tell nothing.
    least = min(-1.0, 1 - observed[0] / expected[0])
    return mapped(agreeing, lambda share: max(least, float(1 - (1 - share) * slope)))


def _bootstrap(units: Ints, disagreement: Disagreement, seed: int, draws: int, width: int) -> Floats:
    """One figure a draw, NaN where undefined; in batches, so that memory stays flat."""
    generator = np.random.default_rng(seed)
    n, batch = int(units.sum()), max(1, _CELLS_AT_ONCE // width)
    return np.concatenate(
        [
            _figures(disagreement, generator.multinomial(n, units / n, size=min(batch, draws - done)))
            for done in range(0, draws, batch)
        ]
    )


def _figures(disagreement: Disagreement, drawn: Ints) -> Floats:
    observed, expected = disagreement(drawn)
    return 1 - ratio(observed, expected)
