from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.app import AppConfig
from sandbox.clock import Clock
from sandbox.people import Person
from sandbox.server import Sandbox
from tests.sandbox.callers import NOON, Api, Listener
from tests.sandbox.desk import CARD, Desk


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    """A workspace with #support, in which are Ana, Bea and the bot; its clock stands at noon."""
    sandbox = Sandbox(AppConfig(), Clock.at(NOON))
    workspace = sandbox.workspace
    ana, bea = workspace.add_user("Ana", id="U0ANA"), workspace.add_user("Bea", id="U0BEA")
    workspace.add_user("Lea", id="U0LEA", is_admin=True)
    workspace.add_channel("support", id="C0SUPPORT", members=[ana.id, bea.id, workspace.bot.id])
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def http(box: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=box.url) as client:
        yield client


@pytest.fixture
def api(box: Sandbox, http: httpx.AsyncClient) -> Api:
    return Api(http, box.app.bot_token)


@pytest.fixture
def ana(http: httpx.AsyncClient) -> Person:
    return Person(http, "U0ANA", "Ana")


@pytest.fixture
def bea(http: httpx.AsyncClient) -> Person:
    return Person(http, "U0BEA", "Bea")


@pytest.fixture
async def listener(box: Sandbox) -> AsyncIterator[Listener]:
    """A bot that takes everything with an empty 200 and remembers it."""
    async with Listener() as bot:
        box.app.request_url = bot.url
        yield bot


@pytest.fixture
async def desk(box: Sandbox, api: Api, ana: Person, listener: Listener) -> Desk:
    await api.posts(CARD)
    return Desk(box, api, ana, listener)
