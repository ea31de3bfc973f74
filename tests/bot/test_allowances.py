"""Rates in one replica: away databases limit nobody, and what is remembered of strangers is bounded."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot import allowances
from bot.allowances import Allowances, Misses
from bot.webhook_waits import WAITS, rest_after, wait_after
from storage.engine import make_sessions

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


async def test_while_the_database_is_away_nobody_is_limited(tmp_path: Path) -> None:
    sessions = make_sessions(f"sqlite+aiosqlite:///{tmp_path / 'nowhere' / 'assay.db'}")
    limits = Allowances(sessions, 20, lambda: NOON)
    assert all([(await limits.take(1)).allowed for _ in range(30)])
    await sessions.close()


def test_of_strangers_those_are_remembered_that_missed_last() -> None:
    misses = Misses(lambda: NOON)
    for _ in range(allowances.MOST_MISSES):
        assert misses.one_more("first") is None
    for number in range(allowances.ADDRESSES):
        misses.one_more(f"other {number}")
    assert misses.one_more("first") is None  # forgotten meanwhile
    assert len(misses) <= allowances.ADDRESSES


@given(st.integers(1, len(WAITS)), st.floats(0, 1), st.floats(0, 1))
def test_waits_grow_and_differ(attempts: int, chance: float, other: float) -> None:
    wait = wait_after(attempts, chance=chance)
    assert 0.8 * WAITS[attempts - 1] <= wait <= 1.2 * WAITS[attempts - 1]
    if chance != other and abs(chance - other) > 0.01:
        assert wait != wait_after(attempts, chance=other)


@given(st.integers(0, 10_000))
def test_a_rest_is_never_longer_than_ten_minutes(failures: int) -> None:
    assert timedelta(seconds=5) <= rest_after(failures) <= timedelta(minutes=10)
    assert rest_after(failures) <= rest_after(failures + 1)


def test_all_attempts_together_take_about_three_days() -> None:
    assert timedelta(days=3) <= sum(WAITS, timedelta()) <= timedelta(days=3.5)
