"""The timetable ticks on, whatever becomes of the machine's clock."""

from datetime import timedelta

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent

from handlers import clock
from tests.house import House
from tests.stories.steps import one_database, until

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
