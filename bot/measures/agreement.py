"""How far labels agree beyond chance, how sure that is, and what to call it. Pure; never NaN.

A unit is what was labelled (a draft) with the labels it got, one an annotator, in any order; units may
differ in size.

Every figure here is 1 - observed / expected disagreement. Another distance between labels is another function
from weights to these two; the intervals come from the same place.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from bot.measures.estimates import Estimate, mapped, unknown, wilson
from bot.measures.patterns import (
    Disagreement,
    Distance,
    Floats,
    Ints,
    Patterns,
    Units,
    bootstrap,
    compared,
    count_patterns,
    figures,
    ratio,
)

Reading = Literal["good", "at least moderate", "moderate at best", "poor", "cannot tell yet"]

DRAWS = 2000
UNDEFINED_SHARE = 0.05
RELIABLE, TENTATIVE = 0.800, 0.667

NOTHING_SHARED = "not enough data: nothing was labelled by two people"
NO_VARIATION = "no variation: every label is the same"
ALL_ALIKE = "no interval: every item shows the same mixture of labels"


@dataclass(frozen=True)
class PairCounts:
    """Units with exactly two labels, by how many of the two say yes."""

    both: int
    one: int
    none: int


def alpha(units: Units, *, seed: int, draws: int = DRAWS, distance: Distance | None = None) -> Estimate:
    """Krippendorff's alpha, any sizes (Krippendorff 2011); units with one label are ignored.

    Labels are compared as names, or by a distance that does not depend on how often each occurs.
    The interval is the percentile bootstrap over units, widened to hold the value where it would not.
    Resamples without variation are left out; beyond `UNDEFINED_SHARE` of them there is no interval.
    If every unit agrees wholly (or not at all) resampling sees no doubt: Wilson's bounds for the share of
    units that agree are carried over, expected disagreement held fixed.
    """
    patterns = count_patterns(units, fewest=2)
    if distance is not None and patterns.classes:
        patterns = compared(patterns, distance)
    return _chance_corrected(patterns, partial(_krippendorff, patterns), seed, draws)


def ac1(units: Units, *, classes: Sequence[str], seed: int, draws: int = DRAWS) -> Estimate:
    """Gwet's AC1 (Gwet 2008) over the classes that could have been chosen; interval as for alpha.

    Units with one label count for the shares of the classes and are resampled too; `n` counts the others.
    It is None where every label is the same, though the formula gives 1 there.

    Raises ValueError for a label outside `classes`.
    """
    patterns = count_patterns(units, fewest=1)
    if strangers := patterns.classes - set(classes):
        raise ValueError(f"labels outside the classes: {sorted(strangers)}")
    return _chance_corrected(patterns, partial(_gwet, patterns, len(set(classes))), seed, draws)


def fleiss(units: Units, *, seed: int, draws: int = DRAWS) -> Estimate:
    """Fleiss' kappa (Fleiss 1971), None where units differ in size; interval as for alpha."""
    patterns = count_patterns(units, fewest=1)
    if len(sizes := set(patterns.sizes.tolist())) > 1:
        reason = f"items have different numbers of labels, from {min(sizes)} to {max(sizes)}"
        return Estimate(None, None, None, patterns.shared, reason)
    return _chance_corrected(patterns, partial(_fleiss, patterns), seed, draws)


def percent(units: Units, *, seed: int, draws: int = DRAWS) -> Estimate:
    """The share of pairs of labels that are equal, averaged over units with two or more.

    Interval: Wilson's where each unit agrees wholly or not at all, as two labels do; else bootstrapped.
    """
    patterns = count_patterns(units, fewest=2)
    if not np.isin(patterns.unlike, (0, 1)).all():
        return _estimate(patterns.units, partial(_raw, patterns), seed, draws)
    agreeing = int(patterns.units[patterns.unlike == 0].sum())
    return wilson(agreeing, patterns.shared) if patterns.shared else unknown(NOTHING_SHARED)


def positive(units: Units, *, yes: str, seed: int, draws: int = DRAWS) -> Estimate:
    """Agreement on `yes`: of two labels one of which says yes, how often the other does, 2a / (2a + b + c).

    With more labels a unit it is the ratio of the sums of y(y-1) and y(m-1), y of m labels saying yes
    (specific agreement: Fleiss, Statistical Methods for Rates and Proportions, 1981). `n` counts the units
    with two or more labels of which at least one says yes.
    Interval: with two labels each, s = a / (a + b + c) is a plain share and the figure is 2s / (1 + s), so
    Wilson's bounds are carried over, as they are where the figure is 0 or 1; else bootstrapped.
    """
    tally = Counter((labels.count(yes), len(labels)) for labels in units if len(labels) > 1)
    said = sorted((yeses, size, n) for (yeses, size), n in tally.items() if yeses)
    if not tally:
        return unknown(NOTHING_SHARED)
    if not said:
        return unknown(f"nobody answered “{yes}” on anything labelled twice")
    wholly = sum(n for yeses, size, n in said if yeses == size)
    shared = sum(n for _, _, n in said)
    if wholly == shared or all(size == 2 for _, size, _ in said) or all(yeses == 1 for yeses, _, _ in said):
        return mapped(wilson(wholly, shared), lambda share: 2 * share / (1 + share))
    yeses, sizes, counts = np.array(said, dtype=np.int64).T
    return _estimate(counts, partial(_specific, yeses, sizes), seed, draws)


def pair_counts(units: Units, *, yes: str) -> PairCounts:
    """The counts behind `positive`; units with more or fewer than two labels are left out."""
    yeses = Counter(labels.count(yes) for labels in units if len(labels) == 2)
    return PairCounts(both=yeses[2], one=yeses[1], none=yeses[0])


def reading(estimate: Estimate) -> Reading:
    """What a lead may take from an alpha, by its interval and never by its value.

    The bounds are Krippendorff's: conclusions may rest on .800 and, tentatively, on .667. An interval that
    reaches from below .667 to .800 or beyond rules nothing out.
    """
    low, high = estimate.low, estimate.high
    if low is None or high is None:
        return "cannot tell yet"
    if low >= TENTATIVE:
        return "good" if low >= RELIABLE else "at least moderate"
    if high >= TENTATIVE:
        return "cannot tell yet" if high >= RELIABLE else "moderate at best"
    return "poor"


def _krippendorff(patterns: Patterns, weights: Ints) -> tuple[Floats, Floats]:
    labels = weights @ patterns.sizes
    observed: Floats = weights @ (patterns.unlike * patterns.sizes) / labels
    return observed, patterns.pooled(weights) * labels / (labels - 1)


def _fleiss(patterns: Patterns, weights: Ints) -> tuple[Floats, Floats]:
    return _raw(patterns, weights)[0], patterns.pooled(weights)


def _gwet(patterns: Patterns, classes: int, weights: Ints) -> tuple[Floats, Floats]:
    portions = patterns.cell_counts / patterns.sizes[patterns.cell_patterns]
    shares = patterns.per_class(weights, portions) / weights.sum(axis=1, keepdims=True)
    chance = (shares * (1 - shares)).sum(axis=1) / (classes - 1)
    return _raw(patterns, weights)[0], 1 - chance


def _raw(patterns: Patterns, weights: Ints) -> tuple[Floats, Floats]:
    """Unlike pairs averaged over shared units, against 1: no correction for chance."""
    observed = ratio(weights @ patterns.unlike, weights @ (patterns.sizes > 1))
    return observed, np.ones_like(observed)


def _specific(yeses: Ints, sizes: Ints, weights: Ints) -> tuple[Floats, Floats]:
    return (weights @ (yeses * (sizes - yeses))).astype(float), (weights @ (yeses * (sizes - 1))).astype(float)


def _chance_corrected(patterns: Patterns, disagreement: Disagreement, seed: int, draws: int) -> Estimate:
    shared = patterns.sizes > 1
    if not shared.any():
        return unknown(NOTHING_SHARED)
    if len(patterns.classes) == 1:
        return Estimate(None, None, None, patterns.shared, NO_VARIATION)
    unlike = patterns.unlike[shared]
    if (unlike == 0).all() or (unlike == 1).all():
        return _at_the_edge(patterns, disagreement)
    return replace(_estimate(patterns.units, disagreement, seed, draws), n=patterns.shared)


def _at_the_edge(patterns: Patterns, disagreement: Disagreement) -> Estimate:
    observed, expected = disagreement(patterns.units[np.newaxis])
    agreeing = wilson(patterns.shared if observed[0] == 0 else 0, patterns.shared)
    # No arrangement of labels puts these figures below -1.
    return mapped(agreeing, lambda share: max(-1.0, float(1 - (1 - share) / expected[0])))


def _estimate(units: Ints, disagreement: Disagreement, seed: int, draws: int) -> Estimate:
    n = int(units.sum())
    value = float(figures(disagreement, units[np.newaxis])[0])
    if len(units) == 1:
        return Estimate(value, None, None, n, ALL_ALIKE)
    drawn = bootstrap(units, disagreement, seed, draws)
    defined = drawn[np.isfinite(drawn)]
    missing = 1 - len(defined) / draws
    if missing > UNDEFINED_SHARE:
        reason = f"no interval: too few of the rarer labels; {missing:.0%} of the resamples show none"
        return Estimate(value, None, None, n, reason)
    low, high = np.percentile(defined, (2.5, 97.5))
    return Estimate(value, min(value, float(low)), max(value, float(high)), n, None)
