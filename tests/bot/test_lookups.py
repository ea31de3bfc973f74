"""Names whose name server gives no answer keep nothing else from being resolved."""

import asyncio
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from threading import Event
from typing import Any

import httpx
import pytest

from bot.addresses import Allowed
from bot.guarded_http import Guarded
from bot.lookups import AT_ONCE, Lookups, TooManyLookups
from tests.stories.steps import until

DEAD = "hooks.dead.example"


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """When the dead name server answers after all; each thread that asks it waits until then."""
    usual, gate = socket.getaddrinfo, Event()

    def asks(host: Any, *more: Any, **named: Any) -> Any:
        if host != DEAD:
            return usual(host, *more, **named)
        gate.wait()
        raise socket.gaierror("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", asks)
    yield gate
    gate.set()


async def test_a_process_whose_lookups_all_hang_still_resolves_slack_and_refuses_the_next_at_once(
    answered: Event,
) -> None:
    lookups, loop = Lookups(), asyncio.get_running_loop()
    asked = [asyncio.create_task(lookups(DEAD, 443)) for _ in range(AT_ONCE)]
    async with asyncio.timeout(5):
        assert await loop.getaddrinfo("localhost", 443)  # as the client of Slack does
        with pytest.raises(TooManyLookups, match="tried again later"):
            await lookups("localhost", 443)
    answered.set()
    assert {type(one) for one in await asyncio.gather(*asked, return_exceptions=True)} == {socket.gaierror}
    assert ip_address("127.0.0.1") in await lookups("localhost", 443)


async def test_a_lookup_that_nobody_waits_for_any_more_is_counted_until_it_ends(answered: Event) -> None:
    lookups = Lookups(1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await lookups(DEAD, 443)
    with pytest.raises(TooManyLookups):
        await lookups("localhost", 443)
    answered.set()

    async def is_free() -> bool:
        try:
            return bool(await lookups("localhost", 443))
        except TooManyLookups:
            return False

    await until(is_free)


async def test_a_url_is_taken_unseen_while_no_name_can_be_resolved(answered: Event) -> None:
    lookups = Lookups(1)
    hanging = asyncio.create_task(lookups(DEAD, 443))
    await asyncio.sleep(0)
    async with Guarded(Allowed(), resolve=lookups, trust=httpx.create_ssl_context()) as guard:
        await guard.look_at("https://hooks.example.com/assay")  # it is looked at before each attempt
    answered.set()
    await asyncio.gather(hanging, return_exceptions=True)
