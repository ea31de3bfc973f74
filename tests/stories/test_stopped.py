"""A bot that is stopped waits for what Slack is about to answer; what is not answered is looked for, not repeated."""

import asyncio

import pytest

import bot.delivery
from storage.words import DeliveryState
from tests.house import DRAFT, House
from tests.stories.steps import delivery, posted, second_bot, until
from tests.stories.test_posted_once import CARD, POST, comes_in, looks, one_card_that_works


async def stops(house: House) -> None:
    """The ticks are called off while a card is under way, then the outbox is told."""
    tick = asyncio.create_task(house.bot.tools.courier.deliver_due())

    async def under_way() -> bool:
        return house.box.world.faults.waiting == []

    await until(under_way)
    tick.cancel()
    await house.bot.tools.courier.stop()


async def waits_to_be_sent(house: House, *, seconds: float) -> None:
    await house.fault(method=POST, kind="ratelimit", seconds=1)
    await house.fault(method=POST, kind="delay", seconds=seconds)
    await comes_in(house)
    house.moves(seconds=1)
    assert (await delivery(house, CARD)).state == DeliveryState.PENDING


async def test_what_slack_answers_soon_is_written_down(house: House) -> None:
    await waits_to_be_sent(house, seconds=0.3)
    await stops(house)
    assert (await delivery(house, CARD)).state == DeliveryState.SENT
    await one_card_that_works(house)


async def test_what_slack_does_not_answer_is_found_by_whoever_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.delivery, "LAST_WORDS", 0.05)
    await waits_to_be_sent(house, seconds=0.5)
    await stops(house)
    assert (await delivery(house, CARD)).state == DeliveryState.AMBIGUOUS

    async def has_come() -> bool:
        return len(await posted(house, DRAFT)) == 1

    await until(has_come)
    await looks(house, after=5)
    await one_card_that_works(house)


async def test_a_bot_that_was_stopped_takes_nothing_more(house: House) -> None:
    await house.bot.tools.courier.stop()
    await comes_in(house)
    assert (await delivery(house, CARD)).state == DeliveryState.PENDING
    async with second_bot(house) as other:
        assert await other.tools.courier.deliver_due() == 1
    assert len(await posted(house, DRAFT)) == 1
