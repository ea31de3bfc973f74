"""What was found where: the kinds of personal data, and how overlapping finds become one."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Ordered by strength: of two kinds that claim the same characters, the earlier one names them."""

    SECRET = "SECRET"
    IBAN = "IBAN"
    CARD = "CARD"
    NATIONAL_ID = "NATIONAL_ID"
    EMAIL = "EMAIL"
    IP = "IP"
    PHONE = "PHONE"
    DETAIL = "DETAIL"
    """What a link's own parameter calls a name, an address, a birth date."""
    PRIVATE = "PRIVATE"
    """What no rule recognises and a person reported."""
    URL = "URL"
    """A whole link without any of the above: found, and left where it is by redaction."""


STRENGTH = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` up to, not including, `end`."""

    start: int
    end: int
    kind: Kind


def settle(found: Iterable[Span]) -> list[Span]:
    """Ordered and free of overlaps. Overlapping finds are joined, so that no rest of the weaker one stays
    readable; a link that holds a find gives way to it."""
    joined: list[Span] = []
    links: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, span.end)):
        if span.kind is Kind.URL:
            links.append(span)
        elif joined and span.start < joined[-1].end:
            joined[-1] = _join(joined[-1], span)
        else:
            joined.append(span)
    return sorted([*joined, *_untouched(links, joined)], key=lambda span: span.start)


def _join(left: Span, right: Span) -> Span:
    kind = min(left.kind, right.kind, key=STRENGTH.__getitem__)
    return Span(left.start, max(left.end, right.end), kind)


def _untouched(links: list[Span], joined: list[Span]) -> list[Span]:
    """Both lists are ordered and free of overlaps, so one walk decides."""
    kept, at = [], 0
    for link in links:
        while at < len(joined) and joined[at].end <= link.start:
            at += 1
        if at == len(joined) or joined[at].start >= link.end:
            kept.append(link)
    return kept
