"""Requests that are large, or made to be a burden: others are served meanwhile, and what is refused is said."""

import asyncio
import gzip
import json
from typing import Any

import httpx
import pytest
from sqlmodel import select

from bot import intake, naming
from bot.intake import Arrival, Taken
from bot.submissions import Submission
from handlers.http.unpacking import MOST_EMPTY
from sandbox.workspace import TEAM_ID
from storage.engine import make_sessions
from storage.models import Draft
from storage.queries import channels, drafts
from tests.house import CUSTOMER, SUPPORT, House
from tests.stories.steps import one_database

NDJSON = "application/x-ndjson"
PERSONAL = "Mail kim@example.com or call +49 30 901820 about it. " * 40


def draft(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "channel": "#support",
        "prompt": CUSTOMER,
        "draft": f"Reply {number}.",
        "external_id": f"x-{number}",
        **fields,
    }


async def streams(house: House, body: bytes, **headers: str) -> list[dict[str, Any]]:
    headers |= {"Authorization": f"Bearer {house.token}", "Content-Type": NDJSON}
    answer = await house.http.post(f"{house.bot.url}/api/v1/drafts", content=body, headers=headers)
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


async def served_meanwhile(house: House, request: "asyncio.Task[Any]") -> int:
    """How often somebody else was answered before the request was."""
    count = 0
    while not request.done():
        assert (await house.http.get(f"{house.bot.url}/healthz")).status_code == 200
        count += 1
    return count


async def served_once(house: House) -> bool:
    return (await house.http.get(f"{house.bot.url}/healthz")).status_code == 200


@one_database
async def test_while_a_large_array_is_taken_in_others_can_write(house: House) -> None:
    many = [draft(number, prompt=PERSONAL) for number in range(200)]
    other = make_sessions(house.url)
    sending = asyncio.create_task(house.sends(many))
    written = 0
    while not sending.done():
        async with other.writing() as session:
            await channels.workspaces(session)
        written += 1
    await other.close()
    assert written > 3
    answers = sending.result().json()
    assert [one["index"] for one in answers] == list(range(200))
    assert {one["status"] for one in answers} == {"created"}


@one_database
async def test_a_click_is_saved_while_drafts_full_of_digits_are_taken_in(house: House) -> None:
    card = await house.card(await house.draft())
    heavy = [draft(number, prompt="(1) " * 20_000) for number in range(3)]
    sending = asyncio.create_task(house.sends(heavy))
    assert await served_once(house)
    assert (await house.ana.clicks("Approve", card)).toast is None
    assert not sending.done()
    assert {one["status"] for one in (await sending).json()} == {"created"}


@one_database
async def test_an_array_of_more_than_ten_thousand_is_refused_with_the_remedy(house: House) -> None:
    answer = await house.sends([1] * 10_001)
    assert answer.status_code == 413
    assert "Send more as NDJSON" in answer.json()["detail"]
    answer = await house.sends([1] * 10_000)
    assert answer.status_code == 207
    assert len(answer.json()) == 10_000


@one_database
@pytest.mark.parametrize("line", [b"\n", b"1\n", b"nothing\n", b"[]\n", b"null\n"])
async def test_a_stream_of_lines_that_are_of_no_use_is_ended(house: House, line: bytes) -> None:
    body = json.dumps(draft(1)).encode() + b"\n" + line * 1_000_000
    sending = asyncio.create_task(streams(house, gzip.compress(body), **{"Content-Encoding": "gzip"}))
    await served_meanwhile(house, sending)
    first, *_, last = sending.result()
    assert first["status"] == "created"
    assert "More than 10,000 lines of this stream are blank or no JSON objects" in last["detail"]
    assert len(sending.result()) <= 10_003


@one_database
async def test_a_stream_that_is_packed_into_a_great_many_empty_members_is_ended(house: House) -> None:
    nothing = gzip.compress(b"")
    packed = [gzip.compress(json.dumps(draft(number)).encode() + b"\n") for number in range(2)]
    some = await streams(house, nothing * MOST_EMPTY + packed[0], **{"Content-Encoding": "gzip"})
    assert [one["status"] for one in some] == ["created"]
    (end,) = await streams(house, nothing * 100 * MOST_EMPTY + packed[1], **{"Content-Encoding": "gzip"})
    assert (end["status"], "The stream broke off" in end["detail"]) == ("error", True)


@one_database
async def test_a_context_has_room_for_what_helps_and_for_no_more(house: House) -> None:
    heavy: list[dict[str, Any]] = [
        {"context": {"words": ["x"] * 500_000}},
        {"context": {"words": "x" * 100_000}},
    ]
    for fields in heavy:
        answer = await house.sends(draft(1, **fields))
        assert answer.status_code == 422
        assert "context has more than 100,000 characters as JSON" in answer.json()["detail"]
    answer = await house.sends(draft(1, unknown=["x"] * 500_000))
    assert "more than 1,000,000 characters" in answer.json()["detail"]
    assert (await house.sends(draft(1, context={"words": "x" * 99_000}))).status_code == 201


async def test_no_placeholder_stands_for_two_values_when_drafts_of_a_ticket_come_at_once(house: House) -> None:
    mails = [f"person{number}@example.com" for number in range(6)]
    sent = [draft(number, group="T-1", draft=f"Write to {mail}.") for number, mail in enumerate(mails)]
    answers = await asyncio.gather(*(house.sends(one) for one in sent))
    assert {answer.status_code for answer in answers} == {201}
    async with house.sessions.reading() as session:
        texts = (await session.exec(select(Draft.text))).all()
    assert sorted(str(text) for text in texts) == [f"Write to [EMAIL_{number}]." for number in range(1, 7)]


async def test_what_was_made_ready_on_a_map_that_has_grown_is_redacted_anew(house: House) -> None:
    async with house.sessions.reading() as session:
        channel = await channels.by_any_name(session, TEAM_ID, SUPPORT)
        assert channel is not None
    key = house.bot.tools.settings.key
    first, second = (
        naming.name(key, Submission.model_validate(draft(number, group="T-1", draft=f"Write to {mail}.")))
        for number, mail in enumerate(("ann@example.com", "bob@example.com"))
    )
    ready = await intake.make_ready(house.sessions, channel, [first], key=key)
    for one, made in ((second, {}), (first, ready)):
        async with house.sessions.writing() as session:
            (receipt,) = await intake.store_all(session, channel, [one], Arrival(key, house.now()), made)
        assert receipt.taken is Taken.CREATED
    async with house.sessions.reading() as session:
        stored = [await drafts.get(session, number) for number in (1, 2)]
    assert [one.text for one in stored if one] == ["Write to [EMAIL_1].", "Write to [EMAIL_2]."]


@one_database
async def test_what_is_wrong_with_the_head_of_a_request_is_a_problem_document_too(house: House) -> None:
    address, good = f"{house.bot.url}/api/v1/drafts", json.dumps(draft(1)).encode()
    heads: list[tuple[int, dict[bytes, bytes]]] = [
        (401, {b"Authorization": b"Bearer \xff\xfe"}),
        (401, {b"Authorization": "Bearer ключ".encode()}),
        (415, {b"Content-Encoding": b"br"}),
        (415, {b"Content-Encoding": b"zstd"}),
        (400, {b"Content-Encoding": b"gzip"}),
        (417, {b"Expect": b"foo"}),
    ]
    for status, head in heads:
        sent = {b"Authorization": f"Bearer {house.token}".encode(), b"Content-Type": b"application/json", **head}
        async with httpx.AsyncClient() as client:
            answer = await client.post(address, content=good, headers=list(sent.items()))
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), head
        assert answer.json()["detail"]
