"""Channels, their guidelines, and the workspace they are in."""

from collections.abc import Sequence

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Guideline, Workspace
from storage.queries._core import add_once, put, values_of
from storage.words import ChannelState


class NoChannel(Exception):
    """There is no channel with this number."""


async def get(session: AsyncSession, channel_id: int) -> Channel:
    """The channel with this number. Raises NoChannel."""
    found = (await session.exec(_BY_ID, params={"channel": channel_id})).first()
    if found is None:
        raise NoChannel(channel_id)
    return found


async def by_slack_id(session: AsyncSession, team: str, slack_id: str) -> Channel | None:
    return (await session.exec(_BY_SLACK_ID, params={"team": team, "slack": slack_id})).first()


async def by_any_name(session: AsyncSession, name: str) -> Channel | None:
    """The channel meant by an id (`C…`), a name or `#name`; of channels with one name the newest."""
    bare = name.removeprefix("#")
    query = select(Channel).where((Channel.slack_id == bare) | (Channel.name == bare))
    return (await session.exec(query.order_by(col(Channel.id).desc()))).first()


async def active(session: AsyncSession) -> Sequence[Channel]:
    """Every channel that has been set up and not archived, in the order in which they came."""
    return (await session.exec(_ACTIVE)).all()


async def every(session: AsyncSession) -> Sequence[Channel]:
    """Every channel, in the order in which they came."""
    return (await session.exec(select(Channel).order_by(col(Channel.id)))).all()


async def add(session: AsyncSession, channel: Channel) -> Channel:
    """The channel as stored: this one, or the one that was there before."""
    await add_once(session, Channel, values_of(channel))
    stored = await by_slack_id(session, channel.team, channel.slack_id)
    assert stored is not None
    return stored


async def guideline(session: AsyncSession, channel_id: int) -> Guideline | None:
    """The newest version of the channel's instructions."""
    return (await session.exec(_NEWEST_GUIDELINE, params={"channel": channel_id})).first()


async def guidelines(session: AsyncSession, channel_id: int) -> dict[int, str]:
    """The text of each version."""
    rows = await session.exec(select(Guideline).where(Guideline.channel_id == channel_id))
    return {row.version: row.text for row in rows.all()}


async def put_workspace(session: AsyncSession, workspace: Workspace) -> None:
    await put(session, workspace, key=("team",))


async def workspace(session: AsyncSession, team: str) -> Workspace | None:
    return (await session.exec(_WORKSPACE, params={"team": team})).first()


async def newest_workspace(session: AsyncSession) -> Workspace | None:
    """The workspace that the bot was last seen in."""
    query = select(Workspace).order_by(col(Workspace.checked_at).desc()).limit(1)
    return (await session.exec(query)).first()


_BY_ID = select(Channel).where(col(Channel.id) == bindparam("channel"))
_BY_SLACK_ID = select(Channel).where(
    col(Channel.team) == bindparam("team"), col(Channel.slack_id) == bindparam("slack")
)
_ACTIVE = select(Channel).where(Channel.state == ChannelState.ACTIVE).order_by(col(Channel.id))
_NEWEST_GUIDELINE = (
    select(Guideline)
    .where(col(Guideline.channel_id) == bindparam("channel"))
    .order_by(col(Guideline.version).desc())
    .limit(1)
)
_WORKSPACE = select(Workspace).where(col(Workspace.team) == bindparam("team"))
