"""The time of day as commands and the running bot read it."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
