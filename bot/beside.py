"""One agent's blind answers beside the other's, and beside what was settled: for the agent, and for leads. Pure.

No estimate stands alone, and nothing here puts people in an order.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.figures.due import ENOUGH_DRAFTS
from bot.figures.rows import Pair, Row, blind_answers, blind_pairs
from bot.measures.annotators import Answer, Confusion, confusion_with
from bot.measures.estimates import Estimate, wilson
from storage.words import Verdict

ENOUGH_TO_COUNT = 5  # shared drafts: below that a figure says more of single drafts than of a person
YES, NO = "yes", "no"
NONE_SETTLED = Confusion({})
_WITH_TEXT = (Verdict.APPROVED, Verdict.EDITED)


class Outcome(Protocol):
    """What was settled of a draft: by agreement of those who answered it, or by a lead."""

    @property
    def draft(self) -> int: ...
    @property
    def verdict(self) -> str: ...
    @property
    def escalation(self) -> str | None: ...
    @property
    def by_lead(self) -> bool: ...
    @property
    def chosen(self) -> str | None: ...  # whose answer stands


@dataclass(frozen=True)
class Beside:
    """Answers of one agent that were the other's too, of those that can be compared."""

    same: int
    shared: int

    @property
    def share(self) -> Estimate:
        return wilson(self.same, self.shared)

    @property
    def told(self) -> bool:
        """Whether there is enough to say any number."""
        return self.shared >= ENOUGH_TO_COUNT

    @property
    def lacking(self) -> int:
        """How many shared drafts more it takes until the number means something."""
        return max(0, ENOUGH_DRAFTS - self.shared)


NOTHING = Beside(0, 0)


@dataclass(frozen=True)
class Compared:
    """Everything about one agent; the confusions are of settled drafts, by what was settled and what they had said."""

    verdict: Beside = NOTHING
    escalation: Beside = NOTHING  # drafts that both gave to a human, of those that either did
    settled: Beside = NOTHING  # settled as they had answered
    by_lead: int = 0  # so many of them by a lead
    verdicts: Confusion = NONE_SETTLED
    escalations: Confusion = NONE_SETTLED


UNCOMPARED = Compared()


def by_agent(rows: Sequence[Row], since: datetime, outcomes: Sequence[Outcome] = ()) -> Mapping[str, Compared]:
    """Each agent's blind answers to drafts that came in since then and were shared at random.

    Verdicts are compared where both gave one. Of settled drafts those count that two people answered blind, and
    those that a lead settled. Second looks do not count, and nothing that is still open or in dispute is compared
    with an outcome.
    """
    pairs = blind_pairs(rows, since)
    verdicts, escalations = _verdicts(pairs), _escalations(pairs)
    settled = _settled(rows, since, pairs, outcomes)
    confused = confusion_with(*_on_verdicts(settled))
    confused_on_humans = confusion_with(*_on_escalations(settled))
    return {
        agent: Compared(
            verdict=verdicts.get(agent, NOTHING),
            escalation=escalations.get(agent, NOTHING),
            settled=_as_settled([(row, one) for row, one in settled if row.agent == agent]),
            by_lead=sum(one.by_lead for row, one in settled if row.agent == agent),
            verdicts=confused.get(agent, NONE_SETTLED),
            escalations=confused_on_humans.get(agent, NONE_SETTLED),
        )
        for agent in {*verdicts, *escalations, *(row.agent for row, _ in settled)}
    }


def _verdicts(pairs: Sequence[Pair]) -> dict[str, Beside]:
    alike: dict[str, list[bool]] = defaultdict(list)
    for answers in pairs:
        judged = [row for row in answers if row.verdict != Verdict.NOT_JUDGED and not row.blank]
        if len(judged) == 2:
            one, other = judged
            for row in judged:
                alike[row.agent].append(one.verdict == other.verdict)
    return {agent: Beside(sum(same), len(same)) for agent, same in alike.items()}


def _escalations(pairs: Sequence[Pair]) -> dict[str, Beside]:
    """That both leave most drafts alone says nothing of when to escalate: only what somebody gave to a human counts."""
    both: dict[str, list[bool]] = defaultdict(list)
    for answers in pairs:
        raised = [row for row in answers if row.escalation]
        if len(answers) == 2 and raised:
            for row in answers:
                both[row.agent].append(len(raised) == 2)
    return {agent: Beside(sum(same), len(same)) for agent, same in both.items()}


def _settled(
    rows: Sequence[Row], since: datetime, pairs: Sequence[Pair], outcomes: Sequence[Outcome]
) -> list[tuple[Row, Outcome]]:
    """Blind answers with what became of their drafts."""
    found = {one.draft: one for one in outcomes}
    twice = {answers[0].draft for answers in pairs}
    blind = [(row, found[row.draft]) for row in blind_answers(rows, since) if row.draft in found]
    return [(row, one) for row, one in blind if one.by_lead or one.draft in twice]


def _as_settled(settled: Sequence[tuple[Row, Outcome]]) -> Beside:
    return Beside(sum(_stands(row, one) for row, one in settled), len(settled))


def _stands(row: Row, one: Outcome) -> bool:
    """Whether an answer is what was settled. Of two edits, a lead chose the one and not the other."""
    if bool(row.escalation) != bool(one.escalation):
        return False
    if one.chosen == row.agent or not one.by_lead:
        return _settled_verdict(row, one) == row.verdict
    return one.verdict == row.verdict != Verdict.EDITED


def _settled_verdict(row: Row, one: Outcome) -> str:
    """Of an approval and a slight edit that agreed enough either could stand, so neither was wrong."""
    agreed = not one.by_lead and row.verdict in _WITH_TEXT and one.verdict in _WITH_TEXT
    return row.verdict if agreed else one.verdict


def _on_verdicts(settled: Sequence[tuple[Row, Outcome]]) -> tuple[dict[tuple[int, str], str], list[Answer]]:
    judged = [
        (row, one) for row, one in settled if not row.blank and Verdict.NOT_JUDGED not in (row.verdict, one.verdict)
    ]
    outcomes = {(row.draft, row.agent): _settled_verdict(row, one) for row, one in judged}
    return outcomes, [Answer((row.draft, row.agent), row.agent, row.verdict) for row, _ in judged]


def _on_escalations(settled: Sequence[tuple[Row, Outcome]]) -> tuple[dict[int, str], list[Answer]]:
    outcomes = {one.draft: _raised(one.escalation) for _, one in settled}
    return outcomes, [Answer(row.draft, row.agent, _raised(row.escalation)) for row, _ in settled]


def _raised(escalation: str | None) -> str:
    return YES if escalation else NO
