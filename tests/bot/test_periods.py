"""Weeks beside one another: what is counted, and what counts as a change."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest

from bot.figures import changes, weeks
from bot.figures.changes import Change
from storage.words import Verdict

ON = date(2026, 11, 23)
LAST = weeks.WEEKS - 1


@dataclass(frozen=True)
class Tally:
    period: int
    answers: int
    verdict: str = Verdict.APPROVED
    model: str | None = "one"
    blank: bool = False
    in_slot: bool = True
    closed: bool = True
    escalated: bool = False


def judged(period: int, approved: int, edited: int, *, model: str = "one") -> list[Tally]:
    both = [Tally(period, approved, model=model), Tally(period, edited, Verdict.EDITED, model=model)]
    return [one for one in both if one.answers]


def approvals(found: list[Change], model: str = "one", *, against: str | None = None) -> Change:
    return next(one for one in found if one.what == "approved" and one.model == model and one.against == against)


def steady(*, but: dict[int, tuple[int, int]] | None = None) -> list[Change]:
    """Sixty of a hundred approved each week, but for those named."""
    by_week = dict.fromkeys(range(weeks.WEEKS), (60, 40)) | (but or {})
    return changes.found([row for period, counts in by_week.items() for row in judged(period, *counts)], on=ON)


def test_a_week_is_counted_from_its_first_day_to_its_last() -> None:
    told = [Tally(LAST, 3), Tally(LAST, 2, Verdict.EDITED), Tally(LAST, 1, Verdict.NOT_JUDGED, escalated=True)]
    rolled = weeks.roll_up([*told, Tally(LAST - 1, 9)], [0] * LAST + [4], on=ON)
    assert len(rolled) == weeks.SHOWN
    newest = rolled[-1]
    assert (newest.first, newest.last) == (date(2026, 11, 16), date(2026, 11, 22))
    assert (newest.labels, newest.settled) == (6, 4)
    assert (newest.approved.value, newest.approved.n) == (3 / 5, 5)
    assert (newest.escalated.value, newest.escalated.n) == (1 / 6, 6)
    assert rolled[-2].labels == 9


@pytest.mark.parametrize("more", [{"in_slot": False}, {"blank": True}])
def test_what_judges_no_draft_is_work_and_no_approval(more: dict[str, bool]) -> None:
    odd = replace(Tally(LAST, 5), **more)  # type: ignore[arg-type]
    newest = weeks.roll_up([odd], [0] * weeks.WEEKS, on=ON)[-1]
    assert (newest.labels, newest.approved.value) == (5, None)


def test_no_weeks_are_no_roll_up() -> None:
    assert weeks.roll_up([], [], on=ON) == []


def test_weeks_alike_raise_no_alarm() -> None:
    found = steady()
    assert [one.alarming for one in found] == [False] * 2
    told = approvals(found)
    assert (told.before.value, told.before.n, told.now.n, told.weeks) == (0.6, 1_100, 100, 11)


def test_a_week_beyond_three_deviations_raises_an_alarm() -> None:
    """Of 100 answers at .6, known from 1,100, three standard deviations are 15.3."""
    assert not approvals(steady(but={LAST: (45, 55)})).beyond_chance
    fell = approvals(steady(but={LAST: (44, 56)}))
    assert fell.beyond_chance
    assert fell.now.value == 0.44


def test_a_share_that_creeps_is_found_by_adding_up_weeks_none_of_which_is_outside() -> None:
    low = dict.fromkeys(range(LAST - 3, weeks.WEEKS), (48, 52))
    crept = approvals(steady(but=low))
    assert not crept.beyond_chance
    assert crept.alarming
    assert crept.creeping_since == date(2026, 10, 26)


def test_a_share_that_came_back_creeps_no_more() -> None:
    low = dict.fromkeys(range(LAST - 3, LAST), (48, 52))
    assert not approvals(steady(but=low)).alarming


def test_a_change_says_what_so_many_answers_could_have_shown() -> None:
    told = approvals(steady())
    assert told.visible_fall is not None
    assert told.visible_rise is not None
    assert 0.4 < told.visible_fall < 0.5
    assert 0.7 < told.visible_rise < 0.8


def test_escalations_are_held_against_all_answers_in_slots() -> None:
    usual = [row for period in range(weeks.WEEKS) for row in (Tally(period, 98), Tally(period, 2, escalated=True))]
    more = [*usual, Tally(LAST, 10, Verdict.NOT_JUDGED, escalated=True)]
    told = next(one for one in changes.found(more, on=ON) if one.what == "escalated")
    assert (told.now.value, told.now.n) == (12 / 110, 110)
    assert told.beyond_chance
    assert not any(one.alarming for one in changes.found(usual, on=ON))


def test_a_rare_event_needs_more_answers_before_one_week_raises_an_alarm() -> None:
    usual = [row for period in range(LAST) for row in (Tally(period, 196), Tally(period, 4, escalated=True))]
    for others, alarm in ((91, False), (92, True)):  # below a tenth it takes a hundred answers
        newest = [Tally(LAST, others), Tally(LAST, 8, escalated=True)]
        told = next(one for one in changes.found([*usual, *newest], on=ON) if one.what == "escalated")
        assert (told.now.n, told.beyond_chance) == (others + 8, alarm)


def test_a_new_version_is_held_against_the_one_before_it() -> None:
    old = [row for period in range(LAST) for row in judged(period, 54, 46, model="one")]
    better = approvals(changes.found([*old, *judged(LAST, 75, 25, model="two")], on=ON), "two", against="one")
    assert (better.before.value, better.now.value, better.beyond_chance) == (0.54, 0.75, True)
    alike = approvals(changes.found([*old, *judged(LAST, 56, 44, model="two")], on=ON), "two", against="one")
    assert not alike.beyond_chance


def test_a_version_that_is_not_new_has_no_forerunner() -> None:
    rows = [
        row for period in range(weeks.WEEKS) for model in ("one", "two") for row in judged(period, 30, 20, model=model)
    ]
    assert all(one.against is None for one in changes.found(rows, on=ON))


def test_under_thirty_answers_on_either_side_nothing_is_compared() -> None:
    assert changes.found(judged(LAST, 29, 0) + judged(3, 100, 0), on=ON) == []
    assert changes.found(judged(LAST, 100, 0) + judged(3, 29, 0), on=ON) == []
    assert changes.found([], on=ON) == []


def test_where_all_were_approved_before_two_shares_are_compared() -> None:
    usual = [row for period in range(LAST) for row in judged(period, 50, 0)]
    for approved, alarm in ((50, False), (49, False), (40, True)):
        newest = judged(LAST, approved, 50 - approved)
        assert approvals(changes.found([*usual, *newest], on=ON)).beyond_chance == alarm


def test_answers_to_drafts_that_still_wait_for_one_are_in_no_share() -> None:
    """It would tell what was said to whoever has to answer the same draft."""
    waits = replace(Tally(LAST, 50), closed=False)
    newest = weeks.roll_up([waits], [0] * weeks.WEEKS, on=ON)[-1]
    assert (newest.labels, newest.approved.value, newest.escalated.value) == (50, None, None)
    assert changes.found([*judged(0, 50, 50), waits], on=ON) == []


def test_alarms_come_first() -> None:
    found = steady(but={LAST: (30, 70)})
    assert [one.alarming for one in found] == [True, False]


def steady_by_chance(chance: np.random.Generator, period: int, answers: int) -> list[Tally]:
    """A week of a channel in which nothing changes: six of ten approved, three of a hundred escalated."""
    approved, escalated = int(chance.binomial(answers, 0.6)), int(chance.binomial(answers, 0.03))
    told = [Tally(period, approved), Tally(period, answers - approved, Verdict.EDITED)]
    return told + [Tally(period, escalated, Verdict.NOT_JUDGED, escalated=True)] * bool(escalated)


@pytest.mark.parametrize(("answers", "known"), [(200, 12), (500, 5)])
def test_in_a_channel_in_which_nothing_changes_an_alarm_is_rare(answers: int, known: int) -> None:
    """Docs promise one to four in a hundred weeks, whatever is watched; twice as many fail here."""
    chance, runs = np.random.default_rng(1), 150
    alarms = 0
    for _ in range(runs):
        told = [steady_by_chance(chance, period, answers) for period in range(weeks.WEEKS - known, weeks.WEEKS)]
        alarms += any(one.alarming for one in changes.found([row for week in told for row in week], on=ON))
    assert alarms <= 0.08 * runs
