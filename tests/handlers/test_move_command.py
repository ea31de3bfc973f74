"""`assay move` as operators run it: what it says, and that a kill at any moment costs nothing."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, make_url, select

from storage.models import Audit, Channel, Seen
from storage.queries._core import table_of
from tests.databases import Postgres, copied
from tests.houses import Templates
from tests.storage.test_moving import NOON, channel, connected, everything, seen

ROWS = 30_000
KILLS = 4


@dataclass(frozen=True)
class Move:
    """A file with rows in it, and an empty database on the server."""

    file: Path
    server: Postgres
    database: str

    @property
    def to(self) -> str:
        return self.server.url(self.database)

    def command(self, *more: str, file: str | None = None, to: str | None = None) -> "subprocess.Popen[str]":
        environment = os.environ | {"ASSAY_DATABASE_URL": file or f"sqlite+aiosqlite:///{self.file}"}
        words = [str(Path(sys.executable).with_name("assay")), "move", "--to", to or self.to, *more]
        return subprocess.Popen(
            words, env=environment, cwd=self.file.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def says(self, *more: str, file: str | None = None, to: str | None = None) -> tuple[int, str, str]:
        with self.command(*more, file=file, to=to) as process:
            out, err = process.communicate(timeout=100)
        return process.returncode, out, err.strip()


@pytest.fixture
async def file(templates: Templates, tmp_path: Path) -> Path:
    made = Path(make_url(copied(await templates.migrated(None), tmp_path, None)).database or "")
    with connected(f"sqlite:///{made}") as connection:
        connection.execute(insert(table_of(Channel)), [channel(1), channel(2)])
    return made


@pytest.fixture
def move(file: Path, postgres: Postgres) -> Move:
    return Move(file, postgres, postgres.create())


def test_each_table_is_told_with_its_rows_and_at_the_end_that_all_are_equal(move: Move) -> None:
    code, out, err = move.says()
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert [line.split()[:3] for line in lines if " channel " in line] == [["channel", "2", "rows"]]
    assert lines[-2] == f"19 tables, 2 rows: counts and contents are equal in {move.file} and {move.database}." or (
        lines[-2].endswith(f"tables, 2 rows: counts and contents are equal in {move.file} and {move.database}.")
    )
    assert lines[-1].startswith("Now set ASSAY_DATABASE_URL")
    assert move.says()[1].splitlines()[-3] == "2 of these rows were there from an earlier start."


def test_the_trail_of_the_new_database_tells_of_the_move_once(move: Move) -> None:
    assert [move.says()[0], move.says()[0]] == [0, 0]
    with connected(move.to) as connection:
        (told,) = connection.execute(select(table_of(Audit))).mappings()
    tables = len(everything(move.to))
    assert (told["act"], told["who"], told["team"], told["about"]) == ("moved", "operator", None, None)
    assert told["before"] == {"database": "sqlite"}
    assert told["after"] == {"database": "postgresql", "tables": tables, "rows": 2}


def test_a_file_on_which_the_bot_ran_after_a_move_is_not_taken_for_the_moved_one(move: Move) -> None:
    assert move.says()[0] == 0
    with connected(f"sqlite:///{move.file}") as connection:
        entry = {"at": NOON, "act": "settings", "who": "operator"}
        connection.execute(insert(table_of(Audit)), entry)
    code, _, err = move.says()
    assert (code, err.split(":")[0]) == (1, "The target holds rows of audit that are not those of this file")


def test_a_move_killed_again_and_again_arrives_whole(move: Move) -> None:
    with connected(f"sqlite:///{move.file}") as connection:
        connection.execute(insert(table_of(Seen)), seen(ROWS))
    struck = [_killed(move, at=ROWS * kill // (KILLS + 1)) for kill in range(1, KILLS + 1)]
    assert all(0 < rows < ROWS for rows in struck), struck
    assert struck == sorted(set(struck)), "each went on from where the one before was killed"
    code, out, err = move.says()
    assert (code, err) == (0, "")
    assert f"{struck[-1] + 2:,} of these rows were there from an earlier start." in out
    assert without_trail(move.to) == without_trail(f"sqlite:///{move.file}")


def without_trail(url: str) -> dict[str, list[list[Any]]]:
    return {name: rows for name, rows in everything(url).items() if name != "audit"}


def _killed(move: Move, *, at: int) -> int:
    """Killed when so many rows have arrived, and before all have; how many there are then."""
    with psycopg.connect(move.to.replace("+psycopg", ""), autocommit=True) as watching, move.command() as process:
        while (arrived := _arrived(watching)) < at:
            assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        return max(arrived, _arrived(watching))


def _arrived(watching: "psycopg.Connection[tuple[int]]") -> int:
    there = "SELECT to_regclass('seen') IS NOT NULL"
    if not watching.execute(there).fetchone()[0]:  # type: ignore[index]
        return 0
    return watching.execute("SELECT count(*) FROM seen").fetchone()[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"file": "postgresql+psycopg://localhost/assay"}, "ASSAY_DATABASE_URL names no SQLite file"),
        ({"to": "sqlite+aiosqlite:///other.db"}, "--to takes an address that begins with postgresql+psycopg://"),
        ({"file": "sqlite+aiosqlite:///absent.db"}, "There is no database "),
        ({"to": "postgresql+psycopg://assay:secret@127.0.0.1:1/assay"}, "PostgreSQL says: connection"),
    ],
)
def test_what_cannot_be_moved_is_one_sentence(move: Move, wrong: dict[str, str], said: str) -> None:
    code, out, err = move.says(**wrong)
    assert (code, out) == (1, "")
    assert err.startswith(said)
    assert "secret" not in err
    assert len(err.splitlines()) == 1


def test_a_database_with_tables_of_others_is_left_as_it_is(move: Move) -> None:
    with psycopg.connect(move.to.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE orders (id integer)")
    code, _, err = move.says()
    assert (code, err) == (
        1,
        f"The database {move.database} holds tables, and not those of this version of Assay. Nothing was changed. "
        "Give Assay an empty database of its own.",
    )
    with psycopg.connect(move.to.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT to_regclass('channel')").fetchone() == (None,)


def test_characters_that_postgresql_does_not_take_are_told_and_replaced_only_where_that_is_asked_for(
    move: Move,
) -> None:
    with connected(f"sqlite:///{move.file}") as connection:
        connection.exec_driver_sql("UPDATE channel SET name = 'a' || char(0) WHERE id = 2")
    assert move.says()[2].startswith("PostgreSQL does not take 1 values of this file: channel 2: name (a character")
    code, out, _ = move.says("--replace")
    assert code == 0
    assert "1 values held characters that are no text, now “�”: channel 2: name" in out


def test_a_database_that_is_not_there_is_said_to_have_got_nothing(move: Move) -> None:
    code, out, err = move.says(to=move.server.url("nowhere"))
    assert (code, out) == (1, "")
    assert "does not exist" in err
    assert err.endswith("The file is as it was, and nothing more was copied.")
