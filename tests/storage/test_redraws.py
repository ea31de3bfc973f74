"""Whatever Slack does late, a card shows in the end what is stored; and nothing is drawn twice in peace."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from storage.engine import Sessions, make_sessions
from storage.models import Channel, Delivery
from storage.queries import deliveries, redraws, turns
from storage.words import ChannelState, DeliveryKind, DeliveryState

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
STUCK = timedelta(minutes=2)
A_SECOND = timedelta(seconds=1)


@dataclass
class Draw:
    """One that was begun and shows what was stored then; `tried` where the outbox does it."""

    shows: int
    wanted: int
    begun: datetime
    tried: Delivery | None = None


@dataclass
class Scene:
    """One card: what is stored of it, what people see, which draws are under way."""

    sessions: Sessions
    chance: random.Random
    now: datetime = NOON
    stored: int = 0
    seen: int = 0
    under_way: list[Draw] = field(default_factory=list)
    late: list[tuple[datetime, int]] = field(default_factory=list)  # what Slack does then
    drawn: int = 0  # by the outbox

    async def changes(self, *, by_press: bool) -> None:
        self.stored += 1
        row = Delivery(id=f"{self.stored}", team="T1", key="redraw:1", kind=DeliveryKind.REDRAW, channel_id=1, to="C1",
                       due_at=self.now + redraws.PATIENCE)  # fmt: skip
        async with self.sessions.writing() as session:
            wanted = await redraws.ask(session, row, now=self.now, by_press=by_press)
        if by_press:
            self.under_way.append(Draw(self.stored, wanted, self.now))

    async def row(self) -> Delivery | None:
        async with self.sessions.reading() as session:
            return (await session.exec(select(Delivery))).first()

    async def ticks(self) -> None:
        """The outbox looks for what is stuck, and begins what is due."""
        async with self.sessions.writing() as session:
            for stuck in await deliveries.unclear(session, now=self.now, stuck_after=STUCK, slack_time=self.slack):
                await deliveries.finish(session, stuck, DeliveryState.PENDING, {"due_at": self.now}, over=False)
            chosen = await turns.next_open(session, self.now)
            taken = chosen and await deliveries.take(session, chosen, now=self.now, slack_time=self.slack)
        if taken:
            self.drawn += 1
            self.under_way.append(Draw(self.stored, taken.wanted, self.now, taken))

    @property
    def slack(self) -> float:
        return self.now.timestamp()

    async def passes(self, seconds: float) -> None:
        until = self.now + timedelta(seconds=seconds)
        for at, shows in sorted(one for one in self.late if one[0] <= until):
            self.now, self.seen = max(at, self.now), shows
        self.late = [one for one in self.late if one[0] > until]
        self.now = until
        for draw in [one for one in self.under_way if until - one.begun > timedelta(seconds=10)]:
            await self.is_lost(draw)  # nobody waits for longer

    async def is_done(self, draw: Draw) -> None:
        self.under_way.remove(draw)
        self.seen = draw.shows
        async with self.sessions.writing() as session:
            await redraws.drawn(session, redraws.key_of(1), draw.wanted, now=self.now, by_press=draw.tried is None)

    async def is_refused(self, draw: Draw) -> None:
        self.under_way.remove(draw)
        async with self.sessions.writing() as session:
            if draw.tried is None:
                await redraws.not_drawn(session, redraws.key_of(1), self.now)
            else:
                await deliveries.finish(session, draw.tried, DeliveryState.PENDING, {"due_at": self.now + A_SECOND})

    async def is_lost(self, draw: Draw) -> None:
        """Slack does it later or never; the process is killed, or lives to know that it does not know."""
        self.under_way.remove(draw)
        if self.chance.random() < 0.7:
            at = draw.begun + self.chance.random() * redraws.LATEST
            self.late.append((max(at, self.now), draw.shows))
        if self.chance.random() < 0.5:
            return
        async with self.sessions.writing() as session:
            if draw.tried is None:
                await deliveries.hasten(session, "redraw:1", self.now)
            else:
                due = {"due_at": self.now + 10 * A_SECOND}
                await deliveries.finish(session, draw.tried, DeliveryState.PENDING, due, over=False)

    async def goes_on(self) -> None:
        """Anything that may happen next."""
        step = self.chance.choice(["press", "other", "time", "time", "tick", "end", "end"])
        if step in ("press", "other"):
            await self.changes(by_press=step == "press")
        elif step == "time":
            await self.passes(self.chance.choice([0.1, 1, 4, 6, 29, 31]))
        elif step == "tick":
            await self.ticks()
        elif self.under_way:
            end = self.chance.choice([self.is_done, self.is_refused, self.is_lost, self.is_lost])
            await end(self.chance.choice(self.under_way))

    async def calms_down(self) -> None:
        """Everybody who still waits is answered, and what is due is done well, for five minutes."""
        for _ in range(60):
            for draw in list(self.under_way):
                await self.is_done(draw)
            await self.passes(5)
            await self.ticks()


@pytest.fixture
async def sessions(database: str) -> AsyncIterator[Sessions]:
    opened = make_sessions(database)
    async with opened.writing() as session:
        session.add(
            Channel(id=1, team="T1", slack_id="C1", name="c", state=ChannelState.ACTIVE, created_at=NOON, open_cards=9)
        )
    yield opened
    await opened.close()


@pytest.mark.parametrize("seed", range(12))
async def test_a_card_shows_what_is_stored_in_the_end_whatever_was_lost_or_late(sessions: Sessions, seed: int) -> None:
    scene = Scene(sessions, random.Random(seed))
    for _ in range(40):
        await scene.goes_on()
    await scene.changes(by_press=True)
    await scene.calms_down()
    row = await scene.row()
    assert row is not None
    assert (scene.seen, row.state, row.drawing) == (scene.stored, DeliveryState.SENT, 0)


async def test_what_ends_well_is_drawn_once(sessions: Sessions) -> None:
    scene = Scene(sessions, random.Random(0))
    for _ in range(3):
        await scene.changes(by_press=True)
        await scene.is_done(scene.under_way[0])
        await scene.passes(1)
    await scene.calms_down()
    assert scene.drawn == 0
    await scene.changes(by_press=False)
    await scene.calms_down()
    assert scene.drawn == 1


async def test_two_presses_at_the_same_time_cost_one_more_draw_and_not_two(sessions: Sessions) -> None:
    """The older one may have been drawn over the newer one."""
    scene = Scene(sessions, random.Random(0))
    await scene.changes(by_press=True)
    await scene.changes(by_press=True)
    await scene.is_done(scene.under_way[1])
    await scene.is_done(scene.under_way[0])
    await scene.calms_down()
    assert scene.seen == scene.stored
    assert scene.drawn == 1


async def test_draws_of_unknown_ends_cost_one_more_draw_however_many_they_are(sessions: Sessions) -> None:
    scene = Scene(sessions, random.Random(0))
    for _ in range(5):
        await scene.changes(by_press=True)
    scene.under_way = scene.under_way[-1:]  # the others were killed
    await scene.is_done(scene.under_way[0])
    await scene.calms_down()
    assert scene.drawn == 1
