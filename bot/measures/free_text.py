"""How far texts agree that different people wrote for the same item: KS, sigma and alpha. Pure; never NaN.

What two texts have in common by chance follows from no formula: texts of the same item are held against texts of
different items (Braylan, Alonso & Lease, WWW 2022, arXiv 2212.09503).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import numpy as np
from numpy.random import Generator

from bot.measures.agreement import DRAWS
from bot.measures.distances import characters_pairwise
from bot.measures.estimates import Estimate, mapped, wilson
from bot.measures.patterns import Floats, Ints, Units
from bot.measures.resampling import NOTHING_SHARED, UNDEFINED_SHARE, UNMOVED
from bot.measures.scales import Distance

MOST_WITHIN, MOST_BETWEEN = 20_000, 10_000  # distances; beyond it a random part of them is measured
# For each of the two kinds, in products of two texts' lengths: some six seconds.
MOST_WORK = 100_000_000_000
BY_CHANCE = 20  # one in so many

ONE_SHARED = "not enough data: only one item has two texts"
NO_VARIATION = "no variation: texts of different items do not differ"
TOO_LONG = "the texts are too long to be compared"
_CELLS_AT_ONCE = 1 << 17  # that stay near the processor


@dataclass(frozen=True)
class TextAgreement:
    """The three figures, and what they rest on.

    `pairs` of the `pairs_in_all` pairs of texts of one item were compared; `by_chance` of them look no more alike than
    texts of different items, of which `baseline` pairs were compared. `seed` drew both, and the intervals.
    """

    ks: Estimate
    sigma: Estimate
    alpha: Estimate
    pairs: int
    pairs_in_all: int
    by_chance: int
    baseline: int
    seed: int


def text_agreement(
    units: Units,
    *,
    seed: int,
    draws: int = DRAWS,
    distance: Distance | None = None,
    baseline: Sequence[float] | None = None,
) -> TextAgreement:
    """KS, sigma and alpha of the texts of each item, any number of texts an item; items with one text are ignored.

    With D_o the distances between texts of one item and D_e those between texts of different items:

    - ks: the most by which the share of D_o up to some distance exceeds that of D_e, 0 to 1 (the one-sided
      two-sample statistic of Kolmogorov and Smirnov);
    - sigma: the share of D_o that chance hardly ever comes as near as, 0 to 1: those d with P(D_e < d) below .05. P is
      the share among D_e, which needs no bandwidth; of those that equal d half are counted, as Braylan's smoothing
      with a symmetric kernel does, so that texts which are the same in many items are no agreement;
    - alpha: 1 - mean(D_o) / mean(D_e). This is Braylan's alpha, not Krippendorff's, who expects what *all* pairs differ
      by, those within items too.

    `distance` is 0 for equal texts, at most 1, the same both ways; without one it is Levenshtein's, in characters over
    the longer text. All pairs are compared, or a random part of them within MOST_WITHIN, MOST_BETWEEN and MOST_WORK.
    `baseline` are distances to take as D_e, which are not resampled.

    Intervals: percentile bootstrap over items, widened to hold the value where they would not; pairs of two copies of
    an item are in no draw's D_e. Where resampling sees no doubt, at 0 and at 1, Wilson's bounds for the share of items
    are carried over. In simulations of 30 to 100 items the interval of alpha held the true value in 90 to 94 % of the
    runs, that of ks, which comes out a little too high, in 80 to 90 %.

    All three are None, with a reason, under two shared items and where D_e is 0 throughout.
    """
    # A fixed order makes a seed give the same figures whatever the order of items.
    items = sorted(sorted(texts) for texts in units if len(texts) > 1)
    if len(items) < 2:
        return _none(ONE_SHARED if items else NOTHING_SHARED, len(items), seed)
    generator = np.random.default_rng(seed)
    within = _sampled(items, distance, generator, between=False)
    held_against = _sampled(items, distance, generator, between=True) if baseline is None else _given(baseline)
    if not (len(within.distances) and len(held_against.distances)):
        return _none(TOO_LONG, len(items), seed)
    if not held_against.distances.any():
        return _none(NO_VARIATION, len(items), seed)
    return _figured(_Sample(len(items), within, held_against), generator, draws, seed)


@dataclass(frozen=True)
class _Pairs:
    """Distances in rising order, and for each the items that it lies between: one, two, or none where it was given."""

    distances: Floats
    items: tuple[Ints, ...]
    in_all: int

    def counted(self, weights: Floats) -> Floats:
        """How often a draw holds a pair, (draws, pairs); `weights`, (draws, items), is how often it holds an item."""
        times = np.ones((len(weights), len(self.distances)))
        for items in self.items:
            times *= weights.take(items, axis=1)
        return times


@dataclass(frozen=True)
class _Sample:
    items: int
    within: _Pairs
    between: _Pairs

    def figures(self, weights: Floats) -> Floats:
        """ks, sigma and alpha of each draw, (3, draws); NaN where a draw has no pair of one kind, or no D_e above 0."""
        observed, expected = self.within.counted(weights), self.between.counted(weights)
        defined = (observed.sum(axis=1) > 0) & (expected @ self.between.distances > 0)
        figures = np.full((3, len(weights)), np.nan)
        figures[:, defined] = self._defined(observed[defined], expected[defined])
        return figures

    def _defined(self, observed: Floats, expected: Floats) -> Floats:
        risen, so_far = observed.cumsum(axis=1), expected.cumsum(axis=1)
        pairs, baseline = risen[:, -1:], so_far[:, -1:]
        below, upto = (self._expected(so_far, side) for side in ("left", "right"))
        # The largest gap lies at a distance within an item: only there does the first share rise.
        ks = (risen / pairs - upto / baseline).max(axis=1)
        # Counts are whole, so that exactly one in twenty is found to be that.
        sigma = (observed * ((below + upto) / 2 * BY_CHANCE < baseline)).sum(axis=1) / pairs[:, 0]
        apart = observed @ self.within.distances / pairs[:, 0]
        return np.array([ks, sigma, 1 - apart / (expected @ self.between.distances / baseline[:, 0])])

    def _expected(self, so_far: Floats, side: Literal["left", "right"]) -> Floats:
        """How many distances between items lie below each within one; with "right" those that equal it too."""
        places = np.searchsorted(self.between.distances, self.within.distances, side=side)
        return np.where(places > 0, so_far[:, places - 1], 0)

    def drawn(self, generator: Generator, draws: int) -> Floats:
        """The figures of `draws` resamples of the items, in batches, so that memory stays flat."""
        batch = max(1, _CELLS_AT_ONCE // (len(self.within.distances) + len(self.between.distances) + self.items))
        sizes = [min(batch, draws - done) for done in range(0, draws, batch)]
        return np.concatenate([self.figures(self._resampled(generator, size)) for size in sizes], axis=1)

    def _resampled(self, generator: Generator, draws: int) -> Floats:
        picked = generator.integers(self.items, size=(draws, self.items)) + self.items * np.arange(draws)[:, None]
        return np.bincount(picked.ravel(), minlength=draws * self.items).reshape(draws, self.items).astype(np.float64)


def _figured(sample: _Sample, generator: Generator, draws: int, seed: int) -> TextAgreement:
    values = sample.figures(np.ones((1, sample.items)))[:, 0]
    compared = len(np.unique(sample.within.items[0]))
    ks, sigma, alpha = map(_estimate, values.tolist(), sample.drawn(generator, draws), [compared] * 3)
    mean, pairs = float(sample.between.distances.mean()), len(sample.within.distances)
    return TextAgreement(
        ks=_at_the_edge(ks),
        sigma=_at_the_edge(sigma),
        alpha=_alpha_at_the_edge(alpha, sample.within.distances, mean),
        pairs=pairs,
        pairs_in_all=sample.within.in_all,
        by_chance=round((1 - float(values[1])) * pairs),
        baseline=len(sample.between.distances),
        seed=seed,
    )


def _sampled(
    items: Sequence[Sequence[str]], distance: Distance | None, generator: Generator, *, between: bool
) -> _Pairs:
    """Pairs of texts in random order, as many of them as the bounds allow."""
    texts = list(chain.from_iterable(items))
    sizes = np.array([len(one) for one in items])
    ends = np.repeat(sizes.cumsum(), sizes)  # where the texts of a text's item end
    # Each text has a partner in every later one of its item, or of the other items.
    first = ends if between else np.arange(1, len(texts) + 1)
    partners = (len(texts) if between else ends) - first
    so_far = partners.cumsum()
    in_all = int(so_far[-1])
    chosen = generator.choice(in_all, min(in_all, MOST_BETWEEN if between else MOST_WITHIN), replace=False)
    left = np.searchsorted(so_far, chosen, side="right")
    right = first[left] + chosen - (so_far - partners)[left]
    distances = _compared(texts, left, right, distance, close=not between)
    order = np.argsort(distances, kind="stable")
    item_of = np.repeat(np.arange(len(items)), sizes)
    sides = (left, right) if between else (left,)
    return _Pairs(distances[order], tuple(item_of[side[order]] for side in sides), in_all)


def _compared(texts: Sequence[str], left: Ints, right: Ints, distance: Distance | None, *, close: bool) -> Floats:
    """Distances of the first pairs, until the work is as much as it may be."""
    lengths = np.array([len(text) for text in texts], dtype=np.float64)
    products = lengths[left] * lengths[right]
    done, spent, distances = 0, 0.0, np.empty(0)
    while done < len(left):
        fit = done + int(np.searchsorted(products[done:].cumsum(), MOST_WORK - spent, side="right"))
        if fit == done:
            break
        ones, others = ([texts[text] for text in side[done:fit]] for side in (left, right))
        measured = _each(distance, ones, others) if distance else characters_pairwise(ones, others, close=close)
        # Close texts are compared near the diagonal alone.
        spent += float((np.minimum(0.03 + 4 * measured, 1) * products[done:fit]).sum())
        distances = np.concatenate([distances, measured])
        done = fit
    return distances


def _each(distance: Distance, ones: Sequence[str], others: Sequence[str]) -> Floats:
    return np.array([distance(one, other) for one, other in zip(ones, others, strict=True)])


def _given(baseline: Sequence[float]) -> _Pairs:
    return _Pairs(np.sort(np.asarray(baseline, dtype=np.float64)), (), len(baseline))


def _estimate(value: float, drawn: Floats, n: int) -> Estimate:
    defined = drawn[np.isfinite(drawn)]
    missing = 1 - len(defined) / len(drawn)
    if missing > UNDEFINED_SHARE:
        reason = f"no interval: too few items; {missing:.0%} of the resamples have no figure"
        return Estimate(value, None, None, n, reason)
    if defined.min() == defined.max():
        return Estimate(value, None, None, n, UNMOVED)
    low, high = np.percentile(defined, (2.5, 97.5))
    return Estimate(value, min(value, float(low)), max(value, float(high)), n, None)


def _at_the_edge(share: Estimate) -> Estimate:
    return wilson(int(share.value) * share.n, share.n) if share.value in (0.0, 1.0) else share


def _alpha_at_the_edge(alpha: Estimate, within: Floats, expected: float) -> Estimate:
    if not ((within == 0).all() or (within == 1).all()):
        return alpha
    agreeing = wilson(alpha.n if within[0] == 0 else 0, alpha.n)
    return mapped(agreeing, lambda share: max(-1.0, 1 - (1 - share) / expected))


def _none(reason: str, items: int, seed: int) -> TextAgreement:
    nothing = Estimate(None, None, None, items, reason)
    return TextAgreement(nothing, nothing, nothing, pairs=0, pairs_in_all=0, by_chance=0, baseline=0, seed=seed)
