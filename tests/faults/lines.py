"""Answers that Slack never gets: whether what they confirm is stored, and how they are lost in Socket Mode."""

import asyncio
import json
from collections.abc import Mapping
from urllib.parse import parse_qs

from sandbox.links import Link
from tests.faults.replicas import Replica
from tests.faults.sockets import holds
from tests.faults.stage import Stage
from tests.faults.waits import until

STORED = "SELECT count(*) FROM seen WHERE key LIKE :key"


async def is_stored(stage: Stage, request: bytes) -> bool:
    """Whether what was pressed is written down as done."""
    fields = parse_qs(request.decode())
    if "payload" not in fields:
        return False
    payload = json.loads(fields["payload"][0])
    actions = payload.get("actions") or [{}]
    mark = actions[0].get("action_ts") or payload.get("trigger_id")
    return bool(mark) and await stage.witness.count(STORED, key=f"%:{mark}") > 0


async def lost_on_a_line(stage: Stage) -> Replica:
    """Whose line ended as it answered a press that is stored; it stands still."""
    while True:
        place = len(stage.box.traffic.entries)
        ended = await _ended(stage, {link: one for link in _open(stage) if (one := _behind(stage, link))})
        if ended is None:
            continue
        await ended.freezes()
        lost = [one for one in stage.box.traffic.entries[place:] if one.failure == "connection_failed" and one.raw]
        stored = [await is_stored(stage, one.raw[0]) for one in lost if one.raw is not None]
        if ended in stage.replicas and any(stored):
            return ended
        ended.thaws()
        stage.struck["answers lost"] += bool(lost)


async def _ended(stage: Stage, lines: Mapping[Link, Replica]) -> Replica | None:
    """The replica behind the first of these lines that ends with the next answer over it."""
    if not lines:
        await asyncio.sleep(0.05)
        return None
    for line in lines:
        line.loses_next = True
    await until(lambda: any(not line.is_open for line in lines))
    for line in lines:
        line.loses_next = False
    return next((one for line, one in lines.items() if not line.is_open), None)


def _open(stage: Stage) -> list[Link]:
    return [link for link in stage.box.slack.stage.links.open() if not link.leaving]


def _behind(stage: Stage, link: Link) -> Replica | None:
    """Whose process the other end of a connection is in."""
    peer = link.request.transport.get_extra_info("peername") if link.request.transport is not None else None
    return next((one for one in stage.replicas if peer and holds(one.process.pid, int(peer[1]))), None)
