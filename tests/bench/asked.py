"""What leads ask of a database, and what its statements take."""

import time
from collections import defaultdict
from statistics import median
from typing import Any

from sqlalchemy import delete, event

from bot.digest import Editor
from bot.focus import Desk
from bot.home import admin, lead, stats
from bot.membership import Standing
from storage.engine import make_sessions
from storage.models import Delivery, Digest
from storage.queries import channels
from storage.queries._core import table_of
from storage.words import DeliveryKind
from tests.bench.lately import NOW
from tests.bench.prepared import AGENTS
from tests.bench.rounds import Figures
from tests.bench.sink import TEAM
from tests.bench.years import CHANNEL, LEAD

QUESTIONS = ("digest", "digest posted", "lead's Home", "/assay stats", "admin's Home")
PATIENCE = 60  # seconds: a slow statement is to be measured, not ended


class Reader:
    """Asks one prepared database; `statements` says how many seconds each has taken so far."""

    def __init__(self, url: str) -> None:
        self._sessions = make_sessions(url, patience=PATIENCE)
        self._editor = Editor(self._sessions, now=lambda: NOW)
        self.statements: dict[str, float] = defaultdict(float)
        self.engines = {self._sessions.reader.sync_engine, self._sessions.writer.sync_engine}
        for engine in self.engines:
            event.listen(engine, "before_cursor_execute", self._begins)
            event.listen(engine, "after_cursor_execute", self._ends)

    async def takes(self, question: str, *, times: int = 1) -> Figures:
        """Milliseconds to the answer, those of them in which a statement ran, and those of a processor in this process,
        SQLite's included: medians of some times."""
        asks = (self._day, self._posting, self._home, self._stats, self._administration)
        ask, taken = dict(zip(QUESTIONS, asks, strict=True))[question], []
        for _ in range(times):
            before = self._clocks()
            await ask()
            taken.append([after - began for began, after in zip(before, self._clocks(), strict=True)])
            await self._forget()
        middle = [median(one) * 1_000 for one in zip(*taken, strict=True)]
        return dict(zip(("ms", "SQL ms", "CPU ms"), middle, strict=True))

    def _clocks(self) -> tuple[float, ...]:
        return time.perf_counter(), sum(self.statements.values()), time.process_time()

    async def aclose(self) -> None:
        await self._sessions.close()

    async def _day(self) -> None:
        """A digest as text."""
        async with self._sessions.reading() as session:
            channel = await channels.get(session, CHANNEL)
        assert await self._editor.text(channel, NOW)

    async def _posting(self) -> None:
        """The digest that is due, found, made and put into the outbox."""
        assert await self._editor.post_due() == 1

    async def _home(self) -> None:
        """What a lead's Home shows."""
        async with self._sessions.reading() as session:
            desk = Desk(LEAD, await channels.active(session))
            assert (await lead.led(session, desk, team=TEAM, now=NOW)).people

    async def _stats(self) -> None:
        """`/assay stats` of a lead who reviews too."""
        async with self._sessions.reading() as session:
            channel = await channels.get(session, CHANNEL)
            await stats.of_channel(session, channel, Standing(True, True, False, True), AGENTS[20], NOW)

    async def _administration(self) -> None:
        """What an admin's Home shows."""
        async with self._sessions.reading() as session:
            await admin.workspace(session, TEAM, NOW)

    async def _forget(self) -> None:
        """Today's digest, so that it can be posted again."""
        spent = self.statements.copy()
        async with self._sessions.writing() as session:
            digests, deliveries = table_of(Digest), table_of(Delivery)
            today = (digests.c.channel_id == CHANNEL) & (digests.c.date == NOW.date())
            await session.exec(delete(digests).where(today))
            for kind in (DeliveryKind.FIGURES, DeliveryKind.DIGEST):
                await session.exec(delete(deliveries).where(deliveries.c.kind == kind))
        self.statements = spent

    def _begins(self, *_: Any) -> None:
        self._began = time.perf_counter()

    def _ends(self, _: Any, __: Any, statement: str, *___: Any) -> None:
        self.statements[statement] += time.perf_counter() - self._began


def grown_most(many: Reader, few: Reader, *, times: int) -> str:
    """The statement that took more in one database than in the other by most."""
    most = max(many.statements, key=lambda one: many.statements[one] - few.statements[one])
    took = [one.statements[most] * 1_000 / times for one in (many, few)]
    words = " ".join(most.split())
    return f"Grown most, {took[0]:.2f} ms where it took {took[1]:.2f}: … {words[words.rfind(' FROM ') :]}"
