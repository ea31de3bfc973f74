"""The shortcut *Draft a reply*: the window that asks for which channel, and what is said of it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bot.surfaces import blocks as b
from bot.surfaces import travelling
from bot.surfaces.blocks import View
from storage.models import Channel

LONGEST = 20_000  # what a window shows of a conversation
IN_WINDOW = 3_000  # what one field of a window holds
CHANNELS_OFFERED = 100

WRITING = "The model is writing; the card will appear in <#{channel}>."
NO_MODEL = "No model is set up, so the card in <#{channel}> asks for a reply."
NOT_ASKED = "No model is asked in <#{channel}>, so the card there asks for a reply."
KNOWN = "There is a draft of this message already."
KNOWN_CARD = "There is a draft of this message already: <{link}|open its card>."
ERASED = "The draft of this message was erased, and none is made of it again."
FILES = "Its files are left out: a draft holds text only."
NO_TEXT = "This message has no text, so there is nothing to reply to."
ONLY_FILES = "This message is a file without text, and a draft holds text only."
BY_APP = "An app wrote this message. Drafts are replies to what people write."
TOO_LONG = (
    "This message has more than 20,000 characters, more than a card and its windows can show. Send it with the API."
)
TOO_LONG_HERE = (
    "This message has more than 3,000 characters, too many for the window that asks for which channel it is. "
    "Use the shortcut in a channel that is set up, or send the message with the API."
)
EMPTY = "Write what the reply is for."
NOT_OPEN = "This channel takes no drafts any more. Choose another one."


@dataclass(frozen=True)
class Origin:
    """The message that a draft is made from, and where its maker is answered; it travels with the window."""

    channel: str
    ts: str
    thread: str
    reply_url: str | None
    files: int

    def dumps(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def loads(cls, metadata: str) -> "Origin":
        """What travelled with the window. Raises Unreadable."""
        return travelling.loads(cls, metadata)

    @property
    def key(self) -> str:
        """By what the message is known again."""
        return f"slack:{self.channel}:{self.ts}"

    @property
    def ticket(self) -> str:
        """By what the messages of one thread belong together."""
        return f"slack:{self.channel}:{self.thread}"

    def link(self, workspace: str) -> str:
        """The message's own address."""
        return f"{workspace}archives/{self.channel}/p{self.ts.replace('.', '')}"


def window(origin: Origin, text: str, offered: Sequence[Channel]) -> View:
    """For which channel the draft is, and the message itself, from which things can be taken out."""
    options = [b.option(one.name, str(one.id)) for one in offered[:CHANNELS_OFFERED]]
    fields = [
        b.field("channel", "For which channel?", b.select("channel", options, placeholder="Choose a channel")),
        b.field("message", "The customer's message", b.writing("text", text, limit=IN_WINDOW)),
        b.context(b.label("For training. Nothing is sent.")),
    ]
    return b.modal("draft:make", "Draft a reply", fields, submit="Draft a reply", metadata=origin.dumps())
