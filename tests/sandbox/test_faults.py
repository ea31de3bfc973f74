"""Failures on demand."""

import time

import httpx
import pytest

from sandbox.people import Person
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Json

POST = "chat.postMessage"


async def faults(api: Api, **fault: object) -> None:
    answer = await api.http.post("/control/faults", json={"method": POST, **fault})
    assert answer.status_code == 200


@pytest.mark.parametrize(("kind", "messages"), [("drop_after", 1), ("drop_before", 0)])
async def test_a_dropped_connection_leaves_the_work_done_or_undone(
    api: Api, ana: Person, kind: str, messages: int
) -> None:
    await faults(api, kind=kind)
    with pytest.raises(httpx.RemoteProtocolError):
        await api.posts()
    assert len(await ana.reads("#support")) == messages
    assert await api.posts()


async def test_an_error_comes_as_often_as_told(api: Api, ana: Person) -> None:
    await faults(api, kind="error", error="fatal_error", times=2)
    answers: list[Json] = [await api(POST, channel="C0SUPPORT", text="x") for _ in range(3)]
    assert [answer.get("error") for answer in answers] == ["fatal_error", "fatal_error", None]
    assert len(await ana.reads("#support")) == 1


async def test_an_error_can_come_after_the_work_was_done(api: Api, ana: Person) -> None:
    await faults(api, kind="error_after")
    assert (await api(POST, channel="C0SUPPORT", text="x"))["error"] == "internal_error"
    assert len(await ana.reads("#support")) == 1


async def test_a_status_and_a_rate_limit_can_be_ordered(api: Api) -> None:
    await faults(api, kind="status", status=503)
    await faults(api, kind="ratelimit", seconds=7)
    broken = await api.raw(POST, channel="C0SUPPORT", text="x")
    limited = await api.raw(POST, channel="C0SUPPORT", text="x")
    assert broken.status_code == 503
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")


async def test_a_delay_is_real_time(api: Api) -> None:
    await faults(api, kind="delay", seconds=0.05)
    began = time.monotonic()
    await api.posts()
    assert time.monotonic() - began >= 0.05


async def test_history_can_lag_behind(box: Sandbox, api: Api) -> None:
    await api.posts()
    await faults(api, method="conversations.history", kind="history_lag", seconds=5, times=2)
    seen = []
    for _ in range(3):
        seen.append(len((await api("conversations.history", channel="C0SUPPORT"))["messages"]))
        box.clock.advance(3)
    assert seen == [0, 0, 1]


async def test_history_catches_up_when_the_lag_has_passed(box: Sandbox, api: Api) -> None:
    await api.posts()
    box.clock.advance(5)
    await faults(api, method="conversations.history", kind="history_lag", seconds=5)
    assert len((await api("conversations.history", channel="C0SUPPORT"))["messages"]) == 1


async def test_faults_can_be_taken_back_and_must_be_known(api: Api) -> None:
    await faults(api, method="*", kind="error")
    await api.http.delete("/control/faults")
    assert await api.posts()
    refused = await api.http.post("/control/faults", json={"method": POST, "kind": "gremlin"})
    assert refused.status_code == 409
