"""Slack's rate limits as token buckets on the sandbox's clock."""

import math
from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.refusals import Json, RateLimited


@dataclass(frozen=True)
class Rate:
    """`burst` calls at once, refilled at `per_second`; `key` names the argument that has its own bucket."""

    burst: int
    per_second: float
    key: str | None
    source: str


RATES = {
    "chat.postMessage": Rate(3, 1.0, "channel", "rate-limits page: 1 per second per channel, bursts tolerated"),
    "apps.connections.open": Rate(10, 1 / 60, None, "method page: Tier 1, 1+ per minute; ten connections at once"),
    "chat.update": Rate(50, 50 / 60, None, "method page: Tier 3, 50+ per minute"),
}


@dataclass
class Rates:
    clock: Clock
    on: bool = True
    _buckets: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def spend(self, method: str, args: Json) -> None:
        """Raises RateLimited when the bucket of this call is empty."""
        rate = RATES.get(method)
        if rate is None or not self.on:
            return
        bucket = (method, str(args.get(rate.key)) if rate.key else "")
        now = self.clock.now()
        left, since = self._buckets.get(bucket, (float(rate.burst), now))
        left = min(float(rate.burst), left + max(0.0, now - since) * rate.per_second)
        if left < 1 - 1e-6:
            self._buckets[bucket] = (left, now)
            raise RateLimited(max(1, math.ceil((1 - left) / rate.per_second - 1e-6)))
        self._buckets[bucket] = (left - 1, now)
