"""What /assay stats says: the sentences of Home, for one channel."""

from dataclasses import dataclass

from bot.surfaces import beside
from bot.surfaces.home import Mine, pace, waiting
from bot.surfaces.home_lead import PEOPLE, Led, colleague, to_settle
from storage.models import Channel


@dataclass(frozen=True)
class Stats:
    """The numbers of one person in a channel; for leads the channel's too."""

    mine: Mine | None
    led: Led | None


def words(channel: Channel, stats: Stats) -> str:
    """All of it as one private note."""
    parts = [_own(stats.mine, channel)] if stats.mine else []
    parts += [_of_channel(stats.led, channel)] if stats.led else []
    return "\n\n".join(parts)


def _own(mine: Mine, channel: Channel) -> str:
    lines = [f"*You in <#{channel.slack_id}>*", waiting(mine), pace(mine), *beside.paragraphs(mine.beside, "you")]
    return "\n".join([*lines, beside.SHARED_FOR_THIS])


def _of_channel(led: Led, channel: Channel) -> str:
    people = [f"• {colleague(one)}" for one in led.people[:PEOPLE]] or ["Nobody has answered in the last 28 days."]
    left = len(led.people) - PEOPLE
    people += [f"… and {left:,} more"] if left > 0 else []
    return "\n".join([f"*<#{channel.slack_id}> as its leads see it*", to_settle(led), *people])
