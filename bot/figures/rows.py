"""The rows that figures are computed from, and which of them count for agreement. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.measures.strata import Stratum
from storage.words import LabelKind


class Row(Protocol):
    """A revision with what the figures need of its label and draft."""

    @property
    def revision(self) -> int: ...
    @property
    def draft(self) -> int: ...
    @property
    def came_in(self) -> datetime: ...
    @property
    def topic(self) -> str: ...
    @property
    def probability(self) -> float: ...
    @property
    def model(self) -> str | None: ...
    @property
    def blank(self) -> bool: ...
    @property
    def shared(self) -> bool: ...
    @property
    def agent(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def in_slot(self) -> bool: ...
    @property
    def second_look(self) -> bool: ...
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
    def wanted(self) -> bool: ...
    @property
    def edit_rate(self) -> float | None: ...
    @property
    def hter(self) -> float | None: ...
    @property
    def opened_at(self) -> datetime | None: ...
    @property
    def saved_at(self) -> datetime: ...


Pair = tuple[Row, ...]  # the blind answers of one draft, at least two


@dataclass(frozen=True)
class Window:
    """The days that a digest speaks of; every bound is a local midnight, `until` excluded."""

    date: date
    since: datetime  # of agreement and quality: 28 days
    day: datetime  # of activity: since the last digest
    until: datetime


@dataclass(frozen=True)
class Apart:
    """Answers that stand and count in no figure of agreement, by why."""

    second_looks: int
    extra: int
    late: int
    exposed: int  # in slots of shared drafts, but never given blind
    imported: int


def standing(rows: Iterable[Row]) -> list[Row]:
    """The newest revision of each label, without what was undone; `rows` come oldest first."""
    return [row for row in _last(rows) if not row.withdrawn]


def blind_answers(rows: Sequence[Row], since: datetime) -> list[Row]:
    """Each agent's last answer before exposure, to drafts chosen for two reviews that came in since then."""
    withdrawn = {(row.draft, row.agent) for row in _last(rows) if row.withdrawn}
    blind: dict[tuple[int, str], Row] = {}
    for row in rows:
        counts = row.shared and row.in_slot and row.wanted and row.came_in >= since
        if counts and not row.exposed and not row.withdrawn and (row.draft, row.agent) not in withdrawn:
            blind[row.draft, row.agent] = row
    return list(blind.values())


def blind_pairs(rows: Sequence[Row], since: datetime) -> list[Pair]:
    """The blind answers of each draft that has two or more."""
    by_draft: dict[int, list[Row]] = defaultdict(list)
    for row in blind_answers(rows, since):
        by_draft[row.draft].append(row)
    return [tuple(answers) for answers in by_draft.values() if len(answers) > 1]


def kept_apart(rows: Sequence[Row], since: datetime, *, imported: int) -> Apart:
    """What was answered since then and counts in no figure of agreement."""
    stands = standing(rows)
    blind = {(row.draft, row.agent) for row in blind_answers(rows, since)}
    shared = [row for row in stands if row.shared and row.in_slot and row.came_in >= since]
    return Apart(
        second_looks=sum(row.second_look for row in stands),
        extra=sum(row.kind == LabelKind.EXTRA for row in stands),
        late=sum(row.kind == LabelKind.LATE for row in stands),
        exposed=sum((row.draft, row.agent) not in blind for row in shared),
        imported=imported,
    )


def stratum(pair: Pair) -> Stratum:
    """By what the chance differs with which a draft is among the pairs."""
    return pair[0].topic, pair[0].probability


def _last(rows: Iterable[Row]) -> list[Row]:
    return list({(row.draft, row.agent): row for row in rows}.values())
