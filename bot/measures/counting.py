"""Units counted by what they hold, from names or from numbers that stand for names. Pure."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np

from bot.measures.patterns import Floats, Ints, Tally, Units, Weights

Unit = TypeVar("Unit", bound=Hashable)
_EXACT = 2**53  # whole numbers up to here are exact as floats


@dataclass(frozen=True)
class Coded:
    """Units as two arrays of equal length: unit `units[i]`, counted from 0, got the label `classes[labels[i]]`.

    What takes units takes this too; many labels are counted several times as fast as from sequences of names.
    The classes are distinct; one that nobody chose changes nothing. Weights belong to units 0, 1, 2, ...
    """

    units: Ints
    labels: Ints
    classes: Sequence[str]


def tally(units: Units | Coded, weights: Weights | None = None, *, fewest: int = 1) -> Tally:
    """Units counted by their labels and weight; those with less than `fewest` labels are left out.

    Raises ValueError as `checked` does.
    """
    found = _of_codes(units, weights) if isinstance(units, Coded) else _of_names(units, weights)
    counted = Counter[tuple[tuple[str, ...], float]]()
    for (labels, weight), n in found:
        if len(labels) >= fewest:
            counted[tuple(sorted(labels)), weight] += n
    return counted


def weighed(units: Iterable[Unit], weights: Floats | None) -> Iterator[tuple[tuple[Unit, float], int]]:
    """The distinct units with their weights, and how often each occurs."""
    if weights is None:
        return (((unit, 1.0), n) for unit, n in Counter(units).items())
    return iter(Counter(zip(units, weights.tolist(), strict=True)).items())


def checked(weights: Weights | None, n: int) -> Floats | None:
    """None in place of weights that are all equal.

    Raises ValueError unless they are positive and finite, one for each of `n` units.
    """
    if weights is None:
        return None
    each = np.asarray(weights, dtype=np.float64)
    if len(each) != n:
        raise ValueError(f"{len(each)} weights for {n} units")
    if not (np.isfinite(each) & (each > 0)).all():
        raise ValueError("a unit's weight is a positive number")
    return None if (each == each[:1]).all() else each


def _of_names(units: Units, weights: Weights | None) -> Iterator[tuple[tuple[tuple[str, ...], float], int]]:
    # Counting the tuples as they stand leaves only the distinct ones to sort.
    return weighed(map(tuple, units), checked(weights, len(units)))


def _of_codes(coded: Coded, weights: Weights | None) -> Iterator[tuple[tuple[tuple[str, ...], float], int]]:
    sizes = np.bincount(coded.units, minlength=0 if weights is None else len(weights))
    each = checked(weights, len(sizes))
    levels, ranks = (np.ones(1), 0) if each is None else np.unique(each, return_inverse=True)
    base, width = int(sizes.max(initial=0)) + 1, len(coded.classes)
    if base**width * len(levels) > _EXACT:
        return weighed(_named(coded, sizes), each)
    # A unit's labels as one number, whose digit for a class says how often it was chosen: nothing is sorted.
    digits = base ** np.arange(width)
    marks = digits[coded.labels].astype(np.float64)
    multisets = np.bincount(coded.units, weights=marks, minlength=len(sizes)).astype(np.int64)
    found, counts = _distinct(multisets * len(levels) + ranks, base**width * len(levels))
    multisets, ranks = np.divmod(found, len(levels))
    chosen = multisets[:, np.newaxis] // digits % base
    labels = (
        tuple(name for name, times in zip(coded.classes, row, strict=True) for _ in range(times))
        for row in chosen.tolist()
    )
    return zip(zip(labels, levels[ranks].tolist(), strict=True), counts.tolist(), strict=True)


def _named(coded: Coded, sizes: Ints) -> Iterator[tuple[str, ...]]:
    labels = iter(coded.labels[np.argsort(coded.units, kind="stable")].tolist())
    return (tuple(coded.classes[label] for label in islice(labels, size)) for size in sizes.tolist())


def _distinct(keys: Ints, span: int) -> tuple[Ints, Ints]:
    """The distinct of the keys, which are below `span`, and how often each occurs."""
    if span > len(keys):
        found, counts = np.unique(keys, return_counts=True)
        return found, counts
    counts = np.bincount(keys)
    found = np.flatnonzero(counts)
    return found, counts[found]
