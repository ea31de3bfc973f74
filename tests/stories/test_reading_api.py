"""Machines read what was answered over HTTP, and nobody reads an answer before it may be read."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import event
from sqlmodel import col, select, update

from bot import export, intake, naming, tokens, vouching
from bot.export import PAGE, Format
from bot.intake import Arrival
from bot.submissions import PastReply, Submission
from bot.tokens import Scope
from sandbox.workspace import TEAM_ID
from storage.models import Channel, Delivery, Draft, Member, Revision
from storage.queries import channels, exports, final_labels, labels, tombstones
from storage.words import ChannelState, DeliveryState
from tests.databases import Postgres
from tests.house import CUSTOMER, DRAFT, SUPPORT, House, sets_up
from tests.stories import steps
from tests.stories.test_report import halted

Row = dict[str, Any]
# For a page of labels.
LOOKS = [(exports, "labels"), (tombstones, "above"), (final_labels, "first_held"), (final_labels, "settled_until")]


async def token(house: House, *scopes: Scope, channel: str | None = None) -> str:
    async with house.sessions.writing() as session:
        bound = await channels.by_any_name(session, TEAM_ID, channel) if channel else None
        return await tokens.create(session, "reader", scopes=list(scopes), now=house.now(), channel=bound)


async def gets(house: House, path: str, secret: str, **query: object) -> httpx.Response:
    address = f"{house.bot.url}/api/v1/{path}"
    given = {name: str(value) for name, value in query.items()}
    return await house.http.get(address, params=given or None, headers={"Authorization": f"Bearer {secret}"})


def rows(answer: httpx.Response) -> list[Row]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].split(";")[0] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def said(found: Sequence[Row]) -> list[tuple[int, str, int]]:
    return [(row["draft"], row["verdict"], row["revision"]) for row in found]


def is_problem(answer: httpx.Response, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json"
    assert words in answer.json()["detail"]


async def approves(house: House, who: str, draft: int) -> None:
    await house.people[who].clicks("Approve", await house.card(draft, seen_by=who))
    house.moves(seconds=3)  # Slack takes a post a second
    await house.settles()


async def test_a_draft_says_how_many_reviews_are_in_and_where_its_card_is(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft(external_id="T-1")
    found = (await gets(house, f"drafts/{draft}", house.token)).json()
    assert (found["id"], found["external_id"], found["channel"], found["origin"]) == (str(draft), "T-1", SUPPORT, "api")
    assert (found["state"], found["slots"]) == ("open", {"needed": 2, "answered": 0})
    card = await house.card(draft)
    assert found["card"].endswith(f"/archives/{SUPPORT}/p{card.ts.replace('.', '')}")
    await approves(house, "ana", draft)
    found = (await gets(house, f"drafts/{draft}", house.token)).json()
    assert (found["state"], found["slots"]) == ("open", {"needed": 2, "answered": 1})
    assert house.ana.id not in json.dumps(found)
    assert "approved" not in json.dumps(found)
    await approves(house, "bea", draft)
    found = (await gets(house, f"drafts/{draft}", await token(house, Scope.LABELS_READ))).json()
    assert (found["state"], found["slots"]) == ("settled", {"needed": 2, "answered": 2})


async def test_a_card_that_is_not_posted_says_what_it_waits_for(house: House) -> None:
    async def waits_for(draft: int) -> list[object]:
        found = (await gets(house, f"drafts/{draft}", house.token)).json()
        return [found["card"] is None, found["card_waits_for"]]

    first = await house.draft()
    assert await waits_for(first) == [False, None]
    await sets_up(house, **{"Cards that are open at a time": "1"})
    second = int((await house.sends({"channel": "#support", "prompt": CUSTOMER, "draft": "Two."})).json()["id"])
    await house.settles()
    assert await waits_for(second) == [True, "room"]
    await states(house, second, DeliveryState.FAILED)
    assert await waits_for(second) == [True, "admin"]
    await states(house, second, DeliveryState.PENDING)
    async with house.sessions.writing() as session:
        await session.exec(update(Channel).values(open_cards=5))
    assert await waits_for(second) == [True, "turn"]
    async with house.sessions.writing() as session:
        await session.exec(update(Channel).values(state=ChannelState.ARCHIVED))
    assert await waits_for(second) == [True, "channel"]
    await withdrawn(house, second)
    assert await waits_for(second) == [True, None]


async def states(house: House, draft: int, state: DeliveryState) -> None:
    async with house.sessions.writing() as session:
        await session.exec(update(Delivery).where(col(Delivery.draft_id) == draft).values(state=state))


async def withdrawn(house: House, draft: int) -> None:
    address = f"{house.bot.url}/api/v1/drafts/{draft}/withdraw"
    assert (await house.http.post(address, headers={"Authorization": f"Bearer {house.token}"})).status_code == 200


async def test_labels_of_a_draft_that_waits_for_an_answer_come_later_and_none_is_missed(shared_house: House) -> None:
    house = shared_house
    reader = await token(house, Scope.LABELS_READ)
    waits, done = await house.draft(), await house.draft("Another draft.")
    await approves(house, "ana", waits)
    await approves(house, "ana", done)
    await approves(house, "bea", done)
    house.moves(minutes=2)
    first = await gets(house, "labels", reader, channel="#support")
    assert said(rows(first)) == [(done, "approved", 1)] * 2
    assert rows(first)[0].keys() >= {"agent", "kind", "text", "draft_text", "saved_at", "gold"}
    assert "X-Next-After" not in first.headers
    await approves(house, "bea", waits)
    resume = first.headers["X-Resume-After"]
    house.moves(minutes=2)
    second = await gets(house, "labels", reader, channel="#support", after=resume)
    assert (waits, "approved", 1) in said(rows(second))
    assert {row["draft"] for row in rows(second)} == {waits, done}
    last = await gets(house, "labels", reader, channel="#support", after=second.headers["X-Resume-After"])
    assert rows(last) == []
    assert last.headers["X-Resume-After"] == second.headers["X-Resume-After"]


async def test_what_was_left_out_on_one_page_comes_with_the_next_reading_though_its_draft_closed_meanwhile(
    shared_house: House,
) -> None:
    house = shared_house
    reader = await token(house, Scope.LABELS_READ)
    waits, done, later = [await house.draft(f"Draft {number}.") for number in range(3)]
    await approves(house, "ana", waits)
    for draft in (done, later):
        for who in ("ana", "bea"):
            await approves(house, who, draft)
    house.moves(minutes=2)
    first = await gets(house, "labels", reader, channel="#support", limit=2)
    assert {row["draft"] for row in rows(first)} == {done}
    await approves(house, "bea", waits)
    house.moves(minutes=2)
    address = f"{house.bot.url}{first.links['next']['url']}"
    second = await house.http.get(address, headers={"Authorization": f"Bearer {reader}"})
    told = said(rows(second))
    third = await gets(house, "labels", reader, channel="#support", after=second.headers["X-Resume-After"])
    assert (waits, "approved", 1) in [*told, *said(rows(third))]
    assert len({row["agent"] for row in [*rows(second), *rows(third)] if row["draft"] == waits}) == 2


async def test_a_row_on_its_way_may_be_below_one_that_is_here_and_comes_with_the_next_reading(house: House) -> None:
    reader = await token(house, Scope.LABELS_READ)
    for number in range(3):
        await approves(house, "ana", await house.draft(f"Draft number {number}."))
        house.moves(minutes=2 if number == 0 else 0)
    async with house.sessions.writing() as session:
        older, second, newest = (await session.exec(select(Revision).order_by(col(Revision.id)))).all()
        on_its_way = second.model_dump()
        await session.delete(second)
    page = await gets(house, "labels", reader, channel="#support")
    assert len(rows(page)) == 2
    async with house.sessions.writing() as session:  # its number was given before, and is committed now
        session.add(Revision(**on_its_way))
    again = await gets(house, "labels", reader, channel="#support", after=page.headers["X-Resume-After"])
    assert len(rows(again)) == 2, f"after {older.id} came {newest.id}, and now what stands between them"


@pytest.mark.parametrize(("place", "look"), LOOKS)
async def test_what_was_answered_while_a_page_was_looked_up_is_missed_by_no_reading(
    shared_house: House, monkeypatch: pytest.MonkeyPatch, place: Any, look: str
) -> None:
    house, reader = shared_house, await token(shared_house, Scope.LABELS_READ)
    half, whole = await house.draft("One."), await house.draft("Two.")
    async with halted(monkeypatch, place, look) as come:
        asked = asyncio.create_task(gets(house, "labels", reader, channel="#support"))
        await come.wait()
        for who, draft in (("ana", half), ("ana", whole), ("bea", whole)):
            await approves(house, who, draft)
    page = await asked
    await approves(house, "bea", half)
    again = await gets(house, "labels", reader, channel="#support", after=page.headers["X-Resume-After"])
    met = {(row["draft"], row["agent"]) for row in [*rows(page), *rows(again)]}
    assert met == {(draft, house.people[who].id) for draft in (half, whole) for who in ("ana", "bea")}


@pytest.mark.parametrize(("place", "look"), LOOKS)
async def test_what_was_hidden_again_while_a_page_was_looked_up_is_missed_by_no_reading(
    shared_house: House, monkeypatch: pytest.MonkeyPatch, place: Any, look: str
) -> None:
    house, reader = shared_house, await token(shared_house, Scope.LABELS_READ)
    undone, other = await house.draft("One."), await house.draft("Two.")
    for who, draft in (("ana", other), ("bea", undone), ("bea", other), ("ana", undone)):
        await approves(house, who, draft)
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    house.moves(minutes=2)
    async with halted(monkeypatch, place, look) as come:
        asked = asyncio.create_task(gets(house, "labels", reader, channel="#support"))
        await come.wait()
        await house.ana.clicks("Undo", note)
        await house.settles()
    page = await asked
    await approves(house, "ana", undone)
    house.moves(minutes=2)
    again = await gets(house, "labels", reader, channel="#support", after=page.headers["X-Resume-After"])
    met = {(row["draft"], row["agent"]) for row in [*rows(page), *rows(again)]}
    assert met == {(draft, house.people[who].id) for draft in (undone, other) for who in ("ana", "bea")}


@steps.on_postgresql
async def test_what_comes_into_the_trail_between_two_looks_of_a_page_is_missed_by_no_reading(house: House) -> None:
    reader, address = await token(house, Scope.ADMIN), house.url.replace("+psycopg", "")
    known = rows(await gets(house, "audit", reader))[-1]["id"]
    house.moves(minutes=2)
    entry = "INSERT INTO audit (id, at, team, act, who) VALUES (%s, %s, %s, 'settings', 'operator')"
    with psycopg.connect(address) as earlier, psycopg.connect(address) as later:
        for connection, number in ((earlier, known + 1), (later, known + 2)):
            connection.execute(entry, (number, house.now(), TEAM_ID))
        later.commit()

        def between(_: Any, __: Any, statement: str, *___: Any) -> None:
            if "ORDER BY audit.id DESC" in statement and not earlier.closed:
                earlier.commit()

        event.listen(house.bot.tools.sessions.reader.sync_engine, "after_cursor_execute", between)
        page = await gets(house, "audit", reader, after=known)
    again = await gets(house, "audit", reader, after=page.headers["X-Resume-After"])
    assert {row["id"] for row in [*rows(page), *rows(again)]} == {known + 1, known + 2}


async def test_an_answer_that_is_undone_hides_the_draft_again(house: House) -> None:
    reader = await token(house, Scope.LABELS_READ)
    draft = await house.draft()
    await approves(house, "ana", draft)
    assert said(rows(await gets(house, "labels", reader, channel=SUPPORT))) == [(draft, "approved", 1)]
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    await house.ana.clicks("Undo", note)
    await house.settles()
    hidden = await gets(house, "labels", reader, channel=SUPPORT)
    assert (rows(hidden), hidden.headers["X-Resume-After"]) == ([], "0")


async def test_labels_come_in_pages_that_lead_to_one_another(house: House) -> None:
    reader = await token(house, Scope.LABELS_READ)
    drafts = []
    for number in range(5):
        drafts.append(await house.draft(f"Draft number {number}."))
        await approves(house, "ana", drafts[-1])
    page = await gets(house, "labels", reader, channel="#support", limit=2)
    found, pages = rows(page), 1
    while "X-Next-After" in page.headers:
        address = page.links["next"]["url"]
        assert f"after={page.headers['X-Next-After']}" in address
        page = await house.http.get(f"{house.bot.url}{address}", headers={"Authorization": f"Bearer {reader}"})
        found += rows(page)
        pages += 1
    assert pages == 3
    assert [row["draft"] for row in found] == drafts
    # Rows of the last minute may still be overtaken by others with lower numbers: they are read again.
    assert page.headers["X-Resume-After"] == "0"
    for name, value in (
        ("after", "x"),
        ("after", "-1"),
        ("limit", "0"),
        ("limit", "1001"),
        ("after", "9" * 30),
        ("limit", "²"),
    ):
        is_problem(await gets(house, "labels", reader, channel="#support", **{name: value}), 400, f"{name} must be")


async def test_gold_is_streamed_in_the_formats_of_the_export(house: House) -> None:
    reader = await token(house, Scope.GOLD_READ)
    assert rows(await gets(house, "gold", reader, channel="#support")) == []
    draft = await house.draft()
    await approves(house, "ana", draft)
    (row,) = rows(await gets(house, "gold", reader, channel="#support", format="trl-sft"))
    assert row["completion"] == [{"role": "assistant", "content": DRAFT}]
    assert row["meta"]["draft"] == draft
    is_problem(await gets(house, "gold", reader, channel="#support", format="labels"), 400, "/api/v1/labels")
    is_problem(await gets(house, "gold", reader, channel="#support", format="xml"), 400, "format must be trl-sft")


async def test_what_is_settled_while_gold_is_read_has_the_guideline_that_was_made_meanwhile(house: House) -> None:
    async with gold_is_read(house) as lines:
        await sets_up(house, Guideline="Say sorry once.")
        await approves(house, "ana", await house.draft())
        rest = [json.loads(line) async for line in lines]
    assert [row["prompt"][0]["content"] for row in rest[-1:]] == ["Say sorry once."]


async def test_what_is_settled_while_gold_is_read_stays_where_nobody_knows_its_author_yet(house: House) -> None:
    async with gold_is_read(house) as lines:
        await approves(house, "ana", await house.draft())
        async with house.sessions.writing() as session:
            await session.exec(update(Revision).values(verified=False))
            await session.exec(update(Member).where(col(Member.user) == house.ana.id).values(verified=False))
        rest = [json.loads(line) async for line in lines]
    assert {row["meta"]["gold"] for row in rest} == {"imported"}


async def test_what_somebody_settled_whom_slack_refuses_while_a_page_is_looked_up_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gold_is_read(house) as lines:
        await approves(house, "ana", await house.draft())
        async with house.sessions.writing() as session:
            await session.exec(update(Revision).values(verified=False))
            await session.exec(update(Member).where(col(Member.user) == house.ana.id).values(verified=False))

        async def rest() -> list[Row]:
            return [json.loads(line) async for line in lines]

        async with halted(monkeypatch, labels, "drafts_in_doubt") as come:
            asked = asyncio.create_task(rest())
            await come.wait()
            async with house.sessions.writing() as session:
                channel = await channels.by_any_name(session, TEAM_ID, "#support")
                assert channel is not None
                await session.exec(update(Member).where(col(Member.user) == house.ana.id).values(verified=True))
                await vouching.vouch(session, channel, house.ana.id, allowed=False, now=house.now())
        found = await asked
    assert {row["meta"]["gold"] for row in found} == {"imported"}


@asynccontextmanager
async def gold_is_read(house: House) -> AsyncIterator[AsyncIterator[str]]:
    """Somebody has read the first line, and Assay the first page."""
    await gives_gold(house, number=PAGE, text="word")
    async with house.sessions.reading() as session:
        channel = await channels.by_any_name(session, TEAM_ID, "#support")
    assert channel is not None
    lines = export.lines(house.sessions, channel, Format.TRL_SFT, export.Count())
    await anext(lines)
    yield lines


@steps.one_database
async def test_a_row_stands_on_one_line_whatever_its_reader_takes_for_an_end(house: House) -> None:
    odd = "First.\u2028Second.\u2029Third.\x85Fourth."
    await approves(house, "ana", await house.draft(odd))
    house.moves(minutes=5)
    secret = await token(house, Scope.ADMIN)
    (gold,) = rows(await gets(house, "gold", secret, channel="#support"))
    assert gold["completion"][0]["content"] == odd
    (label,) = rows(await gets(house, "labels", secret, channel="#support"))
    assert label["text"] == odd


@steps.one_database
async def test_of_two_exports_into_one_file_at_once_each_is_whole(house: House, tmp_path: Path) -> None:
    await gives_gold(house, number=2 * PAGE, text="word")
    async with house.sessions.reading() as session:
        channel = await channels.by_any_name(session, TEAM_ID, "#support")
    assert channel is not None
    file = tmp_path / "gold.jsonl"
    first, second = (export.write(house.sessions, channel, Format.TRL_SFT, file) for _ in range(2))
    counts = await asyncio.gather(first, second)
    assert [one.rows for one in counts] == [2 * PAGE] * 2
    assert len([json.loads(line) for line in file.read_text().splitlines()]) == 2 * PAGE
    assert exports_in(tmp_path) == {file.name}


def exports_in(folder: Path) -> set[str]:
    return {one.name for one in folder.glob("gold*")}


async def test_gold_and_labels_tell_the_ticket_but_nothing_personal_that_it_was_called(house: House) -> None:
    for place, group in enumerate(("T-7", "ada@example.com", None)):
        await approves(house, "ana", await house.draft(f"Draft {place}.", group=group))
    house.moves(minutes=2)
    reader = await token(house, Scope.ADMIN)
    gold = [row["meta"]["group"] for row in rows(await gets(house, "gold", reader, channel="#support"))]
    labels = [row["group"] for row in rows(await gets(house, "labels", reader, channel="#support"))]
    assert gold == labels == ["T-7", gold[1], None]
    assert gold[1].startswith("private-")


async def test_what_slack_messages_made_stays_unless_the_channel_lets_it_out_and_samples_always(house: House) -> None:
    made = {origin: await house.draft(f"Made by {origin}.") for origin in ("api", "slack", "sample")}
    for draft in made.values():
        await approves(house, "ana", draft)
    async with house.sessions.writing() as session:
        for origin, draft in made.items():
            await session.exec(update(Draft).where(col(Draft.id) == draft).values(origin=origin))
    reader = await token(house, Scope.ADMIN)
    for allowed, left in ((False, ["api"]), (True, ["api", "slack"])):
        async with house.sessions.writing() as session:
            await session.exec(update(Channel).values(exports_slack_drafts=allowed))
        for path in ("labels", "gold"):
            found = rows(await gets(house, path, reader, channel="#support"))
            assert [row["draft"] if path == "labels" else row["meta"]["draft"] for row in found] == [
                made[origin] for origin in left
            ]


async def test_each_scope_opens_its_own_doors_and_admin_all_of_them(house: House) -> None:
    await house.draft()
    wanted = {
        "drafts/1": {Scope.DRAFTS_WRITE, Scope.LABELS_READ, Scope.GOLD_READ},
        "labels?channel=support": {Scope.LABELS_READ},
        "gold?channel=support": {Scope.GOLD_READ},
        "channels": {Scope.DRAFTS_WRITE, Scope.LABELS_READ, Scope.GOLD_READ},
    }
    for scope in Scope:
        secret = await token(house, scope)
        sent = {"channel": "#support", "prompt": CUSTOMER, "draft": f"Sent with {scope}."}
        may = scope in (Scope.DRAFTS_WRITE, Scope.ADMIN)
        assert (await house.sends(sent, token=secret)).status_code == (201 if may else 403)
        for path, scopes in wanted.items():
            answer = await gets(house, path, secret)
            if scope in scopes | {Scope.ADMIN}:
                assert answer.status_code == 200, (scope, path)
            else:
                is_problem(answer, 403, f"assay tokens create NAME --scope {next(iter(scopes))}")
    for path in wanted:
        is_problem(await gets(house, path, "nonsense"), 401, "assay tokens create")


async def test_a_token_of_one_channel_sees_no_other(house: House) -> None:
    draft = await house.draft()
    await approves(house, "ana", draft)
    inside = await token(house, Scope.ADMIN, channel="#support")
    outside = await token(house, Scope.ADMIN, channel="#leads")
    everywhere = await token(house, Scope.ADMIN)
    for path in ("labels", "gold"):
        assert len(rows(await gets(house, path, inside))) == 1, "its own channel need not be named"
        assert rows(await gets(house, path, outside)) == []
        is_problem(await gets(house, path, everywhere), 400, "Name the channel")
        for secret, name in ((outside, "support"), (outside, SUPPORT), (everywhere, "nowhere")):
            is_problem(await gets(house, path, secret, channel=name), 404, "There is no channel")
    is_problem(await gets(house, f"drafts/{draft}", outside), 404, f"There is no draft {draft}")
    for number in ("999", "x", "²", "9" * 30):
        is_problem(await gets(house, f"drafts/{number}", everywhere), 404, "There is no draft")
    shown = [[one["name"] for one in (await gets(house, "channels", secret)).json()] for secret in (inside, everywhere)]
    assert shown == [["support"], ["support", "leads", "escalations"]]
    (support,) = (await gets(house, "channels", inside)).json()
    assert (support["id"], support["state"], support["guideline"]) == (SUPPORT, "active", 1)


@steps.one_database
async def test_a_channel_tells_the_mix_of_topics_that_it_wishes_for(house: House) -> None:
    await sets_up(house, **{"Wished-for mix of topics": "billing 40\naccount 12.5"})
    (support,) = (await gets(house, "channels", await token(house, Scope.GOLD_READ, channel="#support"))).json()
    assert support["targets"] == {"billing": 0.4, "account": 0.125}


def fits(value: object, schema: Row, schemas: Row) -> bool:
    """Whether a value is what the document promises: types, required names and closed sets."""
    if "$ref" in schema:
        return fits(value, schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return any(fits(value, one, schemas) for one in choices)
    if "enum" in schema:
        return value in schema["enum"]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    python = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "null": type(None)}
    if not any(isinstance(value, (int, float) if kind == "number" else python[kind]) for kind in kinds):
        return False
    if isinstance(value, list):
        return all(fits(one, schema["items"], schemas) for one in value)
    if isinstance(value, dict) and "properties" in schema:
        named: Row = schema["properties"]
        return set(schema["required"]) <= set(value) <= set(named) and all(
            fits(value[name], named[name], schemas) for name in value
        )
    return True


async def test_a_channel_that_no_database_can_name_is_unknown(house: House) -> None:
    secret = await token(house, Scope.ADMIN)
    for path in ("labels", "gold"):
        for name in ("\0", f"{SUPPORT}\0"):
            is_problem(await gets(house, path, secret, channel=name), 404, "There is no channel")


async def test_a_number_is_no_larger_than_any_that_was_given(house: House) -> None:
    secret = await token(house, Scope.LABELS_READ)
    document = (await house.http.get(f"{house.bot.url}/api/v1/openapi.json")).json()
    told = document["paths"]["/api/v1/labels"]["get"]["parameters"]
    (form,) = [one["schema"]["pattern"] for one in told if one["name"] == "after"]
    most = 2**31 - 1
    for after in (str(most), f"{most}-{most}"):
        assert re.search(form, after)
        assert rows(await gets(house, "labels", secret, channel=SUPPORT, after=after)) == []
    for after in (f"{most + 1}", f"1-{most + 1}", f"{10**30}", "1-", "-1", "1-2-3", "1 "):
        answer = await gets(house, "labels", secret, channel=SUPPORT, after=after)
        is_problem(answer, 400, "or a whole number from 0 to 2,147,483,647.")


async def test_the_document_describes_what_is_answered(house: House) -> None:
    draft = await house.draft(context={"plan": "Pro"})
    await approves(house, "ana", draft)
    document = (await gets(house, "openapi.json", house.token)).json()
    schemas = document["components"]["schemas"]
    reader = await token(house, Scope.ADMIN)
    for path, address in (
        ("/api/v1/drafts/{id}", f"drafts/{draft}"),
        ("/api/v1/labels", "labels?channel=support"),
        ("/api/v1/gold", "gold?channel=support"),
        ("/api/v1/channels", "channels"),
    ):
        answer = await gets(house, address, reader)
        ((kind, content),) = document["paths"][path]["get"]["responses"]["200"]["content"].items()
        assert answer.headers["Content-Type"].split(";")[0] == kind
        for value in rows(answer) if kind == "application/x-ndjson" else [answer.json()]:
            assert fits(value, content["schema"], schemas), (path, value)
    assert [fits(one, schemas["Example"], schemas) for one in schemas["Example"]["examples"]] == [True]
    refused = await gets(house, "labels", reader)
    assert fits(refused.json(), schemas["Problem"], schemas)
    assert "400" in document["paths"]["/api/v1/labels"]["get"]["responses"]


async def test_a_stream_of_gold_that_breaks_off_does_not_look_like_a_whole_one(
    house: House, on_postgres: Postgres | None
) -> None:
    await gives_gold(house, number=PAGE + 1, text="word " * 4_000)  # a page is more than a connection holds
    headers = {"Authorization": f"Bearer {await token(house, Scope.GOLD_READ)}"}
    address = f"{house.bot.url}/api/v1/gold?channel=support"
    async with house.http.stream("GET", address, headers=headers) as answer:
        assert answer.status_code == 200
        pieces = answer.aiter_bytes()
        await anext(pieces)
        async with steps.gone(house, on_postgres):
            with pytest.raises(httpx.HTTPError):
                async for _ in pieces:
                    pass


async def gives_gold(house: House, *, number: int, text: str) -> None:
    """Past replies, as an import brings them."""
    async with house.sessions.reading() as session:
        channel = await channels.by_any_name(session, TEAM_ID, "#support")
    assert channel is not None
    for start in range(0, number, 100):
        places = range(start, min(start + 100, number))
        sent = [Submission(channel="C", prompt=f"Help {place}") for place in places]
        async with house.sessions.writing() as session:
            named = [naming.name(b"key", one, PastReply(reply=text)) for one in sent]
            await intake.store_all(session, channel, named, Arrival(b"key", house.now()))
