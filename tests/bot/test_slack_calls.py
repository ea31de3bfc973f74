"""What an answer of Slack means: how long it asks to wait; and who is told of it."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import NotYet, SlackBusy, SlackUnclear
from bot.slack_calls import Call, answered, watchers
from tests.receiver import receiver


async def limited(**headers: str) -> None:
    answer = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="https://slack.example/api/chat.postMessage",
        req_args={},
        data={"ok": False, "error": "ratelimited"},
        headers=headers,
        status_code=429,
    )
    raise SlackApiError("ratelimited", answer)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30", 30),
        ("0.5", 0.5),
        ("999999999", 3_600),
        ("", 1),
        ("inf", 1),
        ("nan", 1),
        ("-5", 1),
        ("9" * 400, 1),
        ("Wed, 18 Nov 2026 12:00:30 GMT", 1),
    ],
)
async def test_slack_is_asked_again_when_it_says_or_soon_where_it_says_nothing_usable(
    said: str, seconds: float
) -> None:
    with pytest.raises(SlackBusy) as raised:
        await answered(limited(**{"Retry-After": said}))
    assert raised.value.seconds == seconds


async def test_slack_is_asked_again_soon_where_it_does_not_say_when() -> None:
    with pytest.raises(SlackBusy) as raised:
        await answered(limited())
    assert raised.value.seconds == 1


FOREIGN = [
    (200, "text/plain", b"ok"),
    (400, "text/plain", b"Bad Request"),
    (503, "text/plain", b"upstream is away"),
    (200, "text/plain", b"\xff\xfe\xfa"),
    (200, "text/html", b"<html>Sign in to this network</html>"),
    (502, "text/html", b"<html>Bad Gateway</html>"),
    (200, "application/json", b""),
    (200, "application/json", b"{"),
    (503, "application/json", b"{"),
    (200, "application/json", b"\xff\xfe\xfa"),
    (200, "application/json", b"null"),
    (200, "application/json", b"{}"),
    (200, "application/json", b"[1]"),
    (200, "application/json", b'"ok"'),
    (200, "application/json", b"7"),
    (200, "application/json", b'{"ok": false, "error": ["x"]}'),
    (200, "application/json", b"[" * 100_000),
    (200, "application/gzip", b""),
    (200, "application/gzip", b"no Slack"),
    (200, "application/json; charset=rot13", b'{"ok": true}'),
    (404, "application/json", b'{"error": "Not Found"}'),
    (200, "application/json", b'{"ok": 1}'),
    (200, "application/json", b'{"ok": false}'),
    (202, "application/json", b'{"ok": true}'),
    (403, "application/json", b'{"ok": true}'),
    (403, "application/json", b'{"ok": false, "message": "blocked"}'),
    (403, "application/json", b'{"ok": false, "error": "Blocked by policy"}'),
]


@pytest.mark.parametrize(("status", "kind", "body"), FOREIGN, ids=range(len(FOREIGN)))
async def test_an_answer_that_is_none_of_slacks_says_nothing_about_what_slack_did(
    status: int, kind: str, body: bytes
) -> None:
    async with receiver() as between, aiohttp.ClientSession() as session:
        slack = AsyncWebClient("xoxb-1", base_url=f"{between.url}/", session=session, retry_handlers=[])
        between.plan.append(web.Response(status=status, body=body, headers={"Content-Type": kind}))
        with pytest.raises(SlackUnclear):
            await answered(slack.chat_postMessage(channel="C1", text="Hello"))


async def wrong() -> None:
    raise AttributeError("ours")


async def test_a_fault_of_ours_is_not_called_slacks() -> None:
    with pytest.raises(AttributeError, match="ours"):
        await answered(wrong(), name="look_up")


@pytest.mark.parametrize(("kind", "body"), [("text/plain", b"slow down"), ("application/json", b"{")])
async def test_what_asks_to_wait_in_slacks_place_is_waited_for(kind: str, body: bytes) -> None:
    async with receiver() as between, aiohttp.ClientSession() as session:
        slack = AsyncWebClient("xoxb-1", base_url=f"{between.url}/", session=session, retry_handlers=[])
        between.plan.append(web.Response(status=429, content_type=kind, body=body, headers={"Retry-After": "7"}))
        with pytest.raises(SlackBusy) as raised:
            await answered(slack.chat_postMessage(channel="C1", text="Hello"))
    assert raised.value.seconds == 7


async def not_known_yet() -> None:
    raise NotYet(3)


async def test_every_call_is_told_with_its_method_and_how_it_ended() -> None:
    told: list[tuple[str, str, str | None]] = []

    def watch(call: Call) -> None:
        told.append((call.method, call.outcome, call.code))

    async with aiohttp.ClientSession() as session:
        slack = AsyncWebClient("xoxb-1", base_url="http://127.0.0.1:9/api/", session=session, retry_handlers=[])
        watchers.add(watch)
        try:
            with pytest.raises(SlackUnclear):
                await answered(slack.chat_postMessage(channel="C1", text="Hello"))
            with pytest.raises(SlackUnclear):
                await answered(slack.apps_connections_open(app_token="xapp-1"))
            with pytest.raises(SlackBusy):
                await answered(limited())
            with pytest.raises(NotYet):
                await answered(not_known_yet())
            await answered(asyncio.sleep(0))
        finally:
            watchers.discard(watch)
    assert told == [
        ("chat.postMessage", "unclear", None),
        ("apps.connections.open", "unclear", None),
        ("other", "busy", None),
        ("other", "busy", None),
        ("other", "done", None),
    ]
