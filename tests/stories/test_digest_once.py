"""One digest for a channel and a local date, over any number of processes, on every day of the year."""

import asyncio
from collections.abc import MutableMapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import evidence
from bot.evidence import Gathered
from sandbox.workspace import TEAM_ID
from storage.errors import DatabaseAway
from storage.models import Channel, Digest
from storage.queries import channels
from tests.house import DRAFT, LEADS, SUPPORT, House
from tests.stories.steps import leads_set_up, notes, posted, second_bot, takes_too_long

HEADING = "Labelling digest"
EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]


async def works(house: House, number: int = 0) -> None:
    """A draft comes in and is answered."""
    draft = await house.draft(f"{DRAFT} Case {number}, {house.now():%d %B %H}.")
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()


async def ticks(house: House) -> int:
    """One tick of the bot; how many digests came of it."""
    found = await house.bot.tools.digests.post_due()
    await house.settles()
    return found


async def goes_to(house: House, when: datetime) -> None:
    house.moves(seconds=(when - house.now()).total_seconds())


async def dates(house: House) -> list[date]:
    """The dates of the digests that were posted."""
    async with house.sessions.reading() as session:
        found = (await session.exec(select(Digest).order_by(col(Digest.date)))).all()
    return [digest.date for digest in found if not digest.quiet]


async def settings(house: House, **changed: object) -> None:
    """What no window offers yet."""
    async with house.sessions.writing() as session:
        channel = await channels.by_any_name(session, TEAM_ID, SUPPORT)
        assert channel is not None
        for name, value in changed.items():
            setattr(channel, name, value)
        session.add(channel)


async def test_a_lead_asks_for_the_digest_of_another_day_as_they_would_write_it(house: House) -> None:
    await works(house)
    day = house.now()
    house.moves(days=2)
    for words in (f"{day:%Y-%m-%d}", f"{day.day} {day:%b}", f"last {day:%A}", f"\u00a0{day.day}\n{day:%b}"):
        await house.lea.types(f"/assay digest{words if words[0].isspace() else f' {words}'}", in_=SUPPORT)
        lead, figures = (await notes(house, "lea"))[-2:]
        assert lead.startswith(f"{HEADING} · {day:%A} {day.day} {day:%B}\n"), words
        assert figures.startswith("All figures"), words
    await house.lea.types("/assay digest", in_=SUPPORT)
    today = house.now()
    assert (await notes(house, "lea"))[-2].startswith(f"{HEADING} · {today:%A} {today.day} {today:%B}\n")
    for words, said in (
        ("<!channel>", "is no date that Assay knows. Write it as 2026-11-20, 20 November, yesterday or last Friday."),
        ("2027-01-01", "Friday 1 January 2027 is still to come: ask for today or a day before it."),
        ("2020-01-01", "There is no digest of Wednesday 1 January 2020: Assay came to this channel on"),
    ):
        await house.lea.types(f"/assay digest {words}", in_=SUPPORT)
        assert said in await house.read("lea")


async def test_a_digest_that_takes_the_database_too_long_keeps_no_other_channels(
    house: House, every_log: list[MutableMapping[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    await leads_set_up(house)
    await works(house)
    house.moves(days=1)
    found = evidence.of_digest

    async def slow(session: AsyncSession, channel: Channel, on: date, *, live: bool) -> Gathered:
        if channel.slack_id == SUPPORT:
            await takes_too_long(session)
        return await found(session, channel, on, live=live)

    with monkeypatch.context() as patched:
        patched.setattr(evidence, "of_digest", slow)
        with pytest.raises(DatabaseAway):
            await ticks(house)
    assert await made_in(house) == {LEADS}
    (line,) = [line for line in every_log if line["event"] == "digest failed"]
    assert (line["channel"], line["failed"][0]) == (SUPPORT, "DatabaseAway")
    assert await ticks(house) == 1
    assert await made_in(house) == {LEADS, SUPPORT}


async def made_in(house: House) -> set[str]:
    """The channels that have a digest."""
    async with house.sessions.reading() as session:
        query = select(Channel.slack_id).join(Digest, col(Digest.channel_id) == col(Channel.id))
        return {*(await session.exec(query)).all()}


async def test_two_processes_that_tick_at_once_post_one_digest(house: House) -> None:
    await works(house)
    house.moves(days=1)
    async with second_bot(house) as other:
        posts = await asyncio.gather(
            *(bot.tools.digests.post_due() for bot in (house.bot, other) for _ in range(3)),
        )
        assert sum(posts) == 1
        await asyncio.gather(house.bot.tools.courier.deliver_due(), other.tools.courier.deliver_due())
        await house.settles()
    assert len(await posted(house, HEADING, LEADS)) == 1
    assert await dates(house) == [date(2026, 11, 19)]
    assert await ticks(house) == 0


async def test_a_digest_is_for_its_local_date_and_hour(house: House) -> None:
    await works(house)
    await goes_to(house, datetime(2026, 11, 19, 7, 59, tzinfo=UTC))  # 08:59 in Berlin
    assert await ticks(house) == 0
    house.moves(minutes=1)
    assert await ticks(house) == 1
    (digest,) = await posted(house, HEADING, LEADS)
    assert "Thursday 19 November" in digest.text
    assert "1 label yesterday" in digest.text


@pytest.mark.parametrize(
    ("zone", "change", "hour"),
    [
        ("Europe/Berlin", date(2027, 3, 28), "02:30"),
        ("Europe/Berlin", date(2027, 3, 28), "00:30"),
        ("Europe/Berlin", date(2027, 10, 31), "02:30"),
        ("America/New_York", date(2027, 3, 14), "02:30"),
        ("America/New_York", date(2027, 11, 7), "01:30"),
    ],
    ids=["an hour that is skipped", "an hour before it", "an hour that comes twice", "skipped, US", "twice, US"],
)
async def test_one_digest_a_date_while_the_clocks_change(house: House, zone: str, hour: str, change: date) -> None:
    """Half past one or two comes twice in autumn and not at all in spring; that date's digest comes once."""
    await settings(house, time_zone=zone, digest_time=hour, working_days=EVERY_DAY)
    local = ZoneInfo(zone)
    await goes_to(house, datetime(change.year, change.month, change.day, 0, 10, tzinfo=local) - timedelta(days=1))
    house.moves(days=-1)
    await works(house)
    house.moves(days=1)
    came: list[datetime] = []
    for step in range(3 * 24):
        if step % 12 == 0:
            await works(house, step)
        if await ticks(house):
            came.append(house.now().astimezone(local))
        house.moves(hours=1)
    days = [change - timedelta(days=1), change, change + timedelta(days=1)]
    assert [at.date() for at in came] == days
    assert await dates(house) == days
    for at in came:
        first = datetime.combine(at.date(), time.fromisoformat(hour), local)  # where it comes twice, the first one
        before = (at.astimezone(UTC) - timedelta(hours=1)).astimezone(local)
        assert f"{at:%H:%M}" >= hour or at.timestamp() >= first.timestamp()
        assert before.date() < at.date() or f"{before:%H:%M}" < hour  # the first tick that could
    assert len(await posted(house, HEADING, LEADS)) == 3


async def test_the_monday_after_the_clocks_went_forward_names_three_days(house: House) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    await goes_to(house, datetime(2027, 3, 25, 12, tzinfo=berlin))  # a Thursday
    await works(house)
    await goes_to(house, datetime(2027, 3, 26, 9, 5, tzinfo=berlin))
    assert await ticks(house) == 1
    house.moves(hours=3)
    await works(house)
    await goes_to(house, datetime(2027, 3, 29, 9, 5, tzinfo=berlin))
    assert await ticks(house) == 1
    digest = (await posted(house, HEADING, LEADS))[-1]
    assert "Monday 29 March" in digest.text
    assert "1 label in the last 3 days" in digest.text


async def test_after_days_of_downtime_one_digest_names_the_gap(house: House) -> None:
    await works(house)
    await goes_to(house, datetime(2026, 11, 19, 9, tzinfo=UTC))
    assert await ticks(house) == 1
    await works(house, 1)
    await goes_to(house, datetime(2026, 11, 25, 10, tzinfo=UTC))  # nobody ticked for six days
    assert await ticks(house) == 1
    assert await ticks(house) == 0
    first, second = await posted(house, HEADING, LEADS)
    assert "Thursday 19 November" in first.text
    assert "Wednesday 25 November" in second.text
    assert "1 label in the last 6 days" in second.text
    assert await dates(house) == [date(2026, 11, 19), date(2026, 11, 25)]


async def test_no_digest_comes_on_a_weekend_and_monday_covers_it(house: House) -> None:
    await goes_to(house, datetime(2026, 11, 20, 9, tzinfo=UTC))
    await works(house)
    await ticks(house)
    house.moves(hours=3)
    await works(house, 1)
    for _ in range(2):
        house.moves(days=1)
        assert await ticks(house) == 0
    assert await posted(house, HEADING, LEADS) == []
    house.moves(days=1)
    assert await ticks(house) == 1
    (digest,) = await posted(house, HEADING, LEADS)
    assert "Monday 23 November" in digest.text
    assert "2 labels in the last 3 days" in digest.text


async def test_no_digest_comes_after_a_day_on_which_nothing_happened(house: House) -> None:
    house.moves(days=1)
    assert await ticks(house) == 0
    assert await posted(house, HEADING, LEADS) == []
    await works(house)
    house.moves(days=1)
    assert await ticks(house) == 1
    assert len(await posted(house, HEADING, LEADS)) == 1
