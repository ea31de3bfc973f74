"""What other servers say in the heads of their answers, read with suspicion. Pure."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

_SECONDS = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")


def moment(said: str | None) -> datetime | None:
    """A date, such as that of an answer; None for what is none, and for one beyond all calendars."""
    try:
        read = parsedate_to_datetime(said or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)  # -0000: UTC, of which no zone is told


def seconds(said: str | None) -> float | None:
    """A number of seconds."""
    return float(said) if said and _SECONDS.fullmatch(said) else None


def retry_after(said: str | None, *, now: datetime | None) -> float | None:
    """For how many seconds a server asks to wait: told as such, or as a date, of whose clock `now` is."""
    if (plain := seconds(said)) is not None:
        return plain
    until = moment(said)
    return max((until - now).total_seconds(), 0.0) if until is not None and now is not None else None


def no_cookies() -> CookieJar:
    """A jar that keeps nothing: what one server sets is no business of another's."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))
