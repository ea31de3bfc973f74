"""The clocks of the replicas' machines are set while a post is at Slack; Slack's own stays right."""

import asyncio
from functools import partial

from sandbox.faults import Fault
from sandbox.traffic import Entry
from tests.faults.stage import Stage

AN_HOUR = 3600.0
SLOW = 0.5  # seconds that Slack takes for the post meanwhile
WRONG_FOR = 1.0  # seconds of real time
POST = "chat.postMessage"


async def set_by(seconds: float, kind: str, stage: Stage) -> None:
    """By an hour, on all of them or on some; and right again, while the next post is at Slack."""
    if await _under_way(stage) is None:
        return
    names = [one.name for one in stage.replicas]
    for name in names:
        stage.clock.sets(name, seconds)
    stage.struck[kind] += 1
    await asyncio.sleep(WRONG_FOR)
    # Now and then the machines are an hour apart for a while.
    for name in stage.chance.sample(names, stage.chance.randint(0, len(names))):
        _right(stage, name)
    await _under_way(stage)
    for name in names:
        _right(stage, name)


def _right(stage: Stage, name: str) -> None:
    if name in stage.clock.wrong:  # it may have died meanwhile
        stage.clock.sets(name, 0.0)


async def _under_way(stage: Stage) -> Entry | None:
    """A post that Slack has and has not answered; None where none came in time."""
    slow = Fault(method=POST, kind="delay", seconds=SLOW)
    place = len(stage.box.traffic.entries)
    stage.box.world.faults.add(slow)
    for _ in range(100):
        if slow.times <= 0:
            calls = [one for one in stage.box.traffic.entries[place:] if one.method == POST]
            return next((one for one in calls if one.status is None and one.failure is None), None)
        await asyncio.sleep(0.05)
    stage.box.world.faults.waiting.remove(slow)
    return None


forward = partial(set_by, AN_HOUR, "clocks set forward")
back = partial(set_by, -AN_HOUR, "clocks set back")
