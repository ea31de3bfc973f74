"""How somebody's answers compare with others', in sentences with how sure that is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.beside import NO, YES, Beside, Compared
from bot.measures.annotators import Confusion
from bot.texts import counted
from storage.words import Verdict

Who = Literal["you", "they"]

BAR = 21  # signs, an odd number: a half is one of them
SHARED_FOR_THIS = "Some drafts are given to two people at random. Only these count, and those of today count tomorrow."
SAID: Mapping[str, str] = {Verdict.APPROVED: "approved", Verdict.EDITED: "edited", Verdict.REJECTED: "rejected"}


@dataclass(frozen=True)
class _Question:
    """What was settled, what somebody had said, and the words for both; settled answers in the order of their rows."""

    rows: Mapping[str, str]
    said: Mapping[str, Mapping[str, str]]


_VERDICTS = _Question({one: f"Settled as {words}" for one, words in SAID.items()}, dict.fromkeys(SAID, SAID))
_ESCALATIONS = _Question(
    {YES: "Settled as one for a human", NO: "Settled without a human"},
    {YES: {YES: "said yes", NO: "said no"}, NO: {NO: "said no", YES: "said yes"}},
)


def paragraphs(compared: Compared, who: Who) -> list[str]:
    """Everything that can be said in numbers; of the verdict also how much is lacking."""
    drawn = bar(compared.verdict)
    verdict = f"{likeness(compared.verdict, who)}\n{drawn}" if drawn else likeness(compared.verdict, who)
    return [one for one in (verdict, on_humans(compared.escalation, who), settled(compared, who)) if one]


def likeness(beside: Beside, who: Who = "you") -> str:
    """How often somebody said what the other one said, in words, with how sure that is."""
    more = counted(beside.lacking, "more shared draft")
    soon = f"About {more} until this means something." if beside.lacking else ""
    if beside.shared == 0:
        return f"No shared draft can be compared yet. {soon}"
    if not beside.told:
        return f"Only {counted(beside.shared, 'shared draft')} can be compared so far, too few for a number. {soon}"
    said = f"On {beside.same:,} of {beside.shared:,} shared drafts {who} agreed with the other."
    return f"{said} Over many drafts that would be {_range(beside)} in 100. {soon}".rstrip()


def bar(beside: Beside) -> str:
    """The same as a line of signs: where the number lies, and how far it may be off; nothing where there is none."""
    if not beside.told:
        return ""
    low, high = (round(bound / 100 * (BAR - 1)) for bound in _bounds(beside))
    here = round(beside.same / beside.shared * (BAR - 1))
    signs = ["━" if low <= place <= high else "┄" for place in range(BAR)]
    signs[here] = "●"
    return f"`0 {''.join(signs)} 100`"


def on_humans(beside: Beside, who: Who = "you") -> str:
    """How often both gave a draft to a human where one did; nothing where that was too rare."""
    if not beside.told:
        return ""
    said = f"Of {beside.shared:,} drafts that {who} or the other gave to a human, both did on {beside.same:,}."
    return f"{said} Over many such drafts that would be {_range(beside)} in 100."


def settled(compared: Compared, who: Who = "you") -> str:
    """How often a draft was settled as somebody had answered; nothing where too few are."""
    beside = compared.settled
    if not beside.told:
        return ""
    by = f", {compared.by_lead:,} by a lead" if compared.by_lead else ""
    said = (
        f"Of {beside.shared:,} shared drafts that are settled{by}, {beside.same:,} were settled as {who} had answered."
    )
    return f"{said} Over many drafts that would be {_range(beside)} in 100."


def confusions(compared: Compared) -> list[str]:
    """What was settled against what somebody had said, a line for each settled answer; and how many are too few."""
    asked = ((_VERDICTS, compared.verdicts), (_ESCALATIONS, compared.escalations))
    return [line for question, confusion in asked for line in _lines(question, confusion)]


def _lines(question: _Question, confusion: Confusion) -> Iterator[str]:
    for outcome, words in question.rows.items():
        row = Beside(confusion.counts.get((outcome, outcome), 0), confusion.found(outcome).n)
        if row.shared:
            yield f"*{words}*, {_said(row, outcome, confusion, question.said[outcome])}"


def _said(row: Beside, outcome: str, confusion: Confusion, words: Mapping[str, str]) -> str:
    if not row.told:
        return f"{counted(row.shared, 'draft')}: too few for a number"
    right = f"{words[outcome]} {row.same:,} ({_range(row)} in 100 over many)"
    others = [(said, confusion.counts.get((outcome, label), 0)) for label, said in words.items() if label != outcome]
    return " · ".join([f"{row.shared:,} drafts: {right}", *(f"{said} {count:,}" for said, count in others if count)])


def _range(beside: Beside) -> str:
    low, high = _bounds(beside)
    return f"{low} to {high}"


def _bounds(beside: Beside) -> tuple[int, int]:
    share = beside.share
    assert share.low is not None
    assert share.high is not None
    return round(share.low * 100), round(share.high * 100)
