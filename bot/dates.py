"""Days as people type them: a date in one of the usual ways, or a word for one that is over."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot import texts
from bot.errors import AssayError
from storage.models import Channel

MONTHS = tuple(f"{date(2000, month, 1):%B}".lower() for month in range(1, 13))
DAYS = tuple(f"{date(2001, 1, day):%A}".lower() for day in range(1, 8))  # 2001 began on a Monday
LEAST_LETTERS = 3  # of a month or a day that is not written out
LEAP = 8  # years: within as many there is a 29 February

_YEAR = r"(?:[ ,]+(?P<year>[0-9]{4}))?"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?"
_WRITTEN = [
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"),
    re.compile(r"(?P<day>[0-9]{1,2})\. ?(?P<month>[0-9]{1,2})(?:\. ?(?P<year>[0-9]{4})?)?"),
    re.compile(rf"{_DAY} ?(?:of )?(?P<name>[a-z]+)\.?{_YEAR}"),
    re.compile(rf"(?P<name>[a-z]+)\.? ?{_DAY}{_YEAR}"),
]
_SLASHED = re.compile(r"(?P<one>[0-9]{1,2})/(?P<other>[0-9]{1,2})(?:/(?P<year>[0-9]{4}))?")
_WEEKDAY = re.compile(r"(?P<last>last )?(?P<name>[a-z]+)")


class NoDate(AssayError):
    """What was typed is no day that can be asked for; the message says why and how to write one."""


def read(words: str, *, today: date, first: date) -> date | None:
    """The day that somebody means, from the `first` that there is until today; None where nothing was typed.

    A day without a year is the last one that has come; so is a day of the week, which may be today unless it is the
    `last` one. Raises NoDate.
    """
    typed = " ".join(words.lower().split()).rstrip(",")
    if not typed:
        return None
    day = _word(typed, today) or _slashed(typed, today) or _written(typed, today)
    if day is None:
        raise NoDate(
            f"“{texts.shortened(words, 50)}” is no date that Assay knows. "
            "Write it as 2026-11-20, 20 November, yesterday or last Friday."
        )
    if day > today:
        raise NoDate(f"{_long(day)} is still to come: ask for today or a day before it.")
    if day < first:
        raise NoDate(f"There is no digest of {_long(day)}: Assay came to this channel on {_long(first)}.")
    return day


def in_utc(moment: datetime) -> datetime | None:
    """The same moment in UTC; None where that is before the first year or after the last."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def of_channel(words: str, channel: Channel, now: datetime) -> date | None:
    """The same where a channel is: from the day on which Assay came to it. Raises NoDate."""
    zone = ZoneInfo(channel.time_zone)
    return read(words, today=now.astimezone(zone).date(), first=channel.created_at.astimezone(zone).date())


def _word(typed: str, today: date) -> date | None:
    if typed in ("today", "yesterday"):
        return today - timedelta(days=typed == "yesterday")
    found = _WEEKDAY.fullmatch(typed)
    wanted = _place(found["name"], DAYS) if found else None
    if found is None or wanted is None:
        return None
    latest = today - timedelta(days=1) if found["last"] else today
    return latest - timedelta(days=(latest.weekday() - wanted) % 7)


def _slashed(typed: str, today: date) -> date | None:
    """Some write the month first and some the day: only what both read alike is taken."""
    found = _SLASHED.fullmatch(typed)
    if found is None:
        return None
    one, other, year = int(found["one"]), int(found["other"]), found["year"]
    if one != other and min(one, other) >= 1 and max(one, other) <= len(MONTHS):
        ways = (f"{day} {MONTHS[month - 1].title()}" for day, month in ((one, other), (other, one)))
        raise NoDate(f"“{typed}” can be {' or '.join(ways)}: write the month as a word.")
    month, day = sorted((one, other))
    return _day(day, month, year, today)


def _written(typed: str, today: date) -> date | None:
    for form in _WRITTEN:
        if found := form.fullmatch(typed):
            parts = found.groupdict()
            place = _place(parts["name"], MONTHS) if "name" in parts else int(parts["month"]) - 1
            return None if place is None else _day(int(parts["day"]), place + 1, parts["year"], today)
    return None


def _day(day: int, month: int, year: str | None, today: date) -> date | None:
    """With a year that very day, without one the last that has come."""
    if year is not None:
        return _real(int(year), month, day)
    years = (_real(today.year - back, month, day) for back in range(LEAP + 1))
    return next((one for one in years if one is not None and one <= today), None)


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _place(name: str, names: tuple[str, ...]) -> int | None:
    """Which of the names somebody means, from 0."""
    if len(name) < LEAST_LETTERS:
        return None
    return next((place for place, one in enumerate(names) if one.startswith(name)), None)


def _long(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B} {day.year}"
