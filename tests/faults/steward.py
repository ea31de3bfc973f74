"""Whoever answers customers that ask to be forgotten: their tickets are erased over HTTP while people work on them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import httpx

from tests.faults.console import assay
from tests.faults.tickets import ticket_of
from tests.faults.work import Worker
from tests.house import SUPPORT

PAUSE = 0.2
TRIES = 100
NEWEST, OLDEST = 3, 40  # of the drafts that came last one is erased, but not of the very last
MAKE_TOKEN = ("tokens", "create", "steward", "--scope", "admin")


@dataclass(eq=False)
class Steward(Worker):
    http: httpx.AsyncClient
    url: str
    token: str = ""
    often: ClassVar[tuple[float, float]] = (4.0, 12.0)

    async def acts(self) -> None:
        await self.erases()

    async def erases(self) -> None:
        """Asked for again and again until it is answered: what is gone already is gone."""
        lately = [name for name, draft in self.ledger.accepted.items() if draft not in self.ledger.erasures]
        if not (choice := lately[-OLDEST:-NEWEST]):
            return
        name = self.chance.choice(choice)
        draft = self.ledger.accepted[name]
        self.ledger.erasures[draft] = False
        body = {"channel": SUPPORT, "ticket": ticket_of(name), "really": True}
        headers = {"Authorization": f"Bearer {self.token}"}
        for _ in range(TRIES):
            try:
                answer = await self.http.post(f"{self.url}/api/v1/erasures", json=body, headers=headers)
            except httpx.HTTPError:
                await asyncio.sleep(PAUSE)
                continue
            if answer.is_success:
                self.ledger.erasures[draft] = True
                return
            await asyncio.sleep(PAUSE)


async def token_from(settings: Mapping[str, str]) -> str:
    """As the operator makes one on the server."""
    return await assay(settings, *MAKE_TOKEN)
