"""How far apart two labels are: as names, as ranks, as numbers, or by a distance of one's own. Pure.

A scale turns what each pattern counts in each draw, (draws, patterns), into two mean distances, (draws,) each:
of the pairs of labels within units, a unit counting as often as it has labels; and of any two labels of the draw,
drawn with replacement. Both share a factor that a measure does not feel.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np

from bot.measures.patterns import Floats, Ints, Pairs, Patterns, Tally, patterns_of, summed

Distance = Callable[[str, str], float]  # 0 for equal labels, at most 1, the same both ways
Metric = Literal["nominal", "ordinal", "interval", "ratio"]
Scale = Callable[[Patterns, Ints | Floats], tuple[Floats, Floats]]


def names(patterns: Patterns, weights: Ints | Floats) -> tuple[Floats, Floats]:
    """Labels are equal or not."""
    labels, counts = _counted(patterns, weights)
    return _within(patterns, weights), (labels**2 - (counts**2).sum(axis=1)) / labels**2


def by_distance(patterns: Patterns, distance: Distance) -> tuple[Patterns, Scale]:
    """The scale of a distance, and the patterns with `unlike` by it."""
    classes = patterns.classes
    apart = np.array([[distance(one, other) for other in classes] for one in classes], dtype=np.float64)
    return _by_table(patterns, apart)


def by_metric(counted: Tally, metric: Metric, order: Sequence[str] | None) -> tuple[Patterns, Scale]:
    """The scale of one of Krippendorff's metrics, and the patterns with `unlike` by it.

    Labels that are the same number become one class. For `ratio` memory grows with the square of the number of
    classes, else it does not.

    Raises ValueError for a label that the metric cannot place.
    """
    if metric == "nominal":
        return patterns_of(counted), names
    values = _values({label for labels, _ in counted for label in labels}, metric, order)
    numbers = np.array(sorted(set(values.values())))
    patterns = patterns_of(_placed(counted, values))
    if metric == "ratio":
        both = numbers[:, np.newaxis] + numbers
        apart = np.divide(numbers[:, np.newaxis] - numbers, both, out=np.zeros_like(both), where=both > 0)
        return _by_table(patterns, apart**2)
    if metric == "interval":
        scaled = _unit(numbers)
        return _spread(patterns, scaled), partial(_numbers, scaled)
    ranks = _midranks(patterns.per_class(patterns.whole, patterns.cell_counts))
    return _spread(patterns, _unit(ranks[0])), partial(_ranks, patterns.pairs)


def _values(labels: Set[str], metric: Metric, order: Sequence[str] | None) -> dict[str, float]:
    if order is not None:
        return _in_order(labels, metric, order)
    values = {label: _number(label) for label in labels}
    if strangers := {label for label, value in values.items() if not math.isfinite(value)}:
        raise ValueError(f"labels that are no numbers: {sorted(strangers)}")
    if metric == "ratio" and (negative := {label for label, value in values.items() if value < 0}):
        raise ValueError(f"labels below zero, which the ratio metric cannot compare: {sorted(negative)}")
    return values


def _in_order(labels: Set[str], metric: Metric, order: Sequence[str]) -> dict[str, float]:
    if metric != "ordinal":
        raise ValueError(f"an order is of use to the ordinal metric, not to {metric}")
    if strangers := labels - set(order):
        raise ValueError(f"labels outside the order: {sorted(strangers)}")
    return {label: float(order.index(label)) for label in labels}


def _number(label: str) -> float:
    try:
        return float(label)
    except ValueError:
        return math.nan


def _placed(counted: Tally, values: Mapping[str, float]) -> Tally:
    """Each label named by the place of its number among all: "2" and "2.0" are one class, classes sort as numbers."""
    places = {value: f"{place:09}" for place, value in enumerate(sorted(set(values.values())))}
    placed = Counter[tuple[tuple[str, ...], float]]()
    for (labels, weight), n in counted.items():
        placed[tuple(sorted(places[values[label]] for label in labels)), weight] += n
    return placed


def typical(patterns: Patterns, scale: Scale) -> float:
    """The mean distance of two different labels of the table; NaN without variation."""
    apart, different = scale(patterns, patterns.whole)[1], names(patterns, patterns.whole)[1]
    return float(apart[0] / different[0]) if different[0] > 0 else math.nan


def _by_table(patterns: Patterns, apart: Floats) -> tuple[Patterns, Scale]:
    pairs = patterns.pairs
    return _apart(patterns, apart[pairs.ones, pairs.others]), partial(_distances, apart)


def _distances(apart: Floats, patterns: Patterns, weights: Ints | Floats) -> tuple[Floats, Floats]:
    labels, counts = _counted(patterns, weights)
    return _within(patterns, weights), ((counts @ apart) * counts).sum(axis=1) / labels**2


def _numbers(values: Floats, patterns: Patterns, weights: Ints | Floats) -> tuple[Floats, Floats]:
    labels, counts = _counted(patterns, weights)
    return _within(patterns, weights), _squares(values, labels, counts)


def _ranks(pairs: Pairs, patterns: Patterns, weights: Ints | Floats) -> tuple[Floats, Floats]:
    """Krippendorff's ordinal metric, which each draw's own labels decide.

    For classes c and k he squares the count of labels from c to k, less half of those at either end. With r(c) for
    the labels below c and half of those at c, that is the square of r(k) - r(c).
    """
    labels, counts = _counted(patterns, weights)
    ranks = _midranks(counts)
    beside = summed(weights, pairs.patterns, pairs.counts / (patterns.sizes[pairs.patterns] - 1), pairs.starts)
    apart = ranks[:, pairs.ones[pairs.starts]] - ranks[:, pairs.others[pairs.starts]]
    return (beside * apart**2).sum(axis=1) / labels, _squares(ranks, labels, counts)


def _midranks(counts: Floats) -> Floats:
    """As shares of a draw's labels, (draws, classes)."""
    ranks: Floats = (counts.cumsum(axis=1) - counts / 2) / counts.sum(axis=1, keepdims=True)
    return ranks


def _counted(patterns: Patterns, weights: Ints | Floats) -> tuple[Floats, Floats]:
    """The labels of each draw, (draws,), and of each class in it, (draws, classes)."""
    return (weights @ patterns.sizes).astype(np.float64), patterns.per_class(weights, patterns.cell_counts)


def _within(patterns: Patterns, weights: Ints | Floats) -> Floats:
    within: Floats = weights @ (patterns.unlike * patterns.sizes) / (weights @ patterns.sizes)
    return within


def _squares(values: Floats, labels: Floats, counts: Floats) -> Floats:
    """The mean squared difference of two values drawn with replacement: twice their variance."""
    means = (counts * values).sum(axis=1) / labels
    twice: Floats = 2 * (counts * (values - means[:, np.newaxis]) ** 2).sum(axis=1) / labels
    return twice


def _spread(patterns: Patterns, values: Floats) -> Patterns:
    pairs = patterns.pairs
    return _apart(patterns, (values[pairs.ones] - values[pairs.others]) ** 2)


def _apart(patterns: Patterns, distances: Floats) -> Patterns:
    pairs = patterns.pairs
    sums = np.bincount(pairs.patterns, weights=pairs.counts * distances, minlength=len(patterns.sizes))
    return replace(patterns, unlike=sums / np.maximum(patterns.sizes * (patterns.sizes - 1), 1))


def _unit(numbers: Floats) -> Floats:
    """From 0, the least, to 1, the greatest: `unlike` is 1 where nothing could be farther apart."""
    least, most = numbers.min(), numbers.max()
    return (numbers - least) / (most - least) if most > least else np.zeros_like(numbers)
