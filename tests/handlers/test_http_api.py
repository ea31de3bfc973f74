"""Bad input over HTTP: each answer is a problem document that says what to do, and nothing is half done."""

import json
from typing import Any

import httpx
from sqlmodel import col, func, select

from bot import tokens
from bot.tokens import Scope
from sandbox.workspace import TEAM_ID
from storage.models import Channel, Delivery, Draft, Slot
from storage.queries import channels
from storage.queries import tokens as stored_tokens
from storage.words import DeliveryKind
from tests.databases import Postgres
from tests.house import CUSTOMER, DRAFT, SUPPORT, House
from tests.stories import steps

GOOD: dict[str, Any] = {"channel": "#support", "prompt": CUSTOMER, "draft": DRAFT}
DEEP = "[" * 60_000 + "]" * 60_000
LONG = "x" * 48_001


def nested(levels: int) -> object:
    return {"in": nested(levels - 1)} if levels else "end"


BODIES: dict[str, tuple[bytes, int, str, str | None]] = {
    "no body": (b"", 400, "This is not JSON", None),
    "half a body": (b'{"channel": "#support", "pro', 400, "This is not JSON", None),
    "no text": (b"\xff\xfe\x00", 400, "This is not JSON", None),
    "lines without their type": (json.dumps(GOOD).encode() + b"\n{}", 400, "application/x-ndjson", None),
    "brackets without end": (DEEP.encode(), 400, "at most 8 levels", None),
    "a number": (b"5", 422, "The draft is no JSON object.", None),
    "a number without end": (b"[" + b"9" * 5_000 + b"]", 400, "too many digits", None),
    "nothing in it": (b"{}", 422, "/channel is missing.", "/channel"),
    "more than 4 MiB": (b'{"prompt": "' + b"x" * 2**22 + b'"}', 413, "as NDJSON", None),
}
FIELDS: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "a channel nobody knows": ({"channel": "#nowhere"}, "Invite Assay to it in Slack", "/channel"),
    "a channel nobody set up": ({"channel": "#leads"}, "A workspace admin types /assay setup there", "/channel"),
    "a number for a text": ({"draft": 7}, "/draft must be a text", "/draft"),
    "a text for a number": ({"priority": "high"}, "/priority must be a whole number", "/priority"),
    "an unknown name": (
        {"reply": "x"},
        "/reply is no field here. There are: channel, external_id, conversation, prompt, draft",
        "/reply",
    ),
    "a misspelt name": ({"topics": "x"}, "/topics is no field here. Do you mean topic? There are: channel,", "/topics"),
    "several at once": (
        {"draft": 7, "priority": "high", "a/b": 1},
        "/draft must be a text. /priority must be a whole number. /a~1b is no field here.",
        "/draft",
    ),
    "a great many": ({f"x{place}": 1 for place in range(40)}, "/x4 is no field here. 35 more faults are", "/x0"),
    "a field of a turn": (
        {"prompt": None, "conversation": [{"role": "user", "content": "x", "draft": "y"}]},
        "/conversation/0/draft is no field here.",
        "/conversation/0/draft",
    ),
    "no customer": ({"prompt": None}, "Give either conversation or prompt", None),
    "two customers": ({"conversation": [{"role": "user", "content": "x"}]}, "Give either conversation or prompt", None),
    "an unknown role": (
        {"prompt": None, "conversation": [{"role": "boss", "content": "x"}]},
        "/role must be 'system', 'user' or 'assistant'.",
        "/conversation/0/role",
    ),
    "an empty draft": ({"draft": " \n"}, "leave it out to have the reply written", "/draft"),
    "a long draft": ({"draft": LONG}, "more than 48,000 characters", "/draft"),
    "a long conversation": ({"prompt": "x" * 96_001}, "more than 96,000 characters", None),
    "a long name": ({"model": "m" * 201}, "at most 200 characters", "/model"),
    "a deep context": ({"context": nested(12)}, "nested deeper than 8 levels", None),
    "a very deep context": ({"context": nested(600)}, "nested", None),
    "a NUL": ({"draft": "a\0b"}, "a character that no text can have", None),
    "half a surrogate pair": ({"context": {"\ud83d": "x"}}, "a character that no text can have", None),
    "not a number": ({"context": {"score": float("nan")}}, "a number without end", None),
    "infinity": ({"uncertainty": float("inf")}, "a number without end", None),
    "an address that leads nowhere": ({"url": "javascript:alert(1)"}, "/url must begin with https:// or", "/url"),
    "an empty prompt": ({"prompt": ""}, "/prompt must not be empty.", "/prompt"),
    "a priority too high": ({"priority": 1_000}, "/priority must be at most 100.", "/priority"),
    "a language that is a sentence": (
        {"language": "as Ana speaks"},
        "/language must be the short name of a language",
        "/language",
    ),
}


def is_problem(answer: httpx.Response, status: int, words: str) -> dict[str, Any]:
    """The problem document of an answer, which says what to do."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert set(found) - {"pointer"} == {"type", "title", "status", "detail"}
    assert found["status"] == status
    assert words in found["detail"]
    return found


async def posts(house: House, body: bytes, **headers: str) -> httpx.Response:
    sent = {"Authorization": f"Bearer {house.token}", "Content-Type": "application/json"} | headers
    return await house.http.post(f"{house.bot.url}/api/v1/drafts", content=body, headers=sent)


async def stored(house: House) -> tuple[int, int, int]:
    """How many drafts, slots and cards there are."""
    async with house.sessions.reading() as session:
        drafts, slots = [(await session.exec(select(func.count()).select_from(table))).one() for table in (Draft, Slot)]
        cards = select(func.count()).select_from(Delivery).where(col(Delivery.kind) == DeliveryKind.CARD)
        return drafts, slots, (await session.exec(cards)).one()


async def test_a_body_that_is_no_draft_gets_a_problem_document(house: House) -> None:
    for what, (body, status, words, pointer) in BODIES.items():
        found = is_problem(await posts(house, body), status, words)
        assert found.get("pointer") == pointer, what
    assert await stored(house) == (0, 0, 0)


async def test_a_field_that_is_wrong_is_named_and_spoils_no_neighbour(house: House) -> None:
    for what, (fields, words, pointer) in FIELDS.items():
        found = is_problem(await posts(house, json.dumps(GOOD | fields).encode()), 422, words)
        assert found.get("pointer") == pointer, what
    assert await stored(house) == (0, 0, 0)
    bad = [GOOD | fields for fields, _, _ in FIELDS.values()]
    answer = await posts(house, json.dumps([GOOD, *bad, GOOD | {"draft": "Another"}]).encode())
    assert answer.status_code == 207
    assert [one["status"] for one in answer.json()] == ["created", *["error"] * len(bad), "created"]
    for place, (one, (_, words, pointer)) in enumerate(zip(answer.json()[1:], FIELDS.values(), strict=False), 1):
        assert one["pointer"] == f"/{place}{pointer or ''}"
        assert words in one["detail"]
    assert (await stored(house))[:2] == (2, 2)


async def test_who_has_no_right_token_gets_a_problem_document(house: House) -> None:
    body = json.dumps(GOOD).encode()
    async with house.sessions.writing() as session:
        revoked = await tokens.create(session, "old", scopes=[Scope.DRAFTS_WRITE], now=house.now())
        powerless = await tokens.create(session, "reader", scopes=[], now=house.now())
        rows = await stored_tokens.every(session)
        number = next(row.id for row, _ in rows if row.name == "old")
        assert number is not None
        await stored_tokens.revoke(session, number, house.now())
    for given in ("", "Basic abc", "Bearer", "Bearer nonsense", f"Bearer {revoked}", f"Basic {house.token}"):
        is_problem(await posts(house, body, Authorization=given), 401, "assay tokens create")
    is_problem(await posts(house, body, Authorization=f"Bearer {powerless}"), 403, "drafts:write")
    assert await stored(house) == (0, 0, 0)


async def test_a_token_of_another_channel_sees_and_changes_nothing_here(house: House) -> None:
    draft = await house.draft()
    async with house.sessions.writing() as session:
        leads: Channel | None = await channels.by_any_name(session, TEAM_ID, "#leads")
        assert leads is not None
        bound = await tokens.create(session, "leads", scopes=[Scope.DRAFTS_WRITE], now=house.now(), channel=leads)
    bearer = {"Authorization": f"Bearer {bound}"}
    is_problem(await house.sends(GOOD, token=bound), 422, "There is no channel #support")
    url = f"{house.bot.url}/api/v1/drafts/{draft}/withdraw"
    is_problem(await house.http.post(url, headers=bearer), 404, f"There is no draft {draft}")
    assert "Approve" in (await house.card(draft)).buttons


async def test_a_wrong_address_or_method_says_what_there_is(house: House) -> None:
    base, bearer = f"{house.bot.url}/api", {"Authorization": f"Bearer {house.token}"}
    is_problem(await house.http.get(f"{base}/v1/nothing"), 404, "/api/v1/openapi.json")
    is_problem(await house.http.get(f"{base}/v2/drafts"), 404, "/api/v1/openapi.json")
    is_problem(await house.http.get(f"{base}/v1/drafts", headers=bearer), 405, "it takes POST")
    is_problem(await house.http.delete(f"{base}/v1/drafts", headers=bearer), 405, "it takes POST")
    for name in ("999", "0", "-1", "x", "9" * 30, "%00", "1%2F2", "²"):
        answer = await house.http.post(f"{base}/v1/drafts/{name}/withdraw", headers=bearer)
        is_problem(answer, 404, "There is no")


async def test_another_content_type_is_read_as_json_and_broken_packing_is_said(house: House) -> None:
    plain = await posts(house, json.dumps(GOOD).encode(), **{"Content-Type": "text/plain"})
    assert plain.status_code == 201
    is_problem(await posts(house, b"channel;draft\n", **{"Content-Type": "text/csv"}), 400, "one a line as")
    is_problem(await posts(house, b"no gzip", **{"Content-Encoding": "gzip"}), 400, "send it again")
    stream = {"Content-Encoding": "gzip", "Content-Type": "application/x-ndjson"}
    said = (await posts(house, b"no gzip", **stream)).json()
    assert (said["index"], said["status"]) == (0, "error")
    assert "send the rest again" in said["detail"]


async def test_the_same_id_again_exists_and_another_text_is_a_conflict(house: House) -> None:
    body = GOOD | {"external_id": "T-1"}
    first = await house.sends(body)
    again = await house.sends(body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {"index": 0, "status": "exists", "id": first.json()["id"]}
    found = is_problem(await house.sends(body | {"draft": "Otherwise"}), 409, "withdraw that one, or use another id")
    assert f"draft {first.json()['id']}" in found["detail"]
    many = await house.sends([body, body | {"draft": "Otherwise"}])
    assert [one["status"] for one in many.json()] == ["exists", "conflict"]
    assert (await stored(house))[0] == 1


async def test_within_one_array_repeats_are_recognised_and_places_count_on(house: House) -> None:
    one, bare = GOOD | {"external_id": "T-1", "topic": "billing"}, GOOD | {"topic": "billing"}
    answers = (await house.sends([one, bare, one, one | {"draft": "Otherwise"}, bare])).json()
    assert [answer["status"] for answer in answers] == ["created", "created", "exists", "conflict", "exists"]
    assert [answer["id"] for answer in answers] == ["1", "2", "1", "1", "2"]
    async with house.sessions.reading() as session:
        kept = (await session.exec(select(Draft).order_by(col(Draft.id)))).all()
    assert [(draft.external_id, draft.place) for draft in kept] == [("T-1", 0), (None, 1)]


async def test_within_one_array_a_tickets_placeholders_go_on(house: House) -> None:
    prompts = ["I am ana@example.com.", "I am bea@example.com.", "ana@example.com again"]
    await house.sends([GOOD | {"prompt": prompt, "group": "ticket"} for prompt in prompts])
    async with house.sessions.reading() as session:
        kept = (await session.exec(select(Draft).order_by(col(Draft.id)))).all()
    said = [draft.conversation[0]["content"] for draft in kept]
    assert said == ["I am [EMAIL_1].", "I am [EMAIL_2].", "[EMAIL_1] again"]


async def test_while_the_database_is_away_nothing_is_stored_and_the_answer_says_so(
    house: House, on_postgres: Postgres | None
) -> None:
    async with steps.gone(house, on_postgres):
        is_problem(await house.sends(GOOD), 503, "send it again in a minute")
        is_problem(await house.sends([GOOD]), 503, "send it again in a minute")
        ready = await house.http.get(f"{house.bot.url}/readyz")
        assert ready.status_code == 503
    assert (await house.sends(GOOD)).status_code == 201


async def test_the_same_draft_in_another_order_of_keys_or_as_a_conversation_exists(house: House) -> None:
    one = {"channel": SUPPORT, "external_id": "t-1", "prompt": "Hi", "draft": "Hello", "context": {"a": 1, "b": 2}}
    assert (await house.sends(one)).json()["status"] == "created"
    turned: dict[str, object] = {name: one[name] for name in reversed(one)} | {
        "context": {"b": 2, "a": 1},
        "prompt": None,
    }
    turned["conversation"] = [{"role": "user", "content": "Hi"}]
    assert (await house.sends(turned)).json()["status"] == "exists"
