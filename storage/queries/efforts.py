"""What work edits took: which are to be measured, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Draft, Effort, Label, Revision
from storage.queries._core import add_each_once
from storage.queries.drafts import is_counted
from storage.words import LabelKind, Verdict


@dataclass(frozen=True)
class Edit:
    """A draft and the final text that somebody made of it, by the number of the revision that holds it."""

    revision: int
    saved_at: datetime
    draft: str
    final: str


async def unmeasured(session: AsyncSession, *, since: datetime, until: datetime, limit: int) -> list[Edit]:
    """Edits saved from `since` (included) to `until` (excluded) that nobody has measured yet, the oldest first.

    What was imported is nobody's work here, and what was undone no answer.
    The cost grows with what was saved in between, and with nothing else.
    """
    query = (
        select(col(Revision.id), col(Revision.saved_at), col(Draft.text), col(Revision.text))
        .join(Label, col(Label.id) == Revision.label_id)
        .join(Draft, col(Draft.id) == Label.draft_id)
        # Named one by one, for the index begins with them.
        .where(col(Revision.channel_id).in_(select(col(Channel.id))))
        .where(col(Revision.saved_at) >= since, col(Revision.saved_at) < until)
        .where(Revision.verdict == Verdict.EDITED, col(Revision.text).is_not(None), col(Draft.text).is_not(None))
        .where(col(Revision.withdrawn).is_(False), Label.kind != LabelKind.IMPORTED, is_counted())
        .where(~exists().where(col(Effort.revision_id) == Revision.id))
        .order_by(col(Revision.saved_at), col(Revision.id))
        .limit(limit)
    )
    connection = await session.connection()
    found: Sequence[Any] = (await connection.execute(query)).all()
    return [Edit(*row) for row in found]


async def keep(session: AsyncSession, measured: Sequence[Effort]) -> None:
    """Store what was found; what another process has stored meanwhile stands."""
    if measured:
        await add_each_once(session, Effort, [effort.model_dump() for effort in measured])
