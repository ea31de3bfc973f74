"""Addresses on the net: e-mail, IP, links and what links carry."""

import ipaddress
import re
from collections.abc import Iterator

from bot.personal_data.spans import Kind, Span
from bot.personal_data.windows import words

_DOMAIN = r"(?:(?:[^\W_]|-){1,63}[.。．]){1,8}[^\W\d_]{2,24}"
_AT = re.compile(rf"(?:@|%(?:25)?40|=40|&#(?:64|x40);){_DOMAIN}|(?<=\w) @ {_DOMAIN}(?!\w)|@\[[0-9A-Fa-f.:]{{3,45}}\]")
_SPELT_AT = re.compile(
    r"[\[({] ?(?:[aA][tT]|@) ?[\])}] ?"
    r"(?:(?:[^\W_]|-){1,63} ?(?:\.|[\[({] ?(?:[dD][oO][tT]|\.) ?[\])}]) ?){1,6}[^\W\d_]{2,24}(?!\w)"
)
_LOCAL = frozenset("!#$&'*+-./=?^_`{|}~%")
_EDGE = "!#$&'*/=?^`{|}~%."
_LONGEST_LOCAL = 255

_IPV4 = re.compile(r"\d(?<![\w.]\d)\d{0,2}(?:\.\d{1,3}){3}(?!\w|\.\d|-\d)")
_VERSION = re.compile(
    r"(?:\bv|ver|version|release|build|firmware|section|chapter|update|app|os)[ .:]{0,2}\Z", re.IGNORECASE
)
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4})(?![\w:])")

_LINK = re.compile(
    r"(?<![\w@])(?:(?:https?|ftps?|sftp|wss?|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqp|smtp|ssh)://"
    r"|www\.(?=\w))[^\s<>\"|\\^`{}]{2,4096}",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?<![\w@./:%-])(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}/[^\s<>\"|\\^`{}]{1,4096}", re.IGNORECASE)
_TRAILING = ".,;:!?'*_)]}»”’"
_USER = re.compile(r"://([^\s/?#@:]{1,255}:[^\s/?#]{0,255})@")
_CHAT = re.compile(r"(?:wa\.me/|tel:|callto:|sms:)(\+?\d{7,15})(?!\d)", re.IGNORECASE)
_PARAMETER = re.compile(r"[?&;#]([\w.\[\]-]{1,64})=([^\s&;#<>\"]{1,2048})")
_PARAMETERS = (
    (
        Kind.SECRET,
        r"(?:.*[_.-])?(?:token|secret|sig|signature|password|passwd|pwd|pass|api_?key|jwt|otp|pin|auth|session"
        r"|credential|sessionid)|code|key|sid|state|.*token|x-amz-(?:signature|credential|security-token)",
    ),
    (Kind.PHONE, r"(?:.*[_.-])?(?:phone|tel|mobile|msisdn|phone_?number|fax)"),
    (Kind.EMAIL, r"(?:.*[_.-])?(?:e-?mail|mailto)"),
    (Kind.IBAN, r"iban"),
    (Kind.CARD, r"(?:card|cc|pan)(?:_?n(?:o|um|umber))?"),
    (Kind.NATIONAL_ID, r"ssn|passport|national_?id|tax_?id|nin|nino|bsn|cpf|dni"),
    (
        Kind.DETAIL,
        r"(?:(?:first|last|full|given|family|middle|sur)_?)?name|user(?:_?name)?|login|dob|birth_?(?:date|day)"
        r"|address|street|zip|postcode|postal_?code|lat|lng|lon",
    ),
)
_NAMES = tuple((kind, re.compile(names, re.IGNORECASE)) for kind, names in _PARAMETERS)


def emails(text: str) -> Iterator[Span]:
    if any(sign in text for sign in ("@", "40", "&#64;")):
        for at in _AT.finditer(text):
            yield from _address(text, at.start(), at)
    for at in _SPELT_AT.finditer(text):
        yield from _address(text, at.start() - (text[at.start() - 1 : at.start()] == " "), at)


def _address(text: str, local_end: int, at: re.Match[str]) -> Iterator[Span]:
    start = _local_start(text, local_end)
    if start < local_end:
        yield Span(start, at.end(), Kind.EMAIL)


def _local_start(text: str, at: int) -> int:
    """Walks back from the at-sign, so that no start is tried twice; a quoted local part may hold spaces."""
    lowest = max(0, at - _LONGEST_LOCAL)
    if at and text[at - 1] == '"':
        quote = text.rfind('"', lowest, at - 1)
        return quote if quote >= 0 and "\n" not in text[quote:at] else at
    start = at
    while start > lowest and (text[start - 1].isalnum() or text[start - 1] in _LOCAL):
        start -= 1
    opened = max(text.rfind(mark, start, at) for mark in "=?&#/|") + 1
    start = max(start, opened)
    while start < at and text[start] in _EDGE:
        start += 1
    return start


def addresses(text: str) -> Iterator[Span]:
    """IP addresses that may lead to somebody: not loopback, not netmasks, not "any address"."""
    if text.count(".") >= 3:
        for match in _IPV4.finditer(text):
            if _leads(match[0]) and not _VERSION.search(text, max(0, match.start() - 12), match.start()):
                yield Span(match.start(), match.end(), Kind.IP)
    for low, high in words(text, _has_colons) if text.count(":") >= 2 else ():
        for match in _IPV6.finditer(text, low, high):
            if any(map(str.isdigit, match[0])) and _leads(match[0]):
                yield Span(match.start(), match.end(), Kind.IP)


def _has_colons(word: str) -> bool:
    return word.count(":") >= 2


def _leads(written: str) -> bool:
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return False
    reserved = address.version == 4 and address.is_reserved
    return not (address.is_loopback or address.is_unspecified or reserved)


def links(text: str) -> Iterator[Span]:
    """Links as a whole, and the values in them that their own names call personal."""
    for low, high in words(text, _has_slash) if "/" in text or "www." in text.lower() else ():
        for match in _links_in(text, low, high):
            end = match.start() + len(match[0].rstrip(_TRAILING))
            yield Span(match.start(), end, Kind.URL)
            yield from _carried(text, match.start(), end)


def _has_slash(word: str) -> bool:
    return "/" in word or "www." in word.lower()


def _links_in(text: str, low: int, high: int) -> Iterator[re.Match[str]]:
    whole = list(_LINK.finditer(text, low, high))
    yield from whole or _BARE.finditer(text, low, high)


def _carried(text: str, start: int, end: int) -> Iterator[Span]:
    user = _USER.search(text, start, end)
    if user:
        yield Span(user.start(1), user.end(1), Kind.SECRET)
    chat = _CHAT.search(text, start, end)
    if chat:
        yield Span(chat.start(1), chat.end(1), Kind.PHONE)
    for parameter in _PARAMETER.finditer(text, start, end):
        for kind, names in _NAMES:
            if names.fullmatch(parameter[1]):
                yield Span(parameter.start(2), parameter.end(2), kind)
                break
