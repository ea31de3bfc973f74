"""What people read as the same words, however they are written, and where such words stand in a text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import category, normalize

from bot import texts

# Controls, joiners, turns of the direction, hyphens that a line may need, fillers, the stroke that makes Arabic words
# wide, signs that choose another drawing of a letter.
_UNDRAWN = (
    "\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
)
# Such signs as well; apart, for a set that reaches so far is searched slowly.
_TAGS = "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
# What keyboards, word processors, old encodings and our own messages (harmless.py) write in place of a sign.
_WRITTEN = {
    "'": "`´ʹʻʼʽˈ‘’‛′‵\u0374\u1fef\u1ffd\uff40",
    "-": "‐‑‒–—―⁃−\u207b\u208b\ufe31\ufe32\ufe58",
    "*": "∗",
    "_": "ˍ",
    "~": "∼",
    "|": "∣",
}
_SIGN_OF = {written: sign for sign, all_of_them in _WRITTEN.items() for written in all_of_them}
# Accents, vowel signs, and the vowels and finals of Hangul: they belong to the letter before them, also where an old
# encoding has signs of its own for them (half width).
_MARKS = "".join(
    char for char in map(chr, range(0x300, 0xFE30)) if category(char)[0] == "M" or "\u1161" <= char <= "\u11ff"
)
_MARK = re.compile(f"[{_MARKS}]")
_OLD_SIGNS = map(chr, (*range(0x3131, 0x318F), *range(0xFF9E, 0xFFDD)))
_OLD_MARKS = "".join(sign for sign in _OLD_SIGNS if _MARK.match(normalize("NFKC", sign)))
_FAR_MARKS = "".join(char for char in map(chr, range(0x10000, 0x1F000)) if category(char)[0] == "M")
# What lies beyond the basic plane is looked for only where such a sign stands.
_FAR = r"(?=[\U00010000-\U0010ffff])"
MARKS = rf"(?:[{_MARKS}]|{_FAR}[{_FAR_MARKS}])*+"
"""All that belongs to the letter before it, in a text as it is read."""

_DROPPED = re.compile(f"[{_UNDRAWN}]+")
_DROPPED_TAGS = re.compile(f"[{_TAGS}]")
_ASCII = str.maketrans("`", "'", "".join(filter(_DROPPED.match, map(chr, range(128)))))
_LIKE_ANOTHER = re.compile(f"[{''.join(_SIGN_OF)}]")
_LETTER = re.compile(
    rf"\s[\s{_UNDRAWN}]*|(?:{texts.ENTITY.pattern}|.)"
    rf"(?:[{_MARKS}{_OLD_MARKS}{_UNDRAWN}]+|{_FAR}[{_TAGS}{_FAR_MARKS}])*",
    re.DOTALL,
)


def bare(word: str) -> str:
    """A word, as it is read, without the marks at its end."""
    return word.rstrip(_MARKS + _FAR_MARKS)


def as_read(text: str) -> str:
    """One way to write what a person reads alike: letter case, accents apart from their letters or not, kinds of blanks
    and of letters (full width, ligatures), apostrophes, hyphens, line ends, signs that are not drawn, and those that
    Slack wants escaped."""
    return " ".join(_folded(text).split())


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is read, and where in it as it is written each sign begins and ends."""

    text: str
    starts: list[int]
    ends: list[int]

    def written(self, start: int, end: int) -> tuple[int, int]:
        """Where these signs are written, with all that belongs to the last of them."""
        return self.starts[start], self.ends[end - 1]


def reading(text: str) -> Reading:
    """The text letter by letter, which takes longer than to read it as a whole."""
    read: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for found in _LETTER.finditer(text):
        letter = " " if found[0][0].isspace() else _folded(found[0])
        if read and read[-1].endswith(" "):
            letter = letter.lstrip()
        read += [letter] if letter else []
        starts += [found.start()] * len(letter)
        ends += [found.end()] * len(letter)
    return Reading("".join(read), starts, ends)


def places(text: str, words: Iterable[str]) -> dict[str, list[tuple[int, int]]]:
    """Where each of the words that stand there stands, however it is written, in order; two words may overlap."""
    whole = as_read(text)
    wanted = {word: read for word in words if (read := as_read(word)) and read in whole}
    if not wanted:
        return {}
    found = reading(text)
    return {
        word: [found.written(*place.span()) for place in re.finditer(re.escape(read), found.text)]
        for word, read in wanted.items()
    }


def _folded(text: str) -> str:
    text = texts.decoded(text)
    if text.isascii():
        return text.translate(_ASCII).casefold()
    drawn = _DROPPED_TAGS.sub("", _DROPPED.sub("", text))
    return texts.in_pieces(_LIKE_ANOTHER.sub(lambda found: _SIGN_OF[found[0]], drawn), _small, apart="NFKD")


def _small(text: str) -> str:
    # A capital I with a dot becomes a small one with a dot beside its own.
    return normalize("NFKC", normalize("NFKC", text).casefold().replace("i\u0307", "i"))
