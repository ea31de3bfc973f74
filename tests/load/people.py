"""Two hundred people press *Approve*, each at a moment that was set before, however slow the answers are."""

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from sandbox import acts
from tests.load.town import Card, Town

APPROVE = "draft:approve"
DRAWN = re.compile(r"card:(\d+):(?!open)\w+")
PATIENCE = 60.0  # seconds in which the last cards are redrawn


@dataclass
class Pressed:
    """Clicks of one phase: when each was to be made, when it was answered, and how."""

    at: dict[int, float] = field(default_factory=dict)  # by drafts
    acks: list[float] = field(default_factory=list)  # seconds from the moment that was set
    failed: list[str] = field(default_factory=list)


class Crowd:
    """Presses cards; no two on the same."""

    def __init__(self, town: Town) -> None:
        self._town, self._turn = town, count()

    async def presses(self, card: Card, at: float, into: Pressed) -> None:
        """At a moment of the event loop's clock, or as soon after it as the load itself can."""
        await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
        agent = self._town.agents[next(self._turn) % len(self._town.agents)]
        into.at[card.draft] = time.time()
        where = {"user": agent, "channel": card.channel, "ts": card.ts}
        world = self._town.box.world
        done = await acts.click(world, where | {"action_id": APPROVE, "block_id": f"card:{card.draft}:open"})
        into.acks.append(asyncio.get_running_loop().time() - at)
        if done["toast"] is not None:
            into.failed.append(str(world.traffic.entries[done["id"] - 1].failure))

    async def redrawn(self, pressed: Pressed, since: int, *, labels: int) -> dict[int, float]:
        """Seconds from each click to its card's new face, until as many have one as became `labels`."""
        until = time.time() + PATIENCE
        found: dict[int, float] = {}
        while len(found) < labels and time.time() < until:
            found |= {draft: at for draft, at in self._drawn(since) if draft in pressed.at and draft not in found}
            await asyncio.sleep(0.2)
        return {draft: at - pressed.at[draft] for draft, at in found.items()}

    def _drawn(self, since: int) -> Iterator[tuple[int, float]]:
        for entry in self._town.box.traffic.entries[since:]:
            if entry.sender == "bot" and entry.method in ("response_url", "chat.update") and entry.status == 200:
                for number in DRAWN.findall(str(entry.request.get("blocks"))):
                    yield int(number), entry.at
