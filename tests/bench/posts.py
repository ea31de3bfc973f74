"""Cards that wait in twenty channels, posted for a minute as fast as Slack's limits allow."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import typer
from sqlalchemy import select

from sandbox.app import AppConfig
from sandbox.faults import Fault
from sandbox.server import Sandbox
from sandbox.workspace import TEAM_ID, Message
from storage.engine import make_sessions
from storage.models import Delivery
from storage.queries._core import table_of
from storage.words import DeliveryState
from tests.bench import prepared
from tests.bench.rounds import Comparison, Figures
from tests.bench.runs import Place
from tests.bench.servers import ASSAY, SECRET, TOKEN, served

CHANNELS, WAITING = 20, 500  # cards in each
LATENCY = 0.3  # seconds until Slack answers a post
# The sandbox allows 300 posts a minute and workspace, and one a second and channel: the first binds twenty channels.
ALLOWED_A_MINUTE = 300
BURST, MINUTE = 8.0, 60.0  # seconds: what is allowed at once at the beginning is not counted, the minute after it is
PROCESSES = (1, 2)
ROWS = table_of(Delivery).c


@dataclass(frozen=True)
class Minute:
    """What people saw, and what the outbox says of it."""

    posts: int
    refused: int
    lost: int
    twice: int


async def delivery(place: Place, kind: str) -> list[Comparison]:
    """What one process, and two together, post of what Slack would take."""
    return [await _by(place, kind, processes) for processes in PROCESSES]


async def _by(place: Place, kind: str, processes: int) -> Comparison:
    named = f"delivery, {kind}, {processes} process{'es' if processes > 1 else ''}"
    compared = Comparison(named, ("posted", "allowed"), "a minute")
    for _ in range(place.rounds):
        seen = await posted(place.fresh(kind), processes=processes, minute=MINUTE)
        typer.echo(f"{named}: {seen.refused} refused (429), {seen.lost} lost, {seen.twice} posted twice", err=True)
        assert (seen.lost, seen.twice) == (0, 0)
        compared.rounds.append((_figures(seen.posts), _figures(ALLOWED_A_MINUTE)))
    return compared


def _figures(posts: int) -> Figures:
    return {"posts": float(posts)}


async def posted(url: str, *, processes: int, minute: float) -> Minute:
    """Servers deliver until that long after the beginning's burst, and are stopped as a rolling restart stops them."""
    channels = [f"C0QUEUE{number:02d}" for number in range(CHANNELS)]
    await prepared.queues(url, TEAM_ID, channels, each=WAITING)
    async with _slack(channels) as box:
        async with AsyncExitStack() as servers:
            for _ in range(processes):
                await servers.enter_async_context(served(ASSAY, database=url, slack=_port(box)))
            await _posts_come(box)
            begun = box.clock.now() + BURST
            ended = begun + minute
            await asyncio.sleep(ended + 2 * LATENCY - box.clock.now())
        shown = Counter(_delivery(message) for message in _messages(box))
        sent = await _sent(url)
        return Minute(
            posts=sum(begun <= float(message.ts) < ended for message in _messages(box)),
            refused=sum(entry.status == 429 for entry in box.traffic.entries),
            lost=len(sent ^ set(shown)),
            twice=sum(times > 1 for times in shown.values()),
        )


@asynccontextmanager
async def _slack(channels: list[str]) -> AsyncIterator[Sandbox]:
    box = Sandbox(AppConfig(bot_token=TOKEN, signing_secret=SECRET))
    for number, channel in enumerate(channels):
        box.workspace.add_channel(f"queue-{number:02d}", id=channel, members=[box.workspace.bot.id])
    box.world.faults.add(Fault("chat.postMessage", "delay", seconds=LATENCY, times=10**9))
    await box.start()
    try:
        yield box
    finally:
        await box.stop()


def _port(box: Sandbox) -> int:
    return int(box.url.rpartition(":")[2])


async def _posts_come(box: Sandbox) -> None:
    async with asyncio.timeout(60):
        while not await _has_come(box):
            pass


async def _has_come(box: Sandbox) -> bool:
    await asyncio.sleep(0.02)
    return bool(_messages(box))


def _messages(box: Sandbox) -> list[Message]:
    shown = [message for channel in box.workspace.channels.values() for message in channel.messages.values()]
    return sorted((one for one in shown if one.metadata), key=lambda one: float(one.ts))


def _delivery(message: Message) -> str:
    assert message.metadata is not None
    return str(message.metadata["event_payload"]["delivery"])


async def _sent(url: str) -> set[str]:
    """What the outbox holds for posted, or for perhaps posted."""
    sessions = make_sessions(url)
    async with sessions.reading() as session:
        posted = ROWS.state.in_([DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.AMBIGUOUS])
        found = set((await session.scalars(select(ROWS.id).where(posted))).all())
    await sessions.close()
    return found
