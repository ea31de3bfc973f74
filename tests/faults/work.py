"""What everybody at work has in common: they act now and then, and are let finish what is in hand."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import ClassVar

from tests.faults.ledger import Ledger


@dataclass(eq=False)
class Worker:
    """`hands` are free between two acts; `often` says how many seconds lie between them, at least and at most."""

    chance: random.Random
    ledger: Ledger
    hands: asyncio.Lock = field(default_factory=asyncio.Lock, kw_only=True)
    often: ClassVar[tuple[float, float]] = (2.0, 6.0)

    async def works(self) -> None:
        """Until cancelled between two acts."""
        while True:
            await asyncio.sleep(self.chance.uniform(*self.often))
            async with self.hands:
                await self.acts()

    async def acts(self) -> None:
        raise NotImplementedError
