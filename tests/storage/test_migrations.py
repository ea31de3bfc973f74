"""The schema goes up, matches the models, and comes down, on both databases."""

import asyncio
import json
import os
import resource
import sqlite3
import sys
from asyncio.subprocess import PIPE, STDOUT, create_subprocess_exec
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool, Pool
from sqlmodel import col, select

from storage import migrate
from storage.engine import Sessions, make_sessions
from storage.errors import DatabaseAway, WrongVersion
from storage.models import Draft, Token
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


async def test_the_schema_of_a_newer_version_is_left_alone_and_said_to_be_one(empty: str) -> None:
    await migrate.upgrade(empty)
    sessions = make_sessions(empty)
    async with sessions.writing() as session:
        await (await session.connection()).execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (migrate.upgrade, migrate.is_current):
        with pytest.raises(WrongVersion, match=r"of a newer Assay: 9999, .* Nothing was changed\."):
            await attempt(empty)
    async with sessions.reading() as session:
        told = (await (await session.connection()).execute(text("SELECT version_num FROM alembic_version"))).scalar()
    assert told == "9999"
    await sessions.close()


async def test_a_sqlite_that_is_too_old_is_named_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 34, 1))
    file = tmp_path / "assay.db"
    with pytest.raises(WrongVersion, match=r"needs 3\.35 or newer"):
        await migrate.upgrade(f"sqlite+aiosqlite:///{file}")
    assert not file.exists()


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


NEW_ROWS = (
    "INSERT INTO unsaved (draft_id, agent, text, base, edition, at) VALUES (1, 'U1', 'half', 1, 1,"
    " '2026-11-18 12:00:00')",
    "INSERT INTO writing (draft_id, state, model, attempts, due_at) VALUES (1, 'waiting', 'm', 0,"
    " '2026-11-18 12:00:00')",
    "INSERT INTO label (id, draft_id, agent, kind, newest) VALUES (2, 1, 'U2', 'counted', 1)",
    "INSERT INTO slot (id, draft_id, number, trigger, label_id) VALUES (2, 1, 2, 'escalated', 2)",
    "UPDATE revision SET note = 'a note', tags = '[\"legal\"]'",
)
OLD_TABLES = ("channel", "draft", "label", "slot", "revision")


async def runs(sessions: Sessions, *statements: str) -> None:
    async with sessions.writing() as session:
        for statement in statements:
            await (await session.connection()).execute(text(statement))


async def rows_of(url: str, *tables: str) -> dict[str, list[str]]:
    """By connections of its own: those that saw a table before it was changed do not read it after."""
    sessions = make_sessions(url)
    async with sessions.reading() as session:
        connection = await session.connection()
        found = {
            table: [
                str(tuple(row)) for row in (await connection.execute(text(f"SELECT * FROM {table} ORDER BY id"))).all()
            ]
            for table in tables
        }
    await sessions.close()
    return found


async def tables_of(url: str) -> list[str]:
    sessions = make_sessions(url)
    async with sessions.reading() as session:
        connection = await session.connection()
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await sessions.close()
    return sorted(names)


async def test_a_step_back_keeps_the_rows_of_the_older_version_and_all_of_them_leave_no_table(empty: str) -> None:
    await migrate.upgrade(empty, to="0001")
    sessions = make_sessions(empty)
    await runs(sessions, *OLD_ROWS)
    await sessions.close()
    before, tables = await rows_of(empty, *OLD_TABLES), await tables_of(empty)
    assert all(before.values())
    await migrate.upgrade(empty)
    sessions = make_sessions(empty)
    await runs(sessions, *NEW_ROWS)
    await sessions.close()
    await migrate.downgrade(empty, to="0001")
    after = await rows_of(empty, *OLD_TABLES)
    assert after["label"].pop() == "(2, 1, 'U2', 'extra', 1)"  # there was no second look yet
    assert after == before
    assert await tables_of(empty) == tables
    await migrate.downgrade(empty)
    assert await tables_of(empty) == ["alembic_version"]


async def test_what_was_kept_in_focus_mode_is_still_newer_than_the_answers_before_it(empty: str) -> None:
    await migrate.upgrade(empty, to="0001")
    sessions = make_sessions(empty)
    await runs(sessions, *OLD_ROWS)
    await migrate.upgrade(empty, to="0002")
    kept = "INSERT INTO unsaved (draft_id, agent, text, at) VALUES (1, '{}', 'half', '2026-11-18 {}:00:00')"
    await runs(sessions, kept.format("U1", 13), kept.format("U2", 11))
    await migrate.upgrade(empty)
    async with sessions.reading() as session:
        connection = await session.connection()
        found = (await connection.execute(text("SELECT base, edition FROM unsaved ORDER BY agent"))).all()
    assert [tuple(row) for row in found] == [(1, 1), (0, 1)]
    await sessions.close()


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


async def test_what_waits_in_the_thread_of_a_message_that_failed_has_failed_with_it(empty: str) -> None:
    await migrate.upgrade(empty, to="0001")
    sessions = make_sessions(empty)
    await runs(sessions, OLD_ROWS[0])
    await migrate.upgrade(empty, to="0009")
    rows = [
        ("digest:1", "digest", "failed", None),
        ("figures:1", "figures", "pending", "digest:1"),
        ("notice:7", "notice", "failed", None),
        ("notice:7:1", "called_off", "pending", "notice:7"),
        ("notice:7:2", "notice", "pending", "notice:7"),
        ("digest:2", "digest", "pending", None),
        ("figures:2", "figures", "pending", "digest:2"),
    ]
    columns = (
        'INSERT INTO delivery (id, team, "key", kind, state, channel_id, "to", parent, priority, wanted, attempts,'
        " looks, due_at, takes_room) VALUES ('{0}', 'T1', '{0}', '{1}', '{2}', 1, 'C1', {3}, 0, 1, 0, 0,"
        " '2026-11-18 12:00:00', false)"
    )
    await runs(sessions, *(columns.format(*row[:3], f"'{row[3]}'" if row[3] else "NULL") for row in rows))
    await sessions.close()
    await migrate.upgrade(empty)
    sessions = make_sessions(empty)
    async with sessions.reading() as session:
        connection = await session.connection()
        asked = text(
            "SELECT id, state, parent, error, drawing, lane FROM delivery WHERE parent IS NOT NULL OR kind = 'notice'"
        )
        found = {row[0]: tuple(row)[1:] for row in (await connection.execute(asked)).all()}
    await sessions.close()
    failed = ("thread_has_no_message", 0, None)
    assert found.pop("notice:7")[0] == "failed"
    assert found == {
        "figures:1": ("failed", "digest:1", *failed),
        "notice:7:1": ("failed", "notice:7", *failed),
        "notice:7:2": ("pending", None, None, 0, "T1/C1/post"),
        "figures:2": ("pending", "digest:2", None, 0, "T1/C1/post"),
    }


SPOILT_ROLES = [
    (["user", "assist[PRIVATE_1]t", "user"], ["user", "assistant", "user"]),
    (["sy[PRIVATE_1]em", "[PRIVATE_2]er", "assi[PRIVATE_1]ant"], ["system", "user", "assistant"]),
    (["[PRIVATE_1]", "assi[PRIVATE_2]t"], ["user", "assistant"]),
    (["[PRIVATE_1]", "us[PRIVATE_2]"], ["assistant", "user"]),
    (["[PRIVATE_1]", "user"], ["assistant", "user"]),
    (["system", "user"], ["system", "user"]),
]


async def test_roles_that_a_report_has_spoilt_are_what_they_were_again(empty: str) -> None:
    await migrate.upgrade(empty, to="0001")
    sessions = make_sessions(empty)
    await runs(sessions, *OLD_ROWS[:2])
    content = "I am [PRIVATE_1], role: us[PRIVATE_2]."
    for number, (spoilt, _) in enumerate(SPOILT_ROLES, 2):
        turns = json.dumps([{"role": role, "content": content} for role in spoilt])
        await runs(sessions, OLD_ROWS[1].replace("(1, 1, 'h', '[]'", f"({number}, 1, 'h{number}', '{turns}'"))
    await sessions.close()
    await migrate.upgrade(empty)
    sessions = make_sessions(empty)
    async with sessions.reading() as session:
        found = (await session.exec(select(Draft.conversation).where(col(Draft.id) > 1).order_by(col(Draft.id)))).all()
    await sessions.close()
    assert [[turn["role"] for turn in turns] for turns in found] == [right for _, right in SPOILT_ROLES]
    assert {turn["content"] for turns in found for turn in turns} == {content}


@pytest.mark.parametrize(
    ("workspaces", "bound"), [([], [None, "T9"]), (["T1"], ["T1", "T9"]), (["T1", "T2"], [None, "T9"])]
)
async def test_tokens_that_name_no_workspace_are_good_for_the_only_one(
    empty: str, workspaces: list[str], bound: list[str | None]
) -> None:
    await migrate.upgrade(empty, to="0012")
    sessions = make_sessions(empty)
    for team in workspaces:
        await runs(
            sessions,
            "INSERT INTO workspace (team, bot_user, bot_id, name, url, checked_at)"
            f" VALUES ('{team}', 'U0', 'B0', '', '', '2026-11-18 12:00:00')",
        )
    for number, team in enumerate(("NULL", "'T9'"), 1):
        await runs(
            sessions,
            f"INSERT INTO token (id, team, name, hash, scopes, created_at) VALUES ({number}, {team}, 'n', 'h{number}',"
            " '[]', '2026-11-18 12:00:00')",
        )
    await sessions.close()
    await migrate.upgrade(empty)
    sessions = make_sessions(empty)
    async with sessions.reading() as session:
        found = (await session.exec(select(Token.team).order_by(col(Token.id)))).all()
    await sessions.close()
    assert list(found) == bound


REVISIONS = sorted(file.name[:4] for file in Path(migrate.__file__).parent.glob("migrations/versions/0*.py"))
Shape = dict[tuple[str, str], tuple[str, bool]]  # of each column: its type, and whether each new row has to bring it


async def shape_of(url: str) -> Shape:
    def look(connection: Connection) -> Shape:
        found = inspect(connection)
        return {
            (table, column["name"]): (str(column["type"]), _is_needed(column))
            for table in found.get_table_names()
            for column in found.get_columns(table)
        }

    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        return await connection.run_sync(look)


def _is_needed(column: Mapping[str, Any]) -> bool:
    return not (column["nullable"] or column["default"] is not None or "computed" in column)


def what_the_version_before_meets(before: Shape, after: Shape) -> list[tuple[str, str]]:
    """Columns, in tables that it knows, which its rows do not bring and must, or in which it finds another type."""
    tables = {table for table, _ in before}
    of_them = {column: shape for column, shape in after.items() if column[0] in tables}
    return [
        column
        for column, (kind, needed) in of_them.items()
        if (needed and not before.get(column, (kind, False))[1]) or kind != before.get(column, (kind, needed))[0]
    ]


async def test_a_migration_lets_the_version_before_go_on_and_those_that_did_not_are_known(empty: str) -> None:
    """The guide for operators says so: processes are replaced one after the other on the newer schema."""
    broke = []
    await migrate.upgrade(empty, to="0001")
    shape = await shape_of(empty)
    for revision in REVISIONS[1:]:
        before = shape
        await migrate.upgrade(empty, to=revision)
        shape = await shape_of(empty)
        if what_the_version_before_meets(before, shape):
            broke.append(revision)
    turned = ["0009"] if empty.startswith("postgresql") else []  # documents, which SQLite keeps as texts
    assert broke == ["0002", "0003", "0004", "0006", *turned]


async def test_a_migration_that_waits_for_a_table_gives_up_before_everybody_waits_behind_it(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.url(postgres.create())
    await migrate.upgrade(url, to="0010")
    monkeypatch.setattr(migrate, "LONGEST_WAIT", 100)
    sessions = make_sessions(url)
    async with sessions.reading() as session:  # as pg_dump does
        await (await session.connection()).execute(text("SELECT count(*) FROM channel"))
        with pytest.raises(DatabaseAway, match="Nothing was changed"):
            await migrate.upgrade(url)
        assert not await migrate.is_current(url)
    await migrate.upgrade(url)
    assert await migrate.is_current(url)
    await sessions.close()


ASSAY = Path(sys.executable).with_name("assay")


async def migrates(url: str, *, largest: int = resource.RLIM_INFINITY) -> tuple[int | None, str]:
    """How `assay migrate` ends as a process of its own that may write files up to so many bytes, and what it says."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    process = await create_subprocess_exec(
        ASSAY, "migrate", env={**os.environ, "ASSAY_DATABASE_URL": url}, stdout=PIPE, stderr=STDOUT, preexec_fn=limit
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode().strip()


async def test_of_several_migrations_at_once_one_works_and_the_others_wait(empty: str) -> None:
    ended = await asyncio.gather(*(migrates(empty) for _ in range(3)))
    assert ended == [(0, "The database has the newest schema.")] * 3
    assert await migrate.matches_models(empty)
    sessions = make_sessions(empty)
    async with sessions.reading() as session:
        told = (await (await session.connection()).execute(text("SELECT count(*) FROM audit"))).scalar()
    await sessions.close()
    assert told == 1


@pytest.mark.parametrize("begins", [None, "0001", "0009"])
async def test_a_migration_that_finds_no_room_in_the_middle_has_changed_nothing(
    tmp_path: Path, begins: str | None
) -> None:
    file = tmp_path / "assay.db"
    url = f"sqlite+aiosqlite:///{file}"
    if begins is not None:
        await migrate.upgrade(url, to=begins)
    before = dump(file) if begins else []
    for kilobytes in (64, 250):
        code, said = await migrates(url, largest=kilobytes * 1024)
        assert (code, dump(file)) == (1, before), said
    assert (await migrates(url))[0] == 0
    assert await migrate.matches_models(url)


def dump(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    told = [line for line in connection.iterdump() if line not in ("BEGIN TRANSACTION;", "COMMIT;")]
    connection.close()
    return told


async def test_a_migration_that_waits_for_the_file_too_long_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LONGEST_TURN", 0.05)
    url = f"sqlite+aiosqlite:///{tmp_path / 'assay.db'}"
    await migrate.upgrade(url, to="0010")
    other = sqlite3.connect(tmp_path / "assay.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseAway, match="Nothing was changed"):
        await migrate.upgrade(url)
    other.close()
    await migrate.upgrade(url)
    assert await migrate.is_current(url)


async def test_no_tables_are_put_into_the_file_of_another_program(tmp_path: Path) -> None:
    file = tmp_path / "theirs.db"
    theirs = sqlite3.connect(file)
    theirs.execute("CREATE TABLE orders (id INTEGER)")
    theirs.close()
    before = dump(file)
    with pytest.raises(WrongVersion, match=r"theirs\.db holds tables \(orders\)"):
        await migrate.upgrade(f"sqlite+aiosqlite:///{file}")
    assert dump(file) == before


@pytest.mark.parametrize("said", [["0015"], ["0009"], ["0009", "0015"]], ids=" ".join)
async def test_a_database_whose_version_is_another_programs_is_left_alone(empty: str, said: list[str]) -> None:
    sessions = make_sessions(empty)
    rows = (f"INSERT INTO alembic_version VALUES ('{one}')" for one in said)
    await runs(
        sessions, "CREATE TABLE alembic_version (version_num VARCHAR)", "CREATE TABLE orders (id INTEGER)", *rows
    )
    await sessions.close()
    for attempt in (migrate.upgrade, migrate.is_current):
        with pytest.raises(WrongVersion, match=r"names another program's database\. Nothing was changed\."):
            await attempt(empty)
    assert await tables_of(empty) == ["alembic_version", "orders"]


def keeps(connection: Any, _record: object) -> None:
    """As a SQLite does that was not built to overwrite."""
    connection.run_async(lambda raw: raw.execute("PRAGMA secure_delete=OFF"))


@pytest.fixture
def keeping_sqlite() -> Iterator[None]:
    event.listen(Pool, "connect", keeps)
    yield
    event.remove(Pool, "connect", keeps)


@pytest.mark.usefixtures("keeping_sqlite")
async def test_a_table_that_is_written_anew_leaves_no_words_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "assay.db"
    url = f"sqlite+aiosqlite:///{file}"
    await migrate.upgrade(url, to="0001")
    sessions = make_sessions(url)
    await runs(sessions, *(row.replace("'h'", "'something of Ana'") for row in OLD_ROWS))
    await sessions.close()
    await migrate.upgrade(url)
    sessions = make_sessions(url)
    await runs(sessions, "UPDATE draft SET body_hash = 'h'")
    await sessions.close()
    assert b"something of Ana" not in file.read_bytes()
