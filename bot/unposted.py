"""What a draft's card waits for that is not posted yet."""

from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Delivery, Draft
from storage.queries import turns, writings
from storage.words import ChannelState, DeliveryState, DraftState, WritingState


class WaitsFor(StrEnum):
    """The first thing that keeps a card from being posted."""

    MODEL = "model"
    CHANNEL = "channel"
    ROOM = "room"
    TURN = "turn"
    LOOK = "look"
    ADMIN = "admin"


MEANS = {
    WaitsFor.MODEL: "the model's reply",
    WaitsFor.CHANNEL: "a channel that is active: it is archived, or Assay was taken out of it",
    WaitsFor.ROOM: "room: the channel shows as many open cards as its settings allow",
    WaitsFor.TURN: "its turn, at the pace that Slack allows, or until Slack is well again",
    WaitsFor.LOOK: "a look into the channel: Slack did not say whether it was posted",
    WaitsFor.ADMIN: "an admin: Slack refused it, and Home has Post again",
}
IN_STATE = {DeliveryState.AMBIGUOUS: WaitsFor.LOOK, DeliveryState.FAILED: WaitsFor.ADMIN}


async def waits_for(session: AsyncSession, channel: Channel, draft: Draft, posted: Delivery | None) -> WaitsFor | None:
    """What the card of a draft waits for; None where it is there, or nobody needs it."""
    assert draft.id is not None
    if draft.state != DraftState.OPEN or (posted is not None and posted.ts is not None):
        return None
    if posted is None:
        asked = await writings.get(session, draft.id)
        under_way = asked is not None and asked.state in (WritingState.WAITING, WritingState.ASKING)
        return WaitsFor.MODEL if under_way else None
    if posted.state != DeliveryState.PENDING:
        return IN_STATE.get(DeliveryState(posted.state), WaitsFor.TURN)
    if channel.state != ChannelState.ACTIVE:
        return WaitsFor.CHANNEL
    full = await turns.cards_shown(session, posted.channel_id) >= channel.open_cards
    return WaitsFor.ROOM if full else WaitsFor.TURN
