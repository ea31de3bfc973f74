"""Payment cards and bank accounts: long numbers that carry their own check digits."""

import re
from collections.abc import Iterator

from stdnum import iban, luhn

from bot.personal_data.context import around, is_reference
from bot.personal_data.spans import Kind, Span

_BETWEEN = r"[ \t._/•·-]"
_CARD = re.compile(rf"(?<!\d)(?<!\d[.,])\d(?:{_BETWEEN}{{0,3}}\d){{11,18}}(?!{_BETWEEN}{{0,3}}\d)")
_GROUPS = re.compile(  # inside a longer row of numbers: looked for at each place, so it is a lookahead
    r"(?<!\d)(?<!\d[.,])(?=((?:\d{12,19}|\d{4}(?:[ \t\n._/,•·-]{1,3}\d{4}){3}|\d{4}[ .-]\d{6}[ .-]\d{4,5})(?!\d)))"
)
_ISSUER = re.compile(  # the ranges in which issuers number cards, with the lengths they use
    r"4(?:\d{12}|\d{15}|\d{17,18})|5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720|220[0-4])\d{12}"
    r"|3[47]\d{13}|(?:1800|2131)\d{11}|3(?:0[0-5]|09|[689]\d)\d{11,16}|35\d{14,17}|(?:5[06-8]|6)\d{10,17}"
    r"|9792\d{12}|81\d{14,17}"
)
_CARD_WORDS = re.compile(r"\bcard|visa|mastercard|maestro|amex|karte|carte|tarjeta|carta\b", re.IGNORECASE)
_SEPARATORS = re.compile(r"[ \t\n._/,•·-]+")

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ ._-]?[A-Za-z0-9]){11,30}")
_IBAN_WORD = re.compile(r"iban", re.IGNORECASE)
_MISTYPED = re.compile(r"[A-Za-z]{2}[0-9]{2}[ .-]?(?:[A-Za-z]{4}[ .-]?)?[0-9](?:[ .-]?[0-9]){9,26}(?![A-Za-z0-9])")
_SHORTEST_IBAN = 15


def cards(text: str, low: int, high: int) -> Iterator[Span]:
    """Numbers of an issuer's range that pass Luhn's check; beside the word "card" a mistyped one as well."""
    for run in _CARD.finditer(text, low, high):
        if _is_card(text, run.start(), run.end()):
            yield Span(run.start(), run.end(), Kind.CARD)
    for run in _GROUPS.finditer(text, low, high):
        if _is_card(text, run.start(1), run.end(1)):
            yield Span(run.start(1), run.end(1), Kind.CARD)


def _is_card(text: str, start: int, end: int) -> bool:
    digits = _SEPARATORS.sub("", text[start:end])
    if not _ISSUER.fullmatch(digits):
        return False
    if luhn.is_valid(digits):
        return len(digits) > 13 or not is_reference(text, start)
    return len(digits) > 13 and _CARD_WORDS.search(around(text, start, end)) is not None


def ibans(text: str, low: int, high: int) -> Iterator[Span]:
    """Account numbers with a right checksum; behind the word "IBAN" a mistyped one as well."""
    for run in _IBAN.finditer(text, low, high):
        end = _iban_end(text, run.start(), run.end())
        if end is None and _IBAN_WORD.search(text, max(0, run.start() - 24), run.start()):
            mistyped = _MISTYPED.match(text, run.start())
            end = mistyped.end() if mistyped else None
        if end is not None:
            yield Span(run.start(), end, Kind.IBAN)


def _iban_end(text: str, start: int, longest: int) -> int | None:
    """The words that follow look like more groups: the longest end that the checksum confirms is the one."""
    for end in range(longest, start + _SHORTEST_IBAN - 1, -1):
        inside_word = end < len(text) and text[end].isalnum()
        if not inside_word and _confirmed(_SEPARATORS.sub("", text[start:end])):
            return end
    return None


def _confirmed(number: str) -> bool:
    """ISO 7064 MOD 97-10 by hand first: it turns down 99 of 100 before the country's format is looked up."""
    turned = number[4:] + number[:4]
    if not (number.isalnum() and number.isascii()) or int("".join(str(int(c, 36)) for c in turned)) % 97 != 1:
        return False
    return iban.is_valid(number, check_country=False)
