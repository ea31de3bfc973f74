"""How far two people agree who answered a draft blind, one question at a time. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.figures.due import ENOUGH_DRAFTS, ENOUGH_POSITIVES, Calendar, Suppressed
from bot.figures.rows import Pair, Row, blind_pairs
from bot.measures import agreement, free_text, tag_sets
from bot.measures.agreement import PairCounts
from bot.measures.estimates import Estimate
from bot.measures.scales import Distance
from storage.words import Verdict

YES, NO = "yes", "no"
ON_VERDICT, ON_ESCALATION = "agreement on the verdict", "agreement on when to escalate"
ON_TAGS, ON_EDITS = "agreement on topics to flag", "agreement of edits"


@dataclass(frozen=True)
class Question:
    """How far two people agree on one question, over drafts chosen for both of them at random.

    `plain` is alpha without weights, where they make a difference.
    """

    name: str
    drafts: int
    alpha: Estimate
    ac1: Estimate | None = None
    positive: Estimate | None = None
    counts: PairCounts | None = None
    plain: float | None = None


@dataclass(frozen=True)
class Edits:
    """How alike the texts are that two people made of one draft; `by_chance` of the `pairs` are no more alike than
    edits of different drafts."""

    drafts: int
    pairs: int
    by_chance: int
    ks: Estimate
    sigma: Estimate


@dataclass(frozen=True)
class Past:
    """What an earlier digest said of agreement."""

    date: date
    verdict: Estimate | None
    escalation: Estimate | None


@dataclass(frozen=True)
class Weighed:
    """The pairs of a window with what each counts for; None: all alike."""

    pairs: Sequence[Pair]
    weights: Sequence[float] | None
    seed: int

    def of(self, chosen: Sequence[tuple[int, Pair]]) -> "Weighed":
        """Some of them, by their place."""
        each = None if self.weights is None else [self.weights[place] for place, _ in chosen]
        return Weighed([answers for _, answers in chosen], each, self.seed)


def on_verdict(all_: Weighed, calendar: Calendar) -> tuple[Question | None, Suppressed | None]:
    """Approve, edit or reject, over drafts that two people judged; who wrote from nothing had none to judge."""
    judged = [
        (place, tuple(row for row in answers if row.verdict != Verdict.NOT_JUDGED and not row.blank))
        for place, answers in enumerate(all_.pairs)
    ]
    both = all_.of([(place, answers) for place, answers in judged if len(answers) > 1])
    if len(both.pairs) < ENOUGH_DRAFTS:
        return None, calendar.lacking(ON_VERDICT, both.pairs, need=ENOUGH_DRAFTS, unit="shared drafts")
    return _question("verdict", both, [[row.verdict for row in answers] for answers in both.pairs]), None


def on_escalation(all_: Weighed, calendar: Calendar) -> tuple[Question | None, Suppressed | None]:
    """Whether a human must take over."""
    flagged = [answers for answers in all_.pairs if any(row.escalation for row in answers)]
    if lacking := _rare(ON_ESCALATION, all_.pairs, flagged, "escalated shared drafts", calendar):
        return None, lacking
    units = [[YES if row.escalation else NO for row in answers] for answers in all_.pairs]
    return replace(
        _question("escalation", all_, units),
        ac1=agreement.ac1(units, classes=[NO, YES], seed=all_.seed, weights=all_.weights),
        positive=agreement.positive(units, yes=YES, seed=all_.seed, weights=all_.weights),
        counts=agreement.pair_counts(units, yes=YES),
    ), None


def on_tags(all_: Weighed, calendar: Calendar) -> tuple[Question | None, Suppressed | None]:
    """Which topics are flagged, as sets."""
    flagged = [answers for answers in all_.pairs if any(row.tags for row in answers)]
    if lacking := _rare(ON_TAGS, all_.pairs, flagged, "shared drafts with a topic flagged", calendar):
        return None, lacking
    units = [[tag_sets.written(row.tags) for row in answers] for answers in all_.pairs]
    return _question("tags", all_, units, distance=tag_sets.masi), None


def edits_to_compare(said: Sequence[Row], since: datetime) -> list[int]:
    """The revisions whose texts are compared: of drafts that two people edited."""
    return [row.revision for answers in _edited(blind_pairs(said, since)) for row in answers]


def on_edits(
    pairs: Sequence[Pair], texts: Mapping[int, str], calendar: Calendar, *, seed: int
) -> tuple[Edits | None, Suppressed | None]:
    """What two people made of a draft that both edited, beside edits of different drafts."""
    edited = _edited(pairs)
    if len(edited) < ENOUGH_DRAFTS:
        return None, calendar.lacking(ON_EDITS, edited, need=ENOUGH_DRAFTS, unit="shared drafts edited by both")
    units = [[texts[row.revision] for row in answers if row.revision in texts] for answers in edited]
    told = free_text.text_agreement(units, seed=seed)
    return Edits(len(edited), told.pairs, told.by_chance, told.ks, told.sigma), None


def _edited(pairs: Sequence[Pair]) -> list[Pair]:
    # A reply that was written from nothing is no edit.
    edits = [tuple(row for row in answers if row.verdict == Verdict.EDITED and not row.blank) for answers in pairs]
    return [answers for answers in edits if len(answers) > 1]


def _question(
    name: str, weighed: Weighed, units: Sequence[Sequence[str]], *, distance: Distance | None = None
) -> Question:
    alpha = agreement.alpha(units, seed=weighed.seed, distance=distance, weights=weighed.weights)
    plain = None
    if weighed.weights is not None:
        plain = agreement.alpha(units, seed=weighed.seed, distance=distance, draws=1).value
    return Question(name, len(units), alpha, plain=plain)


def _rare(
    what: str, pairs: Sequence[Pair], flagged: Sequence[Pair], unit: str, calendar: Calendar
) -> Suppressed | None:
    """Why a figure about something rare is not shown: too few drafts, or too few of them where anybody said it."""
    if len(pairs) < ENOUGH_DRAFTS:
        return calendar.lacking(what, pairs, need=ENOUGH_DRAFTS, unit="shared drafts")
    if len(flagged) < ENOUGH_POSITIVES:
        return calendar.lacking(what, flagged, need=ENOUGH_POSITIVES, unit=unit)
    return None
