"""SIGKILL, aimed: a replica is stopped in the middle of a step, looked at from outside, and killed where it stands.

commit: a transaction that has written is open at the database. post: Slack has the post, and its answer lies unread in
the replica's socket. ack: the label is committed and the answer given, but Slack does not have it: it lies in the
balancer, or in Socket Mode it was lost with its connection.
"""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from sandbox.faults import Fault
from sandbox.traffic import Entry
from tests.faults.lines import is_stored, lost_on_a_line
from tests.faults.replicas import Replica
from tests.faults.sockets import unread
from tests.faults.stage import Stage
from tests.faults.waits import OFTEN, until

COMMIT, POST, ACK, ANYWHERE = "commit", "post", "ack", "anywhere"
ELSEWHERE = "elsewhere"
Aim = tuple[Replica, str]  # frozen, and where it stands
AIMS_FOR = 60.0  # seconds, then it strikes wherever it is
SLOW = 0.3  # seconds that Slack takes for the post under which a replica dies
SENDING = "SELECT count(*) FROM delivery WHERE state = 'sending' AND id = :delivery"


async def kill(stage: Stage, window: str) -> None:
    """One replica, in this window, or wherever it stands where the window did not come in time."""
    try:
        async with asyncio.timeout(AIMS_FOR):
            replica, struck = await AIMS[window](stage)
    except TimeoutError:
        for one in stage.replicas:
            one.thaws()  # the aim may have been given up while one of them stood still
        replica, struck = stage.chance.choice(stage.replicas), ELSEWHERE
    await stage.kills_one(replica, struck)
    if stage.balancer.held is not None:
        stage.balancer.held.released.set()
        stage.balancer.held = None


async def _anywhere(stage: Stage) -> Aim:
    await asyncio.sleep(stage.chance.uniform(0, 1.0))
    replica = stage.chance.choice(stage.replicas)
    await replica.freezes()
    return replica, COMMIT if await stage.witness.writes(replica.name) else ELSEWHERE


async def _committing(stage: Stage) -> Aim:
    while True:
        await asyncio.sleep(stage.chance.uniform(0.001, 0.02))
        replica = stage.chance.choice(stage.replicas)
        await replica.freezes()
        if await stage.witness.writes(replica.name):
            return replica, COMMIT
        replica.thaws()


async def _posting(stage: Stage) -> Aim:
    """Slack takes a while; meanwhile every replica stands still, and the one whose post it was is killed."""
    while True:
        slow = Fault(method="chat.postMessage", kind="delay", seconds=SLOW)
        place = len(stage.box.traffic.entries)
        stage.box.world.faults.add(slow)
        await until(lambda slow=slow: slow.times <= 0)  # type: ignore[misc]
        # The sandbox notes a call before a fault strikes it.
        calls = [one for one in stage.box.traffic.entries[place:] if one.method == slow.method]
        call = next(one for one in calls if one.status is None and one.failure is None)
        if (hit := await _caught(stage, call)) is not None:
            return hit, POST


async def _caught(stage: Stage, call: Entry) -> Replica | None:
    """The replica whose post Slack has taken, frozen before it could write that down; the others go on."""
    standing, hit = [*stage.replicas], None
    try:
        await asyncio.gather(*(one.freezes() for one in standing))
        await until(lambda: call.status is not None or call.failure is not None)
        payload = call.request.get("metadata", {}).get("event_payload", {})
        posted = call.status == 200 and call.answer.get("ok")
        if posted and await stage.witness.count(SENDING, delivery=payload.get("delivery")):
            hit = await _arrived(stage)
        return hit
    finally:
        for one in standing:
            if one is not hit:
                one.thaws()


async def _arrived(stage: Stage) -> Replica | None:
    """The replica in whose socket Slack's answer lies."""
    port = urlsplit(stage.box.url).port
    assert port is not None
    for _ in range(100):
        for one in stage.replicas:
            if unread(one.process.pid, port):
                return one
        await asyncio.sleep(OFTEN)
    return None


async def _acknowledging(stage: Stage) -> Aim:
    return await (lost_on_a_line(stage) if stage.over_socket else _kept_by_the_balancer(stage)), ACK


async def _kept_by_the_balancer(stage: Stage) -> Replica:
    """An answer reached the balancer and goes no further; `kill` lets go of it when the replica is dead."""
    while True:
        held = stage.balancer.holds_next()
        await held.arrived.wait()
        replica = held.replica
        if replica is not None and replica in stage.replicas:
            await replica.freezes()
            if held.status == 200 and await is_stored(stage, held.request):
                return replica
            replica.thaws()
        stage.struck["answers lost"] += 1
        held.released.set()


AIMS: dict[str, Callable[[Stage], Awaitable[Aim]]] = {
    COMMIT: _committing,
    POST: _posting,
    ACK: _acknowledging,
    ANYWHERE: _anywhere,
}
