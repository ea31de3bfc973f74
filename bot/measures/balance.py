"""How evenly labels spread over their classes, and how far that is from what was wished or from before. Pure.

Classes are those that could have been chosen, the ones that nobody chose with a count of 0. Wished shares and
earlier counts go by the same names; a class that one side does not name is empty there. Evenness, effective
number, divergence and stability describe the counts as they are; what lies beyond them is said by the shares
with their intervals and by the test.
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
ONE_SIDE_EMPTY = "not enough data: one of the two sides is empty"


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
class Fit:
    """A chi-square test of counts against shares: `p` is the probability of at least this much by chance.

    Whatever is None has its reason.
    """

    statistic: float | None
    freedom: int
    p: float | None
    n: int
    reason: str | None = None


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
    total, aims = _total(counts), _checked(wished)
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


def divergence(counts: Counts, wished: Shares | None = None) -> Description:
    """Jensen-Shannon divergence in bits, 0 equal to 1 disjoint, from the wished shares or from even ones (Lin 1991)."""
    aims = _checked(wished)

    def between() -> float:
        ours, theirs = _portions(counts), aims or _even(counts)
        names = {*ours, *theirs}
        mean = {name: (ours.get(name, 0.0) + theirs.get(name, 0.0)) / 2 for name in names}
        bits = (_entropy(mean) - (_entropy(ours) + _entropy(theirs)) / 2) / math.log(2)
        return min(1.0, max(0.0, bits))

    return _described(_total(counts), between)


def fit(counts: Counts, wished: Shares | None = None) -> Fit:
    """Pearson's goodness of fit to the wished shares, or to even ones: sum of (counted - expected)^2 / expected.

    The statistic is None where something was counted of a class of which nothing was wished. There is no p where
    chi-square does not hold: an expectation below 1, or more than a fifth of them below 5 (Cochran 1954).
    """
    total = _total(counts)
    expected = {name: part * total for name, part in (_checked(wished) or _even(counts)).items() if part > 0}
    freedom = len(expected) - 1
    if reason := _unfit(counts, expected, total):
        return Fit(None, freedom, None, total, reason)
    statistic = sum((counts.get(name, 0) - part) ** 2 / part for name, part in expected.items())
    few = sum(part < 5 for part in expected.values())
    if min(expected.values()) < 1 or few > len(expected) / 5:
        reason = f"too few labels for this test: below 5 are expected of {few} of {len(expected)} classes"
        return Fit(statistic, freedom, None, total, reason)
    return Fit(statistic, freedom, chi_square.above(statistic, freedom), total)


def stability(counts: Counts, *, wished: Shares) -> Stability:
    """The population stability index against wished shares: sum of (share - wished) ln(share / wished).

    Where a class is empty on one side, half a label is added to each class on both; the wished shares then count
    as that many labels. Unlike the bounds of the usual reading, what chance does depends on how much was counted:
    the index times n follows chi-square with one degree of freedom less than classes (Yurdakul 2018).
    """
    total = _total(counts)
    aims = {name: part * total for name, part in (_checked(wished) or {}).items()}
    return _stability(counts, aims, 1 / total if total else 0)


def stability_over_time(counts: Counts, *, earlier: Counts) -> Stability:
    """The same against an earlier period: chance then moves both sides, by 1/n + 1/m for their n and m labels."""
    now, before = _total(counts), _total(earlier)
    return _stability(counts, earlier, 1 / now + 1 / before if now and before else 0)


def _stability(counts: Counts, base: Mapping[str, float], spread: float) -> Stability:
    total = _total(counts)
    names = [name for name in dict.fromkeys([*counts, *base]) if counts.get(name, 0) or base.get(name, 0)]
    if not total or not sum(base.values()):
        return Stability(None, None, total, ONE_SIDE_EMPTY)
    if len(names) == 1:
        return Stability(None, None, total, ONE_CLASS)
    half = 0.0 if all(counts.get(name, 0) and base.get(name, 0) for name in names) else 0.5
    ours = _portions({name: counts.get(name, 0) + half for name in names})
    theirs = _portions({name: base.get(name, 0) + half for name in names})
    index = sum((ours[name] - theirs[name]) * math.log(ours[name] / theirs[name]) for name in names)
    return Stability(index, chi_square.exceeded_by_chance(0.05, len(names) - 1) * spread, total)


def _unfit(counts: Counts, expected: Shares, total: int) -> str | None:
    """Why counts cannot be tested against what is expected."""
    if not total:
        return NOTHING_COUNTED
    if unwished := sorted(name for name, count in counts.items() if count and name not in expected):
        return f"no share is wished of {', '.join(unwished)}, yet it was chosen"
    return ONE_CLASS if len(expected) == 1 else None


def _class_share(name: str, count: int, total: int, wished: Shares | None) -> ClassShare:
    return ClassShare(name, count, wilson(count, total), None if wished is None else wished.get(name, 0.0))


def _described(total: int, figure: Callable[[], float]) -> Description:
    return Description(figure(), total) if total else Description(None, 0, NOTHING_COUNTED)


def _total(counts: Counts) -> int:
    if any(count < 0 for count in counts.values()):
        raise ValueError("a count below 0")
    return sum(counts.values())


def _checked(wished: Shares | None) -> Shares | None:
    if wished is not None and (min(wished.values(), default=0) < 0 or abs(sum(wished.values()) - 1) > OFF_BY):
        raise ValueError(f"wished shares that are below 0 or do not sum to 1: {dict(wished)}")
    return wished


def _even(counts: Counts) -> Shares:
    return {name: 1 / len(counts) for name in counts}


def _portions(counts: Mapping[str, float]) -> Shares:
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()}


def _entropy(portions: Shares) -> float:
    """Shannon's, in nats."""
    return -math.fsum(part * math.log(part) for part in portions.values() if part > 0)
