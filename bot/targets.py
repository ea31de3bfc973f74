"""The mix of topics that a channel wishes for, as people write it: one topic a line, with its percentage."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

# A topic and its share, from 0 to 1 unless too much was asked for; without a share, the words of an unreadable line.
Target: TypeAlias = tuple[str, float | None]

OFF_BY = 1e-9  # by which shares that are exact in percent may miss their sum

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


def _target(line: str) -> Target:
    found = _PERCENT.search(line)
    topic = line[: found.start()].strip(" :/") if found else ""
    if found is None or not topic:
        return line, None
    return topic, float(Decimal(found[1].replace(",", ".")) / 100)


def _in_order(targets: Iterable[Target]) -> list[Target]:
    return sorted(targets, key=lambda one: (-(one[1] or 0), one[0]))
