"""A clock that is wrong, or set while a card is under way, loses and doubles nothing, and Slack refuses nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from handlers.serve import Running, running
from storage.queries import digests, drafts
from storage.words import DeliveryState
from tests.house import DRAFT, SUPPORT, House, settings
from tests.stories.steps import delivery, label, listens, one_database, posted, removes, until
from tests.stories.test_digest_once import dates, ticks, works
from tests.stories.test_posted_once import POST
from tests.stories.test_retention import keeps

HISTORY = "conversations.history"
CLOCKS = [timedelta(seconds=-10), timedelta(seconds=10), timedelta(hours=-1), timedelta(hours=1)]


@dataclass
class Clock:
    """Of one machine; Slack's is right."""

    house: House
    ahead: timedelta = timedelta()


@asynccontextmanager
async def bot_with(clock: Clock) -> AsyncIterator[Running]:
    """Another process' worth of bot on the same database, on a machine of its own."""
    house = clock.house
    async with running(
        settings(house.box, house.url, house.more),
        now=lambda: house.now() + clock.ahead,
        steady=house.box.clock.now,
        port=0,
        ticking=False,
    ) as bot:
        yield bot
        await bot.tools.afterwards.done()


async def takes_in(house: House, bot: Running, *texts: str) -> None:
    """Drafts come in, and the cards are tried once."""
    drafts = [{"channel": SUPPORT, "prompt": f"Case {text}", "draft": text} for text in texts]
    headers = {"Authorization": f"Bearer {house.token}"}
    (await house.http.post(f"{bot.url}/api/v1/drafts", json=drafts, headers=headers)).raise_for_status()
    await bot.tools.afterwards.done()


async def looks(house: House, bot: Running, *, after: float = 0) -> None:
    """Time passes, the bot looks for what is unclear and then sends what is due."""
    house.moves(seconds=after)
    await bot.tools.courier.look_up_unclear()
    await bot.tools.courier.deliver_due()


async def days_pass(house: House, bot: Running) -> None:
    for _ in range(20):
        await looks(house, bot, after=300)


@pytest.mark.parametrize("ahead", CLOCKS)
async def test_a_card_that_slack_took_unseen_is_found_by_a_clock_that_is_wrong(house: House, ahead: timedelta) -> None:
    await house.fault(method=POST, kind="drop_after")
    async with bot_with(Clock(house, ahead)) as bot:
        await takes_in(house, bot, DRAFT)
        assert (await delivery(house, "card:1")).state == DeliveryState.AMBIGUOUS
        await looks(house, bot, after=5)
        assert (await delivery(house, "card:1")).state == DeliveryState.SENT
        await days_pass(house, bot)
    assert len(await posted(house, DRAFT)) == 1


@one_database
@pytest.mark.parametrize("ahead", CLOCKS)
async def test_who_has_not_heard_slack_asks_the_time_before_it_posts(house: House, ahead: timedelta) -> None:
    await house.fault(method="auth.test", kind="drop_before")
    await house.fault(method=POST, kind="drop_after")
    async with bot_with(Clock(house, ahead)) as bot:
        await takes_in(house, bot, DRAFT)
        await looks(house, bot, after=4)  # until then nobody asks again whose the token is
        assert len(await posted(house, DRAFT)) == 1
        await days_pass(house, bot)
    assert len(await posted(house, DRAFT)) == 1


async def test_a_clock_that_is_a_year_ahead_erases_nothing_and_keeps_no_digest_from_coming(house: House) -> None:
    assert await keeps(house, "30") == {}
    await works(house)
    async with bot_with(Clock(house, timedelta(days=365))) as bot:
        assert await bot.tools.keeper.erase_due() == 0
        await bot.tools.digests.post_due()
    async with house.sessions.reading() as session:
        assert await digests.newest(session, 1, before=house.now().date() + timedelta(days=300)) is None
        assert await digests.newest(session, 1) is not None
        assert await drafts.get(session, 1) is not None
    house.moves(days=1)
    await works(house, 1)
    await ticks(house)
    assert len(await dates(house)) == 1


async def test_a_clock_that_is_a_year_ahead_erases_no_workspace_that_took_the_app_out_today(house: House) -> None:
    await house.draft()
    await house.http.post("/control/uninstall", json={"user": house.max.id})
    await house.settles()
    async with bot_with(Clock(house, timedelta(days=365))) as bot:
        assert await bot.tools.keeper.erase_uninstalled() == 0
    house.moves(days=8)
    assert await house.bot.tools.keeper.erase_uninstalled() > 0


@one_database
async def test_nothing_is_erased_while_slack_does_not_say_what_time_it_is(house: House) -> None:
    assert await keeps(house, "30") == {}
    await house.draft()
    house.moves(days=31)
    await house.fault(method="auth.test", kind="drop_before", times=2)
    async with bot_with(Clock(house)) as bot:
        assert await bot.tools.keeper.erase_due() == 0
        assert await bot.tools.keeper.erase_due() == 1


@one_database
async def test_nothing_is_posted_while_slack_does_not_say_what_time_it_is(house: House) -> None:
    await house.fault(method="auth.test", kind="drop_before", times=2)
    async with bot_with(Clock(house)) as bot:
        await takes_in(house, bot, DRAFT)
        assert (await delivery(house, "card:1")).state == DeliveryState.PENDING
        await looks(house, bot, after=4)
    assert len(await posted(house, DRAFT)) == 1


@one_database
async def test_a_clock_that_is_set_forward_ends_no_look_too_soon(house: House) -> None:
    """Slack's history shows the card half a minute late; our clock says that hours have passed."""
    await house.fault(method=POST, kind="drop_after")
    await house.fault(method=HISTORY, kind="history_lag", seconds=30, times=20)
    clock = Clock(house)
    async with bot_with(clock) as bot:
        await takes_in(house, bot, DRAFT)
        for _ in range(5):
            clock.ahead += timedelta(hours=1)
            await looks(house, bot, after=1)
            assert (await delivery(house, "card:1")).state == DeliveryState.AMBIGUOUS
        await days_pass(house, bot)
    assert (await delivery(house, "card:1")).state == DeliveryState.SENT
    assert len(await posted(house, DRAFT)) == 1


@pytest.mark.parametrize("jump", CLOCKS)
async def test_a_clock_that_is_set_while_a_card_is_under_way_doubles_nothing(house: House, jump: timedelta) -> None:
    await house.fault(method=POST, kind="delay", seconds=0.3)
    clock = Clock(house)
    async with bot_with(clock) as bot:

        async def is_tried() -> None:
            await takes_in(house, bot, DRAFT)
            await bot.tools.courier.deliver_due()  # a database that was busy at first is the clock's to ask again

        under_way = asyncio.create_task(is_tried())

        async def is_sent() -> bool:
            return house.box.world.faults.waiting == []

        await until(is_sent)
        clock.ahead += jump
        await looks(house, bot)
        await looks(house, bot)
        await under_way
        assert (await delivery(house, "card:1")).state == DeliveryState.SENT
        await days_pass(house, bot)
    assert len(await posted(house, DRAFT)) == 1


async def test_two_machines_an_hour_apart_post_no_faster_than_slack_allows(house: House) -> None:
    before, behind = Clock(house, timedelta(minutes=30)), Clock(house, timedelta(minutes=-30))
    async with bot_with(before) as one, bot_with(behind) as other:
        # Whoever is behind takes the drafts in, so that they are due for both.
        await takes_in(house, other, *(f"Reply {number}." for number in range(9)))
        for _ in range(60):
            house.moves(seconds=0.2)
            await asyncio.gather(*(bot.tools.courier.deliver_due() for bot in (one, other)))
    assert len(await posted(house, "Reply")) == 9
    assert [entry["status"] for entry in await house.traffic() if entry["status"] == 429] == []


async def ana_is_looked_up(house: House, ahead: timedelta) -> int:
    """By a machine whose clock is ahead, as she answers; then a minute goes by on the others. Another draft."""
    draft = await house.draft(DRAFT)
    async with bot_with(Clock(house, ahead)) as bot:
        await listens(house, bot)
        await house.ana.clicks("Approve", await house.card(draft))
        await bot.tools.afterwards.done()
    assert await label(house, draft, "ana") is not None
    await listens(house, house.bot)
    house.moves(seconds=60)
    return await house.draft(f"{DRAFT} Again.")


async def is_refused(house: House, draft: int) -> bool:
    await house.ana.clicks("Approve", await house.card(draft, seen_by="bea"))
    await house.settles()
    return await label(house, draft, "ana") is None


@one_database
@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(hours=3)])
async def test_who_was_looked_up_by_a_clock_that_was_ahead_and_leaves_is_refused_at_once(
    house: House, ahead: timedelta
) -> None:
    draft = await ana_is_looked_up(house, ahead)
    await removes(house, "ana")
    assert await is_refused(house, draft)


@one_database
@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(hours=3)])
async def test_who_was_looked_up_by_a_clock_that_was_ahead_and_becomes_a_guest_is_refused_at_once(
    house: House, ahead: timedelta
) -> None:
    draft = await ana_is_looked_up(house, ahead)
    (await house.http.post("/control/role", json={"who": house.ana.id, "is_restricted": True})).raise_for_status()
    assert await is_refused(house, draft)
