"""How the digest writes dates, numbers and names."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot import texts
from bot.figures.mix import NO_TOPIC, OTHERS
from bot.measures.estimates import Estimate
from bot.surfaces.card import topic_words
from bot.texts import counted

NAME_SHOWN = 60
NAMED = {OTHERS: "All other topics", NO_TOPIC: "Without a topic"}


def long_date(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def short_date(day: date) -> str:
    return f"{day.day} {day:%b}"


def span(first: date, last: date) -> str:
    """From one day to another, the month named once where it is the same."""
    begins = f"{first.day}" if (first.year, first.month) == (last.year, last.month) else short_date(first)
    return f"{begins} to {short_date(last)}"


def days_between(since: datetime, until: datetime) -> int:
    """Dates between two local midnights; a day on which the clocks change has 23 or 25 hours."""
    return round((until - since) / timedelta(days=1))


def about(due: date | None) -> str:
    return f" About {due.day} {due:%B}." if due else ""


def name(words: str) -> str:
    """Another's name for something, short enough for a table."""
    return texts.shortened(words, NAME_SHOWN)


def topic(path: str) -> str:
    return NAMED.get(path) or name(topic_words(path))


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}".replace("%", " %")


def in_hundred(share: float | None) -> str:
    """A share as people say it; small ones keep a decimal."""
    if share is None:
        return "–"
    return f"{100 * share:.0f}" if share >= 0.095 or share == 0 else f"{100 * share:.1f}".removesuffix(".0")


def duration(seconds: float) -> str:
    return counted(round(seconds), "second") if seconds < 120 else f"{seconds / 60:.0f} minutes"


def listed(words: Sequence[str]) -> str:
    """One, two and three."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def cells(estimate: Estimate, *, digits: int = 2) -> tuple[str, str]:
    """Value and interval for a table, or the reason why one is missing in its place."""
    if estimate.value is None:
        return "not known", estimate.reason or ""
    value = f"{estimate.value:.{digits}f}"
    if estimate.low is None or estimate.high is None:
        return value, estimate.reason or ""
    return value, f"{estimate.low:.{digits}f} to {estimate.high:.{digits}f}"
