"""What happens again and again is said once a minute, and how often it happened."""

from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

from bot.slack_calls import watchers
from handlers.clock import Timetable
from handlers.seldom import OnceAMinute, Silence
from storage.errors import DatabaseAway
from storage.queries import backlog
from storage.words import DeliveryState
from tests.house import House
from tests.stories.steps import one_database, until

Lines = list[MutableMapping[str, Any]]


async def all_unclear(house: House) -> bool:
    async with house.sessions.reading() as session:
        counts = await backlog.deliveries(session, failed_since=house.now())
    return counts[DeliveryState.PENDING] + counts[DeliveryState.SENDING] == 0


def test_a_minute_later_it_is_said_again_with_what_came_since() -> None:
    clock = [100.0]
    seldom = OnceAMinute(lambda: clock[0])
    said = []
    for second, times in ((100, 0), (101, 1), (110, 3), (160, 1), (161, 0), (230, 0), (231, 2)):
        clock[0] = float(second)
        for _ in range(times):
            seldom.happened()
        said.append(seldom.to_say())
    assert said == [0, 1, 0, 0, 4, 0, 2]


@one_database
async def test_a_slack_that_goes_away_under_way_is_told_once_a_minute_with_what_waits(
    house: House, every_log: Lines
) -> None:
    clock = [0.0]
    heard = Silence(house.sessions, lambda: clock[0])
    watchers.add(heard.heard)
    try:
        await house.fault(method="*", kind="drop_before", times=1000)
        for second in (0, 5, 60):
            clock[0] = float(second)
            await house.sends([{"channel": "#support", "prompt": f"Where is it, {second}?", "draft": "On its way."}])
            house.moves(seconds=10)
            await house.bot.tools.courier.deliver_due()
            await until(lambda: all_unclear(house))
            for silence in (heard, house.bot.tools.silence):
                await silence.tell()
    finally:
        watchers.discard(heard.heard)
    lines = [line for line in every_log if line["event"] == "slack does not answer"]
    assert [line["waiting"] for line in lines if line["log_level"] == "warning"] == [1, 1, 3]
    own, the_bots, later = (line["count"] for line in lines)
    assert own == the_bots > 0
    assert later > own, "those of two rounds"


@one_database
async def test_a_database_that_is_away_is_told_once_whatever_jobs_meet_it(house: House, every_log: Lines) -> None:
    met: list[int] = []

    async def needs_it() -> None:
        met.append(1)
        raise DatabaseAway("it is away")

    async def needs_it_too() -> None:
        await needs_it()

    timetable = Timetable(house.bot.tools.metrics)
    timetable.every(1, needs_it)
    timetable.every(1, needs_it_too)
    timetable.start()
    try:
        for most in (2, 4, 6):
            for job in timetable.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))

            async def all_met(most: int = most) -> bool:
                return len(met) >= most

            await until(all_met)
    finally:
        await timetable.stop(5)
    (line,) = [line for line in every_log if line["event"] == "a job waits for the database"]
    assert (line["count"], line["log_level"]) == (1, "warning")
