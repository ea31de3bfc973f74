"""What a webhook is told, drawn when it is sent: what was erased, undone or reopened meanwhile does not leave.

No text of a customer, an agent or a model is in it. A label is told of once its draft is fully answered, as
`GET /labels` does; an escalation at once, with its reason and without its author.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import outbox
from bot.export import NOT_VERIFIED, stays
from storage.models import Announcement, Channel, Draft, Label, Revision
from storage.queries import drafts, golds, labels
from storage.words import DraftState, LabelKind, WebhookEvent

Data = Mapping[str, object]
ERASED = "erased"


@dataclass(frozen=True)
class Untold:
    """Why nothing is told: for now, or for good."""

    why: str
    for_now: bool = False


async def draw(session: AsyncSession, announcement: Announcement) -> Data | Untold:
    """The body of an announcement as things stand, or why there is none."""
    found = await drafts.find_with_channel(session, announcement.draft_id)
    if found is None:
        return Untold(ERASED)
    draft, channel = found
    if why := stays(draft, channel):
        return Untold(why)
    about = {
        "draft": draft.id,
        "external_id": draft.external_id,
        "channel": channel.slack_id,
        "team": channel.team,
        "topic": draft.topic,
    }
    told = await _DRAWN[WebhookEvent(announcement.event)](session, announcement, draft, channel)
    if isinstance(told, Untold):
        return told
    return {"type": announcement.event, "timestamp": announcement.at.isoformat(), "data": {**about, **told}}


async def _label(session: AsyncSession, announcement: Announcement, draft: Draft, _channel: Channel) -> Data | Untold:
    answer = await _answer(session, announcement)
    if isinstance(answer, Untold):
        return answer
    label, revision = answer
    if not revision.verified:
        return Untold(NOT_VERIFIED, for_now=True)
    if draft.state == DraftState.OPEN:
        return Untold("waits for an answer", for_now=True)
    return {
        "agent": label.agent,
        "kind": label.kind,
        "revision": revision.number,
        "newest": revision.number == label.newest,
        "withdrawn": revision.withdrawn,
        "verdict": revision.verdict,
        "escalation": revision.escalation,
        "tags": revision.tags,
        "edit_rate": revision.edit_rate,
        "exposed": revision.exposed,
        "saved_at": revision.saved_at.isoformat(),
        "state": draft.state,
    }


async def _gold(session: AsyncSession, _announcement: Announcement, draft: Draft, _channel: Channel) -> Data | Untold:
    assert draft.id is not None
    gold = await golds.get(session, draft.id)
    if gold is None:
        return Untold("not settled any more")
    if not all(one.revision.verified for one in await labels.in_slots(session, draft.id)):
        return Untold(NOT_VERIFIED, for_now=True)
    return {
        "kind": gold.kind,
        "verdict": gold.verdict,
        "escalation": gold.escalation,
        "tags": gold.tags,
        "guideline": gold.guideline,
        "settled_at": gold.settled_at.isoformat(),
    }


async def _escalation(
    session: AsyncSession, announcement: Announcement, draft: Draft, channel: Channel
) -> Data | Untold:
    assert draft.id is not None
    answer = await _answer(session, announcement)
    if isinstance(answer, Untold):
        return answer
    _, revision = answer
    if not await labels.escalated(session, draft.id):
        return Untold("called off")
    return {
        "reason": revision.escalation,
        "priority": draft.priority,
        "url": draft.url,
        "card": await outbox.card_link(session, channel, draft.id),
        "escalated_at": revision.saved_at.isoformat(),
    }


async def _answer(session: AsyncSession, announcement: Announcement) -> tuple[Label, Revision] | Untold:
    """The answer that an announcement tells of."""
    assert announcement.label_id is not None
    found = await labels.one_revision(session, announcement.label_id, announcement.revision or 0)
    if found is None:
        return Untold(ERASED)
    return Untold("not from a reviewer") if found[0].kind == LabelKind.REFUSED else found


_DRAWN = {
    WebhookEvent.LABEL_CREATED: _label,
    WebhookEvent.GOLD_SETTLED: _gold,
    WebhookEvent.DRAFT_ESCALATED: _escalation,
}
