"""`assay serve` is asked to stop: it says so before it stops, and what was begun is brought to its end."""

import asyncio
import signal
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.house import DRAFT, House
from tests.houses import Houses
from tests.stories.steps import held, notes, rows, stored, until
from tests.stories.test_killed import Served, served


@pytest.fixture
async def at_once(houses: Houses) -> AsyncIterator[House]:
    """Nobody balances: nothing is waited for."""
    async with houses.open(more={"ASSAY_DRAIN_SECONDS": 0}) as opened:
        yield opened


@pytest.fixture
async def balanced(houses: Houses) -> AsyncIterator[House]:
    """A balancer takes its time."""
    async with houses.open(more={"ASSAY_DRAIN_SECONDS": 300}) as opened:
        yield opened


async def says(bot: Served, words: str) -> None:
    assert bot.process.stdout is not None
    while words.encode() not in (line := await bot.process.stdout.readline()):
        assert line, f"it ended without saying: {words}"


async def ready(house: House, bot: Served) -> int:
    return (await house.http.get(f"{bot.url}/readyz")).status_code


async def test_a_click_that_is_under_way_at_the_signal_is_confirmed(at_once: House) -> None:
    house, draft = at_once, await at_once.draft()
    async with served(house) as bot:
        async with held(house, draft):
            pressed = asyncio.create_task(house.ana.clicks("Approve", await house.card(draft)))

            async def sent() -> bool:
                return any(one["kind"] == "action" and one["status"] is None for one in await house.traffic())

            await until(sent)
            bot.process.send_signal(signal.SIGTERM)
            await says(bot, "asked to stop")
            assert await rows(house) == (0, 0)
        await pressed
        assert await bot.process.wait() == 0
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
    assert (await notes(house, "ana"))[-1] == "Saved: approved as is."
    with pytest.raises(httpx.ConnectError):
        await ready(house, bot)


async def test_what_follows_from_an_answer_is_done_before_the_end(at_once: House) -> None:
    house, draft = at_once, await at_once.draft()
    async with served(house) as bot:
        await house.fault(method="response_url", kind="delay", seconds=0.5)
        await house.ana.clicks("Approve", await house.card(draft))
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.process.wait() == 0
    assert (await notes(house, "ana"))[-1] == "Saved: approved as is."
    assert "done" in (await house.card(draft)).text_seen


async def test_it_is_not_ready_at_once_and_takes_clicks_until_the_balancer_had_its_time(balanced: House) -> None:
    house, draft = balanced, await balanced.draft()
    async with served(house) as bot:
        assert await ready(house, bot) == 200
        bot.process.send_signal(signal.SIGTERM)
        await says(bot, "draining")
        assert await ready(house, bot) == 503
        answer = await house.http.get(f"{bot.url}/healthz")
        assert (answer.status_code, answer.headers["Connection"]) == (200, "close")
        await house.ana.clicks("Approve", await house.card(draft))
        assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
        bot.process.send_signal(signal.SIGTERM)  # hurry
        await says(bot, "stopped")
        assert await bot.process.wait() == 0


async def test_a_second_signal_does_not_wait_for_what_takes_its_time(at_once: House) -> None:
    house, draft = at_once, await at_once.draft()
    async with served(house) as bot:
        await house.fault(method="response_url", kind="delay", seconds=4.5)
        await house.ana.clicks("Approve", await house.card(draft))
        bot.process.send_signal(signal.SIGTERM)
        await says(bot, "asked to stop")
        bot.process.send_signal(signal.SIGTERM)
        await says(bot, "stopped before everything was done")
        assert await bot.process.wait() == 0
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)


async def test_whoever_presses_ctrl_c_does_not_wait_for_a_balancer(balanced: House) -> None:
    async with served(balanced) as bot:
        bot.process.send_signal(signal.SIGINT)
        await says(bot, "stopped")
        assert await bot.process.wait() == 0
