"""Week by week: what was answered in the periods before a digest, and what it says beside one another. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from bot.measures.estimates import Estimate, wilson
from storage.words import Verdict

WEEKS = 12  # that are compared
SHOWN = 4  # in the roll-up


class Tally(Protocol):
    """How many answers of one kind stand that were saved in one week; week 0 is the oldest."""

    @property
    def period(self) -> int: ...
    @property
    def model(self) -> str | None: ...
    @property
    def blank(self) -> bool: ...
    @property
    def in_slot(self) -> bool: ...
    @property
    def closed(self) -> bool: ...
    @property
    def verdict(self) -> str: ...
    @property
    def escalated(self) -> bool: ...
    @property
    def answers(self) -> int: ...


@dataclass(frozen=True)
class Week:
    """Monday to Sunday; `first` and `last` are its days."""

    first: date
    last: date
    labels: int
    settled: int
    approved: Estimate  # of the answers that judged a draft
    escalated: Estimate  # of all answers in slots


def ended(on: date) -> date:
    """The Monday with which the last whole week before a digest ended.

    Weeks that slide with the day would be judged five times each, and raise as many more false alarms.
    """
    return on - timedelta(days=on.weekday())


def roll_up(tallies: Iterable[Tally], settled: Sequence[int], *, on: date) -> list[Week]:
    """The last weeks before a Monday, `on`, the oldest first; `settled` counts gold by week."""
    by_week: list[list[Tally]] = [[] for _ in settled]
    for one in tallies:
        by_week[one.period].append(one)
    weeks = [
        _week(on - timedelta(days=7 * (len(settled) - place)), told, settled[place])
        for place, told in enumerate(by_week)
    ]
    return weeks[-SHOWN:]


def _week(first: date, told: Sequence[Tally], settled: int) -> Week:
    # A share of few answers would tell what one of them was to somebody who has to answer the same draft.
    in_slots = [one for one in told if one.in_slot and one.closed]
    judged = [one for one in in_slots if not one.blank and one.verdict != Verdict.NOT_JUDGED]
    approved = sum(one.answers for one in judged if one.verdict == Verdict.APPROVED)
    escalated = sum(one.answers for one in in_slots if one.escalated)
    return Week(
        first=first,
        last=first + timedelta(days=6),
        labels=sum(one.answers for one in told),
        settled=settled,
        approved=wilson(approved, sum(one.answers for one in judged)),
        escalated=wilson(escalated, sum(one.answers for one in in_slots)),
    )
