"""Other people's drafts and corrections go in as files, through people's clicks, and come out as they published them.

ASSAY_DATA names the folder that holds them; without it these tests are skipped.
"""

import json
import os
import statistics
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from bot.export import Format
from bot.import_rows import parse_mapping
from bot.importing import Importer
from handlers.commands import importing
from handlers.commands.importing import Wanted, kind_of
from sandbox.workspace import TEAM_ID
from storage.queries import channels
from tests.house import House
from tests.stories.steps import one_database
from tests.stories.test_promises import written

FOLDER = os.environ.get("ASSAY_DATA")
pytestmark = [
    pytest.mark.skipif(not FOLDER, reason="ASSAY_DATA does not name the folder of other people's drafts"),
    one_database,
    pytest.mark.timeout(900),
]

POST_EDITS = "mlqe-pe_post-editing_ro-en_dev.jsonl"
AGENT_DRAFTS = "tau-bench_gpt4o_airline_drafts.jsonl"
CLICKED = 200  # rows that people answer in the sandbox, a run

Row = dict[str, Any]


def published(name: str, most: int | None = None) -> list[Row]:
    with (Path(FOLDER or ".") / name).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in islice(lines, most)]


async def imports(house: House, file: Path, mapping: str) -> str:
    async with house.sessions.reading() as session:
        channel = await channels.by_any_name(session, TEAM_ID, "#support")
    assert channel is not None
    said: list[str] = []
    importer = Importer(house.sessions, channel, house.bot.tools.settings.key, house.now)
    wanted = Wanted(file, kind_of(file), parse_mapping([mapping]), dry_run=False, errors=None)
    assert await importing.bring_in(importer, wanted, said.append), said
    return "\n".join(said)


def some(name: str, most: int, folder: Path) -> Path:
    """A file of the first rows."""
    file = folder / name
    file.write_text("".join(json.dumps(row) + "\n" for row in published(name, most)), encoding="utf-8")
    return file


async def answers(house: House, draft: int, text: str, final: str) -> None:
    """One of three agents approves the draft, or saves what the editor made of it."""
    who = ("ana", "bea", "chen")[draft % 3]
    agent, card = house.people[who], await house.card(draft, seen_by=who)
    if text == final:
        await agent.clicks("Approve", card)
    else:
        await agent.clicks("Edit", card)
        await agent.fills({"Reply": final})
        assert (await agent.submits()).closed
    house.moves(seconds=3)  # Slack takes a post a second
    await house.settles()


def same_rate(row: Row, rate: float) -> bool:
    # It was published with one as the most.
    return row["hter"] is not None and abs(min(row["hter"], 1.0) - rate) <= 0.001


async def test_post_edits_that_people_save_keep_their_published_hter(house: House, tmp_path: Path) -> None:
    rows = published(POST_EDITS, CLICKED)
    file = some(POST_EDITS, CLICKED, tmp_path)
    said = await imports(house, file, "external_id=id,customer=source")
    assert f"{CLICKED} drafts stored, 0 already there, 0 refused." in said
    await house.settles()
    for number, row in enumerate(rows, 1):
        await answers(house, number, row["draft"], row["edited"])
    labels, _ = await written(house, tmp_path, Format.LABELS)
    assert [row["external_id"] for row in labels] == [row["id"] for row in rows]
    assert [row["verdict"] for row in labels].count("approved") == sum(row["draft"] == row["edited"] for row in rows)
    assert [row["id"] for row, label in zip(rows, labels, strict=True) if not same_rate(label, row["hter"])] == []
    examples, count = await written(house, tmp_path)
    assert [row["completion"][0]["content"] for row in examples] == [row["edited"] for row in rows]
    assert not count.left_out


async def test_all_post_edits_as_past_replies_keep_their_published_hter_and_are_near_our_edit_rate(
    house: House, tmp_path: Path
) -> None:
    rows = published(POST_EDITS)
    said = await imports(house, Path(FOLDER or ".") / POST_EDITS, "external_id=id,customer=source,reply=edited")
    assert "1000 drafts stored (1000 with a past reply), 0 already there, 0 refused." in said
    labels, _ = await written(house, tmp_path, Format.LABELS)
    assert [row["id"] for row, label in zip(rows, labels, strict=True) if not same_rate(label, row["hter"])] == []
    apart = [abs(label["edit_rate"] - row["hter"]) for row, label in zip(rows, labels, strict=True)]
    assert statistics.fmean(apart) <= 0.031
    assert statistics.correlation([row["hter"] for row in rows], [row["edit_rate"] for row in labels]) >= 0.95


async def test_drafts_of_a_real_model_are_labelled_and_leave_as_training_data(house: House, tmp_path: Path) -> None:
    rows = published(AGENT_DRAFTS, CLICKED)
    file = some(AGENT_DRAFTS, CLICKED, tmp_path)
    mapping = "group=conversation,context.turn=turn"
    said = await imports(house, file, mapping)
    distinct = {json.dumps([row[name] for name in ("customer", "draft", "conversation", "turn")]) for row in rows}
    assert f"{len(distinct)} drafts stored, {len(rows) - len(distinct)} already there, 0 refused." in said
    assert f"0 drafts stored, {len(rows)} already there" in await imports(house, file, mapping)
    await house.settles()
    finals = []
    for number, row in enumerate(rows[:60], 1):
        text = row["draft"].strip()
        finals.append(row["draft"] if number % 4 else f"{text}\n\nIs there anything else?")
        await answers(house, number, row["draft"], finals[-1])
    examples, _ = await written(house, tmp_path)
    assert [row["completion"][0]["content"] for row in examples] == finals
    assert {row["meta"]["model"] for row in examples} == {"gpt-4o"}
    labels, _ = await written(house, tmp_path, Format.LABELS)
    edited = [row for row in labels if row["verdict"] == "edited"]
    assert len(edited) == 15
    for row in edited:
        words = len(row["text"].split())
        assert row["hter"] == pytest.approx(4 / words), "four words were added"
