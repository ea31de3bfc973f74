"""When two texts are the same to a person, how long Slack counts one, where it may be cut; and so many of a thing."""

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Literal

ENTITY = re.compile(r"&(?:amp;)*(amp|lt|gt);")
_DECODED = {"amp": "&", "lt": "<", "gt": ">"}

_MOST_MARKS = 30  # Unicode's own bound for text that is safe to stream (annex 15)

# Letters and signs that are drawn as nothing: fillers of Hangul, the empty pattern of Braille.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_UNSEEN = ("Z", "M", "Cc", "Cf", "Cs")  # categories: spaces, marks without a letter, controls, joiners, halves of pairs

# Without one of these no row of marks is too long. Half as many signs, for some are two marks in one and some letters
# hold one; half-width marks of kana count as letters.
_LONG_ROW = re.compile(rf"(?:[^\w\x00-\x7f]|[\uff9e\uff9f]){{{_MOST_MARKS // 2}}}")

_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
# Joiners, Hangul vowels and finals, skin tones, tags of regional flags, second halves of surrogate pairs.
_EXTENDING = re.compile("[\u200c\u200d\u1160-\u11ff\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\udc00-\udfff]")


def normalised(text: str) -> str:
    """The text without what Slack, a browser or a keyboard changes on its own.

    NFC; `&amp;`, `&lt;`, `&gt;` decoded, however often they were escaped (a draft that holds `&lt;` comes back
    as `&amp;lt;`); line ends as LF; no-break spaces as spaces; no white space at the ends of lines, no white
    space or blank lines around the whole. Normalising twice changes nothing.
    """
    # Decoding can put a `<` before a combining stroke, which composes.
    composed = _composed(decoded(_composed(text)))
    lines = composed.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def spellings(text: str) -> set[str]:
    """The text as it is, and with accents that are one with their letters or stand apart: keyboards differ in that."""
    return {text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)}


def decoded(text: str) -> str:
    """The text with `&amp;`, `&lt;` and `&gt;` decoded, however often they were escaped."""
    return ENTITY.sub(lambda found: _DECODED[found[1]], text) if "&" in text else text


def in_pieces(text: str, change: Callable[[str], str], *, apart: Literal["NFD", "NFKD"]) -> str:
    """The text changed; rows of more than `_MOST_MARKS` combining marks in pieces: no language has them.

    Marks of one row are sorted, and the library sorts them in quadratic time. Some signs are marks only once they are
    taken apart, as the change does, so rows are counted then.
    """
    if not _LONG_ROW.search(text):
        return change(text)
    pieces, start, row = [], 0, 0
    text = "".join(unicodedata.normalize(apart, char) for char in text)
    for at, char in enumerate(text):
        row = row + 1 if unicodedata.combining(char) else 0
        if row > _MOST_MARKS:
            pieces.append(change(text[start:at]))
            start, row = at, 1
    return "".join([*pieces, change(text[start:])])


def _composed(text: str) -> str:
    return text if text.isascii() else in_pieces(text, partial(unicodedata.normalize, "NFC"), apart="NFD")


def same(a: str, b: str) -> bool:
    """Whether nobody edited one into the other: equal once normalised."""
    return normalised(a) == normalised(b)


def visible(text: str) -> bool:
    """Whether there is anything in it that a person can see: the rule for what counts as empty."""
    return any(char not in _BLANK and not unicodedata.category(char).startswith(_UNSEEN) for char in text)


def slack_length(text: str) -> int:
    """The length in UTF-16 code units, the most that Slack can count for it: an emoji is two or more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def reach(text: str, limit: int) -> int:
    """How many code points from the start fit into `limit` units of `slack_length`."""
    end = min(len(text), max(limit, 0))
    while (excess := slack_length(text[:end]) - limit) > 0 and end:
        end -= (excess + 1) // 2  # a code point is at most two units, so this never drops too many
    return end


def beginning(text: str, limit: int) -> str:
    """The longest beginning of at most `limit` units that ends with a whole character, accents, joined emoji
    and flags included; empty when the first character alone is longer."""
    end = reach(text, limit)
    while 0 < end < len(text) and _continues(text, end):
        end -= 1
    return text[:end]


def capitalised(text: str) -> str:
    """With a capital at the beginning where the first word has none; the rest stays as written: it may hold names."""
    return text[:1].upper() + text[1:] if text.partition(" ")[0].islower() else text


def shortened(text: str, limit: int, *, tail: str = "…") -> str:
    """The text itself when it fits into `limit` units, else its beginning and the tail, together within it.

    Where not even the tail fits there is none.
    """
    if slack_length(text) <= limit:
        return text
    room = limit - slack_length(tail)
    return beginning(text, room).rstrip() + tail if room >= 0 else beginning(text, limit)


def cut(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` units (two or more) that joined give the text; none for an empty text.

    A piece ends after a line break, else after a space, if one lies in its second half, else between two
    characters. Only a character longer than `limit` is cut itself.
    """
    if limit < 2:
        raise ValueError("An emoji is two units long: a limit below two fits nothing.")
    pieces: list[str] = []
    start = 0
    while start < len(text):
        pieces.append(_piece(text[start : start + limit + 1], limit))
        start += len(pieces[-1])
    return pieces


def _piece(window: str, limit: int) -> str:
    if slack_length(window) <= limit:
        return window
    end = reach(window, limit)
    for mark in "\n ":
        after = window.rfind(mark, end // 2, end) + 1
        if after and not _continues(window, after):
            return window[:after]
    return beginning(window, limit) or window[:end]


def _continues(text: str, index: int) -> bool:
    """Whether the code point there belongs to the character before it; close to Unicode's annex 29."""
    before, here = text[index - 1], text[index]
    if here in _FLAG_LETTERS and before in _FLAG_LETTERS:
        run = text[:index]
        return (len(run) - len(run.rstrip(_FLAG_LETTERS))) % 2 == 1
    if before == "\u200d" or before + here == "\r\n":
        return True
    return unicodedata.category(here).startswith("M") or bool(_EXTENDING.match(here))
