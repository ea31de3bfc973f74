"""How far apart two sets of tags are. Pure."""

from collections.abc import Iterable

SEPARATOR = "|"


def written(tags: Iterable[str]) -> str:
    """A set of tags as one label: equal sets are written alike; the empty set is the empty string."""
    return SEPARATOR.join(sorted(set(tags)))


def masi(one: str, other: str) -> float:
    """MASI distance of two written sets, 0 to 1: 1 - Jaccard's index times monotonicity (Passonneau, LREC 2006).

    Monotonicity is 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, 0 where they share
    nothing. Two empty sets are equal.
    """
    a, b = _read(one), _read(other)
    if a == b:
        return 0.0
    common = len(a & b)
    if not common:
        return 1.0
    monotonicity = 2 / 3 if a <= b or b <= a else 1 / 3
    return 1 - monotonicity * common / len(a | b)


def jaccard(one: str, other: str) -> float:
    """Jaccard's distance of two written sets, 0 to 1: the share of their members that they do not have in common.

    Two empty sets are equal.
    """
    a, b = _read(one), _read(other)
    return 1 - len(a & b) / len(a | b) if a | b else 0.0


def _read(label: str) -> frozenset[str]:
    return frozenset(label.split(SEPARATOR)) if label else frozenset()
