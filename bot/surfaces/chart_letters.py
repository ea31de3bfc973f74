"""Words in pictures: which letters the font has, how wide they are, and where they must be shortened.

Pillow's own font draws ASCII and a few signs. Accents are taken off, dashes become hyphens, Greek is spelt out;
a name in another script would be a row of boxes, so its place in the row is shown in its stead.
"""

import unicodedata
from functools import cache

from PIL import ImageFont

SIGNS = "©«°±´·»‘’“”…‹›™"  # what the font draws beyond ASCII
SPELT = {
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("∗", "*"),
    **dict.fromkeys("ˍ", "_"),
    **dict.fromkeys("∼", "~"),
    **{"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ł": "l"},
    **{
        "Ł": "L",
        "ı": "i",
        "×": "x",
        "≤": "<=",
        "≥": ">=",
        "→": "->",
        "•": "·",
        "α": "alpha",
        "κ": "kappa",
        "σ": "sigma",
    },
}
MISSING = 0.4  # of its letters: beyond that a name says nothing any more


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own."""
    made = ImageFont.load_default(size=size)
    if not isinstance(made, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow was built without FreeType, which draws letters of any size.")
    return made


def drawable(words: str, otherwise: str) -> str:
    """The words in letters that the font has; the other ones where too few are left to read."""
    plain = " ".join(words.split())
    drawn = " ".join("".join(map(_letter, plain)).split())
    asked = sum(char.isalnum() for char in plain)
    left = sum(char.isalnum() for char in plain if any(map(str.isalnum, _letter(char))))
    return drawn if drawn and left >= asked * (1 - MISSING) else otherwise


def _letter(char: str) -> str:
    if " " <= char <= "~" or char in SIGNS:
        return char
    if char in SPELT:
        return SPELT[char]
    return "".join(one for one in unicodedata.normalize("NFKD", char) if " " <= one <= "~")


def width(words: str, size: int) -> float:
    return font(size).getlength(words)


def fitted(words: str, most: float, size: int) -> str:
    """The words, shortened where they are wider than that; nothing where not even one letter fits."""
    if width(words, size) <= most:
        return words
    for end in range(len(words) - 1, 0, -1):
        if width(shorter := f"{words[:end].rstrip()}…", size) <= most:
            return shorter
    return ""


def two_lines(words: str, most: float, size: int) -> list[str]:
    """The words on one line, or on two that break between words; what does not fit is shortened."""
    if width(words, size) <= most:
        return [words]
    first, rest = "", words.split(" ")
    while rest and width(longer := f"{first} {rest[0]}".strip(), size) <= most:
        first, rest = longer, rest[1:]
    if not first:
        return [fitted(words, most, size)]
    return [first, *([fitted(" ".join(rest), most, size)] if rest else [])]
