"""The mix of topics that a channel wishes for, as people write it: one topic a line, with its percentage."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

# A topic and its share, from 0 to 1 unless too much was asked for; without a share, the words of an unreadable line.
Target: TypeAlias = tuple[str, float | None]

OFF_BY = 1e-9  # by which shares that are exact in percent may miss their sum

_BETWEEN = re.compile("[/›]")  # in a path, and on a card
_PERCENT = re.compile(r"[: ]([0-9]{1,3}(?:[.,][0-9]{1,2})?) ?%?$")


def read(typed: str | None) -> list[Target]:
    """`billing 40`, `billing/refund: 12.5 %`: a path of topics, a space or a colon, a number, if need be its sign."""
    lines = [" ".join(line.split()) for line in (typed or "").splitlines()]
    return _in_order(_target(line) for line in lines if line)


def listed(targets: Mapping[str, float]) -> list[Target]:
    """What is stored, in the order in which it is read and shown: the largest share first."""
    return _in_order(targets.items())


def written(targets: Mapping[str, float]) -> str:
    """What is stored, as one would type it; `read` gives the same back."""
    return "\n".join(f"{topic} {in_percent(share or 0)}" for topic, share in listed(targets))


def in_percent(share: float) -> str:
    """`12.5` for 0.125, with two decimals at most."""
    return f"{share * 100:.2f}".rstrip("0").rstrip(".")


def total(targets: Sequence[Target]) -> float:
    """What all topics are to have together, 1 being everything."""
    return sum(share or 0 for _, share in targets)


def as_drafts_have_them(targets: Iterable[Target], topics: Iterable[str]) -> list[Target]:
    """Names with the letters of the drafts' own topics, where only those differ, or as a card shows them."""
    known: dict[str, str] = {}
    paths = set(_paths(topics))
    for path in sorted(paths):
        known.setdefault(_bare(path), path)
    return _in_order((topic if topic in paths else _nearest(topic, known), share) for topic, share in targets)


def of_no_draft(targets: Mapping[str, float], topics: Iterable[str]) -> list[str]:
    """Wished-for topics that no draft lies under."""
    known = set(_paths(topics))
    return [topic for topic, _ in listed(targets) if topic not in known]


def _paths(topics: Iterable[str]) -> Iterator[str]:
    """Each topic and all that it lies under."""
    for topic in topics:
        parts = topic.split("/")
        yield from ("/".join(parts[:end]) for end in range(1, len(parts) + 1))


def _nearest(topic: str, known: Mapping[str, str]) -> str:
    """The name with as much of it as the drafts have written as they do."""
    parts = [part.strip() for part in _BETWEEN.split(topic)]
    for end in range(len(parts), 0, -1):
        if (path := known.get(_bare("/".join(parts[:end])))) is not None:
            return "/".join([path, *parts[end:]])
    return topic


def _bare(path: str) -> str:
    """What is left of a path where letters' case and lines between words do not count."""
    return "/".join(part.strip().replace("_", " ").casefold() for part in _BETWEEN.split(path))


def _target(line: str) -> Target:
    found = _PERCENT.search(line)
    topic = line[: found.start()].strip(" :/") if found else ""
    if found is None or not topic:
        return line, None
    return topic, float(Decimal(found[1].replace(",", ".")) / 100)


def _in_order(targets: Iterable[Target]) -> list[Target]:
    return sorted(targets, key=lambda one: (-(one[1] or 0), one[0]))
