"""What the days say in numbers: pure, from rows to figures. docs/figures.md defines each for people."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil, sqrt
from statistics import NormalDist
from typing import Protocol

from bot.measures import agreement, tag_sets
from bot.measures.agreement import PairCounts
from bot.measures.estimates import Estimate, wilson
from storage.words import Verdict

ENOUGH_DRAFTS = 30
ENOUGH_POSITIVES = 5
PACE = timedelta(days=14)
YES, NO = "yes", "no"


class Row(Protocol):
    """A revision with what the figures need of its label and draft."""

    @property
    def draft(self) -> int: ...
    @property
    def came_in(self) -> datetime: ...
    @property
    def model(self) -> str | None: ...
    @property
    def blank(self) -> bool: ...
    @property
    def shared(self) -> bool: ...
    @property
    def agent(self) -> str: ...
    @property
    def in_slot(self) -> bool: ...
    @property
    def verdict(self) -> str: ...
    @property
    def escalation(self) -> str | None: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def withdrawn(self) -> bool: ...
    @property
    def exposed(self) -> bool: ...
    @property
    def edit_rate(self) -> float | None: ...
    @property
    def opened_at(self) -> datetime | None: ...
    @property
    def saved_at(self) -> datetime: ...


@dataclass(frozen=True)
class Window:
    """The days that a digest speaks of; every bound is a local midnight, `until` excluded."""

    date: date
    since: datetime  # of agreement and quality: 28 days
    day: datetime  # of activity: since the last digest
    until: datetime


@dataclass(frozen=True)
class Counts:
    """What only the tables can count."""

    gold: int
    waiting: int
    shared: int  # drafts of the window chosen for two reviews
    disputed: int = 0  # drafts that wait for a lead


@dataclass(frozen=True)
class Quality:
    """How a model's drafts fared: shares of answers that judged them, each with its Wilson interval."""

    model: str
    answers: int
    approved: Estimate
    rejected: Estimate
    edit_rate: Estimate  # mean share of words changed, over approved (0) and edited ones


@dataclass(frozen=True)
class Question:
    """How far two people agree on one question, over drafts chosen for both of them at random."""

    name: str
    drafts: int
    alpha: Estimate
    ac1: Estimate | None = None
    positive: Estimate | None = None
    counts: PairCounts | None = None


@dataclass(frozen=True)
class Suppressed:
    """A figure that is not shown: what it has, what it needs, and when that is due at today's pace."""

    what: str
    have: int
    need: int
    unit: str
    due: date | None


@dataclass(frozen=True)
class Figures:
    """Everything that a digest says."""

    window: Window
    seed: int
    labels: int
    seconds: float | None  # median time from opening a window to saving it
    counts: Counts
    shared_answered: int
    quality: Sequence[Quality]
    verdict: Question | None
    escalation: Question | None
    tags: Question | None
    suppressed: Sequence[Suppressed]

    @property
    def questions(self) -> list[Question]:
        """Those that have an answer."""
        return [one for one in (self.verdict, self.escalation, self.tags) if one is not None]

    @property
    def quiet(self) -> bool:
        """Nothing happened since the last digest."""
        return self.labels == 0 and self.counts.gold == 0


def compute(rows: Sequence[Row], counts: Counts, window: Window, *, seed: int) -> Figures:
    """All figures of a window from its revisions, the oldest first."""
    newest = [row for row in _last(rows) if not row.withdrawn]
    today = [row for row in newest if row.saved_at >= window.day]
    pairs = blind_pairs(rows, window.since)
    verdict, no_verdict = _verdict(pairs, window, seed)
    escalation, no_escalation = _when_to_escalate(pairs, window, seed)
    tags, no_tags = _which_tags(pairs, window, seed)
    missing = [one for one in (no_verdict, no_escalation, no_tags) if one is not None]
    quality, unsure = _qualities(newest, window)
    waits = [(row.saved_at - row.opened_at).total_seconds() for row in today if row.opened_at]
    return Figures(
        window=window,
        seed=seed,
        labels=len(today),
        seconds=statistics.median(waits) if waits else None,
        counts=counts,
        shared_answered=len(pairs),
        quality=quality,
        verdict=verdict,
        escalation=escalation,
        tags=tags,
        suppressed=[*missing, *unsure],
    )


def _last(rows: Iterable[Row]) -> list[Row]:
    """The newest revision of each label."""
    return list({(row.draft, row.agent): row for row in rows}.values())


def blind_pairs(rows: Sequence[Row], since: datetime) -> list[tuple[Row, ...]]:
    """Blind answers of drafts that were chosen for two reviews: each agent's last one before exposure."""
    withdrawn = {(row.draft, row.agent) for row in _last(rows) if row.withdrawn}
    blind: dict[tuple[int, str], Row] = {}
    for row in rows:
        wanted = row.shared and row.in_slot and row.came_in >= since
        if wanted and not row.exposed and not row.withdrawn and (row.draft, row.agent) not in withdrawn:
            blind[row.draft, row.agent] = row
    by_draft: dict[int, list[Row]] = defaultdict(list)
    for row in blind.values():
        by_draft[row.draft].append(row)
    return [tuple(answers) for answers in by_draft.values() if len(answers) > 1]


def _verdict(pairs: Sequence[tuple[Row, ...]], window: Window, seed: int) -> tuple[Question | None, Suppressed | None]:
    judged = [tuple(row for row in answers if row.verdict != Verdict.NOT_JUDGED) for answers in pairs]
    both = [answers for answers in judged if len(answers) > 1]
    if len(both) < ENOUGH_DRAFTS:
        return None, _missing("agreement on the verdict", both, window)
    units = [[row.verdict for row in answers] for answers in both]
    return Question("verdict", len(units), agreement.alpha(units, seed=seed)), None


def _when_to_escalate(
    pairs: Sequence[tuple[Row, ...]], window: Window, seed: int
) -> tuple[Question | None, Suppressed | None]:
    flagged = [answers for answers in pairs if any(row.escalation for row in answers)]
    if lacking := _rare("agreement on when to escalate", pairs, flagged, "escalated shared drafts", window):
        return None, lacking
    return _escalation([[YES if row.escalation else NO for row in answers] for answers in pairs], seed), None


def _which_tags(
    pairs: Sequence[tuple[Row, ...]], window: Window, seed: int
) -> tuple[Question | None, Suppressed | None]:
    flagged = [answers for answers in pairs if any(row.tags for row in answers)]
    if lacking := _rare("agreement on topics to flag", pairs, flagged, "shared drafts with a topic flagged", window):
        return None, lacking
    units = [[tag_sets.written(row.tags) for row in answers] for answers in pairs]
    return Question("tags", len(units), agreement.alpha(units, seed=seed, distance=tag_sets.masi)), None


def _rare(
    what: str,
    pairs: Sequence[tuple[Row, ...]],
    flagged: Sequence[tuple[Row, ...]],
    unit: str,
    window: Window,
) -> Suppressed | None:
    """Why a figure about something rare is not shown: too few drafts, or too few of them where anybody said it."""
    if len(pairs) < ENOUGH_DRAFTS:
        return _missing(what, pairs, window)
    if len(flagged) < ENOUGH_POSITIVES:
        return Suppressed(what, len(flagged), ENOUGH_POSITIVES, unit, _due(flagged, ENOUGH_POSITIVES, window))
    return None


def _escalation(units: list[list[str]], seed: int) -> Question:
    return Question(
        "escalation",
        len(units),
        agreement.alpha(units, seed=seed),
        ac1=agreement.ac1(units, classes=[NO, YES], seed=seed),
        positive=agreement.positive(units, yes=YES, seed=seed),
        counts=agreement.pair_counts(units, yes=YES),
    )


def _missing(what: str, pairs: Sequence[tuple[Row, ...]], window: Window) -> Suppressed:
    return Suppressed(what, len(pairs), ENOUGH_DRAFTS, "shared drafts", _due(pairs, ENOUGH_DRAFTS, window))


def _due(pairs: Sequence[tuple[Row, ...]], need: int, window: Window) -> date | None:
    """When enough drafts will be answered twice, at the pace of the last two weeks; None without any."""
    since = window.until - PACE
    lately = sum(max(row.saved_at for row in answers) >= since for answers in pairs)
    return _forecast(window, need - len(pairs), lately)


def _forecast(window: Window, lacking: int, lately: int) -> date | None:
    if lately == 0:
        return None
    return window.date + timedelta(days=ceil(lacking * PACE.days / lately))


def _qualities(newest: Sequence[Row], window: Window) -> tuple[list[Quality], list[Suppressed]]:
    by_model: dict[str, list[Row]] = defaultdict(list)
    for row in newest:
        if not row.blank and row.verdict != Verdict.NOT_JUDGED and row.in_slot:
            by_model[row.model or "unnamed model"].append(row)
    shown, unsure = [], []
    for model, rows in sorted(by_model.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(rows) < ENOUGH_DRAFTS:
            lately = sum(row.saved_at >= window.until - PACE for row in rows)
            due = _forecast(window, ENOUGH_DRAFTS - len(rows), lately)
            unsure.append(Suppressed(f"quality of {model}", len(rows), ENOUGH_DRAFTS, "answers", due))
        else:
            shown.append(_quality(model, rows))
    return shown, unsure


def _quality(model: str, rows: Sequence[Row]) -> Quality:
    said = [row.verdict for row in rows]
    rates = [row.edit_rate or 0.0 for row in rows if row.verdict in (Verdict.APPROVED, Verdict.EDITED)]
    return Quality(
        model=model,
        answers=len(rows),
        approved=wilson(said.count(Verdict.APPROVED), len(rows)),
        rejected=wilson(said.count(Verdict.REJECTED), len(rows)),
        edit_rate=_mean(rates),
    )


def _mean(shares: Sequence[float]) -> Estimate:
    """The mean of shares with its 95 % interval by the normal approximation, kept between 0 and 1."""
    if len(shares) < 2:
        return Estimate(None, None, None, len(shares), "not enough data: hardly anything was approved or edited")
    mean = statistics.fmean(shares)
    margin = NormalDist().inv_cdf(0.975) * statistics.stdev(shares) / sqrt(len(shares))
    return Estimate(mean, max(0.0, mean - margin), min(1.0, mean + margin), len(shares), None)
