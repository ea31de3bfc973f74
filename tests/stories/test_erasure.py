"""Whoever asks to be erased is erased: rows, bytes, messages in Slack; what is left says that something was here."""

import asyncio
import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import JSON, PrimaryKeyConstraint, String, Table, UniqueConstraint, make_url
from sqlmodel import SQLModel, func, select

from bot import audit, erasure, export, naming, tokens, whole_workspace
from bot.alike import as_read
from bot.digest import Editor
from bot.erasure import BATCH, Eraser, NobodyNamed, OnlyReviewer
from bot.errors import NotFound
from bot.export import Format
from bot.tokens import Scope
from handlers.commands import erasing as command
from sandbox.workspace import TEAM_ID
from storage import compacting
from storage.models import Channel, Delivery, Label, Tombstone
from storage.queries import channels, drafts, erasing, wordings
from storage.queries.numbers import take_numbers
from storage.queries.wordings import Wording
from storage.words import NOBODY, DeliveryKind, DeliveryState, ErasedBecause, LabelKind
from tests.databases import Postgres, somebody_waits
from tests.house import DRAFT, ESCALATIONS, LEADS, SUPPORT, House, sets_up
from tests.stories.steps import (
    delivery,
    escalates,
    forgets,
    held,
    on_postgresql,
    one_database,
    posted,
    second_bot,
    stored,
    stored_draft,
    told_directly,
    until,
)
from tests.stories.test_failed_threads import undoes
from tests.stories.test_home import answers, disputed, home
from tests.stories.test_leads_are_told import NOWHERE

SECRET = "Marzipankartoffel"  # stands in everything that is erased, and nowhere else
MAIL = "ada.quill@example.org"


def eraser(house: House) -> Eraser:
    return Eraser(house.sessions, house.bot.tools.settings.key, house.now)


async def channel_of(house: House) -> Channel:
    async with house.sessions.reading() as session:
        found = await channels.by_slack_id(session, TEAM_ID, SUPPORT)
    assert found is not None
    return found


async def erases(house: House, *numbers: int) -> erasure.Gone:
    gone = await eraser(house).erase(list(numbers), why=ErasedBecause.TICKET, by=audit.OPERATOR)
    await house.settles()
    return gone


async def lived(house: House, **fields: Any) -> int:
    """A draft about which as much was said as can be, with the secret in all of it."""
    body = {
        "external_id": f"{SECRET}-1",
        "group": f"{SECRET}-ticket",
        "prompt": f"I am {SECRET}, {MAIL}.",
        "context": {"name": SECRET},
        "topic": f"Sweets/{SECRET}",
        "url": f"https://desk.example.com/{SECRET}",
    }
    draft = await house.draft(f"Dear {SECRET}, hello.", **body | fields)
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({"Reply": f"Dear {SECRET}, bye.", "Note (optional)": f"{SECRET} called"})
    assert (await house.ana.submits()).closed
    await house.settles()
    return draft


async def tables(house: House) -> str:
    """Every row of every table, as text."""
    told = []
    async with house.sessions.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            rows = (await (await session.connection()).execute(table.select())).all()
            told += [f"{table.name}: {tuple(row)}" for row in rows]  # a row itself shows long values cut
    return "\n".join(told)


def bytes_of(house: House, server: Postgres | None) -> bytes:
    """Everything that lies in the database's files."""
    if server is None:
        file = Path(make_url(house.url).database or "")
        return b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
    with psycopg.connect(house.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        paths = connection.execute(
            "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 't', 'i', 'S') AND relfilenode <> 0"
        ).fetchall()
    files = [server.socket / path for (path,) in paths]
    return b"".join(part.read_bytes() for file in files for part in file.parent.glob(f"{file.name}*"))


async def test_what_is_looked_through_here_holds_long_texts_whole(house: House) -> None:
    await house.draft(f"{DRAFT * 20} {SECRET} {DRAFT * 20}")
    assert SECRET in await tables(house)


async def test_a_draft_that_is_being_answered_just_then_is_waited_for_and_erased(
    house: House, on_postgres: Postgres | None
) -> None:
    draft = await lived(house)
    async with held(house, draft):
        asked = asyncio.create_task(erases(house, draft))
        if on_postgres is not None:  # SQLite's one writer is waited for by itself
            await until(lambda: somebody_waits(house.sessions))
    assert (await asked).drafts == 1
    assert SECRET not in await tables(house)


async def test_nothing_of_an_erased_draft_is_left_in_rows_or_bytes(
    house: House, on_postgres: Postgres | None, tmp_path: Path
) -> None:
    other = await house.draft("Another draft that stays.", external_id="stays")
    draft = await lived(house)
    await escalates(house, await house.draft(f"{SECRET} once more", prompt=SECRET))
    await answers(house, other, "bea")
    assert SECRET in await tables(house)
    assert SECRET.encode() in bytes_of(house, on_postgres)
    gone = await erases(house, draft, draft + 1)
    assert (gone.drafts, gone.labels) == (2, 2)
    assert SECRET not in await tables(house)
    assert await stored(house, other, "bea") is not None
    if on_postgres is not None:
        await compacting.compact(house.sessions)
    assert SECRET.encode() not in bytes_of(house, on_postgres)
    channel = await channel_of(house)
    for form in Format:
        await export.write(house.sessions, channel, form, tmp_path / form.file)
    assert not any(SECRET in (tmp_path / form.file).read_text() for form in Format)


@one_database
async def test_an_erasure_keeps_no_click_waiting_though_somebody_makes_a_backup(house: House) -> None:
    """While readers are waited for, so that the log can be emptied, nobody writes."""
    draft, other = await lived(house), await house.draft("Another draft that stays.")
    with closing(sqlite3.connect(make_url(house.url).database or "", isolation_level=None)) as backup:
        backup.execute("BEGIN")
        backup.execute("SELECT count(*) FROM draft").fetchall()
        asked = asyncio.create_task(eraser(house).erase([draft], why=ErasedBecause.TICKET, by=audit.OPERATOR))
        await until(partial(_is_gone, house, draft))
        await answers(house, other, "bea")
        assert await stored(house, other, "bea") is not None
    assert (await asked).drafts == 1
    assert await compacting.forget_log(house.sessions)
    assert SECRET.encode() not in bytes_of(house, None)


@on_postgresql
async def test_files_are_not_written_anew_while_somebody_makes_a_backup_and_nobody_waits_for_that(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers would wait behind it for as long as the backup takes."""
    monkeypatch.setattr(compacting, "PATIENCE", 0.2)
    draft = await house.draft()
    async with house.sessions.reading() as session:
        assert await drafts.get(session, draft) is not None
        async with asyncio.timeout(10):
            assert not await compacting.compact(house.sessions)
        await answers(house, draft, "ana")
    assert await stored(house, draft, "ana") is not None
    assert await compacting.compact(house.sessions)


async def _is_gone(house: House, draft: int) -> bool:
    async with house.sessions.reading() as session:
        return await drafts.get(session, draft) is None


@on_postgresql
async def test_a_tombstone_never_has_the_number_of_an_answer_that_is_given_just_then(house: House) -> None:
    """A reader whose page ends between the two would miss one of them."""
    answers_have, over = set[int](), asyncio.Event()

    async def answer() -> None:
        async with house.sessions.writing() as session:
            connection = await session.connection()
            while not over.is_set():
                taken = await connection.exec_driver_sql("SELECT nextval(pg_get_serial_sequence('revision', 'id'))")
                answers_have.add(taken.scalar_one())

    answering, tombstones_have = asyncio.create_task(answer()), set[int]()
    await until(lambda: asyncio.sleep(0, bool(answers_have)))
    for _ in range(100):
        async with house.sessions.writing() as session:
            tombstones_have |= {*(await take_numbers(session, BATCH))}
    over.set()
    await answering
    assert len(tombstones_have) == 100 * BATCH
    assert tombstones_have & answers_have == set()


async def test_its_messages_go_from_slack_and_others_stay(house: House) -> None:
    stays = await house.draft("Another draft that stays.")
    draft = await house.draft(f"Dear {SECRET}", prompt=f"I am {SECRET}")
    await escalates(house, draft)
    assert await posted(house, SECRET, ESCALATIONS)
    await erases(house, draft)
    for place in (SUPPORT, ESCALATIONS):
        assert not await posted(house, SECRET, place)
    assert (await house.card(stays)).text_seen
    async with house.sessions.writing() as session:
        await erasing.sweep(session)
        left = (await session.exec(select(Delivery).where(Delivery.kind == DeliveryKind.ERASURE))).all()
    assert left == []


async def test_a_lead_who_was_told_directly_keeps_no_copy(house: House) -> None:
    draft = await house.draft(f"Dear {SECRET}", topic=SECRET)
    await house.fault(method="chat.postMessage", kind="error", error="restricted_action")
    await escalates(house, draft)
    assert any(SECRET in one for one in await told_directly(house, "lea"))
    await erases(house, draft)
    assert not any(SECRET in one for one in await told_directly(house, "lea"))


@pytest.mark.parametrize("erased_before", [False, True])
async def test_what_was_written_to_somebody_alone_goes_from_slack_with_them(house: House, erased_before: bool) -> None:
    await sets_up(house, **NOWHERE)
    draft = await house.draft(f"Dear {SECRET}", topic=SECRET)
    await escalates(house, draft)
    await undoes(house)
    if erased_before:  # what was said of it is still to be taken out
        await eraser(house).erase([draft], why=ErasedBecause.TICKET, by=audit.OPERATOR)
    await eraser(house).forget_person(TEAM_ID, house.lea.id)
    assert house.lea.id not in await tables(house)
    await house.settles()
    assert {*await told_directly(house, "lea")} <= {"This message was deleted."}  # where a thread was
    assert any(SECRET in one for one in await told_directly(house, "lars")) is not erased_before
    async with house.sessions.writing() as session:
        await erasing.sweep(session)
        left = (await session.exec(select(Delivery).where(Delivery.to == NOBODY))).all()
    assert left == []


@pytest.mark.parametrize("erased", ["lea", "lars"])
async def test_a_second_escalation_is_told_though_a_lead_was_erased_since_the_first(house: House, erased: str) -> None:
    await sets_up(house, **NOWHERE)
    draft = await house.draft()
    await escalates(house, draft)
    await undoes(house)
    await forgets(house, erased)
    for _ in range(2):
        await escalates(house, draft)
        await undoes(house)
    (stays,) = {"lea", "lars"} - {erased}
    calls = ["Needs a human" in one for one in await told_directly(house, stays)]
    assert calls == [True, False, True, False, True, False]


async def test_a_card_that_may_have_been_posted_is_looked_for_and_taken_out(house: House) -> None:
    await house.fault(method="chat.postMessage", kind="drop_after")
    draft = await house.draft(f"Dear {SECRET}")
    assert await posted(house, SECRET)
    await erases(house, draft)
    assert await posted(house, SECRET)  # nobody knows yet where it stands
    house.moves(minutes=5)
    await house.bot.tools.courier.look_up_unclear()
    await house.settles()
    assert not await posted(house, SECRET)


async def test_a_card_that_was_not_posted_never_is(house: House) -> None:
    await house.fault(method="chat.postMessage", kind="drop_before")
    draft = await house.draft(f"Dear {SECRET}")
    await erases(house, draft)
    for _ in range(3):
        house.moves(minutes=5)
        await house.bot.tools.courier.look_up_unclear()
        await house.settles()
    assert not await posted(house, SECRET)
    async with house.sessions.writing() as session:
        await erasing.sweep(session)
        waiting = (await session.exec(select(Delivery).where(Delivery.state == DeliveryState.PENDING))).all()
    assert waiting == []


async def test_a_digest_quotes_it_no_more(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft(DRAFT, prompt=f"I am {SECRET} and ask", topic=SECRET)
    await answers(house, draft, "ana")
    await answers(house, draft, "bea", text="Please call us, this needs another answer altogether.")
    house.moves(days=1)
    editor = Editor(house.sessions, house.now)
    channel = await channel_of(house)
    day = house.now().date()
    assert await editor.post(channel, day, house.now(), though_quiet=True)
    await house.settles()
    assert await posted(house, SECRET, LEADS)
    await erases(house, draft)
    assert SECRET not in await tables(house)
    assert not await posted(house, SECRET, LEADS)
    assert await posted(house, "Labelling digest", LEADS)


@pytest.mark.parametrize("topic", [f"VIP/{SECRET}", f"VIP {SECRET}\nand others"])
async def test_a_digest_names_no_topic_that_was_reported_before_it_was_erased(shared_house: House, topic: str) -> None:
    house = shared_house
    draft = await house.draft(DRAFT, topic=topic)
    await house.lea.clicks("Report personal data", await house.card(draft, seen_by="lea"))
    await answers(house, draft, "ana")
    await answers(house, draft, "bea", text="Please call us, this needs another answer altogether.")
    house.moves(days=1)
    day = house.now().date()
    assert await house.bot.tools.digests.post(await channel_of(house), day, house.now(), though_quiet=True)
    await house.settles()
    assert SECRET in str(await delivery(house, f"digest:1:{day}"))
    await house.lea.fills({"Words that are personal data, one a line": SECRET})
    assert (await house.lea.submits()).closed
    await erases(house, draft)
    assert SECRET not in await tables(house)
    assert not await posted(house, SECRET, LEADS)


async def test_a_number_is_never_given_again_and_one_sent_again_is_known(house: House) -> None:
    draft = await house.draft(f"Dear {SECRET}", external_id=f"{SECRET}-7")
    await erases(house, draft)
    again = await house.sends({"channel": "#support", "prompt": "x", "draft": "y", "external_id": f"{SECRET}-7"})
    assert again.status_code == 409
    assert f"Draft {draft} had this external_id and was erased" in again.json()["detail"]
    many = await house.sends([{"channel": "#support", "prompt": "x", "draft": "y", "external_id": f"{SECRET}-7"}])
    assert many.json()[0]["status"] == "erased"
    assert await house.draft("Another one.") == draft + 1
    assert SECRET not in await tables(house)


async def read(house: House, path: str, *scopes: Scope) -> httpx.Response:
    async with house.sessions.writing() as session:
        token = await tokens.create(session, "reader", scopes=list(scopes), now=house.now())
    return await house.http.get(f"{house.bot.url}{path}", headers={"Authorization": f"Bearer {token}"})


async def test_whoever_read_its_labels_meets_its_tombstone_next(house: House) -> None:
    first, second = await lived(house), await house.draft("Another draft.")
    await answers(house, second, "ana")
    house.moves(minutes=2)
    before = await read(house, "/api/v1/labels?channel=support", Scope.LABELS_READ)
    assert [json.loads(line)["draft"] for line in before.text.splitlines()] == [first, second]
    await erases(house, first)
    third = await house.draft("A third draft.")
    await answers(house, third, "ana")
    house.moves(minutes=2)
    after = before.headers["X-Resume-After"]
    further = await read(house, f"/api/v1/labels?channel=support&after={after}", Scope.LABELS_READ)
    rows = [json.loads(line) for line in further.text.splitlines()]
    assert [(row["draft"], row.get("erased", False)) for row in rows] == [(first, True), (third, False)]
    assert [[*row] for row in rows if "erased" in row] == [["draft", "erased", "at"]]
    gold = await read(house, "/api/v1/gold?channel=support&format=erased", Scope.GOLD_READ)
    assert [json.loads(line)["draft"] for line in gold.text.splitlines()] == [first]
    pages, at = [], 0
    for _ in range(3):
        page = await read(house, f"/api/v1/labels?channel=support&limit=1&after={at}", Scope.LABELS_READ)
        pages += [json.loads(line)["draft"] for line in page.text.splitlines()]
        at = int(page.headers["X-Next-After"])
    assert pages == [second, first, third]


async def test_a_customer_is_found_by_a_value_that_was_never_stored_by_name_and_by_ticket(house: House) -> None:
    by_mail = await house.draft("One", prompt=f"My address is {MAIL.upper()}.")
    by_name = await house.draft("Two", prompt="I am JÖRG Übelacker, hello.")
    by_ticket = await house.draft("Three", group="T-1", prompt="Hi")
    same_ticket = await house.draft("Four", group="T-1", prompt=f"It is me, {MAIL}")
    await house.draft("Five", prompt="Somebody else: eve@example.org")
    opaque = await house.draft("Six", group=MAIL, prompt="Hi again")
    found = eraser(house)
    assert await found.of_customer(TEAM_ID, MAIL) == [by_mail, by_ticket, same_ticket, opaque]
    assert await found.of_customer(TEAM_ID, "Jörg Übelacker") == [by_name]
    assert await found.of_ticket(await channel_of(house), "T-1") == [by_ticket, same_ticket]
    assert await found.of_ticket(await channel_of(house), MAIL) == [opaque]
    assert await found.of_customer("T0OTHER", MAIL) == []


async def test_an_annotator_of_elsewhere_is_found_by_the_address_of_which_a_hash_is_kept(house: House) -> None:
    draft, by = await house.draft(), eraser(house)
    async with house.sessions.writing() as session:
        stored = naming.opaque(by.key, MAIL)
        session.add(Label(draft_id=draft, agent=stored, kind=LabelKind.IMPORTED))
    for asked in (MAIL, stored):
        assert await by.known_of(TEAM_ID, asked) == 1
        assert await by.answered_by(TEAM_ID, asked) == [draft]
    await by.forget_person(TEAM_ID, MAIL)
    assert await by.known_of(TEAM_ID, MAIL) == 0


@one_database
@pytest.mark.parametrize(
    ("stands", "asked"),
    [
        ("https://shop.example.com/?phone=%2B491701234567", "+491701234567"),
        ("https://shop.example.com/?name=Ada+Lovelace", "Ada Lovelace"),
        ("https://shop.example.com/?name=Ada%20Lovelace", "Ada Lovelace"),
        ("https://shop.example.com/?name=J%C3%B6rg", "Jörg"),
        ("https://shop.example.com/?email=ada%2Btag%40example.com", "ada+tag@example.com"),
        ("Call +49 170 1234567.", "00491701234567"),
        ("Call 0049 170 1234567.", "+491701234567"),
    ],
)
async def test_a_customer_is_found_in_links_and_by_a_number_however_it_is_dialled(
    shared_house: House, stands: str, asked: str
) -> None:
    draft = await shared_house.draft("Hello", prompt=f"It is here: {stands}")
    assert asked not in (await stored_draft(shared_house, draft)).conversation[0]["content"]
    assert await eraser(shared_house).of_customer(TEAM_ID, asked) == [draft]


async def test_a_customer_is_found_in_a_topic_as_its_card_shows_it(house: House) -> None:
    drafts = [await house.draft(f"Number {number}", topic=f"vip/{NAME.lower().replace(' ', '_')}") for number in (1, 2)]
    await house.draft("Number 3", topic="vip/renée", prompt=f"I am {MAIL}.")
    assert await eraser(house).of_customer(TEAM_ID, NAME) == drafts


@pytest.mark.parametrize(
    "value", ["email 1", "email_1", "EMAIL_1]", "Email", "_1", "mail", "private_1", "Private", "private-"]
)
async def test_what_stands_in_place_of_personal_data_names_no_customer(shared_house: House, value: str) -> None:
    house = shared_house
    for number in (1, 2):
        mail = f"eve{number}@example.org"
        await house.draft(f"Hello {number}", prompt=f"I am {mail}.", group=mail, external_id=mail)
    await house.ana.clicks("Report personal data", await house.card(1))
    await house.ana.fills({"Words that are personal data, one a line": "Hello"})
    assert (await house.ana.submits()).closed
    await house.settles()
    assert await eraser(house).of_customer(TEAM_ID, value) == []
    by_name = await house.draft("Hello again", prompt=f"I am {MAIL}, and they call me Mr {value.rstrip(']')}.")
    assert await eraser(house).of_customer(TEAM_ID, f"Mr {value.rstrip(']')}") == [by_name]


@one_database
@pytest.mark.parametrize("value", ["[EMAIL_1]", " [EMAIL_1] ", "Ada [PRIVATE_12]"])
async def test_nobody_is_looked_for_by_a_placeholder(shared_house: House, value: str) -> None:
    with pytest.raises(NobodyNamed, match="A placeholder names nobody"):
        await eraser(shared_house).of_customer(TEAM_ID, value)


@one_database
async def test_a_customer_is_found_by_the_id_under_which_an_export_shows_their_ticket(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft("Hello", group=MAIL)
    shown = (await stored_draft(house, draft)).ticket
    assert await eraser(house).of_customer(TEAM_ID, MAIL) == [draft]
    assert await eraser(house).of_customer(TEAM_ID, shown or "") == [draft]


NAME = "Renée Würz"
ALIKE = {
    "as it is typed": "Renée Würz",
    "accents apart": "Rene\u0301e Wu\u0308rz",
    "a blank that does not break": "Renée\u00a0Würz",
    "a narrow one": "Renée\u202fWürz",
    "two blanks": "Renée  Würz",
    "a line end": "Renée\nWürz",
    "capitals": "RENÉE WÜRZ",
    "a soft hyphen": "Renée W\u00adürz",
    "full width": "Ｒenée Würz",
    "a sign that chooses a drawing": "Renée\ufe0f W\U000e0100ürz",
    "a filler and a control": "Renée\u3164 \x08Würz",
}


@pytest.mark.parametrize("written", ALIKE.values(), ids=ALIKE)
async def test_a_name_is_found_however_it_is_written(house: House, written: str) -> None:
    in_prompt = await house.draft("One", prompt=f"I am {written}.")
    in_draft = await house.draft(f"Dear {written},", prompt="Two")
    in_context = await house.draft("Three", context={"plan": "Pro", written: "yes"}, prompt="Three")
    await house.draft("Renée and Mr Würz", prompt="Four")
    await house.draft("Würz", prompt="Renée")
    for asked in (NAME, ALIKE["accents apart"], "renée\u00a0würz"):
        assert await eraser(house).of_customer(TEAM_ID, asked) == [in_prompt, in_draft, in_context], asked


async def test_others_are_let_in_between_two_drafts_that_are_searched_for_a_name() -> None:
    some = [Wording(number, (), [f"{NAME} or not"]) for number in range(5)]
    searching = asyncio.create_task(erasure._naming(some, set(), as_read(NAME)))
    let_in = 0
    while not searching.done():
        await asyncio.sleep(0)
        let_in += 1
    assert await searching == [0, 1, 2, 3, 4]
    assert let_in > 5


async def test_what_was_struck_out_is_found_however_it_is_written(house: House) -> None:
    draft = await house.draft(f"Dear {NAME}, hello.", prompt="One")
    await house.ana.clicks("Report personal data", await house.card(draft))
    await house.ana.fills({"Words that are personal data, one a line": NAME})
    assert (await house.ana.submits()).closed
    await house.settles()
    assert NAME not in await tables(house)
    assert await eraser(house).of_customer(TEAM_ID, ALIKE["accents apart"]) == [draft]


@pytest.mark.parametrize("field", ["source", "model", "topic", "url", "external_id", "group"])
async def test_a_name_is_found_in_each_field_of_a_draft(house: House, field: str) -> None:
    word = f"https://desk.example.com/{SECRET}" if field == "url" else f"from {SECRET}"
    draft = await house.draft("One", prompt="One", **{field: word})
    await house.draft("Two", prompt="Two")
    assert await eraser(house).of_customer(TEAM_ID, SECRET.lower()) == [draft]


async def test_a_name_is_found_in_what_a_lead_settled_and_what_nobody_saved(shared_house: House) -> None:
    house = shared_house
    settled = await disputed(house, "ana", "bea", 1)
    await house.lea.clicks("Settle", await home(house, "lea"))
    await house.lea.fills(
        {
            "Which answer stands?": "The final reply below",
            "Final reply": f"Dear {SECRET}, we have refunded it.",
            "Why did the answers differ?": "An agent slipped",
            "Must a human take over?": "No",
        }
    )
    assert (await house.lea.submits()).closed
    await house.settles()
    assert await eraser(house).of_customer(TEAM_ID, SECRET) == [settled]
    unsaved = await house.draft("Another reply.", prompt="two")
    await house.ana.types("/assay next", in_="#support")
    await house.ana.fills({"Note (optional)": f"{SECRET} rang me"})
    await house.ana.clicks("Skip")
    await house.settles()
    assert await eraser(house).of_customer(TEAM_ID, SECRET) == [settled, unsaved]


def test_each_column_that_hangs_on_a_draft_is_read_or_holds_nobodys_words() -> None:
    read = {str(one) for one in (*wordings.OF_DRAFTS, *wordings.OF_ANSWERS, *wordings.OF_GOLD, *wordings.OF_UNSAVED)}
    tables = [SQLModel.metadata.tables["draft"], *(table for table, _ in erasing._hanging_on("draft"))]
    written = {
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.columns
        if isinstance(getattr(column.type, "impl", column.type), String | JSON) and not column.foreign_keys
    }
    assert written - {one.lower() for one in read} == NOBODYS_WORDS


NOBODYS_WORDS = {
    *(f"draft.{name}" for name in ("content_hash", "body_hash", "language", "origin", "state", "placeholders")),
    *("draft.redacted", "draft.redactor", "slot.trigger", "slot.leased_by", "writing.state", "writing.model"),
    *("writing.error", "label.agent", "label.kind", "effort.reason", "exposure.agent", "exposure.source"),
    *(f"revision.{name}" for name in ("verdict", "escalation", "reject_reason", "tags")),  # chosen from lists
    *("unsaved.agent", "unsaved.chosen"),
    *(f"gold.{name}" for name in ("kind", "verdict", "escalation", "tags", "settled_by", "reason")),
    # Drawn from drafts and answers; what else stands in them is ours.
    *(f"delivery.{name}" for name in ("id", "team", "key", "kind", "state", "to", "body", "ts", "posted_in", "error")),
    *("delivery.lane", "announcement.id", "announcement.event", "announcement.state", "announcement.error"),
}


@pytest.mark.parametrize("nothing", ["", "  ", "\u200b\u00ad", "Dear\0hello"])
async def test_nobody_is_erased_by_an_empty_name(house: House, nothing: str) -> None:
    draft = await lived(house)
    erases, channel = eraser(house), await channel_of(house)
    for asked in (
        erases.of_customer(TEAM_ID, nothing),
        erases.of_ticket(channel, nothing),
        erases.known_of(TEAM_ID, nothing),
        erases.answered_by(TEAM_ID, nothing),
        erases.forgettable(TEAM_ID, nothing),
        erases.forget_person(TEAM_ID, nothing),
        whole_workspace.erase(house.sessions, nothing, now=house.now),
    ):
        with pytest.raises(NobodyNamed):
            await asked
    asked_for = command.Asked("T-1", None, None, None, nothing, really=True, compact=False)
    with pytest.raises(NotFound):
        await command.run(erases, asked_for)
    async with house.sessions.reading() as session:
        assert await drafts.get(session, draft) is not None


async def test_over_http_it_is_said_first_and_done_where_it_is_really_wanted(house: House) -> None:
    draft = await lived(house)
    async with house.sessions.writing() as session:
        token = await tokens.create(session, "privacy desk", scopes=[Scope.ADMIN], now=house.now())
    headers = {"Authorization": f"Bearer {token}"}

    async def asks(**body: object) -> httpx.Response:
        return await house.http.post(f"{house.bot.url}/api/v1/erasures", json=body, headers=headers)

    assert (await asks(customer=MAIL)).json() == {"erased": False, "drafts": 1, "labels": 1, "messages": 1}
    async with house.sessions.reading() as session:
        assert await drafts.get(session, draft) is not None
    assert (await asks(customer=MAIL, channel="support", really=True)).json()["erased"] is True
    await house.settles()
    assert SECRET not in await tables(house)
    assert (await asks(customer=MAIL)).json()["drafts"] == 0
    for wrong in ({}, {"ticket": "T-1"}, {"ticket": "T-1", "customer": MAIL}, {"customer": "x"}, {"customer": 7}):
        assert (await asks(**wrong)).status_code == 422
    for nobody in ("   ", "\u200b\u200b\u200b", "a  ", "a\u200b\u200b", "a\0b", "x" * 501):
        refused = await asks(customer=nobody, really=True)
        assert (refused.status_code, refused.json()["detail"].count("..")) == (422, 0)
    for nowhere in ("", " ", "\u200b", "\0"):
        assert (await asks(ticket="T-1", channel=nowhere, really=True)).status_code == 422
        assert (await asks(ticket=nowhere, channel="support", really=True)).status_code == 422
    assert (await asks(customer=f"  {'x' * 500}")).json()["drafts"] == 0
    assert (await asks(customer=MAIL, channel="nowhere")).status_code == 404
    refused = await house.http.post(
        f"{house.bot.url}/api/v1/erasures", json={"customer": MAIL}, headers={"Authorization": f"Bearer {house.token}"}
    )
    assert refused.status_code == 403


async def test_an_erasure_that_is_asked_for_again_is_answered_once_and_names_nobody_for_it(house: House) -> None:
    for number in range(BATCH + 1):
        await house.sends({"channel": "#support", "prompt": f"{SECRET} {number}", "draft": DRAFT})
    async with house.sessions.writing() as session:
        token = await tokens.create(session, "privacy desk", scopes=[Scope.ADMIN], now=house.now())
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"erase-{SECRET}"}

    async def asks(**body: object) -> httpx.Response:
        return await house.http.post(
            f"{house.bot.url}/api/v1/erasures", json={"customer": SECRET} | body, headers=headers
        )

    assert (await asks()).json()["drafts"] == BATCH + 1  # only counted: the key is still free
    first = await asks(really=True)
    assert (first.json()["drafts"], "Idempotent-Replayed" in first.headers) == (BATCH + 1, False)
    later = await house.draft(f"{SECRET} comes back.")
    again = await asks(really=True)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    async with house.sessions.reading() as session:
        assert await drafts.get(session, later) is not None
    assert (await asks(really=True, channel="support")).status_code == 422  # the key was used for something else
    headers.pop("Idempotency-Key")
    assert (await asks(really=True)).json()["drafts"] == 1
    kept = await tables(house)
    assert SECRET not in kept
    plain = [f"erase-{SECRET}".encode(), b"POST /api/v1/erasures\n" + again.request.content]
    assert not any(hashlib.sha256(word).hexdigest() in kept for word in plain)


async def test_what_is_under_way_on_an_erased_draft_ends_in_a_sentence(house: House) -> None:
    draft = await house.draft(DRAFT)
    await house.ana.clicks("Edit", await house.card(draft))
    card = await house.card(draft, seen_by="bea")
    await eraser(house).erase([draft], why=ErasedBecause.TICKET, by=audit.OPERATOR)
    await house.ana.fills({"Reply": "My text"})
    outcome = await house.ana.submits()
    assert "this draft is not here any more" in " ".join(outcome.errors.values())
    await house.bea.clicks("Approve", card)
    assert await house.read("bea") == "This draft is not here any more. Nothing was saved."


async def test_two_at_once_erase_each_draft_once(house: House) -> None:
    numbers = [await house.draft(f"Draft {number}") for number in range(3)]
    async with second_bot(house) as other:
        there = Eraser(other.tools.sessions, other.tools.settings.key, house.now)
        both = [one.erase(numbers, why=ErasedBecause.TICKET, by=audit.OPERATOR) for one in (eraser(house), there)]
        assert sum(one.drafts for one in await asyncio.gather(*both)) == 3
    async with house.sessions.reading() as session:
        assert (await session.exec(select(func.count()).select_from(Tombstone))).one() == 3


async def test_whoever_answered_is_named_nowhere_and_their_answers_stay(shared_house: House) -> None:
    house = shared_house
    draft = await disputed(house, "ana", "bea", 1)
    ana, told = house.ana.id, await lived(house)
    await escalates(house, await house.draft("For a human."))
    await house.ana.clicks("Edit", await house.card(told + 1))
    await house.max.clicks("Audit trail", on=await home(house, "max"))
    assert await eraser(house).known_of(TEAM_ID, ana) > 3
    await eraser(house).forget_person(TEAM_ID, ana)
    rows = await tables(house)
    assert ana not in rows
    assert f"{SECRET} called" not in rows  # a note
    assert f"Dear {SECRET}, bye." in rows  # an answer
    async with house.sessions.reading() as session:
        agents = (await session.exec(select(Label.agent).where(Label.draft_id == draft))).all()
    assert sorted(one.startswith(NOBODY) for one in agents) == [False, True]
    await house.bea.opens_home()
    await home(house, "lea")


@pytest.mark.parametrize("name", ["Lea", "Ed", "1", "notice", "card", "_", "U", "U0", "leads", "É"])
async def test_a_word_that_is_nobodys_id_changes_no_message(house: House, name: str) -> None:
    draft = await house.draft("The Leads of Leamington edited this.", prompt="U0 and Ed ask Lea 1_ É")
    await escalates(house, draft)
    house.moves(days=1)
    await Editor(house.sessions, house.now).post(
        await channel_of(house), house.now().date(), house.now(), though_quiet=True
    )
    before = await outbox(house)
    assert await eraser(house).known_of(TEAM_ID, name) == 0
    await eraser(house).forget_person(TEAM_ID, name)
    assert await outbox(house) == before


async def test_an_annotator_of_elsewhere_is_forgotten_and_no_word_that_is_alike(
    house: House,
) -> None:
    draft = await house.draft("Ed edited this, said Ed.")
    await escalates(house, draft)
    async with house.sessions.writing() as session:
        session.add(Label(draft_id=draft, agent="Ed", kind=LabelKind.IMPORTED))
    before = await outbox(house)
    assert await eraser(house).known_of(TEAM_ID, "Ed") == 1
    await eraser(house).forget_person(TEAM_ID, "Ed")
    assert await outbox(house) == before
    async with house.sessions.reading() as session:
        agents = (await session.exec(select(Label.agent).where(Label.kind == LabelKind.IMPORTED))).all()
    assert [one.startswith(NOBODY) for one in agents] == [True]


async def test_whoever_is_erased_is_taken_out_of_messages_and_nobody_whose_id_begins_alike(house: House) -> None:
    ana, longer = house.ana.id, f"{house.ana.id}7"
    body = {"text": f"<@{ana}> and <@{ana}|ana>, {ana}: not <@{longer}>, {longer} or X{ana}."}
    async with house.sessions.writing() as session:
        row: dict[str, Any] = {"team": TEAM_ID, "channel_id": 1, "due_at": house.now(), "kind": DeliveryKind.NOTICE}
        for name, key in (("one", f"alarm:notice:7:{ana}"), ("two", f"alarm:notice:7:{longer}")):
            session.add(Delivery(id=name, key=key, to=SUPPORT, state=DeliveryState.FAILED, body=body, **row))
        session.add(Delivery(id="three", key="notice:8", to=ana, state=DeliveryState.FAILED, **row))
    known = await eraser(house).known_of(TEAM_ID, ana)
    await eraser(house).forget_person(TEAM_ID, ana)
    left = await outbox(house)
    gone = "somebody who was erased"
    assert (
        left["one"][1] == left["two"][1] == {"text": f"{gone} and {gone}, {gone}: not <@{longer}>, {longer} or X{ana}."}
    )
    assert left["one"][0].startswith(f"alarm:notice:7:{NOBODY}")
    assert left["two"][0] == f"alarm:notice:7:{longer}"
    assert "three" not in left
    assert known >= 3


async def outbox(house: House) -> dict[str, tuple[str, Any]]:
    async with house.sessions.reading() as session:
        rows = (await session.exec(select(Delivery))).all()
    return {row.id: (row.key, row.body) for row in rows}


async def test_with_their_answers_nothing_that_somebody_said_is_left_in_rows_bytes_or_slack(
    shared_house: House, on_postgres: Postgres | None, tmp_path: Path
) -> None:
    house = shared_house
    written = await lived(house)
    undone = await house.draft("An answer that is taken back.")
    await answers(house, undone, "ana")
    await house.ana.clicks("Undo", await house.ana.last_private_note(SUPPORT))
    await house.settles()
    others = await house.draft("What others answered stays.")
    await answers(house, others, "bea")
    ana, found = house.ana.id, await eraser(house).answered_by(TEAM_ID, house.ana.id)
    assert list(found) == [written, undone]
    assert SECRET.encode() in bytes_of(house, on_postgres)
    asked = command.Asked(None, None, ana, None, None, really=False, compact=False, answers=True)
    assert (await command.run(eraser(house), asked))[0].startswith("2 drafts with 2 answers and")
    assert await eraser(house).answered_by(TEAM_ID, ana) == found
    await command.run(eraser(house), replace(asked, really=True, compact=True))
    await house.settles()
    rows = await tables(house)
    assert [word for word in (ana, SECRET) if word in rows] == []
    assert [word for word in (ana, SECRET) if word.encode() in bytes_of(house, on_postgres)] == []
    assert not await posted(house, SECRET)
    assert await stored(house, others, "bea") is not None
    async with house.sessions.reading() as session:
        graves = (await session.exec(select(Tombstone.draft_id, Tombstone.why))).all()
    assert sorted(graves) == [(written, ErasedBecause.AGENT), (undone, ErasedBecause.AGENT)]
    channel = await channel_of(house)
    await export.write(house.sessions, channel, Format.ERASED, tmp_path / "erased.jsonl")
    assert [json.loads(line)["draft"] for line in (tmp_path / "erased.jsonl").read_text().splitlines()] == [
        written,
        undone,
    ]


async def test_the_only_reviewer_of_a_channel_is_not_forgotten_before_others_are_named(house: House) -> None:
    async with house.sessions.writing() as session:
        channel = await channels.get(session, 1)
        channel.reviewers = [house.ana.id]
        session.add(channel)
    with pytest.raises(OnlyReviewer):
        await eraser(house).forget_person(TEAM_ID, house.ana.id)


async def test_of_an_erased_workspace_nothing_is_left(house: House, on_postgres: Postgres | None) -> None:
    await lived(house)
    await escalates(house, await house.draft(f"{SECRET} for a human"))
    async with house.sessions.writing() as session:
        await tokens.create(session, "elsewhere", scopes=[], now=house.now(), team="T0OTHER")
    assert await whole_workspace.erase(house.sessions, TEAM_ID, now=house.now) > 20
    left = await tables(house)
    assert TEAM_ID not in left
    assert SECRET not in left
    assert [name for name, one in house.people.items() if one.id in left] == []
    assert "T0OTHER" in left
    await compacting.compact(house.sessions)
    assert SECRET.encode() not in bytes_of(house, on_postgres)


async def test_a_workspace_is_known_by_its_name_until_nothing_else_is_stored_of_it(house: House) -> None:
    await lived(house)
    gone = 1
    while gone:
        async with house.sessions.writing() as session:
            gone = await whole_workspace.erase_some(session, TEAM_ID)
    await command.run(eraser(house), command.Asked(None, None, None, TEAM_ID, None, really=True, compact=False))
    assert TEAM_ID not in await tables(house)


def test_every_table_is_known_to_belong_to_a_workspace_or_to_none() -> None:
    nobodys = {"seen", "effort"} - erasing.tables_of_a_workspace()
    assert {table.name for table in SQLModel.metadata.sorted_tables} - erasing.tables_of_a_workspace() == nobodys


def test_what_hangs_on_a_draft_or_a_channel_is_found_along_indexes() -> None:
    """Without one, each row that is erased reads the whole table that may refer to it."""
    bare = {
        f"{table.name}.{column.name}"
        for table, _ in [*erasing._hanging_on("draft"), *erasing._hanging_on("channel")]
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table is not table and column.name not in _begin_an_index(table)
    }
    assert bare == {"webhook.channel_id", "token.channel_id"}  # of both there are few


def _begin_an_index(table: Table) -> set[str]:
    keys = [list(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint | PrimaryKeyConstraint)]
    first = [columns[0].name for columns in [*keys, *(list(index.columns) for index in table.indexes)] if columns]
    return {*first, *(column.name for column in table.columns if column.unique)}


async def test_erased_cards_leave_their_places_in_the_channel_to_others(house: House) -> None:
    channel = await channel_of(house)
    first = [await house.draft(f"{SECRET} {number}") for number in range(channel.open_cards)]
    later = await house.draft("This one waits for a place.")
    assert not await posted(house, f"#{later}")
    await erases(house, *first)
    assert await posted(house, f"#{later}")
