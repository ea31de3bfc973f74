"""What a run needs in one place: Slack's stand-in, the replicas behind their balancer, people, a database."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from sandbox.people import Person
from sandbox.server import Sandbox
from tests.databases import Postgres
from tests.faults import replicas
from tests.faults.balancer import Balancer, balancing
from tests.faults.clock import SharedClock
from tests.faults.engineer import Engineer
from tests.faults.focus import changes_in_home, reviews_next
from tests.faults.helpdesk import Helpdesk
from tests.faults.ledger import Ledger
from tests.faults.officers import Admin, Lead
from tests.faults.people import Agent
from tests.faults.replicas import Replica
from tests.faults.reports import reports_a_name
from tests.faults.steward import Steward
from tests.faults.subscriber import LOOPBACK, Subscriber
from tests.faults.witness import Witness
from tests.faults.work import Worker
from tests.house import ZONE, Furnished
from tests.receiver import receiver

BEGINS = datetime(2027, 3, 26, 10, tzinfo=ZoneInfo(ZONE))  # a Friday; on Sunday Berlin's clocks go forward
AGENTS = ("ana", "bea", "chen")
ASIDES = (reviews_next, changes_in_home, reports_a_name)


@dataclass(eq=False)
class Stage:
    """`size` replicas run at a time. `struck` counts what hit, by kind."""

    box: Sandbox
    http: httpx.AsyncClient
    balancer: Balancer[Replica]
    clock: SharedClock
    witness: Witness
    ledger: Ledger
    chance: random.Random
    settings: Mapping[str, str]
    people: Mapping[str, Person]
    helpdesk: Helpdesk
    agents: list[Agent]
    lead: Lead
    admin: Admin
    steward: Steward
    engineer: Engineer
    subscriber: Subscriber
    size: int
    server: Postgres | None = None
    struck: "Counter[str]" = field(default_factory=Counter)
    kills: "Counter[str]" = field(default_factory=Counter)
    lived: list[Replica] = field(default_factory=list)  # the dead ones too
    lives: int = 0

    @property
    def replicas(self) -> list[Replica]:
        return self.balancer.replicas

    @property
    def over_socket(self) -> bool:
        """Whether Slack's messages come over Socket Mode."""
        return self.box.app.socket_mode

    async def turns_to(self, *, socket: bool) -> None:
        """The operator changes how Slack's messages come: everything stops and starts."""
        await self.ends_all()
        self.box.app.socket_mode = socket
        await self.starts(self.size)

    async def starts(self, count: int = 1) -> None:
        """So many more replicas, at once."""
        fresh = await asyncio.gather(*(self._one() for _ in range(count)))
        self.replicas.extend(fresh)

    async def _one(self) -> Replica:
        self.lives += 1
        name = f"replica{self.lives}"
        url = self.settings["ASSAY_DATABASE_URL"]
        own = {} if self.witness.on_sqlite else {"ASSAY_DATABASE_URL": f"{url}&application_name={name}"}
        own["SLACK_APP_TOKEN"] = self.box.app.app_token if self.over_socket else ""
        made = await replicas.start(name, {**self.settings, **own}, clock=self.clock.of(name))
        self.lived.append(made)
        return made

    async def kills_one(self, replica: Replica, window: str) -> None:
        """SIGKILL in that window; another one takes its place, as a supervisor sees to."""
        self.replicas.remove(replica)
        await replica.dies()
        self.clock.forgets(replica.name)
        self.kills[window] += 1
        await self.starts()

    async def ends_all(self) -> None:
        """Everything is down: a power cut, or a night without anybody."""
        gone, self.replicas[:] = [*self.replicas], []
        await asyncio.gather(*(one.dies() for one in gone))
        for one in gone:
            self.clock.forgets(one.name)

    @asynccontextmanager
    async def people_at_work(self, *, more: bool = True) -> AsyncIterator[None]:
        """Until the block ends; then each finishes what is in hand. With `more` drafts stream in."""
        at_work: list[Worker] = [*self.agents]
        at_work += [self.helpdesk, self.lead, self.admin, self.steward, self.engineer] if more else []
        working = [asyncio.create_task(one.works()) for one in at_work]
        async with AsyncExitStack() as still:
            try:
                yield
                for one in at_work:
                    await still.enter_async_context(one.hands)
            finally:
                for task in working:
                    task.cancel()
                ended = await asyncio.gather(*working, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error


@asynccontextmanager
async def staged(
    furnished: Furnished, folder: Path, *, seed: int, size: int, server: Postgres | None
) -> AsyncIterator[Stage]:
    """A furnished house in which processes take the place of the bot; none runs yet."""
    box = Sandbox(slack=furnished.slack.twin())
    box.clock.run()
    await box.start(0)
    try:
        limits = httpx.Limits(max_connections=None)
        async with (
            httpx.AsyncClient(base_url=box.url, timeout=30, limits=limits) as http,
            httpx.AsyncClient(timeout=30) as outside,
            balancing() as balancer,
        ):
            box.app.request_url = f"{balancer.url}/slack/events"
            made = _made(box, http, outside, balancer, furnished, _folder(folder, "clocks"), seed=seed)
            made.size, made.server = size, server
            await made.clock.begins(BEGINS)
            try:
                async with receiver(made.subscriber):
                    yield made
            finally:
                await made.ends_all()
                made.witness.close()
    finally:
        await box.stop()


def _made(
    box: Sandbox,
    http: httpx.AsyncClient,
    outside: httpx.AsyncClient,
    balancer: Balancer[Replica],
    furnished: Furnished,
    clocks: Path,
    *,
    seed: int,
) -> Stage:
    ledger, struck = Ledger(), Counter[str]()
    clock = SharedClock(clocks, http)

    def chance(who: str) -> random.Random:
        return random.Random(f"{seed} {who}")

    people = {name: Person(http, id=one.id, name=one.name) for name, one in furnished.people.items()}
    settings = {
        "ASSAY_DATABASE_URL": furnished.url,
        "SLACK_BOT_TOKEN": box.app.bot_token,
        "SLACK_SIGNING_SECRET": box.app.signing_secret,
        "ASSAY_SLACK_API_URL": box.api_url,
        **LOOPBACK,
    }
    return Stage(
        box=box,
        http=http,
        balancer=balancer,
        clock=clock,
        witness=Witness(furnished.url),
        ledger=ledger,
        chance=chance("stage"),
        settings=settings,
        people=people,
        helpdesk=Helpdesk(chance("helpdesk"), ledger, outside, balancer.url, furnished.token),
        agents=[Agent(chance(name), ledger, people[name], asides=ASIDES) for name in AGENTS],
        lead=Lead(chance("lea"), ledger, people["lea"]),
        admin=Admin(chance("max"), ledger, people["max"]),
        steward=Steward(chance("steward"), ledger, outside, balancer.url),
        engineer=Engineer(chance("engineer"), ledger, outside, balancer.url),
        subscriber=Subscriber(chance=chance("subscriber"), ledger=ledger, clock=clock, struck=struck),
        struck=struck,
        size=1,
    )


def _folder(within: Path, name: str) -> Path:
    made = within / name
    made.mkdir()
    return made
