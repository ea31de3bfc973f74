"""The schema goes up, matches the models, and comes down, on both databases."""

from pathlib import Path

import pytest
from sqlalchemy import text

from storage import migrate
from storage.engine import make_sessions
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


OLD_ROWS = (
    "INSERT INTO channel (id, team, slack_id, name, state, private, members_known, leads, digest_time, time_zone,"
    " working_days, escalation_reasons, open_cards, guideline, likeness, created_at) VALUES (1, 'T1', 'C1', 'support',"
    " 'active', false, false, '[]', '09:00', 'UTC', '[]', '[]', 10, 0, 0.9, '2026-11-18 12:00:00')",
    "INSERT INTO draft (id, channel_id, body_hash, conversation, context, topic, priority, state, reviews, shared,"
    " overlap_probability, place, placeholders, redacted, redactor, created_at, state_at) VALUES (1, 1, 'h', '[]',"
    " '{}', '', 0, 'open', 1, false, 0.1, 0, '{}', '{}', '1', '2026-11-18 12:00:00', '2026-11-18 12:00:00')",
    "INSERT INTO label (id, draft_id, agent, kind, newest) VALUES (1, 1, 'U1', 'counted', 1)",
    "INSERT INTO slot (id, draft_id, number, label_id) VALUES (1, 1, 1, 1)",
    "INSERT INTO revision (id, label_id, number, channel_id, verdict, withdrawn, exposed, verified, guideline,"
    " saved_at) VALUES (1, 1, 1, 1, 'approved', false, false, true, 0, '2026-11-18 12:00:00')",
)


async def test_rows_of_an_older_version_are_kept_and_get_what_new_columns_mean(empty: str) -> None:
    await migrate.upgrade(empty, to="0001")
    sessions = make_sessions(empty)
    async with sessions.writing() as session:
        for row in OLD_ROWS:
            await (await session.connection()).execute(text(row))
    await migrate.upgrade(empty)
    async with sessions.reading() as session:
        connection = await session.connection()
        channel = (await connection.execute(text("SELECT reviewers, settings_version, tags FROM channel"))).one()
        told = (
            await connection.execute(text("SELECT d.origin, r.tags, s.label_id FROM draft d, revision r, slot s"))
        ).one()
    assert [str(one).replace("'", '"') for one in channel[:2]] == ["[]", "0"]
    assert "personal data" in str(channel[2])
    assert [str(one) for one in told] == ["api", "[]", "1"]
    await sessions.close()
