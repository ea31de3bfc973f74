"""What the documents name is there, and the commands that they tell people to run do what they say."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import make_url

from bot import export, writing
from bot.backlog import Backlog
from bot.delivery import Courier
from bot.export import Format
from bot.model import Model, Patience
from bot.model_answers import BYTES_A_TOKEN, LONGEST_WAIT
from bot.settings import Settings
from bot.slack_calls import Call, Ending
from handlers.http.gold_schema import EXAMPLE
from handlers.metrics import Metrics
from sandbox.workspace import TEAM_ID
from storage.models import Channel
from storage.queries import channels
from storage.queries.exports import Settled, SettledDraft
from storage.words import DraftOrigin, GoldKind, Verdict
from tests.databases import BINARY, Postgres
from tests.house import House
from tests.model_server import model_server
from tests.stories.steps import hangs_up, one_database

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
OPERATING = DOCS / "operating.md"
IN_AND_OUT = (DOCS / "in-and-out.md").read_text(encoding="utf-8")


def test_every_picture_is_listed_and_every_listed_picture_is_there() -> None:
    listed = re.findall(r"images/([\w-]+\.png)", (DOCS / "screens.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(picture.name for picture in (DOCS / "images").glob("*.png"))


def test_links_between_documents_lead_somewhere() -> None:
    for document in (DOCS.parent / "README.md", *DOCS.glob("*.md")):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / link).exists(), f"{document.name} leads to {link}"


def test_the_readme_names_every_setting() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert not [name for name in sorted(known) if f"`{name}`" not in readme]


def test_every_figure_that_the_guide_for_operators_names_is_in_a_scrape_and_the_other_way_round() -> None:
    guide = OPERATING.read_text(encoding="utf-8")
    metrics = Metrics(database="sqlite")
    made = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in metrics.registry.collect()
        if family.name.startswith("assay_")
    }
    named = {name.removesuffix("_bucket").removesuffix("_count") for name in re.findall(r"\bassay_[a-z_]+", guide)}
    assert named - {"assay_"} == made


def scrape_of_a_bot_that_did_everything() -> Iterator[tuple[str, dict[str, str]]]:
    """Each figure of ours with its labels."""
    metrics, one = Metrics(database="sqlite"), {"one": 1}
    with metrics.slack_request("command"):
        metrics.committed()
    with metrics.job("Courier.deliver_due"):
        metrics.slack_call(Call("chat.postMessage", Ending.REFUSED, 0.1, "not_in_channel"))
    metrics.request("GET", "/readyz", 200, 0.1)
    metrics.database_failed("OperationalError")
    waits = Backlog(one, one, 1, 1, one, 1, 1, 1, one, 1, one, 1)
    for family in text_string_to_metric_families(metrics.text(waits).decode()):
        if family.name.startswith("assay_"):
            assert family.samples, f"nothing was counted as {family.name}"
            yield from ((sample.name, sample.labels) for sample in family.samples)


def test_no_label_of_ours_has_a_name_that_prometheus_gives_away_itself() -> None:
    """It stores such a label by another name, and who asks for it finds nothing."""
    assert [name for name, labels in scrape_of_a_bot_that_did_everything() if labels.keys() & {"job", "instance"}] == []


def test_every_alert_of_the_guide_asks_for_labels_that_its_figures_have() -> None:
    labelled = {name: labels.keys() for name, labels in scrape_of_a_bot_that_did_everything()}
    asked = re.findall(r"\b(assay_[a-z_]+)\{([^}]*)\}", OPERATING.read_text(encoding="utf-8"))
    assert len(asked) >= 7
    for figure, selectors in asked:
        names = set(re.findall(r"([a-z_]+)(?:=~|!=|!~|=)", selectors))
        assert names, selectors
        assert names <= labelled[figure], f"{figure} has no such labels: {selectors}"
    for task in re.findall(r'task="([^"]+)"', OPERATING.read_text(encoding="utf-8")):
        assert task == Courier.deliver_due.__qualname__


def commands(beginning: str) -> Iterator[list[str]]:
    """The guide's blocks of commands in which one begins so."""
    for _, block in re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", OPERATING.read_text(encoding="utf-8")):
        if any(line.startswith(beginning) for line in block.splitlines()):
            yield block.splitlines()


def runs(command: str, folder: Path, **more: str) -> str:
    """A line as a shell runs it, with the commands of this environment."""
    path = f"{Path(sys.executable).parent}:{BINARY.parent}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path} | more
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


async def lives(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()


SECRETS = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "a-signing-secret-of-a-test"}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="the guide's backup needs the command sqlite3")
async def test_the_backup_of_a_running_bot_on_sqlite_is_whole_and_can_be_read(house: House) -> None:
    await lives(house)
    folder = Path(make_url(house.url).database or "").parent
    (backup,), (restored,) = [*commands("sqlite3 assay.db")], [*commands("sqlite3 backup.db")]
    assert len(backup) == 1
    runs(backup[0], folder)
    check, export = restored
    assert runs(check, folder).strip() == "ok"
    assert runs(export, folder, **SECRETS).startswith("1 rows in restored")


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_the_backup_of_a_running_bot_on_postgresql_is_whole_and_can_be_read(
    house: House, postgres: Postgres, tmp_path: Path
) -> None:
    await lives(house)
    name = make_url(house.url).database or ""
    server = {"PGHOST": str(postgres.socket), "PGUSER": "postgres"}
    (backup,), (restored,) = [*commands("pg_dump")], [*commands("createdb")]
    runs(backup[0].removesuffix(" assay") + f" {name}", tmp_path, **server)
    runs(restored[0].replace("restored", f"restored_{name}"), tmp_path, **server)
    await hangs_up(house)
    url = house.url.replace(f"/{name}", f"/restored_{name}")
    export = next(line for block in commands("sqlite3 backup.db") for line in block if "assay export" in line)
    said = runs(export.split(" ", 1)[1], tmp_path, ASSAY_DATABASE_URL=url, **SECRETS)
    assert said.startswith("1 rows in restored")


def listed(beginning: str) -> set[str]:
    """What is marked in the first column of the table of in-and-out.md whose header begins so, or that follows it."""
    table = IN_AND_OUT.split(beginning, 1)[1].split("|---", 1)[1].split("\n\n", 1)[0]
    return {name for row in table.splitlines() for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


async def exported(house: House, form: Format, folder: Path) -> list[dict[str, Any]]:
    async with house.sessions.reading() as session:
        channel = await channels.by_any_name(session, TEAM_ID, "#support")
    assert channel is not None
    await export.write(house.sessions, channel, form, folder / form.file)
    return [json.loads(line) for line in (folder / form.file).read_text(encoding="utf-8").splitlines()]


@one_database
async def test_every_field_of_gold_and_of_labels_is_documented_and_nothing_else(house: House, tmp_path: Path) -> None:
    await lives(house)
    (gold,) = await exported(house, Format.TRL_SFT, tmp_path)
    (label,) = await exported(house, Format.LABELS, tmp_path)
    assert listed("Of `trl-sft`:") == set(gold)
    assert listed("| field of `meta`") == set(gold["meta"])
    assert listed("## A line of `labels.jsonl`") | {"newest", "reject_reason", "hter", "chrf"} == set(label)
    (sample,) = re.findall(r"(?ms)^```json\n(.*?)^```$", IN_AND_OUT)
    for example in (json.loads(sample), EXAMPLE["examples"][0]):
        assert [list(example), list(example["meta"])] == [list(gold), list(gold["meta"])]
    assert [form for form in Format if f"| `{form}` | `{form.file}` |" not in IN_AND_OUT] == []


def test_every_reason_for_which_gold_is_left_out_is_explained() -> None:
    answered = Settled(GoldKind.SINGLE, Verdict.EDITED, "Hello.", None, guideline=1)
    draft = SettledDraft(1, None, None, [], {}, None, "", DraftOrigin.API, shared=False)
    channel = Channel(team="T", slack_id="C", name="c", created_at=datetime(2026, 11, 20, tzinfo=UTC))
    reasons = [
        export.left_out(answered._replace(escalation="Legal threat")),
        export.left_out(answered._replace(verdict=Verdict.REJECTED)),
        export.left_out(answered._replace(verdict=Verdict.NOT_JUDGED, text=None)),
        export.stays(draft._replace(origin=DraftOrigin.SLACK), channel),
        export.stays(draft._replace(origin=DraftOrigin.SAMPLE), channel),
        export.NOT_VERIFIED,
    ]
    assert listed("## What is in gold") == {*reasons}


@one_database
async def test_the_model_is_sent_what_its_page_says_and_waited_for_as_long(house: House) -> None:
    page = (DOCS / "model.md").read_text(encoding="utf-8")
    (sample,) = re.findall(r"(?ms)^```json\n(.*?)^```$", page)
    async with model_server() as server:
        asked = Model(house.http, server.url, SecretStr(""), "support-writer-2")
        await asked.reply(json.loads(sample)["messages"])
    assert server.asked == [json.loads(sample)]
    words, waits = " ".join(page.split()), Patience()
    assert f"{waits.connect:.0f} seconds to be reached, {waits.read:.0f} to begin" in words
    assert f"between two pieces of it, {waits.whole:.0f} in all" in words
    pauses = [writing.pause_after(attempt, chance=1) for attempt in range(1, writing.ATTEMPTS)]
    assert pauses == [5, 20, 80, 300]
    assert "after up to 5 s, 20 s, 80 s and 5 min" in words
    assert f"After {writing.ATTEMPTS} attempts" in words
    assert f"{writing.Terms().at_once} drafts in each process" in words
    assert f"(up to {LONGEST_WAIT / 60:.0f} minutes)" in words
    assert f"one for each {BYTES_A_TOKEN} bytes" in words


@one_database
async def test_the_lines_of_python_that_load_and_split_gold_do_so(house: House, tmp_path: Path) -> None:
    await lives(house)
    (gold,) = await exported(house, Format.TRL_SFT, tmp_path)
    rows = [gold | {"meta": gold["meta"] | {"draft": number, "group": f"T-{number % 90}"}} for number in range(300)]
    rows += [gold | {"meta": gold["meta"] | {"draft": number, "group": None}} for number in range(300, 400)]
    (tmp_path / Format.TRL_SFT.file).write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    blocks = re.findall(r"(?ms)^```python\n(.*?)^```$", IN_AND_OUT)
    (tmp_path / "loads.py").write_text("".join(blocks) + "\nprint(json.dumps([rows, train, test]))\n", encoding="utf-8")
    loaded, train, test = json.loads(runs("python loads.py", tmp_path))
    assert loaded == rows
    assert sorted([*train, *test], key=lambda row: int(row["meta"]["draft"])) == rows
    assert 20 < len(test) < 60
    groups = [{row["meta"]["group"] for row in part if row["meta"]["group"]} for part in (train, test)]
    assert not groups[0] & groups[1]
