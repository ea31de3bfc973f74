"""Who the bot is in its workspace, read at start and kept, so that the next start can do without Slack."""

from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_calls import answered
from storage.engine import Sessions
from storage.models import Workspace
from storage.queries import channels


async def learn(sessions: Sessions, slack: AsyncWebClient, now: datetime) -> Workspace:
    """Ask Slack and write it down. Raises what `answered` raises."""
    who = await answered(slack.auth_test(), patience=5)
    workspace = Workspace(
        team=who["team_id"],
        bot_user=who["user_id"],
        bot_id=who.get("bot_id") or "",
        name=who.get("team") or "",
        url=who.get("url") or "",
        checked_at=now,
    )
    async with sessions.writing() as session:
        await channels.put_workspace(session, workspace)
    return workspace
