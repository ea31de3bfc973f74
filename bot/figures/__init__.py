"""What the days say in numbers: pure, from rows to figures. docs/agreement.md defines each for people."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.figures import agreeing, changes, mix, quality, rows, weeks
from bot.figures.agreeing import Edits, Question, Weighed
from bot.figures.changes import Change
from bot.figures.due import Calendar, Suppressed
from bot.figures.mix import Mix
from bot.figures.quality import Quality
from bot.figures.rows import Apart, Row, Window
from bot.figures.weeks import Tally, Week
from bot.measures.strata import Stratum, inverse_propensities


@dataclass(frozen=True)
class Counts:
    """What only the tables can count; None: what a past day cannot be asked any more."""

    gold: int
    waiting: int | None
    disputed: int | None = 0  # drafts that wait for a lead
    imported: int = 0


@dataclass(frozen=True)
class Evidence:
    """Everything that figures are computed from.

    `said`: the revisions of the window, the oldest first. `sampled`: its drafts chosen for two reviews, by topic and
    probability. `share`: that of drafts which two people review now. `texts`: those of the revisions that
    `agreeing.edits_to_compare` names. `tallies`, `settled`: the last twelve whole weeks, answers and gold.
    `targets`: topic -> wished-for share.
    """

    said: Sequence[Row]
    counts: Counts
    sampled: Mapping[Stratum, int] = field(default_factory=dict)
    share: float = 0.0
    texts: Mapping[int, str] = field(default_factory=dict)
    tallies: Sequence[Tally] = ()
    settled: Sequence[int] = ()
    targets: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Coverage:
    """How much of what was chosen at random for two reviews is in, and whether it had to be weighed."""

    drafts: int  # chosen
    finished: int  # with two blind answers or more
    answers: int  # blind ones that are in, of two a draft
    worth: float | None  # how many equally weighted drafts the finished ones tell as much as; None: all weigh the same
    unseen: int  # chosen, in topics of which none was finished
    share: float  # of the drafts that come in now, those given to two people


@dataclass(frozen=True)
class Figures:
    """Everything that a digest says."""

    window: Window
    seed: int
    labels: int
    seconds: float | None  # median time from opening a window to saving it
    timed: int  # how many windows that rests on
    counts: Counts
    coverage: Coverage
    apart: Apart
    quality: Sequence[Quality]
    verdict: Question | None
    escalation: Question | None
    tags: Question | None
    edits: Edits | None
    changes: Sequence[Change]
    mix: Mix | None
    weeks: Sequence[Week]
    suppressed: Sequence[Suppressed]

    @property
    def questions(self) -> list[Question]:
        """Those that have an answer."""
        return [one for one in (self.verdict, self.escalation, self.tags) if one is not None]

    @property
    def quiet(self) -> bool:
        """Nothing happened since the last digest."""
        return self.labels == 0 and self.counts.gold == 0


def compute(evidence: Evidence, window: Window, *, seed: int) -> Figures:
    """All figures of a window; the same evidence and seed give the same figures."""
    newest = rows.standing(evidence.said)
    today = [row for row in newest if row.saved_at >= window.day]
    began = min((row.saved_at for row in evidence.said), default=None)
    calendar = Calendar(window, began, evidence.share)
    weighed, coverage = _weighed(evidence, window, seed)
    verdict, no_verdict = agreeing.on_verdict(weighed, calendar)
    escalation, no_escalation = agreeing.on_escalation(weighed, calendar)
    tags, no_tags = agreeing.on_tags(weighed, calendar)
    edits, no_edits = agreeing.on_edits(weighed.pairs, evidence.texts, calendar, seed=seed)
    topics, no_mix = mix.of_topics(newest, evidence.targets, calendar)
    missing = [one for one in (no_verdict, no_escalation, no_tags, no_edits, no_mix) if one is not None]
    models, unsure = quality.by_model(newest, calendar)
    waits = [(row.saved_at - row.opened_at).total_seconds() for row in today if row.opened_at]
    return Figures(
        window=window,
        seed=seed,
        labels=len(today),
        seconds=statistics.median(waits) if waits else None,
        timed=len(waits),
        counts=evidence.counts,
        coverage=coverage,
        apart=rows.kept_apart(evidence.said, window.since, imported=evidence.counts.imported),
        quality=models,
        verdict=verdict,
        escalation=escalation,
        tags=tags,
        edits=edits,
        changes=changes.found(evidence.tallies, on=weeks.ended(window.date)),
        mix=topics,
        weeks=weeks.roll_up(evidence.tallies, evidence.settled, on=weeks.ended(window.date)),
        suppressed=[*missing, *unsure],
    )


def _weighed(evidence: Evidence, window: Window, seed: int) -> tuple[Weighed, Coverage]:
    pairs = rows.blind_pairs(evidence.said, window.since)
    weights = inverse_propensities(evidence.sampled, [rows.stratum(answers) for answers in pairs])
    coverage = Coverage(
        drafts=sum(evidence.sampled.values()),
        finished=len(pairs),
        answers=len(rows.blind_answers(evidence.said, window.since)),
        worth=weights.worth,
        unseen=weights.unseen,
        share=evidence.share,
    )
    return Weighed(pairs, weights.each, seed), coverage
