"""What every answer tells browsers and proxies, and what becomes of requests that are huge or never end."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from handlers.http import slack_door
from tests.house import House
from tests.houses import Houses
from tests.stories.steps import one_database

pytestmark = one_database

ADDRESSES = (
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 200),
    ("GET", "/metrics", 200),
    ("GET", "/api/v1/openapi.json", 200),
    ("GET", "/api/v1/channels", 401),
    ("GET", "/api/v1/nothing", 404),
    ("DELETE", "/api/v1/drafts", 405),
    ("POST", "/slack/events", 401),
    ("GET", "/nothing", 404),
)


@pytest.fixture
async def https_house(houses: Houses) -> AsyncIterator[House]:
    async with houses.open(set_up=False, more={"ASSAY_PUBLIC_URL": "https://assay.example.com"}) as opened:
        yield opened


@pytest.mark.parametrize(("method", "path", "status"), ADDRESSES)
async def test_no_answer_is_guessed_kept_framed_or_run(house: House, method: str, path: str, status: int) -> None:
    answer = await house.http.request(method, f"{house.bot.url}{path}")
    assert answer.status_code == status
    told = answer.headers
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["X-Frame-Options"] == "DENY"
    assert told["Referrer-Policy"] == "no-referrer"
    assert told["Cache-Control"] == "no-store"
    assert told["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in told["Content-Security-Policy"]
    assert told["Server"] == "Assay"
    assert len(told["X-Request-Id"]) == 32
    assert "Strict-Transport-Security" not in told, "this house is reached over http"


async def test_where_the_address_is_https_browsers_are_told_to_stay_there(https_house: House) -> None:
    answer = await https_house.http.get(f"{https_house.bot.url}/healthz")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_a_crash_is_a_problem_document_with_a_number_and_no_word_of_what_happened(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_given: object, **_named: object) -> None:
        raise ValueError("a secret")

    with monkeypatch.context() as broken:
        broken.setattr("handlers.http.channels.channels.page", breaks)
        headers = {"Authorization": f"Bearer {house.token}"}
        answer = await house.http.get(f"{house.bot.url}/api/v1/channels", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert answer.headers["X-Request-Id"] in answer.json()["detail"]
    assert "secret" not in answer.text


async def raw(house: House, sent: bytes) -> bytes:
    """What the bot answers to these bytes, though nothing follows them and the connection stays open."""
    host, port = house.bot.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(sent)
        told = b""
        async with asyncio.timeout(20):
            while (piece := await reader.read(2**16)) and b"\r\n\r\n" not in (told := told + piece)[:-4]:
                pass
        return told
    finally:
        writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: a\r\n" % one for one in range(200)) + b"\r\n",
        b"POST /slack/events HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        b"POST /slack/events HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=["a long line", "a long head", "many heads", "two lengths", "a length and chunks"],
)
async def test_a_head_that_is_too_large_or_ambiguous_is_refused(house: House, sent: bytes) -> None:
    assert (await raw(house, sent)).split(b" ", 1)[1].startswith(b"400 ")


async def test_a_body_for_slacks_door_is_bounded(house: House) -> None:
    answer = await house.http.post(f"{house.bot.url}/slack/events", content=b"a" * (4 * 2**20 + 1))
    assert answer.status_code == 413


@pytest.fixture
async def impatient_house(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(slack_door, "PATIENCE", 0.3)
    async with houses.open(set_up=False) as opened:
        yield opened


async def test_a_body_that_never_comes_to_its_end_is_not_waited_for(impatient_house: House) -> None:
    head = b"POST /slack/events HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
    answer = await raw(impatient_house, head + b"payload=")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive in time" in answer


async def test_a_body_that_trickles_in_forever_is_not_waited_for(impatient_house: House) -> None:
    host, port = impatient_house.bot.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")

    async def trickles() -> None:
        while True:
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.05)

    task = asyncio.create_task(trickles())
    async with asyncio.timeout(20):
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    writer.close()
