"""Rate limits on a clock that is set by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import Clock
from sandbox.rates import ROWS, Rate, Rates
from sandbox.refusals import RateLimited
from sandbox.server import Sandbox
from sandbox.web_api import ENDING, METHODS, OWN
from tests.sandbox.callers import NOON, Api

HERE = {"channel": "C0SUPPORT"}


def refused_for(rates: Rates, method: str, **args: str) -> int | None:
    try:
        rates.spend(method, args)
    except RateLimited as error:
        return error.retry_after
    return None


def test_a_channel_takes_three_posts_at_once_and_then_one_a_second() -> None:
    rates = Rates(clock := Clock.at(NOON))
    assert [refused_for(rates, "chat.postMessage", **HERE) for _ in range(4)] == [None, None, None, 1]
    clock.advance(1)
    assert [refused_for(rates, "chat.postMessage", **HERE) for _ in range(2)] == [None, 1]


def test_each_channel_has_its_own_limit() -> None:
    rates = Rates(Clock.at(NOON))
    for _ in range(4):
        refused_for(rates, "chat.postMessage", **HERE)
    assert refused_for(rates, "chat.postMessage", channel="C0OTHER") is None


def test_fifty_updates_a_minute_are_taken_over_all_channels() -> None:
    rates = Rates(clock := Clock.at(NOON))
    answers = [refused_for(rates, "chat.update", channel=str(number)) for number in range(51)]
    assert answers == [None] * 50 + [2]
    clock.advance(60)
    assert [refused_for(rates, "chat.update", **HERE) for _ in range(51)] == [None] * 50 + [2]


def test_waiting_as_long_as_told_is_enough() -> None:
    rates = Rates(clock := Clock.at(NOON))
    while (wait := refused_for(rates, "chat.update", **HERE)) is None:
        continue
    clock.advance(wait)
    assert refused_for(rates, "chat.update", **HERE) is None


def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing() -> None:
    rates = Rates(clock := Clock.at(NOON))
    rates.spend("chat.postMessage", HERE)
    clock.set(NOON - 3600)
    assert [refused_for(rates, "chat.postMessage", **HERE) for _ in range(3)] == [None, None, 1]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.key or 'workspace'}")
def test_each_method_takes_what_its_row_says_and_not_one_more(row: Rate) -> None:
    rates = Rates(clock := Clock.at(NOON))
    calls: list[dict[str, str]] = [{} if row.key else {"channel": str(number)} for number in range(row.burst)]
    assert [refused_for(rates, row.method, **args) for args in calls] == [None] * row.burst
    wait = refused_for(rates, row.method, **({} if row.key else {"channel": "C0OTHER"}))
    assert wait == math.ceil(1 / row.per_second)
    clock.advance(wait)
    assert refused_for(rates, row.method, **({} if row.key else {"channel": "C0OTHER"})) is None


def test_every_method_has_a_row() -> None:
    assert {*METHODS, *ENDING, *OWN} == {row.method for row in ROWS}


def test_a_call_refused_by_one_bucket_takes_nothing_from_another() -> None:
    rates = Rates(Clock.at(NOON))
    refused = [refused_for(rates, "chat.postMessage", **HERE) for _ in range(500)]
    others = [refused_for(rates, "chat.postMessage", channel=str(number)) for number in range(298)]
    assert (refused.count(None), others.count(None)) == (3, 297)


def test_one_method_takes_nothing_from_another() -> None:
    rates = Rates(Clock.at(NOON))
    assert [refused_for(rates, "users.list") for _ in range(21)][-1] is not None
    assert refused_for(rates, "conversations.list") is None


@given(st.lists(st.floats(0, 5), min_size=1, max_size=60))
def test_no_pattern_of_calls_gets_more_than_the_burst_and_the_rate(pauses: list[float]) -> None:
    rates, granted = Rates(clock := Clock.at(0)), 0
    for pause in pauses:
        clock.advance(pause)
        granted += refused_for(rates, "chat.postMessage", **HERE) is None
    assert granted <= 3 + sum(pauses) + 1e-3


async def test_a_limited_call_is_answered_with_429_and_retry_after(box: Sandbox, api: Api) -> None:
    for _ in range(3):
        await api.posts()
    response = await api.raw("chat.postMessage", channel="C0SUPPORT", text="A card")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
    assert response.json() == {"ok": False, "error": "ratelimited"}
    box.clock.advance(1)
    assert await api.posts()


async def test_limits_can_be_switched_off(api: Api) -> None:
    await api.http.post("/control/app", json={"limits": False})
    assert all([await api.posts() for _ in range(10)])
