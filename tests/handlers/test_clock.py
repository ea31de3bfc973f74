"""The timetable ticks on, whatever becomes of the machine's clock."""

from datetime import timedelta

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent

from handlers import clock
from tests.house import LEADS, House
from tests.stories.steps import one_database, posted, until
from tests.stories.test_digest_once import HEADING, works

pytestmark = one_database


async def test_a_clock_that_was_set_back_an_hour_stops_no_job(house: House) -> None:
    timetable = clock.start(house.bot.tools)
    try:
        ran: set[str] = set()

        def note(event: JobExecutionEvent) -> None:
            ran.add(event.job_id)

        timetable.add_listener(note, EVENT_JOB_EXECUTED)
        jobs = timetable.get_jobs()
        for job in jobs:  # what a clock set back leaves behind
            job.modify(next_run_time=job.next_run_time + timedelta(hours=1))

        async def all_ran() -> bool:
            return ran == {job.id for job in jobs}

        await until(all_ran)
    finally:
        timetable.shutdown(wait=False)


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
        timetable.shutdown(wait=False)
        await house.settles()
