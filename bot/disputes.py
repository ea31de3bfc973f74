"""A lead reads answers without names and says which one stands."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, texts, webhooks
from bot.redaction import Redactor
from storage.models import Channel, Draft, Exposure, Gold, Revision
from storage.queries import channels, drafts, golds, labels, people
from storage.queries.labels import Current
from storage.words import AuditAct, DraftState, GoldKind, Verdict

# What a lead decides of a draft.
DECIDED = ("verdict", "text", "escalation", "tags", "label_id", "reason", "note")


class Ruling(StrEnum):
    """What became of a lead's decision."""

    SETTLED = "settled"
    ALREADY = "already"
    BY_YOU = "by_you"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True)
class Decision:
    """A lead's decision: one of the answers, or a text of their own (then `answer` is None)."""

    lead: str
    seen: int  # the newest revision among the answers that the lead read
    answer: int | None  # place of the answer among those shown, from 0
    text: str | None
    escalation: str | None
    reason: str
    note: str | None
    tags: Sequence[str] = ()


async def answers(session: AsyncSession, draft_id: int) -> list[Current]:
    """The answers in dispute, in an order that tells nothing about time or people and never changes."""

    def shuffled(one: Current) -> str:
        return hashlib.sha256(f"{draft_id}:{one.label.id}".encode()).hexdigest()

    return sorted(await labels.in_slots(session, draft_id), key=shuffled)


async def others_who_can(session: AsyncSession, draft_id: int, lead: str, *, channel: Channel) -> list[str]:
    """Who settles in this lead's place, where the lead's own answer is in dispute: leads who are no part of it.

    Empty where the lead may settle: without an answer of their own, or because every lead who is still one in Slack
    is part of it.
    """
    involved = {one.label.agent for one in await labels.in_slots(session, draft_id)}
    if lead not in involved:
        return []
    gone = await people.outsiders(session, channel.team, channel.led_by)
    return [one for one in channel.led_by if one not in involved and one not in gone]


async def opened(session: AsyncSession, draft_id: int, lead: str, now: datetime) -> None:
    """A lead has read the answers: what they say of this draft later is not blind."""
    await labels.expose(session, Exposure(draft_id=draft_id, agent=lead, at=now))


async def settle(session: AsyncSession, draft_id: int, decision: Decision, *, key: bytes, now: datetime) -> Ruling:
    """Make the lead's decision the gold answer, if it is still about the answers that stand.

    What was settled meanwhile stays as it is; the same decision again is a success, for its answer may have been lost.
    """
    draft = await drafts.locked(session, draft_id)
    if draft is None or draft.state == DraftState.WITHDRAWN:
        return Ruling.GONE
    before = await golds.get(session, draft_id)
    others = before is not None and before.settled_by != decision.lead
    if others or (before is None and draft.state != DraftState.DISPUTED):
        return Ruling.ALREADY
    if newest(await answers(session, draft_id)) != decision.seen:
        return Ruling.CHANGED if before is None else Ruling.BY_YOU
    redactor = Redactor(key, draft.placeholders)
    gold = await _gold(session, draft, decision, redactor)
    if before is not None:
        return Ruling.SETTLED if _same(before, gold) else Ruling.BY_YOU
    gold.settled_at = now
    await golds.put(session, gold)
    draft.state, draft.state_at, draft.placeholders = DraftState.SETTLED, now, redactor.known
    session.add(draft)
    channel = await channels.get(session, draft.channel_id)
    was = {"state": DraftState.DISPUTED}
    ruled = {"verdict": gold.verdict, "escalated": gold.escalation is not None, "reason": decision.reason}
    await audit.note(
        session,
        AuditAct.SETTLED,
        channel,
        who=audit.person(decision.lead),
        now=now,
        about=audit.draft(draft_id),
        before=was,
        after=ruled,
    )
    await webhooks.gold_settled(session, channel, draft, now=now)
    return Ruling.SETTLED


async def _gold(session: AsyncSession, draft: Draft, decision: Decision, redactor: Redactor) -> Gold:
    assert draft.id is not None
    shown = await answers(session, draft.id)
    chosen = shown[decision.answer] if decision.answer is not None else None
    text = chosen.revision.text if chosen else redactor.redact(decision.text or "", clean=draft.text or "")
    channel = await channels.get(session, draft.channel_id)
    return Gold(
        draft_id=draft.id,
        channel_id=draft.channel_id,
        kind=GoldKind.ADJUDICATED,
        verdict=chosen.revision.verdict if chosen else _verdict(draft, text),
        text=text,
        escalation=decision.escalation,
        tags=list(decision.tags),
        label_id=chosen.label.id if chosen else None,
        settled_by=decision.lead,
        reason=decision.reason,
        note=redactor.redact(decision.note) if decision.note else None,
        guideline=channel.guideline,
        settled_at=draft.state_at,
    )


def _same(before: Gold, gold: Gold) -> bool:
    return all(getattr(before, name) == getattr(gold, name) for name in DECIDED)


def _verdict(draft: Draft, text: str | None) -> Verdict:
    return Verdict.APPROVED if texts.same(draft.text or "", text or "") else Verdict.EDITED


def newest(shown: Sequence[Current]) -> int:
    """What changes when any of the answers does."""
    return max((one.revision.id or 0 for one in shown), default=0)


def revisions(shown: Sequence[Current]) -> list[Revision]:
    return [one.revision for one in shown]
