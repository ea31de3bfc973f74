"""The timetable: each replica ticks, the database says what is due, one wins the claim."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot import herald
from bot.delivery.lines import AT_ONCE
from handlers.metrics import Metrics
from handlers.seldom import OnceAMinute
from handlers.slack.socket import Socket
from handlers.tools import Tools
from storage.errors import DatabaseAway

log = structlog.get_logger()


class Timetable(AsyncIOScheduler):  # type: ignore[misc]  # ships no types
    """Ticks on though the machine's clock is set back: no job is further ahead than its interval.

    APScheduler sleeps by the loop's clock, which nobody sets, but counts to a moment of the machine's.
    """

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(
            timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": 3600, "max_instances": 1}
        )
        self._metrics = metrics
        self._away = OnceAMinute()
        self._running: set[asyncio.Task[Any]] = set()

    def every(self, seconds: int, work: Callable[[], Awaitable[object]], *, at_once: int = 1) -> None:
        """Do this again and again; `at_once` may be under way at the same time."""

        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running.add(task)
            try:
                await self._run(work)
            finally:
                self._running.discard(task)

        # At once, too: what fell due while nobody ticked waits no minute more.
        now = datetime.now(UTC)
        self.add_job(run, IntervalTrigger(seconds=seconds), max_instances=at_once, next_run_time=now)

    async def stop(self, patience: float) -> int:
        """Begin nothing more and wait for what is under way; how much was cut short after `patience` seconds."""
        self.pause()
        if self._running:
            await asyncio.wait(set(self._running), timeout=patience)
        left = set(self._running)
        self.shutdown(wait=False)  # ends what is still under way
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)

    async def _run(self, work: Callable[[], Awaitable[object]]) -> None:
        """One run, with a name in the log and the metrics; a failure is told, and the next run comes all the same."""
        name, began = f"{work.__qualname__}", time.perf_counter()
        with structlog.contextvars.bound_contextvars(request=uuid.uuid4().hex, job=name):
            try:
                with self._metrics.job(name):
                    await work()
            except DatabaseAway as error:
                # Every job meets it, some each second.
                self._away.happened()
                if count := self._away.to_say():
                    log.warning("a job waits for the database", exc_info=error, count=count)
            except Exception as error:
                log.error("a job failed", exc_info=error, ms=round((time.perf_counter() - began) * 1000))

    def _process_jobs(self) -> float | None:
        now = datetime.now(self.timezone)
        for job in self.get_jobs():
            if job.next_run_time - now > job.trigger.interval:
                job.modify(next_run_time=now)
        wait: float | None = super()._process_jobs()
        return wait


def start(tools: Tools, socket: Socket | None = None) -> Timetable:
    """Start ticking; end it with `stop`."""
    timetable = Timetable(tools.metrics)
    # Where Slack takes long for one, another tick sends the others meanwhile.
    timetable.every(1, tools.courier.deliver_due, at_once=AT_ONCE + 1)
    timetable.every(5, tools.courier.look_up_unclear)
    timetable.every(5, tools.courier.turn_from_closed)
    timetable.every(60, tools.digests.post_due)
    timetable.every(5, tools.surveyor.measure_due)
    timetable.every(1, tools.homes.draw_waiting)
    timetable.every(60, tools.doorkeeper.verify)
    timetable.every(600, tools.doorkeeper.learn_places)
    timetable.every(5, tools.silence.tell)
    timetable.every(3600, tools.herald.forget_old)
    timetable.every(60, tools.keeper.erase_due)
    timetable.every(3600, tools.keeper.forget_presses)
    timetable.every(600, tools.keeper.erase_uninstalled)
    if tools.slack.whose is not None:
        timetable.every(60, tools.slack.whose.ask_until_known)
    if tools.installer is not None:
        timetable.every(60, tools.installer.refresh_due)
    if socket is not None:
        timetable.every(1, socket.watch)
    # A model takes its time: while it is asked, another tick takes up what came in since.
    timetable.every(1, tools.writer.write_due, at_once=tools.settings.model_at_once + 1)
    # So does a receiver of webhooks: others are told meanwhile.
    timetable.every(1, tools.herald.tell_due, at_once=herald.AT_ONCE + 1)
    timetable.start()
    return timetable
