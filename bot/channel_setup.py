"""A channel is set up: who leads it, where its digest goes, what its guideline says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.errors import AssayError
from bot.redaction import Redactor
from bot.slack_calls import answered
from storage.models import Channel, Guideline
from storage.queries import channels
from storage.words import ChannelState

REASONS = ["refund above limit", "legal threat", "safety", "security incident", "churn risk", "other"]
TAGS = ["personal data", "legal", "safety", "discrimination", "medical", "financial hardship", "minors"]
WORKING_DAYS = [0, 1, 2, 3, 4]  # Monday is 0
LOOK_UP = 0.9


@dataclass(frozen=True)
class Wishes:
    """What an admin filled in."""

    leads: Sequence[str]
    digest_channel: str
    digest_time: str
    guideline: str
    escalation_channel: str | None
    overlap_share: float | None
    time_zone: str


@dataclass(frozen=True)
class Described:
    """What Slack says of a channel."""

    name: str
    private: bool


async def meet(
    session: AsyncSession, *, team: str, slack_id: str, described: Described, invited_by: str | None, now: datetime
) -> Channel:
    """The channel as we know it; one that is new gets every default."""
    new = Channel(
        team=team,
        slack_id=slack_id,
        name=described.name,
        private=described.private,
        invited_by=invited_by,
        leads=[],
        working_days=WORKING_DAYS,
        escalation_reasons=REASONS,
        tags=TAGS,
        reviewers=[],
        created_at=now,
    )
    return await channels.add(session, new)


async def configure(
    session: AsyncSession, channel_id: int, wishes: Wishes, *, by: str, key: bytes, now: datetime
) -> None:
    """Write the settings; a guideline that reads differently becomes the next version."""
    channel = await channels.get(session, channel_id)
    channel.state = ChannelState.ACTIVE
    channel.leads = list(wishes.leads)
    channel.digest_channel, channel.digest_time = wishes.digest_channel, wishes.digest_time
    channel.escalation_channel = wishes.escalation_channel
    channel.overlap_share, channel.time_zone = wishes.overlap_share, wishes.time_zone
    session.add(channel)
    text = without_personal_data(wishes.guideline, key)
    newest = await channels.guideline(session, channel_id)
    if newest is None or newest.text != text:
        version = channel.guideline = newest.version + 1 if newest else 1
        session.add(Guideline(channel_id=channel_id, version=version, text=text, created_by=by, created_at=now))
    await session.flush()


def without_personal_data(guideline: str, key: bytes) -> str:
    """The guideline as it is stored; placeholders may make it longer."""
    return Redactor(key, {}).redact(guideline)


async def can_post(slack: AsyncWebClient, channel: str) -> bool:
    """Whether the bot is in the channel; true when Slack cannot tell now."""
    try:
        info = await answered(slack.conversations_info(channel=channel), patience=LOOK_UP)
    except AssayError as error:
        return "channel_not_found" not in str(error)
    return bool(info["channel"].get("is_member", True))


async def describe(slack: AsyncWebClient, channel: str) -> Described:
    """The channel's name and whether it is private; while Slack cannot tell, its id, and not."""
    try:
        info = (await answered(slack.conversations_info(channel=channel), patience=LOOK_UP))["channel"]
    except AssayError:
        return Described(channel, private=False)
    return Described(str(info.get("name") or channel), bool(info.get("is_private")))


async def time_zone_of(slack: AsyncWebClient, user: str, *, fallback: str) -> str:
    """The time zone of the person's profile."""
    try:
        info = await answered(slack.users_info(user=user), patience=LOOK_UP)
    except AssayError:
        return fallback
    return str(info["user"].get("tz") or fallback)
