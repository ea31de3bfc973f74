"""Whoever asked to be told by webhook: takes what comes, and now and then fails, also after it took a message."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook as Judge

from tests.faults.balancer import broken
from tests.faults.clock import SharedClock
from tests.faults.console import assay
from tests.faults.ledger import Ledger
from tests.receiver import Receiver

KINDS = REFUSED, UNANSWERED = "webhooks refused", "webhooks unanswered"  # what strikes here, in the counts, in turn
FAILS = 0.08  # how often, of all that comes, and with the first messages surely; then it is left alone for seconds
MOST_FAILURES = 2  # of one message: a third wait would take half an hour
PATIENCE = timedelta(days=1)  # of failing, in which nights go by: after three days nothing is sent any more
LOOPBACK = {"ASSAY_ALLOW_PRIVATE_URLS": "127.0.0.0/8"}


@dataclass
class Subscriber(Receiver):
    """`ledger` hears of what no receiver may meet, `struck` counts what failed here."""

    chance: random.Random = field(default_factory=random.Random)
    ledger: Ledger = field(default_factory=Ledger)
    clock: SharedClock | None = None
    struck: "Counter[str]" = field(default_factory=Counter)
    secret: str = ""
    fails: float = FAILS
    failed: "Counter[str]" = field(default_factory=Counter)  # by the message's id
    failing_since: datetime | None = None

    async def subscribes(self, settings: Mapping[str, str]) -> None:
        said = await assay(settings, "webhooks", "create", self.url, "--channel", "support")
        self.secret = next(word for word in said.split() if word.startswith("whsec_"))

    async def take(self, request: web.Request) -> web.StreamResponse:
        answer = await super().take(request)
        headers, body = self.came[-1]
        self._checks(headers, body)
        message = headers["webhook-id"]
        if not self._fails(message):
            self.failing_since = None
            return answer
        self.failed[message] += 1
        kind = min(KINDS, key=self.struck.__getitem__)
        self.struck[kind] += 1
        return broken(request) if kind == UNANSWERED else web.Response(status=500)

    def messages(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each with its id, as often as it came."""
        yield from zip(self.ids, self.told, strict=True)

    def _checks(self, headers: Mapping[str, str], body: bytes) -> None:
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        if headers["webhook-signature"] != Judge(self.secret).sign(headers["webhook-id"], at, body.decode()):
            self.ledger.differs(f"A webhook came with a wrong signature: {body.decode()}.")
        if b"parcel" in body:  # it stands in all that customers and models write
            self.ledger.differs(f"A webhook told somebody's words: {body.decode()}.")

    def _fails(self, message: str) -> bool:
        assert self.clock is not None
        now = self.clock.now()
        since = self.failing_since or now
        if self.failed[message] >= MOST_FAILURES or now - since > PATIENCE:
            return False
        if all(self.struck[kind] for kind in KINDS) and self.chance.random() >= self.fails:
            return False
        self.failing_since = since
        return True
