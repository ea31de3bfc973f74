"""A burst of clicks on cards that are open, and an hour's steady work at the pace that Slack sets."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.rounds import Figures, percentiles
from tests.bench.servers import Server
from tests.load.helpdesk import Helpdesk
from tests.load.people import Crowd, Pressed
from tests.load.town import Card, Town, cards_posted, told_saved
from tests.load.watch import Usage, watched

ALLOWED = 300 / 60  # posts a second that the sandbox takes in one workspace; each channel takes one
KEPT = 0.98
THINKING = 5.0  # seconds from a card to its click
CARD = re.compile(r"card:(\d+):")


@dataclass(frozen=True)
class Phase:
    """What was measured in one of them, in milliseconds."""

    name: str
    clicks: int
    failed: Sequence[str]
    confirmed: int  # of which somebody read that they are saved
    labels: int  # that are stored of these clicks
    redrawn: int
    acks: Figures
    redraws: Figures
    queue: Figures | None
    usage: Usage


async def burst(town: Town, servers: Sequence[Server], *, seconds: float, per_second: float) -> Phase:
    """So many clicks a second, each on another card."""
    crowd, pressed, since = Crowd(town), Pressed(), len(town.box.traffic.entries)
    before = await town.labels(), told_saved(town)
    began = asyncio.get_running_loop().time() + 0.5
    async with watched(servers) as usage, asyncio.TaskGroup() as clicks:
        for number in range(round(seconds * per_second)):
            clicks.create_task(crowd.presses(town.open.popleft(), began + number / per_second, pressed))
    redraws = await crowd.redrawn(pressed, since, labels=await town.labels() - before[0])
    return await _told("burst", town, before, (pressed, redraws, None, usage))


async def sustained(town: Town, servers: Sequence[Server], url: str, *, seconds: float) -> Phase:
    """Drafts at Slack's delivery limit; every card is answered some seconds after it was posted."""
    crowd, pressed, since = Crowd(town), Pressed(), len(town.box.traffic.entries)
    before = await town.labels(), told_saved(town)
    desk, began = Helpdesk(town, url), town.box.clock.now()
    async with watched(servers) as usage, asyncio.TaskGroup() as working:
        clicking = working.create_task(_answers(town, crowd, pressed, began))
        await desk.keeps_sending(per_second=ALLOWED * KEPT, seconds=seconds)
        await asyncio.sleep(2 * THINKING)
        clicking.cancel()
    redraws = await crowd.redrawn(pressed, since, labels=await town.labels() - before[0])
    posted = {draft: float(card.ts) for draft, card in _cards(town, began)}
    queue = [posted[draft] - at for draft, at in desk.accepted.items() if draft in posted]
    return await _told("sustained", town, before, (pressed, redraws, queue, usage))


async def _answers(town: Town, crowd: Crowd, pressed: Pressed, began: float) -> None:
    """Until it is cancelled: then the clicks that were begun are made all the same."""
    seen, loop = set[int](), asyncio.get_running_loop()
    async with asyncio.TaskGroup() as clicks:
        try:
            while True:
                await asyncio.sleep(0.2)
                for draft, card in _cards(town, began):
                    if draft not in seen:
                        seen.add(draft)
                        clicks.create_task(crowd.presses(card, loop.time() + THINKING, pressed))
        except asyncio.CancelledError:
            return


def _cards(town: Town, since: float) -> list[tuple[int, Card]]:
    found = []
    for message, channel in cards_posted(town, since):
        number = CARD.search(str(message.blocks))
        if number is not None:
            found.append((int(number[1]), Card(int(number[1]), channel, message.ts)))
    return found


async def _told(
    name: str, town: Town, before: tuple[int, int], seen: tuple[Pressed, dict[int, float], list[float] | None, Usage]
) -> Phase:
    pressed, redraws, queue, usage = seen
    labels, told = before
    return Phase(
        name,
        clicks=len(pressed.at),
        failed=pressed.failed,
        confirmed=told_saved(town) - told,
        labels=await town.labels() - labels,
        redrawn=len(redraws),
        acks=_milliseconds(pressed.acks),
        redraws=_milliseconds([*redraws.values()]),
        queue=None if queue is None else _milliseconds(queue),
        usage=usage,
    )


def _milliseconds(seconds: list[float]) -> Figures:
    return percentiles([one * 1_000 for one in seconds]) if len(seconds) > 1 else {}
