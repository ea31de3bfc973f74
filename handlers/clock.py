"""The timetable: each replica ticks, the database says what is due, one wins the claim."""

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from handlers.slack.socket import Socket
from handlers.tools import Tools


def start(tools: Tools, socket: Socket | None = None) -> AsyncIOScheduler:
    """Start ticking; stop it with `shutdown`."""
    timetable = [
        (tools.courier.deliver_due, IntervalTrigger(seconds=1)),
        (tools.courier.look_up_unclear, IntervalTrigger(seconds=5)),
        (tools.digests.post_due, IntervalTrigger(minutes=1)),
        (tools.homes.draw_waiting, IntervalTrigger(seconds=1)),
        (tools.doorkeeper.verify, IntervalTrigger(minutes=1)),
    ]
    if socket is not None:
        timetable.append((socket.watch, IntervalTrigger(seconds=1)))
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": 3600, "max_instances": 1}
    )
    for job, trigger in timetable:
        scheduler.add_job(job, trigger)
    scheduler.start()
    return scheduler
