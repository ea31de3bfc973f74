"""A sample draft, so that a new channel can be tried before a system is connected."""

from datetime import datetime
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import intake
from bot.intake import Arrival
from bot.submissions import Submission
from bot.surfaces import example
from storage.models import Channel
from storage.queries import channels, drafts
from storage.words import ChannelState, DraftOrigin


class Sent(StrEnum):
    """What became of the wish for a sample."""

    SENT = "sent"
    WAITS = "waits"  # one stands there already
    NOT_SET_UP = "not_set_up"


async def send(session: AsyncSession, channel: Channel, *, press: str, key: bytes, now: datetime) -> Sent:
    """Put a sample into the channel; `press` is the key of the press, so that a repeat sends no second one."""
    assert channel.id is not None
    if channel.state != ChannelState.ACTIVE:
        return Sent.NOT_SET_UP
    await channels.locked(session, channel.id)  # two leads at once get one
    if await drafts.open_sample(session, channel.id) is not None:
        return Sent.WAITS
    submission = Submission(
        channel=channel.slack_id,
        external_id=f"sample-{press}"[:200],
        prompt=example.CUSTOMER,
        draft=example.REPLY,
        topic=example.TOPIC,
        model=example.MODEL,
    )
    await intake.take_in(session, channel, submission, Arrival(key, now, origin=DraftOrigin.SAMPLE))
    return Sent.SENT
