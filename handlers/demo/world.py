"""The demo's world: a sandbox with people in it, and the bot beside it, in one process."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bot import tokens
from bot.settings import Settings
from bot.tokens import Scope
from handlers.demo.colleagues import NEWCOMER, TEAM, Colleague
from handlers.demo.tickets import Ticket, guideline
from handlers.serve import Running, running
from sandbox.app import AppConfig
from sandbox.clock import Clock
from sandbox.people import Person
from sandbox.server import Sandbox
from sandbox.workspace import BOT_USER_ID
from storage import migrate

ZONE = "Europe/Berlin"
SUPPORT, LEADS, ESCALATIONS = "C0SUPPORT1", "C0LEADS001", "C0ESCALATE"
OVERLAP, MIX = "4 in 10", "billing 25\naccount 20\napp 10"


@dataclass
class World:
    """Everything that a play needs."""

    box: Sandbox
    bot: Running
    http: httpx.AsyncClient  # talks to the sandbox, as the people do
    token: str
    lead: Person
    admin: Person
    colleagues: list[tuple[Colleague, Person]]
    chance: random.Random
    tickets: dict[int, Ticket] = field(default_factory=dict)  # by draft
    done: set[tuple[str, str]] = field(default_factory=set)  # who has answered which card

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.box.clock.now(), UTC)

    def moves_to(self, moment: datetime) -> None:
        """Let the clock move on; it never moves back, and one that runs by itself is left alone."""
        if not self.box.clock.is_real:
            self.box.clock.advance(max(0.0, moment.timestamp() - self.box.clock.now()))

    async def settles(self) -> None:
        """Wait until the bot has done what it has to do now; a standing clock moves on as Slack takes posts."""
        await self.bot.tools.afterwards.done()
        await self.bot.tools.courier.deliver_due()
        while not self.box.clock.is_real and await self.bot.tools.courier.waits_for_pace():
            self.box.clock.advance(1)
            await self.bot.tools.courier.deliver_due()


@asynccontextmanager
async def world(
    *, seed: int, database: Path, begins: datetime, ports: tuple[int, int] = (0, 0), slips: float | None = None
) -> AsyncIterator[World]:
    """A workspace with a team, and the bot set up in it by its admin, through the screen.

    `ports` are the page's and the bot's; 0 is any free one.
    """
    box = Sandbox(
        app=AppConfig(signing_secret=f"{random.Random(seed).getrandbits(128):032x}"), clock=Clock.at(begins.timestamp())
    )
    await box.start(ports[0])
    url = f"sqlite+aiosqlite:///{database}"
    await migrate.upgrade(url)
    settings = Settings.model_validate(
        {
            "ASSAY_DATABASE_URL": url,
            "SLACK_BOT_TOKEN": box.app.bot_token,
            "SLACK_SIGNING_SECRET": box.app.signing_secret,
            "ASSAY_SLACK_API_URL": box.api_url,
            **({"ASSAY_PORT": ports[1]} if ports[1] else {}),
        }
    )

    def now() -> datetime:
        return datetime.fromtimestamp(box.clock.now(), UTC)

    try:
        async with (
            httpx.AsyncClient(base_url=box.url, timeout=30) as http,
            running(settings, now=now, steady=box.clock.now, port=ports[1], ticking=False) as bot,
        ):
            yield await _furnish(box, bot, http, seed=seed, slips=slips)
    finally:
        await box.stop()


async def _furnish(box: Sandbox, bot: Running, http: httpx.AsyncClient, *, seed: int, slips: float | None) -> World:
    admin = await _person(http, "Max", is_admin=True)
    lead = await _person(http, "Lea")
    team = [(Colleague(one.name, one.slips if slips is None else slips), await _person(http, one.name)) for one in TEAM]
    everybody = [admin.id, lead.id, *(person.id for _, person in team)]
    for name, identity, members in (
        ("support", SUPPORT, everybody),
        ("support-leads", LEADS, [admin.id, lead.id]),
        ("escalations", ESCALATIONS, [admin.id, lead.id]),
    ):
        await _ask(http, "channels", name=name, id=identity, members=members, private=identity != SUPPORT)
    await _ask(http, "app", request_url=f"{bot.url}/slack/events")
    for channel in (SUPPORT, LEADS, ESCALATIONS):
        await _ask(http, "invite", user=admin.id, channel=channel, who=BOT_USER_ID)
    await _set_up(admin, lead)
    async with bot.tools.sessions.writing() as session:
        token = await tokens.create(session, "demo", scopes=[Scope.DRAFTS_WRITE], now=bot.tools.now())
    await bot.tools.afterwards.done()
    return World(box, bot, http, token, lead, admin, team, random.Random(seed))


async def _set_up(admin: Person, lead: Person) -> None:
    await admin.types("/assay setup", in_=SUPPORT)
    await admin.clicks("More…")
    await admin.fills(
        {
            "Leads": [lead.id],
            "Digest goes to": LEADS,
            "Guideline": guideline(),
            "Escalations are told to": ESCALATIONS,
            "Drafts that two people review": OVERLAP,
            "Wished-for mix of topics": MIX,
        }
    )
    await admin.submits()


async def relieved(made: World) -> Person:
    """The first colleague's seat is free for whoever comes; somebody new takes their work on. The one relieved."""
    (first, person), *others = made.colleagues
    newcomer = await _person(made.http, NEWCOMER.name)
    await made.admin.invites(newcomer, to=SUPPORT)
    made.colleagues[:] = [*others, (replace(NEWCOMER, slips=first.slips), newcomer)]
    return person


async def _person(http: httpx.AsyncClient, name: str, *, is_admin: bool = False) -> Person:
    made = await _ask(http, "users", name=name, is_admin=is_admin, tz=ZONE)
    return Person(http, id=made["id"], name=name)


async def _ask(http: httpx.AsyncClient, path: str, **body: object) -> dict[str, str]:
    answer = await http.post(f"/control/{path}", json=body)
    answer.raise_for_status()
    return dict(answer.json())
