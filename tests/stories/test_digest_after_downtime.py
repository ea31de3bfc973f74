"""Days on which nobody ticked: one digest comes for the latest that was due, and says which days it speaks of."""

from datetime import UTC, date, datetime

from tests.house import LEADS, House
from tests.stories.steps import one_database, posted
from tests.stories.test_digest_once import HEADING, dates, goes_to, settings, ticks, works

pytestmark = one_database

WEDNESDAY, FRIDAY = date(2026, 11, 18), date(2026, 11, 20)


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


async def test_from_wednesday_to_saturday_noon_only_fridays_is_made_up_for(house: House) -> None:
    assert await ticks(house) == 0  # Wednesday noon: nothing has happened yet
    await works(house)
    await goes_to(house, at(21, 12))
    assert await ticks(house) == 1
    assert await ticks(house) == 0
    (digest,) = await posted(house, HEADING, LEADS)
    assert "Friday 20 November" in digest.text
    assert "1 label from Wednesday 18 November to Thursday 19 November, 1 answer settled" in digest.text
    assert await dates(house) == [FRIDAY]
    await goes_to(house, at(22, 12))
    assert await ticks(house) == 0
    await works(house, 1)
    await goes_to(house, at(23, 8))
    assert await ticks(house) == 1
    assert "Monday 23 November" in (latest := (await posted(house, HEADING, LEADS))[-1].text)
    assert "1 label in the last 3 days" in latest


async def test_a_start_before_the_hour_makes_up_for_the_day_before_and_its_own_day_follows(house: House) -> None:
    await ticks(house)
    await works(house)
    await goes_to(house, at(20, 7))  # Friday, eight o'clock in Berlin; nobody ticked on Thursday
    assert await ticks(house) == 1
    assert await ticks(house) == 0
    (late,) = await posted(house, HEADING, LEADS)
    assert "Thursday 19 November" in late.text
    assert "1 label on Wednesday 18 November" in late.text
    await works(house, 1)
    await goes_to(house, at(20, 9))
    await ticks(house)
    assert await dates(house) == [date(2026, 11, 19)]  # Friday's speaks of Thursday: nothing happened then
    await goes_to(house, at(23, 9))
    assert await ticks(house) == 1
    assert await dates(house) == [date(2026, 11, 19), date(2026, 11, 23)]


async def test_a_channel_that_works_on_sundays_has_its_missed_sunday_on_monday_morning(house: House) -> None:
    await settings(house, working_days=[6, 0, 1, 2, 3])
    await ticks(house)
    await works(house)
    await goes_to(house, at(23, 7))
    assert await ticks(house) == 1
    (digest,) = await posted(house, HEADING, LEADS)
    assert "Sunday 22 November" in digest.text
    assert "1 label from Wednesday 18 November to Saturday 21 November" in digest.text
