"""A whole Assay for one story: sandbox, bot, people; the clock stands still until the story moves it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import httpx

from bot import tokens
from bot.settings import Settings
from bot.tokens import Scope
from handlers.serve import Running, running
from sandbox.clock import Clock
from sandbox.people import Message, Person
from sandbox.server import Sandbox
from sandbox.slack import Slack
from sandbox.workspace import BOT_USER_ID
from storage.engine import Sessions

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday
SUPPORT, LEADS, ESCALATIONS = "C0SUPPORT1", "C0LEADS001", "C0ESCALATE"
ZONE = "Europe/Berlin"
GUIDELINE = "Be kind. Promise no dates. Refunds above 100 need a human."
DRAFT = "Hello, I am sorry about the double charge. I have refunded the second payment today."
CUSTOMER = "Hi, I was charged twice for October. Please help."


def settings(box: Sandbox, url: str, more: Mapping[str, object] = MappingProxyType({})) -> Settings:
    return Settings.model_validate(
        {
            "ASSAY_DATABASE_URL": url,
            "SLACK_BOT_TOKEN": box.app.bot_token,
            "SLACK_SIGNING_SECRET": box.app.signing_secret,
            "SLACK_APP_TOKEN": box.app.app_token if box.app.socket_mode else "",
            "ASSAY_SLACK_API_URL": box.api_url,
            **more,
        }
    )


@dataclass
class House:
    """Who lives in it: agents Ana, Bea and Chen, lead Lea, second lead Lars, admin Max, guest Gus."""

    box: Sandbox
    bot: Running
    http: httpx.AsyncClient
    url: str
    token: str = ""
    more: Mapping[str, object] = field(default_factory=dict)  # settings beside the usual ones
    people: dict[str, Person] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def sessions(self) -> Sessions:
        return self.bot.tools.sessions

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.box.clock.now(), UTC)

    def moves(self, **time: float) -> None:
        self.box.clock.advance(timedelta(**time).total_seconds())

    async def settles(self) -> None:
        """Until nothing is left that the bot has to do now; posts are a second apart, so time moves."""
        for _ in range(40):
            await self.bot.tools.afterwards.done()
            courier = self.bot.tools.courier
            if not await courier.deliver_due() and not await courier.waits_for_pace():
                return
            self.moves(seconds=1)

    async def sends(self, body: object, *, token: str | None = None) -> httpx.Response:
        """POST a draft, or an array of them, as a helpdesk does."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return await self.http.post(f"{self.bot.url}/api/v1/drafts", json=body, headers=headers)

    async def withdraws(self, draft_id: int) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = await self.http.post(f"{self.bot.url}/api/v1/drafts/{draft_id}/withdraw", headers=headers)
        await self.settles()
        return answer

    async def draft(self, text: str | None = DRAFT, **fields: Any) -> int:
        """A draft as stored; its card is posted."""
        body = {"channel": "#support", "prompt": CUSTOMER, "topic": "billing/refund", **fields}
        body |= {"draft": text} if text is not None else {}
        response = await self.sends(body)
        assert response.status_code == 201, response.text
        await self.settles()
        return int(response.json()["id"])

    async def card(self, draft_id: int, *, seen_by: str = "ana", channel: str = SUPPORT) -> Message:
        """The draft's card as somebody sees it."""
        shown = await self.people[seen_by].reads(channel)
        return next(one for one in reversed(shown) if f"#{draft_id} " in f"{one.text_seen} ".replace("\n", " "))

    async def read(self, person: str, channel: str = SUPPORT) -> str:
        """The newest private note to somebody, after the bot has done its work."""
        await self.settles()
        note = await self.people[person].last_private_note(channel)
        return note.text if note else ""

    async def fault(self, **fault: Any) -> None:
        (await self.http.post("/control/faults", json=fault)).raise_for_status()

    async def traffic(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (await self.http.get("/control/traffic")).text.splitlines()]


@dataclass(frozen=True)
class Furnished:
    """What is copied for each story: a house that nobody lives in, with all that was said in it until noon.

    Its bot was invited and said hello before noon, so that Slack's limits are fresh when the story begins.
    """

    url: str
    slack: Slack
    people: Mapping[str, Person]
    token: str


async def furnish(url: str, *, overlap: str = "None", set_up: bool = True, **fields: Any) -> Furnished:
    """People, channels and a bot move in; with `set_up` the admin sets #support up, through the screen.

    `fields` are what the admin fills in beside the usual.
    """
    box = Sandbox(clock=Clock.at((NOON - timedelta(minutes=5)).timestamp()))
    async with _lived_in(box, url) as house:
        await _move_in(house)
        if set_up:
            await sets_up(house, overlap=overlap, **fields)
        box.clock.set(NOON.timestamp())
    return Furnished(url, box.slack, house.people, house.token)


@asynccontextmanager
async def open_house(
    furnished: Furnished,
    url: str,
    *,
    socket: bool = False,
    ack_seconds: float = 3.0,
    more: Mapping[str, object] = MappingProxyType({}),
) -> AsyncIterator[House]:
    """A furnished house on a copy of its database.

    With `socket` Slack's messages come over Socket Mode. `more` are settings beside the usual ones.
    """
    slack = furnished.slack.twin()
    slack.stage.app.socket_mode, slack.stage.ack_seconds = socket, ack_seconds
    async with _lived_in(Sandbox(slack=slack), url, more) as house:
        house.token = furnished.token
        house.people |= {name: Person(house.http, id=one.id, name=one.name) for name, one in furnished.people.items()}
        yield house


@asynccontextmanager
async def _lived_in(box: Sandbox, url: str, more: Mapping[str, object] = MappingProxyType({})) -> AsyncIterator[House]:
    """A sandbox and a bot that hear each other."""
    await box.start(0)
    try:
        async with (
            httpx.AsyncClient(base_url=box.url, timeout=30, verify=False) as http,
            running_bot(box, url, more) as bot,
        ):
            box.app.request_url = f"{bot.url}/slack/events"
            house = House(box, bot, http, url, more=more)
            yield house
            await house.bot.tools.afterwards.done()
    finally:
        await box.stop()


def running_bot(box: Sandbox, url: str, more: Mapping[str, object] = MappingProxyType({}), *, port: int = 0) -> Any:
    """Another process' worth of bot on the same database, driven by the same clock."""
    return running(
        settings(box, url, more),
        now=lambda: datetime.fromtimestamp(box.clock.now(), UTC),
        steady=box.clock.now,
        port=port,
        ticking=False,
    )


async def sets_up(house: House, *, overlap: str = "None", **fields: Any) -> None:
    """The admin runs /assay setup and fills it in."""
    # On a busy machine a window may come too late: then once more.
    while (window := await house.max.modal()) is None:
        await house.max.types("/assay setup", in_=SUPPORT)
    while window is not None and "More…" in window.buttons:
        await house.max.clicks("More…")
        window = await house.max.modal()
    filled = {
        "Leads": [house.lea.id, house.lars.id],
        "Digest goes to": LEADS,
        "Guideline": GUIDELINE,
        "Escalations are told to": ESCALATIONS,
        "Drafts that two people review": overlap,
    }
    await house.max.fills(filled | fields)
    outcome = await house.max.submits()
    assert outcome.closed, outcome
    await house.settles()


async def _move_in(house: House) -> None:
    for name in ("ana", "bea", "chen", "lea", "lars", "max", "gus", "zoe"):
        role = {"is_admin": name == "max", "is_restricted": name == "gus", "tz": ZONE}
        made = await _ask(house, "users", name=name.capitalize(), **role)
        house.people[name] = Person(house.http, id=made["id"], name=name.capitalize())
    inside = [house.people[name].id for name in ("ana", "bea", "chen", "lea", "lars", "max", "gus")]
    for name, identity in (("support", SUPPORT), ("leads", LEADS), ("escalations", ESCALATIONS)):
        await _ask(house, "channels", name=name, id=identity, members=inside)
    for channel in (SUPPORT, LEADS, ESCALATIONS):
        await _ask(house, "invite", user=house.max.id, channel=channel, who=BOT_USER_ID)
    async with house.sessions.writing() as session:
        house.token = await tokens.create(session, "helpdesk", scopes=[Scope.DRAFTS_WRITE], now=house.now())
    await house.settles()


async def _ask(house: House, path: str, **body: Any) -> dict[str, Any]:
    answer = await house.http.post(f"/control/{path}", json=body)
    answer.raise_for_status()
    return dict(answer.json())
