"""Drafts are erased when they were kept as long as their channel says, in small batches, once over all replicas."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from bot import audit, erasure, identity, keeping, whole_workspace
from bot.delivery.endings import ENDED, REMOVED
from bot.erasure import BATCH, NOTHING, Gone, Order
from bot.errors import AssayError
from bot.failures import Failures
from bot.workspaces import Clients
from storage import compacting
from storage.engine import Sessions
from storage.models import Channel
from storage.queries import channels, deliveries, erasing, installations, seen
from storage.words import ErasedBecause

# Slack repeats an event for some minutes, and what it signed is refused when it is older than five; a state of an
# installation is good for ten. Whoever restores a queue by hand has the rest of the week.
REPEATED = timedelta(days=7)
KEYS = 1_000  # of one transaction
MOST = 20  # batches of a tick and channel: clicks get their turn in between, the rest comes with the next tick

log = structlog.get_logger()


@dataclass(frozen=True)
class Keeper:
    """Erases what is older than its channel keeps drafts."""

    sessions: Sessions
    slack: Clients
    key: bytes
    now: Callable[[], datetime]
    kept: timedelta  # after a workspace uninstalled the app

    async def erase_uninstalled(self) -> int:
        """Erase workspaces that took the app out long enough ago to mean it; how many rows.

        What fails for one is raised when all others had their turn.
        """
        async with self.sessions.reading() as session:
            gone = await channels.uninstalled(session, before=self.now() - self.kept)
        rows, failures = 0, Failures(_workspace_kept_too_long)
        for team in gone:
            with failures.of(team):
                rows += await self._erase_workspace(team)
        failures.end()
        return rows

    async def erase_due(self) -> int:
        """Erase what is due, as much as one tick may; how many drafts. Any number of clocks may call it.

        What fails for one channel is raised when all others had their turn.
        """
        async with self.sessions.reading() as session:
            keeping = await channels.with_retention(session)
            swept = await erasing.to_sweep(session)
        gone, failures = NOTHING, Failures(_kept_too_long)
        if keeping and (now := await self._surely()) is not None:
            for channel in keeping:
                with failures.of(channel):
                    gone += await self._erase(channel, now)
        if swept:
            async with self.sessions.writing() as session:
                await erasing.sweep(session)
        if gone != NOTHING or failures.first is not None:  # it may have failed after its first batch
            await compacting.forget_log(self.sessions)
        failures.end()
        return gone.drafts

    async def forget_presses(self) -> int:
        """Forget which presses were seen so long ago that nobody repeats them; how many keys."""
        total = 0
        while True:
            async with self.sessions.writing() as session:
                gone = await seen.forget(session, self.now() - REPEATED, limit=KEYS)
            total += gone
            if gone < KEYS:
                return total

    async def _erase_workspace(self, team: str) -> int:
        if not await self._is_out(team) or (now := await self._surely()) is None:
            return 0
        gone_since = now - self.kept
        return await whole_workspace.erase(self.sessions, team, now=self.now, by=audit.ITSELF, gone_since=gone_since)

    async def _is_out(self, team: str) -> bool:
        """Whether the app is out of the workspace for sure: an event said so, or Slack still refuses its token.

        Where Slack knows the token it is in, and works on. That of the environment may be newer than the event.
        """
        async with self.sessions.reading() as session:
            told = await installations.of(session, team) is None  # deleted with the event
        if told and self.slack.whose is None:
            return True
        try:
            await identity.learn(self.sessions, await self.slack.of(team), self.now())
        except AssayError as refused:
            word = str(refused)
            out = word in (REMOVED if told else ENDED)
            if not out:
                log.warning("a workspace is not erased: Slack does not say that the app is out", team=team, error=word)
            return out
        async with self.sessions.writing() as session:
            await deliveries.wake(session, team, None, self.now())
        return False

    async def _surely(self) -> datetime | None:
        """How late it is at least: our clock may be ahead, and what is erased is gone. None while Slack is away."""
        at_slack = await self.slack.clock()
        return None if at_slack is None else min(self.now(), datetime.fromtimestamp(at_slack, UTC))

    async def _erase(self, channel: Channel, now: datetime) -> Gone:
        gone = NOTHING
        for _ in range(MOST):
            batch = await self._batch(channel, now)
            gone += batch
            if batch.drafts < BATCH:
                break
        return gone

    async def _batch(self, channel: Channel, now: datetime) -> Gone:
        assert channel.id is not None
        async with self.sessions.reading() as session:
            # Asked anew for each batch: an admin may have named a longer time meanwhile.
            days = keeping.days(await channels.get(session, channel.id), now)
            if days is None:
                return NOTHING
            due = await erasing.older(session, channel.id, before=now - timedelta(days=days), limit=BATCH)
        if not due:
            return NOTHING
        async with self.sessions.writing() as session:
            order = Order(ErasedBecause.RETENTION, audit.ITSELF, self.key, now)
            return await erasure.erase(session, due, order)


def _kept_too_long(channel: Channel, error: Exception) -> None:
    log.error("drafts were kept too long", channel=channel.slack_id, exc_info=error)


def _workspace_kept_too_long(team: str, error: Exception) -> None:
    log.error("a workspace was kept too long", team=team, exc_info=error)
