"""How evenly labels spread over their classes, and how far that is from what was wished. Pure.

Classes are those that could have been chosen, the ones that nobody chose with a count of 0. Wished shares go by the
same names; a class that one side does not name is empty there. Evenness, effective number, divergence and stability
describe the counts as they are; what lies beyond them is said by the shares with their intervals.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.measures import chi_square
from bot.measures.estimates import NOTHING_COUNTED, Estimate, wilson

Counts = Mapping[str, int]
Shares = Mapping[str, float]
Moved = Literal["no more than chance", "little", "some", "much"]

SOME, MUCH = 0.1, 0.25
OFF_BY = 1e-6  # wished shares are typed by people and stored as floats
ONE_CLASS = "one class only: there is nothing to spread over"


@dataclass(frozen=True)
class Description:
    """A property of `n` counted labels, or the reason why they have none."""

    value: float | None
    n: int
    reason: str | None = None


@dataclass(frozen=True)
class ClassShare:
    """A class with its share and Wilson's interval, beside the share that was wished, if any."""

    name: str
    count: int
    share: Estimate
    wished: float | None

    @property
    def off(self) -> bool:
        """Whether the wished share lies outside the interval."""
        low, high = self.share.low, self.share.high
        return self.wished is not None and low is not None and high is not None and not low <= self.wished <= high


@dataclass(frozen=True)
class Stability:
    """The population stability index, and what chance alone exceeds once in twenty times."""

    value: float | None
    by_chance: float | None
    n: int
    reason: str | None = None

    @property
    def reading(self) -> Moved | None:
        """The usual reading, .1 and .25, of what chance does not explain; None where there is no value."""
        if self.value is None or self.by_chance is None:
            return None
        if self.value <= self.by_chance:
            return "no more than chance"
        return "little" if self.value < SOME else "some" if self.value < MUCH else "much"


def shares(counts: Counts, wished: Shares | None = None) -> Sequence[ClassShare]:
    """Every class of either side with its share of all labels, in the order in which they are given."""
    total, aims = _total(counts), None if wished is None else _checked(wished)
    names = dict.fromkeys([*counts, *(aims or ())])
    return [_class_share(name, counts.get(name, 0), total, aims) for name in names]


def evenness(counts: Counts) -> Description:
    """Pielou's J, entropy over its most, H / ln(classes): 1 is even, 0 all in one (Pielou 1966).

    None where nothing was counted or there is one class only.
    """
    total = _total(counts)
    if total and len(counts) == 1:
        return Description(None, total, ONE_CLASS)
    return _described(total, lambda: _entropy(_portions(counts)) / math.log(len(counts)))


def effective_classes(counts: Counts) -> Description:
    """How many equally frequent classes would be as diverse, exp(H) with Shannon's entropy (Hill 1973, order 1)."""
    return _described(_total(counts), lambda: math.exp(_entropy(_portions(counts))))


def divergence(counts: Counts, wished: Shares) -> Description:
    """Jensen-Shannon divergence from the wished shares in bits, 0 for equal to 1 for disjoint ones (Lin 1991)."""
    aims = _checked(wished)

    def between() -> float:
        ours = _portions(counts)
        mean = {name: (ours.get(name, 0.0) + aims.get(name, 0.0)) / 2 for name in {*ours, *aims}}
        bits = (_entropy(mean) - (_entropy(ours) + _entropy(aims)) / 2) / math.log(2)
        return min(1.0, max(0.0, bits))

    return _described(_total(counts), between)


def stability(counts: Counts, wished: Shares) -> Stability:
    """The population stability index against wished shares: sum of (share - wished) ln(share / wished).

    Where a class is empty on one side, half a label is added to each class on both; the wished shares then count
    as that many labels. Unlike the bounds of the usual reading, what chance does depends on how much was counted:
    the index times n follows chi-square with one degree of freedom less than classes (Yurdakul 2018).
    """
    total = _total(counts)
    both = _both(counts, {name: part * total for name, part in _checked(wished).items()})
    if not total:
        return Stability(None, None, total, NOTHING_COUNTED)
    if len(both) == 1:
        return Stability(None, None, total, ONE_CLASS)
    half = 0.0 if all(map(all, both.values())) else 0.5
    ours = _portions({name: here + half for name, (here, _) in both.items()})
    theirs = _portions({name: wish + half for name, (_, wish) in both.items()})
    index = sum((ours[name] - theirs[name]) * math.log(ours[name] / theirs[name]) for name in both)
    return Stability(index, chi_square.exceeded_by_chance(0.05, len(both) - 1) / total, total)


def _both(counts: Counts, aims: Mapping[str, float]) -> dict[str, tuple[int, float]]:
    """What was counted beside what was wished of each class that is not empty on both sides."""
    sides = {name: (counts.get(name, 0), aims.get(name, 0.0)) for name in dict.fromkeys([*counts, *aims])}
    return {name: pair for name, pair in sides.items() if any(pair)}


def _class_share(name: str, count: int, total: int, wished: Shares | None) -> ClassShare:
    return ClassShare(name, count, wilson(count, total), None if wished is None else wished.get(name, 0.0))


def _described(total: int, figure: Callable[[], float]) -> Description:
    return Description(figure(), total) if total else Description(None, 0, NOTHING_COUNTED)


def _total(counts: Counts) -> int:
    if any(count < 0 for count in counts.values()):
        raise ValueError("a count below 0")
    return sum(counts.values())


def _checked(wished: Shares) -> Shares:
    if min(wished.values(), default=0) < 0 or abs(sum(wished.values()) - 1) > OFF_BY:
        raise ValueError(f"wished shares that are below 0 or do not sum to 1: {dict(wished)}")
    return wished


def _portions(counts: Mapping[str, float]) -> Shares:
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()}


def _entropy(portions: Shares) -> float:
    """Shannon's, in nats."""
    return -math.fsum(part * math.log(part) for part in portions.values() if part > 0)
