"""How many blocks Slack makes of the text of one markdown block."""

import re

FENCE = re.compile(r" {0,3}(?:```|~~~)")
KINDS = {
    "heading": re.compile(r" {0,3}#{1,6}(?:\s|$)"),
    "list": re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s"),
    "table": re.compile(r"\s*\|"),
    "quote": re.compile(r" {0,3}>"),
}


def pieces(text: str) -> int:
    """Each heading, list, table, quote and code, and the text between them; an estimate, for no rule is published."""
    count, before, in_code = 0, "", False
    for line in text.splitlines():
        if FENCE.match(line):
            in_code = not in_code
            count, before = count + in_code, "code"
        elif line.strip() and not in_code:
            kind = _kind(line)
            count += kind == "heading" or kind != before
            before = kind
    return count


def _kind(line: str) -> str:
    return next((kind for kind, begins in KINDS.items() if begins.match(line)), "text")
