"""The schema goes up, matches the models, and comes down, on both databases."""

from pathlib import Path

import pytest

from storage import migrate
from tests.databases import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(server.create())


async def test_an_upgraded_database_matches_the_models(empty: str) -> None:
    assert not await migrate.is_current(empty)
    await migrate.upgrade(empty)
    assert await migrate.is_current(empty)
    assert await migrate.matches_models(empty)


async def test_an_upgrade_can_be_taken_back_and_run_again(empty: str) -> None:
    await migrate.upgrade(empty)
    await migrate.downgrade(empty)
    assert not await migrate.is_current(empty)
    await migrate.upgrade(empty)
    assert await migrate.is_current(empty)
