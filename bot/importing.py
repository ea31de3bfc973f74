"""Rows of a file become drafts, a batch at a time; a rehearsal says what would become of them."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeAlias

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, intake, naming
from bot.import_rows import Refused, Row
from bot.intake import Arrival, Receipt, Taken
from bot.naming import Named
from storage.engine import Sessions
from storage.models import Channel
from storage.scratch import Scratch
from storage.words import AuditAct, DraftOrigin

BATCH = 200  # rows that are committed together


@dataclass(frozen=True)
class Arrived:
    """A row that is a draft now, or was one already."""

    row: Row
    taken: Taken


Outcome: TypeAlias = Arrived | Refused


@dataclass(frozen=True)
class Importer:
    """Takes the rows of a file into one channel."""

    sessions: Sessions
    channel: Channel
    key: bytes
    now: Callable[[], datetime]
    model: str | None = None  # writes the rows that come without a reply

    async def bring_in(self, rows: Iterable[Row | Refused]) -> AsyncIterator[list[Outcome]]:
        """Store the rows; what became of each is told when its batch is committed. Repeats are recognised."""
        for batch in _batches(rows):
            good = [row for row in batch if isinstance(row, Row)]
            named = [self._named(row) for row in good]
            ready = await intake.make_ready(self.sessions, self.channel, named, key=self.key)
            arrival = Arrival(self.key, self.now(), self.model, DraftOrigin.IMPORT)
            async with self.sessions.writing() as session:
                receipts = await intake.store_all(session, self.channel, named, arrival, ready)
                await self._note(session, sum(one.taken is Taken.CREATED for one in receipts), arrival.now)
            became = iter(receipts)
            yield [row if isinstance(row, Refused) else _outcome(row, next(became)) for row in batch]

    async def rehearse(self, rows: Iterable[Row | Refused]) -> AsyncIterator[list[Outcome]]:
        """Say what would become of each row, and store nothing."""
        with closing(Scratch()) as met:
            for batch in _batches(rows):
                named = {row.number: self._named(row) for row in batch if isinstance(row, Row)}
                async with self.sessions.reading() as session:
                    known = await intake.repeats(session, self.channel, list(named.values()), key=self.key)
                receipts = dict(zip(named, known, strict=True))
                yield [
                    row if isinstance(row, Refused) else _rehearsed(row, named[row.number], receipts[row.number], met)
                    for row in batch
                ]

    async def _note(self, session: AsyncSession, created: int, now: datetime) -> None:
        """Tell the audit trail of each batch with it: an import that is killed has told what it stored."""
        if created:
            told = {"drafts": created}
            await audit.note(session, AuditAct.IMPORTED, self.channel, who=audit.OPERATOR, now=now, after=told)

    def _named(self, row: Row) -> Named:
        return naming.name(self.key, row.submission, row.past)


def _batches(rows: Iterable[Row | Refused]) -> Iterator[list[Row | Refused]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


def _outcome(row: Row, receipt: Receipt) -> Outcome:
    if receipt.taken is Taken.CONFLICT:
        return _conflict(row, f"draft {receipt.draft_id}")
    if receipt.taken is Taken.ERASED:
        reason = f"external_id: draft {receipt.draft_id} had it and was erased; nothing was stored"
        return Refused(row.number, reason, row.values)
    return Arrived(row, receipt.taken)


def _rehearsed(row: Row, named: Named, known: Receipt | None, met: Scratch) -> Outcome:
    """What would become of the row, after the drafts that are there and the rows before it."""
    if known is not None:
        return _outcome(row, known)
    external_id, content = named.identity
    told = f"id {external_id}" if external_id is not None else f"content {content}"
    line, _, body = met.first(told, f"{row.number} {named.body_hash}").partition(" ")
    if line == str(row.number):
        return Arrived(row, Taken.CREATED)
    return Arrived(row, Taken.EXISTS) if body == named.body_hash else _conflict(row, f"line {line}")


def _conflict(row: Row, owner: str) -> Refused:
    reason = f"external_id: belongs to {owner}, which reads differently; nothing was changed, use another id"
    return Refused(row.number, reason, row.values)
