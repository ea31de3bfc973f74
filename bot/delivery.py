"""The outbox is emptied: claim, send, write down what became of it; what is unclear is looked up, not repeated."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import channel_life, outbox, pictures
from bot.errors import AssayError, CannotDeliver, NotNow, SlackBusy, SlackUnclear
from bot.history import History, Window
from bot.pictures import Step
from bot.slack_calls import answered
from bot.slack_channels import ARCHIVED, GONE
from bot.surfaces import card as card_surface
from bot.surfaces.blocks import Message
from bot.surfaces.composed import plainer, to_send
from bot.waits import A_MINUTE, Watched
from bot.workspaces import Clients
from storage.engine import Sessions
from storage.models import Channel, Delivery, Draft
from storage.queries import channels, deliveries, drafts, writings
from storage.words import DeliveryKind, DeliveryState, DraftState

EVENT = "assay_delivery"
# Slack's history lags behind its posts: absent means absent only when a second, later look agrees.
LOOKS = (timedelta(seconds=5), timedelta(seconds=60))
SHORTEST_LOOK, LONGEST_LOOK = LOOKS[0], timedelta(hours=1)
STUCK = timedelta(minutes=2)
EARLIER = timedelta(seconds=5)  # clocks differ
AGAIN, AGAIN_AT_LEAST_EVERY = timedelta(seconds=10), timedelta(hours=1)
OFTEN = 5  # tries: what never arrives may be what Slack fails at
# Without their buttons these would be no use.
NEED_BLOCKS = (DeliveryKind.CARD, DeliveryKind.REDRAW)

# What Slack says of a channel, and of a workspace, in which nothing can be posted any more: those posts wait.
CLOSED = {"is_archived": ARCHIVED, "channel_not_found": GONE, "not_in_channel": GONE}
# Slack has been known to say invalid_auth for an hour to everybody, so that is asked again.
REMOVED = frozenset({"account_inactive", "token_revoked"})

log = structlog.get_logger()


@dataclass(frozen=True)
class Ending:
    """What became of a delivery that was tried."""

    state: DeliveryState
    values: Mapping[str, object]
    drawn: bool = False  # a redraw that was done, for what was wanted then
    refused: NotNow | None = None  # the place is closed, not the delivery wrong
    busy_until: datetime | None = None  # Slack takes no more of these in that place before


@dataclass(frozen=True)
class Courier:
    """Brings to Slack what the outbox holds."""

    sessions: Sessions
    slack: Clients
    now: Callable[[], datetime]
    history: History = field(init=False)
    clock: Watched = field(default_factory=Watched, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "history", History())

    async def deliver_due(self) -> int:
        """Send everything that is due and may be sent now; how many were tried."""
        if self.clock.set_back(self.now()):
            await self._hasten()
        return await self._deliver_from(await self._claim()) if await self._anything_due() else 0

    async def deliver_after(self, change: Callable[[AsyncSession], Awaitable[None]]) -> int:
        """Change the outbox, then send everything that is due; the first is claimed with the change."""
        async with self.sessions.writing() as session:
            await change(session)
            delivery = await deliveries.claim_next(session, self.now())
        return await self._deliver_from(delivery)

    async def _deliver_from(self, delivery: Delivery | None) -> int:
        tried = 0
        while delivery is not None:
            ending = await self._send(delivery)
            delivery = await self._end_and_claim(delivery, ending)
            tried += 1
        return tried

    async def look_up_unclear(self) -> int:
        """Look in the channel for what may have been posted; how many were looked for."""
        now = self.now()
        async with self.sessions.reading() as session:
            unclear = await deliveries.unclear(session, now=now, stuck_since=now - STUCK)
        for delivery in unclear:
            await self._look_up(delivery)
        return len(unclear)

    async def _hasten(self) -> None:
        """What waits by a clock that was set back is due in a minute at the latest."""
        async with self.sessions.writing() as session:
            await deliveries.hasten_all(session, self.now() + A_MINUTE)

    async def _anything_due(self) -> bool:
        # A look without the writer's lock: mostly there is nothing, and clicks want the lock.
        async with self.sessions.reading() as session:
            due = await deliveries.next_due(session)
        return due is not None and due <= self.now()

    async def _claim(self) -> Delivery | None:
        async with self.sessions.writing() as session:
            return await deliveries.claim_next(session, self.now())

    async def _end_and_claim(self, delivery: Delivery, ending: Ending) -> Delivery | None:
        """Write down what became of one delivery and take the next, in one transaction."""
        async with self.sessions.writing() as session:
            if ending.drawn:
                assert delivery.draft_id is not None
                await deliveries.drawn(session, delivery.draft_id, delivery.wanted)
            else:
                await self._write_down(session, delivery, ending)
            return await deliveries.claim_next(session, self.now())

    async def _write_down(self, session: AsyncSession, delivery: Delivery, ending: Ending) -> None:
        await deliveries.finish(session, delivery.id, ending.state, ending.values)
        if ending.busy_until is not None:
            await deliveries.slow_down(session, delivery, until=ending.busy_until)
        if ending.refused is not None:
            await self._shut(session, delivery, ending.refused)
        if _unheard(delivery, ending):
            channel = await channels.get(session, delivery.channel_id)
            await outbox.alarm(session, channel, delivery, now=self.now())

    async def _send(self, delivery: Delivery) -> Ending:
        try:
            if delivery.kind == DeliveryKind.REDRAW:
                return await self._redraw(delivery)
            return await self._post(delivery)
        except SlackBusy as busy:
            later = self.now() + timedelta(seconds=busy.seconds)
            return Ending(DeliveryState.PENDING, {"due_at": later}, busy_until=later)
        except SlackUnclear as unclear:
            return self._unclear(delivery, str(unclear))
        except NotNow as refused:
            log.warning("delivery waits", delivery=delivery.key, error=str(refused))
            if delivery.is_direct and str(refused) in CLOSED:
                return _ending(DeliveryState.FAILED, error=str(refused))  # whoever left cannot be told
            # What is closed is not asked again: it is told when that changes.
            known = str(refused) in CLOSED or str(refused) in REMOVED
            wait = {} if known else {"due_at": self._later(delivery)}
            return Ending(DeliveryState.PENDING, {"error": str(refused), **wait}, refused=refused)
        except CannotDeliver as refused:
            log.warning("delivery refused", delivery=delivery.key, error=str(refused))
            return _ending(DeliveryState.FAILED, error=str(refused))

    async def _shut(self, session: AsyncSession, delivery: Delivery, refused: NotNow) -> None:
        """Remember that nothing can be posted there, so that what goes there waits, or goes elsewhere."""
        channel, word = await channels.get(session, delivery.channel_id), str(refused)
        if word in REMOVED:
            await channels.remove_workspace(session, channel.team, self.now())
        elif word in CLOSED:
            seen = CLOSED[word]
            await channel_life.learn(session, team=channel.team, slack_id=delivery.to, seen=seen, now=self.now())
        else:
            to = None if refused.everywhere else delivery.to
            await deliveries.hold(session, to, until=self._later(delivery), error=word)

    async def _post(self, delivery: Delivery) -> Ending:
        message, thread = await self._message(delivery)
        if message is None:
            return _ending(DeliveryState.CANCELLED)
        step = await pictures.prepared(await self._client(delivery), message)
        if step is not None:
            return self._next(step)
        try:
            return await self._say(delivery, to_send(message), thread)
        except NotNow:
            raise
        except CannotDeliver as refused:
            step = None if delivery.kind in NEED_BLOCKS else pictures.refused(message)
            if step is None:
                raise
            log.warning("posted plainer", delivery=delivery.key, error=str(refused))
            return self._next(step)

    def _next(self, step: Step) -> Ending:
        """A step on the way is written down, so that whoever goes on goes on from there."""
        return _ending(DeliveryState.PENDING, body=step.message, due_at=self.now() + step.wait)

    async def _say(self, delivery: Delivery, message: Message, thread: str | None) -> Ending:
        metadata = {"event_type": EVENT, "event_payload": {"delivery": delivery.id}}
        slack = await self._client(delivery)
        answer = await answered(
            slack.chat_postMessage(
                channel=delivery.to,
                thread_ts=thread,
                metadata=metadata,
                unfurl_links=False,
                unfurl_media=False,
                **message,
            )
        )
        return _ending(DeliveryState.SENT, ts=answer["ts"], error=None)

    async def _redraw(self, delivery: Delivery) -> Ending:
        assert delivery.draft_id is not None
        async with self.sessions.reading() as session:
            posted = await deliveries.card(session, delivery.draft_id)
            message = await self._card(session, *await drafts.with_channel(session, delivery.draft_id))
        if posted is not None and posted.state in (DeliveryState.SENDING, DeliveryState.AMBIGUOUS):
            # Its card is on the way, drawn before the change: there is nothing to draw over yet.
            return _ending(DeliveryState.PENDING, due_at=self.now() + AGAIN)
        if posted is not None and posted.ts is not None:
            slack = await self._client(delivery)
            await answered(slack.chat_update(channel=posted.to, ts=posted.ts, **message))
        return Ending(DeliveryState.SENT, {}, drawn=True)

    async def _message(self, delivery: Delivery) -> tuple[Message | None, str | None]:
        """What to show now (None: a card that nobody needs any more), and the thread to show it in."""
        async with self.sessions.reading() as session:
            parent = await deliveries.get(session, delivery.parent) if delivery.parent else None
            if delivery.body is not None:
                return delivery.body, parent.ts if parent else None
            assert delivery.draft_id is not None
            draft, channel = await drafts.with_channel(session, delivery.draft_id)
            needed = draft.state == DraftState.OPEN
            return await self._card(session, draft, channel) if needed else None, None

    async def _card(self, session: AsyncSession, draft: Draft, channel: Channel) -> Message:
        assert draft.id is not None
        in_vain = draft.text is None and await writings.failed(session, draft.id)
        return card_surface.draw(draft, guideline=channel.guideline, asked_in_vain=in_vain)

    def _unclear(self, delivery: Delivery, error: str) -> Ending:
        """What does no harm is repeated; any other post is looked for first."""
        if _is_repeatable(delivery):
            return _ending(DeliveryState.PENDING, due_at=self._later(delivery), error=error)
        return _ending(DeliveryState.AMBIGUOUS, due_at=self.now() + LOOKS[0], looks=0, error=error)

    def _later(self, delivery: Delivery) -> datetime:
        """When to try again: later each time, and at least every hour, without end."""
        wait = AGAIN * (1 << min(delivery.attempts - 1, 16))
        return self.now() + min(wait, AGAIN_AT_LEAST_EVERY)

    async def _look_up(self, delivery: Delivery) -> None:
        if _is_repeatable(delivery):
            await self._finish(delivery, DeliveryState.PENDING, due_at=self.now())
            return
        try:
            ts = await self.history.find(await self._client(delivery), delivery.id, await self._window(delivery))
        except SlackBusy as busy:
            await self._finish(delivery, DeliveryState.AMBIGUOUS, due_at=self.now() + timedelta(seconds=busy.seconds))
        except CannotDeliver as refused:
            await self._not_seen(delivery, refused)
        except AssayError:
            await self._finish(delivery, DeliveryState.AMBIGUOUS, due_at=self._next_look(delivery))
        else:
            await self._found(delivery, ts)

    async def _not_seen(self, delivery: Delivery, refused: CannotDeliver) -> None:
        if isinstance(refused, NotNow) and str(refused) != "missing_scope":
            await self._finish(delivery, DeliveryState.AMBIGUOUS, due_at=self._next_look(delivery), error=str(refused))
            return
        # Without the history scope nobody can tell: posting again might post twice.
        log.warning("delivery uncertain", delivery=delivery.key, error=str(refused))
        await self._finish(delivery, DeliveryState.FAILED, error=f"Delivery uncertain: {refused}.")

    def _next_look(self, delivery: Delivery) -> datetime:
        """Once more when as long again has passed as since the post."""
        assert delivery.started_at is not None
        waited = self.now() - delivery.started_at
        return self.now() + min(max(waited, SHORTEST_LOOK), LONGEST_LOOK)

    async def _found(self, delivery: Delivery, ts: str | None) -> None:
        looks = delivery.looks + 1
        if ts is not None:
            await self._finish(delivery, DeliveryState.SENT, ts=ts, error=None)
        elif looks < len(LOOKS):
            await self._finish(delivery, DeliveryState.AMBIGUOUS, due_at=self.now() + LOOKS[looks], looks=looks)
        else:
            await self._finish(delivery, DeliveryState.PENDING, due_at=self.now(), looks=0, **_with_less(delivery))

    async def _window(self, delivery: Delivery) -> Window:
        """Where the delivery's message stands, if it was posted."""
        assert delivery.started_at is not None
        thread = await self._thread(delivery)
        async with self.sessions.reading() as session:
            channel = await channels.get(session, delivery.channel_id)
            workspace = await channels.workspace(session, channel.team)
        ours = workspace.bot_user if workspace else None
        return Window(delivery.to, thread, delivery.started_at - EARLIER, delivery.started_at + STUCK, ours)

    async def _thread(self, delivery: Delivery) -> str | None:
        if delivery.parent is None:
            return None
        async with self.sessions.reading() as session:
            parent = await deliveries.get(session, delivery.parent)
        return parent.ts if parent else None

    async def _client(self, delivery: Delivery) -> AsyncWebClient:
        """The client of the workspace that the delivery goes to."""
        async with self.sessions.reading() as session:
            team = (await channels.get(session, delivery.channel_id)).team
        return await self.slack.of(team)

    async def _finish(self, delivery: Delivery, state: DeliveryState, **values: object) -> None:
        async with self.sessions.writing() as session:
            await self._write_down(session, delivery, _ending(state, **values))


def _ending(state: DeliveryState, **values: object) -> Ending:
    return Ending(state, values)


def _is_repeatable(delivery: Delivery) -> bool:
    """Done twice it does no harm, not done it would: no look decides whether it goes again."""
    return delivery.kind == DeliveryKind.REDRAW or delivery.is_direct


def _with_less(delivery: Delivery) -> dict[str, object]:
    """What Slack failed at so often is tried with fewer blocks: they may be what it fails at."""
    less = plainer(delivery.body) if delivery.body is not None and delivery.attempts >= OFTEN else None
    return {} if less is None else {"body": less}


def _unheard(delivery: Delivery, ending: Ending) -> bool:
    """Whether nobody was told that a human must act, and others can be reached."""
    held = ending.refused is not None and not ending.refused.everywhere and str(ending.refused) not in CLOSED
    lost = ending.state == DeliveryState.FAILED or held
    return delivery.kind == DeliveryKind.NOTICE and not delivery.is_direct and lost
