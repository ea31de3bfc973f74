"""One run on one database: kills and other faults while people work, nights, then calm; differences end it at once."""

import asyncio
import faulthandler
import signal
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from zoneinfo import ZoneInfo

from handlers import logs
from tests.databases import Postgres, postgres_server
from tests.faults import checks, kills, seen, strikes
from tests.faults.keeping import keep
from tests.faults.plan import Night, Step, next_morning, plan
from tests.faults.stage import Stage, staged
from tests.faults.steward import token_from
from tests.faults.subscriber import KINDS
from tests.faults.told import UNTOLD
from tests.faults.waits import within
from tests.faults.wrong_clocks import AN_HOUR
from tests.house import LEADS, ZONE
from tests.houses import Templates

PACE = 4.0  # how much faster than the machine's time runs
STUCK = 125.0  # seconds after which what a dead process was sending is looked for
DIGEST_AT, NOON = time(9), time(12)
LEAP, LONG_LEAP = 15.0, 120.0  # seconds by which time jumps while only the end is waited for, and nothing is at Slack
A_WHILE = 60.0  # seconds of real time
REPLICAS = {"SQLite": 1, "PostgreSQL": 3}
IDLE = 3  # kills in a row beside which nobody worked
MOST_TRIES = 10  # of a fault that nothing called for in time
AT_SLACK = "SELECT count(*) FROM delivery WHERE state = 'sending'"
UNDONE = "SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending', 'ambiguous')"


@dataclass
class Counts:
    """What one run, or several, came to."""

    kills: "Counter[str]" = field(default_factory=Counter)
    struck: "Counter[str]" = field(default_factory=Counter)
    seen: "Counter[str]" = field(default_factory=Counter)
    difference: str | None = None

    def __add__(self, other: "Counts") -> "Counts":
        first = self.difference or other.difference
        return Counts(self.kills + other.kills, self.struck + other.struck, self.seen + other.seen, first)

    def __str__(self) -> str:
        windows = ", ".join(f"{self.kills[one]} in {one}" for one in (kills.COMMIT, kills.POST, kills.ACK))
        faults = ", ".join(f"{count} {kind}" for kind, count in sorted(self.struck.items()))
        seen = ", ".join(f"{count} {what}" for what, count in self.seen.items())
        differences = "differences: 0" if self.difference is None else "differences: 1"
        return f"{self.kills.total()} kills ({windows}); {faults}; {seen}; {differences}"


class Differs(Exception):
    """What people saw and what is stored do not agree; the message says where."""


async def run(
    kind: str,
    count: int,
    seed: int,
    tell: Callable[[str], None],
    *,
    kept: Path | None = None,
    enough: threading.Event | None = None,
) -> Counts:
    """So many kills on this kind of database, or as many as there were when somebody had `enough`.

    After a difference all there is lies in `kept`.
    """
    async with _stage(kind, seed) as stage:
        found = {**strikes.STRIKES, **(strikes.ON_SQLITE if stage.witness.on_sqlite else strikes.ON_POSTGRESQL)}
        difference = None
        try:
            steps = plan(f"{seed} {kind}", count, [*found])
            steps = await _play(stage, steps, found, tell, enough or threading.Event())
            await _calm(stage, tell)
            await _must_agree(stage, checks.IN_THE_END)
            _must_have_struck(stage, steps)
        except Differs as differs:
            difference = str(differs)
            tell(difference)
            if kept is not None:
                await keep(stage, kept / kind, difference)
        counts = await _counts(stage, difference)
        tell(str(counts))
        return counts


def alone(kind: str, count: int, seed: int, kept: Path | None, quiet: bool) -> Counts:
    """The same in a process of its own; SIGTERM makes the kill that is under way its last, later it does nothing."""

    def tell(line: str) -> None:
        if not quiet:
            sys.stderr.write(f"{kind}: {line}\n")

    logs.configure("error")  # of the bot that furnishes; what the others say is kept
    faulthandler.register(signal.SIGUSR1)  # says where it is

    enough = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: enough.set())
    return asyncio.run(run(kind, count, seed, tell, kept=kept, enough=enough))


@asynccontextmanager
async def _stage(kind: str, seed: int) -> AsyncIterator[Stage]:
    with TemporaryDirectory(prefix="assayfaults") as name:
        folder = Path(name)
        if kind == "SQLite":
            async with _furnished(folder, None, kind, seed) as stage:
                yield stage
            return
        with postgres_server() as server:
            async with _furnished(folder, server, kind, seed) as stage:
                yield stage


@asynccontextmanager
async def _furnished(folder: Path, server: Postgres | None, kind: str, seed: int) -> AsyncIterator[Stage]:
    templates = Templates(folder)
    days = {"Working days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]}
    furnished = await templates.furnished(server, overlap="4 in 10", set_up=True, **days)
    async with staged(furnished, folder, seed=seed, size=REPLICAS[kind], server=server) as stage:
        stage.steward.token = stage.engineer.token = await token_from(stage.settings)
        await stage.subscriber.subscribes(stage.settings)
        await stage.starts(stage.size)
        yield stage


async def _play(
    stage: Stage,
    steps: list[Step],
    found: dict[str, strikes.Strike],
    tell: Callable[[str], None],
    enough: threading.Event,
) -> list[Step]:
    """The steps that were gone."""
    began = monotonic()
    missed: list[str] = []
    confirmed = [0]  # labels, after each step
    async with stage.clock.running(PACE):
        for number, step in enumerate(steps, 1):
            if step.socket is not stage.over_socket:
                await stage.turns_to(socket=step.socket)
            async with stage.people_at_work():
                missed = await _strike(stage, [*step.strikes, *missed], found)
                await kills.kill(stage, step.window)
                await stage.clock.passes(STUCK)
            if step.night is not None:
                await _night(stage, step.night)
            await _must_agree(stage, checks.ALWAYS)
            confirmed.append(stage.ledger.confirmed)
            if confirmed[-1 - IDLE :].count(confirmed[-1]) > IDLE:
                raise Differs(f"No label was confirmed while {IDLE} processes were killed, so they show nothing.")
            tell(f"{number} of {len(steps)}, {monotonic() - began:.0f} s: {_told(step)}")
            if enough.is_set():
                tell(f"asked to end after {number}")
                break
        for _ in range(MOST_TRIES if missed else 0):
            async with stage.people_at_work():
                missed = await _strike(stage, missed, found)
    return steps[: len(confirmed) - 1]


async def _strike(stage: Stage, kinds: list[str], found: dict[str, strikes.Strike]) -> list[str]:
    """All at once; those that did not strike, for nothing called for them in time."""
    before, each = Counter(stage.struck), [*dict.fromkeys(kinds)]
    await asyncio.gather(*(found[kind](stage) for kind in each))
    return [kind for kind in each if stage.struck[kind] == before[kind]]


def _told(step: Step) -> str:
    how = " over a socket" if step.socket else ""
    then = f", then a night: {step.night}" if step.night else ""
    return f"{', '.join(step.strikes)}; killed in {step.window}{how}{then}"


async def _night(stage: Stage, night: Night) -> None:
    """The next digest falls due, in every replica at once; then a lead settles what it names."""
    day = next_morning(night, stage.clock.now().astimezone(ZoneInfo(ZONE)).date())
    if night is Night.CHANGE:
        await _all_is_told(stage)
        await _eve(stage, day - timedelta(days=1))
    await _sleeps(stage, datetime.combine(day, DIGEST_AT, ZoneInfo(ZONE)) + timedelta(seconds=1))
    stage.ledger.digests.append(day)

    async def came() -> bool:
        return any(seen.in_words(day) in one.text for one in await stage.people["lea"].reads(LEADS))

    await within(A_WHILE, came)  # where it does not, the checks say so
    await stage.lead.settles()


async def _all_is_told(stage: Stage) -> None:
    """Months go by now, and what waits for a webhook is kept for a month; a clock that was ahead lets it wait long."""
    for _ in range(MOST_TRIES + int(AN_HOUR / STUCK)):
        if not await stage.witness.count(UNTOLD):
            return
        await stage.clock.passes(STUCK)


async def _sleeps(stage: Stage, until: datetime) -> None:
    """Nothing runs until then: what is under way while hours go by at once is looked for in the wrong minutes."""
    await stage.ends_all()
    await stage.clock.moves_to(until)
    await stage.starts(stage.size)


async def _eve(stage: Stage, day: date) -> None:
    """Months may have gone by without anything to tell: something happens on the day before."""
    await _sleeps(stage, max(stage.clock.now(), datetime.combine(day, NOON, ZoneInfo(ZONE))))
    stage.ledger.digests_at_will.append(day)
    before = stage.ledger.confirmed

    async def worked() -> bool:
        return stage.ledger.confirmed > before + len(stage.agents)

    async with stage.people_at_work():
        await within(A_WHILE, worked)


async def _calm(stage: Stage, tell: Callable[[str], None]) -> None:
    """Nothing fails any more: what is under way comes to its end."""
    stage.box.world.faults.clear()
    stage.subscriber.fails = 0.0

    async def done() -> bool:
        # What was put off by a clock that was an hour ahead comes an hour later.
        await stage.clock.moves(LEAP if await stage.witness.count(AT_SLACK) else LONG_LEAP)
        undone, untold = await stage.witness.count(UNDONE), await stage.witness.count(UNTOLD)
        tell(f"calm: {undone} for Slack and {untold} for a webhook under way")
        return not (undone or untold)

    async with stage.clock.running(PACE):
        async with stage.people_at_work(more=False):
            await _all_arrived(stage)
            await within(A_WHILE * 4, done, every=1.0)
        await within(A_WHILE * 4, done, every=1.0)  # what they finished last, too


async def _all_arrived(stage: Stage) -> None:
    try:
        async with asyncio.timeout(A_WHILE * 4):
            await stage.helpdesk.finishes()
    except TimeoutError:
        names = ", ".join(str(one["external_id"]) for one in stage.helpdesk.unsure)
        raise Differs(f"Nobody takes what the helpdesk sends again and again: {names}.") from None


async def _must_agree(stage: Stage, those: tuple[checks.Check, ...]) -> None:
    if difference := await checks.first_difference(stage, those):
        raise Differs(difference)


def _must_have_struck(stage: Stage, steps: list[Step]) -> None:
    """A run in which a window, or a fault that was aimed at, was never hit shows nothing of it."""
    if missed := sorted({kills.COMMIT, kills.POST, kills.ACK} - {*+stage.kills}):
        raise Differs(f"No kill struck in {' and '.join(missed)}, so this run shows nothing of that.")
    aimed = {strike for step in steps for strike in step.strikes} | {*KINDS}
    if idle := sorted(aimed - {*+stage.struck}):
        raise Differs(f"These faults never struck, so this run shows nothing of them: {', '.join(idle)}.")


async def _counts(stage: Stage, difference: str | None) -> Counts:
    came_to = Counter(
        {
            "drafts": len(stage.ledger.accepted),
            "labels confirmed": stage.ledger.confirmed,
            "cards": len(await seen.cards(stage)),
            "digests": len(await seen.digests(stage)),
            "disputes settled": len(stage.ledger.settled),
            "settings saved": sum(one.confirmed for one in stage.ledger.guidelines),
            "withdrawn": sum(stage.ledger.withdrawals.values()),
            "erased": sum(stage.ledger.erasures.values()),
            "names reported": sum(one.confirmed for one in stage.ledger.reports.values()),
            "labels read over the API": len(stage.engineer.copy),
            "told to webhooks": len({*stage.subscriber.ids}),
            "told in the trail": await stage.witness.count("SELECT count(*) FROM audit"),
        }
    )
    return Counts(stage.kills, stage.struck, came_to, difference)
