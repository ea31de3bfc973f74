"""What people meant to say and what they saw confirmed; whether the stored history can be true to it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from tests.faults.tickets import without_names


@dataclass(frozen=True)
class Answer:
    """What somebody means to say of a draft; `withdrawn`: nothing any more."""

    verdict: str
    text: str | None = None
    escalation: str | None = None
    withdrawn: bool = False

    def same(self, other: "Answer | None") -> bool:
        if other is None:
            return self.withdrawn
        return self == other or (self.withdrawn and other.withdrawn)

    def without_names(self) -> "Answer":
        return replace(self, text=without_names(self.text) if self.text else self.text)

    def __str__(self) -> str:
        if self.withdrawn:
            return "nothing any more"
        return " ".join(part for part in (self.verdict, self.escalation or "", repr(self.text or "")) if part)


@dataclass
class Said:
    """One intention, however often it was pressed."""

    answer: Answer
    confirmed: bool = False


@dataclass
class Reported:
    """A customer's name that somebody named as personal data; `confirmed`: they read that it is gone."""

    name: str
    confirmed: bool = False


@dataclass
class Ledger:
    """Kept by the harness for everybody; ids are the database's."""

    said: dict[tuple[str, int], list[Said]] = field(default_factory=lambda: defaultdict(list))
    accepted: dict[str, int] = field(default_factory=dict)  # external id -> draft
    texts: dict[int, str] = field(default_factory=dict)
    carded: set[int] = field(default_factory=set)  # drafts of which somebody saw the card
    settled: dict[int, str | None] = field(default_factory=dict)  # draft -> the final text, None: an agent's
    withdrawals: dict[int, bool] = field(default_factory=dict)  # draft -> whether the helpdesk read that it is
    erasures: dict[int, bool] = field(default_factory=dict)  # draft -> whether the steward read that it is gone
    reports: dict[int, Reported] = field(default_factory=dict)  # by the draft
    guidelines: list[Said] = field(default_factory=list)
    digests: list[date] = field(default_factory=list)  # mornings on which there must be one
    digests_at_will: list[date] = field(default_factory=list)  # on which there may be one
    refusals: list[str] = field(default_factory=list)  # sentences that people read when something was not saved
    differences: list[str] = field(default_factory=list)

    def means(self, agent: str, draft: int, answer: Answer) -> Said:
        one = Said(answer)
        self.said[agent, draft].append(one)
        return one

    def contradicted_by(self, agent: str, draft: int, stored: Sequence[Answer]) -> str | None:
        """Why the stored answers cannot come from what this agent said of the draft."""
        said = self.said.get((agent, draft), [])
        if draft in self.reports:
            stored = [one.without_names() for one in stored]
            said = [Said(one.answer.without_names(), one.confirmed) for one in said]
        return contradiction(said, stored)

    def unseen(self) -> set[int]:
        """Drafts that wait for somebody to look at them; what was called off or erased before waits for nobody."""
        looked_at = {draft for _, draft in self.said}
        return {*self.accepted.values()} - looked_at - self.withdrawals.keys() - self.erasures.keys()

    @property
    def confirmed(self) -> int:
        return sum(one.confirmed for those in self.said.values() for one in those)

    def differs(self, sentence: str) -> None:
        self.differences.append(sentence)


def contradiction(said: Sequence[Said], stored: Sequence[Answer]) -> str | None:
    """Why the stored revisions, in order, cannot come from what was said, in order; None: they can.

    What was confirmed must be there, unless it stood there already. What was not may be there or not. Nothing may be
    there that nobody said, nor anything twice in a row.
    """
    places = {0}  # how many revisions are explained so far
    for one in said:
        taken = {at + 1 for at in places if at < len(stored) and one.answer.same(stored[at])}
        left = {at for at in places if not one.confirmed or one.answer.same(stored[at - 1] if at else None)}
        if not taken | left:
            return f"confirmed was: {one.answer}; stored is: {_listed(stored)}"
        places = taken | left
    if len(stored) not in places:
        return f"stored is: {_listed(stored)}; said was: {_listed([one.answer for one in said])}"
    return next(
        (f"stored twice in a row: {one}" for one, other in pairwise(stored) if one.same(other)),
        None,
    )


def _listed(answers: Sequence[Answer]) -> str:
    return ", then ".join(map(str, answers)) or "nothing"
