"""The first message in a channel, what is said after setup, and the ways to try Assay out."""

import json
from collections.abc import Sequence

from bot.surfaces import blocks as b
from bot.surfaces import example
from bot.surfaces.blocks import Block, Message, View
from storage.models import Channel

WHAT = (
    "*Hello, I am Assay.* Draft replies of a language model come here as cards; you approve, correct or escalate "
    "them, and your answers become training data."
)
NOTHING_IS_SENT = "*Nothing is ever sent to customers.* Every card says so."
WHO_SEES = (
    "*Who sees what:* your answer is hidden from the others until theirs is in. Leads read how far answers agree and "
    "settle disputes, without names on them. No message shows figures about one person to others in a channel."
)
NOT_YET = "A workspace admin sets this channel up, in about a minute."
READY = "*Ready.* Drafts appear as cards in <#{channel}>."
NEXT = (
    "What happens next: your system sends drafts, agents answer them there, and on working days the digest says how "
    "far the answers can be trusted."
)
CONNECT = "*Connect your system:* create a token, put it into `ASSAY_TOKEN`, then send a first draft:"
IMPORT = "*Have drafts or past replies in a file?* On the server: `assay import FILE --channel {channel}`"
TOKEN_ONCE = (
    "This is shown once, to you alone, and cannot be read again. It sends drafts to this channel, looks up how they "
    "stand and takes them back, and can do nothing else. An admin ends it on Home. Copy it to where your system keeps "
    "its secrets."
)
NOT_OPENED = "The window could not be opened in time, so no token was made. Please press Create an API token again."
SAMPLE_SENT = "A sample draft is on its way to the channel. It is never counted: answer it as you like."
SAMPLE_WAITS = "A sample draft stands in the channel already. Answer it first; then you can send another."
NOT_SET_UP = "The channel is not set up, or it is archived. A workspace admin types /assay setup there first."


def first_message(channel: Channel) -> Message:
    """What this is, that nothing is sent, who sees what, and what to press."""
    buttons = [
        b.button("Set up", "channel:setup", str(channel.id), style="primary"),
        b.button("See an example", "channel:example", str(channel.id)),
    ]
    blocks = [
        b.section(f"{WHAT} {NOTHING_IS_SENT}"),
        b.section(WHO_SEES),
        b.actions(f"welcome:{channel.id}", buttons),
        b.context(b.mrkdwn(NOT_YET)),
    ]
    return {"text": f"{WHAT} {NOTHING_IS_SENT} {NOT_YET}".replace("*", ""), "blocks": blocks}


def ready(channel: Channel, *, address: str) -> Message:
    """After the first setup: what happens next, and the ways to try it."""
    words = f"{READY.format(channel=channel.slack_id)} {NEXT}"
    blocks = [
        b.section(words),
        *_connecting(channel, address),
        b.section(IMPORT.format(channel=channel.slack_id)),
    ]
    return {"text": words.replace("*", ""), "blocks": blocks}


def saved_again(channel: Channel, sentence: str, *, address: str, notice: Sequence[Block] = ()) -> Message:
    """After a later one; with a `notice` of what comes of it later."""
    return {"text": sentence, "blocks": [b.section(sentence), *notice, *_connecting(channel, address)]}


def _connecting(channel: Channel, address: str) -> list[Block]:
    """The ways to try the channel, and the exact command that fills it."""
    ways = [
        b.button("Send a sample draft", "channel:sample", str(channel.id)),
        b.button("Create an API token", "channel:token", str(channel.id)),
    ]
    command = f"{CONNECT}\n```{_escaped(curl(channel, address))}```"
    return [b.actions(f"ready:{channel.id}", ways), b.section(command)]


def token(channel: Channel, secret: str) -> View:
    """The token, once. Slack's own copy of the window ends with it."""
    shown = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": secret}]}],
    }
    blocks = [b.section(f"*A token for <#{channel.slack_id}>*"), shown, b.section(TOKEN_ONCE)]
    return b.modal("token", "API token", blocks, submit=None, metadata="")


def curl(channel: Channel, address: str) -> str:
    """A first draft for this channel, as a command that can be pasted."""
    body = json.dumps({"channel": channel.slack_id, "prompt": example.CUSTOMER, "draft": "I am sorry about that."})
    return (
        f'curl -sS {address.rstrip("/")}/api/v1/drafts -H "Authorization: Bearer $ASSAY_TOKEN" '
        f"-H 'Content-Type: application/json' -d '{body}'"
    )


def _escaped(words: str) -> str:
    """For a code block, in which only these three signs are read."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
