"""What an admin reads when drafts will be kept for a shorter time: from when on, how many go, and the way back."""

from dataclasses import dataclass
from datetime import datetime

from bot.surfaces import blocks as b
from bot.surfaces.blocks import Block
from bot.texts import counted
from storage.models import Channel

BUTTON = "Keep as before"
TOO_LATE = (
    "Nothing was changed: no shorter limit is to come any more. What was older is erased, or somebody took it back."
)
PRESS = f"Press *{BUTTON}* until then to take it back."
TYPE = "To take it back, write the old number below and save."


@dataclass(frozen=True)
class Shorter:
    """A limit that begins to hold later, and how many of the drafts that are here it will erase then."""

    channel: Channel
    at: datetime
    older: int


def sentence(shorter: Shorter) -> str:
    """From when on what goes, marked up."""
    many = f"{shorter.older:,}" if shorter.older else "none"
    goes = f"{many} of the drafts that are here now {'go' if shorter.older > 1 else 'goes'} then"
    until = duration(shorter.channel.retention_before)
    return (
        f"*From {b.moment(shorter.at)} on, drafts in <#{shorter.channel.slack_id}> are kept "
        f"{duration(shorter.channel.retention_days)} only*, and what is older is erased with its answers, here and in "
        f"Slack: {goes}. Until then they are kept {until}."
    )


def button(channel: Channel) -> Block:
    return b.button(BUTTON, "retention:keep", str(channel.id))


def notice(shorter: Shorter) -> list[Block]:
    """For whoever has just saved it."""
    return [
        b.section(f"{sentence(shorter)} {PRESS}"),
        b.actions(f"keeping:{shorter.channel.id}", [button(shorter.channel)]),
    ]


def kept(channel: Channel) -> str:
    """What is said once it was taken back."""
    return f"Taken back: drafts in <#{channel.slack_id}> are kept {duration(channel.retention_days)}, as before."


def duration(days: int | None) -> str:
    return "for ever" if days is None else f"for {counted(days, 'day')}"
