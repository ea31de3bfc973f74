"""A limit that is made shorter holds later; one that is made longer holds at once."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import keeping
from bot.keeping import DELAY
from storage.models import Channel

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)


def channel(days: int | None) -> Channel:
    return Channel(team="T1", slack_id="C1", name="support", retention_days=days, created_at=NOON)


@pytest.mark.parametrize(
    ("was", "wished", "until_then"),
    [(None, 30, None), (30, 3, 30), (30, 29, 30), (30, 30, 30), (3, 30, 30), (30, None, None), (None, None, None)],
)
def test_what_holds_at_once_and_what_later(was: int | None, wished: int | None, until_then: int | None) -> None:
    one = channel(was)
    keeping.set_days(one, wished, NOON)
    assert keeping.days(one, NOON) == keeping.days(one, NOON + DELAY - A_SECOND) == until_then
    assert keeping.days(one, NOON + DELAY) == wished


def test_a_second_change_counts_from_what_holds_and_saving_the_same_puts_nothing_off() -> None:
    one = channel(30)
    keeping.set_days(one, 3, NOON)
    keeping.set_days(one, 3, NOON + A_SECOND)
    assert keeping.begins(one, NOON + A_SECOND) == NOON + DELAY
    keeping.set_days(one, 10, NOON + DELAY / 2)
    assert (keeping.days(one, NOON + DELAY), keeping.days(one, NOON + 2 * DELAY)) == (30, 10)
    keeping.set_days(one, 30, NOON + DELAY)
    assert keeping.begins(one, NOON + DELAY) is None
    assert (one.retention_days, one.retention_before) == (30, None)


def test_it_is_taken_back_until_it_holds() -> None:
    one = channel(None)
    keeping.set_days(one, 3, NOON)
    assert keeping.take_back(one, NOON + DELAY - A_SECOND)
    assert (one.retention_days, keeping.begins(one, NOON)) == (None, None)
    keeping.set_days(one, 3, NOON)
    assert not keeping.take_back(one, NOON + DELAY)
    assert one.retention_days == 3
