"""What a person typed in the composer, as the rich text that Slack makes of it."""

import re

from sandbox.refusals import Json

TOKEN = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
LEAVES = {"@": ("user", "user_id"), "#": ("channel", "channel_id"), "!": ("broadcast", "range"), "": ("link", "url")}


def rich_text(text: str) -> Json:
    """One line of leaves: words with the three escaped signs as they were typed, mentions and links."""
    leaves: list[Json] = []
    end = 0
    for token in TOKEN.finditer(text):
        leaves += _words(text[end : token.start()])
        sign, target, label = token.groups()
        kind, name = LEAVES[sign]
        leaf = {"type": kind, name: target}
        leaves.append({**leaf, "text": _plain(label)} if label and kind == "link" else leaf)
        end = token.end()
    leaves += _words(text[end:])
    line = {"type": "rich_text_section", "elements": leaves}
    return {"type": "rich_text", "block_id": "typed", "elements": [line]}


def _words(text: str) -> list[Json]:
    return [{"type": "text", "text": _plain(text)}] if text else []


def _plain(text: str) -> str:
    """Only &, < and > are escaped by Slack; other entities are words."""
    for escaped, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(escaped, sign)
    return text
