"""From what an agent submitted to a verdict on the draft."""

from dataclasses import dataclass, replace

from bot import texts, words
from storage.words import Verdict


@dataclass(frozen=True)
class Judgement:
    """An agent's answer to a draft, ready to be stored."""

    verdict: Verdict
    text: str | None = None
    escalation: str | None = None
    reject_reason: str | None = None
    tags: tuple[str, ...] = ()
    note: str | None = None

    def edit_rate(self, draft: str | None) -> float | None:
        """Share of the words that differ from the draft, 0 to 1; None where there is nothing to compare."""
        if draft is None or self.text is None:
            return None
        if draft == self.text:
            return 0.0  # most answers are approvals
        return words.edit_rate(texts.normalised(draft), texts.normalised(self.text))

    def equals(self, other: "Judgement") -> bool:
        """Whether both say the same; white space, line ends and entities do not count."""
        bare = [replace(one, text=None, note=None, tags=tuple(sorted(one.tags))) for one in (self, other)]
        return bare[0] == bare[1] and _same(self.text, other.text) and _same(self.note, other.note)


def approval(draft: str) -> Judgement:
    """The draft is good as it is; approving also says that nobody has to take over."""
    return Judgement(Verdict.APPROVED, draft)


def reply(draft: str | None, text: str | None, *, escalation: str | None = None) -> Judgement:
    """A reply as typed: unchanged it approves the draft and keeps its bytes; without text nothing is judged."""
    if text is None or not texts.visible(text):
        return Judgement(Verdict.NOT_JUDGED, None, escalation)
    if draft is not None and texts.same(draft, text):
        return Judgement(Verdict.APPROVED, draft, escalation)
    return Judgement(Verdict.EDITED, text, escalation)


def rejection(reason: str, text: str | None, *, escalation: str | None = None) -> Judgement:
    """The draft cannot be used, for a reason; `text` is a better reply where the agent wrote one."""
    written = text if text and texts.visible(text) else None
    return Judgement(Verdict.REJECTED, written, escalation, reason)


def _same(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    return texts.same(one, other)
