"""A reply that a person gave elsewhere, before Assay: kept as an imported label, and as gold of its own kind."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import verdicts
from bot.redaction import Redactor
from bot.verdicts import Judgement
from storage.models import Draft, Gold, Label, Revision
from storage.queries import golds, labels
from storage.words import DraftState, GoldKind, LabelKind


def judged(draft: Draft, reply: str, redactor: Redactor) -> Judgement:
    """What the reply says of the draft, redacted as the draft was; the draft needs no other answer."""
    draft.state = DraftState.SETTLED
    return verdicts.reply(draft.text, redactor.redact(reply))


async def keep(session: AsyncSession, draft: Draft, judgement: Judgement, *, agent: str, now: datetime) -> None:
    """Store the reply as label and gold. It holds no slot, and no guideline of ours stood behind it."""
    assert draft.id is not None
    revision = Revision(
        label_id=0,
        number=1,
        channel_id=draft.channel_id,
        verdict=judgement.verdict,
        text=judgement.text,
        edit_rate=judgement.edit_rate(draft.text),
        saved_at=now,
    )
    label = Label(draft_id=draft.id, agent=agent, kind=LabelKind.IMPORTED)
    current = await labels.add(session, label, revision)
    await golds.put(
        session,
        Gold(
            draft_id=draft.id,
            channel_id=draft.channel_id,
            kind=GoldKind.IMPORTED,
            verdict=judgement.verdict,
            text=judgement.text,
            label_id=current.label.id,
            settled_at=now,
        ),
    )
