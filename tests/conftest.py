"""Fixtures: each story runs on a SQLite file and on PostgreSQL, in a house of its own."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from storage import migrate
from tests.databases import Postgres, postgres_server, postgres_version
from tests.house import House, open_house

settings.register_profile("assay", deadline=None)  # a busy machine is not a failing law
settings.load_profile("assay")

VERSION = postgres_version()


def pytest_report_header() -> str:
    return f"databases: SQLite {sqlite3.sqlite_version}, {VERSION}"


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    with postgres_server() as server:
        assert server.version in VERSION, f"the run named {VERSION}, the server is {server.version}"
        yield server


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A migrated database of each kind, made when first asked for."""
    return {"sqlite": str(tmp_path_factory.mktemp("template") / "template.db")}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, templates: dict[str, str]) -> str:
    """The URL of a fresh, migrated database: a copy of the template."""
    if request.param == "sqlite":
        template = Path(templates["sqlite"])
        if not template.exists():
            asyncio.run(migrate.upgrade(f"sqlite+aiosqlite:///{template}"))
        shutil.copy(template, tmp_path / "assay.db")
        return f"sqlite+aiosqlite:///{tmp_path / 'assay.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    if "postgresql" not in templates:
        templates["postgresql"] = server.create()
        asyncio.run(migrate.upgrade(server.url(templates["postgresql"])))
    return server.url(server.create(template=templates["postgresql"]))


@pytest.fixture
def server(request: pytest.FixtureRequest, database: str) -> Postgres | None:
    """The server under the story's database; None on SQLite."""
    if database.startswith("sqlite"):
        return None
    server: Postgres = request.getfixturevalue("postgres")
    return server


@pytest.fixture
def transport(request: pytest.FixtureRequest) -> str:
    """http, or socket where a story asks for it (tests/transports.py)."""
    return str(getattr(request, "param", "http"))


@pytest.fixture
async def house(database: str, transport: str) -> AsyncIterator[House]:
    """Single reviews: nothing is shared."""
    async with open_house(database, socket=transport == "socket") as opened:
        yield opened


@pytest.fixture
async def shared_house(database: str, transport: str) -> AsyncIterator[House]:
    """Every draft is reviewed twice."""
    async with open_house(database, overlap="All of them", socket=transport == "socket") as opened:
        yield opened
