"""What Slack says of a channel."""

from dataclasses import dataclass

from bot.errors import AssayError, CannotDeliver
from bot.slack_calls import answered
from bot.workspaces import Clients

LOOK_UP = 0.9


@dataclass(frozen=True)
class Look:
    """A channel as it is in Slack; what is None could not be told."""

    name: str | None = None
    private: bool | None = None
    found: bool = True  # false: deleted, or a private one that Assay is not in
    here: bool = True  # Assay is in it
    archived: bool = False
    foreign: bool = False  # people of another company are in it


ARCHIVED = Look(archived=True)
GONE = Look(found=False, here=False)
HERE = Look()


async def look(slack: Clients, team: str, slack_id: str) -> Look | None:
    """What Slack says of the channel; None while Slack cannot tell."""
    try:
        asked = (await slack.of(team)).conversations_info(channel=slack_id)
        info = (await answered(asked, patience=LOOK_UP))["channel"]
    except CannotDeliver as refused:
        return GONE if "channel_not_found" in str(refused) else None
    except AssayError:
        return None
    return Look(
        name=str(info.get("name") or slack_id),
        private=bool(info.get("is_private")),
        here=bool(info.get("is_member", True)),
        archived=bool(info.get("is_archived")),
        foreign=bool(info.get("is_ext_shared") or info.get("is_pending_ext_shared")),
    )
