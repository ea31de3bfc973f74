"""Escalations are announced in Slack, announced again, called off, and made anew when their draft changes.

What a notice is made of beside its draft stands in its body: `raised` and `off` name the answers that raised the
escalation and called it off, `unheard` the channel in which nobody could be told of it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, outbox
from bot.surfaces import notice as notice_surface
from bot.surfaces.blocks import Message
from bot.surfaces.composed import noted
from storage.models import Channel, Delivery, Draft, Exposure, Label, Revision
from storage.queries import channels, deliveries, labels, threads
from storage.queries.labels import Current
from storage.words import AuditAct, DeliveryKind, DeliveryState

UNSAID = (DeliveryState.FAILED, DeliveryState.CANCELLED)  # nothing hangs on it


async def announce(
    session: AsyncSession, channel: Channel, draft: Draft, raised: Current, *, now: datetime
) -> list[Delivery]:
    """Ask for an answer's escalation to be announced, unless the draft's is already: what will be posted.

    It goes to the escalation channel, or to each lead directly where there is none. One that was called off is
    announced again in the thread of the first notice.
    """
    assert draft.id is not None
    told, _ = await deliveries.notices(session, draft.id)
    if told and told[-1].kind == DeliveryKind.NOTICE:
        return []
    message = await _made(session, channel, draft, {"raised": _number(raised)})
    asked, places = [], _told_before(told) or _to_be_told(channel)
    for place in places:
        row = _in_turn(channel, DeliveryKind.NOTICE, draft.id, told, place=place, now=now)
        row.to, shut = await outbox.place_for(session, channel, place)
        row.body = outbox.turned(message, shut)
        if shut is not None and row.parent is not None:
            await threads.keep_unsaid(session, row.parent)
            row.parent = None  # a thread of a closed channel takes nothing
        told_there = row.to != place and row.to in places  # it has come there before, since the channel is closed
        asked += [row] if not told_there and await deliveries.add(session, row) else []
        await _reword(session, channel, told, place=place, now=now, words=lambda _: message)
    return asked


async def call_off(session: AsyncSession, channel: Channel, draft: Draft, by: Current, *, now: datetime) -> None:
    """Say of each notice, on it and in its thread, that no human is needed any more, if one was announced.

    What leads were told in a notice's place says so too.
    """
    assert draft.id is not None
    agent = by.label.agent
    told, alarms = await deliveries.notices(session, draft.id)
    if told and told[-1].kind == DeliveryKind.NOTICE:
        for place in _told_before(told):
            row = _in_turn(channel, DeliveryKind.CALLED_OFF, draft.id, told, place=place, now=now)
            row.to, row.body = place, notice_surface.called_off(agent=agent)
            if row.parent is None:  # nobody there read of it
                row.parent = next(one.id for one in told if one.to == place)
                row.state, row.error = DeliveryState.FAILED, threads.NO_MESSAGE
            await deliveries.add(session, row)
            await _reword(session, channel, told, place=place, now=now, words=lambda said: _off(said, by))
        for alarm in alarms:
            off = await made_anew(session, channel, draft, {**(alarm.body or {}), "off": _number(by)})
            if off is not None:
                await outbox.say(session, channel, alarm, off, now=now)
        who, about = audit.person(agent), audit.draft(draft.id)
        await audit.note(session, AuditAct.CALLED_OFF, channel, who=who, now=now, about=about)


async def made_anew(session: AsyncSession, channel: Channel, draft: Draft, body: Message) -> Message | None:
    """A notice as its draft is now; None for one of an older version, whose body does not say what it is made of."""
    return await _made(session, channel, draft, body) if "raised" in body else None


async def _made(session: AsyncSession, channel: Channel, draft: Draft, body: Message) -> Message:
    assert draft.id is not None
    label, revision = await _answer(session, body["raised"])
    link = await outbox.card_link(session, channel, draft.id)
    message = notice_surface.escalated(draft, reason=revision.escalation or "", agent=label.agent, permalink=link)
    if "off" in body:
        label, _ = await _answer(session, body["off"])
        message = notice_surface.off(message, agent=label.agent)
    for line in body.get("notes", ()):
        message = noted(message, line)
    if "unheard" in body:
        message = notice_surface.unheard(message, channel=body["unheard"])
    return {**body, **message}


def _off(said: Message, by: Current) -> Message:
    return {**notice_surface.off(said, agent=by.label.agent), "off": _number(by)}


def _number(answer: Current) -> list[int | None]:
    """By this an answer is found again: JSON knows no pairs."""
    return [answer.label.id, answer.revision.number]


async def _answer(session: AsyncSession, number: Sequence[int]) -> tuple[Label, Revision]:
    label_id, revision = number
    found = await labels.one_revision(session, label_id, revision)
    assert found is not None  # it goes with its draft only
    return found


async def _reword(
    session: AsyncSession,
    channel: Channel,
    told: Sequence[Delivery],
    *,
    place: str,
    now: datetime,
    words: Callable[[Message], Message],
) -> None:
    """Let the first of a draft's notices in a place, in whose thread the others stand, say how things are now.

    So do those that are not known to stand there: what waits may go elsewhere, what failed may be posted again.
    """
    there = [one for one in told if one.to == place and one.kind == DeliveryKind.NOTICE and one.body is not None]
    first = next((one for one in there if one.state != DeliveryState.FAILED), None)
    for one in there:
        if one is first or one.state != DeliveryState.SENT:
            one.body = words(one.body or {})
            session.add(one)
    await session.flush()
    if first is not None:
        await outbox.reword(session, channel, first, now=now)


async def tell_leads(session: AsyncSession, notice_id: str, *, now: datetime) -> None:
    """Ask for each lead to be told directly what a notice could not say, once.

    They are told what it says by now; nothing where it was erased or called off while Slack was asked to post it.
    """
    notice = await deliveries.held_one(session, notice_id)
    if notice is None or notice.draft_id is None or notice.body is None or "off" in notice.body:
        return
    channel = await channels.get(session, notice.channel_id)
    message = notice_surface.unheard(notice.body, channel=notice.to) | {"unheard": notice.to}
    for lead in channel.led_by:
        row = outbox.new_row(channel, DeliveryKind.ALARM, f"alarm:{notice.key}:{lead}", now, priority=outbox.URGENT)
        row.to, row.draft_id, row.body = lead, notice.draft_id, message
        if await deliveries.add(session, row):
            await labels.expose(session, Exposure(draft_id=notice.draft_id, agent=lead, at=now))


def _to_be_told(channel: Channel) -> Sequence[str]:
    return channel.led_by if channel.escalation_channel is None else [channel.escalation_channel]


def _told_before(told: Sequence[Delivery]) -> list[str]:
    return list(dict.fromkeys(one.to for one in told))


def _in_turn(
    channel: Channel, kind: DeliveryKind, draft_id: int, told: Sequence[Delivery], *, place: str, now: datetime
) -> Delivery:
    """The next of a draft's notices for a place; all but the first there stand in its thread."""
    several = channel.escalation_channel is None or len(_told_before(told)) > 1
    # Not how many there are: those of a lead who was erased are gone.
    turn = deliveries.turn(told[-1]) + 1 if told else 0
    key = f"notice:{draft_id}:{turn}" if told or several else f"notice:{draft_id}"
    # An earlier one is more urgent, so that a thread reads in the order in which things happened.
    priority = outbox.URGENT + max(0, 99 - turn)
    row = outbox.new_row(channel, kind, f"{key}:{place}" if several else key, now, draft_id=draft_id, priority=priority)
    heard = [one.id for one in told if one.to == place and one.state not in UNSAID]
    row.parent = next(iter(heard), None)
    return row
