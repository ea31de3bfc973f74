"""Rows of a file become drafts, a batch at a time; a rehearsal says what would become of them."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeAlias

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import intake
from bot.import_rows import Refused, Row
from bot.intake import Taken
from storage.engine import Sessions
from storage.models import Channel
from storage.scratch import Scratch
from storage.words import DraftOrigin

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

    async def bring_in(self, rows: Iterable[Row | Refused]) -> AsyncIterator[list[Outcome]]:
        """Store the rows; what became of each is told when its batch is committed. Repeats are recognised."""
        for batch in _batches(rows):
            async with self.sessions.writing() as session:
                outcomes = [await self._store(session, row) for row in batch]
            yield outcomes

    async def rehearse(self, rows: Iterable[Row | Refused]) -> AsyncIterator[list[Outcome]]:
        """Say what would become of each row, and store nothing."""
        with closing(Scratch()) as met:
            for batch in _batches(rows):
                async with self.sessions.reading() as session:
                    outcomes = [await self._recognise(session, row, met) for row in batch]
                yield outcomes

    async def _store(self, session: AsyncSession, row: Row | Refused) -> Outcome:
        if isinstance(row, Refused):
            return row
        receipt = await intake.take_in(
            session,
            self.channel,
            row.submission,
            key=self.key,
            now=self.now(),
            origin=DraftOrigin.IMPORT,
            past=row.past,
        )
        return _outcome(row, receipt.taken, f"draft {receipt.draft_id}")

    async def _recognise(self, session: AsyncSession, row: Row | Refused, met: Scratch) -> Outcome:
        if isinstance(row, Refused):
            return row
        identity = intake.identify(row.submission, key=self.key, past=row.past)
        if known := await intake.recognised(session, self.channel, identity):
            return _outcome(row, known.taken, f"draft {known.draft_id}")
        name = f"id {identity.external_id}" if identity.external_id else f"content {identity.body_hash}"
        line, _, body = met.first(name, f"{row.number} {identity.body_hash}").partition(" ")
        if line == str(row.number):
            return Arrived(row, Taken.CREATED)
        return _outcome(row, Taken.EXISTS if body == identity.body_hash else Taken.CONFLICT, f"line {line}")


def _batches(rows: Iterable[Row | Refused]) -> Iterator[list[Row | Refused]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


def _outcome(row: Row, taken: Taken, owner: str) -> Outcome:
    if taken is not Taken.CONFLICT:
        return Arrived(row, taken)
    reason = f"external_id: belongs to {owner}, which reads differently; nothing was changed, use another id"
    return Refused(row.number, reason, row.values)
