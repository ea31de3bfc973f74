"""When answers to one draft agree enough to be gold. Ties and thresholds are stated in docs/states.md."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot import words
from storage.words import GoldKind, Verdict


@dataclass(frozen=True)
class Answer:
    """What one label says, in the order in which the answers came."""

    label: int
    verdict: Verdict
    text: str | None
    escalation: str | None


@dataclass(frozen=True)
class Settled:
    """The answer that stands for all of them."""

    kind: GoldKind
    answer: Answer


def settle(answers: Sequence[Answer], *, likeness: float) -> Settled | None:
    """The gold answer of a fully reviewed draft, or None where the answers are in dispute.

    One answer is gold by itself. Several are gold when each pair is alike: the same yes or no on escalation, and
    either both have a text and the texts are alike by at least `likeness`, or both have none and one verdict.
    The medoid (least summed distance) stands for all; ties go to the earliest.
    """
    if len(answers) == 1:
        return Settled(GoldKind.SINGLE, answers[0])
    pairs = [(one, other) for place, one in enumerate(answers) for other in answers[place + 1 :]]
    if not all(_alike(one, other, likeness) for one, other in pairs):
        return None
    return Settled(GoldKind.CONSENSUS, min(answers, key=lambda one: sum(_distance(one, all_) for all_ in answers)))


def _alike(one: Answer, other: Answer, likeness: float) -> bool:
    if bool(one.escalation) != bool(other.escalation):
        return False
    if _usable(one) and _usable(other):
        return 1 - _distance(one, other) >= likeness
    return one.verdict == other.verdict


def _usable(answer: Answer) -> bool:
    # A rejection may carry a better reply, yet it says that the draft cannot be used: it is not like an approval.
    return answer.text is not None and answer.verdict is not Verdict.REJECTED


def _distance(one: Answer, other: Answer) -> float:
    return 1 - words.likeness(one.text or "", other.text or "")
