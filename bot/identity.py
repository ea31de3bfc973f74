"""Who the bot is in a workspace: asked when it starts or is let in, and kept, so that a start can do without Slack."""

from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_calls import answered
from storage.engine import Sessions
from storage.models import Workspace
from storage.queries import channels


async def ask(slack: AsyncWebClient, now: datetime) -> Workspace:
    """What Slack says of the client's token. Raises what `answered` raises."""
    who = await answered(slack.auth_test(), patience=5)
    return Workspace(
        team=who["team_id"],
        bot_user=who["user_id"],
        bot_id=who.get("bot_id") or "",
        name=who.get("team") or "",
        url=who.get("url") or "",
        checked_at=now,
    )


async def learn(sessions: Sessions, slack: AsyncWebClient, now: datetime) -> Workspace:
    """Ask Slack and write it down. Raises what `answered` raises."""
    workspace = await ask(slack, now)
    async with sessions.writing() as session:
        await channels.put_workspace(session, workspace)
    return workspace
