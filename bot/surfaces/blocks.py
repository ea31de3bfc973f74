"""The blocks and elements that the surfaces are made of, as plain data."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from bot import harmless, texts
from storage.words import NOBODY, SOMEBODY

Block = dict[str, Any]
Message = dict[str, Any]  # {"text": …, "blocks": […]}: the text stands alone
View = dict[str, Any]

QUOTE_LIMIT = 2_900
MARKDOWN_PARTS = 35  # of a message's 50 blocks; Slack counts each heading, list, table and code of a Markdown text
OPTION_LIMIT = 75
TITLE_LIMIT = 24
HEAVIEST = 240_000  # bytes; Slack refuses a view above 250,000
SHORTER = (1, 3, 10, 30)


def plain(words: str, *, limit: int = 2_000) -> Block:
    """Words of ours or others in a place where nothing is interpreted but emoji codes, which are broken."""
    return {"type": "plain_text", "text": texts.shortened(harmless.in_plain(words), limit), "emoji": False}


def label(words: str, *, limit: int = OPTION_LIMIT) -> Block:
    """A text of ours on a button, a title or a field."""
    return {"type": "plain_text", "text": texts.shortened(words, limit)}


def mrkdwn(words: str) -> Block:
    """Marked-up words of ours; what others wrote has gone through `harmless.in_mrkdwn` before."""
    return {"type": "mrkdwn", "text": words, "verbatim": True}


def section(words: str, *, block_id: str | None = None) -> Block:
    block: Block = {"type": "section", "text": mrkdwn(words)}
    return block | ({"block_id": block_id} if block_id else {})


def context(*elements: Block) -> Block:
    return {"type": "context", "elements": list(elements)}


def header(words: str) -> Block:
    return {"type": "header", "text": plain(words, limit=150)}


def button(words: str, action: str, value: str, *, style: str | None = None) -> Block:
    made: Block = {"type": "button", "action_id": action, "value": value, "text": label(words)}
    return made | ({"style": style} if style else {})


def overflow(action: str, entries: Sequence[tuple[str, str]]) -> Block:
    """A menu behind three dots, of at most five entries: words and value."""
    options = [{"text": label(words), "value": value} for words, value in entries]
    return {"type": "overflow", "action_id": action, "options": options}


def actions(block_id: str, elements: Sequence[Block]) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def formatted(words: str) -> list[Block]:
    """Another's words as Markdown; as quotes where nothing of it would show, or Slack would make too many blocks."""
    markdown = harmless.in_markdown(words)
    shows = markdown.strip() and _parts(markdown) <= MARKDOWN_PARTS
    return [{"type": "markdown", "text": markdown}] if shows else quoted(words)


def _parts(markdown: str) -> int:
    """At least as many as Slack makes: lines that begin a heading or code, or begin otherwise than the one before."""
    begun = (line.lstrip()[:1] for line in markdown.splitlines() if line.strip())
    marks = ["1" if mark.isdigit() else mark if mark in "#-*+|>`~" else "a" for mark in begun]
    return sum(mark in "#`~" or mark != before for before, mark in pairwise(["", *marks]))


def quoted(words: str) -> list[Block]:
    """Another's words as quotes, whole: text elements of rich text are shown as they are, never interpreted."""
    return [{"type": "rich_text", "elements": [_quote(piece)]} for piece in texts.cut(words, QUOTE_LIMIT) if piece]


def dialogue(turns: Iterable[tuple[str, str]]) -> list[Block]:
    """Who said what, whole. Short turns share a block: a window holds no more than 100."""
    made: list[Block] = []
    room = 0
    for speaker, words in turns:
        for place, piece in enumerate(texts.cut(words, QUOTE_LIMIT)):
            named = [] if place else rich([(speaker, {"bold": True})])["elements"]
            if texts.slack_length(piece) > room:
                made.append({"type": "rich_text", "elements": []})
                room = QUOTE_LIMIT
            made[-1]["elements"] += [*named, _quote(piece)]
            room -= texts.slack_length(piece)
    return made


def _quote(words: str) -> Block:
    return {"type": "rich_text_quote", "elements": [{"type": "text", "text": words}]}


def rich(parts: Iterable[tuple[str, Mapping[str, bool]]]) -> Block:
    """One paragraph of styled text elements."""
    elements = [
        {"type": "text", "text": text} | ({"style": dict(style)} if style else {}) for text, style in parts if text
    ]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def marked(title: str, words: str) -> Block:
    """A title over a quote of lightly marked-up words: what stands between stars is bold, headings lose their signs."""
    pieces = re.split(r"\*{1,2}", re.sub(r"(?m)^#+ +", "", words))
    if len(pieces) % 2 == 0 or not "".join(pieces):  # a star too many, or signs alone: nothing is certain
        pieces = [words]
    made = rich((piece, {"bold": True} if place % 2 else {}) for place, piece in enumerate(pieces))
    made["elements"][0]["type"] = "rich_text_quote"
    made["elements"].insert(0, *rich([(title, {"bold": True})])["elements"])
    return made


def option(words: str, value: str) -> Block:
    return {"text": plain(words, limit=OPTION_LIMIT), "value": value}


def select(action: str, options: Sequence[Block], *, chosen: str | None = None, placeholder: str) -> Block:
    """A menu of at most 100 options; `chosen` is the value of the one that is picked at first."""
    made: Block = {
        "type": "static_select",
        "action_id": action,
        "options": list(options),
        "placeholder": label(placeholder, limit=150),
    }
    picked = [one for one in options if one["value"] == chosen]
    return made | ({"initial_option": picked[0]} if picked else {})


def several(action: str, options: Sequence[Block], *, chosen: Iterable[str] = (), placeholder: str) -> Block:
    """A menu in which any number of at most 100 options can be picked."""
    made = select(action, options, placeholder=placeholder) | {"type": "multi_static_select"}
    wanted = set(chosen)
    picked = [one for one in options if one["value"] in wanted]
    return made | ({"initial_options": picked} if picked else {})


def radio(action: str, options: Sequence[Block], *, chosen: str | None = None) -> Block:
    """At most ten choices; `chosen` is the value of the one that is picked at first."""
    made: Block = {"type": "radio_buttons", "action_id": action, "options": list(options)}
    picked = [one for one in options if one["value"] == chosen]
    return made | ({"initial_option": picked[0]} if picked else {})


def writing(action: str, text: str = "", *, limit: int, focus: bool = False) -> Block:
    """An input of several lines that holds a text at first."""
    made: Block = {"type": "plain_text_input", "action_id": action, "multiline": True, "max_length": limit}
    made |= {"initial_value": text} if text else {}
    return made | ({"focus_on_load": True} if focus else {})


def field(block_id: str, words: str, element: Block, *, optional: bool = False, hint: str | None = None) -> Block:
    made: Block = {
        "type": "input",
        "block_id": block_id,
        "label": label(words, limit=2_000),
        "element": element,
        "optional": optional,
    }
    return made | ({"hint": label(hint, limit=2_000)} if hint else {})


def fitting(make: Callable[[int], View]) -> View:
    """The view that is made with everything in it, or the first one light enough with less: 1 is all, 30 the least."""
    for shorter in SHORTER:
        view = make(shorter)
        if len(json.dumps(view, ensure_ascii=False).encode()) <= HEAVIEST:
            break
    return view


def modal(
    callback: str,
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str | None,
    metadata: str,
    close: str = "Cancel",
) -> View:
    view: View = {
        "type": "modal",
        "callback_id": callback,
        "title": label(title, limit=TITLE_LIMIT),
        "close": label(close if submit else "Close", limit=TITLE_LIMIT),
        "private_metadata": metadata,
        "blocks": list(blocks),
    }
    return view | ({"submit": label(submit, limit=TITLE_LIMIT)} if submit else {})


def mention(user: str) -> str:
    """Somebody by their name, marked up; who was erased has none."""
    return SOMEBODY if user.startswith(NOBODY) else f"<@{user}>"


def moment(at: datetime) -> str:
    """A time as each reader's own clock shows it, marked up."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}}, {{time}}|{at:%d %B, %H:%M} UTC>"


def confirmed(made: Block, title: str, words: str, *, yes: str) -> Block:
    """A button that asks before it does something that cannot be taken back."""
    dialog = {"title": label(title), "text": plain(words, limit=300), "confirm": label(yes), "deny": label("Keep it")}
    return made | {"style": "danger", "confirm": dialog | {"style": "danger"}}
