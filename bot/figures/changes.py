"""What changed by more than chance does: shares week by week on control charts, and one model version beside the one
before. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.figures.due import ENOUGH_DRAFTS
from bot.figures.quality import UNNAMED
from bot.figures.weeks import WEEKS, Tally
from bot.measures import control, power
from bot.measures.control import Direction, Point
from bot.measures.estimates import Estimate, wilson
from storage.words import Verdict

FRESH = 4  # weeks that are looked at for a creeping change; the ones before them are what is usual
MODELS = 3
WELL_KNOWN = 300  # answers, and no fewer than are judged: else the usual share is too unsure to add up from


@dataclass(frozen=True)
class Change:
    """A share now beside what it was, and which changes so many answers could have shown.

    `against` is the model version before; None: `weeks` earlier weeks of the same share. `creeping` is the way of a
    slow change that adds up to more than chance, `creeping_since` the first day of the week in which it began.
    """

    what: Literal["approved", "escalated"]
    model: str | None
    before: Estimate
    now: Estimate
    beyond_chance: bool
    weeks: int = 0
    against: str | None = None
    creeping: Direction | None = None
    creeping_since: date | None = None
    visible_fall: float | None = None
    visible_rise: float | None = None

    @property
    def alarming(self) -> bool:
        return self.beyond_chance or self.creeping is not None


def found(tallies: Iterable[Tally], *, on: date) -> list[Change]:
    """Every comparison that enough answers allow, whether or not it shows a change; alarms come first."""
    told = [one for one in tallies if one.in_slot and one.closed]
    judged = [one for one in told if not one.blank and one.verdict != Verdict.NOT_JUDGED]
    models = _by_answers(judged)
    changes = [_week("escalated", None, _points(told, escalated=True), on)]
    changes += [_week("approved", model, _points(_of(judged, model)), on) for model in models[:MODELS]]
    changes += [_version(judged, model) for model in models[:MODELS]]
    return sorted((one for one in changes if one is not None), key=lambda one: not one.alarming)


def _week(what: Literal["approved", "escalated"], model: str | None, points: list[Point], on: date) -> Change | None:
    """The newest week beside those before it."""
    *earlier, newest = points
    before = _sum(earlier)
    if min(before.n, newest.n) < ENOUGH_DRAFTS:
        return None
    way, since = _creeping(points, on)
    return _with_power(
        Change(
            what=what,
            model=model,
            before=_estimate(before),
            now=_estimate(newest),
            beyond_chance=_outside(before, newest),
            weeks=sum(point.n > 0 for point in earlier),
            creeping=way,
            creeping_since=since,
        )
    )


def _outside(before: Point, newest: Point) -> bool:
    """Whether one week lies beyond its limits; where none or all were so before there are none, and the
    intervals of both shares are compared instead."""
    share = _share(before)
    if not 0 < share < 1:
        return _disjoint(_estimate(before), _estimate(newest))
    # On fewer items the limits are too narrow: what is rare comes in ones and twos.
    if newest.n < control.items_per_point(share):
        return False
    return bool(control.p_chart([newest], share, of=before.n).outside)


def _disjoint(one: Estimate, other: Estimate) -> bool:
    assert one.low is not None
    assert one.high is not None
    assert other.low is not None
    assert other.high is not None
    return one.low > other.high or other.low > one.high


def _creeping(points: Sequence[Point], on: date) -> tuple[Direction | None, date | None]:
    """Which way the last weeks add up, and since when; None where nowhere, or where the usual share is not known."""
    usual, fresh = _sum(points[:-FRESH]), _sum(points[-FRESH:])
    if usual.n < max(WELL_KNOWN, fresh.n):
        return None, None
    chart = control.cusum(points[-FRESH:], _share(usual))
    # A change that the newest week does not bear out is over.
    goes_on = {"up": any(chart.up[-1:]), "down": any(chart.down[-1:])}
    for one in chart.signals:
        if goes_on[one.direction]:
            return one.direction, on - timedelta(weeks=FRESH - 1 - one.since)
    return None, None


def _version(judged: Sequence[Tally], model: str) -> Change | None:
    """A version that is new within the last weeks beside the one that had the most answers before it came."""
    first = min(one.period for one in _of(judged, model))
    if first < WEEKS - FRESH:
        return None
    earlier = [one for one in judged if one.period < first and _model(one) != model]
    if not earlier:
        return None
    previous = _by_answers(earlier)[0]
    before, now = (_estimate(_sum(_points(_of(judged, name)))) for name in (previous, model))
    if min(before.n, now.n) < ENOUGH_DRAFTS:
        return None
    return _with_power(Change("approved", model, before, now, _apart(before, now), against=previous))


def _apart(before: Estimate, now: Estimate) -> bool:
    """Whether the interval of the difference leaves out 0."""
    apart = power.difference(before, now)
    return apart.low is not None and apart.high is not None and not apart.low <= 0 <= apart.high


def _with_power(change: Change) -> Change:
    share = change.before.value
    assert share is not None
    before, now = change.before.n, change.now.n
    fall, rise = power.smallest_fall(share, before, now), power.smallest_rise(share, before, now)
    return Change(**{**vars(change), "visible_fall": fall, "visible_rise": rise})


def _points(tallies: Iterable[Tally], *, escalated: bool = False) -> list[Point]:
    """How many of the answers of each week were approvals, or escalated."""
    hits, all_ = [0] * WEEKS, [0] * WEEKS
    for one in tallies:
        all_[one.period] += one.answers
        hit = one.escalated if escalated else one.verdict == Verdict.APPROVED
        hits[one.period] += one.answers * hit
    return [Point(*counted) for counted in zip(hits, all_, strict=True)]


def _sum(points: Sequence[Point]) -> Point:
    return Point(sum(point.successes for point in points), sum(point.n for point in points))


def _share(point: Point) -> float:
    return point.successes / point.n


def _estimate(point: Point) -> Estimate:
    return wilson(point.successes, point.n)


def _of(tallies: Iterable[Tally], model: str) -> list[Tally]:
    return [one for one in tallies if _model(one) == model]


def _by_answers(tallies: Iterable[Tally]) -> list[str]:
    """Model versions, the most answered first."""
    counted: dict[str, int] = {}
    for one in tallies:
        counted[_model(one)] = counted.get(_model(one), 0) + one.answers
    return sorted(counted, key=lambda model: (-counted[model], model))


def _model(one: Tally) -> str:
    return one.model or UNNAMED
