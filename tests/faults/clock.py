"""One time for Slack's stand-in and every process of the bot; it runs faster than the machine's, and it jumps.

A replica's own clock may be wrong beside it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

STEP = 0.1  # seconds between two small moves
HASTE = 25  # small moves in which minutes pass


@dataclass
class SharedClock:
    """A file in `folder` for each replica holds how many seconds this time is ahead of the machine's.

    `wrong` is by how much a replica's clock differs from it, `most_wrong` how far ahead one ever was.
    """

    folder: Path
    http: httpx.AsyncClient
    ahead: float = 0.0
    wrong: dict[str, float] = field(default_factory=dict)
    most_wrong: float = 0.0

    async def begins(self, at: datetime) -> None:
        self.ahead = (at - datetime.now(UTC)).total_seconds()
        self._tell(*self.wrong)
        await self._sandbox(now=self.now().timestamp())

    def now(self) -> datetime:
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self.ahead, UTC)

    def of(self, replica: str) -> Path:
        """What a replica of this name reads; it is right at first."""
        self.sets(replica, 0.0)
        return self.folder / replica

    def sets(self, replica: str, wrong: float) -> None:
        """Somebody sets the clock of the replica's machine."""
        self.wrong[replica] = wrong
        self.most_wrong = max(self.most_wrong, wrong)
        self._tell(replica)

    def forgets(self, replica: str) -> None:
        """It reads no clock any more."""
        self.wrong.pop(replica, None)

    async def moves(self, seconds: float) -> None:
        """Retries of Slack that become due are on their way when this returns."""
        self.ahead += seconds
        self._tell(*self.wrong)
        await self._sandbox(advance=seconds)

    async def passes(self, seconds: float) -> None:
        """Much faster than else, but no jump: what a live process has under way takes seconds of it, not minutes."""
        for _ in range(HASTE):
            await self.moves(seconds / HASTE)
            await asyncio.sleep(STEP)

    async def moves_to(self, at: datetime) -> None:
        await self.moves((at - self.now()).total_seconds())

    @asynccontextmanager
    async def running(self, pace: float) -> AsyncIterator[None]:
        """Time runs `pace` times as fast as the machine's until the block ends."""
        runs = asyncio.create_task(self._runs(pace))
        try:
            yield
        finally:
            runs.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await runs

    async def _runs(self, pace: float) -> None:
        while True:
            await asyncio.sleep(STEP)
            await self.moves(STEP * (pace - 1))

    async def _sandbox(self, **act: float) -> None:
        (await self.http.post("/control/clock", json=act)).raise_for_status()

    def _tell(self, *replicas: str) -> None:
        """All at once, whoever reads it meanwhile."""
        for replica in replicas:
            fresh = self.folder / f"{replica}.new"
            fresh.write_text(f"{self.ahead!r} {self.wrong[replica]!r}")
            fresh.replace(self.folder / replica)


def read(file: Path) -> tuple[float, float]:
    """How far ahead of the machine time is, and by how much a replica's clock is wrong."""
    ahead, wrong = file.read_text().split()
    return float(ahead), float(wrong)
