"""The timetable ticks on, whatever becomes of the machine's clock."""

import asyncio
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent

from handlers import clock
from handlers.clock import Timetable
from tests.house import LEADS, House
from tests.stories.steps import one_database, posted, until
from tests.stories.test_digest_once import HEADING, works

pytestmark = one_database


async def test_a_clock_that_was_set_back_for_hours_stops_no_job(house: House) -> None:
    timetable = clock.start(house.bot.tools)
    try:
        ran: set[str] = set()

        def note(event: JobExecutionEvent) -> None:
            ran.add(event.job_id)

        timetable.add_listener(note, EVENT_JOB_EXECUTED)
        jobs = timetable.get_jobs()
        for job in jobs:  # what a clock set back leaves behind
            job.modify(next_run_time=job.next_run_time + timedelta(hours=2))

        async def all_ran() -> bool:
            return ran == {job.id for job in jobs}

        await until(all_ran)
    finally:
        await timetable.stop(1)


async def test_a_bot_that_starts_after_the_hour_posts_the_digest_before_its_first_minute_is_over(house: House) -> None:
    """However often it is started anew."""
    await works(house)
    house.moves(days=1)
    timetable = clock.start(house.bot.tools)
    try:

        async def came() -> bool:
            return len(await posted(house, HEADING, LEADS)) == 1

        await until(came)
    finally:
        await timetable.stop(1)
        await house.settles()


async def test_a_job_that_fails_is_told_and_comes_again(
    house: House, every_log: list[MutableMapping[str, Any]]
) -> None:
    ran: list[int] = []

    async def breaks() -> None:
        ran.append(1)
        raise ValueError("a customer's words")

    timetable = Timetable(house.bot.tools.metrics)
    timetable.every(1, breaks)
    timetable.start()
    try:
        for _ in range(2):
            before = len(ran)
            for job in timetable.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))

            async def ran_again(before: int = before) -> bool:
                return len(ran) > before

            await until(ran_again)
    finally:
        assert await timetable.stop(5) == 0
    lines = [line for line in every_log if line["event"] == "a job failed"]
    assert len(lines) >= 2
    assert lines[0]["failed"] == ["ValueError"]
    assert "customer" not in str(lines)
    scrape = house.bot.tools.metrics.text(None).decode()
    assert 'outcome="failed"' in scrape


async def test_a_stop_waits_for_a_job_and_cuts_short_what_does_not_end(house: House) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def waits() -> None:
        begun.set()
        try:
            await go_on.wait()
            ended.append("well")
        except asyncio.CancelledError:
            ended.append("cut short")
            raise

    for patience, how in ((5.0, "well"), (0.0, "cut short")):
        begun.clear()
        go_on.clear()
        timetable = Timetable(house.bot.tools.metrics)
        timetable.every(1, waits)
        timetable.start()
        await begun.wait()
        if how == "well":
            asyncio.get_running_loop().call_soon(go_on.set)
        assert await timetable.stop(patience) == (0 if how == "well" else 1)
        assert ended[-1] == how
