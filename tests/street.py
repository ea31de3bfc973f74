"""One bot, and workspaces that install it themselves: each a household with people of its own."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any

import httpx

from bot import tokens
from bot.settings import Settings
from bot.tokens import Scope
from bot.vault import new_key
from handlers.serve import Running, running
from sandbox.clock import Clock
from sandbox.people import Message, Person
from sandbox.server import Sandbox
from storage.engine import Sessions
from storage.models import Channel
from storage.queries import channels
from tests.house import DRAFT, GUIDELINE, NOON


@dataclass
class Household:
    """A workspace: Max (an admin) and Ana, and a channel #support that both are in."""

    street: "Street"
    team: str
    bot_user: str
    max: Person
    ana: Person
    support: str
    token: str = ""  # of the HTTP API

    async def channel(self) -> Channel:
        async with self.street.sessions.reading() as session:
            found = await channels.by_slack_id(session, self.team, self.support)
        assert found is not None
        return found

    async def sets_up(self, **fields: Any) -> None:
        """Invites the bot, sets the channel up, and takes a token of the API for it."""
        await self.max.invites(self.bot_user, to="#support")
        await self.street.settles()
        await self.max.types("/assay setup", in_="#support")
        wishes = {"Leads": [self.max.id], "Digest goes to": self.support, "Guideline": GUIDELINE}
        await self.max.fills(wishes | fields)
        assert (await self.max.submits()).closed
        await self.street.settles()
        async with self.street.sessions.writing() as session:
            found = await channels.by_slack_id(session, self.team, self.support)
            self.token = await tokens.create(
                session, "helpdesk", scopes=[Scope.ADMIN], now=self.street.now(), channel=found
            )

    async def sends(self, text: str = DRAFT, *, channel: str = "#support", token: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        body = {"channel": channel, "prompt": "Hello", "draft": text}
        return await self.street.http.post(f"{self.street.bot.url}/api/v1/drafts", json=body, headers=headers)

    async def card(self, text: str = DRAFT) -> Message:
        await self.street.settles()
        return next(one for one in reversed(await self.ana.reads("#support")) if text in one.text_seen)


@dataclass
class Street:
    """The bot, and where its workspaces are."""

    box: Sandbox
    bot: Running
    http: httpx.AsyncClient
    households: list[Household] = field(default_factory=list)

    @property
    def sessions(self) -> Sessions:
        return self.bot.tools.sessions

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.box.clock.now(), UTC)

    def moves(self, **time: float) -> None:
        self.box.clock.advance(timedelta(**time).total_seconds())

    async def settles(self) -> None:
        """Until nothing is left that the bot has to do now."""
        for _ in range(40):
            await self.bot.tools.afterwards.done()
            if not await self.bot.tools.courier.deliver_due():
                return
            self.moves(seconds=1)

    async def moves_in(self, name: str, *, channel: str) -> Household:
        """A workspace whose admin lets the app in, as far as the page that says so."""
        made = await self._asks("workspaces", name=name)
        people = {}
        for who, admin in (("Max", True), ("Ana", False)):
            user = await self._asks("users", team=made["id"], name=who, is_admin=admin)
            people[who] = Person(self.http, user["id"], who, made["id"])
        members = [one.id for one in people.values()]
        await self._asks("channels", team=made["id"], name="support", id=channel, members=members)
        household = Household(self, made["id"], made["bot_user"], people["Max"], people["Ana"], channel)
        self.households.append(household)
        page = await self.installs(household.max)
        assert page.status_code == 200, page.text
        return household

    async def begins(self) -> tuple[str, str]:
        """Where the bot sends a person who wants to install it, and what their browser keeps."""
        sent = await self.http.get(f"{self.bot.url}/slack/install")
        assert sent.status_code == 302
        return sent.headers["Location"], SimpleCookie(sent.headers["Set-Cookie"])["assay_install"].value

    async def comes_back(self, address: str, cookie: str) -> httpx.Response:
        return await self.http.get(address, headers={"Cookie": f"assay_install={cookie}"})

    async def installs(self, person: Person, *, allow: bool = True) -> httpx.Response:
        """The page that a person reads in the end."""
        address, cookie = await self.begins()
        return await self.comes_back(await person.installs(address, allow=allow), cookie)

    async def traffic(self, method: str) -> list[dict[str, Any]]:
        """The calls of a method so far."""
        lines = (await self.http.get("/control/traffic")).text.splitlines()
        return [one for one in map(json.loads, lines) if one["method"] == method]

    async def _asks(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.http.post(f"/control/{path}", json=body)
        answer.raise_for_status()
        return dict(answer.json())


@asynccontextmanager
async def open_street(url: str, *, rotating: bool = False, keys: str = "") -> AsyncIterator[Street]:
    """A bot that nobody has installed yet, on a migrated database; with `rotating` its tokens expire."""
    box = Sandbox(clock=Clock.at(NOON.timestamp()))
    await box.start(0)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    public = f"http://127.0.0.1:{port}"
    box.app.redirect_urls, box.app.token_rotation = {f"{public}/slack/oauth_redirect"}, rotating
    try:
        async with (
            httpx.AsyncClient(base_url=box.url, timeout=30, verify=False) as http,
            running(
                settings(box, url, public, keys or new_key()),
                now=lambda: datetime.fromtimestamp(box.clock.now(), UTC),
                steady=box.clock.now,
                port=port,
                ticking=False,
            ) as bot,
        ):
            box.app.request_url = f"{bot.url}/slack/events"
            yield Street(box, bot, http)
            await bot.tools.afterwards.done()
    finally:
        await box.stop()


def settings(box: Sandbox, url: str, public: str, keys: str) -> Settings:
    return Settings.model_validate(
        {
            "ASSAY_DATABASE_URL": url,
            "SLACK_CLIENT_ID": box.app.client_id,
            "SLACK_CLIENT_SECRET": box.app.client_secret,
            "SLACK_SIGNING_SECRET": box.app.signing_secret,
            "ASSAY_SLACK_API_URL": box.api_url,
            "ASSAY_PUBLIC_URL": public,
            "ASSAY_ENCRYPTION_KEYS": keys,
        }
    )
