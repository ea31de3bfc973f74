"""The card in the channel: one draft, its customer's words and what an agent can do with it."""

import re

from bot import harmless, texts
from bot.personal_data.shadow import PLACEHOLDER
from bot.surfaces import example as words
from bot.surfaces.blocks import (
    Block,
    Message,
    actions,
    button,
    context,
    formatted,
    header,
    mrkdwn,
    overflow,
    plain,
    quoted,
    rich,
)
from storage.models import Draft
from storage.words import DraftOrigin, DraftState

CUSTOMER_SHOWN = 700
OPENING_SHOWN = 110
DRAFT_SHOWN = 2_800
PROMISE = "For training. Nothing is sent."
SAMPLE = "A sample from Assay, to try the buttons. It is never counted."
EXAMPLE = "An example that only you see. On a real card stand Approve, Edit and Escalate; Reject is behind the dots."
WRITE = "Write the reply you would send"
NOT_WRITTEN = "The model did not answer, so please write the reply."
FROM_SLACK = "from a Slack message"
_JOINT = re.compile(rf"{PLACEHOLDER.pattern}|_")


def draw(draft: Draft, *, guideline: int, asked_in_vain: bool = False) -> Message:
    """The card as the draft's state wants it. An open card never tells whether somebody has answered.

    `asked_in_vain`: it is a blank because the model wrote nothing.
    """
    if draft.state == DraftState.OPEN:
        return _open(draft, guideline, NOT_WRITTEN if asked_in_vain else WRITE)
    words = "no longer needed" if draft.state == DraftState.WITHDRAWN else "done"
    mark = "" if draft.state == DraftState.WITHDRAWN else "✓ "
    line = f"{mark}{title(draft)} · {words}"
    return {
        "text": harmless.in_mrkdwn(line),
        "blocks": [context(plain(line)) | {"block_id": f"card:{draft.id}:{draft.state}"}],
    }


def example() -> Message:
    """How a card looks, without anything to press."""
    blocks = [
        header("Billing › refund"),
        rich([("Customer", {"bold": True})]),
        *quoted(words.CUSTOMER),
        *_suggested(words.REPLY),
    ]
    return {"text": EXAMPLE, "blocks": [*blocks, context(mrkdwn(f"{EXAMPLE} {PROMISE}"))]}


def title(draft: Draft) -> str:
    """What the card is about, in a few words: its topic and number."""
    return f"{texts.shortened(topic_words(draft.topic), 90) or 'Draft reply'} · #{draft.id}"


def topic_words(topic: str) -> str:
    """A topic's path as people read it, in one line: `Billing › Refund`."""
    parts = [" ".join(part.split()) for part in unjoined(topic).split("/")]
    return " › ".join(part[0].upper() + part[1:] for part in parts if part)


def unjoined(topic: str) -> str:
    """A topic with blanks between its words, sign for sign: what stands in it is looked for as people read it."""
    return _JOINT.sub(lambda found: " " if found[0] == "_" else found[0], topic)


def customer_words(draft: Draft) -> str:
    """What the customer said last."""
    said = [turn["content"] for turn in draft.conversation if turn["role"] == "user"]
    return said[-1] if said else ""


def opening_words(draft: Draft) -> str:
    """How the customer's last message begins: by this people recognise a draft."""
    words = " ".join(customer_words(draft).split())
    if texts.slack_length(words) <= OPENING_SHOWN:
        return words
    whole, _, rest = texts.beginning(words, OPENING_SHOWN).rpartition(" ")
    return f"{whole or rest}…"


def background(draft: Draft) -> str:
    """The ticket's context in one line: values that people read, without their names."""
    told = [str(value) for value in draft.context.values() if isinstance(value, str | int | float)]
    values = [value for value in told if harmless.in_plain(value)]
    origin = [FROM_SLACK] if draft.origin == DraftOrigin.SLACK else [f"from {draft.source}"] if draft.source else []
    return " · ".join([*values, *origin])


def is_long(draft: Draft) -> bool:
    """Whether the draft is too long to be approved unread, on the card."""
    return draft.text is not None and texts.slack_length(draft.text) > DRAFT_SHOWN


def _open(draft: Draft, guideline: int, request: str) -> Message:
    customer = texts.shortened(customer_words(draft), CUSTOMER_SHOWN)
    blocks: list[Block] = [header(title(draft))]
    if background(draft):
        blocks.append(context(plain(texts.shortened(background(draft), 300))))
    blocks += [rich([("Customer", {"bold": True})]), *quoted(customer), *_hidden(draft), *_reply(draft, request)]
    blocks += [actions(f"card:{draft.id}:open", _buttons(draft)), context(mrkdwn(_footer(draft, guideline)))]
    asks = "Write a reply" if draft.text is None else "Review a reply"
    summary = harmless.in_mrkdwn(texts.shortened(f"{asks} · {title(draft)}: {customer}", 300))
    return {"text": summary, "blocks": blocks}


def _hidden(draft: Draft) -> list[Block]:
    earlier = len(draft.conversation) - 1
    cut = texts.slack_length(customer_words(draft)) > CUSTOMER_SHOWN
    words = [f"{earlier} earlier message{'s' if earlier > 1 else ''}"] if earlier > 0 else []
    words += ["the rest of this one"] if cut else []
    opener = "Write" if draft.text is None else ("Read and review" if is_long(draft) else "Edit")
    return [context(plain(f"{opener} shows {' and '.join(words)}."))] if words else []


def _reply(draft: Draft, request: str) -> list[Block]:
    if draft.text is None:
        return [rich([(request, {"bold": True})])]
    shown = texts.shortened(draft.text, DRAFT_SHOWN)
    blocks = [rich([("Suggested reply", {"bold": True})]), *formatted(shown)]
    if is_long(draft):
        more = texts.slack_length(draft.text) - texts.slack_length(shown)
        blocks.append(context(plain(f"… {more:,} more characters")))
    return blocks


def _suggested(reply: str) -> list[Block]:
    return [
        rich([("Suggested reply", {"bold": True})]),
        {"type": "markdown", "text": harmless.in_markdown(reply)},
    ]


def _buttons(draft: Draft) -> list[Block]:
    value = str(draft.id)
    if draft.text is None:
        first = [button("Write", "draft:edit", value, style="primary")]
    elif is_long(draft):
        first = [button("Read and review", "draft:edit", value, style="primary")]
    else:
        first = [
            button("Approve", "draft:approve", value, style="primary"),
            button("Edit", "draft:edit", value),
        ]
    escalate = button("Escalate", "draft:escalate", value)
    rest = [] if draft.text is None else [("Reject", f"reject:{value}")]
    return [*first, escalate, overflow("draft:more", [*rest, ("Report personal data", f"report:{value}")])]


def _footer(draft: Draft, guideline: int) -> str:
    parts = [SAMPLE, PROMISE] if draft.origin == DraftOrigin.SAMPLE else [PROMISE]
    if ticket := ticket_link(draft):
        parts.append(ticket)
    if guideline:
        parts.append(f"Guideline\u00a0v{guideline}")
    return " · ".join(parts)


def ticket_link(draft: Draft) -> str:
    """A link to the ticket, or nothing where its address is not a plain web address."""
    url = draft.url or ""
    if not url.startswith(("https://", "http://")) or any(sign in url for sign in "<>|[] \n"):
        return ""
    return f"<{url}|{'Open message' if draft.origin == DraftOrigin.SLACK else 'Open ticket'}>"
