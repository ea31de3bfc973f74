"""Names whose name server gives no answer keep nothing else from being resolved."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from bot.addresses import Allowed
from bot.guarded_http import Guarded, RefusedAddress
from bot.lookups import AT_ONCE, OF_ONE_WORKSPACE, Lookups, TooManyLookups
from tests.stories.steps import until

DEAD = "hooks.dead.example"
SHARES = {"T1": OF_ONE_WORKSPACE, "T2": 8, "T3": 4, "T4": 2, "T5": 1, "T6": 1}


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
    asked = [asyncio.create_task(lookups(DEAD, 443, team)) for team, share in SHARES.items() for _ in range(share)]
    assert len(asked) == AT_ONCE
    async with asyncio.timeout(5):
        assert await loop.getaddrinfo("localhost", 443)  # as the client of Slack does
        with pytest.raises(TooManyLookups, match="tried again later"):
            await lookups("localhost", 443, "T7")
    answered.set()
    assert {type(one) for one in await asyncio.gather(*asked, return_exceptions=True)} == {socket.gaierror}
    assert ip_address("127.0.0.1") in await lookups("localhost", 443, "T7")


async def test_a_lookup_that_nobody_waits_for_any_more_is_counted_until_it_ends(answered: Event) -> None:
    lookups = Lookups(1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await lookups(DEAD, 443, "T1")
    with pytest.raises(TooManyLookups):
        await lookups("localhost", 443, "T1")
    answered.set()

    async def is_free() -> bool:
        try:
            return bool(await lookups("localhost", 443, "T1"))
        except TooManyLookups:
            return False

    await until(is_free)


async def test_a_url_is_taken_unseen_while_no_name_can_be_resolved(answered: Event) -> None:
    lookups = Lookups(1)
    hanging = asyncio.create_task(lookups(DEAD, 443, "T1"))
    await asyncio.sleep(0)
    async with Guarded(Allowed(), resolve=lookups, trust=httpx.create_ssl_context()) as guard:
        await guard.look_at("https://hooks.example.com/assay")  # it is looked at before each attempt
        with pytest.raises(RefusedAddress, match="Give it with https"):
            await guard.look_at("http://hooks.example.com/assay")
    answered.set()
    await asyncio.gather(hanging, return_exceptions=True)


async def test_names_of_one_workspace_that_get_no_answer_leave_others_theirs(answered: Event) -> None:
    lookups = Lookups()
    asked = [asyncio.create_task(lookups(DEAD, 443, "T1")) for _ in range(OF_ONE_WORKSPACE)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyLookups):
        await lookups("localhost", 443, "T1")
    assert ip_address("127.0.0.1") in await lookups("localhost", 443, "T2")
    answered.set()
    await asyncio.gather(*asked, return_exceptions=True)


async def test_a_lookup_for_which_the_process_may_have_no_thread_is_tried_later_and_counted_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lookups, start = Lookups(), Thread.start

    def none_left(thread: Thread) -> None:
        if thread.name == "lookup":
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patched:
        patched.setattr(Thread, "start", none_left)
        for _ in range(AT_ONCE + 1):
            with pytest.raises(TooManyLookups, match="tried again later"):
                await lookups("localhost", 443, "T1")
    assert ip_address("127.0.0.1") in await lookups("localhost", 443, "T1")


async def test_a_lookup_that_fails_in_an_unforeseen_way_ends_and_is_counted_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lookups = Lookups(1)

    def fails(*_: Any, **__: Any) -> Any:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", fails)
        async with asyncio.timeout(5):
            with pytest.raises(MemoryError):
                await lookups(DEAD, 443, "T1")
    assert ip_address("127.0.0.1") in await lookups("localhost", 443, "T1")


ENDS = """
import asyncio, socket, threading
from bot.lookups import Lookups

asked = threading.Event()

def hangs(*words, **named):
    asked.set()
    threading.Event().wait()

async def stops():
    looking = asyncio.create_task(Lookups()("hooks.dead.example", 443, "T1"))
    await asyncio.to_thread(asked.wait)
    looking.cancel()

socket.getaddrinfo = hangs
asyncio.run(stops())
"""


def test_a_process_that_is_told_to_stop_waits_for_no_lookup() -> None:
    subprocess.run([sys.executable, "-c", ENDS], check=True, timeout=30)
