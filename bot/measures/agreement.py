"""How far labels agree beyond chance, how sure that is, and what to call it. Pure; never NaN.

A unit is what was labelled (a draft) with the labels it got, one an annotator, in any order; units may
differ in size. Many labels are measured faster as `counting.Coded`. More figures: `kappas`.

Every chance-corrected figure is 1 - observed / expected disagreement, and they share these rules:

- Interval: the 2.5 and 97.5 percentiles of a bootstrap over units, widened to hold the value where it would not.
  Resamples without variation are left out; beyond `resampling.UNDEFINED_SHARE` of them there is no interval.
- If every unit agrees wholly (or not at all) resampling sees no doubt: Wilson's bounds for the share of units that
  agree are carried over, expected disagreement held fixed, two labels that differ being as far apart as they
  are on average.
- `weights`, one for each unit: a unit with weight w counts w times, in observed and in expected disagreement, as if
  the weights were scaled to sum to the number of units; give 1 / the probability that the unit was chosen and
  completed, so that each stratum has the share that it has among all. In a resample a weight stays with its
  unit. `n` and the correction for small samples count real labels. Wilson's bounds are those of
  `patterns.effective_number` units. Weights that are all equal change nothing, not even the interval.
- `n` counts the units with two labels or more; `value` is None where there is none, and where all labels are equal.

Raises ValueError for weights that are not positive and finite, or not one for each unit.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from bot.measures import disagreement
from bot.measures.counting import Coded, tally
from bot.measures.estimates import Estimate, mapped, share_of, unknown
from bot.measures.patterns import Patterns, Units, Weights, effective_number, patterns_of
from bot.measures.resampling import NOTHING_SHARED, chance_corrected, estimate
from bot.measures.scales import Distance, Metric, by_distance, by_metric, typical

Reading = Literal["good", "at least moderate", "moderate at best", "poor", "cannot tell yet"]

DRAWS = 2000
RELIABLE, TENTATIVE = 0.800, 0.667


@dataclass(frozen=True)
class PairCounts:
    """Units with exactly two labels, by how many of the two say yes."""

    both: int
    one: int
    none: int


def alpha(
    units: Units | Coded,
    *,
    seed: int,
    draws: int = DRAWS,
    metric: Metric = "nominal",
    order: Sequence[str] | None = None,
    distance: Distance | None = None,
    weights: Weights | None = None,
) -> Estimate:
    """Krippendorff's alpha, any sizes (Krippendorff 2011); units with one label are ignored.

    `metric` compares labels as names, or as numbers written as text ("2" and "2.0" are one class): `ordinal` by
    their ranks among all labels of the table (or resample), `interval` by (a - b)^2, `ratio` by ((a - b) / (a + b))^2.
    `order` names ordinal classes from low to high where they are no numbers. `distance` takes the metric's place; it
    may not depend on how often a label occurs.

    Weighted, with m labels in a unit: observed is the sum of w m (mean distance of the unit's pairs) / sum of w m;
    expected is that of two labels drawn from all, each with its unit's w, times n / (n - 1) with n real labels.
    Ranks, too, count a label w times.
    The metrics cannot give less than -1 + 2 / n (each is a squared Euclidean distance); a `distance` of one's own can.

    Raises ValueError for a label that the metric cannot place.
    """
    counted = tally(units, weights, fewest=2)
    if not counted:
        return unknown(NOTHING_SHARED)
    if distance is None:
        patterns, scale = by_metric(counted, metric, order)
    else:
        patterns, scale = by_distance(patterns_of(counted), distance)
    chance = partial(disagreement.krippendorff, patterns, scale)
    return chance_corrected(patterns, chance, seed, draws, typical=typical(patterns, scale))


def ac1(
    units: Units | Coded, *, classes: Sequence[str], seed: int, draws: int = DRAWS, weights: Weights | None = None
) -> Estimate:
    """Gwet's AC1 (Gwet 2008) over the classes that could have been chosen.

    Units with one label count for the shares of the classes and are resampled too. It is None where every label
    is the same, though the formula gives 1 there. Weighted, with m labels in a unit, each of them counts w / m of
    sum of w for its class; observed is the sum of w (share of the unit's pairs that differ) / sum of w, over units
    with two labels or more. Not less than -1.

    Raises ValueError for a label outside `classes`.
    """
    patterns = patterns_of(tally(units, weights))
    check_classes(patterns, classes)
    chance = partial(disagreement.gwet, patterns, 1 / max(len(set(classes)) - 1, 1))
    return chance_corrected(patterns, chance, seed, draws)


def fleiss(units: Units | Coded, *, seed: int, draws: int = DRAWS, weights: Weights | None = None) -> Estimate:
    """Fleiss' kappa (Fleiss 1971), None where units differ in size; of two labels each, Scott's pi (Scott 1955)."""
    patterns = patterns_of(tally(units, weights))
    if len(sizes := set(patterns.sizes.tolist())) > 1:
        reason = f"items have different numbers of labels, from {min(sizes)} to {max(sizes)}"
        return Estimate(None, None, None, patterns.shared, reason)
    return chance_corrected(patterns, partial(disagreement.fleiss, patterns), seed, draws)


def percent(units: Units | Coded, *, seed: int, draws: int = DRAWS, weights: Weights | None = None) -> Estimate:
    """The share of pairs of labels that are equal, averaged over units with two or more, each counting its weight.

    Interval: Wilson's where each unit agrees wholly or not at all, as two labels do; else bootstrapped.
    """
    patterns = patterns_of(tally(units, weights, fewest=2))
    if not np.isin(patterns.unlike, (0, 1)).all():
        return estimate(patterns.units, partial(disagreement.unlike_pairs, patterns), seed, draws)
    if not patterns.shared:
        return unknown(NOTHING_SHARED)
    agreeing = float(np.average(patterns.unlike == 0, weights=patterns.whole[0]))
    return share_of(agreeing, patterns.shared, effective=patterns.effective)


def positive(
    units: Units | Coded, *, yes: str, seed: int, draws: int = DRAWS, weights: Weights | None = None
) -> Estimate:
    """Agreement on `yes`: of two labels one of which says yes, how often the other does, 2a / (2a + b + c).

    With more labels a unit it is the ratio of the sums of w y (y - 1) and w y (m - 1), y of m labels saying yes
    (specific agreement: Fleiss, Statistical Methods for Rates and Proportions, 1981). `n` counts the units
    with two or more labels of which at least one says yes.
    Interval: with two labels each, s = a / (a + b + c) is a plain share and the figure is 2s / (1 + s), so
    Wilson's bounds are carried over, as they are where the figure is 0 or 1; else bootstrapped.
    """
    counted = tally(units, weights, fewest=2)
    if not counted:
        return unknown(NOTHING_SHARED)
    said = Counter[tuple[int, int, float]]()
    for (labels, weight), n in counted.items():
        if yeses := labels.count(yes):
            said[yeses, len(labels), weight] += n
    if not said:
        return unknown(f"nobody answered “{yes}” on anything labelled twice")
    return _specific(said, seed, draws)


def pair_counts(units: Units | Coded, *, yes: str) -> PairCounts:
    """The counts behind `positive`, without weights; units with more or fewer than two labels are left out."""
    yeses = Counter[int]()
    for (labels, _), n in tally(units, fewest=2).items():
        if len(labels) == 2:
            yeses[labels.count(yes)] += n
    return PairCounts(both=yeses[2], one=yeses[1], none=yeses[0])


def reading(estimate: Estimate) -> Reading:
    """What a lead may take from an alpha, by its interval and never by its value.

    The bounds are Krippendorff's: conclusions may rest on .800 and, tentatively, on .667. An interval that
    reaches from below .667 to .800 or beyond rules nothing out. Three digits count, those that are shown.
    """
    if estimate.low is None or estimate.high is None:
        return "cannot tell yet"
    low, high = round(estimate.low, 3), round(estimate.high, 3)
    if low >= TENTATIVE:
        return "good" if low >= RELIABLE else "at least moderate"
    if high >= TENTATIVE:
        return "cannot tell yet" if high >= RELIABLE else "moderate at best"
    return "poor"


def check_classes(patterns: Patterns, classes: Sequence[str]) -> None:
    """Raises ValueError for a label outside the classes."""
    if strangers := set(patterns.classes) - set(classes):
        raise ValueError(f"labels outside the classes: {sorted(strangers)}")


def _specific(said: Counter[tuple[int, int, float]], seed: int, draws: int) -> Estimate:
    """From how many units have so many yeses among so many labels, and such a weight."""
    keys = sorted(said)
    counts, each = np.array([said[key] for key in keys]), np.array([weight for _, _, weight in keys])
    yeses, sizes = np.array([key[:2] for key in keys]).T
    wholly = yeses == sizes
    if wholly.all() or (sizes == 2).all() or (yeses == 1).all():
        share = float(np.average(wholly, weights=counts * each))
        plain = share_of(share, int(counts.sum()), effective=effective_number(each, counts))
        return mapped(plain, lambda share: 2 * share / (1 + share))
    return estimate(counts, partial(disagreement.specific, yeses, sizes, each), seed, draws)
