"""The timetable: each replica ticks, the database says what is due, one wins the claim."""

from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot import herald
from bot.delivery import AT_ONCE
from handlers.slack.socket import Socket
from handlers.tools import Tools


class Timetable(AsyncIOScheduler):  # type: ignore[misc]  # ships no types
    """Ticks on though the machine's clock is set back: no job is further ahead than its interval.

    APScheduler sleeps by the loop's clock, which nobody sets, but counts to a moment of the machine's.
    """

    def _process_jobs(self) -> float | None:
        now = datetime.now(self.timezone)
        for job in self.get_jobs():
            if job.next_run_time - now > job.trigger.interval:
                job.modify(next_run_time=now)
        wait: float | None = super()._process_jobs()
        return wait


def start(tools: Tools, socket: Socket | None = None) -> AsyncIOScheduler:
    """Start ticking; stop it with `shutdown`."""
    timetable = [
        (tools.courier.look_up_unclear, IntervalTrigger(seconds=5)),
        (tools.digests.post_due, IntervalTrigger(minutes=1)),
        (tools.surveyor.measure_due, IntervalTrigger(seconds=5)),
        (tools.homes.draw_waiting, IntervalTrigger(seconds=1)),
        (tools.herald.forget_old, IntervalTrigger(hours=1)),
        (tools.doorkeeper.verify, IntervalTrigger(minutes=1)),
        (tools.keeper.erase_due, IntervalTrigger(minutes=1)),
        (tools.keeper.erase_uninstalled, IntervalTrigger(minutes=10)),
    ]
    if tools.installer is not None:
        timetable.append((tools.installer.refresh_due, IntervalTrigger(minutes=1)))
    if socket is not None:
        timetable.append((socket.watch, IntervalTrigger(seconds=1)))
    scheduler = Timetable(
        timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": 3600, "max_instances": 1}
    )
    for job, trigger in timetable:
        # At once, too: what fell due while nobody ticked waits no minute more.
        scheduler.add_job(job, trigger, next_run_time=datetime.now(UTC))
    # Where Slack takes long for one, another tick sends the others meanwhile.
    scheduler.add_job(
        tools.courier.deliver_due,
        IntervalTrigger(seconds=1),
        max_instances=AT_ONCE + 1,
        next_run_time=datetime.now(UTC),
    )
    # A model takes its time: while it is asked, another tick takes up what came in since.
    scheduler.add_job(
        tools.writer.write_due, IntervalTrigger(seconds=1), max_instances=tools.settings.model_at_once + 1
    )
    # So does a receiver of webhooks: others are told meanwhile.
    scheduler.add_job(tools.herald.tell_due, IntervalTrigger(seconds=1), max_instances=herald.AT_ONCE + 1)
    scheduler.start()
    return scheduler
