"""The command `assay` as people run it: what it prints, how it ends, and what it says when something is wrong."""

import asyncio
import csv
import json
import os
import re
import string
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from bot import channel_setup, tokens
from bot.slack_channels import Look
from storage import migrate
from storage.engine import make_sessions
from tests.handlers.shells import NOON, Shell, work

HOOK = "https://hooks.example.com/assay"


def test_the_version_is_said_without_a_command(empty_shell: Shell) -> None:
    assert empty_shell.prints("--version") == f"assay {version('assay')}\n"


def test_the_schema_is_brought_up_to_date_as_often_as_one_likes(empty_shell: Shell) -> None:
    for _ in range(2):
        assert empty_shell.prints("migrate") == "The database has the newest schema.\n"
    assert asyncio.run(migrate.is_current(empty_shell.url))


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked_once(shell: Shell) -> None:
    assert shell.prints("tokens", "list") == "There are no tokens. Make one: assay tokens create NAME\n"
    secret = shell.prints("tokens", "create", "helpdesk").strip()
    listed = shell.prints("tokens", "list")
    assert re.match(r"1 +helpdesk +drafts:write", listed)
    assert secret not in listed
    assert shell.prints("tokens", "revoke", "1") == "Token 1 is revoked.\n"
    assert re.search(
        r"  no workspace yet  since \d{4}-\d\d-\d\d  revoked \d{4}-\d\d-\d\d$", shell.prints("tokens", "list")
    )
    assert shell.fails("tokens", "revoke", "1") == "There is no token 1 to revoke. See: assay tokens list"


def test_a_token_can_be_bound_to_a_channel_that_is_there(busy_shell: Shell) -> None:
    assert busy_shell.prints("tokens", "create", "helpdesk", "--channel", "#support").strip()
    assert "  #support only in T" in busy_shell.prints("tokens", "list")
    assert "There is no channel #sales." in busy_shell.fails("tokens", "create", "other", "--channel", "#sales")


async def _meets(url: str, team: str) -> None:
    sessions = make_sessions(url)
    async with sessions.writing() as session:
        seen = Look(name="support")
        await channel_setup.meet(session, team=team, slack_id=f"C0{team}", seen_as=seen, invited_by="U0MAX", now=NOON)
    await sessions.close()


@pytest.mark.parametrize("command", [("tokens", "create", "desk"), ("webhooks", "create", HOOK)])
def test_a_channel_is_looked_for_in_the_workspace_that_is_named(busy_shell: Shell, command: tuple[str, ...]) -> None:
    asyncio.run(_meets(busy_shell.url, "T2"))
    assert "2 workspaces have a channel #support" in busy_shell.fails(*command, "--channel", "#support")
    assert busy_shell.prints(*command, "--channel", "#support", "--workspace", "T2")
    said = busy_shell.fails(*command, "--channel", "T1/C0SUPPORT1", "--workspace", "T2")
    assert said.startswith("There is no channel T1/C0SUPPORT1 in workspace T2.")


def test_a_token_gets_the_scopes_that_are_named(shell: Shell) -> None:
    shell.prints("tokens", "create", "trainer", "--scope", "gold:read", "--scope", "labels:read")
    assert re.match(r"1 +trainer +gold:read labels:read", shell.prints("tokens", "list"))
    assert "everything" in shell.fails("tokens", "create", "other", "--scope", "everything", code=2)


@pytest.fixture
def keyed_shell(busy_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell that has what an import needs besides a database: the key of the running bot."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "a-signing-secret-of-a-test")
    return busy_shell


def test_a_file_is_rehearsed_imported_and_recognised(keyed_shell: Shell) -> None:
    file = keyed_shell.folder / "tickets.csv"
    file.write_text("Ticket,Body,Plan,customer\n1,Help,Pro,\n2,,,\n", encoding="utf-8")
    words = ["import", "tickets.csv", "--channel", "#support", "--map", "external_id=Ticket,customer=Body"]
    words += ["--map", "context.plan=Plan"]
    for more, said in (
        (["--dry-run"], "1 draft would be new, 0 already there, 1 refused."),
        (["--errors", "refused.csv"], "1 draft stored, 0 already there, 1 refused."),
        ([], "0 drafts stored, 1 already there, 1 refused."),
    ):
        done = keyed_shell.runs(*words, *more)
        assert (done.code, done.err) == (1, "")
        assert said in done.out
        assert "line 3: customer: is empty" in done.out
    refused = (keyed_shell.folder / "refused.csv").read_text(encoding="utf-8-sig").splitlines()
    assert refused[0] == "assay_line,assay_reason,Ticket,Body,Plan,customer,assay_unread"
    assert refused[1].startswith("3,customer: is empty")
    file.write_text("customer\nHelp me\n", encoding="utf-8")
    assert "1 draft stored" in keyed_shell.prints("import", "tickets.csv", "--channel", "#support")


@pytest.mark.parametrize(
    "content", [b"mine", b"assay_line,assay_reason,customer\n3,customer: is empty,Help me\n", b"{}"]
)
def test_refused_rows_are_written_over_nothing_for_somebody_may_have_mended_some_there(
    keyed_shell: Shell, content: bytes
) -> None:
    (keyed_shell.folder / "tickets.csv").write_text("customer\n \nHelp me\n", encoding="utf-8")
    (keyed_shell.folder / "refused").write_bytes(content)
    words = ["import", "tickets.csv", "--channel", "support"]
    said = keyed_shell.runs(*words, "--errors", "refused").err
    assert "refused is there already and stays as it is. Name another file" in said
    assert (keyed_shell.folder / "refused").read_bytes() == content
    assert "1 draft stored" in keyed_shell.runs(*words, "--errors", "/dev/null").out


def test_a_file_for_refused_rows_stays_empty_where_none_was_refused_and_is_taken_again(keyed_shell: Shell) -> None:
    (keyed_shell.folder / "tickets.csv").write_text("customer\nHelp me\n", encoding="utf-8")
    for _ in range(2):
        keyed_shell.prints("import", "tickets.csv", "--channel", "support", "--errors", "refused.csv")
        assert (keyed_shell.folder / "refused.csv").read_bytes() == b""


def test_a_pipe_is_not_imported_for_it_can_be_read_once_only(keyed_shell: Shell) -> None:
    ours, theirs = os.pipe()
    os.close(theirs)
    said = keyed_shell.fails("import", f"/dev/fd/{ours}", "--format", "jsonl", "--channel", "support")
    os.close(ours)
    assert said.endswith(
        "can be read once only, and an import reads it twice. Save it as a file, and import that. Nothing was imported."
    )


def test_a_name_of_a_token_steers_no_terminal(shell: Shell) -> None:
    async def make() -> None:
        sessions = make_sessions(shell.url)
        async with sessions.writing() as session:
            await tokens.create(session, "a\x1b[31mred\n2  evil  admin", scopes=[], now=NOON)
        await sessions.close()

    asyncio.run(make())
    for words in (["tokens", "list"], ["audit"]):
        (line,) = shell.prints(*words).splitlines()
        assert "\x1b" not in line


EVIL = "\x1b]0;owned\x07\x9b31m\nImported 999 rows\u2028\u202e"


def steered_by(words: str) -> set[str]:
    return set(words) & set(EVIL) - set(f"\n{string.printable[:95]}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("odd.csv", f'customer,"{EVIL}"\nHelp me,1\n'),
        ("odd.csv", f'"{EVIL}"\nHelp me\n'),
        ("odd.jsonl", json.dumps({"customer": "Help me", EVIL: 1})),
    ],
    ids=["a column", "the only column", "a key"],
)
def test_nothing_in_a_file_that_is_imported_steers_the_terminal(keyed_shell: Shell, name: str, text: str) -> None:
    (keyed_shell.folder / name).write_text(text, encoding="utf-8")
    done = keyed_shell.runs("import", name, "--channel", "support")
    assert steered_by(done.out + done.err) == set()
    assert not [line for line in (done.out + done.err).splitlines() if line.startswith("Imported 999")]


def test_a_label_of_a_file_steers_no_terminal(shell: Shell) -> None:
    rows = [("1", EVIL, EVIL), ("2", "no", "no"), ("3", "no", "no")]
    with (shell.folder / "odd.csv").open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(("item", "annotator", "label"))
        table.writerows((item, who, said) for item, *both in rows for who, said in zip("ab", both, strict=True))
    said = shell.prints("agreement", "odd.csv")
    assert "owned" in said
    assert steered_by(said) == set()
    assert not [line for line in said.splitlines() if line.startswith("Imported")]
    said = shell.fails("agreement", "odd.csv", "--metric", "interval")
    assert steered_by(said) == set()
    assert len(said.splitlines()) == 1


def test_a_demo_writes_over_no_file_that_no_demo_wrote(shell: Shell) -> None:
    (shell.folder / "labels.jsonl").write_text("mine", encoding="utf-8")
    said = shell.fails("demo", "--script", "--out", ".")
    assert said == ". holds labels.jsonl, which no demo wrote. Name another folder with --out."
    assert (shell.folder / "labels.jsonl").read_text(encoding="utf-8") == "mine"


def test_an_import_that_cannot_begin_says_why(busy_shell: Shell, keyed_shell: Shell) -> None:
    shell = keyed_shell
    (shell.folder / "tickets.data").write_text("customer\nHelp\n", encoding="utf-8")
    words = ["import", "tickets.data", "--channel", "#support"]
    assert "Say what it is: --format csv or --format jsonl." in shell.fails(*words)
    assert "1 draft stored" in shell.prints(*words, "--format", "csv")
    assert shell.fails("import", "none.csv", "--channel", "#support").startswith(
        "none.csv cannot be used: No such file"
    )
    assert "There is no channel #sales." in shell.fails(
        "import", "tickets.data", "--format", "csv", "--channel", "#sales"
    )


def test_gold_and_labels_are_exported_and_what_is_left_out_is_counted(busy_shell: Shell) -> None:
    said = busy_shell.prints("export", "--channel", "#support", "--out", "out")
    assert said == "1 rows in out/gold.trl-sft.jsonl. Left out: 1 escalated.\n"
    (busy_shell.folder / "other" / "labels.jsonl").mkdir(parents=True)
    before = busy_shell.prints("audit")
    onto = ("--format", "labels", "--out", "other")
    assert "other/labels.jsonl is a folder" in busy_shell.fails("export", "--channel", "#support", *onto, code=2)
    assert busy_shell.prints("audit") == before
    said = busy_shell.prints("export", "--channel", "C0SUPPORT1", "--format", "labels", "--out", "out")
    assert said == "2 rows in out/labels.jsonl.\n"
    lines = (busy_shell.folder / "out" / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["verdict"] for line in lines] == ["approved", "not_judged"]


def test_the_digest_of_a_day_is_printed(busy_shell: Shell) -> None:
    said = busy_shell.prints("digest", "--channel", "support", "--date", "2026-11-19")
    assert said.startswith("Labelling digest · Thursday 19 November\n")
    assert "2 labels on Wednesday 18 November, 2 answers settled." in said


def test_a_digest_is_printed_of_no_day_that_nobody_can_mean(busy_shell: Shell) -> None:
    assert "“soon” is no date" in busy_shell.fails("digest", "--channel", "support", "--date", "soon", code=2)


def test_no_digest_is_posted_in_a_channel_that_nobody_has_set_up(shell: Shell) -> None:
    asyncio.run(work(shell.url, set_up=False))
    said = shell.fails("digest", "--channel", "support", "--date", "2026-11-19", "--post")
    assert said == "#support is not set up, so nothing is posted there. Type /assay setup in it."


def test_the_digest_of_a_day_is_posted_once(busy_shell: Shell) -> None:
    words = ("digest", "--channel", "support", "--date", "2026-11-19", "--post")
    assert busy_shell.prints(*words).startswith("The digest of 2026-11-19 waits for the bot")
    assert "The digest of 2026-11-19 was made before, and none is posted twice." in busy_shell.fails(*words)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    file = tmp_path / "labels.csv"
    rows = [("1", "yes", "yes"), ("2", "no", "no"), ("3", "yes", "no"), ("4", "no", "no")]
    lines = [f"{item},{who},{said}" for item, *both in rows for who, said in zip("ab", both, strict=True)]
    file.write_text("\n".join(["item,annotator,label", *lines]), encoding="utf-8")
    return file


def test_agreement_is_printed_for_people_and_as_json(shell: Shell, labels: Path) -> None:
    measured = json.loads(shell.prints("agreement", str(labels), "--metric", "nominal", "--json"))
    # 2 of 8 ordered pairs unlike, 3 yes and 5 no among 8 labels: 1 - (2 / 8) / (2 * 3 * 5 / (8 * 7)).
    assert measured["alpha"] == pytest.approx(1 - 0.25 / (30 / 56))
    assert (measured["items"], measured["labels"], measured["annotators"]) == (4, 8, 2)
    table = shell.prints("agreement", str(labels))
    assert re.search(r"^alpha +0\.533 +not known +4 ", table, re.MULTILINE)
    assert table.startswith("8 labels, 2 annotators, 4 items, of which 4 with two labels or more.")


def test_agreement_reads_standard_input_other_columns_and_orders(shell: Shell, labels: Path) -> None:
    text = labels.read_text(encoding="utf-8").replace("label", "Grade;").replace(",", ";").replace("item;", "Ticket;")
    words = ["agreement", "-", "--metric", "ordinal", "--order", "no,yes", "--map", "item=Ticket,label=Grade"]
    measured = json.loads(shell.prints(*words, "--seed", "5", "--draws", "300", "--json", typed=text))
    assert measured["alpha"] == pytest.approx(1 - 0.25 / (30 / 56))
    assert [measured[key] for key in ("metric", "order", "seed", "draws")] == ["ordinal", ["no", "yes"], 5, 300]


def test_each_annotator_is_set_beside_the_others(shell: Shell, labels: Path) -> None:
    measured = json.loads(shell.prints("agreement", str(labels), "--annotators", "--json"))
    first, second = measured["people"]
    assert (measured["consensus"], first["agreeing"], second["agreeing"]) == ("majority", 0.75, 0.75)
    assert first["confusion"] == {"no": {"no": 2, "yes": 1}, "yes": {"yes": 1}}
    table = shell.prints("agreement", str(labels), "--annotators")
    assert re.search(r"^b +4 +4 +3 of 4 +75% +30% to 95% +said no where it was yes: 1 of 2$", table, re.MULTILINE)


def test_what_agreement_cannot_say_has_its_reason(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("item,annotator,label\n1,a,yes\n1,b,yes\n", encoding="utf-8")
    assert re.search(r"^alpha +not known: no variation", shell.prints("agreement", str(file)), re.MULTILINE)
    assert json.loads(shell.prints("agreement", str(file), "--json"))["alpha"] is None


def test_personal_data_is_replaced_in_a_file_and_in_what_is_typed(shell: Shell, tmp_path: Path) -> None:
    text = "Write to ana@example.com or ana@example.com, card 4111 1111 1111 1111.\n"
    clean = "Write to [EMAIL_1] or [EMAIL_1], card [CARD_1].\n"
    (tmp_path / "ticket.txt").write_text(text, encoding="utf-8")
    assert shell.prints("redact", "ticket.txt") == clean
    assert shell.prints("redact", typed=text) == clean


def _binary(folder: Path) -> None:
    (folder / "binary").write_bytes(b"\xff\xfe\x00\xd8" * 4)


def _a_file(folder: Path) -> None:
    (folder / "taken").write_text("mine", encoding="utf-8")


def _no_columns(folder: Path) -> None:
    (folder / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "before", "sentence"),
    [
        (["digest", "--channel", "#sales"], None, "There is no channel #sales."),
        (["export", "--channel", "#sales"], None, "There is no channel #sales."),
        (["agreement", "nothing.csv"], None, "nothing.csv cannot be read: "),
        (["agreement", "binary"], _binary, "binary cannot be read: "),
        (["agreement", "x.csv"], _no_columns, "the header lacks item, annotator, label"),
        (["agreement", "x.csv", "--map", "who=a"], _no_columns, "“who=a” names no column."),
        (["redact", "nothing.txt"], None, "nothing.txt cannot be read as text: "),
        (["redact", "binary"], _binary, "binary cannot be read as text: "),
        (["export", "--channel", "#support", "--out", "taken"], _a_file, "taken cannot be used: File exists."),
        (["demo", "--script", "--out", "/proc/assay"], None, "/proc/assay cannot be used: "),
        (["serve"], None, "SLACK_"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_goes_wrong_is_one_sentence(
    shell: Shell, words: list[str], before: Callable[[Path], None] | None, sentence: str
) -> None:
    if before:
        before(shell.folder)
    said = shell.fails(*words)
    assert sentence in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["export"], "--channel"),
        (["export", "--channel", "c", "--format", "parquet"], "trl-sft"),
        (["tokens", "revoke", "one"], "integer"),
        (["agreement", "x.csv", "--metric", "kappa"], "ordinal"),
        (["agreement", "x.csv", "--order", "low,high"], "--order"),
        (["agreement", "x.csv", "--wish", "0"], "0.1"),
        (["agreement", "x.csv", "--annotators", "--metric", "masi"], "goes without --metric"),
        (["manifest"], "--url"),
        (["manifest", "--url", "http://bot.example.org"], "https://"),
        (["manifest", "--url", "https://bot.example.org", "--socket"], "--url or --socket"),
        (["manifest", "--url", "https://bot.example.org\nscopes: [admin]"], "no blanks, line ends"),
        (["manifest", "--url", "https://bot.example.org\x1b[2J"], "no blanks, line ends"),
        (["tokens", "create", "desk\n2  other  admin"], "one line of what can be seen"),
        (["tokens", "create", "desk\x1b[31m"], "one line of what can be seen"),
        (["tokens", "create", "d" * 101], "100 characters at most"),
        (["nonsense"], "nonsense"),
        (["audit", "--since", "0001-01-01T00:00:00+14:00"], "is beyond the calendar."),
        (["webhooks", "replay", "1", "--since", "9999-12-31T23:59:59-14:00"], "is beyond the calendar."),
        (["webhooks", "create", "https://a..b/"], "This is no URL."),
        (["digest", "--channel", "c", "--post", "--chart", "x.png"], "goes without --post"),
        *(
            (["webhooks", *words, "99999999999999999999"], "less than or equal to 2147483647")
            for words in (["show"], ["delete"])
        ),
        (["webhooks", "replay", "99999999999999999999", "--since", "2026-01-01"], "less than or equal to 2147483647"),
        (["tokens", "revoke", "99999999999999999999"], "less than or equal to 2147483647"),
        (["tokens", "revoke", "0"], "greater than or equal to 1"),
        (["tokens", "create", "caf\udce9"], "“caf�” is not UTF-8."),
        (["erase", "--customer", "\udcff\udcfe\udcfd"], "“���” is not UTF-8."),
        (["export", "--channel=\udcff"], "“--channel=�” is not UTF-8."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_that_cannot_be_meant_ends_with_two_and_says_what_can(
    shell: Shell, words: list[str], hint: str
) -> None:
    assert hint in shell.fails(*words, code=2)


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:////no/such/folder/assay.db", "postgresql+psycopg://x@127.0.0.1:1/x"]
)
@pytest.mark.parametrize("words", [["tokens", "list"], ["migrate"], ["export", "--channel", "c"]], ids=" ".join)
def test_a_database_that_is_away_is_said_to_be(empty_shell: Shell, words: list[str], url: str) -> None:
    said = empty_shell.fails(*words, url=url)
    assert said.startswith("The database is away: ")
    assert "Traceback" not in said


def test_an_address_that_this_machine_does_not_have_is_said_to_be_none(
    keyed_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_HOST", "nan.invalid")
    monkeypatch.setenv("ASSAY_SLACK_API_URL", "http://127.0.0.1:9/")
    done = keyed_shell.runs("serve")
    assert done.code == 1
    assert done.err.splitlines()[-1] == (
        "Assay cannot listen on nan.invalid:3001: set ASSAY_HOST and ASSAY_PORT to a free address."
    )


def test_a_manifest_is_printed_with_the_address(shell: Shell) -> None:
    assert "request_url: https://bot.example.org/slack/events" in shell.prints(
        "manifest", "--url", "https://bot.example.org"
    )


def test_a_manifest_is_printed_for_socket_mode(shell: Shell) -> None:
    printed = shell.prints("manifest", "--socket")
    assert "socket_mode_enabled: true" in printed
    assert "url:" not in printed


def test_the_doctor_names_what_is_missing_and_ends_with_one(empty_shell: Shell) -> None:
    done = empty_shell.runs("doctor")
    assert done.code == 1
    assert done.out.startswith(f"✗ Database: There is no database {empty_shell.file}. Run assay migrate to make it")
    assert "✗ Settings: Set SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET in the environment" in done.out


def test_an_address_that_no_database_has_is_named(empty_shell: Shell) -> None:
    assert empty_shell.fails("migrate", url="mysql://root@localhost/assay").startswith(
        "ASSAY_DATABASE_URL must be an address that begins with sqlite+aiosqlite:/// or postgresql+psycopg://."
    )


@pytest.mark.parametrize("url", ["bot@localhost:port/assay", "bot@[::1/assay", "bot@localhost/a%00b"])
def test_an_address_that_cannot_be_read_is_said_in_a_sentence(empty_shell: Shell, url: str) -> None:
    said = "ASSAY_DATABASE_URL cannot be read: look at its port, and at the brackets around its host."
    assert empty_shell.fails("migrate", url=f"postgresql+psycopg://{url}").startswith(said)
    assert f"✗ Settings: {said}" in empty_shell.runs("doctor", url=f"postgresql+psycopg://{url}").out
    moved = empty_shell.fails("move", "--to", f"postgresql+psycopg://{url}")
    assert moved == "--to takes an address that begins with postgresql+psycopg://"


@pytest.mark.parametrize(
    "place", ["", ":memory:", "file::memory:?uri=true", "file:y.db?mode=memory&uri=true", "y.db?timeout=a"]
)
def test_a_database_that_ends_with_the_process_is_refused(empty_shell: Shell, place: str) -> None:
    said = "ASSAY_DATABASE_URL must name a file and nothing more, such as sqlite+aiosqlite:///assay.db."
    assert empty_shell.fails("migrate", url=f"sqlite+aiosqlite:///{place}").startswith(said)


@pytest.mark.parametrize("text", ["ASSAY_LOG=info # café\n".encode("latin-1"), "ASSAY_LOG=info\n".encode("utf-16")])
@pytest.mark.parametrize("words", [["tokens", "list"], ["serve"]], ids=" ".join)
def test_a_file_of_settings_in_another_encoding_is_said_to_be(shell: Shell, words: list[str], text: bytes) -> None:
    (shell.folder / ".env").write_bytes(text)
    said = r"The file .env is not UTF-8 at byte \d+: save it as UTF-8."
    assert re.fullmatch(said, shell.fails(*words))
    (finding,) = shell.runs("doctor").out.splitlines()
    assert re.fullmatch(rf"✗ Settings: {said}", finding)


@pytest.mark.parametrize("words", [["tokens", "list"], ["digest", "--channel", "c"]], ids=" ".join)
def test_a_database_without_a_schema_is_told_how_to_get_one(empty_shell: Shell, words: list[str]) -> None:
    absent = f"There is no database {empty_shell.file}. Run assay migrate to make it, or set ASSAY_DATABASE_URL."
    assert empty_shell.fails(*words) == absent
    assert not any(file.name.endswith(".db") for file in empty_shell.folder.iterdir()), "no file was made by asking"
    empty_shell.file.touch()
    assert empty_shell.fails(*words) == "The database has no current schema. Run: assay migrate"


def test_keys_cannot_be_rotated_where_there_are_none(shell: Shell) -> None:
    assert shell.fails("keys", "rotate").startswith("Set ASSAY_ENCRYPTION_KEYS")
    assert "locked" not in shell.prints("audit")


def test_the_installed_command_ends_with_the_same_code_and_sentence(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("assay")), "redact", "nothing.txt"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert done.stderr.startswith("nothing.txt cannot be read as text: ")


@pytest.fixture
def installed(empty_shell: Shell) -> Callable[..., tuple[int, str]]:
    """The installed command in the shell's folder, whose output goes to a device: its code, and what it says."""

    def runs(*words: str, to: str, **named: str) -> tuple[int, str]:
        command = [str(Path(sys.executable).with_name("assay")), *words]
        env = {**os.environ, "ASSAY_DATABASE_URL": empty_shell.url, **named}
        with Path(to).open("w") as out:
            done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, env=env, check=False)
        return done.returncode, done.stderr

    return runs


def test_what_cannot_be_written_out_is_said(empty_shell: Shell, installed: Callable[..., tuple[int, str]]) -> None:
    (empty_shell.folder / "ticket.txt").write_text("Go left → then right.", encoding="utf-8")
    full = "Not all could be written: No space left on device. Make room, see what is there, and run it again.\n"
    assert installed("redact", "ticket.txt", to="/dev/full") == (1, full)
    said = installed("redact", "ticket.txt", to=os.devnull, PYTHONIOENCODING="latin-1")
    letter = "Not all could be shown: latin-1 has no U+2192. Set PYTHONIOENCODING=utf-8, and run it again.\n"
    assert said == (1, letter)


def test_where_nothing_is_shown_nothing_is_made(busy_shell: Shell) -> None:
    (busy_shell.folder / "ticket.txt").write_text("Hello.", encoding="utf-8")
    command = str(Path(sys.executable).with_name("assay"))
    env = {**os.environ, "ASSAY_DATABASE_URL": busy_shell.url}
    for words in ("tokens create lost", f"webhooks create {HOOK} --channel support", "redact ticket.txt"):
        closed = ["sh", "-c", f"exec {command} {words} >&-"]
        done = subprocess.run(closed, stderr=subprocess.PIPE, text=True, env=env, check=False)
        said = "It could not be shown: standard output is closed. Nothing was made.\n"
        assert (done.returncode, done.stderr) == (1, said)
    assert busy_shell.prints("tokens", "list").startswith("There are no tokens.")
    assert busy_shell.prints("webhooks", "list").startswith("There are no webhooks.")


def test_a_secret_that_could_not_be_shown_is_good_for_nothing(
    busy_shell: Shell, installed: Callable[..., tuple[int, str]]
) -> None:
    for words in (["tokens", "create", "lost"], ["webhooks", "create", HOOK, "--channel", "support"]):
        said = installed(*words, to="/dev/full")
        assert said == (1, "It could not be shown: No space left on device. Nothing was made.\n")
    assert busy_shell.prints("tokens", "list").startswith("There are no tokens.")
    assert busy_shell.prints("webhooks", "list").startswith("There are no webhooks.")
