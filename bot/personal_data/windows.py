"""The few parts of a text that are worth a closer look: most texts have none, and then cost next to nothing."""

import re
from collections.abc import Callable, Iterator

_CLUSTER = re.compile(r"\d(?:[^\d\n]{0,3}\d){5,}")
_BEFORE, _AFTER = 14, 20


def digit_windows(text: str) -> Iterator[tuple[int, int]]:
    """Disjoint stretches around six or more digits that stand close together."""
    low = high = -1
    for cluster in _CLUSTER.finditer(text):
        start, end = max(0, cluster.start() - _BEFORE), min(len(text), cluster.end() + _AFTER)
        if start > high >= 0:
            yield low, high
        low, high = (start if start > high else low), end
    if high >= 0:
        yield low, high


def words(text: str, wanted: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Where the wanted words stand, between blanks. A word that holds a wanted one must be wanted itself."""
    at = 0
    for word in filter(wanted, text.split()):
        start = text.index(word, at)
        at = start + len(word)
        yield start, at


def lowered(text: str) -> str:
    """In lower case and of the same length."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(char.lower()[:1] for char in text)
