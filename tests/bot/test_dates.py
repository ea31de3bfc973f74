"""A day is read in each way in which people write one; what cannot be meant is said in a sentence."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import dates
from bot.dates import NoDate
from storage.models import Channel

TODAY = date(2026, 11, 26)  # a Thursday
FIRST = date(2020, 1, 1)
NOVEMBER_20 = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("", None),
        ("   ", None),
        ("today", TODAY),
        ("Yesterday", date(2026, 11, 25)),
        ("thursday", TODAY),
        ("last thursday", date(2026, 11, 19)),
        ("friday", NOVEMBER_20),
        ("Last Friday", NOVEMBER_20),
        ("wed", date(2026, 11, 25)),
        ("tues", date(2026, 11, 24)),
        ("2026-11-20", NOVEMBER_20),
        ("2026-1-2", date(2026, 1, 2)),
        ("20 Nov", NOVEMBER_20),
        ("20 nov.", NOVEMBER_20),
        ("20nov", NOVEMBER_20),
        ("20th of November", NOVEMBER_20),
        ("20. november 2026", NOVEMBER_20),
        ("Nov 20", NOVEMBER_20),
        ("November 20th, 2026", NOVEMBER_20),
        ("1 Sept", date(2026, 9, 1)),
        ("20.11.", NOVEMBER_20),
        ("20.11", NOVEMBER_20),
        ("20. 11. 2026", NOVEMBER_20),
        ("20/11", NOVEMBER_20),
        ("11/20", NOVEMBER_20),
        ("11/20/2026", NOVEMBER_20),
        ("5/5", date(2026, 5, 5)),
        ("20 Dec", date(2025, 12, 20)),  # the last one that has come
        ("29 Feb", date(2024, 2, 29)),
    ],
)
def test_a_day_is_read_as_people_write_it(words: str, day: date | None) -> None:
    assert dates.read(words, today=TODAY, first=FIRST) == day


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("soon", "“soon” is no date that Assay knows. Write it as 2026-11-20, 20 November, yesterday or last Friday."),
        ("31 November", "“31 November” is no date that Assay knows."),
        ("29 Feb 2026", "“29 Feb 2026” is no date that Assay knows."),
        ("2026-13-01", "“2026-13-01” is no date that Assay knows."),
        ("13/13", "“13/13” is no date that Assay knows."),
        ("0/5", "“0/5” is no date that Assay knows."),
        ("20", "“20” is no date that Assay knows."),
        ("1 ma", "“1 ma” is no date that Assay knows."),
        ("last yesterday", "“last yesterday” is no date that Assay knows."),
        ("2026-11-20 please", "“2026-11-20 please” is no date that Assay knows."),
        ("³ Nov", "“³ Nov” is no date that Assay knows."),
        ("3/4", "“3/4” can be 3 April or 4 March: write the month as a word."),
        ("27 Nov 2026", "Friday 27 November 2026 is still to come: ask for today or a day before it."),
        (
            "31.12.2019",
            "There is no digest of Tuesday 31 December 2019: Assay came to this channel on Wednesday 1 January 2020.",
        ),
    ],
)
def test_what_is_no_day_to_ask_for_is_said_in_a_sentence(words: str, sentence: str) -> None:
    with pytest.raises(NoDate) as refused:
        dates.read(words, today=TODAY, first=FIRST)
    assert str(refused.value).startswith(sentence)
    assert len(str(refused.value)) < 200


@given(st.text())
def test_whatever_is_typed_means_a_day_that_is_over_or_is_refused(words: str) -> None:
    try:
        day = dates.read(words, today=TODAY, first=FIRST)
    except NoDate:
        return
    assert day is None or FIRST <= day <= TODAY


@given(st.dates(FIRST, TODAY), st.sampled_from(["{:%Y-%m-%d}", "{:%d %B %Y}", "{:%b %d, %Y}", "{:%d.%m.%Y}"]))
def test_a_whole_date_means_itself(day: date, form: str) -> None:
    assert dates.read(form.format(day), today=TODAY, first=FIRST) == day


@pytest.mark.parametrize(("zone", "today"), [("Pacific/Auckland", 27), ("America/New_York", 26)])
def test_today_is_where_the_channel_is(zone: str, today: int) -> None:
    late = datetime(2026, 11, 26, 20, tzinfo=UTC)
    channel = Channel(team="T1", slack_id="C1", name="support", time_zone=zone, created_at=late)
    assert dates.of_channel("today", channel, late) == date(2026, 11, today)
    with pytest.raises(NoDate, match="Assay came to this channel on"):
        dates.of_channel("yesterday", channel, late)
