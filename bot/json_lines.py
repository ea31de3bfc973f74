"""Rows as JSON, each on one line."""

import json
import re

# Control characters JSON escapes by itself. These it leaves, and readers such as str.splitlines take them for ends.
_ENDS = re.compile("[\u0085\u2028\u2029]")
_write = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps makes an encoder for each row


def line(row: object) -> str:
    """The row as JSON without any character that somebody takes for the end of a line."""
    written = _write(row)
    return written if written.isascii() else _ENDS.sub(lambda end: f"\\u{ord(end[0]):04x}", written)
