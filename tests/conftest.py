"""Fixtures: each story runs on a SQLite file and on PostgreSQL, in a house of its own."""

import logging
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings
from structlog.contextvars import merge_contextvars

from handlers.log_fields import only_known
from tests.browsers import browser, page
from tests.collecting import pytest_runtest_logfinish, pytest_sessionstart
from tests.databases import Postgres, copied, postgres_server, postgres_version
from tests.house import House
from tests.houses import Houses, Templates
from tests.statements import compiled_once

# Fixtures of every test: imported by a module each would start a browser of its own. And what is done between tests.
__all__ = ["browser", "page", "pytest_runtest_logfinish", "pytest_sessionstart"]

settings.register_profile("assay", deadline=None)  # a busy machine is not a failing law
settings.load_profile("assay")

VERSION = postgres_version()


def pytest_report_header() -> str:
    return f"databases: SQLite {sqlite3.sqlite_version}, {VERSION}"


@pytest.fixture(scope="session", autouse=True)
def statements() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        compiled_once(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def plain_lines() -> None:
    """What is logged stands in a failure's report; tracebacks are short, for those with values take seconds."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[merge_contextvars, structlog.processors.add_log_level, plain])


@pytest.fixture(autouse=True)
def logging_as_before(plain_lines: None) -> Iterator[None]:
    """A test that sets up the bot's log leaves none of it to the next."""
    root, ours = logging.getLogger(), structlog.get_config()
    handlers, level, hooks = list(root.handlers), root.level, (sys.excepthook, sys.unraisablehook, threading.excepthook)
    yield
    structlog.configure(**ours)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    with postgres_server() as server:
        assert server.version in VERSION, f"the run named {VERSION}, the server is {server.version}"
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Of database: a story that does not say otherwise is told on both."""
    return str(request.param)


@pytest.fixture
def on_postgres(request: pytest.FixtureRequest, kind: str) -> Postgres | None:
    """The server under the story's database; None on SQLite."""
    return request.getfixturevalue("postgres") if kind == "postgresql" else None


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture
async def database(on_postgres: Postgres | None, templates: Templates, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a fresh, migrated database."""
    url = copied(await templates.migrated(on_postgres), tmp_path, on_postgres)
    yield url
    if on_postgres is not None:
        on_postgres.drop(url)


@pytest.fixture
def houses(on_postgres: Postgres | None, templates: Templates, tmp_path: Path) -> Houses:
    return Houses(templates, on_postgres, tmp_path)


@pytest.fixture
def transport(request: pytest.FixtureRequest) -> str:
    """http, or socket where a story asks for it (tests/transports.py)."""
    return str(getattr(request, "param", "http"))


@pytest.fixture
async def house(houses: Houses, transport: str) -> AsyncIterator[House]:
    """Single reviews: nothing is shared."""
    async with houses.open(socket=transport == "socket") as opened:
        yield opened


@pytest.fixture
async def shared_house(houses: Houses, transport: str) -> AsyncIterator[House]:
    """Every draft is reviewed twice."""
    async with houses.open(overlap="All of them", socket=transport == "socket") as opened:
        yield opened


@pytest.fixture
def every_log() -> Iterator[list[MutableMapping[str, Any]]]:
    """All that is logged, at every level."""
    with structlog.testing.capture_logs(processors=[merge_contextvars, only_known]) as logged:
        yield logged
