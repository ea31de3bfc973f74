"""What is wrong with channels, in sentences: what happened, what was kept, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot import harmless
from bot.surfaces import keeping
from bot.surfaces.blocks import Block
from bot.surfaces.keeping import Shorter
from bot.texts import counted
from storage.models import Channel, Webhook
from storage.words import ChannelState

AGAIN = "A workspace admin can choose another one with /assay setup in #{name}."


@dataclass(frozen=True)
class Finding:
    """What somebody must act on, marked up as a message in Slack is."""

    channel: Channel | None  # None: of the workspace
    sentence: str
    remedy: str
    here: str | None = None  # the remedy for who has the window of the setup open already
    button: Block | None = None  # that mends it, in Home


def removed(channel: Channel) -> Finding:
    return Finding(
        channel,
        f"Assay was removed from {channel.team}, the workspace of {name(channel)}. Its drafts and answers are kept.",
        "Install the app there again. Where SLACK_BOT_TOKEN holds its token, put the new one there and start again.",
    )


def not_set_up(channel: Channel) -> Finding:
    return Finding(
        channel,
        f"Assay was invited to {name(channel)}, and nobody has set it up.",
        f"A workspace admin types /assay setup in {name(channel)}; or remove Assay from it.",
    )


def closed(channel: Channel, waiting: int) -> Finding:
    kept = f"{counted(waiting, 'draft')} wait{'s' if waiting == 1 else ''} there"
    return Finding(channel, f"{what_happened(channel)}: {kept}, and it takes no new ones.", way_back(channel))


def no_digest_channel(channel: Channel, closed: Channel) -> Finding:
    return Finding(
        channel,
        f"{what_happened(closed)}, so the digest of {name(channel)} comes to {name(channel)} itself.",
        AGAIN.format(name=harmless.in_mrkdwn(channel.name)),
        "Choose another one below.",
    )


def no_escalation_channel(channel: Channel, closed: Channel) -> Finding:
    return Finding(
        channel,
        f"{what_happened(closed)}, so escalations in {name(channel)} are told in {name(channel)} itself.",
        AGAIN.format(name=harmless.in_mrkdwn(channel.name)),
        "Press More… to choose another one.",
    )


def leads_left(channel: Channel, left: Sequence[str], *, all_of_them: bool) -> Finding:
    who = ", ".join(f"<@{user}>" for user in left)
    alone = " Nobody else leads it. Digests go on." if all_of_them else " Digests go on."
    several = len(left) > 1
    return Finding(
        channel,
        f"{who} lead{'' if several else 's'} {name(channel)} and ha{'ve' if several else 's'} left it.{alone}",
        f"A workspace admin can name others with /assay setup in {name(channel)}, or invite them again.",
        "Name others below, or invite them again.",
    )


def reviewers_left(channel: Channel) -> Finding:
    return Finding(
        channel,
        f"Everybody who may review in {name(channel)} has left it: nobody is asked about its drafts.",
        f"A workspace admin can name others, or everybody, with /assay setup in {name(channel)}.",
        "Press More… to name others.",
    )


def shorter(coming: Shorter) -> Finding:
    return Finding(
        coming.channel,
        keeping.sentence(coming),
        keeping.PRESS,
        keeping.TYPE,
        keeping.button(coming.channel),
    )


def webhook_off(webhook: Webhook) -> Finding:
    host = harmless.in_mrkdwn(urlsplit(webhook.url).hostname or "")
    why = harmless.in_mrkdwn(webhook.disabled_why or "")
    return Finding(
        None,
        f"Webhook {webhook.id} ({host}) was switched off. {why} What happens is kept for 30 days.",
        f"Mend the server there, then run assay webhooks replay {webhook.id} --since DATE; or delete the webhook.",
    )


def what_happened(channel: Channel) -> str:
    """Why nothing can be posted there."""
    if channel.state == ChannelState.ARCHIVED:
        return f"{name(channel)} is archived"
    return f"{name(channel)} was deleted, or Assay was taken out of it"


def way_back(channel: Channel) -> str:
    """What brings a closed channel back."""
    if channel.state == ChannelState.ARCHIVED:
        return f"Unarchive {name(channel)} in Slack: everything goes on by itself."
    return f"Invite Assay to {name(channel)} again, and everything goes on; if it was deleted, use another channel."


def name(channel: Channel) -> str:
    return f"#{harmless.in_mrkdwn(channel.name)}"
