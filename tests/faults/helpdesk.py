"""A helpdesk that sends drafts and, where the answer fails, sends them again: some twice, some out of order."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx

from tests.faults import tickets
from tests.faults.calls import Caller

WAITING = 12  # drafts that nobody has looked at: more than the cards that may be open
PAUSE = 0.1
WITHDRAWS, RECENT = 0.02, 20  # how often, and of how many of the last drafts one
ACCEPTED = ("created", "exists")
CONFLICT = 409


@dataclass(eq=False)
class Helpdesk(Caller):
    made: int = 0
    unsure: list[dict[str, Any]] = field(default_factory=list)  # sent, and nobody knows whether they arrived
    repeated: int = 0
    often: ClassVar[tuple[float, float]] = (PAUSE, PAUSE)

    async def acts(self) -> None:
        if len(self.ledger.unseen()) < WAITING:
            await self.sends(self._fresh(self.chance.randint(1, 3)))
        elif self.unsure:
            await self.sends([])
        if self.chance.random() < WITHDRAWS and self.ledger.accepted:
            lately = [*self.ledger.accepted.values()][-RECENT:]
            await self.withdraws(self.chance.choice(lately))

    async def withdraws(self, draft: int) -> None:
        """A customer has called meanwhile; asked for again and again until it is so."""
        self.ledger.withdrawals.setdefault(draft, False)
        if await self.insists(f"drafts/{draft}/withdraw", unless=lambda: draft in self.ledger.erasures):
            self.ledger.withdrawals[draft] = True

    async def finishes(self) -> None:
        """Until every draft is known to have arrived."""
        while self.unsure:
            await self.sends([])
            await asyncio.sleep(PAUSE)

    async def sends(self, fresh: Sequence[Mapping[str, Any]]) -> None:
        again, self.unsure = self.unsure[:20], self.unsure[20:]
        bodies = [*map(dict, fresh), *again]
        standing = [name for name, draft in self.ledger.accepted.items() if draft not in self.ledger.erasures]
        if standing and self.chance.random() < 0.3:
            known = self.chance.choice(standing)
            bodies.append(tickets.body(int(known.removeprefix("ticket-"))))
            self.repeated += 1
        self.chance.shuffle(bodies)
        try:
            answers = await self._answers(bodies)
        except (httpx.HTTPError, ValueError):
            answers = []
        self._notes(bodies, answers)

    async def _answers(self, bodies: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        if len(bodies) == 1:
            answer = await self.asks("POST", "drafts", json=bodies[0])
            if answer.status_code == CONFLICT:
                return [{"status": "conflict"}]
            return [answer.json()] if answer.is_success else []
        if self.chance.random() < 0.5:
            answer = await self.asks("POST", "drafts", json=bodies)
            return list(answer.json()) if answer.is_success else []
        lines = "".join(json.dumps(one) + "\n" for one in bodies)
        ndjson = {"Content-Type": "application/x-ndjson"}
        answer = await self.asks("POST", "drafts", content=lines, headers=ndjson)
        return [json.loads(line) for line in answer.text.splitlines()] if answer.is_success else []

    def _notes(self, bodies: Sequence[dict[str, Any]], answers: Sequence[Mapping[str, Any]]) -> None:
        """Each answer stands in its draft's place; what got none is sent again."""
        for place, body in enumerate(bodies):
            answer = answers[place] if place < len(answers) else {}
            name = str(body["external_id"])
            if answer.get("status") not in ACCEPTED:
                if answer.get("status") == "conflict":
                    self.ledger.differs(f"The equal draft {name} was called a conflict.")
                elif name not in self.ledger.accepted:
                    self.unsure.append(body)
                continue
            known = self.ledger.accepted.setdefault(name, int(answer["id"]))
            if known != int(answer["id"]):
                self.ledger.differs(f"{name} was taken as draft {known}, then as draft {answer['id']}.")

    def _fresh(self, count: int) -> list[dict[str, Any]]:
        self.made += count
        return [tickets.body(number) for number in range(self.made - count, self.made)]
