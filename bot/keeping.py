"""How long a channel keeps drafts: a limit that is made shorter holds some days later, and can be taken back till then.

Somebody who types 3 for 30 loses nothing that is noticed within three days, also over a weekend.
"""

from datetime import datetime, timedelta

from storage.models import Channel

DELAY = timedelta(days=3)


def days(channel: Channel, now: datetime) -> int | None:
    """For how many days drafts are kept now; None: for ever."""
    return channel.retention_days if begins(channel, now) is None else channel.retention_before


def begins(channel: Channel, now: datetime) -> datetime | None:
    """When the shorter limit begins to hold that somebody set; None where nothing is to come."""
    at = channel.retention_from
    return at if at is not None and now < at else None


def set_days(channel: Channel, wished: int | None, now: datetime) -> None:
    """Keep drafts for so many days: more at once, fewer from some days on. The same as is set changes nothing."""
    if wished == channel.retention_days:
        return
    held = days(channel, now)
    shorter = wished is not None and (held is None or wished < held)
    channel.retention_before, channel.retention_from = (held, now + DELAY) if shorter else (None, None)
    channel.retention_days = wished


def take_back(channel: Channel, now: datetime) -> bool:
    """Keep drafts as before; false where nothing is to come any more."""
    if begins(channel, now) is None:
        return False
    channel.retention_days = channel.retention_before
    channel.retention_before = channel.retention_from = None
    return True
