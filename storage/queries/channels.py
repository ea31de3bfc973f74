"""Channels, their guidelines, and the workspace they are in."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, case, delete, update
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Guideline, Installation, Workspace
from storage.queries._core import add_once, put, values_of
from storage.words import ChannelState

_NO_NAME = re.compile("[\0\ud800-\udfff]")  # no database holds a text with one of these
CLOSED = (ChannelState.ARCHIVED, ChannelState.GONE)


class NoChannel(Exception):
    """There is no channel with this number, or not in that workspace."""


async def get(session: AsyncSession, channel_id: int) -> Channel:
    """The channel with this number. Raises NoChannel."""
    found = (await session.exec(_BY_ID, params={"channel": channel_id})).first()
    if found is None:
        raise NoChannel(channel_id)
    return found


async def of_team(session: AsyncSession, team: str, channel_id: int) -> Channel:
    """The channel of a workspace with a number that came from outside. Raises NoChannel."""
    found = await get(session, channel_id)
    if found.team != team:
        raise NoChannel(channel_id)
    return found


async def locked(session: AsyncSession, channel_id: int) -> Channel:
    """The channel, held against other writers until the transaction ends, as it is stored now.

    What is stored in it or names it does not wait: whoever does that holds a draft, for which this one may wait.
    """
    query = select(Channel).where(col(Channel.id) == channel_id).with_for_update(key_share=True)
    return (await session.exec(query.execution_options(populate_existing=True))).one()


async def by_slack_id(session: AsyncSession, team: str, slack_id: str) -> Channel | None:
    return (await session.exec(_BY_SLACK_ID, params={"team": team, "slack": slack_id})).first()


async def by_any_name(session: AsyncSession, team: str, name: str) -> Channel | None:
    """The channel meant by an id (`C…`), a name or `#name` there; of those with one name the newest that lives."""
    return next(iter(await _by_any_name(session, name, team)), None)


async def in_any_workspace(session: AsyncSession, name: str) -> Sequence[Channel]:
    """The same in every workspace, one of each; for the operator's commands only. `T…/name` names the workspace."""
    team, _, bare = name.rpartition("/")
    found = await _by_any_name(session, bare, team or None)
    return list({channel.team: channel for channel in reversed(found)}.values())


async def _by_any_name(session: AsyncSession, name: str, team: str | None) -> Sequence[Channel]:
    bare = name.removeprefix("#")
    if _NO_NAME.search(bare):
        return []  # to PostgreSQL such a question is an error
    query = select(Channel).where((Channel.slack_id == bare) | (Channel.name == bare))
    query = query if team is None else query.where(Channel.team == team)
    gone = case((col(Channel.state) == ChannelState.GONE, 1), else_=0)
    return (await session.exec(query.order_by(gone, col(Channel.id).desc()))).all()


async def active(session: AsyncSession) -> Sequence[Channel]:
    """Every channel that has been set up and in which Assay can still work, in the order in which they came."""
    return (await session.exec(_ACTIVE)).all()


async def active_in(session: AsyncSession, team: str) -> Sequence[Channel]:
    """Those of one workspace."""
    return (await session.exec(_ACTIVE_IN, params={"team": team})).all()


async def told_unknown(session: AsyncSession) -> list[tuple[str, str]]:
    """Workspace and id of each channel that is told of escalations and of which it is not known who is in it."""
    there = aliased(Channel)
    known = select(there.id).where(
        there.team == Channel.team, there.slack_id == Channel.escalation_channel, col(there.members_known)
    )
    query = select(Channel.team, Channel.escalation_channel).distinct()
    query = query.where(Channel.state == ChannelState.ACTIVE, col(Channel.team).not_in(REMOVED))
    query = query.where(col(Channel.escalation_channel).is_not(None), ~known.exists())
    return [(team, slack_id) for team, slack_id in (await session.exec(query)).all() if slack_id is not None]


async def with_retention(session: AsyncSession) -> Sequence[Channel]:
    """Channels that keep drafts for some days only, whatever became of them since."""
    query = select(Channel).where(col(Channel.retention_days).is_not(None)).order_by(col(Channel.id))
    return (await session.exec(query)).all()


async def every(session: AsyncSession, *, team: str | None = None) -> Sequence[Channel]:
    """Every channel that Assay was ever in, the oldest first; without a team those of all workspaces."""
    query = select(Channel).order_by(col(Channel.id))
    return (await session.exec(query if team is None else query.where(Channel.team == team))).all()


async def page(session: AsyncSession, team: str, *, only: int | None, after: int, limit: int) -> Sequence[Channel]:
    """Channels of a workspace numbered above `after`, in their order; with `only` that one."""
    query = select(Channel).where(Channel.team == team, col(Channel.id) > after).order_by(col(Channel.id)).limit(limit)
    return (await session.exec(query if only is None else query.where(Channel.id == only))).all()


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
    """Who the bot is there; who let it in stays."""
    await put(session, workspace, key=("team",), but=("installed_by",))


async def install_workspace(session: AsyncSession, workspace: Workspace) -> None:
    """The workspace has let the app in, or in again."""
    await put(session, workspace, key=("team",))


async def workspace(session: AsyncSession, team: str) -> Workspace | None:
    return (await session.exec(_WORKSPACE, params={"team": team})).first()


async def held_workspace(session: AsyncSession, team: str) -> Workspace | None:
    """The workspace, held until the transaction ends: nobody installs the app there meanwhile."""
    return (await session.exec(_WORKSPACE.with_for_update(), params={"team": team})).first()


async def forget_workspace(session: AsyncSession, team: str) -> int:
    """Delete the row by which it is known; how many that were."""
    return (await session.exec(delete(Workspace).where(col(Workspace.team) == team))).rowcount


async def remove_workspace(session: AsyncSession, team: str, now: datetime) -> None:
    """Nothing can be posted there any more, until the bot learns who it is there again."""
    query = update(Workspace).where(col(Workspace.team) == team, col(Workspace.removed_at).is_(None))
    await session.exec(query.values(removed_at=now))


async def mark_uninstalled(session: AsyncSession, team: str, now: datetime) -> bool:
    """Slack said that the app was uninstalled there; false when it had said so before."""
    query = update(Workspace).where(col(Workspace.team) == team, col(Workspace.uninstalled_at).is_(None))
    return bool((await session.exec(query.values(uninstalled_at=now))).rowcount)


async def presume_uninstalled(session: AsyncSession, team: str, now: datetime) -> None:
    """Slack refused a token as one of an app that is out, where the workspace installed it itself.

    The event that says so may have been lost. Its token stays, to ask Slack again before anything is erased.
    """
    query = update(Workspace).where(col(Workspace.team) == team, col(Workspace.uninstalled_at).is_(None))
    mine = select(Installation.team).where(Installation.team == team)
    await session.exec(query.where(mine.exists()).values(uninstalled_at=now))


async def presume_no_more(session: AsyncSession, team: str) -> None:
    """What was presumed of an uninstall there is not counted on."""
    await session.exec(update(Workspace).where(col(Workspace.team) == team).values(uninstalled_at=None))


async def take_back_in(session: AsyncSession, team: str) -> None:
    """Slack gave the app a new token there: it is in, whatever was said or presumed before."""
    query = update(Workspace).where(col(Workspace.team) == team)
    await session.exec(query.values(removed_at=None, uninstalled_at=None))


async def uninstalled(session: AsyncSession, *, before: datetime) -> Sequence[str]:
    """Workspaces that took the app out before that, as Slack told, or as it is presumed."""
    return (await session.exec(select(Workspace.team).where(col(Workspace.uninstalled_at) <= before))).all()


async def removed_teams(session: AsyncSession) -> Sequence[str]:
    """Workspaces that took the app out."""
    return (await session.exec(REMOVED)).all()


async def workspaces(session: AsyncSession) -> Sequence[Workspace]:
    """Every workspace that Assay was ever in."""
    return (await session.exec(select(Workspace).order_by(Workspace.team))).all()


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
_ACTIVE_IN = _ACTIVE.where(col(Channel.team) == bindparam("team"))
_NEWEST_GUIDELINE = (
    select(Guideline)
    .where(col(Guideline.channel_id) == bindparam("channel"))
    .order_by(col(Guideline.version).desc())
    .limit(1)
)
_WORKSPACE = select(Workspace).where(col(Workspace.team) == bindparam("team"))
