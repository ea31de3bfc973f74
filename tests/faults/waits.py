"""Waiting for what happens in other processes: it is looked for again and again, nothing tells us of it."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

OFTEN = 0.005  # seconds


async def until(happened: Callable[[], bool], *, every: float = OFTEN) -> None:
    """As long as it takes; whoever calls bounds it."""
    for _ in count():
        if happened():
            return
        await asyncio.sleep(every)


async def within(seconds: float, happened: Callable[[], Awaitable[object]], *, every: float = 0.2) -> bool:
    """Whether it has happened by then."""
    loop = asyncio.get_running_loop()
    latest = loop.time() + seconds
    while loop.time() < latest:
        if await happened():
            return True
        await asyncio.sleep(every)
    return False
