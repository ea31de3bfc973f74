"""Time zones by the names that people type: a city, a region, an offset."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# Old names, and folders that some systems add: people look for a city, or for UTC.
_SPACES = str.maketrans(dict.fromkeys("/_()", " "))
_LEFT_OUT = ("Etc/", "SystemV/", "US/", "posix/", "right/", "posixrules", "localtime", "Factory", "build/")


@cache
def names() -> Sequence[str]:
    """Every time zone that can be chosen, in the order of the alphabet."""
    return sorted(name for name in available_timezones() if not name.startswith(_LEFT_OUT))


@cache
def _all() -> frozenset[str]:
    return frozenset(available_timezones())


def is_known(name: str) -> bool:
    return name in _all()


def found(typed: str, now: datetime, *, limit: int) -> list[str]:
    """The zones that fit what was typed, the best first: cities that begin so, then words that do, then the rest."""
    wanted = _plain(typed).split()
    fitting = [(rank, name) for name in names() if (rank := _rank(name, wanted, now)) is not None]
    return [name for _, name in sorted(fitting)[:limit]]


def described(name: str, now: datetime) -> str:
    """The zone with its offset now, as people compare it with their watch."""
    return f"{name} ({_offset(name, now)})"


def _rank(name: str, wanted: Sequence[str], now: datetime) -> int | None:
    """How well the zone fits, 0 being best; None: not at all."""
    whole = _plain(f"{name} {_offset(name, now)}")
    if not all(word in whole for word in wanted):
        return None
    typed = " ".join(wanted)
    city = _plain(name.rsplit("/", 1)[-1])
    if city == typed:
        return 0
    if city.startswith(typed):
        return 1
    begun = whole.split()
    return 2 if all(any(one.startswith(word) for one in begun) for word in wanted) else 3


def _plain(words: str) -> str:
    return words.translate(_SPACES).lower().strip()


def _offset(name: str, now: datetime) -> str:
    away = now.astimezone(ZoneInfo(name)).utcoffset()
    minutes = int(away.total_seconds()) // 60 if away else 0
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}" if minutes else "UTC"
