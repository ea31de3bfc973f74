"""Events to the bot: what it subscribed to, in channels it is in, tried again as Slack tries."""

import asyncio
from dataclasses import dataclass, field

from sandbox import sending
from sandbox.refusals import Json
from sandbox.workspace import Channel
from sandbox.world import World

LAST = frozenset({"app_uninstalled", "tokens_revoked"})  # what an app hears that is installed no more
PAUSES = (0.0, 60.0, 300.0)  # at once, about a minute, about five minutes after the first attempt


@dataclass(eq=False)
class Delivery:
    """One event that the bot has not taken yet; `attempt` is the number of the next retry."""

    body: Json
    due: float
    reason: str
    first: float
    attempt: int = 1


@dataclass
class Events:
    """What the app hears of one workspace. Retries wait for the clock; with a real clock they come by themselves.

    `pauses` are seconds from the first attempt to each retry.
    """

    world: World
    pauses: tuple[float, ...] = PAUSES
    waiting: list[Delivery] = field(default_factory=list)

    async def tell(self, kind: str, event: Json, channel: Channel | None = None) -> None:
        """Sends the event and, when it fails, the retry that comes at once."""
        if not self._wanted(kind, channel):
            return
        world = self.world
        number = next(world.stage.numbers)
        now = world.clock.now()
        body: Json = {
            "token": "not-used",
            "team_id": _happened_in(world, event, channel),
            "context_team_id": world.team.id,
            "api_app_id": world.app.app_id,
            "event": {**event, "type": kind, "event_ts": f"{now:.6f}"},
            "type": "event_callback",
            "event_id": f"Ev{number:010d}",
            "event_time": int(now),
            "authorizations": [_authorization(world)],
            "is_ext_shared_channel": channel is not None and world.workspace.is_shared(channel),
        }
        failure = await self._attempt(body, {})
        if failure:
            await self._again(Delivery(body, now, failure, now))

    def _wanted(self, kind: str, channel: Channel | None) -> bool:
        world = self.world
        if kind not in world.app.events or not world.app.is_reachable:
            return False
        if kind not in LAST and not world.is_installed:
            return False
        if channel is None:
            return True
        scope = "channels:read" if channel.kind == "public" else "groups:read"
        return scope in world.app.may(world.team.id)

    async def _attempt(self, body: Json, retry: dict[str, str]) -> str | None:
        """What went wrong, in Slack's words; None: taken, or not to be tried again."""
        entry = self.world.traffic.add("sandbox", "event", body["event"]["type"], {**body, **retry})
        reply = await sending.send_event(self.world, entry, body, retry)
        return None if reply.headers.get("X-Slack-No-Retry") == "1" else reply.failure

    async def _again(self, delivery: Delivery) -> None:
        headers = {"X-Slack-Retry-Num": str(delivery.attempt), "X-Slack-Retry-Reason": delivery.reason}
        failure = await self._attempt(delivery.body, headers)
        if failure is None or delivery.attempt == len(self.pauses):
            return
        delivery.reason, delivery.due = failure, delivery.first + self.pauses[delivery.attempt]
        delivery.attempt += 1
        self.waiting.append(delivery)
        if self.world.clock.is_real:
            self.world.stage.later(self._in_time(delivery))

    async def _in_time(self, delivery: Delivery) -> None:
        while delivery in self.waiting:
            await asyncio.sleep(max(0.0, delivery.due - self.world.clock.now()))
            await self.retry()

    async def retry(self, *, all_now: bool = False) -> int:
        """Sends every retry that is due (`all_now`: every one that waits) and says how many there were."""
        now = self.world.clock.now()
        due = [each for each in self.waiting if all_now or each.due <= now]
        self.waiting = [each for each in self.waiting if each not in due]
        for delivery in due:
            await self._again(delivery)
        return len(due)


def _happened_in(world: World, event: Json, channel: Channel | None) -> str:
    """Of a shared channel Slack tells the workspace where something happened, be the app installed there or not.

    Which installation hears of it, `authorizations` says.
    """
    if channel is None or not world.workspace.is_shared(channel):
        return world.team.id
    actor = world.workspace.users.get(str(event.get("user")))
    return channel.host or (actor.team_id if actor else world.team.id)


def _authorization(world: World) -> Json:
    return {
        "enterprise_id": None,
        "team_id": world.team.id,
        "user_id": world.workspace.bot.id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
