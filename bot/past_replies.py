"""A reply that a person gave elsewhere, before Assay: kept as an imported label, and as gold of its own kind."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import verdicts
from storage.models import Gold, Label, Revision
from storage.queries import golds, labels
from storage.words import GoldKind, LabelKind


@dataclass(frozen=True)
class Given:
    """A redacted reply, and the draft that it is compared with."""

    draft: int
    channel: int
    draft_text: str | None
    reply: str


async def keep(session: AsyncSession, given: Given, *, agent: str, now: datetime) -> None:
    """Store the reply as label and gold. It holds no slot, and no guideline of ours stood behind it."""
    judgement = verdicts.reply(given.draft_text, given.reply)
    revision = Revision(
        label_id=0,
        number=1,
        channel_id=given.channel,
        verdict=judgement.verdict,
        text=judgement.text,
        edit_rate=judgement.edit_rate(given.draft_text),
        saved_at=now,
    )
    current = await labels.add(session, Label(draft_id=given.draft, agent=agent, kind=LabelKind.IMPORTED), revision)
    gold = Gold(
        draft_id=given.draft,
        channel_id=given.channel,
        kind=GoldKind.IMPORTED,
        verdict=judgement.verdict,
        text=judgement.text,
        label_id=current.label.id,
        settled_at=now,
    )
    await golds.put(session, gold)
