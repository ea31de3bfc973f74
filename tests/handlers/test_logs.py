"""Logs tell what happened and where; no word that a person typed, no address, token or name gets into one."""

import ast
import asyncio
import json
import logging
import socket
import struct
import sys
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import tokens
from bot.tokens import Scope
from handlers import logs
from handlers.log_fields import FORMS, NUMBERS, WITHHELD, only_known
from handlers.slack.tables import ACTIONS
from sandbox.sending import signature
from tests.databases import Postgres
from tests.house import House
from tests.houses import Houses
from tests.stories.steps import gone, one_database, until

ROOT = Path(__file__).parents[2]
MAIL, CARD, NAME, SECRET = "kim.novak@example.com", "4242424242424242", "Kim Novakova", "xoxb-1234-secret-word"
TYPED = f"I am {NAME}, write to {MAIL}, card {CARD}, token {SECRET}."
TOLD = (MAIL, CARD, NAME, "Novakova", SECRET, "secret-word")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def written() -> StringIO:
    """Every line that is written at the level debug, as an operator would find it."""
    out = StringIO()
    logs.configure("debug", replica="test-1", out=out)
    logs.tell_unforeseen()
    return out


@pytest.fixture
async def talking_house(houses: Houses, written: StringIO) -> AsyncIterator[House]:
    async with houses.open() as opened:
        yield opened


def lines(written: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def events(written: StringIO) -> list[str]:
    return [line["event"] for line in lines(written)]


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call that writes a line, and where it stands."""
    for folder in ("bot", "handlers", "storage"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
                    continue
                named = ast.unparse(node.func)
                if named in ("speak", "level") or (named.startswith("log.") and named != "log.bind"):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def test_every_line_of_ours_is_a_fixed_sentence_with_known_fields() -> None:
    found = list(calls())
    assert len(found) > 20
    for place, call in found:
        assert isinstance(call.args[0], ast.Constant), f"{place} puts a log line together"
        assert only_known(None, "", {"event": call.args[0].value}) == {"event": call.args[0].value}, place
        for keyword in call.keywords:
            assert keyword.arg in {*FORMS, *NUMBERS, "exc_info"}, f"{place} logs {keyword.arg}"


def test_every_line_stands_in_the_guide_for_operators() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    for place, call in calls():
        assert isinstance(call.args[0], ast.Constant)
        event = str(call.args[0].value)
        assert f"`{event}`" in guide, f"{place} is not explained"


@given(st.dictionaries(st.sampled_from([*FORMS, *NUMBERS, "note", "user", "body"]), st.text() | st.just(TYPED)))
def test_whatever_a_line_is_given_nothing_typed_gets_through(fields: dict[str, str]) -> None:
    shown = json.dumps(only_known(None, "", {name: f"{value} {TYPED}" for name, value in fields.items()}))
    assert not [word for word in TOLD if word in shown]


def test_what_is_not_known_is_counted_and_what_is_odd_is_marked() -> None:
    line = only_known(None, "", {"event": "delivery waits", "user": "U1", "draft": 7, "channel": MAIL, "job": "a b"})
    assert line == {"event": "delivery waits", "draft": 7, "channel": WITHHELD, "job": WITHHELD, "withheld": 1}


def test_a_person_in_the_key_of_a_delivery_is_not_named() -> None:
    assert only_known(None, "", {"delivery": "alarm:notice:7:U0ABCDEF1"})["delivery"] == "alarm:notice:7:(person)"


def test_of_an_error_the_kinds_and_the_places_are_told_and_no_word(written: StringIO) -> None:
    try:
        try:
            raise ValueError(TYPED)
        except ValueError as error:
            raise RuntimeError(f"could not store {TYPED}") from error
    except RuntimeError:
        structlog.get_logger().exception("a request failed in Assay")
    (line,) = lines(written)
    assert line["failed"] == ["RuntimeError", "ValueError"]
    assert line["where"][-1].startswith("tests/handlers/test_logs.py:")
    assert (line["replica"], line["level"]) == ("test-1", "error")
    assert not [word for word in TOLD if word in written.getvalue()]


async def test_who_hangs_up_while_gold_is_read_is_no_error(talking_house: House, written: StringIO) -> None:
    house = talking_house
    async with house.sessions.writing() as session:
        reader = await tokens.create(session, "trainer", scopes=[Scope.GOLD_READ], now=house.now())
    url = urlsplit(house.bot.url)
    with socket.create_connection((url.hostname, url.port)) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # it is reset, not closed
        asked = f"GET /api/v1/gold?channel=support HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {reader}\r\n\r\n"
        line.sendall(asked.encode())

    async def answered() -> bool:
        return any(one.get("route") == "/api/v1/gold" for one in lines(written))

    await until(answered)
    (line_of,) = [one for one in lines(written) if one.get("route") == "/api/v1/gold"]
    assert line_of["status"] == 499
    assert not [one for one in lines(written) if one["level"] in ("warning", "error")]


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nno head\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
    ids=["head", "version", "chunk", "tls"],
)
@one_database
async def test_what_is_no_http_is_no_error_of_ours(talking_house: House, written: StringIO, sent: bytes) -> None:
    url = urlsplit(talking_house.bot.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(sent)
    writer.write_eof()
    await reader.read()
    writer.close()
    assert not [one for one in lines(written) if one["level"] in ("warning", "error")]


async def test_what_libraries_and_the_interpreter_report_is_a_line_without_values(written: StringIO) -> None:
    with suppress(KeyError):
        raise KeyError(TYPED)
    try:
        raise KeyError(TYPED)
    except KeyError as error:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s: %s", TYPED, error)
        sys.excepthook(KeyError, error, error.__traceback__)
    logging.getLogger("assay.bolt").error(f"Failed to run: {TYPED}")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(TYPED, stacklevel=1)
    asyncio.get_running_loop().call_exception_handler({"message": TYPED, "exception": ValueError(TYPED)})
    assert [line.get("library") for line in lines(written)] == [
        "aiohttp.server", None, "assay.bolt", "py.warnings", "asyncio",
    ]  # fmt: skip
    assert lines(written)[0]["failed"] == ["KeyError"]
    assert not [word for word in TOLD if word in written.getvalue()]


async def knocks(house: House, payload: object, *, good: bool = True) -> httpx.Response:
    """A signed request as Slack sends it, or one that somebody else signed."""
    body = urlencode({"payload": json.dumps(payload)}).encode()
    stamp = str(int(time.time()))
    proof = signature(house.box.app.signing_secret if good else "another", stamp, body)
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": proof, "Content-Type": FORM}
    return await house.http.post(f"{house.bot.url}/slack/events", content=body, headers=headers)


async def test_through_no_door_does_a_word_get_into_the_log(
    talking_house: House, on_postgres: Postgres | None, written: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = talking_house
    api = f"{house.bot.url}/api/v1"
    token = {"Authorization": f"Bearer {house.token}"}
    # The API: what is no JSON, what is refused, links and heads with words in them, a token that is none.
    await house.http.post(f"{api}/drafts", content=f"{{{TYPED}", headers=token)
    await house.sends({"channel": NAME, "draft": TYPED, MAIL: TYPED})
    await house.http.get(f"{api}/drafts/{NAME}", params={"channel": MAIL}, headers=token)
    await house.http.get(f"{api}/{MAIL}", headers={"Authorization": f"Bearer {SECRET}", "X-Request-Id": NAME})
    # Slack's door: signed by somebody else, of an odd shape, a name for a type.
    assert (await knocks(house, {"type": NAME, "text": TYPED}, good=False)).status_code == 401
    await knocks(house, {"type": "block_actions", "user": NAME, "actions": [{"action_id": TYPED}]})
    # A listener crashes with words in its hands.
    with monkeypatch.context() as broken:

        async def breaks(*_given: object) -> None:
            raise ValueError(TYPED)

        broken.setitem(ACTIONS, "draft:approve", breaks)
        await house.ana.clicks("Approve", await house.card(await house.draft(f"{TYPED} Again.")))
    # The database is away while somebody saves what they typed.
    another = await house.draft("Another one.")
    await house.bea.clicks("Edit", await house.card(another))
    await house.bea.fills({"Reply": TYPED})
    async with gone(house, on_postgres):
        assert not (await house.bea.submits()).closed
        await house.sends({"channel": "#support", "draft": TYPED})
    await house.settles()
    # Slack does not answer, then refuses in words.
    shown = []
    for place in "ab":
        shown.append(await house.draft(f"{TYPED} {place}.", external_id=f"{NAME} {place}", group=MAIL))
        house.moves(seconds=5)
        await house.settles()
    faults = ({"kind": "drop_after"}, {"kind": "error", "error": "channel_not_found"})
    for draft, fault in zip(shown, faults, strict=True):
        card = await house.card(draft)
        await house.fault(method="*", times=10, **fault)
        await house.ana.clicks("Approve", card)
        named = {"external_id": f"{MAIL} {draft}", "group": NAME}
        await house.sends({"channel": "#support", "prompt": TYPED, "draft": f"{TYPED} {draft}", **named})
        await house.settles()
    found = [word for word in (*TOLD, house.token, house.box.app.bot_token) if word in written.getvalue()]
    assert not found
    assert {"answered", "delivery waits", "a library reported something"} <= set(events(written))
    crashed = next(line for line in lines(written) if line.get("failed") == ["ValueError"])
    assert crashed["request"]


@one_database
async def test_a_request_and_what_follows_from_it_have_one_number_which_is_told(
    talking_house: House, written: StringIO
) -> None:
    house = talking_house
    given = "0123456789abcdef0123456789abcdef"
    answer = await house.http.get(f"{house.bot.url}/api/v1/nothing", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == given
    answer = await house.http.get(f"{house.bot.url}/healthz", headers={"X-Request-Id": NAME})
    assert len(answer.headers["X-Request-Id"]) == 32
    nothing, healthy = lines(written)[-2:]
    assert (nothing["request"], nothing["route"], nothing["status"], nothing["level"]) == (given, "none", 404, "info")
    assert (healthy["route"], healthy["level"]) == ("/healthz", "debug")
    assert healthy["ms"] >= 0
