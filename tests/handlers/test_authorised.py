"""docs/authorisation.md is true: each route with each token, and each command."""

import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import typer

from bot import tokens, webhooks
from bot.tokens import Scope
from bot.webhooks import Wanted
from handlers.command_line import app as command
from handlers.http import installing
from handlers.http.web_app import make_web_app
from handlers.slack.app import make_app
from sandbox.workspace import OTHER_TEAM_ID, TEAM_ID
from storage.queries import channels
from storage.queries import tokens as stored
from storage.words import WebhookEvent
from tests.house import CUSTOMER, DRAFT, GUIDELINE, SUPPORT, House
from tests.houses import Houses
from tests.stories.kept import all_rows, changed
from tests.stories.test_authorisation import table

ALL = list(Scope)
TOKENS = ["drafts:write", "labels:read", "gold:read", "admin", "another channel", "elsewhere", "revoked", "none"]
OF_THE_CHANNEL = [DRAFT, CUSTOMER, GUIDELINE, SUPPORT, "Marzipan", "U0000000"]
NAMED = ("GET /api/v1/labels", "GET /api/v1/gold", "GET /api/v1/audit")  # they take the channel in the query
NOWHERE = ("nowhere", 999)  # neither the channel nor the draft is there


@pytest.fixture
async def house(houses: Houses) -> AsyncIterator[House]:
    """Metrics have a token of their own."""
    async with houses.open(more={"ASSAY_METRICS_TOKEN": "of-the-operator-alone-0123456789"}) as opened:
        yield opened


@pytest.fixture
async def secrets(house: House) -> dict[str, str | None]:
    """A token of each kind."""
    async with house.sessions.writing() as session:
        leads = await channels.by_any_name(session, TEAM_ID, "leads")
        made: dict[str, str | None] = {
            str(scope): await tokens.create(session, scope, scopes=[scope], team=TEAM_ID, now=house.now())
            for scope in Scope
        }
        made["another channel"] = await tokens.create(session, "leads", scopes=ALL, channel=leads, now=house.now())
        made["elsewhere"] = await tokens.create(session, "theirs", scopes=ALL, team=OTHER_TEAM_ID, now=house.now())
        made["revoked"] = ended = await tokens.create(session, "ended", scopes=ALL, team=TEAM_ID, now=house.now())
        found = await stored.valid(session, tokens.hashed(ended))
        assert found is not None
        assert found.id is not None
        await stored.revoke(session, found.id, house.now())
    return made | {"none": None}


def test_each_route_and_each_command_has_a_row(house: House) -> None:
    app = make_web_app(house.bot.tools, make_app(house.bot.tools))
    routes = {f"{one.method} {one.resource.canonical}" for one in app.router.routes() if one.resource}
    listed = {route for route in routes if not route.startswith(("HEAD ", "OPTIONS "))}
    assert set(table("route")) == listed - {f"GET {one.path}" for one in installing.ROUTES}
    assert set(table("command")) == set(commands(typer.main.get_command(command)))


def commands(group: Any, name: str = "assay") -> Iterator[str]:
    for word, one in group.commands.items():
        yield from commands(one, f"{name} {word}") if hasattr(one, "commands") else [f"{name} {word}"]


@pytest.mark.parametrize("route", table("route"))
async def test_each_token_opens_what_the_table_says_and_no_more(
    house: House, secrets: dict[str, str | None], route: str
) -> None:
    draft = await answered(house)
    opened: dict[str, str] = {}
    for kind, secret in secrets.items():
        before = await all_rows(house)
        answer = await asks(house, route, secret, draft=draft)
        await house.bot.tools.afterwards.done()
        opened[kind] = str(answer.status_code)
        refused = answer.status_code >= 400 or kind in ("another channel", "elsewhere")
        if refused and changed(before, await all_rows(house)):
            opened[kind] += " and changed something"
        if refused and any(words in answer.text for words in OF_THE_CHANNEL):
            opened[kind] += f" and told {answer.text}"
    assert opened == {kind: table("route")[route][kind] for kind in TOKENS}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_what_a_token_may_not_see_answers_as_what_is_not_there(
    house: House, secrets: dict[str, str | None]
) -> None:
    draft = await answered(house)
    for route in table("route"):
        for who in ("another channel", "elsewhere"):
            there = await asks(house, route, secrets[who], draft=draft)
            nowhere = await asks(house, route, secrets[who], channel=NOWHERE[0], draft=NOWHERE[1])
            said = there.text.replace("support", NOWHERE[0])
            for what in ("draft", "webhook"):
                said = said.replace(f"{what} {draft} ", f"{what} {NOWHERE[1]} ")
            assert (there.status_code, said) == (nowhere.status_code, nowhere.text), route


async def answered(house: House) -> int:
    """A draft with an answer that others may not read, and a webhook of the same number that is told of it."""
    async with house.sessions.writing() as session:
        wanted = Wanted("https://hooks.example.com", [*WebhookEvent], TEAM_ID)
        made, _ = await webhooks.create(session, house.bot.tools.vault, wanted, now=house.now())
    draft = await house.draft()
    assert made.id == draft
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({"Reply": "Marzipan."})
    assert (await house.ana.submits()).closed
    await house.settles()
    return draft


async def asks(house: House, route: str, secret: str | None, *, draft: int, channel: str = "support") -> httpx.Response:
    """The channel is named, so that its id is not known before."""
    method, _, path = route.partition(" ")
    named = f"?channel={channel}" if route in NAMED else ""
    address = f"{house.bot.url}{path.format(id=draft, channel=channel, name='docs.js')}{named}"
    bodies: dict[str, dict[str, Any]] = {
        "POST /api/v1/drafts": {"prompt": "Hi", "draft": "Hello", "external_id": uuid.uuid4().hex},
        "POST /api/v1/erasures": {"ticket": "4711"},
        "POST /api/v1/webhooks": {"url": "https://hooks.example.com", "events": ["gold.settled"]},
    }
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    sent = {"channel": channel, **bodies[route]} if route in bodies else None
    sent = {"ids": ["msg_1"]} if route.endswith("/replay") else sent
    return await house.http.request(method, address, headers=headers, json=sent)
