"""Whose answers count beside whose, and what a settled draft says of those who answered it."""

from dataclasses import dataclass

import pytest

from bot.beside import NO, NOTHING, YES, Beside, by_agent
from storage.words import Verdict
from tests.bot.said import UNTIL, WINDOW, Said

APPROVED, EDITED, REJECTED, NOT_JUDGED = Verdict
LEGAL = "legal threat"


@dataclass(frozen=True)
class Outcome:
    draft: int = 1
    verdict: str = APPROVED
    escalation: str | None = None
    by_lead: bool = False
    chosen: str | None = None


def two(draft: int, ana: Verdict, bea: Verdict, **bea_too: object) -> list[Said]:
    return [Said(draft, "ana", ana), Said(draft, "bea", bea, **bea_too)]  # type: ignore[arg-type]


def test_only_blind_verdicts_of_two_people_on_shared_drafts_are_compared() -> None:
    rows = [
        *two(1, APPROVED, APPROVED),
        *two(2, APPROVED, EDITED),
        *(Said(3, agent, shared=False) for agent in ("ana", "bea")),
        *two(4, APPROVED, APPROVED, exposed=True),
        *two(5, APPROVED, NOT_JUDGED),
        Said(6, "ana"),
        *two(7, APPROVED, APPROVED, in_slot=False),
        *two(8, APPROVED, APPROVED),
        Said(8, "bea", withdrawn=True),
    ]
    found = by_agent(rows, WINDOW.since)
    assert {agent: one.verdict for agent, one in found.items()} == {"ana": Beside(1, 2), "bea": Beside(1, 2)}
    assert by_agent([], WINDOW.since) == {}
    assert by_agent(rows, UNTIL) == {}


def test_on_when_to_escalate_only_what_somebody_escalated_is_compared() -> None:
    rows = [
        *two(1, APPROVED, APPROVED),
        *two(2, APPROVED, NOT_JUDGED, escalation=LEGAL),
        Said(3, "ana", escalation=LEGAL),
        Said(3, "bea", escalation="another reason"),
    ]
    assert by_agent(rows, WINDOW.since)["ana"].escalation == Beside(1, 2)


@pytest.mark.parametrize(
    ("said", "outcome", "stands"),
    [
        (Said(verdict=APPROVED), Outcome(verdict=APPROVED), True),
        (Said(verdict=APPROVED), Outcome(verdict=EDITED), True),  # the other's slight edit agreed enough
        (Said(verdict=APPROVED), Outcome(verdict=EDITED, by_lead=True), False),
        (Said(verdict=APPROVED), Outcome(verdict=APPROVED, by_lead=True), True),
        (Said(verdict=APPROVED), Outcome(verdict=APPROVED, escalation=LEGAL, by_lead=True), False),
        (Said(verdict=EDITED), Outcome(verdict=EDITED, by_lead=True, chosen="ana"), True),
        (Said(verdict=EDITED), Outcome(verdict=EDITED, by_lead=True, chosen="bea"), False),
        (Said(verdict=EDITED), Outcome(verdict=EDITED, by_lead=True), False),  # the lead wrote another one
        (Said(verdict=REJECTED), Outcome(verdict=REJECTED, by_lead=True, chosen="bea"), True),
        # Revised after an exposure: what was said blind counts, not what was agreed on later.
        (Said(verdict=REJECTED), Outcome(verdict=APPROVED), False),
        (Said(escalation=LEGAL), Outcome(escalation=None), False),
    ],
)
def test_an_answer_stands_or_was_settled_otherwise(said: Said, outcome: Outcome, stands: bool) -> None:
    found = by_agent([said, Said(agent="bea")], WINDOW.since, [outcome])["ana"]
    assert found.settled == Beside(int(stands), 1)
    assert found.by_lead == int(outcome.by_lead)


def test_what_was_settled_is_held_against_what_was_said() -> None:
    rows = [
        *two(1, APPROVED, EDITED),
        *two(2, APPROVED, REJECTED),
        *two(3, NOT_JUDGED, APPROVED),
        *two(4, APPROVED, APPROVED, escalation=LEGAL),
    ]
    outcomes = [
        Outcome(1, EDITED, by_lead=True, chosen="bea"),
        Outcome(2, REJECTED, by_lead=True, chosen="bea"),
        Outcome(3, APPROVED, by_lead=True, chosen="bea"),
        Outcome(4, APPROVED, escalation=LEGAL, by_lead=True, chosen="bea"),
    ]
    ana = by_agent(rows, WINDOW.since, outcomes)["ana"]
    assert ana.verdicts.counts == {(EDITED, APPROVED): 1, (REJECTED, APPROVED): 1, (APPROVED, APPROVED): 1}
    assert ana.escalations.counts == {(NO, NO): 3, (YES, NO): 1}
    assert ana.settled == Beside(0, 4)


def test_what_is_open_or_in_dispute_is_compared_with_no_outcome() -> None:
    ana = by_agent(two(1, APPROVED, REJECTED), WINDOW.since, [Outcome(2)])["ana"]
    assert (ana.verdict, ana.settled, ana.verdicts.n) == (Beside(0, 1), NOTHING, 0)


def test_where_one_of_two_had_seen_the_other_only_a_lead_can_tell_who_was_right() -> None:
    rows = two(1, APPROVED, APPROVED, exposed=True)
    assert by_agent(rows, WINDOW.since, [Outcome()]) == {}
    found = by_agent(rows, WINDOW.since, [Outcome(by_lead=True)])
    assert {agent: one.settled for agent, one in found.items()} == {"ana": Beside(1, 1)}
