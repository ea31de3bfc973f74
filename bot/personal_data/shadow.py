"""A plainer copy of a text to search in, so that odd characters do not hide a number or an address.

Full-width and other digits become ASCII digits, exotic dashes and spaces the plain ones; characters that nobody
sees (zero-width, soft hyphens, combining marks, lone surrogates, NUL) are left out. Placeholders that stand in
the text already become line feeds, over which no pattern reaches.
"""

import re
import unicodedata
from dataclasses import dataclass

from bot.personal_data.spans import Kind, Span

PLACEHOLDER = re.compile(r"\[(" + "|".join(Kind) + r")_([1-9][0-9]{0,5})\]")
# The blanks, plus signs and dashes of a number, as an address on the net spells them.
_ESCAPED = re.compile(r"%(20|2B|2D)|(?<=[0-9A-Za-z])\+(?=[0-9A-Za-z])", re.IGNORECASE)
_UNESCAPED = {"20": " ", "2B": "+", "2D": "-"}
_UNSEEN = "\x00"
_MINUS = "\N{MINUS SIGN}"


class _Plain(dict[int, str]):
    """A translation table that fills itself, for `str.translate`; one character in, one character out."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = _plain(chr(code))
        return plain


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    digit = unicodedata.decimal(char, None)
    if char.isascii():
        return char
    if digit is not None:
        return str(digit)
    if category == "Zs":
        return " "
    if category == "Pd" or char == _MINUS:
        return "-"
    if category in ("Cf", "Cs", "Mn", "Me"):
        return _UNSEEN
    compatible = unicodedata.normalize("NFKC", char)
    return compatible if len(compatible) == 1 and compatible.isascii() else char


_TABLE = _Plain()


@dataclass(frozen=True, slots=True)
class Shadow:
    text: str
    origins: list[int] | None
    """Where each character stood; None: at the same place."""

    def original(self, span: Span) -> Span:
        if self.origins is None:
            return span
        return Span(self.origins[span.start], self.origins[span.end - 1] + 1, span.kind)


def cast(text: str) -> Shadow:
    plain = text if text.isascii() else text.translate(_TABLE)
    if "[" in plain:
        plain = PLACEHOLDER.sub(lambda placeholder: "\n" * len(placeholder[0]), plain)
    if _UNSEEN not in plain:
        return Shadow(plain, None)
    origins = [at for at, char in enumerate(plain) if char != _UNSEEN]
    return Shadow(plain.replace(_UNSEEN, ""), origins)


def unescaped(link: str) -> Shadow:
    """A link whose blanks, plus signs and dashes are written as in a text."""
    text: list[str] = []
    origins: list[int] = []
    at = 0
    for found in _ESCAPED.finditer(link):
        text += [*link[at : found.start()], _UNESCAPED[(found[1] or "20").upper()]]
        origins += range(at, found.start() + 1)
        at = found.end()
    return Shadow("".join([*text, link[at:]]), [*origins, *range(at, len(link))])
