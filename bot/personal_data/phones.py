"""Phone numbers: by their form where it is telling, by the words around them where it is not.

Telling are an international prefix, an area code in brackets, a leading zero, the North American grouping, and
whatever `phonenumbers` finds valid in the given region. Everything else that could be a number to dial needs a
word such as "call" or "mobile" near it, or a line of its own. Dates, amounts, times and order ids are none.
"""

import re
from collections.abc import Iterator

import phonenumbers

from bot.personal_data.context import is_reference, speaks_of_phones, stands_alone
from bot.personal_data.spans import Kind, Span

# What follows a run is looked at afterwards: a lookahead would make a hostile row of digits quadratic.
_RUN = re.compile(
    r"(?:(?=\+)|(?<![\w#$€£¥@+])(?<!\w[/-])(?<!\d[.,]))(?:\+ ?)?\(?\d(?:[ ./()-]{0,3}\d)*"
    r"(?:,? ?(?:x|ext\.?|extension) ?\d{1,6}(?!\w))?",
    re.IGNORECASE,
)
_GLUED = re.compile(r"[\w@%]")
_EXTENSION = re.compile(r",? ?(?:x|ext\.?|extension) ?\d{1,6}\Z", re.IGNORECASE)
_PART = re.compile(r"[^ ]+")
_MOST_PARTS, _MOST_PARTS_AT_HOME, _LONGEST = 8, 4, 32

_CURRENCY = (
    r"(?i:€|\$|£|¥|₹|%|(?:EUR|USD|GBP|CHF|CAD|AUD|NZD|INR|JPY|SEK|NOK|DKK|PLN|CZK|BRL|euros?|dollars?|pounds?"
    r"|francs?|kr|zł|points?|miles|units?|pcs|pieces|km|kg|MB|GB)\b)"
)
_AMOUNT = r"(?:\d{1,3}(?:[ .,']\d{3}){1,4}|\d{1,12})(?:[.,]\d{1,2})?(?!\d)"
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_NOT_DIALLED = re.compile(
    r"(?<![\d./(+-])(?:"
    rf"{_YEAR}([-/.]){_MONTH}\1{_DAY}(?:[T ]\d{{1,2}}(?=[:.h]))?"
    rf"|{_DAY}([-/.]){_MONTH}\2(?:{_YEAR}|\d\d)|{_MONTH}([-/.]){_DAY}\3(?:{_YEAR}|\d\d)"
    rf"|{_YEAR} ?[-/] ?{_YEAR}"
    r"|\d{1,3}(?:[ .']\d{3}){1,4},\d{1,2}|\d{1,3}(?:[ ']\d{3}){1,4}\.\d{1,2}"
    r")(?![\d/-]|\.\d)"
    rf"|(?:[€$£¥₹]|\b(?i:EUR|USD|GBP|CHF|CAD|AUD|Rs\.?)) ?{_AMOUNT}"
    rf"|(?<![\d.,'+(-]){_AMOUNT} ?{_CURRENCY}"
)
_OTHERWISE = re.compile(  # years, compact dates, ZIP+4
    rf"{_YEAR}(?: {_YEAR})+|{_YEAR}(?:0[1-9]|1[0-2])[0-3]\d|[0-3]\d(?:0[1-9]|1[0-2]){_YEAR}|\d{{5}}-\d{{4}}"
)

_TELLING = re.compile(
    r"\(0?\d{1,4}\)[\d ./-]+"
    r"|0[1-9][\d ./()-]+"
    r"|(?:1[ .-])?\(?\d{3}\)?([.-])\d{3}[.-]\d{4}"
    r"|(?:1 )?[2-9]\d\d [2-9]\d\d[ -]\d{4}"
    r"|1?[2-9]\d{2}[2-9]\d{6}|[6-9]\d{9}"
)
_ABROAD = re.compile(r"00[1-9][\d ./()-]+")
_GROUPED = re.compile(r"\(?\d{2,12}\)?(?:[ ./()-]{1,3}\d{2,8}){0,4}")


def phones(text: str, low: int, high: int, region: str | None) -> Iterator[Span]:
    offset = max(0, low - 2)
    window = _NOT_DIALLED.sub(lambda match: "\n" * len(match[0]), text[offset:high])
    for run in _RUN.finditer(window, low - offset):
        if _number_of_digits(run[0]) >= 7:
            for span in _in_run(text, offset + run.start(), offset + run.end(), region):
                yield _with_bracket(text, span)


def _with_bracket(text: str, span: Span) -> Span:
    """The bracket before `+1) 202…` goes with the one inside."""
    inside = text[span.start : span.end]
    opened = inside.count(")") > inside.count("(") and text[max(0, span.start - 1) : span.start] == "("
    return Span(span.start - 1, span.end, span.kind) if opened else span


def _in_run(text: str, low: int, high: int, region: str | None) -> Iterator[Span]:
    """Numbers that follow each other are told apart at the spaces: the longest telling row first."""
    parts = [part.span() for part in _PART.finditer(text, low, high)]
    if _GLUED.match(text, high):
        parts.pop()
    spans = list(_telling(text, parts, region))
    if not spans and parts and _may_be_dialled(text, low, parts[-1][1]):
        spans = [Span(low, parts[-1][1], Kind.PHONE)]
    return iter(spans)


def _telling(text: str, parts: list[tuple[int, int]], region: str | None) -> Iterator[Span]:
    first = 0
    while first < len(parts):
        start = parts[first][0]
        most = _MOST_PARTS if region or text[start] in "+(0" else _MOST_PARTS_AT_HOME
        for last in range(min(len(parts), first + most) - 1, first - 1, -1):
            if _tells(text, start, parts[last][1], region):
                yield Span(start, parts[last][1], Kind.PHONE)
                first = last
                break
        first += 1


def _number_of_digits(written: str) -> int:
    return sum(map(str.isdecimal, written))


def _tells(text: str, start: int, end: int, region: str | None) -> bool:
    if end - start > _LONGEST:
        return False
    written = _EXTENSION.sub("", text[start:end])
    digits = _number_of_digits(written)
    if digits < 7 or digits > 17:
        return False
    if written.startswith("+"):
        return digits >= 10 or (digits <= 15 and _possible(written))
    return _telling_form(written, digits, region) and not is_reference(text, start)


def _telling_form(written: str, digits: int, region: str | None) -> bool:
    if _ABROAD.fullmatch(written):
        return digits >= 10
    if 8 <= digits <= 12 and _TELLING.fullmatch(written):
        return digits >= 9 or written.startswith("(")
    return region is not None and (digits >= 9 or " " in written) and _valid(written, region)


def _possible(written: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(written))
    except phonenumbers.NumberParseException:
        return False


def _valid(written: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException:
        return False


def _may_be_dialled(text: str, low: int, high: int) -> bool:
    if high - low > _LONGEST:
        return False
    written = _EXTENSION.sub("", text[low:high])
    if not 7 <= _number_of_digits(written) <= 12 or not _GROUPED.fullmatch(written) or _OTHERWISE.fullmatch(written):
        return False
    if is_reference(text, low):
        return False
    alone = not written.isdecimal() and stands_alone(text, low, high)
    return alone or speaks_of_phones(text, low, high)
