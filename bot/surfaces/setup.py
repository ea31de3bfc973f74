"""The window in which an admin sets a channel up: three things to start with, and all the rest behind *More…*."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from bot import targets
from bot.surfaces import blocks as b
from bot.surfaces import travelling
from bot.surfaces.blocks import Block, View
from bot.surfaces.health import Finding
from bot.wishes import BY_ITSELF, CARDS_MOST, DAYS_MOST, LINES_MOST, MODEL_LONGEST, TEXT_LONGEST, YES
from storage.models import Channel

SHARES = {
    BY_ITSELF: ("Half at first, then 1 in 10", "Half again as much work until 30 drafts are shared, then 10 % more"),
    "0": ("None", "No extra work, and no way to tell how far agents agree"),
    "0.1": ("1 in 10", "10 % more work; a first figure after 300 drafts"),
    "0.2": ("2 in 10", "20 % more work; a first figure after 150 drafts"),
    "0.4": ("4 in 10", "40 % more work; a first figure after 75 drafts"),
    "0.5": ("Every second one", "Half again as much work; a first figure after 60 drafts"),
    "1": ("All of them", "Twice the work; a first figure after 30 drafts"),
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MORE, ZONES = "setup:more", "setup:zone"


@dataclass(frozen=True)
class Planned:
    """What a window sets up: the channel, the settings that it was opened on, and the zone that it proposes."""

    channel: int
    version: int
    time_zone: str
    more: bool = False
    home: bool = False  # opened in Home, which is drawn anew afterwards

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, metadata: str) -> "Planned":
        return travelling.loads(cls, metadata)

    def with_more(self) -> "Planned":
        return replace(self, more=True)


@dataclass(frozen=True)
class Filled:
    """What stands in the window at first, and what its admin must know."""

    channel: Channel
    guideline: str
    findings: Sequence[Finding] = ()
    unreachable: frozenset[str] = frozenset()  # channels that are gone: a menu cannot show them


def window(filled: Filled, planned: Planned, *, zone: str) -> View:
    """The fields to start with; with `more` all of them. `zone` is the time zone in words."""
    channel = filled.channel
    known = [b.section(f"*Attention:* {one.sentence} {one.here or one.remedy}") for one in filled.findings]
    first = [
        _people("leads", "Leads", channel.leads, hint="They read the digest and settle disputes."),
        _place(filled, "digest_channel", "Digest goes to", channel.digest_channel or channel.slack_id),
        _time(channel, planned),
    ]
    guideline = _text(
        "guideline",
        "Guideline",
        filled.guideline,
        hint="Terms, tone, edge cases, when to escalate. Each change is a new version.",
    )
    if planned.more:
        fields = [*first, _zone(planned, zone), _days(channel), guideline, *_reviews(channel), *_told(filled)]
        fields += [*_people_and_topics(channel), *_models(channel), _kept(channel)]
    else:
        more = b.actions("more", [b.button("More…", MORE, str(channel.id))])
        rest = "Everything else has a default: overlap, escalations, topics, who may review, model."
        fields = [*first, guideline, more, b.context(b.label(rest, limit=2_000))]
    # Begun on Home, "here" would be nowhere.
    place = [b.context(b.mrkdwn(f"In <#{channel.slack_id}>"))] if planned.home else []
    title = "Set up a channel" if planned.home else "Set up Assay here"
    return b.modal("channel:setup", title, [*place, *known, *fields], submit="Save", metadata=planned.dumps())


def _time(channel: Channel, planned: Planned) -> Block:
    at = {"type": "timepicker", "action_id": "time", "initial_time": channel.digest_time}
    days = ", ".join(DAYS[day] for day in channel.working_days)
    hint = None if planned.more else f"{planned.time_zone}, {_shorter(channel.working_days) or days}."
    return b.field("digest_time", "Digest comes at", at, hint=hint)


def _shorter(days: Sequence[int]) -> str:
    return "Monday to Friday" if list(days) == [0, 1, 2, 3, 4] else ""


def _zone(planned: Planned, zone: str) -> Block:
    """A menu that searches while one types: there are more zones than a menu holds."""
    element = {
        "type": "external_select",
        "action_id": ZONES,
        "min_query_length": 1,
        "placeholder": b.label("Type a city", limit=150),
        "initial_option": b.option(zone, planned.time_zone),
    }
    return b.field("time_zone", "Time zone", element, hint="Type a city: Berlin, New York, Kolkata.")


def _days(channel: Channel) -> Block:
    options = [b.option(name, str(day)) for day, name in enumerate(DAYS)]
    chosen = [str(day) for day in channel.working_days]
    return b.field("working_days", "Working days", _boxes("days", options, chosen), hint="The digest comes on these.")


def _reviews(channel: Channel) -> list[Block]:
    share = BY_ITSELF if channel.overlap_share is None else f"{channel.overlap_share:g}"
    options = [b.option(words, value) | {"description": b.label(cost)} for value, (words, cost) in SHARES.items()]
    cards = {
        "type": "number_input",
        "action_id": "number",
        "is_decimal_allowed": False,
        "initial_value": str(channel.open_cards),
        "min_value": "1",
        "max_value": str(CARDS_MOST),
    }
    return [
        b.field("overlap_share", "Drafts that two people review", b.radio("share", options, chosen=share)),
        _yes(
            "second_looks",
            "Second looks",
            "Offer escalated and heavily edited drafts to one more person",
            chosen=channel.second_looks,
        ),
        b.field("open_cards", "Cards that are open at a time", cards, hint="The next one comes when one is answered."),
    ]


def _told(filled: Filled) -> list[Block]:
    channel = filled.channel
    return [
        _place(filled, "escalation_channel", "Escalations are told to", channel.escalation_channel, optional=True),
        _text("escalation_reasons", "Reasons to escalate", "\n".join(channel.escalation_reasons), hint="One a line."),
    ]


def _people_and_topics(channel: Channel) -> list[Block]:
    return [
        _text(
            "tags",
            "Topics that agents may flag",
            "\n".join(channel.tags),
            hint=f"One a line, up to {LINES_MOST}. Empty: none are asked for.",
            optional=True,
        ),
        _text(
            "targets",
            "Wished-for mix of topics",
            targets.written(channel.targets),
            hint="One topic a line with its percentage: billing/refund 20. What is left to 100 % belongs to all other "
            "topics. The digest tells where the answers differ from it.",
            optional=True,
        ),
        _people(
            "reviewers",
            "Who may review",
            channel.reviewers,
            hint="Empty: everybody in this channel but guests and other companies.",
            optional=True,
        ),
    ]


def _models(channel: Channel) -> list[Block]:
    model = {"type": "plain_text_input", "action_id": "text", "max_length": MODEL_LONGEST}
    model |= {"initial_value": channel.model} if channel.model else {}
    return [
        _text(
            "context_template",
            "System message of the training data",
            channel.context_template or "",
            hint="With {guideline}, {context} and {context.NAME}. Empty: the guideline, then the context.",
            optional=True,
        ),
        b.field("model", "Model", model, optional=True, hint="Empty: the one that Assay was started with."),
        _yes("writes_drafts", "Drafts without a reply", "Ask the model to write one", chosen=channel.writes_drafts),
        _yes(
            "exports_slack_drafts",
            "Drafts made from Slack messages",
            "May leave as training data",
            chosen=channel.exports_slack_drafts,
            hint="Slack's API terms limit training language models on messages that were read through its API. "
            "Leave this off unless your company has looked at them.",
        ),
    ]


def _kept(channel: Channel) -> Block:
    days = {
        "type": "number_input",
        "action_id": "number",
        "is_decimal_allowed": False,
        "min_value": "1",
        "max_value": str(DAYS_MOST),
    }
    days |= {"initial_value": str(channel.retention_days)} if channel.retention_days else {}
    return b.field(
        "retention_days",
        "Keep drafts for this many days",
        days,
        optional=True,
        hint="Then a draft is erased with its answers, here and in Slack. Empty: they are kept for ever. "
        "A smaller number holds after 3 days, and can be taken back until then.",
    )


def _people(block: str, words: str, chosen: Sequence[str], *, hint: str, optional: bool = False) -> Block:
    element = {"type": "multi_users_select", "action_id": block, "placeholder": b.label("Choose people")}
    element |= {"initial_users": list(chosen)} if chosen else {}
    return b.field(block, words, element, hint=hint, optional=optional)


def _place(filled: Filled, block: str, words: str, chosen: str | None, *, optional: bool = False) -> Block:
    element = {
        "type": "conversations_select",
        "action_id": "channel",
        "placeholder": b.label("Choose a channel"),
        "filter": {
            "include": ["public", "private"],
            "exclude_bot_users": True,
            "exclude_external_shared_channels": True,
        },
    }
    element |= {"initial_conversation": chosen} if chosen and chosen not in filled.unreachable else {}
    return b.field(block, words, element, optional=optional)


def _text(block: str, words: str, value: str, *, hint: str, optional: bool = False) -> Block:
    element = b.writing("text", value, limit=TEXT_LONGEST)
    return b.field(block, words, element, hint=hint, optional=optional)


def _yes(block: str, words: str, says: str, *, chosen: bool, hint: str | None = None) -> Block:
    element = _boxes("yes", [b.option(says, YES)], [YES] if chosen else [])
    return b.field(block, words, element, optional=True, hint=hint)


def _boxes(action: str, options: Sequence[Block], chosen: Sequence[str]) -> Block:
    made: Block = {"type": "checkboxes", "action_id": action, "options": list(options)}
    picked = [one for one in options if one["value"] in chosen]
    return made | ({"initial_options": picked} if picked else {})
