"""Find personal data in one text."""

from collections.abc import Iterator

from bot.personal_data.accounts import cards, ibans
from bot.personal_data.credentials import secrets
from bot.personal_data.national_ids import national_ids
from bot.personal_data.network import addresses, emails, links
from bot.personal_data.phones import phones
from bot.personal_data.shadow import cast, unescaped
from bot.personal_data.spans import Kind, Span, settle
from bot.personal_data.windows import digit_windows


def find(text: str, *, region: str | None = None) -> list[Span]:
    """Ordered, free of overlaps. `region`: the two-letter country whose phone numbers stand without a prefix."""
    shadow = cast(text)
    plain = shadow.text
    linked = list(links(plain))
    numbers = list(_numbers(plain, region))
    found = [*linked, *_dialled(plain, numbers, linked), *_mailed(plain, linked), *addresses(plain), *secrets(plain)]
    found += _escaped(plain, linked, region)
    return [shadow.original(span) for span in settle(found)]


def _numbers(plain: str, region: str | None) -> Iterator[Span]:
    for low, high in digit_windows(plain):
        yield from cards(plain, low, high)
        yield from ibans(plain, low, high)
        yield from national_ids(plain, low, high)
        yield from phones(plain, low, high, region)


def _dialled(plain: str, numbers: list[Span], linked: list[Span]) -> list[Span]:
    """Digits in a link are an article or an id, unless the international prefix says otherwise."""
    inside = [(span.start, span.end) for span in linked if span.kind is Kind.URL]
    return [
        span
        for span in numbers
        if span.kind is not Kind.PHONE
        or plain[span.start] == "+"
        or not any(start < span.end and span.start < end for start, end in inside)
    ]


def _escaped(plain: str, linked: list[Span], region: str | None) -> Iterator[Span]:
    """Numbers in links whose blanks are escaped."""
    for link in linked:
        written = plain[link.start : link.end]
        if link.kind is not Kind.URL or not ("%" in written or "+" in written):
            continue
        shadow = unescaped(written)
        for found in _numbers(shadow.text, region):
            if found.kind is not Kind.PHONE or shadow.text[found.start] == "+":
                span = shadow.original(found)
                yield Span(link.start + span.start, link.start + span.end, span.kind)


def _mailed(plain: str, linked: list[Span]) -> Iterator[Span]:
    """In `://user:pass@host` the at-sign belongs to the link: its host stays readable."""
    credentials = {span.end for span in linked if span.kind is Kind.SECRET and plain.startswith("@", span.end)}
    for span in emails(plain):
        if not any(span.start < end < span.end for end in credentials):
            yield span
