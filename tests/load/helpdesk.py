"""Drafts come in over HTTP, as fast as Slack would let their cards be posted."""

import asyncio
import json
import time
from itertools import count

import aiohttp

from tests.bench.items import item
from tests.load.town import Town


class Helpdesk:
    """Sends drafts to the channels in turn; `accepted` says when each was, by its number."""

    def __init__(self, town: Town, url: str) -> None:
        self._town, self._url, self._turn = town, f"{url}/api/v1/drafts", count()
        self.accepted: dict[int, float] = {}

    async def sends(self, http: aiohttp.ClientSession, drafts: int) -> None:
        """One stream of so many drafts."""
        numbers = [next(self._turn) for _ in range(drafts)]
        lines = (self._draft(number) for number in numbers)
        headers = {"Authorization": f"Bearer {self._town.token}", "Content-Type": "application/x-ndjson"}
        async with http.post(self._url, data="\n".join(lines), headers=headers) as answer:
            said = (await answer.text()).splitlines()
        self.accepted |= {int(json.loads(line)["id"]): time.time() for line in said}

    async def keeps_sending(self, *, per_second: float, seconds: float) -> None:
        """Every second what is due by then."""
        loop, sent = asyncio.get_running_loop(), 0
        began = loop.time()
        async with aiohttp.ClientSession() as http:
            while (passed := loop.time() - began) < seconds:
                due = int(passed * per_second) - sent
                if due:
                    await self.sends(http, due)
                    sent += due
                await asyncio.sleep(1 - (loop.time() - began) % 1)

    def _draft(self, number: int) -> str:
        channel = self._town.channels[number % len(self._town.channels)]
        return json.dumps(item(number, series="load") | {"channel": channel})
