"""Drafts are erased when they were kept as long as their channel says, in small batches, once over all replicas."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import audit, erasure
from bot.erasure import BATCH, NOTHING, Eraser, Gone, Order
from storage import compacting
from storage.engine import Sessions
from storage.models import Channel
from storage.queries import channels, erasing
from storage.words import ErasedBecause

MOST = 20  # batches of a tick and channel: clicks get their turn in between, the rest comes with the next tick


@dataclass(frozen=True)
class Keeper:
    """Erases what is older than its channel keeps drafts."""

    sessions: Sessions
    key: bytes
    now: Callable[[], datetime]
    kept: timedelta  # after a workspace uninstalled the app

    async def erase_uninstalled(self) -> int:
        """Erase workspaces that took the app out long enough ago to mean it; how many rows."""
        async with self.sessions.reading() as session:
            gone = await channels.uninstalled(session, before=self.now() - self.kept)
        eraser = Eraser(self.sessions, self.key, self.now)
        return sum([await eraser.erase_workspace(team, by=audit.ITSELF) for team in gone])

    async def erase_due(self) -> int:
        """Erase what is due, as much as one tick may; how many drafts. Any number of clocks may call it."""
        async with self.sessions.reading() as session:
            keeping = await channels.with_retention(session)
            swept = await erasing.to_sweep(session)
        gone = NOTHING
        for channel in keeping:
            gone += await self._erase(channel)
        if swept:
            async with self.sessions.writing() as session:
                await erasing.sweep(session)
        if gone != NOTHING:
            await compacting.forget_log(self.sessions)
        return gone.drafts

    async def _erase(self, channel: Channel) -> Gone:
        gone = NOTHING
        for _ in range(MOST):
            batch = await self._batch(channel)
            gone += batch
            if batch.drafts < BATCH:
                break
        return gone

    async def _batch(self, channel: Channel) -> Gone:
        assert channel.id is not None
        now = self.now()
        before = now - timedelta(days=channel.retention_days or 0)
        async with self.sessions.reading() as session:
            due = await erasing.older(session, channel.id, before=before, limit=BATCH)
        if not due:
            return NOTHING
        async with self.sessions.writing() as session:
            order = Order(ErasedBecause.RETENTION, audit.ITSELF, self.key, now)
            return await erasure.erase(session, due, order)
