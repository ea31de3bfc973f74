"""An agent's answer becomes a label: once, whatever is repeated, and whatever happened meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, escalations, gold, outbox, texts, webhooks
from bot.acts import Act, Outcome, Result
from bot.redaction import Redactor
from bot.verdicts import Judgement
from bot.vouching import is_not_there, vouch
from storage.models import Channel, Draft, Label, Revision, Slot
from storage.queries import channels, drafts, golds, labels, seen, unsaved
from storage.queries.labels import Current
from storage.words import AuditAct, DraftOrigin, DraftState, LabelKind, Trigger, Verdict

HEAVY_EDIT = 0.5  # share of the words


async def record(session: AsyncSession, channel: Channel, act: Act, judgement: Judgement, *, key: bytes) -> Outcome:
    """Store an answer: as the draft's label while a slot is free, else as extra or late; never not at all.

    An answer equal to the stored one changes nothing, nor does one that was sent before it. `key` hashes the values
    behind placeholders.
    """
    # Before the draft is held, as by whoever writes down what Slack said of somebody.
    not_there = not act.verified and await is_not_there(session, channel, act.agent, act.now)
    outcome = await _recorded(session, channel, act, judgement, key=key)
    if not_there:
        await vouch(session, channel, act.agent, allowed=False, now=act.now)
    return outcome


async def _recorded(session: AsyncSession, channel: Channel, act: Act, judgement: Judgement, *, key: bytes) -> Outcome:
    draft = await drafts.locked(session, act.draft)
    if draft is None:
        return Outcome(Result.GONE)
    before = await labels.held(session, act.draft, act.agent)
    repeated = not await seen.first_time(session, act.key, act.now)
    if before is not None and _overtaken(act, before.revision) and not _stands(before, judgement):
        return Outcome(Result.OVERTAKEN, draft)
    if before is not None and (repeated or _overtaken(act, before.revision)):
        return await _as_it_stands(session, channel, draft, before)
    judgement, redacted = await _redact(session, draft, judgement, key)
    if before is not None and _stands(before, judgement) and not await _can_be_more(session, draft, act, before):
        # No revision says that it stands over what was put aside since.
        await unsaved.set_behind(session, act.draft, act.agent, answer=before.revision.number)
        _said_once_more(session, act, before.revision)
        return replace(await _as_it_stands(session, channel, draft, before), redacted=redacted)
    return await _store(session, channel, draft, act, before=before, judgement=judgement, redacted=redacted)


async def _as_it_stands(session: AsyncSession, channel: Channel, draft: Draft, before: Current) -> Outcome:
    """An answer that comes again changes nothing: what is stored, as it was said when it was stored."""
    if before.revision.withdrawn:
        return Outcome(Result.OVERTAKEN, draft)  # undone since
    judgement = _judgement(before.revision)
    if await gold.settled_by_lead(session, draft):
        return Outcome(Result.AFTER_SETTLED, draft, judgement)
    if before.label.kind == LabelKind.EXTRA:
        first = await labels.others(session, before.label.draft_id, before.label.agent)
        told = await outbox.told(session, channel) if judgement.escalation is not None else None
        return Outcome(Result.EXTRA, draft, judgement, first=first, told=told)
    return Outcome(Result.LATE if before.label.kind == LabelKind.LATE else Result.SAME, draft, judgement)


async def undo(session: AsyncSession, channel: Channel, act: Act) -> Outcome:
    """Withdraw the agent's answer; it stays in the history, and the draft opens again where it held a slot."""
    draft = await drafts.locked(session, act.draft)
    if draft is None:
        return Outcome(Result.GONE)
    current = await labels.held(session, act.draft, act.agent)
    repeated = not await seen.first_time(session, act.key, act.now)
    if current is None or current.revision.withdrawn:
        return Outcome(_undone_before(session, act, current, repeated=repeated), draft)
    if _overtaken(act, current.revision):
        return Outcome(Result.OVERTAKEN, draft)
    if await gold.settled_by_lead(session, draft):
        return Outcome(Result.SETTLED_BY_LEAD, draft)
    if repeated:
        # An answer given after this undo stands, however late the undo comes again.
        return await _as_it_stands(session, channel, draft, current)
    assert current.label.id is not None
    escalated = current.revision.escalation is not None
    await _note(session, channel, draft, act, AuditAct.LABEL_UNDONE)
    undone = await labels.revise(session, current.label, _withdrawal(current.revision, act))
    await webhooks.label_saved(session, channel, draft, undone, now=act.now)
    if escalated:
        await escalations.call_off(session, channel, draft, undone, now=act.now)
    if current.label.kind != LabelKind.COUNTED:
        return Outcome(Result.UNDONE, draft)
    await drafts.free_slot_of(session, current.label.id)
    held = await labels.in_slots(session, act.draft)
    redraw = await gold.follow(session, channel, draft, held, now=act.now, by_press=act.draws)
    return Outcome(Result.UNDONE, draft, redraw=redraw)


def _undone_before(session: AsyncSession, act: Act, current: Current | None, *, repeated: bool) -> Result:
    """What an undo finds where no answer stands: its own work, that of the first click of two, or nothing."""
    if current is None:
        return Result.NOTHING_TO_UNDO
    if not repeated and not _overtaken(act, current.revision):
        _said_once_more(session, act, current.revision)
    return Result.UNDONE


async def withdraw(session: AsyncSession, draft_id: int, now: datetime, *, by: str) -> Draft | None:
    """Take a draft back: nobody has to answer it any more, and it gives no gold. None where there is none."""
    draft = await drafts.locked(session, draft_id)
    if draft is None or draft.state == DraftState.WITHDRAWN:
        return draft
    await golds.drop(session, draft_id)
    channel, was, about = await channels.get(session, draft.channel_id), {"state": draft.state}, audit.draft(draft_id)
    draft.state, draft.state_at = DraftState.WITHDRAWN, now
    session.add(draft)
    await outbox.redraw(session, channel, draft, now=now)
    await audit.note(session, AuditAct.WITHDRAWN, channel, who=by, now=now, about=about, before=was)
    return draft


async def _store(
    session: AsyncSession,
    channel: Channel,
    draft: Draft,
    act: Act,
    *,
    before: Current | None,
    judgement: Judgement,
    redacted: Mapping[str, int],
) -> Outcome:
    assert draft.id is not None
    adjudicated = await gold.settled_by_lead(session, draft)
    slots = await drafts.slots(session, draft.id)
    slot, kind = _place(draft, slots, act, before, adjudicated=adjudicated)
    revision = await _revision(session, channel, draft, act, judgement)
    told_before = judgement.escalation is not None and await labels.escalated(session, draft.id)
    current = (
        await labels.add(session, Label(draft_id=draft.id, agent=act.agent, kind=kind), revision)
        if before is None
        else await labels.revise(session, before.label, revision, kind=kind)
    )
    if slot is not None:
        assert slot.id is not None
        assert current.label.id is not None
        await drafts.take_slot(session, slot.id, current.label.id)
    await webhooks.label_saved(session, channel, draft, current, now=act.now)
    told = await escalations.announce(session, channel, draft, current, told_before=told_before, now=act.now)
    revised = before is not None and not before.revision.withdrawn and not _stands(before, judgement)
    if revised:
        await _note(session, channel, draft, act, AuditAct.LABEL_CHANGED)
    if before is not None and before.revision.escalation is not None:
        await escalations.call_off(session, channel, draft, current, now=act.now)
    if adjudicated:
        return Outcome(Result.AFTER_SETTLED, draft, judgement, redacted=redacted)
    others = await labels.others(session, draft.id, act.agent) if kind is LabelKind.EXTRA else ()
    redraw = None
    if kind is LabelKind.COUNTED:
        # The one slot's answer is at hand; several are read.
        held = [current] if len(slots) == 1 else await labels.in_slots(session, draft.id)
        redraw = await gold.follow(session, channel, draft, held, now=act.now, by_press=act.draws)
        await _offer_second_look(session, channel, draft, slots, revision)
    return Outcome(
        _RESULTS[kind],
        draft,
        judgement,
        first=others,
        redacted=redacted,
        revised=revised,
        redraw=redraw,
        told=told,
    )


_RESULTS = {LabelKind.COUNTED: Result.SAVED, LabelKind.EXTRA: Result.EXTRA, LabelKind.LATE: Result.LATE}


async def _offer_second_look(
    session: AsyncSession, channel: Channel, draft: Draft, slots: Sequence[Slot], revision: Revision
) -> None:
    """An escalation or a heavy edit that nobody else was to see is offered to one more person."""
    assert draft.id is not None
    if not channel.second_looks or len(slots) > 1 or draft.origin == DraftOrigin.SAMPLE:
        return
    if revision.escalation is not None:
        await drafts.add_second_look(session, draft.id, number=2, trigger=Trigger.ESCALATED)
    elif (revision.edit_rate or 0.0) >= HEAVY_EDIT and draft.text is not None:
        await drafts.add_second_look(session, draft.id, number=2, trigger=Trigger.HEAVILY_EDITED)


def _place(
    draft: Draft, slots: Sequence[Slot], act: Act, before: Current | None, *, adjudicated: bool
) -> tuple[Slot | None, LabelKind]:
    """Where a label belongs: its own slot, a free one (the agent's lease first), or none."""
    if draft.state == DraftState.WITHDRAWN:
        return None, LabelKind.LATE
    mine = before.label.id if before is not None else None
    if mine is not None and any(slot.label_id == mine for slot in slots):
        return None, LabelKind.COUNTED
    free = [slot for slot in slots if slot.label_id is None and (slot.trigger is None or act.second_look)]
    if not free or adjudicated:
        return None, LabelKind.EXTRA
    return min(free, key=lambda slot: (slot.leased_by != act.agent, slot.leased_by is not None)), LabelKind.COUNTED


async def _revision(session: AsyncSession, channel: Channel, draft: Draft, act: Act, judgement: Judgement) -> Revision:
    return Revision(
        label_id=0,
        number=1,
        channel_id=draft.channel_id,
        verdict=judgement.verdict,
        text=judgement.text,
        escalation=judgement.escalation,
        reject_reason=judgement.reject_reason,
        tags=list(judgement.tags),
        note=judgement.note,
        exposed=await labels.is_exposed(session, act.draft, act.agent),
        verified=act.verified,
        edit_rate=judgement.edit_rate(draft.text),
        guideline=channel.guideline,
        sent_at=act.sent_at,
        opened_at=act.opened_at,
        saved_at=act.now,
    )


async def _redact(
    session: AsyncSession, draft: Draft, judgement: Judgement, key: bytes
) -> tuple[Judgement, Mapping[str, int]]:
    written = judgement.text if judgement.text != draft.text else None
    if written is None and judgement.note is None:
        return judgement, {}
    redactor = Redactor(key, draft.placeholders)
    clean = redactor.redact(written, clean=draft.text or "") if written is not None else judgement.text
    note = redactor.redact(judgement.note) if judgement.note is not None else None
    if redactor.known != draft.placeholders:
        draft.placeholders = redactor.known
        session.add(draft)
    if judgement.verdict is Verdict.EDITED and draft.text is not None and texts.same(clean or "", draft.text):
        # Without what was struck out or replaced nothing is left of the edit.
        judgement = replace(judgement, verdict=Verdict.APPROVED)
        clean = draft.text
    return replace(judgement, text=clean, note=note), redactor.counts


async def _note(session: AsyncSession, channel: Channel, draft: Draft, act: Act, what: AuditAct) -> None:
    """Tell the audit trail that an answer is taken back or changed, where the draft was settled by then."""
    if draft.state == DraftState.SETTLED:
        about = audit.draft(act.draft)
        await audit.note(session, what, channel, who=audit.person(act.agent), now=act.now, about=about)


async def _can_be_more(session: AsyncSession, draft: Draft, act: Act, before: Current) -> bool:
    """Whether the same answer counts for more now: its author is a reviewer by now, or a slot came free."""
    if before.label.kind == LabelKind.REFUSED:
        return True
    if before.label.kind == LabelKind.COUNTED or await gold.settled_by_lead(session, draft):
        return False
    assert draft.id is not None
    slot, _ = _place(draft, await drafts.slots(session, draft.id), act, before, adjudicated=False)
    return slot is not None


def _stands(before: Current, judgement: Judgement) -> bool:
    return not before.revision.withdrawn and _judgement(before.revision).equals(judgement)


def _overtaken(act: Act, newest: Revision) -> bool:
    """Whether the person did something else after this: the network held it up, or brings once more what failed."""
    return act.sent_at is not None and newest.sent_at is not None and act.sent_at < newest.sent_at


def _said_once_more(session: AsyncSession, act: Act, newest: Revision) -> None:
    """What was sent before this comes too late from now on, though nothing new is stored."""
    if act.sent_at is not None:
        newest.sent_at = act.sent_at
        session.add(newest)


def _judgement(revision: Revision) -> Judgement:
    return Judgement(
        Verdict(revision.verdict),
        revision.text,
        revision.escalation,
        revision.reject_reason,
        tuple(revision.tags),
        revision.note,
    )


def _withdrawal(revision: Revision, act: Act) -> Revision:
    copied = revision.model_dump(exclude={"id", "saved_at", "opened_at", "sent_at", "withdrawn"})
    return Revision(**copied, withdrawn=True, sent_at=act.sent_at, saved_at=act.now)
