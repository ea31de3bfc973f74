"""What the processes of the bot take: memory by the second, and processor time."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.servers import Server

RSS = re.compile(r"VmRSS:\s+(\d+) kB")


@dataclass
class Usage:
    """Of each process, from the first second to the last."""

    megabytes: list[list[float]] = field(default_factory=list)
    cpu: float = 0.0  # of one processor, all processes together
    loop: float = 0.0  # of one processor, the load's own process: near 1 the load is what is measured


@asynccontextmanager
async def watched(servers: Sequence[Server]) -> AsyncIterator[Usage]:
    usage = Usage(megabytes=[[_memory(one)] for one in servers])
    began, before, own = time.monotonic(), _seconds(servers), time.process_time()
    watching = asyncio.create_task(_watch(servers, usage))
    try:
        yield usage
    finally:
        watching.cancel()
        took = time.monotonic() - began
        usage.cpu, usage.loop = (_seconds(servers) - before) / took, (time.process_time() - own) / took


async def _watch(servers: Sequence[Server], usage: Usage) -> None:
    while True:
        await asyncio.sleep(1)
        for one, seen in zip(servers, usage.megabytes, strict=True):
            seen.append(_memory(one))


def _seconds(servers: Sequence[Server]) -> float:
    return sum(one.cpu_seconds() for one in servers)


def _memory(server: Server) -> float:
    return int(RSS.findall(Path(f"/proc/{server.process}/status").read_text())[0]) / 1_024
