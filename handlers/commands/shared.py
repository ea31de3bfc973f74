"""What the commands share: a database for as long as one runs, and what they name in it."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, TypeVar

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import dates, texts
from bot.dates import NoDate
from bot.environment import read_storage_settings
from bot.errors import NotFound
from handlers.no_schema import remedy
from handlers.screen import on_screen
from storage import migrate as schema
from storage.engine import Sessions, make_sessions
from storage.models import LARGEST_NUMBER, Channel
from storage.queries import channels

PATIENCE = 30.0  # seconds: nobody waits for a click here

T = TypeVar("T")
Number = Annotated[int, typer.Argument(help="Its number in the list.", min=1, max=LARGEST_NUMBER)]
ChannelName = Annotated[str, typer.Option("--channel", help="The channel's id or #name.")]


def since_when(written: str) -> datetime | None:
    """From when on somebody means, in UTC: a day or a moment as 2026-11-20T09:30, or a day as people type it."""
    try:
        found = datetime.fromisoformat(written) if written else None
    except ValueError:
        found = _day(written)
    if found is None or found.tzinfo is None:
        return found and found.replace(tzinfo=UTC)
    if (moment := dates.in_utc(found)) is None:
        raise typer.BadParameter(f"{written} is beyond the calendar.", param_hint="--since")
    return moment


def _day(words: str) -> datetime | None:
    try:
        day = dates.read(words, today=datetime.now(UTC).date(), first=date(2000, 1, 1))
    except NoDate as why:
        raise typer.BadParameter(str(why), param_hint="--since") from why
    return datetime.combine(day, time()) if day is not None else None


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def say(*lines: str) -> None:
    """Print lines of which others wrote a part: each stays one."""
    print("\n".join(map(on_screen, lines)))


class Database:
    """Sessions for one command."""

    async def __aenter__(self) -> Sessions:
        url = read_storage_settings().database_url
        await check_schema(url)
        self._sessions = make_sessions(url, patience=PATIENCE)
        return self._sessions

    async def __aexit__(self, *_: object) -> None:
        await self._sessions.close()


async def check_schema(url: str) -> None:
    if not await schema.is_current(url):
        raise NotFound(remedy(url))


async def channel_named(sessions: Sessions, name: str, *, team: str | None = None) -> Channel:
    """The channel of this id or #name, in the workspace that is named or in whichever has it."""
    if not texts.visible(name):
        raise NotFound("No channel is named. Give its id or #name.")
    async with sessions.reading() as session:
        found = [one for one in await channels.in_any_workspace(session, name) if team in (None, one.team)]
    if not found:
        where = f" in workspace {team}" if team else ""
        raise NotFound(f"There is no channel {name}{where}. Invite Assay to it in Slack, then type /assay setup there.")
    if len(found) > 1:
        which = " or ".join(f"{channel.team}/{channel.slack_id}" for channel in found)
        raise NotFound(f"{len(found)} workspaces have a channel {name}. Say which one: {which}.")
    return found[0]


async def bound_to(
    sessions: Sessions, *, channel: str | None, workspace: str | None
) -> tuple[str | None, Channel | None]:
    """What a token or a webhook is good for: the channel that is named and its workspace, or the workspace alone."""
    if channel is not None:
        found = await channel_named(sessions, channel, team=workspace)
        return found.team, found
    async with sessions.reading() as session:
        return await workspace_named(session, workspace), None


async def workspace_named(session: AsyncSession, team: str | None) -> str | None:
    """The workspace that is named, or else the only one; None while Assay is in none yet."""
    known = {workspace.team: workspace.name for workspace in await channels.workspaces(session)}
    if team is None and len(known) <= 1:
        return next(iter(known), None)
    if team not in known:
        listed = ", ".join(f"{one} ({name})" for one, name in known.items()) or "none yet"
        raise NotFound(f"Name the workspace with --workspace. Assay is in: {listed}.")
    return team
