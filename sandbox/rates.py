"""Slack's rate limits as token buckets on the sandbox's clock."""

import math
from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.refusals import Json, RateLimited


@dataclass(frozen=True)
class Rate:
    """`burst` calls at once, refilled at `per_second`; `key` names the argument that has its own bucket."""

    method: str
    burst: int
    per_second: float
    source: str
    key: str | None = None


def tier(method: str, per_minute: int, source: str) -> Rate:
    """So many a minute over the whole workspace; Slack promises at least as many."""
    return Rate(method, per_minute, per_minute / 60, source)


ROWS = (
    Rate("chat.postMessage", 3, 1.0, "rate-limits page: 1 per second per channel, bursts tolerated", key="channel"),
    tier("chat.postMessage", 300, "rate-limits page: several hundred per minute per workspace; ours: 300"),
    tier("chat.update", 50, "method page: Tier 3"),
    tier("chat.delete", 50, "method page: Tier 3"),
    tier("chat.postEphemeral", 100, "method page: Tier 4"),
    tier("chat.getPermalink", 300, "method page: special, hundreds per minute; ours: 300"),
    tier("auth.test", 300, "method page: special, hundreds per minute; ours: 300"),
    Rate("apps.connections.open", 10, 1 / 60, "method page: Tier 1, 1+ per minute; ten connections at once"),
    tier("oauth.v2.access", 100, "method page: Tier 4"),
    tier("auth.revoke", 50, "method page: Tier 3"),
    tier("apps.uninstall", 1, "method page: Tier 1, 1+ per minute"),
    tier("users.info", 100, "method page: Tier 4"),
    tier("users.list", 20, "method page: Tier 2"),
    tier("conversations.info", 50, "method page: Tier 3"),
    tier("conversations.members", 100, "method page: Tier 4"),
    tier("conversations.list", 20, "method page: Tier 2"),
    tier("conversations.history", 50, "method page: Tier 3; apps sold outside the Marketplace have 1 a minute"),
    tier("conversations.replies", 50, "method page: Tier 3; apps sold outside the Marketplace have 1 a minute"),
    tier("files.getUploadURLExternal", 100, "method page: Tier 4"),
    tier("files.completeUploadExternal", 100, "method page: Tier 4"),
    tier("views.open", 100, "method page: Tier 4"),
    tier("views.push", 100, "method page: Tier 4"),
    tier("views.update", 100, "method page: Tier 4"),
    tier("views.publish", 100, "method page: Tier 4"),
)
Bucket = tuple[Rate, str]


@dataclass
class Rates:
    clock: Clock
    on: bool = True
    _buckets: dict[Bucket, tuple[float, float]] = field(default_factory=dict)

    def spend(self, method: str, args: Json) -> None:
        """Raises RateLimited when a bucket of this call is empty; then nothing is taken from the others."""
        if not self.on:
            return
        buckets = [(rate, str(args.get(rate.key)) if rate.key else "") for rate in ROWS if rate.method == method]
        now = self.clock.now()
        for bucket in buckets:
            self._refill(bucket, now)
        waits = [self._wait(bucket) for bucket in buckets]
        if any(waits):
            raise RateLimited(max(waits))
        for bucket in buckets:
            self._buckets[bucket] = (self._buckets[bucket][0] - 1, now)

    def _refill(self, bucket: Bucket, now: float) -> None:
        rate = bucket[0]
        left, since = self._buckets.get(bucket, (float(rate.burst), now))
        self._buckets[bucket] = (min(float(rate.burst), left + max(0.0, now - since) * rate.per_second), now)

    def _wait(self, bucket: Bucket) -> int:
        """Whole seconds until there is something in it; 0: there is."""
        left = self._buckets[bucket][0]
        return 0 if left >= 1 - 1e-6 else max(1, math.ceil((1 - left) / bucket[0].per_second - 1e-6))
