"""`assay audit` and `assay erase` as people run them."""

import asyncio
import json
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import make_url
from sqlmodel import col, select

from bot.surfaces.audit import NOTHING
from handlers.commands import erasing
from storage import compacting
from storage.engine import make_sessions
from storage.models import Draft, Workspace
from storage.queries import seen
from tests.handlers.shells import NOON, Shell

LATER = "It cannot be undone. Backups and files that were exported before still hold it: see docs/privacy.md."


@pytest.fixture
def signed(busy_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Commands that hash need the key's secret."""
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "a-signing-secret-of-a-test")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    return busy_shell


def numbers(shell: Shell) -> list[int]:
    async def read() -> list[int]:
        sessions = make_sessions(shell.url)
        async with sessions.reading() as session:
            found = [number or 0 for number in (await session.exec(select(Draft.id).order_by(col(Draft.id)))).all()]
        await sessions.close()
        return found

    return asyncio.run(read())


def test_the_trail_is_printed_in_words_and_as_json(busy_shell: Shell) -> None:
    assert busy_shell.prints("audit") == f"{NOTHING}\n"
    busy_shell.prints("tokens", "create", "desk", "--channel", "support")
    busy_shell.prints("export", "--channel", "support", "--format", "labels", "--out", "out")
    made, exported = busy_shell.prints("audit").splitlines()
    assert made.endswith("  The operator made API token 1 “desk” (drafts:write) · #support")
    assert exported.endswith("  The operator exported 2 rows as labels · #support")
    entry = json.loads(busy_shell.prints("audit", "--json").splitlines()[-1])
    assert (entry["act"], entry["by"], entry["who"], entry["after"]) == (
        "exported",
        "operator",
        None,
        {"format": "labels", "rows": 2},
    )
    assert busy_shell.prints("audit", "--json", "--since", "2999-01-01") == ""
    assert busy_shell.prints("audit", "--since", "2999-01-01") == "Nothing of that was written down.\n"
    assert "is no date that Assay knows" in busy_shell.fails("audit", "--since", "long ago", code=2)
    assert json.loads(busy_shell.prints("audit", "--json", "--since", "yesterday").splitlines()[-1]) == entry


def test_a_migration_is_told_in_the_trail(empty_shell: Shell) -> None:
    empty_shell.prints("migrate")
    empty_shell.prints("migrate")
    (told,) = empty_shell.prints("audit").splitlines()
    assert "The operator set the database up, as version " in told


def test_what_would_go_is_said_first_and_goes_with_yes(signed: Shell) -> None:
    said = signed.prints("erase", "--channel", "support", "--customer", "Help 1")
    assert said == (
        "1 draft with 1 answer and 0 messages in Slack would be erased: #1.\n"
        "Nothing was erased yet: add --yes to do it.\n"
    )
    assert numbers(signed) == [1, 2, 3]
    done = signed.prints("erase", "--channel", "support", "--customer", "Help 1", "--yes", "--compact")
    assert done.splitlines()[-2:] == ["The database's files were written anew.", LATER]
    assert numbers(signed) == [2, 3]
    assert (
        signed.fails("erase", "--channel", "support", "--customer", "Help 1", "--yes")
        == "No draft is known by that. Nothing was erased."
    )


def test_files_that_somebody_reads_are_not_said_to_be_written_anew(
    signed: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "PATIENCE", 0.01)
    monkeypatch.setattr(compacting, "TRIES", 1)
    with closing(sqlite3.connect(signed.file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM draft").fetchall()
        done = signed.prints("erase", "--channel", "support", "--customer", "Help 1", "--yes", "--compact")
    assert "were written anew" not in done
    assert f"Stop every `assay serve`, then run: sqlite3 {signed.file} VACUUM" in done
    assert done.startswith("1 draft with 1 answer and 0 messages in Slack erased.")


def test_what_is_to_be_run_names_the_server_and_no_password() -> None:
    url = make_url("postgresql+psycopg://assay:secret@db.example.com:5433/assay")
    assert erasing.vacuum(url) == 'psql "postgresql://assay@db.example.com:5433/assay" --command "VACUUM FULL"'


@pytest.mark.parametrize("nothing", ["", " ", "\u200b"])
@pytest.mark.parametrize(
    "words",
    [
        ("erase", "--yes", "--ticket", "T-1", "--channel"),
        ("erase", "--yes", "--customer", "Help 1", "--channel"),
        ("erase", "--yes", "--channel", "support", "--ticket"),
        ("erase", "--yes", "--channel", "support", "--customer"),
        ("erase", "--yes", "--channel", "support", "--agent"),
        ("erase", "--yes", "--workspace"),
        ("audit", "--channel"),
        ("audit", "--since"),
        ("tokens", "create", "desk", "--channel"),
        ("tokens", "create"),
        ("webhooks", "create", "https://hooks.example.com", "--channel"),
        ("export", "--channel", "support", "--out"),
        ("digest", "--channel", "support", "--date"),
        ("import", "tickets.csv", "--channel", "support", "--errors"),
    ],
    ids=" ".join,
)
def test_a_variable_of_the_shell_that_is_not_set_is_refused_and_means_nothing_else(
    signed: Shell, words: tuple[str, ...], nothing: str
) -> None:
    assert "is empty" in signed.fails(*words, nothing, code=2)
    if words[-1].startswith("--"):
        assert f"{words[-1]} is empty" in signed.fails(*words[:-1], f"{words[-1]}={nothing}", code=2)
    assert numbers(signed) == [1, 2, 3]
    assert signed.prints("audit") == f"{NOTHING}\n"


@pytest.mark.parametrize("whole", [("--workspace", "T2"), ("--agent", "U0ANA")], ids=" ".join)
def test_a_channel_stands_beside_nothing_that_is_of_a_whole_workspace(signed: Shell, whole: tuple[str, ...]) -> None:
    said = signed.fails("erase", *whole, "--channel", "support", "--yes", code=2)
    assert "goes with --ticket or --customer" in said
    assert numbers(signed) == [1, 2, 3]
    assert signed.prints("audit") == f"{NOTHING}\n"


def test_somebody_who_answered_is_erased_with_their_answers_where_that_is_said(signed: Shell) -> None:
    in_workspaces(signed, "T1")
    counted = signed.prints("erase", "--agent", "U0ANA", "--with-answers").splitlines()
    assert counted[0].endswith("would be erased, others' answers to them as well.")
    assert "U0ANA would be taken out of" in signed.prints("erase", "--agent", "U0ANA")
    assert "U0ANA is taken out of" in signed.prints("erase", "--agent", "U0ANA", "--yes")
    assert "Nothing is known of U0ANA" in signed.fails("erase", "--agent", "U0ANA", "--yes")


def test_whose_id_differs_in_small_letters_is_somebody_else(signed: Shell) -> None:
    in_workspaces(signed, "T1")

    async def press() -> None:
        sessions = make_sessions(signed.url)
        async with sessions.writing() as session:
            for key in ("press:T1:U0ANA:1", "form:T1:U0ANA:2", "setup:T1:C0SUPPORT1:U0ANA"):
                assert await seen.first_time(session, key, NOON)
        await sessions.close()

    asyncio.run(press())
    for name in ("u0ana", "U0ana"):
        assert f"Nothing is known of {name} in T1." in signed.fails("erase", "--agent", name, "--yes")
    assert "U0ANA is taken out of" in signed.prints("erase", "--agent", "U0ANA", "--yes")


def in_workspaces(shell: Shell, *teams: str) -> None:
    async def move_in() -> None:
        sessions = make_sessions(shell.url)
        async with sessions.writing() as session:
            for team in teams:
                session.add(Workspace(team=team, bot_user="U0A", bot_id="B0A", name=team, url="", checked_at=NOON))
        await sessions.close()

    asyncio.run(move_in())


def test_where_assay_is_in_several_workspaces_the_one_is_named_in_which_somebody_is_looked_for(signed: Shell) -> None:
    in_workspaces(signed, "T1", "T2")
    for who in (("--customer", "Help 1"), ("--agent", "U0ANA")):
        assert "Name the workspace with --workspace. Assay is in: T1" in signed.fails("erase", *who)
    assert "No draft is known by that." in signed.fails("erase", "--customer", "Help 1", "--workspace", "T2")
    assert "Nothing is known of U0ANA in T2." in signed.fails("erase", "--agent", "U0ANA", "--workspace", "T2")
    elsewhere = ("--ticket", "T-1", "--channel", "support", "--workspace", "T2")
    assert "There is no channel support in workspace T2." in signed.fails("erase", *elsewhere)
    assert "1 draft with 1 answer" in signed.prints("erase", "--customer", "Help 1", "--workspace", "T1", "--yes")
    assert numbers(signed) == [2, 3]
    assert "U0ANA is taken out of" in signed.prints("erase", "--agent", "U0ANA", "--workspace", "T1", "--yes")
    assert numbers(signed) == [2, 3]
    assert "rows of the workspace T1 are erased" in signed.prints("erase", "--workspace", "T1", "--yes")
    assert numbers(signed) == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "name one of them"),
        (("--channel", "support"), "name one of them"),
        (("--workspace", "T1", "--ticket", "T-1", "--customer", "ada"), "name one of them"),
        (("--ticket", "T-1", "--customer", "ada"), "name one of them"),
        (("--ticket", "T-1"), "say which channel the ticket is in"),
        (("--customer", "a"), "2 characters at least"),
        (("--customer", "a\u200b\u200b"), "2 characters at least"),
        (("--customer", "[EMAIL_1]"), "A placeholder names nobody: ask by the address or the name itself."),
        (("--customer", "x" * 501), "500 characters at most"),
        (("--customer", "ada", "--with-answers"), "goes with --agent only"),
    ],
)
def test_what_is_not_said_clearly_is_refused(signed: Shell, words: tuple[str, ...], why: str) -> None:
    assert why in signed.fails("erase", *words, code=2)
