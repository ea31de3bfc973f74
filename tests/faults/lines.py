"""Answers that Slack never gets: whether what they confirm is stored, and how they are lost in Socket Mode."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qs

from sandbox.links import Link
from sandbox.traffic import Entry
from tests.faults.replicas import Replica
from tests.faults.sockets import holds
from tests.faults.stage import Stage
from tests.faults.waits import until

STORING = ("draft:approve", "draft:undo")
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
        behind = {link: one for link in _open(stage) if (one := _behind(stage, link))}
        press = await _under_way(stage)
        ended = await _ended(behind, press)
        if ended is None:
            continue
        await ended.freezes()
        if ended in stage.replicas and press.raw is not None and await is_stored(stage, press.raw[0]):
            return ended
        ended.thaws()
        stage.struck["answers lost"] += 1


async def _under_way(stage: Stage) -> Entry:
    """The next press that stores something, before it is answered."""
    place = len(stage.box.traffic.entries)

    def pressed() -> Entry | None:
        fresh = (one for one in stage.box.traffic.entries[place:] if one.raw is not None and not _answered(one))
        return next((one for one in fresh if one.kind == "submission" or one.method in STORING), None)

    await until(lambda: pressed() is not None)
    return pressed() or await _under_way(stage)


async def _ended(behind: Mapping[Link, Replica], press: Entry) -> Replica | None:
    """The replica over whose line the answer was lost; None where it came."""
    for line in behind:
        line.loses_next = bool(line.waiting)
    try:
        await until(lambda: _answered(press))
    finally:
        for line in behind:
            line.loses_next = False
    return next((one for line, one in behind.items() if not line.is_open), None) if press.failure else None


def _answered(entry: Entry) -> bool:
    return entry.status is not None or entry.failure is not None


def _open(stage: Stage) -> list[Link]:
    return [link for link in stage.box.slack.stage.links.open() if not link.leaving]


def _behind(stage: Stage, link: Link) -> Replica | None:
    """Whose process the other end of a connection is in."""
    peer = link.request.transport.get_extra_info("peername") if link.request.transport is not None else None
    return next((one for one in stage.replicas if peer and holds(one.process.pid, int(peer[1]))), None)
