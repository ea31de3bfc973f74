"""The window in which an admin sets a channel up, and what is said around it."""

import json
from dataclasses import asdict, dataclass

from bot import harmless, texts
from bot.surfaces import blocks as b
from bot.surfaces import travelling
from bot.surfaces.blocks import View
from storage.models import Channel

SHARES = {
    "0": "None",
    "0.1": "1 in 10",
    "0.2": "2 in 10",
    "0.4": "4 in 10",
    "0.5": "Every second one",
    "1": "All of them",
}
BY_ITSELF = "auto"
GUIDELINE_LONGEST = 3_000  # a field of a window holds no more
DONE = (
    "Ready. Drafts for this channel appear here as cards. Send one with `POST /api/v1/drafts` "
    "and a token from `assay tokens create`."
)
HELP = (
    "*Assay* collects answers to draft replies, for training. Nothing is sent to customers.\n"
    "`/assay next` — review one draft after the other\n"
    "`/assay setup` — leads, digest and guideline of this channel (admins)\n"
    "`/assay digest` — the digest of this channel, only for you (leads)\n"
    "`/assay help` — this list"
)
NOT_INVITED = "Assay is not in that channel. Invite it there first, then press Save again."
GUIDELINE_GROWS = (
    "Not saved: with personal data replaced by placeholders the guideline is longer than 3,000 characters. "
    "Shorten it, then press Save again."
)
NOT_HERE = "Invite Assay to this channel first, then run the command again."


def unknown(words: str) -> str:
    """The answer to a command that there is not."""
    return f"There is no “/assay {harmless.in_mrkdwn(texts.shortened(words, 50))}”.\n{HELP}"


@dataclass(frozen=True)
class Planned:
    """Which channel a window sets up, and the time zone of the admin who opened it."""

    channel: int
    time_zone: str

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, metadata: str) -> "Planned":
        return travelling.loads(cls, metadata)


def window(channel: Channel, planned: Planned, *, guideline: str) -> View:
    """Three things to start with, and two that have a default."""
    share = BY_ITSELF if channel.overlap_share is None else f"{channel.overlap_share:g}"
    shares = [
        b.option("Half at first, then 1 in 10", BY_ITSELF),
        *(b.option(words, value) for value, words in SHARES.items()),
    ]
    leads = {"type": "multi_users_select", "action_id": "leads", "placeholder": b.label("Choose people")}
    leads |= {"initial_users": channel.leads} if channel.leads else {}
    to = {
        "type": "conversations_select",
        "action_id": "channel",
        "placeholder": b.label("Choose a channel"),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    notice = dict(to)
    to["initial_conversation"] = channel.digest_channel or channel.slack_id
    notice |= {"initial_conversation": channel.escalation_channel} if channel.escalation_channel else {}
    text = {"type": "plain_text_input", "action_id": "text", "multiline": True, "max_length": GUIDELINE_LONGEST}
    text |= {"initial_value": guideline} if guideline else {}
    at = {"type": "timepicker", "action_id": "time", "initial_time": channel.digest_time}
    fields = [
        b.field("leads", "Leads", leads, hint="They read the digest and settle disputes."),
        b.field("digest_channel", "Digest goes to", to),
        b.field("digest_time", f"Digest comes at ({planned.time_zone}, Monday to Friday)", at),
        b.field(
            "guideline",
            "Guideline",
            text,
            hint="Terms, tone, edge cases, when to escalate. Each change is a new version.",
        ),
        b.field("escalations", "Escalations are told to", notice, optional=True),
        b.field(
            "overlap",
            "Drafts that two people review",
            b.select("share", shares, chosen=share, placeholder="Choose"),
            hint="Each one costs a second review; agreement is measured on these.",
        ),
    ]
    return b.modal("channel:setup", "Set up Assay here", fields, submit="Save", metadata=planned.dumps())
