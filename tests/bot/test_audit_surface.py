"""The audit trail's window is one that Slack shows, whatever is written down."""

from datetime import UTC, datetime
from typing import Any

from bot.surfaces.audit import PAGE, Place, sentence, window
from sandbox.rules import view_body
from storage.models import Audit

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MANY = [f"person:{number}" for number in range(100, 400)]


def entry(before: list[str], after: list[str]) -> Audit:
    sides: list[dict[str, Any]] = [{"leads": who, "reviewers": who} for who in (before, after)]
    return Audit(id=1, at=NOW, who="person:1", channel="C0SUPPORT1", before=sides[0], after=sides[1])


def name(who: str) -> str:
    return f"<@U0{who.removeprefix('person:'):0>9}>"


def test_a_page_is_shown_however_many_people_its_entries_name() -> None:
    rows = [entry(before, after) for before in (MANY, MANY[50:], []) for after in (MANY, MANY[:250], [], MANY[:1])]
    view = view_body(window(rows[:PAGE], Place(), [], name))
    assert len(view["blocks"]) == len(rows) + 2


def test_of_many_people_those_are_told_who_were_added_and_removed() -> None:
    told = sentence(entry(MANY[:-1], MANY[2:]), name)
    added, gone, away = map(name, (MANY[-1], *MANY[:2]))
    assert f"set leads: added {added}, and removed {gone}, {away}; reviewers: added" in told
    assert f"set leads: removed {gone}, {away}; reviewers" in sentence(entry(MANY, MANY[2:]), name)


def test_of_more_people_than_can_be_told_the_rest_is_counted() -> None:
    told = sentence(entry([], MANY), name)
    assert f"set leads from nobody to {name(MANY[0])}, " in told
    assert "and 280 more; reviewers from everybody to" in told
    assert told.count("and 280 more") == 2


def test_few_people_are_told_as_they_were_and_as_they_are() -> None:
    told = sentence(entry(MANY[:2], MANY[:1]), name)
    assert f"set leads from {name(MANY[0])}, {name(MANY[1])} to {name(MANY[0])}; reviewers from" in told
