"""The outbox is emptied: take, send, write down what became of it; what is unclear is looked up, not repeated."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import channel_life, outbox, paces
from bot.delivery.endings import CLOSED, REMOVED, Ending, due_again, ending, is_unheard
from bot.delivery.looking import Looker
from bot.delivery.posting import FIRST_LOOK, Poster
from bot.errors import NotNow
from bot.history import History
from bot.waits import A_MINUTE, Watched
from bot.workspaces import Clients
from storage.engine import Sessions
from storage.models import Delivery
from storage.queries import channels, deliveries, pace
from storage.words import DeliveryState

STUCK = timedelta(minutes=2)  # by then every try has ended, or its process has
AT_ONCE = 8  # under way in one process: Slack takes its time, and its limits are in posts a second
TRIES = 3  # to take something that others take as well


@dataclass
class Lines:
    """What one process has under way, for a stop to end."""

    sending: dict[str, Delivery] = field(default_factory=dict)
    count: int = 0
    stopped: bool = False


@dataclass(frozen=True)
class Courier:
    """Brings to Slack what the outbox holds."""

    sessions: Sessions
    slack: Clients
    now: Callable[[], datetime]
    clock: Watched = field(default_factory=Watched, init=False)
    history: History = field(default_factory=History, init=False)
    lines: Lines = field(default_factory=Lines, init=False)

    async def deliver_due(self) -> int:
        """Send everything that is due and may be sent now; how many were tried."""
        if self.clock.set_back(self.now()):
            await self._hasten()
        return await self._deliver_from(await self._taken())

    async def deliver_after(self, change: Callable[[AsyncSession], Awaitable[None]]) -> int:
        """Change the outbox, then send everything that is due; the first is taken with the change."""
        async with self.sessions.writing() as session:
            await change(session)
            first = await self._take(session)
        return await self._deliver_from(first or await self._taken())

    async def look_up_unclear(self) -> int:
        """Look in the channel for what may have been posted; how many were looked for."""
        now = self.now()
        async with self.sessions.reading() as session:
            unclear = await deliveries.unclear(session, now=now, stuck_since=now - STUCK)
        looker = Looker(self.sessions, self.slack, self.now, self.history)
        for delivery in unclear:
            await self._write_down(delivery, await looker.look(delivery))
        return len(unclear)

    async def stop(self) -> None:
        """Take nothing more. What is under way may have arrived: it is looked for by whoever goes on."""
        self.lines.stopped = True
        for delivery in list(self.lines.sending.values()):
            looked_for = ending(DeliveryState.AMBIGUOUS, due_at=self.now() + FIRST_LOOK, looks=0)
            await self._write_down(delivery, looked_for)

    async def _deliver_from(self, delivery: Delivery | None) -> int:
        """One after the other, for as long as there is something; others go at the same time, so many as may."""
        tried, beside = 0, None
        self.lines.count += 1
        try:
            while delivery is not None:
                if beside is None and self.lines.count < AT_ONCE:
                    beside = asyncio.create_task(self._beside())
                end = await self._sent(delivery)
                delivery = await self._end_and_take(delivery, end)
                tried += 1
        finally:
            self.lines.count -= 1
            more = await beside if beside is not None else 0
        return tried + more

    async def _beside(self) -> int:
        return await self._deliver_from(await self._taken())

    async def _sent(self, delivery: Delivery) -> Ending:
        self.lines.sending[delivery.id] = delivery
        try:
            return await Poster(self.sessions, self.slack, self.now).send(delivery)
        finally:
            self.lines.sending.pop(delivery.id, None)

    async def _taken(self) -> Delivery | None:
        """The next that may be sent, taken for this process; None when there is none."""
        for _ in range(TRIES):
            # A look without the writer's lock: mostly there is nothing, and clicks want the lock.
            async with self.sessions.reading() as session:
                if self.lines.stopped or await deliveries.next_open(session, self.now()) is None:
                    return None
            async with self.sessions.writing() as session:
                taken = await self._take(session)
            if taken is not None:
                return taken
        return None

    async def _take(self, session: AsyncSession) -> Delivery | None:
        """Take the next and what it spends, if nobody was faster. Once a transaction: locks are taken in one order."""
        now = self.now()
        chosen = None if self.lines.stopped else await deliveries.next_open(session, now)
        if chosen is None:
            return None
        taken = await deliveries.take(session, chosen, now=now, slack_time=self.slack.time.now())
        if taken is not None and not await pace.spend(session, taken.team, paces.limits_of(taken), now.timestamp()):
            await deliveries.put_back(session, taken)
            return None
        return taken

    async def _end_and_take(self, delivery: Delivery, end: Ending) -> Delivery | None:
        """Write down what became of one delivery and take the next, where it can be in one transaction."""
        if end.closes:
            await self._write_down(delivery, end)
            return await self._taken()
        async with self.sessions.writing() as session:
            await self._write(session, delivery, end)
            return await self._take(session)

    async def _write_down(self, delivery: Delivery, end: Ending) -> None:
        async with self.sessions.writing() as session:
            await self._write(session, delivery, end)

    async def _write(self, session: AsyncSession, delivery: Delivery, end: Ending) -> None:
        if end.drawn:
            assert delivery.draft_id is not None
            return await deliveries.drawn(session, delivery.draft_id, delivery.wanted)
        if not await deliveries.finish(session, delivery, end.state, end.values):
            return None  # somebody looked for it meanwhile, and knows better
        if end.busy is not None:
            await self._slow_down(session, delivery, end.busy)
        if end.refused is not None:
            await self._shut(session, delivery, end.refused)
        if is_unheard(delivery, end):
            channel = await channels.get(session, delivery.channel_id)
            await outbox.alarm(session, channel, delivery, now=self.now())
        return None

    async def _slow_down(self, session: AsyncSession, delivery: Delivery, seconds: float) -> None:
        """Nobody calls the method there until Slack takes more; in no channel, where it asks for long."""
        since = self.now().timestamp()
        until = since + seconds
        method = paces.method_of(delivery)
        await pace.close(session, delivery.team, method, delivery.to, since=since, until=until)
        if seconds > paces.OF_ONE_CHANNEL:
            await pace.close(session, delivery.team, method, paces.EVERYWHERE, since=since, until=until)

    async def _shut(self, session: AsyncSession, delivery: Delivery, refused: NotNow) -> None:
        """Remember that nothing can be posted there, so that what goes there waits, or goes elsewhere."""
        word, now = str(refused), self.now()
        if word in REMOVED:
            await channels.remove_workspace(session, delivery.team, now)
        elif word in CLOSED:
            seen = CLOSED[word]
            await channel_life.learn(session, team=delivery.team, slack_id=delivery.to, seen=seen, now=now)
        else:
            place = paces.EVERYWHERE if refused.everywhere else delivery.to
            until = due_again(delivery, now).timestamp()
            await pace.close(session, delivery.team, pace.EVERY, place, since=now.timestamp(), until=until)

    async def _hasten(self) -> None:
        """What waits by a clock that was set back is due in a minute at the latest."""
        async with self.sessions.writing() as session:
            await deliveries.hasten_all(session, self.now() + A_MINUTE)
