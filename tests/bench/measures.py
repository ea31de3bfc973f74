"""What is measured: clicks, clicks after years of labels, intake; and the share of intake that redaction takes."""

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import cycle, islice

import aiohttp
from sqlalchemy import Select, func, select

from bot import redaction
from bot.redaction import Redactor
from storage.engine import make_sessions
from storage.models import Delivery, Label
from storage.queries._core import table_of
from storage.words import DeliveryState
from tests.bench import clicks, items
from tests.bench.prepared import AGENTS, KEY, Prepared
from tests.bench.rounds import Figures, percentiles
from tests.bench.servers import Server
from tests.bench.tables import ROWS

CHUNK = 2**16
DELIVERIES = table_of(Delivery).c


class Clicker:
    """Presses *Approve* on one draft after the other."""

    def __init__(self, server: Server, cards: Prepared, *, slack: int, redraws: bool) -> None:
        """`redraws`: the server draws clicked cards anew, which is waited for after the clicks."""
        self._server, self._cards, self._slack, self._redraws = server, cards, slack, redraws
        self._numbers = iter(cards.ids)
        self.sent = 0

    async def presses(self, count: int, *, at_once: int) -> Figures:
        requests = [self._press(agent) for agent in islice(cycle(AGENTS), count)]
        self.sent += count
        before = self._server.cpu_seconds()
        figures = percentiles(await clicks.pressed(self._server.port, requests, at_once=at_once))
        if self._redraws:
            await rests(self._cards.url)
        return figures | {"CPU ms": (self._server.cpu_seconds() - before) * 1_000 / count}

    def _press(self, agent: str) -> bytes:
        draft = self._cards.waiting.model_copy(update={"id": next(self._numbers)})
        return clicks.request(draft, agent, slack=self._slack)


async def labels_in(url: str) -> int:
    """How many labels a database holds."""
    return await _count(url, select(func.count()).select_from(table_of(Label)))


async def rows_in(url: str) -> int:
    """How many rows a floor has kept."""
    return await _count(url, select(func.count()).select_from(ROWS))


async def rests(url: str) -> None:
    """Until every card that was clicked is redrawn: the other side shall not be slowed by it."""
    waiting = select(func.count()).where(DELIVERIES.state != DeliveryState.SENT, DELIVERIES.kind == "redraw")
    async with asyncio.timeout(60):
        while True:
            if await _count(url, waiting) == 0:
                return
            await asyncio.sleep(0.1)


async def takes_in(server: Server, token: str, *, series: str, count: int) -> tuple[Figures, bytes]:
    """Drafts a second of one stream, from its first byte sent to the last answer, and all answers."""
    body = items.stream(count, series=series)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    url = f"http://127.0.0.1:{server.port}/api/v1/drafts"
    async with aiohttp.ClientSession() as http:
        began, before = time.perf_counter(), server.cpu_seconds()
        async with http.post(url, data=_chunks(body), headers=headers) as answer:
            said = await answer.read()
        took, used = time.perf_counter() - began, server.cpu_seconds() - before
    return {"drafts/s": count / took, "CPU ms": used * 1_000 / count}, said


def redaction_cpu(count: int) -> float:
    """What redaction alone takes of a processor for each of so many drafts."""
    drafts = [items.item(number, series="redacted") for number in range(count)]
    began = time.process_time()
    for draft in drafts:
        redactor = Redactor(KEY)
        redaction.find(draft["external_id"])
        for name in ("prompt", "draft", "model", "topic"):
            redactor.redact(draft[name])
    return (time.process_time() - began) / count


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), CHUNK):
        yield body[start : start + CHUNK]


async def _count(url: str, query: Select[int]) -> int:
    sessions = make_sessions(url)
    async with sessions.reader.connect() as connection:
        counted = (await connection.execute(query)).scalar_one()
    await sessions.close()
    return int(counted)
