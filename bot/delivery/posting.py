"""One delivery is sent to Slack, and what came of it is known, or known to be unclear."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import pictures
from bot.delivery.endings import CLOSED, NEED_BLOCKS, REMOVED, Ending, due_again, ending, is_repeatable, unclear
from bot.errors import CannotDeliver, NotNow, SlackBusy, SlackUnclear
from bot.pictures import Step
from bot.slack_calls import answered
from bot.surfaces import card as card_surface
from bot.surfaces.blocks import Message
from bot.surfaces.composed import to_send
from bot.workspaces import Clients
from storage.engine import Sessions
from storage.errors import DatabaseAway
from storage.models import Channel, Delivery, Draft
from storage.queries import deliveries, drafts, writings
from storage.words import DeliveryKind, DeliveryState, DraftState

EVENT = "assay_delivery"
# Slack's history lags behind its posts: absent means absent only when a second, later look agrees.
FIRST_LOOK = timedelta(seconds=5)
SOON = timedelta(seconds=10)
# A process that slept for so long after it took something does not send it: others may have looked for it meanwhile.
LATE = timedelta(seconds=15)

log = structlog.get_logger()


@dataclass(frozen=True)
class Poster:
    """Sends what was taken out of the outbox."""

    sessions: Sessions
    slack: Clients
    now: Callable[[], datetime]

    async def send(self, delivery: Delivery) -> Ending:
        """Every outcome is an ending."""
        try:
            slack = await self.slack.of(delivery.team)
            return await self._refusable(delivery, slack)
        except SlackBusy as busy:
            later = self.now() + timedelta(seconds=busy.seconds)
            return Ending(DeliveryState.PENDING, {"due_at": later, "error": None}, busy=busy.seconds)
        except SlackUnclear as error:
            return self._unclear(delivery, str(error))
        except DatabaseAway:  # it is read before Slack is asked, or when Slack has refused: nothing was posted
            return ending(DeliveryState.PENDING, due_at=self.now())
        except NotNow as refused:
            return self._not_now(delivery, refused)
        except CannotDeliver as refused:
            log.warning("delivery refused", delivery=delivery.key, error=str(refused))
            return ending(DeliveryState.FAILED, error=str(refused))

    async def _refusable(self, delivery: Delivery, slack: AsyncWebClient) -> Ending:
        try:
            if delivery.kind == DeliveryKind.REDRAW:
                return await self._redraw(delivery, slack)
            if delivery.kind == DeliveryKind.ERASURE:
                return await self._take_out(delivery, slack)
            return await self._post(delivery, slack)
        except NotNow as refused:
            if str(refused) not in REMOVED or (await self.slack.of(delivery.team)).token == slack.token:
                raise
            # The app was installed again meanwhile: only the old token is dead.
            return ending(DeliveryState.PENDING, due_at=self.now())

    def _not_now(self, delivery: Delivery, refused: NotNow) -> Ending:
        log.warning("delivery waits", delivery=delivery.key, error=str(refused))
        if delivery.is_direct and str(refused) in CLOSED:
            return ending(DeliveryState.FAILED, error=str(refused))  # whoever left cannot be told
        # What is closed is not asked again: it is told when that changes.
        known = str(refused) in CLOSED or str(refused) in REMOVED
        wait = {} if known else {"due_at": due_again(delivery, self.now())}
        return Ending(DeliveryState.PENDING, {"error": str(refused), **wait}, refused=refused)

    def _unclear(self, delivery: Delivery, error: str) -> Ending:
        """What does no harm is repeated; any other post is looked for first."""
        if is_repeatable(delivery):
            return unclear(DeliveryState.PENDING, due_at=due_again(delivery, self.now()), error=error)
        return unclear(DeliveryState.AMBIGUOUS, due_at=self.now() + FIRST_LOOK, looks=0, error=error)

    async def _post(self, delivery: Delivery, slack: AsyncWebClient) -> Ending:
        message, thread = await self._message(delivery)
        if message is None:
            return ending(DeliveryState.CANCELLED)
        step = await pictures.prepared(slack, message)
        if step is not None:
            return self._next(step)
        try:
            return await self._say(delivery, slack, to_send(message), thread)
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
        return ending(DeliveryState.PENDING, body=step.message, due_at=self.now() + step.wait)

    async def _say(self, delivery: Delivery, slack: AsyncWebClient, message: Message, thread: str | None) -> Ending:
        assert delivery.started_at is not None
        if self.now() - delivery.started_at > LATE:
            return ending(DeliveryState.PENDING, due_at=self.now())
        metadata = {"event_type": EVENT, "event_payload": {"delivery": delivery.id}}
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
        ts, place = answer.get("ts"), answer.get("channel")
        if not (isinstance(ts, str) and isinstance(place, str)):
            raise SlackUnclear("Slack did not say where it stands.")
        return ending(DeliveryState.SENT, ts=ts, posted_in=place, error=None)

    async def _take_out(self, delivery: Delivery, slack: AsyncWebClient) -> Ending:
        """Delete the message that shows what was erased, or show what is left of it in its place."""
        async with self.sessions.reading() as session:
            posted = await deliveries.get(session, delivery.parent) if delivery.parent else None
        if posted is None or posted.ts is None:
            return ending(DeliveryState.CANCELLED)
        place = posted.posted_in or posted.to
        try:
            if delivery.body is None or posted.body is None:
                await answered(slack.chat_delete(channel=place, ts=posted.ts))
            else:
                # As it is now: another erasure may have taken more out of it since this one was asked for.
                await answered(slack.chat_update(channel=place, ts=posted.ts, **to_send(posted.body)))
        except CannotDeliver as refused:
            if str(refused) != "message_not_found":  # then it is gone already
                raise
        return ending(DeliveryState.SENT, body=None, error=None)

    async def _redraw(self, delivery: Delivery, slack: AsyncWebClient) -> Ending:
        if delivery.parent is not None:
            return await self._reword(delivery.parent, slack)
        assert delivery.draft_id is not None
        async with self.sessions.reading() as session:
            posted = await deliveries.card(session, delivery.draft_id)
            found = await drafts.find_with_channel(session, delivery.draft_id)
            if found is None:  # erased meanwhile
                return Ending(DeliveryState.SENT, {}, drawn=True)
            message = await self._card(session, *found)
        if posted is not None and posted.state in (DeliveryState.SENDING, DeliveryState.AMBIGUOUS):
            # Its card is on the way, drawn before the change: there is nothing to draw over yet.
            return ending(DeliveryState.PENDING, due_at=self.now() + SOON)
        if posted is not None and posted.ts is not None:
            await answered(slack.chat_update(channel=posted.to, ts=posted.ts, **message))
        return Ending(DeliveryState.SENT, {}, drawn=True)

    async def _reword(self, notice: str, slack: AsyncWebClient) -> Ending:
        """Show what a notice says now."""
        async with self.sessions.reading() as session:
            posted = await deliveries.get(session, notice)
        if posted is not None and posted.ts is not None and posted.body is not None:  # else it was erased meanwhile
            place = posted.posted_in or posted.to
            await answered(slack.chat_update(channel=place, ts=posted.ts, **to_send(posted.body)))
        return Ending(DeliveryState.SENT, {}, drawn=True)

    async def _message(self, delivery: Delivery) -> tuple[Message | None, str | None]:
        """What to show now (None: a card that nobody needs any more), and the thread to show it in."""
        async with self.sessions.reading() as session:
            parent = await deliveries.get(session, delivery.parent) if delivery.parent else None
            if delivery.body is not None:
                return delivery.body, parent.ts if parent else None
            found = await drafts.find_with_channel(session, delivery.draft_id or 0)
            needed = found is not None and found[0].state == DraftState.OPEN
            return await self._card(session, *found) if found is not None and needed else None, None

    async def _card(self, session: AsyncSession, draft: Draft, channel: Channel) -> Message:
        assert draft.id is not None
        in_vain = draft.text is None and await writings.failed(session, draft.id)
        return card_surface.draw(draft, guideline=channel.guideline, asked_in_vain=in_vain)
