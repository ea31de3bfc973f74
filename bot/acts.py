"""What somebody did to a draft by a press, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot import texts, words
from bot.surfaces.notice import Told
from bot.verdicts import Judgement
from storage.models import Draft


class Result(StrEnum):
    """What became of an answer, an undo or a withdrawal."""

    SAVED = "saved"
    SAME = "same"
    EXTRA = "extra"
    LATE = "late"
    AFTER_SETTLED = "after_settled"
    UNDONE = "undone"
    NOTHING_TO_UNDO = "nothing_to_undo"
    SETTLED_BY_LEAD = "settled_by_lead"
    OVERTAKEN = "overtaken"
    GONE = "gone"


@dataclass(frozen=True)
class Act:
    """Who pressed what: the key is the same for each repeat of one press."""

    key: str
    agent: str
    draft: int
    now: datetime
    sent_at: datetime | None = None  # by Slack's clock, where it says so: the one that was sent last counts
    opened_at: datetime | None = None
    verified: bool = True
    draws: bool = False  # its card is drawn through the press itself
    second_look: bool = False  # given where second looks are offered, so it may take the slot of one


@dataclass(frozen=True)
class Outcome:
    """What became of an act, for the sentence that the agent reads."""

    result: Result
    draft: Draft | None = None
    judgement: Judgement | None = None
    first: Sequence[str] = ()  # who was faster
    redacted: Mapping[str, int] = field(default_factory=dict)
    revised: bool = False  # an earlier answer of the agent stood until now
    redraw: int | None = None  # the number of redraws asked for, when the card changed
    told: Told | None = None  # where an escalation is announced

    @property
    def words_changed(self) -> int:
        if self.draft is None or self.judgement is None or not self.judgement.text:
            return 0
        return words.changed_words(texts.normalised(self.draft.text or ""), texts.normalised(self.judgement.text))
