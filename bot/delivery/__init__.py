"""The outbox is emptied: take, send, write down what became of it; what is unclear is looked up, not repeated."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import by_workspace, channel_life, notices, paces
from bot.delivery.endings import CLOSED, ENDED, REMOVED, Ending, due_again, ending, is_unheard, unclear
from bot.delivery.lines import Lines, goes_on, outcome
from bot.delivery.looking import Looker
from bot.delivery.posting import FIRST_LOOK, Poster
from bot.errors import NotNow
from bot.failures import Failures
from bot.history import History
from bot.waits import A_MINUTE, Watched
from bot.workspaces import Clients
from storage.engine import Sessions
from storage.errors import DatabaseAway
from storage.models import Delivery
from storage.queries import channels, closings, deliveries, drafts, installations, pace, redraws, threads, turns
from storage.words import DeliveryKind, DeliveryState, DraftState

STUCK = timedelta(minutes=2)  # by then every try has ended, or its process has
LAST_WORDS = 3.0  # seconds that a stop waits for Slack's answers
TRIES = 3  # to take something that others take as well

log = structlog.get_logger()


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
        if self.clock.set_back(now := self.now()):
            await self._hasten()
            self.clock.heeded(now)
        await self._write_late()
        if self.lines.all_taken:
            return 0  # they go on as long as there is something
        return await self._deliver_from(await self._taken())

    async def deliver_after(self, change: Callable[[AsyncSession], Awaitable[None]]) -> int:
        """Change the outbox, then send everything that is due; the first is taken with the change."""
        async with self.sessions.writing() as session:
            await change(session)
            first = await self._take(session)
        return await self._deliver_from(first or await self._taken())

    async def look_up_unclear(self) -> int:
        """Look in the channel for what may have been posted; how many there were to be looked for."""
        async with self.sessions.reading() as session:
            found = await deliveries.unclear(
                session, now=self.now(), stuck_after=STUCK, slack_time=self.slack.time.now()
            )
        looker = Looker(self.sessions, self.slack, self.now, self.history)

        async def looked(delivery: Delivery) -> bool:
            end = await looker.look(delivery)
            await self._write_down(delivery, end)
            return not end.silent

        await by_workspace.one_by_one(found, lambda delivery: delivery.team, looked)
        return len(found)

    async def turn_from_closed(self) -> None:
        """What was under way to a channel when that closed, or was asked for just then, goes elsewhere, as all else.

        That a human must act on a draft of the closed channel itself its leads are told directly. What fails for one
        channel is raised when all others had their turn.
        """
        failures = Failures(_not_turned)
        async with self.sessions.reading() as session:
            closed = await closings.waited_for(session, channel_life.TURNED)
        for channel_id in closed:
            with failures.of(channel_id):
                async with self.sessions.writing() as session:
                    await channel_life.turn(session, channel_id, now=self.now())
        async with self.sessions.reading() as session:
            waiting = await closings.unheard(session)
        for notice in waiting:
            with failures.of(notice.channel_id):
                async with self.sessions.writing() as session:
                    await drafts.locked(session, notice.draft_id or 0)  # before what is posted of it
                    if await closings.unheard(session, only=notice.id):  # its channel may be back by now
                        await notices.tell_leads(session, notice.id, now=self.now())
        failures.end()

    async def waits_for_pace(self) -> bool:
        """Whether something that is due goes in a second only, for that is how fast Slack takes it."""
        now = self.now()
        async with self.sessions.reading() as session:
            soon = await turns.next_open(session, now + timedelta(seconds=1))
        return soon is not None and soon.due_at <= now

    async def stop(self) -> None:
        """Take nothing more. What Slack does not answer soon may have arrived: whoever goes on looks for it."""
        for delivery, post in await self.lines.stop(LAST_WORDS):
            looked_for = unclear(DeliveryState.AMBIGUOUS, due_at=self.now() + FIRST_LOOK, looks=0)
            await self._write_down(delivery, outcome(post) or looked_for)
            post.cancel()
        await self._write_late()

    async def _deliver_from(self, delivery: Delivery | None) -> int:
        """One after the other, for as long as there is something; others go at the same time, so many as may."""
        tried, beside = 0, list[asyncio.Task[int]]()
        self.lines.count += 1
        try:
            while delivery is not None:
                # Slack may take longer for one than its limits ask for between two: then one line is not enough.
                if not any(goes_on(one) for one in beside) and not self.lines.all_taken:
                    tried += sum(one.result() for one in beside)
                    beside = [asyncio.create_task(self._beside())]
                delivery = await self._sent_and_taken(delivery)
                tried += 1
        finally:
            self.lines.count -= 1
            more = [await one for one in beside]
        return tried + sum(more)

    async def _beside(self) -> int:
        return await self._deliver_from(await self._taken())

    async def _sent_and_taken(self, delivery: Delivery) -> Delivery | None:
        """Send one and take the next."""
        end: Ending | None = None
        try:
            end = await self._sent(delivery)
            return await self._end_and_take(delivery, end)
        except Exception as error:
            self.lines.written_down(delivery)  # it was not: it is later, or whoever looks for what is stuck finds it
            # What Slack said is kept: not every workspace lets it be looked for. Draws belong to no try, and go again.
            if isinstance(error, DatabaseAway) and end is not None and not end.drawn:
                self.lines.unwritten.append((delivery, end))
            raise

    async def _write_late(self) -> None:
        """What the database was away for. Where somebody has looked for it since, they know better."""
        while self.lines.unwritten:
            delivery, end = self.lines.unwritten.pop()
            try:
                await self._write_down(delivery, end)
            except DatabaseAway:
                self.lines.unwritten.append((delivery, end))
                raise

    async def _sent(self, delivery: Delivery) -> Ending:
        if self.lines.stopped or delivery.team in self.lines.full:  # others were faster
            return ending(DeliveryState.PENDING, due_at=self.now())
        post = self.lines.begin(delivery, Poster(self.sessions, self.slack, self.now).send(delivery))
        return await asyncio.shield(post)  # whoever waits for it may be called off, it cannot

    async def _taken(self) -> Delivery | None:
        """The next that may be sent, taken for this process; None when there is none."""
        for _ in range(TRIES):
            # A look without the writer's lock: mostly there is nothing, and clicks want the lock.
            async with self.sessions.reading() as session:
                if self.lines.stopped or await self._next_open(session) is None:
                    return None
            if await self.slack.clock() is None:  # it would take no post either
                return None
            async with self.sessions.writing() as session:
                taken = await self._take(session, waits=True)
            if taken is not None:
                return taken
        return None

    async def _take(self, session: AsyncSession, *, waits: bool = False) -> Delivery | None:
        """Take the next and what it spends, if nobody was faster. Once a transaction: locks are taken in one order.

        `waits` for who holds it just then: only where the transaction holds no other delivery.
        """
        slack_time = self.slack.time.now()
        # What is posted at a time that nobody knows could not be looked for.
        chosen = None if self.lines.stopped or slack_time is None else await self._next_open(session)
        if chosen is None or slack_time is None:
            return None
        taken = await deliveries.take(session, chosen, now=self.now(), slack_time=slack_time, waits=waits)
        if taken is not None and not await pace.spend(session, taken.team, paces.limits_of(taken), slack_time):
            await deliveries.put_back(session, taken)
            return None
        if taken is not None:
            taken.lane = chosen.lane
        return taken

    async def _next_open(self, session: AsyncSession) -> Delivery | None:
        # Slack's limits are counted by Slack's clock, which all replicas share.
        # One at a time of a lane: cards keep their order, and what Slack says of one holds for the next.
        lanes, full = self.lines.lanes, self.lines.full
        return await turns.next_open(session, self.now(), at=self.slack.time.now(), besides=lanes, full=full)

    async def _end_and_take(self, delivery: Delivery, end: Ending) -> Delivery | None:
        """Write down what became of one delivery and take the next, where it can be in one transaction."""
        if end.closes:
            await self._write_down(delivery, end)
            return await self._taken()
        async with self.sessions.writing() as session:
            await self._write(session, delivery, end)
            delivery.lane = None  # its end is known
            following = await self._take(session)
        self.lines.written_down(delivery)
        return following or await self._taken()

    async def _write_down(self, delivery: Delivery, end: Ending) -> None:
        async with self.sessions.writing() as session:
            known = await self._write(session, delivery, end)
        if known and end.refused is not None:
            # Apart: whoever closes a channel holds it before what is posted there.
            async with self.sessions.writing() as session:
                await self._shut(session, delivery, end.refused)
        self.lines.written_down(delivery)

    async def _write(self, session: AsyncSession, delivery: Delivery, end: Ending) -> bool:
        """False where somebody looked for it meanwhile, and knows better."""
        if end.drawn:
            await redraws.drawn(session, delivery.key, delivery.wanted, now=self.now())
            return True
        end = await self._if_needed(session, delivery, end)
        unheard = is_unheard(delivery, end)
        if unheard and delivery.draft_id is not None:
            await drafts.locked(session, delivery.draft_id)  # before what is posted of it, as everybody does
        if not await deliveries.finish(session, delivery, end.state, end.values, over=not end.may_come):
            return False
        if end.closes and (stored := await deliveries.held_one(session, delivery.id)) is not None:
            delivery.to = stored.to  # whoever it went to may be erased since
        if end.state == DeliveryState.FAILED:
            await threads.fail(session, delivery.id)
        if end.busy is not None:
            await self._slow_down(session, delivery, end.busy)
        if unheard:
            await notices.tell_leads(session, delivery.id, now=self.now())
        return True

    async def _if_needed(self, session: AsyncSession, delivery: Delivery, end: Ending) -> Ending:
        """A card that nobody needed when it was taken is posted after all where an undo came since."""
        if end.state != DeliveryState.CANCELLED or delivery.kind != DeliveryKind.CARD or delivery.draft_id is None:
            return end
        draft = await drafts.locked(session, delivery.draft_id)
        needed = draft is not None and draft.state == DraftState.OPEN
        return ending(DeliveryState.PENDING, due_at=self.now()) if needed else end

    async def _slow_down(self, session: AsyncSession, delivery: Delivery, seconds: float) -> None:
        """Nobody calls the method there until Slack takes more; in no channel, where it asks for long."""
        since, method = self._by_slack(), paces.method_of(delivery)
        for place in paces.closed_by(delivery, seconds):
            await pace.close(session, delivery.team, method, place, since=since, until=since + seconds)

    async def _shut(self, session: AsyncSession, delivery: Delivery, refused: NotNow) -> None:
        """Remember that nothing can be posted there, so that what goes there waits, or goes elsewhere."""
        word, now = str(refused), self.now()
        if word in REMOVED:
            await self._remove(session, delivery, word)
        elif word in CLOSED:
            seen = CLOSED[word]
            await channel_life.learn(session, team=delivery.team, slack_id=delivery.to, seen=seen, now=now)
        else:
            place = paces.EVERYWHERE if refused.everywhere else delivery.to
            since, wait = self._by_slack(), (due_again(delivery, now) - now).total_seconds()
            await pace.close(session, delivery.team, pace.EVERY, place, since=since, until=since + wait)

    async def _remove(self, session: AsyncSession, delivery: Delivery, word: str) -> None:
        """Unless the workspace has installed the app since, and it was the old token that Slack refused."""
        await channels.held_workspace(session, delivery.team)  # first, as by an installation: they may happen at once
        began, now = delivery.started_at or self.now(), self.now()
        if not await installations.made_after(session, delivery.team, began):
            await channels.remove_workspace(session, delivery.team, now)
            if word in ENDED and self.slack.whose is None:  # that of the environment may be another workspace's
                await channels.presume_uninstalled(session, delivery.team, now)

    def _by_slack(self) -> float:
        return self.slack.time.now() or self.now().timestamp()

    async def _hasten(self) -> None:
        """What waits by a clock that was set back is due in a minute at the latest."""
        async with self.sessions.writing() as session:
            await deliveries.hasten_all(session, self.now() + A_MINUTE)


def _not_turned(channel_id: int, error: Exception) -> None:
    log.error("what goes to a closed channel waits there", channel=channel_id, exc_info=error)
