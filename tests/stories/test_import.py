"""`assay import` as people run it: real files, a real process, and one that is killed in the middle."""

import asyncio
import csv
import gzip
import json
import os
import sys
import tracemalloc
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import col, func, select

from bot.errors import AssayError
from bot.export import Format
from bot.import_rows import parse_mapping
from bot.importing import Importer
from handlers.commands import importing
from handlers.commands.importing import Wanted, kind_of
from sandbox.workspace import TEAM_ID
from storage.models import Delivery, Draft, Gold, Label, Revision, Slot
from storage.queries import channels, drafts
from storage.words import DeliveryKind
from tests.house import LEADS, SUPPORT, House
from tests.stories.steps import one_database, posted
from tests.stories.test_promises import written

HEADER = ["external_id", "customer", "draft", "topic", "context.plan", "group"]


@dataclass(frozen=True)
class Ran:
    """How the command ended, and what it said."""

    code: int
    out: str
    err: str


async def imports(
    house: House,
    file: Path,
    *maps: str,
    channel: str = "#support",
    dry_run: bool = False,
    errors: Path | None = None,
) -> Ran:
    """What the command does, at the house's time."""
    said: list[str] = []
    try:
        async with house.sessions.reading() as session:
            found = await channels.by_any_name(session, TEAM_ID, channel)
        assert found is not None
        wanted = Wanted(file, kind_of(file), parse_mapping(maps), dry_run=dry_run, errors=errors)
        importer = Importer(house.sessions, found, house.bot.tools.settings.key, house.now)
        good = await importing.bring_in(importer, wanted, said.append)
    except AssayError as error:
        return Ran(1, "\n".join(said), str(error))
    return Ran(0 if good else 1, "\n".join(said), "")


@asynccontextmanager
async def started(house: House, file: Path) -> AsyncIterator[Process]:
    """The command in a process of its own."""
    environment = os.environ | {
        "ASSAY_DATABASE_URL": house.url,
        "SLACK_BOT_TOKEN": house.box.app.bot_token,
        "SLACK_SIGNING_SECRET": house.box.app.signing_secret,
    }
    words = [str(Path(sys.executable).with_name("assay")), "import", str(file), "--channel", "#support"]
    process = await create_subprocess_exec(*words, env=environment, cwd=file.parent, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def write_csv(file: Path, rows: Sequence[Sequence[str]], *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    with file.open("w", encoding=encoding, newline="") as out:
        csv.writer(out, delimiter=delimiter).writerows(rows)
    return file


async def count(house: House, table: Any) -> int:
    """How many rows there are; of the outbox those that an import makes, without the bot's hello."""
    which = (col(Delivery.kind) != DeliveryKind.WELCOME,) if table is Delivery else ()
    async with house.sessions.reading() as session:
        return int((await session.exec(select(func.count()).select_from(table).where(*which))).one())


async def cards(house: House) -> int:
    """How many cards were ordered."""
    async with house.sessions.reading() as session:
        query = select(func.count()).select_from(Delivery).where(Delivery.kind == DeliveryKind.CARD)
        return int((await session.exec(query)).one())


async def every(house: House) -> Sequence[Draft]:
    async with house.sessions.reading() as session:
        return (await session.exec(select(Draft).order_by(col(Draft.id)))).all()


async def test_a_file_from_excel_becomes_cards_and_is_recognised_when_it_comes_again(
    house: House, tmp_path: Path
) -> None:
    rows = [
        HEADER,
        ["T-1", "Charged twice.\nWrite to kim@example.com", "Sorry.", "billing", "Pro", "kim@example.com"],
        ["T-2", "Grüße; where is it?", "", "", "", ""],
        ["", "No id here", "Hello.", "", "", ""],
    ]
    file = write_csv(tmp_path / "tickets.csv", rows, encoding="utf-8-sig", delimiter=";")
    rehearsed = await imports(house, file, dry_run=True)
    assert (rehearsed.code, rehearsed.err, await count(house, Draft)) == (0, "", 0)
    assert "3 drafts would be new, 0 already there, 0 refused." in rehearsed.out
    assert "nothing was stored" in rehearsed.out
    first = await imports(house, file)
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith("Reading columns separated by semicolons: external_id, customer, draft")
    assert "3 drafts stored, 0 already there, 0 refused." in first.out
    again = await imports(house, file)
    assert "0 drafts stored, 3 already there, 0 refused." in again.out
    stored = await every(house)
    assert [(one.origin, one.external_id, one.text) for one in stored] == [
        ("import", "T-1", "Sorry."),
        ("import", "T-2", None),
        ("import", None, "Hello."),
    ]
    assert stored[0].conversation[0]["content"] == "Charged twice.\nWrite to [EMAIL_1]"
    assert (stored[0].context, stored[0].topic) == ({"plan": "Pro"}, "billing")
    assert "kim@" not in json.dumps([one.model_dump(mode="json") for one in stored])
    assert await count(house, Slot) == 3
    await house.settles()
    await house.ana.clicks("Approve", await house.card(stored[0].id or 0))
    await house.settles()
    assert len(await posted(house, f"#{stored[0].id} · done")) == 1


async def test_bad_rows_spoil_no_others_and_are_written_down_to_be_mended(house: House, tmp_path: Path) -> None:
    rows = [{"id": number, "ticket": {"body": f"Help {number}"}, "answer": f"Hello {number}"} for number in range(300)]
    lines: list[str] = [json.dumps(one) for one in rows]
    for number in range(100, 130):
        lines[number] = json.dumps({"id": number, "ticket": {}, "answer": "Nobody asked", "modle": "gpt"})
    lines[7] = "{half"
    lines[299] = json.dumps(rows[298] | {"answer": "Another under the same id"})
    file, errors = tmp_path / "tickets.jsonl", tmp_path / "refused.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    mapping = "external_id=id,customer=ticket.body,draft=answer,context.plan=ticket.plan"
    for rehearsed in (True, False):
        errors.unlink(missing_ok=True)  # as the command asks for
        ran = await imports(house, file, mapping, dry_run=rehearsed, errors=errors)
        assert (ran.code, ran.err) == (1, "")
        assert f"268 drafts {'would be new' if rehearsed else 'stored'}, 0 already there, 32 refused." in ran.out
        assert "Empty in every row: context.plan." in ran.out
        assert "Not used: modle." in ran.out
        said = [line for line in ran.out.splitlines() if line.startswith("  line ")]
        assert len(said) == 20
        assert said[0].startswith("  line 8: is not JSON")
        assert said[1] == "  line 101: customer: is empty; a draft without the customer's words cannot be judged."
        assert "… and 12 more." in ran.out
        assert await count(house, Draft) == (0 if rehearsed else 268)
    refused = [json.loads(line) for line in errors.read_text(encoding="utf-8").splitlines()]
    assert [one["assay_line"] for one in refused] == [8, *range(101, 131), 300]
    assert refused[0]["assay_unread"] == "{half"
    assert refused[-1]["answer"] == "Another under the same id"
    assert "belongs to draft" in refused[-1]["assay_reason"]
    mended = tmp_path / "mended.jsonl"
    mended.write_text("".join(json.dumps(one | {"ticket": {"body": "Mended"}}) + "\n" for one in refused[1:-1]))
    assert "30 drafts stored, 0 already there, 0 refused." in (await imports(house, mended, mapping)).out


@one_database
async def test_half_a_surrogate_pair_is_refused_and_written_down_as_it_was(house: House, tmp_path: Path) -> None:
    file, errors = tmp_path / "tickets.jsonl", tmp_path / "refused.jsonl"
    file.write_text('{"customer": "first"}\n{"customer": "bad \\ud800 one"}\n{"customer": "third"}\n')
    ran = await imports(house, file, errors=errors)
    assert (ran.code, ran.err) == (1, "")
    assert "2 drafts stored, 0 already there, 1 refused." in ran.out
    (refused,) = [json.loads(line) for line in errors.read_text(encoding="utf-8").splitlines()]
    assert refused["customer"] == "bad \ud800 one"


@one_database
async def test_no_refused_row_is_cut_and_none_is_taken_in_unless_somebody_mends_it(
    house: House, tmp_path: Path
) -> None:
    broken = "T2,My bill,Hello, I have refunded you. Do not pay again.\n"
    endless = 'T4,"It is late,Hello\nT5,And me?,Hello\n'
    file, errors, again = tmp_path / "tickets.csv", tmp_path / "refused.csv", tmp_path / "again.csv"
    file.write_text(f"external_id,customer,draft\n{broken}T3,,Hello\n{endless}")
    ran = await imports(house, file, errors=errors)
    assert "0 drafts stored, 0 already there, 3 refused." in ran.out
    ran = await imports(house, errors, errors=again)
    assert "0 drafts stored, 0 already there, 3 refused." in ran.out, "nobody mended it"
    for written_down in (errors, again):
        with written_down.open(encoding="utf-8-sig", newline="") as opened:
            kept = list(csv.DictReader(opened))
        assert [one["assay_unread"] for one in kept] == [broken, "", endless]
        assert kept[1]["external_id"] == "T3"


@one_database
async def test_a_files_own_reasons_and_lines_stay_beside_ours(house: House, tmp_path: Path) -> None:
    rows = [["external_id", "customer", "reason", "line"], ["T1", "", "wants a refund", "hot"]]
    file, errors = write_csv(tmp_path / "tickets.csv", rows), tmp_path / "refused.csv"
    await imports(house, file, "context.reason=reason", errors=errors)
    with errors.open(encoding="utf-8-sig", newline="") as opened:
        (refused,) = csv.DictReader(opened)
    assert (refused["reason"], refused["line"], refused["assay_line"]) == ("wants a refund", "hot", "2")
    assert refused["assay_reason"].startswith("customer: is empty")
    lines, errors = tmp_path / "tickets.jsonl", tmp_path / "refused.jsonl"
    lines.write_text('{"customer": "", "reason": "wants a refund", "line": "hot"}\n')
    await imports(house, lines, errors=errors)
    kept = json.loads(errors.read_text(encoding="utf-8"))
    assert (kept["reason"], kept["line"], kept["assay_line"]) == ("wants a refund", "hot", 1)


@one_database
async def test_a_file_that_ends_within_a_character_changes_nothing(house: House, tmp_path: Path) -> None:
    file = tmp_path / "cut.csv"
    whole = "customer,draft\n" + "".join(f"Help {number},Hello\n" for number in range(300)) + "Last,café"
    file.write_bytes(whole.encode()[:-1])
    ran = await imports(house, file)
    assert ran.code == 1
    assert ran.err.startswith("cut.csv ends within a character (line 302): it was cut off")
    assert ran.err.endswith("Nothing was imported.")
    assert await count(house, Draft) == 0


async def test_files_that_are_no_utf_8_or_have_no_channel_change_nothing(house: House, tmp_path: Path) -> None:
    good = write_csv(tmp_path / "good.csv", [HEADER, ["1", "Help", "", "", "", ""]])
    old = write_csv(
        tmp_path / "old.csv", [HEADER, ["1", "Help", "", "", "", ""], ["2", "Grüße", "", "", "", ""]], encoding="cp1252"
    )
    wide = write_csv(tmp_path / "wide.csv", [HEADER], encoding="utf-16")
    book = tmp_path / "book.csv"
    book.write_bytes(b"PK\x03\x04 and more")
    packed = tmp_path / "packed.csv"
    packed.write_bytes(gzip.compress(good.read_bytes()))
    unknown = book.rename(tmp_path / "tickets.xlsx")
    good_bytes = good.read_bytes()
    for ran, words in (
        (await imports(house, old), "old.csv is not UTF-8 (line 3); it looks like Windows-1252"),
        (await imports(house, wide), "wide.csv is UTF-16"),
        (await imports(house, packed), "packed.csv is compressed: unpack it first"),
        (await imports(house, unknown), "Say what it is: --format csv or --format jsonl."),
        (await imports(house, unknown.rename(book)), "book.csv is an Excel workbook"),
        (await imports(house, good, "customer=Body"), "The file has no column Body."),
        (await imports(house, good, "Body=customer"), "Assay has no column Body."),
        (await imports(house, good, channel="#leads"), "#leads is not set up yet."),
        (await imports(house, good, errors=good), "Name another one."),
    ):
        assert ran.code == 1, ran
        assert words in ran.err
        assert len(ran.err.splitlines()) == 1
    assert await count(house, Draft) == 0
    assert good.read_bytes() == good_bytes
    assert (await imports(house, good)).code == 0


async def test_an_import_killed_in_the_middle_goes_on_without_doubling(house: House, tmp_path: Path) -> None:
    total = 2_000
    rows = [
        [f"T-{number}" if number % 2 else "", f"Help {number}", f"Hello {number}.", "", "", ""]
        for number in range(total)
    ]
    file = write_csv(tmp_path / "tickets.csv", [HEADER, *rows])
    async with started(house, file) as process, asyncio.timeout(60):
        while await count(house, Draft) == 0:
            assert process.returncode is None, await process.communicate()
        process.kill()
        await process.wait()
    there = await count(house, Draft)
    assert 0 < there < total, "it was killed in the middle"
    assert there % 200 == 0, "whole batches only"
    assert await count(house, Slot) == await cards(house) == there
    async with started(house, file) as process:
        out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert f"{total - there} drafts stored, {there} already there, 0 refused." in out.decode()
    assert [one.text for one in await every(house)] == [f"Hello {number}." for number in range(total)]
    assert await count(house, Slot) == total


async def past_replies(house: House, folder: Path) -> Ran:
    """Three tickets that people answered before Assay: as drafted, otherwise, and without a draft."""
    rows = [
        ["external_id", "customer", "draft", "model", "reply", "annotator"],
        ["H-1", "Help 1", "Hello there.", "old-bot", "Hello there. ", "Kim"],
        ["H-2", "Help 2", "Hello there.", "old-bot", "Hello. Write to kim@example.com.", ""],
        ["H-3", "Help 3", "", "", "From scratch.", "kim@example.com"],
    ]
    return await imports(house, write_csv(folder / "past.csv", rows))


async def test_past_replies_are_gold_of_their_own_kind_and_ask_nobody(house: House, tmp_path: Path) -> None:
    ran = await past_replies(house, tmp_path)
    assert "3 drafts stored (3 with a past reply), 0 already there, 0 refused." in ran.out
    assert "3 already there" in (await past_replies(house, tmp_path)).out
    assert await count(house, Slot) == await cards(house) == 0
    assert [one.state for one in await every(house)] == ["settled"] * 3
    async with house.sessions.reading() as session:
        labels = (await session.exec(select(Label).order_by(col(Label.id)))).all()
        said = (await session.exec(select(Revision).order_by(col(Revision.id)))).all()
        golds = (await session.exec(select(Gold).order_by(col(Gold.draft_id)))).all()
    assert [one.kind for one in labels] == ["imported"] * 3
    assert [one.agent for one in labels[:2]] == ["Kim", "imported"]
    assert labels[2].agent.startswith("private-"), "an address is no name to keep"
    assert [(one.verdict, one.text) for one in said] == [
        ("approved", "Hello there."),
        ("edited", "Hello. Write to [EMAIL_1]."),
        ("edited", "From scratch."),
    ]
    assert [one.kind for one in golds] == ["imported"] * 3
    rows, _ = await written(house, tmp_path)
    assert [(row["completion"][0]["content"], row["meta"]["gold"]) for row in rows] == [
        ("Hello there.", "imported"),
        ("Hello. Write to [EMAIL_1].", "imported"),
        ("From scratch.", "imported"),
    ]
    exported, _ = await written(house, tmp_path, Format.LABELS)
    assert [(row["kind"], row["in_slot"], row["hter"]) for row in exported] == [
        ("imported", False, 0),
        ("imported", False, 1),
        ("imported", False, None),
    ]


async def test_past_replies_count_in_no_figure_and_move_no_draw(house: House, tmp_path: Path) -> None:
    await past_replies(house, tmp_path)
    house.moves(days=1)
    assert await house.bot.tools.digests.post_due() == 0, "nothing happened"
    own = await house.draft(topic="")
    assert (await every(house))[-1].place == 0, "the draw of second reviews begins with it"
    await house.ana.clicks("Approve", await house.card(own))
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    (digest,) = await posted(house, "Labelling digest", LEADS)
    assert "1 label" in digest.text_seen
    assert "1 answer settled" in digest.text_seen
    thread = [one.text_seen for one in await house.lea.reads_thread(digest)]
    assert "old-bot" not in "\n".join([digest.text_seen, *thread])


async def test_a_past_reply_stands_when_a_lead_or_the_api_comes_later(house: House, tmp_path: Path) -> None:
    await past_replies(house, tmp_path)
    body = {"channel": SUPPORT, "external_id": "H-1", "prompt": "Help 1", "draft": "Hello there.", "model": "old-bot"}
    conflict = await house.sends(body)
    assert conflict.status_code == 409
    withdrawn = await house.withdraws(1)
    assert withdrawn.status_code == 200
    async with house.sessions.reading() as session:
        draft = await drafts.get(session, 1)
        assert draft is not None
        assert draft.state == "withdrawn"
        assert await session.get(Gold, 1) is None
    assert (await house.read("ana")) == ""


@one_database
async def test_memory_stays_flat_however_long_the_file_is(house: House, tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    with file.open("w") as out:
        for number in range(3_000):
            out.write(
                json.dumps({"external_id": number, "customer": "x" * 8_000, "draft": "" if number % 2 else 7.5}) + "\n"
            )
            out.write(json.dumps({"customer": "x" * 8_000, "priority": "high"}) + "\n")
    tracemalloc.start()
    try:
        ran = await imports(house, file, dry_run=True, errors=tmp_path / "refused.jsonl")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "3000 drafts would be new, 0 already there, 3000 refused." in ran.out
    assert peak < 16 * 2**20, f"of a file of {file.stat().st_size:,} bytes"


@one_database
async def test_a_customers_formula_is_kept_as_text_and_the_file_of_refused_rows_holds_none(
    house: House, tmp_path: Path
) -> None:
    formula = "=cmd|' /C calc'!A0"
    rows = [["external_id", "customer", "draft", "=notes"], ["T1", "", formula, "+1"], ["T2", formula, "-1", "@x"]]
    file, errors = write_csv(tmp_path / "tickets.csv", rows), tmp_path / "refused.csv"
    await imports(house, file, errors=errors)
    with errors.open(encoding="utf-8-sig", newline="") as opened:
        cells = [cell for row in csv.reader(opened) for cell in row]
    assert f"'{formula}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    mended = errors.read_text(encoding="utf-8-sig").replace(",T1,,", ",T1,Help me,")
    errors.write_text(mended, encoding="utf-8")
    await imports(house, errors)
    async with house.sessions.reading() as session:
        kept = (await session.exec(select(Draft).order_by(col(Draft.external_id)))).all()
    assert [draft.text for draft in kept] == [formula, "-1"]
    assert kept[1].conversation[0]["content"] == formula
