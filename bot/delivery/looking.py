"""What may have been posted is looked for in its channel: repeated only where it is surely not there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from bot import paces
from bot.delivery.endings import Ending, ending, is_repeatable, unclear, with_less
from bot.errors import AssayError, CannotDeliver, NotNow, SlackBusy
from bot.history import History, Window
from bot.workspaces import Clients
from storage.engine import Sessions
from storage.models import Delivery
from storage.queries import channels, deliveries, pace
from storage.words import DeliveryState

# Slack's history lags behind its posts: absent means absent only when a second, later look agrees.
LOOKS = (timedelta(seconds=5), timedelta(seconds=60))
SHORTEST_LOOK, LONGEST_LOOK = LOOKS[0], timedelta(hours=1)
# By Slack's own clock a post comes between the first and the last of these. Slack says nowhere how late one may come:
# this is as long as it mostly takes until the look that decides. It mostly comes before the second, and that part of a
# busy channel stands on one page: so it is read first.
EARLIER, MOSTLY, LATER = timedelta(seconds=3), timedelta(seconds=2.5), timedelta(seconds=90)
OVERLAP = timedelta(seconds=1)
# Where Slack had not yet said what time it is.
BY_OUR_CLOCK = timedelta(minutes=10)

log = structlog.get_logger()


@dataclass(frozen=True)
class Looker:
    """Looks for deliveries in Slack's history."""

    sessions: Sessions
    slack: Clients
    now: Callable[[], datetime]
    history: History

    async def look(self, delivery: Delivery) -> Ending:
        """What is known of it now."""
        if is_repeatable(delivery):
            return unclear(DeliveryState.PENDING, due_at=self.now())
        try:
            await self._let_through(delivery)
            slack = await self.slack.of(delivery.team)
            windows, which = await self._windows(delivery), (delivery.attempts, delivery.looks)
            ts = await self.history.find(slack, delivery.id, windows, look=which)
        except SlackBusy as busy:
            await self._close(delivery, busy.seconds)
            return self._silent(self.now() + timedelta(seconds=busy.seconds))
        except CannotDeliver as refused:
            return self._not_seen(delivery, refused)
        except AssayError:
            return self._silent(self._next_look(delivery))
        return self._found(delivery, ts)

    def _silent(self, due_at: datetime) -> Ending:
        return Ending(DeliveryState.AMBIGUOUS, {"due_at": due_at}, silent=True)

    def _not_seen(self, delivery: Delivery, refused: CannotDeliver) -> Ending:
        if isinstance(refused, NotNow) and str(refused) != "missing_scope":
            return ending(DeliveryState.AMBIGUOUS, due_at=self._next_look(delivery), error=str(refused))
        # Without the history scope nobody can tell: posting again might post twice.
        log.warning("delivery uncertain", delivery=delivery.key, error=str(refused))
        return ending(DeliveryState.FAILED, error=f"Delivery uncertain: {refused}.")

    def _next_look(self, delivery: Delivery) -> datetime:
        """Once more when as long again has passed as since the post."""
        assert delivery.started_at is not None
        waited = self.now() - delivery.started_at
        return self.now() + min(max(waited, SHORTEST_LOOK), LONGEST_LOOK)

    def _found(self, delivery: Delivery, ts: str | None) -> Ending:
        looks = delivery.looks + 1
        if ts is not None:
            return ending(DeliveryState.SENT, ts=ts, error=None)
        if looks < len(LOOKS) or self._too_soon(delivery):
            return ending(DeliveryState.AMBIGUOUS, due_at=self.now() + LOOKS[-1], looks=min(looks, len(LOOKS) - 1))
        return ending(DeliveryState.PENDING, due_at=self.now(), looks=0, **with_less(delivery))

    def _too_soon(self, delivery: Delivery) -> bool:
        """By Slack's clock: ours may have been set forward since the post."""
        if delivery.slack_time is None:
            return False
        now = self.slack.time.now()
        return now is None or -pace.SLIGHTLY < now - delivery.slack_time < LOOKS[-1].total_seconds()

    async def _let_through(self, delivery: Delivery) -> None:
        """Raises SlackBusy where the workspace has read enough for now."""
        at, looks = self._at(), paces.LOOKS
        async with self.sessions.writing() as session:
            if not await pace.spend(session, delivery.team, [looks], at):
                raise SlackBusy(await pace.wait(session, delivery.team, looks.method, looks.place, at))

    async def _close(self, delivery: Delivery, seconds: float) -> None:
        at, place = self._at(), paces.LOOKS.place
        async with self.sessions.writing() as session:
            await pace.close(session, delivery.team, paces.LOOKS.method, place, since=at, until=at + seconds)

    def _at(self) -> float:
        return self.slack.time.now() or self.now().timestamp()

    async def _windows(self, delivery: Delivery) -> list[Window]:
        """Where the delivery's message stands, if it was posted; the likeliest first."""
        async with self.sessions.reading() as session:
            parent = await deliveries.get(session, delivery.parent) if delivery.parent else None
            workspace = await channels.workspace(session, delivery.team)
        ours, thread = workspace.bot_user if workspace else None, parent.ts if parent else None
        return [Window(delivery.to, thread, oldest, latest, ours) for oldest, latest in _when(delivery)]


def _when(delivery: Delivery) -> list[tuple[datetime, datetime]]:
    if delivery.slack_time is not None:
        began = datetime.fromtimestamp(delivery.slack_time, UTC)
        return [(began - EARLIER, began + MOSTLY), (began + MOSTLY - OVERLAP, began + LATER)]
    assert delivery.started_at is not None
    return [(delivery.started_at - BY_OUR_CLOCK, delivery.started_at + BY_OUR_CLOCK)]
