"""The escalation notice: a human must act now."""

from enum import StrEnum

from bot import harmless, texts
from bot.surfaces.blocks import Message, context, mention, mrkdwn, section
from bot.surfaces.card import background, ticket_link, title
from bot.surfaces.conversation import conversation
from storage.models import Draft

SHOWN = 6_000  # of the conversation: Slack takes messages of about 13,200 characters


class Told(StrEnum):
    """Where an escalation is announced."""

    THERE = "there"  # in the escalation channel
    HERE = "here"  # in the labelling channel, for the other one is closed
    LEADS = "leads"  # to each lead directly, for there is no escalation channel


def escalated(draft: Draft, *, reason: str, agent: str, permalink: str | None) -> Message:
    """What happened, who raised it, where to look, and the conversation: its card may show one line by then."""
    parts = [f"*Needs a human: {harmless.in_mrkdwn(reason)}*", harmless.in_mrkdwn(title(draft))]
    if background(draft):
        parts.append(harmless.in_mrkdwn(texts.shortened(background(draft), 300)))
    line = " · ".join(parts)
    links = [f"raised by {mention(agent)}", ticket_link(draft), f"<{permalink}|Open card>" if permalink else ""]
    return {
        "text": line,
        "blocks": [
            section(line),
            *conversation(draft, SHOWN),
            context(mrkdwn(" · ".join(link for link in links if link))),
        ],
    }


def called_off(*, agent: str) -> Message:
    """In the thread of the notice: whoever had raised it took that back."""
    words = f"<@{agent}> has changed this answer: no human is needed any more."
    return {"text": words, "blocks": [section(words)]}


def off(notice: Message, *, agent: str) -> Message:
    """The notice itself, once it is called off."""
    was, *rest = notice["blocks"]
    line = f"*Called off by {mention(agent)}: no human is needed any more.*\n~{was['text']['text']}~"
    return {**notice, "text": line, "blocks": [section(line), *rest]}


def unheard(notice: Message, *, channel: str) -> Message:
    """To a lead, directly: what could not be said where it belongs."""
    ways = "Unarchive it, invite Assay there, or choose another with /assay setup."
    words = f"<#{channel}> could not be told this, so you are. {ways}"
    return {**notice, "text": f"{words}\n{notice['text']}", "blocks": [section(words), *notice["blocks"]]}
