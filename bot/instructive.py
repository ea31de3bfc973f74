"""Which disputes teach a team most: those that a lead reads first. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from bot import words
from storage.words import Verdict

LONGEST_COMPARED = 4_000  # characters of a reply: a digest compares many


@dataclass(frozen=True)
class Said:
    """What one answer says of a draft."""

    verdict: str
    text: str | None
    escalation: str | None


@dataclass(frozen=True)
class Contested:
    """A draft in dispute with its answers."""

    draft: int
    topic: str
    answers: Sequence[Said]


def most_instructive(found: Sequence[Contested], *, most: int) -> list[int]:
    """The drafts whose answers lie furthest apart, the furthest first, of as many topics as can be.

    Whether a human must take over weighs more than whether the draft can be used at all, and that more than how
    unlike two replies are. Of equals the one that comes first in `found` does.
    """
    ranked = sorted(found, key=_apart, reverse=True)
    of_topic: dict[str, Contested] = {}
    for one in ranked:
        of_topic.setdefault(one.topic, one)
    first = list(of_topic.values())
    return [one.draft for one in [*first, *(one for one in ranked if one not in first)][:most]]


def _apart(one: Contested) -> float:
    return max((_distance(*pair) for pair in combinations(one.answers, 2)), default=0.0)


def _distance(one: Said, other: Said) -> float:
    escalation = bool(one.escalation) != bool(other.escalation)
    usable = (one.verdict == Verdict.REJECTED) != (other.verdict == Verdict.REJECTED)
    replies = [(said.text or "")[:LONGEST_COMPARED] for said in (one, other)]
    return 4 * escalation + 2 * usable + 1 - words.likeness(*replies)
