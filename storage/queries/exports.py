"""Pages of rows, by key, for exports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Column
from sqlmodel import SQLModel, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Draft, Effort, Gold, Label, Revision, Slot
from storage.queries._core import beside_indexes, table_of
from storage.queries.drafts import is_counted
from storage.words import DraftState

# An export reads every row there is: plain cells, for objects of the models cost more than reading and encoding them.


class SettledDraft(NamedTuple):
    """What of a draft becomes training data."""

    id: int
    external_id: str | None
    ticket: str | None
    conversation: list[dict[str, str]]
    context: dict[str, Any]
    model: str | None
    topic: str
    origin: str
    shared: bool


class Settled(NamedTuple):
    """What was settled."""

    kind: str
    verdict: str
    text: str | None
    escalation: str | None
    guideline: int


class LabelledDraft(NamedTuple):
    """What of a draft is told with a label."""

    id: int
    external_id: str | None
    ticket: str | None
    text: str | None
    model: str | None
    topic: str
    origin: str
    shared: bool
    overlap_probability: float
    reviews: int
    state: str
    created_at: datetime


class Labelled(NamedTuple):
    """Whose label it is."""

    agent: str
    kind: str
    newest: int


class Revised(NamedTuple):
    """What a label said at one time."""

    id: int
    number: int
    verdict: str
    text: str | None
    escalation: str | None
    reject_reason: str | None
    tags: list[str]
    note: str | None
    withdrawn: bool
    exposed: bool
    verified: bool
    edit_rate: float | None
    guideline: int
    opened_at: datetime | None
    saved_at: datetime


class SettledWhen(NamedTuple):
    """How and when a draft was settled."""

    kind: str
    settled_at: datetime


class Held(NamedTuple):
    """The slot that a label holds."""

    id: int
    trigger: str | None


class Measured(NamedTuple):
    """How much work a revision was."""

    revision_id: int
    hter: float | None
    chrf: float | None


@dataclass(frozen=True)
class LabelRow:
    """A revision with its label, draft and the draft's settled answer."""

    label: Labelled
    revision: Revised
    draft: LabelledDraft
    gold: SettledWhen | None
    slot: Held | None
    effort: Measured | None  # None: nobody edited it, or it was not measured

    @property
    def in_slot(self) -> bool:
        return self.slot is not None and self.slot.trigger is None

    @property
    def second_look(self) -> bool:
        return self.slot is not None and self.slot.trigger is not None


class _Part(NamedTuple):
    """Some columns of a table, and what makes a record of their cells, which stand together in each row."""

    columns: Sequence[Column[Any]]
    cells: slice
    record: Callable[[Sequence[Any]], Any]


def _parts(*kinds: tuple[type[SQLModel], Any]) -> tuple[_Part, ...]:
    """Of each model the columns that its record has, in the order of both."""
    parts, width = [], 0
    for model, record in kinds:
        columns = [table_of(model).c[name] for name in record._fields]
        parts.append(_Part(columns, slice(width, width + len(columns)), record._make))
        width += len(columns)
    return tuple(parts)


SETTLED = _parts((Draft, SettledDraft), (Gold, Settled))
LABELLED = _parts(
    (Label, Labelled),
    (Revision, Revised),
    (Draft, LabelledDraft),
    (Gold, SettledWhen),
    (Slot, Held),
    (Effort, Measured),
)


def _columns(parts: Sequence[_Part]) -> list[Column[Any]]:
    return [column for part in parts for column in part.columns]


async def golds(
    session: AsyncSession, channel_id: int, *, after: int, limit: int
) -> Sequence[tuple[SettledDraft, Settled]]:
    """Settled answers of drafts numbered above `after`, in their order."""
    query = sa.select(*_columns(SETTLED)).join(Gold, col(Gold.draft_id) == Draft.id)
    place = beside_indexes(session, col(Draft.channel_id))
    query = query.where(place == channel_id, col(Draft.id) > after, is_counted())
    found = await (await session.connection()).execute(query.order_by(col(Draft.id)).limit(limit))
    return [_records(row, SETTLED) for row in found]


def _records(row: Sequence[Any], parts: Sequence[_Part]) -> Any:
    """A record of each part; None where an outer join found no row."""
    return tuple(None if (cells := row[part.cells])[0] is None else part.record(cells) for part in parts)


async def settled(session: AsyncSession, channel_id: int) -> int:
    """How many settled answers the channel has."""
    return (await session.exec(select(func.count()).select_from(Gold).where(Gold.channel_id == channel_id))).one()


async def labels(
    session: AsyncSession, channel_id: int, *, after: int, limit: int, closed: bool = False
) -> list[LabelRow]:
    """Revisions numbered above `after`, in their order; with `closed` without drafts that still wait for an answer."""
    query = (
        sa.select(*_columns(LABELLED))
        .select_from(Revision)
        .join(Label, col(Revision.label_id) == Label.id)
        .join(Draft, col(Draft.id) == Label.draft_id)
        .outerjoin(Gold, col(Gold.draft_id) == Draft.id)
        .outerjoin(Slot, col(Slot.label_id) == Label.id)
        .outerjoin(Effort, col(Effort.revision_id) == Revision.id)
        .where(beside_indexes(session, col(Revision.channel_id)) == channel_id, col(Revision.id) > after, is_counted())
        .order_by(col(Revision.id))
        .limit(limit)
    )
    if closed:
        query = query.where(col(Draft.state) != DraftState.OPEN)
    found = await (await session.connection()).execute(query)
    return [LabelRow(*_records(row, LABELLED)) for row in found]
