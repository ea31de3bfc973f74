"""Machines that ask the API with a token, and ask again where the answer fails."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.faults.work import Worker

TRIES = 100
PAUSE = 0.2  # seconds until it is asked again


@dataclass(eq=False)
class Caller(Worker):
    """`url` is what stands before the replicas."""

    http: httpx.AsyncClient
    url: str
    token: str = ""

    async def asks(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **request: Any
    ) -> httpx.Response:
        """Once, with what httpx takes. Raises httpx.HTTPError where no answer came."""
        known = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return await self.http.request(method, f"{self.url}/api/v1/{path}", headers=known, **request)

    async def insists(
        self, path: str, body: Mapping[str, Any] | None = None, *, unless: Callable[[], bool] = lambda: False
    ) -> bool:
        """Posts it again and again, unless it needs to be no more; whether it was answered well."""
        for _ in range(TRIES):
            try:
                if (await self.asks("POST", path, json=body)).is_success:
                    return True
            except httpx.HTTPError:
                pass
            if unless():
                return False
            await asyncio.sleep(PAUSE)
        return False
