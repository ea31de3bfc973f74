"""Which date's digest is due: in every zone, on every date, with whatever working days, however long nobody looked."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.digest import newest_due
from storage.models import Channel

STEP = timedelta(minutes=15)  # every zone's hours and every change of clocks are whole quarters
MONDAY_TO_FRIDAY = [0, 1, 2, 3, 4]
EVERY_DAY = [*MONDAY_TO_FRIDAY, 5, 6]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

# Half-hour shifts, changes at midnight, zones that change in the other half of the year, and some of all others.
ODD = ["Australia/Lord_Howe", "America/Havana", "Africa/Casablanca", "Pacific/Kiritimati", "Asia/Kathmandu"]
ZONES = st.sampled_from([*ODD, *sorted(available_timezones() - {"localtime", "Factory"})])
MOMENTS = st.integers(0, 10 * 365 * 24 * 4).map(lambda quarters: datetime(2025, 1, 1, tzinfo=UTC) + quarters * STEP)
HOURS = st.integers(0, 24 * 4 - 1).map(lambda quarters: time(quarters // 4, quarters % 4 * 15))
DAYS = st.sets(st.sampled_from(EVERY_DAY)).map(sorted)


def channel(zone: str, hour: time, days: Sequence[int], *, created: datetime = LONG_AGO) -> Channel:
    return Channel(
        team="T1",
        slack_id="C1",
        name="support",
        time_zone=zone,
        digest_time=f"{hour:%H:%M}",
        working_days=list(days),
        created_at=created,
    )


def looked_up(zone: str, hour: time, days: Sequence[int], now: datetime) -> date | None:
    """By going back through the hours: the newest working day on which the hour was seen on the clock, or jumped."""
    local = ZoneInfo(zone)
    for back in range(9 * 24 * 4):
        seen = (now - back * STEP).astimezone(local)
        after = (now - (back - 1) * STEP).astimezone(local)
        passed = seen.time() >= hour or (back > 0 and after.date() > seen.date())
        if passed and seen.weekday() in days:
            return seen.date()
    return None


@given(zone=ZONES, hour=HOURS, days=DAYS, now=MOMENTS)
@example(zone="Europe/Berlin", hour=time(2, 30), days=EVERY_DAY, now=datetime(2027, 3, 28, 1, tzinfo=UTC))
@example(zone="Europe/Berlin", hour=time(2, 30), days=EVERY_DAY, now=datetime(2027, 10, 31, 1, 15, tzinfo=UTC))
@example(zone="America/Havana", hour=time(0), days=EVERY_DAY, now=datetime(2027, 3, 14, 5, tzinfo=UTC))
def test_it_is_the_newest_working_day_whose_hour_has_come(
    zone: str, hour: time, days: list[int], now: datetime
) -> None:
    assert newest_due(channel(zone, hour, days), now) == looked_up(zone, hour, days, now)


@given(zone=ZONES, hour=HOURS, days=DAYS, start=MOMENTS, waits=st.lists(st.integers(1, 30 * 24 * 4), max_size=20))
def test_whenever_somebody_looks_a_date_comes_once_and_none_after_a_later_one(
    zone: str, hour: time, days: list[int], start: datetime, waits: list[int]
) -> None:
    now, made = start, list[date]()
    for wait in waits:
        now += wait * STEP
        due = newest_due(channel(zone, hour, days), now)
        assert due is None or not made or due >= made[-1]
        if due is not None and due not in made:
            made.append(due)
    assert made == sorted(set(made))
    assert all(day.weekday() in days for day in made)


@settings(max_examples=25)
@given(zone=ZONES, hour=HOURS, start=MOMENTS)
def test_one_who_looks_every_quarter_makes_each_working_day_on_its_own_day(
    zone: str, hour: time, start: datetime
) -> None:
    support, made = channel(zone, hour, MONDAY_TO_FRIDAY, created=start), dict[date, date]()
    for quarter in range(10 * 24 * 4):
        now = start + quarter * STEP
        if (due := newest_due(support, now)) is not None:
            made.setdefault(due, now.astimezone(ZoneInfo(zone)).date())
    # A day whose hour the clocks jump over at its end comes when the next one begins.
    assert [came - day for day, came in made.items() if came != day] in ([], [timedelta(days=1)])
    days = sorted(made)
    missed = [
        day
        for day in (days[0] + timedelta(days=count) for count in range((days[-1] - days[0]).days))
        if day.weekday() < 5 and day not in made
    ]
    assert missed == []


@pytest.mark.parametrize(("hours", "day"), [(0, 18), (20, 18), (44, 19), (46, 20)])
def test_a_day_before_the_channel_was_there_is_never_due(hours: int, day: int) -> None:
    born = datetime(2026, 11, 18, 10, tzinfo=UTC)  # after that Wednesday's hour
    support = channel("Europe/Berlin", time(9), MONDAY_TO_FRIDAY, created=born)
    assert newest_due(support, born + timedelta(hours=hours)) == date(2026, 11, day)
    assert newest_due(support, born - timedelta(hours=3)) is None


def test_without_working_days_nothing_is_due() -> None:
    assert newest_due(channel("UTC", time(9), []), datetime(2026, 11, 18, 12, tzinfo=UTC)) is None
