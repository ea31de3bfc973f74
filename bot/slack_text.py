"""What Slack writes for what a person typed, back into the words that were read. Pure."""

import html
import re

# <@U1>, <#C1|name>, <!subteam^S1|@name>, <!date^…|words>, <https://…|words>, <mailto:…|words>
_MARKED = re.compile(r"<(?:([@#!])|(?=[A-Za-z][A-Za-z0-9+.\-]*:))([^\s<>|][^<>|]*)(?:\|([^<>]*))?>")
SOMEBODY = "@someone"


def read(text: str) -> str:
    """The message in plain words: links with their addresses, entities decoded, nobody's id or name."""
    return html.unescape(_MARKED.sub(_plain, text)).strip()


def _plain(found: re.Match[str]) -> str:
    mark, what, words = found[1], found[2], found[3]
    if mark == "@":
        return SOMEBODY
    if mark == "#":
        return f"#{words}" if words else "#channel"
    if mark == "!":
        return words or f"@{what.partition('^')[0]}"
    address = what.removeprefix("mailto:").removeprefix("tel:")
    return address if not words or words in (what, address) else f"{words} ({address})"
