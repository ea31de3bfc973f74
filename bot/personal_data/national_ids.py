"""National identity, tax and insurance numbers: their shapes and what tells them from other numbers.

A shape writes 9 for a digit and A for a letter. A number whose check is weak needs its name beside it (`words`);
one that looks like a ticket's reference gives way to words that call it one (`weak`). Checks that ask what day it
is today are written out here without that question.
"""

import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stdnum import ean, luhn
from stdnum.au import tfn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.cl import rut
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.ee import ik
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.gr import amka
from stdnum.hr import oib
from stdnum.ie import pps
from stdnum.in_ import aadhaar, pan
from stdnum.iso7064 import mod_11_2
from stdnum.it import codicefiscale
from stdnum.kr import rrn
from stdnum.mx import curp
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.ro import cnp
from stdnum.tr import tckimlik

from bot.personal_data.context import around, is_reference
from bot.personal_data.spans import Kind, Span

_NINO = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]")
_ITIN_GROUPS = frozenset([*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)])


@dataclass(frozen=True, slots=True)
class Format:
    shapes: tuple[str, ...]
    valid: Callable[[str], bool]
    """Of the number without separators, in capitals."""
    words: str = ""
    weak: bool = False


def _day(day: str, month: str) -> bool:
    return 1 <= int(day) <= 31 and 1 <= int(month) <= 12


def _anything(_number: str) -> bool:
    return True


def _us(number: str) -> bool:
    """A Social Security number by the areas that were ever issued, or a taxpayer's (ITIN) by its groups."""
    area, group, serial = number[:3], number[3:5], number[5:]
    if area.startswith("9"):
        return int(group) in _ITIN_GROUPS
    return area not in ("000", "666") and group != "00" and serial != "0000"


def _nino(number: str) -> bool:
    return _NINO.fullmatch(number) is not None


def _swedish(number: str) -> bool:
    """Coordination numbers add 60 to the day."""
    day = int(number[-6:-4])
    return _day(str(day - 60 if day > 60 else day), number[-8:-6]) and luhn.is_valid(number[-10:])


def _danish(number: str) -> bool:
    """The check digit of numbers given until 2007; later ones are known by their name only."""
    return _day(number[:2], number[2:4]) and cpr.checksum(number) == 0


def _norwegian(number: str) -> bool:
    """D-numbers add 40 to the day, H-numbers 40 to the month."""
    day, month = int(number[:2]) % 40, int(number[2:4]) % 40
    first = fodselsnummer.calc_check_digit1(number)
    return _day(str(day), str(month)) and number[9:] == first + fodselsnummer.calc_check_digit2(number)


def _belgian(number: str) -> bool:
    """Those born since 2000 put a 2 before the number that is checked."""
    return any(97 - int(century + number[:9]) % 97 == int(number[9:]) for century in ("", "2"))


def _korean(number: str) -> bool:
    """The check digit of numbers given until 2020; later ones are known by their name only."""
    return _day(number[4:6], number[2:4]) and number[12] == rrn.calc_check_digit(number)


def _chinese(number: str) -> bool:
    """The region's number is not looked up: stdnum's table raises KeyError for some."""
    return number[6:8] in ("19", "20") and _day(number[12:14], number[10:12]) and mod_11_2.is_valid(number)


def _south_african(number: str) -> bool:
    return _day(number[4:6], number[2:4]) and number[10] in "012" and luhn.is_valid(number)


def _polish(number: str) -> bool:
    """Without its name only the twentieth century's: the others look like phone numbers."""
    return number[0] in "23456789" and pesel.is_valid(number)


def _finnish(number: str) -> bool:
    """The century's sign is no part of the check; 900 to 999 are for temporary use."""
    signed = number if len(number) == 11 else f"{number[:6]}-{number[6:]}"
    return hetu.is_valid(signed, allow_temporary=True)


def _french(number: str) -> bool:
    month = number[3:5]
    return number[0] in "12" and (month <= "12" or month >= "20") and nir.is_valid(number)


def _swiss(number: str) -> bool:
    return ahv.is_valid(number) and ean.is_valid(number)


_FORMATS = (
    Format(("999-99-9999", "999 99 9999"), _us),
    Format(("999999999", "999 999 999", "999-999-999"), _us, r"ssn|itin|social security"),
    Format(("AA999999A", "AA 99 99 99 A", "AA 999999 A", "AA-99-99-99-A"), _nino, weak=True),
    Format(("99 999 999 999",), idnr.is_valid),
    Format(("99999999999",), idnr.is_valid, r"steuer|tax|idnr|identifikation|\btin\b"),
    Format(("999999999999999", "9 99 99 99 999 999 99", "9 99 99 9A 999 999 99", "999999A99999999"), _french),
    Format(("99999999A", "99999999-A", "99.999.999-A", "99999999 A"), dni.is_valid, weak=True),
    Format(("A9999999A", "A-9999999-A", "A 9999999 A"), nie.is_valid, weak=True),
    Format(("AAAAAA99A99A999A", "AAA AAA 99A99 A999A", "AAA-AAA-99A99-A999A"), codicefiscale.is_valid),
    Format(("999999999", "9999.99.999", "9999 99 999"), bsn.is_valid, r"\bbsn|burgerservice|sofi"),
    Format(("999999-9999", "999999+9999", "99999999-9999"), _swedish, weak=True),
    Format(("9999999999", "999999999999"), _swedish, r"person(?:nummer|al)|samordning"),
    Format(("999999-9999", "999999 9999"), _danish, weak=True),
    Format(("999999-9999", "9999999999"), _anything, r"\bcpr|personnummer"),
    Format(("999999-9999", "999999-999A", "999999+999A", "999999A999A", "999999A9999"), _finnish),
    Format(("99999999999", "999999 99999"), _norwegian),
    Format(("99999999999",), _polish, weak=True),
    Format(("99999999999",), pesel.is_valid, r"pesel"),
    Format(("999.999.999-99",), cpf.is_valid),
    Format(("99999999999",), cpf.is_valid, r"\bcpf"),
    Format(("999999999", "999 999 999", "999-999-999"), sin.is_valid, r"\bsin\b|social insurance|\bnas\b"),
    Format(("999.9999.9999.99", "9999999999999"), _swiss),
    Format(("99.99.99-999.99", "99.99.99-999-99"), _belgian),
    Format(("99999999999",), _belgian, r"rijksregister|national register|registre national|\bnrn?\b|insz|niss"),
    Format(("999999/9999",), rc.is_valid, weak=True),
    Format(("99.999.999-9", "99.999.999-A", "9.999.999-9", "9.999.999-A"), rut.is_valid),
    Format(("99999999-9", "99999999-A"), rut.is_valid, r"\brut\b|\brun\b"),
    Format(("99999999999999999A", "999999999999999999"), _chinese),
    Format(("AAAA999999AAAAAA99", "AAAA999999AAAAAAA9"), curp.is_valid),
    Format(("9999 9999 9999", "9999-9999-9999", "999999999999"), aadhaar.is_valid, r"aadhaar|aadhar|uidai"),
    Format(("AAAAA9999A",), pan.is_valid, r"\bpan\b|permanent account"),
    Format(("9999999A", "9999999AA"), pps.is_valid, r"\bpps"),
    Format(("9999999999", "999 999 9999"), nhs.is_valid, r"\bnhs"),
    Format(("999999999", "999 999 999"), tfn.is_valid, r"\btfn|tax file"),
    Format(("999999999", "999 999 999"), nif.is_valid, r"\bnif\b|contribuinte"),
    Format(("99999999999",), amka.is_valid, r"amka|αμκα"),
    Format(("99999999999",), oib.is_valid, r"\boib"),
    Format(("99999999999",), ik.is_valid, r"isikukood|asmens kod|personal code"),
    Format(("9999999999999",), cnp.is_valid, r"\bcnp|cod numeric|personal"),
    Format(("9999999999999",), _south_african, r"south africa|identity|\b(?:sa|rsa) id|\bid (?:no|number)"),
    Format(("99999999999",), tckimlik.is_valid, r"kimlik|\btckn|\bt\.?c\.? no"),
    Format(("999999-9999999",), _korean, weak=True),
    Format(("999999-9999999", "9999999999999"), _anything, r"주민|resident registration|\brrn"),
)


_RUN = re.compile(r"(?<![0-9A-Za-z_])[0-9A-Za-z]+(?:[ ./+-][0-9A-Za-z]+)*")
_GROUP = re.compile(r"[0-9A-Za-z]+")
_LONGEST_NAME = 40
_NAMED = re.compile(
    r"(?:passport|driv(?:er'?s?|ing) licen[cs]e|reisepass|personalausweis|führerschein|passeport|pasaporte)"
    r"(?: ?(?:number|no|nr|id)\b)?[.:# ]{0,3}(?:is |was )?[:# ]{0,2}(?=[A-Za-z-]{0,5}[0-9])"
    r"([A-Za-z0-9](?:[ -]?[A-Za-z0-9]){5,17})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_TO_SHAPE = str.maketrans(
    string.digits + string.ascii_letters, "9" * len(string.digits) + "A" * len(string.ascii_letters)
)


def _by_shape() -> dict[str, tuple[tuple[Format, re.Pattern[str] | None], ...]]:
    table: dict[str, tuple[tuple[Format, re.Pattern[str] | None], ...]] = {}
    for item in _FORMATS:
        words = re.compile(item.words, re.IGNORECASE) if item.words else None
        for shape in item.shapes:
            table[shape] = (*table.get(shape, ()), (item, words))
    return table


def _beginnings() -> dict[str, int]:
    """How many groups the longest shape has that begins with this group."""
    longest: dict[str, int] = {}
    for shape in _BY_SHAPE:
        groups = _GROUP.findall(shape)
        longest[groups[0]] = max(longest.get(groups[0], 0), len(groups))
    return longest


_BY_SHAPE = _by_shape()
_BEGINNINGS = _beginnings()
_SEPARATORS = str.maketrans("", "", " ./+-")


def national_ids(text: str, low: int, high: int) -> Iterator[Span]:
    for run in _RUN.finditer(text, low, high):
        yield from _in_run(text, run.start(), run.end())
    for named in _NAMED.finditer(text, max(0, low - _LONGEST_NAME), high):
        yield Span(named.start(1), named.end(1), Kind.NATIONAL_ID)


def _in_run(text: str, low: int, high: int) -> Iterator[Span]:
    """Each row of groups that a shape could begin with, the longest first, is looked up by its shape."""
    shape = text[low:high].translate(_TO_SHAPE)
    groups = [group.span() for group in _GROUP.finditer(shape)]
    first = 0
    while first < len(groups):
        start, end = groups[first]
        most = _BEGINNINGS.get(shape[start:end], 0)
        for last in range(min(len(groups), first + most) - 1, first - 1, -1):
            end = groups[last][1]
            formats = _BY_SHAPE.get(shape[start:end])
            if formats and any(_fits(*row, text, (low + start, low + end)) for row in formats):
                yield Span(low + start, low + end, Kind.NATIONAL_ID)
                first = last
                break
        first += 1


def _fits(item: Format, words: re.Pattern[str] | None, text: str, at: tuple[int, int]) -> bool:
    start, end = at
    if words and not words.search(around(text, start, end)):
        return False
    if item.weak and is_reference(text, start):
        return False
    return item.valid(text[start:end].translate(_SEPARATORS).upper())
