"""Labels counted by pattern: the arithmetic under the agreement measures. Pure.

Units with equal label multisets (and equal weights) are one pattern. Whatever is computed from units is computed
from patterns, for many resamples at once: its cost grows with the patterns, not with the units.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Units = Sequence[Sequence[str]]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Weights = Sequence[float] | Floats
# How many units hold these labels, sorted, with this weight.
Tally = Mapping[tuple[tuple[str, ...], float], int]


@dataclass(frozen=True)
class Patterns:
    """The distinct patterns in a fixed order; `units`, `sizes`, `unlike` and `weights` have one entry for each.

    `unlike` is the mean distance of a unit's pairs of labels, 0 to 1: the share of pairs that differ, where labels
    are names. `weights` is what a unit of the pattern counts; None: all count the same. A cell is one class in one
    pattern with its count; cells are sorted by class, and `class_starts` says where each class begins.
    """

    units: Ints
    sizes: Ints
    unlike: Floats
    weights: Floats | None
    cell_patterns: Ints
    cell_counts: Ints
    class_starts: Ints
    classes: tuple[str, ...]

    @property
    def shared(self) -> int:
        """How many units have two labels or more."""
        return int(self.units[self.sizes > 1].sum())

    @property
    def effective(self) -> float:
        """The units with two labels or more by `effective_number`."""
        shared = self.sizes > 1
        each = np.ones(len(self.units)) if self.weights is None else self.weights
        return effective_number(each[shared], self.units[shared])

    @cached_property
    def pairs(self) -> "Pairs":
        """What stands beside what; made when first asked for: labels compared as names need none."""
        return _pairs(self)

    @property
    def width(self) -> int:
        """The entries that one draw takes in memory."""
        return max(len(self.units), len(self.cell_counts))

    @property
    def whole(self) -> Ints | Floats:
        """What the units of each pattern count in the table itself, (1, patterns)."""
        return self.weighed(self.units[np.newaxis])

    def weighed(self, drawn: Ints) -> Ints | Floats:
        """What the units of each pattern count in each draw, (draws, patterns)."""
        return drawn if self.weights is None else drawn * self.weights

    def per_class(self, weights: Ints | Floats, cells: Ints | Floats) -> Floats:
        """For each draw the sum of `cells` over the patterns that hold a class, (draws, classes)."""
        return summed(weights, self.cell_patterns, cells, self.class_starts)


@dataclass(frozen=True)
class Pairs:
    """Each two different classes of one pattern, sorted by the two: the classes' places, and how often two labels of
    the pattern are one of each, in either order. `starts` says where each two classes begin."""

    patterns: Ints
    ones: Ints
    others: Ints
    counts: Ints
    starts: Ints


def effective_number(weights: Weights, counts: Sequence[int] | Ints | None = None) -> float:
    """How many equally weighted units would be as sure: (sum of w)^2 / sum of w^2 (Kish, Survey Sampling, 1965).

    `counts` says how many units have each weight; None: one each. 0 without units.
    """
    each = np.asarray(weights, dtype=np.float64)
    times = np.ones(len(each)) if counts is None else np.asarray(counts)
    squares = float(times @ each**2)
    return float(times @ each) ** 2 / squares if squares else 0.0


def patterns_of(counted: Tally) -> Patterns:
    """The patterns of a tally; weights that are all equal are no weights."""
    # A fixed order of patterns makes a seed give the same draws whatever the order of units.
    keys = sorted(counted)
    return make_patterns([labels for labels, _ in keys], [counted[key] for key in keys], [each for _, each in keys])


def make_patterns(multisets: Sequence[Sequence[str]], units: Sequence[int], weights: Sequence[float]) -> Patterns:
    """Patterns in the order given; equal ones are not joined."""
    cells = sorted(
        (label, at, count) for at, labels in enumerate(multisets) for label, count in Counter(labels).items()
    )
    starts = [at for at, cell in enumerate(cells) if at == 0 or cell[0] != cells[at - 1][0]]
    sizes = np.array([len(labels) for labels in multisets], dtype=np.int64)
    where = np.array([at for _, at, _ in cells], dtype=np.int64)
    counts = np.array([count for _, _, count in cells], dtype=np.int64)
    pairs = sizes * (sizes - 1)
    alike = np.bincount(where, weights=counts * (counts - 1), minlength=len(sizes))
    return Patterns(
        units=np.array(units, dtype=np.int64),
        sizes=sizes,
        unlike=(pairs - alike) / np.maximum(pairs, 1),
        weights=np.array(weights, dtype=np.float64) if len(set(weights)) > 1 else None,
        cell_patterns=where,
        cell_counts=counts,
        class_starts=np.array(starts, dtype=np.int64),
        classes=tuple(cells[at][0] for at in starts),
    )


def summed(weights: Ints | Floats, patterns: Ints, entries: Ints | Floats, starts: Ints) -> Floats:
    """Entries belong to patterns and are sorted by group: their weighted sums, (draws, groups)."""
    if not len(starts):
        return np.zeros((len(weights), 0))
    weighted = weights[:, patterns] * entries
    return np.add.reduceat(weighted.astype(np.float64, copy=False), starts, axis=1)


def _pairs(patterns: Patterns) -> Pairs:
    places = np.searchsorted(patterns.class_starts, np.arange(len(patterns.cell_counts)), side="right") - 1
    held: list[list[tuple[int, int]]] = [[] for _ in patterns.sizes]
    cells = zip(patterns.cell_patterns.tolist(), places.tolist(), patterns.cell_counts.tolist(), strict=True)
    for pattern, place, count in cells:
        held[pattern].append((place, count))
    found = sorted(
        (one, other, pattern, 2 * first * second)
        for pattern, classes in enumerate(held)
        for (one, first), (other, second) in combinations(classes, 2)
    )
    starts = [at for at, pair in enumerate(found) if at == 0 or pair[:2] != found[at - 1][:2]]
    ones, others, where, counts = np.array(found, dtype=np.int64).reshape(-1, 4).T
    return Pairs(where, ones, others, counts, np.array(starts, dtype=np.int64))
