"""What must reach Slack is written down in the transaction that causes it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.surfaces import health, welcome
from bot.surfaces.blocks import Message
from bot.surfaces.composed import noted
from bot.surfaces.notice import Told
from storage.models import Channel, Delivery, Draft, Workspace
from storage.queries import channels, deliveries, redraws
from storage.words import DeliveryKind, DraftState

URGENT, SOON = deliveries.URGENT, 500
# What is left is read from the message itself when it is shown; only the version before shows these words.
PART: Message = {"text": "Part of this message was erased."}


async def cards(session: AsyncSession, channel: Channel, drafts: Mapping[int, int], *, now: datetime) -> None:
    """Ask for the cards of drafts to be posted; each draft's number comes with its priority."""
    alike = new_row(channel, DeliveryKind.CARD, "", now)
    each = [
        {"id": uuid.uuid4().hex, "key": f"card:{number}", "draft_id": number, "priority": priority}
        for number, priority in drafts.items()
    ]
    await deliveries.add_alike(session, alike, each)


async def redraw(
    session: AsyncSession, channel: Channel, draft: Draft, *, now: datetime, by_press: bool = False
) -> int | None:
    """Ask for the draft's card to be drawn again; how often this was asked for so far, None where no card is there yet.

    `by_press`: the press on it does that, and whoever was pressed says how it ended.
    """
    assert draft.id is not None
    stands = await deliveries.need_card(session, draft.id, needed=draft.state == DraftState.OPEN)
    if not stands and not by_press:
        return None  # whoever posts it draws it as it is then
    row = new_row(channel, DeliveryKind.REDRAW, redraws.key_of(draft.id), now + redraws.PATIENCE, draft_id=draft.id)
    row.priority = SOON
    return await redraws.ask(session, row, now=now, by_press=by_press)


async def say(session: AsyncSession, channel: Channel, posted: Delivery, words: Message, *, now: datetime) -> None:
    """Let a message say this, also where it stands in Slack by now."""
    if words == posted.body:
        return
    posted.body = words
    session.add(posted)
    await session.flush()
    if posted.state in deliveries.ON_SCREEN:
        await reword(session, channel, posted, now=now)


async def reword(session: AsyncSession, channel: Channel, posted: Delivery, *, now: datetime) -> None:
    """Ask for a message of a draft to show what its body says now."""
    row = new_row(channel, DeliveryKind.REDRAW, redraws.key_of(posted.id), now, draft_id=posted.draft_id, priority=SOON)
    row.to, row.parent = posted.to, posted.id
    await redraws.ask(session, row, now=now)


async def digest(
    session: AsyncSession, channel: Channel, *, key: str, messages: Sequence[Message], now: datetime
) -> None:
    """Ask for a digest to be posted: the message for leads, and the others in its thread."""
    place, shut = await place_for(session, channel, channel.digest_channel)
    lead, *thread = messages
    first = new_row(channel, DeliveryKind.DIGEST, f"digest:{key}", now, priority=SOON)
    first.to, first.body = place, turned(lead, shut)
    await deliveries.add(session, first)
    for number, message in enumerate(thread, 1):
        # Of two that are due at once the one asked for first goes first.
        row = new_row(channel, DeliveryKind.FIGURES, f"figures:{key}:{number}", now, priority=SOON - number)
        row.to, row.body, row.parent = place, message, first.id
        await deliveries.add(session, row)


async def first_message(session: AsyncSession, channel: Channel, *, now: datetime) -> bool:
    """Ask for the message that says what Assay is; false where there was one, or another channel uses this one."""
    if await channels.serves_another(session, channel.team, channel.slack_id):
        return False
    row = new_row(channel, DeliveryKind.WELCOME, f"welcome:{channel.id}", now, priority=URGENT)
    row.body = welcome.first_message(channel)
    return await deliveries.add(session, row)


async def take_out(
    session: AsyncSession, channel: Channel, posted: Delivery, *, now: datetime, in_part: bool = False
) -> None:
    """Ask for what was posted to be deleted in Slack once it is known to stand there; `in_part`: for what is left of it
    to be shown."""
    row = new_row(channel, DeliveryKind.ERASURE, f"erasure:{posted.id}:{uuid.uuid4().hex[:8]}", now, priority=SOON)
    row.to, row.parent, row.body = posted.to, posted.id, PART if in_part else None
    await deliveries.add(session, row)


async def place_for(session: AsyncSession, channel: Channel, wanted: str | None) -> tuple[str, Channel | None]:
    """Where to post what is meant for another channel: there, or here when that one is closed (which is told).

    What is meant for this channel itself waits here where this is closed.
    """
    shut = None if wanted == channel.slack_id else await channels.closed(session, channel.team, wanted)
    return (wanted or channel.slack_id, None) if shut is None else (channel.slack_id, shut)


async def told(session: AsyncSession, channel: Channel) -> Told | None:
    """Where escalations are announced; None: nowhere."""
    if channel.escalation_channel is None:
        return Told.LEADS if channel.led_by else None
    _, shut = await place_for(session, channel, channel.escalation_channel)
    return Told.THERE if shut is None else Told.HERE


def turned(message: Message, shut: Channel | None) -> Message:
    """The message, with a line that says why it comes here when the channel it was meant for is closed."""
    if shut is None:
        return message
    line = (
        f"{health.what_happened(shut)}, so this comes here. "
        "A workspace admin can choose another one with `/assay setup`."
    )
    return noted(message, line)


async def card_link(session: AsyncSession, channel: Channel, draft_id: int) -> str | None:
    """The address of the draft's card in Slack, once it is posted."""
    posted = await deliveries.card(session, draft_id)
    workspace = await channels.workspace(session, channel.team)
    return link(workspace, posted)


def link(workspace: Workspace | None, posted: Delivery | None) -> str | None:
    """The address in Slack of what was posted."""
    if posted is None or posted.ts is None or workspace is None:
        return None
    return f"{workspace.url}archives/{posted.to}/p{posted.ts.replace('.', '')}"


def new_row(
    channel: Channel, kind: DeliveryKind, key: str, due_at: datetime, *, draft_id: int | None = None, priority: int = 0
) -> Delivery:
    assert channel.id is not None
    return Delivery(
        id=uuid.uuid4().hex,
        key=key,
        kind=kind,
        team=channel.team,
        channel_id=channel.id,
        to=channel.slack_id,
        draft_id=draft_id,
        priority=priority,
        due_at=due_at,
    )
