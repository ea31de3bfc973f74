"""Channels, their guidelines, and the workspace they are in."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, case, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Guideline, Workspace
from storage.queries._core import add_once, put, values_of
from storage.words import ChannelState

_NO_NAME = re.compile("[\0\ud800-\udfff]")  # no database holds a text with one of these
CLOSED = (ChannelState.ARCHIVED, ChannelState.GONE)


class NoChannel(Exception):
    """There is no channel with this number."""


async def get(session: AsyncSession, channel_id: int) -> Channel:
    """The channel with this number. Raises NoChannel."""
    found = (await session.exec(_BY_ID, params={"channel": channel_id})).first()
    if found is None:
        raise NoChannel(channel_id)
    return found


async def locked(session: AsyncSession, channel_id: int) -> Channel:
    """The channel, held against other writers until the transaction ends, as it is stored now."""
    query = select(Channel).where(col(Channel.id) == channel_id).with_for_update()
    return (await session.exec(query.execution_options(populate_existing=True))).one()


async def by_slack_id(session: AsyncSession, team: str, slack_id: str) -> Channel | None:
    return (await session.exec(_BY_SLACK_ID, params={"team": team, "slack": slack_id})).first()


async def by_any_name(session: AsyncSession, name: str) -> Channel | None:
    """The channel meant by an id (`C…`), a name or `#name`; of channels with one name the newest that lives."""
    bare = name.removeprefix("#")
    if _NO_NAME.search(bare):
        return None  # to PostgreSQL such a question is an error
    query = select(Channel).where((Channel.slack_id == bare) | (Channel.name == bare))
    gone = case((col(Channel.state) == ChannelState.GONE, 1), else_=0)
    return (await session.exec(query.order_by(gone, col(Channel.id).desc()))).first()


async def active(session: AsyncSession) -> Sequence[Channel]:
    """Every channel that has been set up and in which Assay can still work, in the order in which they came."""
    return (await session.exec(_ACTIVE)).all()


async def every(session: AsyncSession, *, team: str | None = None) -> Sequence[Channel]:
    """Every channel that Assay was ever in, the oldest first; without a team those of all workspaces."""
    query = select(Channel).order_by(col(Channel.id))
    return (await session.exec(query if team is None else query.where(Channel.team == team))).all()


async def closed(session: AsyncSession, team: str, slack_id: str | None) -> Channel | None:
    """The channel where it is known to be archived or gone; None where one can post, as far as is known."""
    found = await by_slack_id(session, team, slack_id) if slack_id else None
    return found if found is not None and found.state in CLOSED else None


async def serves_another(session: AsyncSession, team: str, slack_id: str) -> bool:
    """Whether another channel's digest or escalations go here."""
    query = select(Channel.id).where(Channel.team == team, Channel.slack_id != slack_id)
    here = (col(Channel.digest_channel) == slack_id) | (col(Channel.escalation_channel) == slack_id)
    return (await session.exec(query.where(here).limit(1))).first() is not None


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


async def remove_workspace(session: AsyncSession, team: str, now: datetime) -> None:
    """Nothing can be posted there any more, until the bot learns who it is there again."""
    query = update(Workspace).where(col(Workspace.team) == team, col(Workspace.removed_at).is_(None))
    await session.exec(query.values(removed_at=now))


async def removed_teams(session: AsyncSession) -> Sequence[str]:
    """Workspaces that took the app out."""
    return (await session.exec(REMOVED)).all()


async def newest_workspace(session: AsyncSession) -> Workspace | None:
    """The workspace that the bot was last seen in."""
    query = select(Workspace).order_by(col(Workspace.checked_at).desc()).limit(1)
    return (await session.exec(query)).first()


_BY_ID = select(Channel).where(col(Channel.id) == bindparam("channel"))
_BY_SLACK_ID = select(Channel).where(
    col(Channel.team) == bindparam("team"), col(Channel.slack_id) == bindparam("slack")
)
REMOVED = select(Workspace.team).where(col(Workspace.removed_at).is_not(None))
_ACTIVE = (
    select(Channel)
    .where(Channel.state == ChannelState.ACTIVE, col(Channel.team).not_in(REMOVED))
    .order_by(col(Channel.id))
)
_NEWEST_GUIDELINE = (
    select(Guideline)
    .where(col(Guideline.channel_id) == bindparam("channel"))
    .order_by(col(Guideline.version).desc())
    .limit(1)
)
_WORKSPACE = select(Workspace).where(col(Workspace.team) == bindparam("team"))
