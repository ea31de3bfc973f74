"""An ML engineer's machine that keeps a copy of all labels, page by page, and reads gold; what fails it asks anew."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx

from tests.faults.calls import Caller
from tests.house import SUPPORT

PAGES = (7, 50, 200)  # rows
GOLD, LABELS = "gold", "labels"
Row = Mapping[str, Any]
Name = tuple[int, str, int]  # draft, agent, revision


@dataclass(eq=False)
class Engineer(Caller):
    """`read` and `asked` count answers that came with rows, and requests, by what they were for."""

    copy: dict[Name, Row] = field(default_factory=dict)
    graves: set[int] = field(default_factory=set)
    resume: int = 0
    read: "Counter[str]" = field(default_factory=Counter)
    asked: "Counter[str]" = field(default_factory=Counter)
    often: ClassVar[tuple[float, float]] = (1.0, 4.0)

    async def acts(self) -> None:
        try:
            await (self.reads_on() if self.chance.random() < 0.7 else self.reads_gold())
        except httpx.HTTPError:
            return  # what came is kept; next time it is read again

    async def reads_on(self) -> None:
        """From where the last reading said that this one has to begin."""
        self.resume = await self._reads(self.resume, self.copy)

    async def reads_everything(self) -> dict[Name, Row]:
        """A copy of its own, from the start."""
        fresh = dict[Name, Row]()
        await self._reads(0, fresh)
        return fresh

    async def reads_gold(self, form: str = "trl-sft") -> list[Row]:
        """The whole stream. Raises httpx.HTTPError where it broke off."""
        self.asked[GOLD] += form != "erased"
        rows = _rows(await self._answer("gold", format=form))
        self.read[GOLD] += form != "erased"
        for draft, count in Counter(_about(row) for row in rows).items():
            if count > 1:
                self.ledger.differs(f"Gold, read as {form}, holds draft {draft} {count} times.")
        return rows

    async def _reads(self, begin: int, copy: dict[Name, Row]) -> int:
        """All pages; where the next reading begins."""
        limit, met, after = self.chance.choice(PAGES), Counter[Name](), str(begin)
        while True:
            self.asked[LABELS] += 1
            answer = await self._answer("labels", after=after, limit=limit)
            names = self._keeps(_rows(answer), copy)
            self.read[LABELS] += bool(names)
            met.update(names)
            if "X-Next-After" not in answer.headers:
                break
            after = answer.headers["X-Next-After"]
        for name, count in met.items():
            if count > 1:
                self.ledger.differs(f"One reading of labels told {count} times of {named(name)}.")
        return int(answer.headers["X-Resume-After"])

    def _keeps(self, rows: Sequence[Row], copy: dict[Name, Row]) -> list[Name]:
        names = []
        for row in rows:
            if row.get("erased"):
                self.graves.add(row["draft"])
                for name in [one for one in copy if one[0] == row["draft"]]:
                    del copy[name]
            else:
                names.append((row["draft"], row["agent"], row["revision"]))
                copy[names[-1]] = row
        return names

    async def _answer(self, what: str, **query: str | int) -> httpx.Response:
        answer = await self.asks("GET", what, params={"channel": SUPPORT, **query})
        return answer.raise_for_status()


def named(name: Name) -> str:
    draft, agent, revision = name
    return f"answer {revision} of {agent} to draft {draft}"


def _rows(answer: httpx.Response) -> list[Row]:
    return [json.loads(line) for line in answer.text.splitlines()]


def _about(row: Row) -> int:
    return int(row["meta"]["draft"] if "meta" in row else row["draft"])
