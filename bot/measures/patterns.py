"""Labels counted by pattern, and figures resampled over them: the arithmetic under bot.measures.agreement. Pure.

Units with equal label multisets are one pattern, and a bootstrap draw over units is exactly one multinomial
over the patterns: its cost grows with the patterns, not with the units.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Units = Sequence[Sequence[str]]
Distance = Callable[[str, str], float]  # 0 for equal labels, at most 1, the same both ways
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# From weights, (draws, patterns), how often a draw holds a pattern, to observed and expected disagreement.
Disagreement = Callable[[Ints], tuple[Floats, Floats]]

_CELLS_AT_ONCE = 1 << 21


@dataclass(frozen=True)
class Patterns:
    """The distinct label multisets in a fixed order; `units`, `sizes` and `unlike` have one entry for each.

    `unlike` is the mean distance of a unit's pairs of labels: the share of pairs that differ, where labels are
    names. A cell is one class in one pattern with its count; cells are sorted by class, and `class_starts` says
    where each class begins. `apart` holds the distances between classes, in their order; None: they are names.
    """

    units: Ints
    sizes: Ints
    unlike: Floats
    cell_patterns: Ints
    cell_counts: Ints
    class_starts: Ints
    classes: frozenset[str]
    apart: Floats | None = None

    @property
    def shared(self) -> int:
        """How many units have two labels or more."""
        return int(self.units[self.sizes > 1].sum())

    def per_class(self, weights: Ints, cells: Ints | Floats) -> Floats:
        """For each draw the sum of `cells` over the patterns that hold a class, (draws, classes)."""
        weighted = weights[:, self.cell_patterns] * cells
        return np.add.reduceat(weighted.astype(np.float64), self.class_starts, axis=1)

    def pooled(self, weights: Ints) -> Floats:
        """For each draw the expected distance of two labels drawn with replacement from all of them, (draws,)."""
        labels: Floats = (weights @ self.sizes).astype(np.float64)
        counts = self.per_class(weights, self.cell_counts)
        if self.apart is None:
            unlike: Floats = labels**2 - (counts**2).sum(axis=1)
        else:
            unlike = ((counts @ self.apart) * counts).sum(axis=1)
        return unlike / labels**2


def compared(patterns: Patterns, distance: Distance) -> Patterns:
    """The patterns with their labels compared by a distance, not as names."""
    classes = sorted(patterns.classes)
    apart = np.array([[distance(one, other) for other in classes] for one in classes], dtype=np.float64)
    places = np.searchsorted(patterns.class_starts, np.arange(len(patterns.cell_counts)), side="right") - 1
    counts = np.zeros((len(patterns.sizes), len(classes)))
    counts[patterns.cell_patterns, places] = patterns.cell_counts
    pairs = patterns.sizes * (patterns.sizes - 1)
    unlike = ((counts @ apart) * counts).sum(axis=1) / np.maximum(pairs, 1)
    return replace(patterns, unlike=unlike, apart=apart)


def count_patterns(units: Units, *, fewest: int) -> Patterns:
    """Units with less than `fewest` labels are left out."""
    tally: Counter[tuple[str, ...]] = Counter()
    # Counting the tuples as they stand first leaves only the distinct ones to sort.
    for labels, n in Counter(map(tuple, units)).items():
        if len(labels) >= fewest:
            tally[tuple(sorted(labels))] += n
    # A fixed order of patterns makes a seed give the same draws whatever the order of units.
    multisets = sorted(tally)
    cells = sorted(
        (label, at, count) for at, labels in enumerate(multisets) for label, count in sorted(Counter(labels).items())
    )
    starts = [at for at, cell in enumerate(cells) if at == 0 or cell[0] != cells[at - 1][0]]
    sizes = np.array([len(labels) for labels in multisets], dtype=np.int64)
    where = np.array([at for _, at, _ in cells], dtype=np.int64)
    counts = np.array([count for _, _, count in cells], dtype=np.int64)
    pairs = sizes * (sizes - 1)
    alike = np.bincount(where, weights=counts * (counts - 1), minlength=len(sizes))
    return Patterns(
        units=np.array([tally[labels] for labels in multisets], dtype=np.int64),
        sizes=sizes,
        unlike=(pairs - alike) / np.maximum(pairs, 1),
        cell_patterns=where,
        cell_counts=counts,
        class_starts=np.array(starts, dtype=np.int64),
        classes=frozenset(cells[at][0] for at in starts),
    )


def bootstrap(units: Ints, disagreement: Disagreement, seed: int, draws: int) -> Floats:
    """One figure a draw, NaN where undefined; in batches, so that memory stays flat over many patterns."""
    generator = np.random.default_rng(seed)
    n, batch = int(units.sum()), max(1, _CELLS_AT_ONCE // len(units))
    return np.concatenate(
        [
            figures(disagreement, generator.multinomial(n, units / n, size=min(batch, draws - done)))
            for done in range(0, draws, batch)
        ]
    )


def figures(disagreement: Disagreement, weights: Ints) -> Floats:
    """1 - observed / expected for each draw, NaN where nothing was expected."""
    observed, expected = disagreement(weights)
    return 1 - ratio(observed, expected)


def ratio(part: Floats, whole: Floats | Ints) -> Floats:
    """NaN where the whole is not positive."""
    shares: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return shares
