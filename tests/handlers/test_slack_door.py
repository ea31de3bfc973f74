"""What comes to Slack's door and is not from Slack, or not what Slack sends: refused in words, nothing logged."""

import time
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.sending import signature
from tests.house import House
from tests.houses import Houses
from tests.stories.steps import one_database

FORM = "application/x-www-form-urlencoded"
BODY = b"payload=%7B%22secret%22%3A%22word%22%7D"
UNSIGNED: dict[str, tuple[bytes, dict[str, str]]] = {
    "nothing": (b"", {}),
    "no headers": (BODY, {}),
    "a time that is none": (BODY, {"X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=0"}),
    "an empty time": (BODY, {"X-Slack-Request-Timestamp": "", "X-Slack-Signature": "v0=0"}),
    "a time of 4,000 digits": (BODY, {"X-Slack-Request-Timestamp": "9" * 4_000, "X-Slack-Signature": "v0=0"}),
    "a time before all time": (BODY, {"X-Slack-Request-Timestamp": "-1", "X-Slack-Signature": "v0=0"}),
    "no signature": (BODY, {"X-Slack-Request-Timestamp": "NOW"}),
    "a wrong signature": (BODY, {"X-Slack-Request-Timestamp": "NOW", "X-Slack-Signature": "v0=00"}),
    "a signature of other letters": (BODY, {"X-Slack-Request-Timestamp": "NOW", "X-Slack-Signature": "v0=\xe9"}),
    "no text": (b"\xff", {}),
    "an unknown charset": (BODY, {"Content-Type": f"{FORM}; charset=foo"}),
    "no JSON": (b"{secret", {"Content-Type": "application/json"}),
    "a list": (b'["secret"]', {"Content-Type": "application/json"}),
}
SIGNED: dict[str, tuple[bytes, str]] = {
    "no text": (b"\xff", FORM),
    "no JSON": (b"{secret", "application/json"),
    "a list": (b'["secret"]', "application/json"),
    "a form whose payload is no JSON": (b"payload=%7Bsecret", FORM),
    "a form whose payload is a list": (b"payload=%5B%22secret%22%5D", FORM),
    "brackets without end": (b"payload=" + b"[" * 50_000, FORM),
}


@pytest.fixture
async def quiet_house(houses: Houses) -> AsyncIterator[House]:
    async with houses.open(set_up=False) as opened:
        yield opened


async def knocks(house: House, body: bytes, headers: dict[str, str]) -> httpx.Response:
    now = str(int(time.time()))
    sent = [(name.encode(), value.replace("NOW", now).encode("latin-1")) for name, value in headers.items()]
    return await house.http.post(f"{house.bot.url}/slack/events", content=body, headers=sent)


async def signed(house: House, body: bytes, kind: str = FORM) -> httpx.Response:
    stamp = str(int(time.time()))
    proof = signature(house.box.app.signing_secret, stamp, body)
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": proof, "Content-Type": kind}
    return await knocks(house, body, headers)


@one_database
async def test_whoever_is_not_slack_is_turned_away_in_words(
    quiet_house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, (body, headers) in UNSIGNED.items():
        answer = await knocks(quiet_house, body, headers)
        assert answer.status_code == 401, name
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "SLACK_SIGNING_SECRET" in answer.json()["detail"]
    logged = "".join(capfd.readouterr())
    assert "secret\\" not in logged
    assert "Traceback" not in logged


@one_database
async def test_what_slack_signed_and_nobody_can_read_is_refused_in_words(
    quiet_house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, (body, kind) in SIGNED.items():
        answer = await signed(quiet_house, body, kind)
        assert answer.status_code == 400, name
        assert "Nothing was done" in answer.json()["detail"]
    assert "Traceback" not in "".join(capfd.readouterr())


@one_database
async def test_a_signature_is_good_for_five_minutes(quiet_house: House) -> None:
    body = b"command=%2Fassay"
    for age, status in ((301, 401), (-301, 401)):
        stamp = str(int(time.time()) - age)
        proof = signature(quiet_house.box.app.signing_secret, stamp, body)
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": proof, "Content-Type": FORM}
        assert (await knocks(quiet_house, body, headers)).status_code == status
