"""Before a card is posted again, everything said since is read, however much and however slowly that comes."""

import pytest

from bot.delivery.looking import Looker
from sandbox import rates
from sandbox.rates import Rate
from storage.words import DeliveryState
from tests.house import DRAFT, SUPPORT, House
from tests.stories.steps import delivery, one_database, posted, second_bot
from tests.stories.test_posted_once import CARD, POST, comes_in, days_pass, looks, one_card_that_works

HISTORY = "conversations.history"
pytestmark = one_database


@pytest.fixture
def one_page_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Slack gives to apps that are sold outside its marketplace."""
    others = tuple(rate for rate in rates.ROWS if rate.method != HISTORY)
    monkeypatch.setattr(rates, "ROWS", (*others, Rate(HISTORY, 1, 1 / 60, "rate-limits page")))


async def chats(house: House, messages: int) -> None:
    for number in range(messages):
        said = {"user": house.bea.id, "channel": SUPPORT, "text": f"Chat {number}"}
        (await house.http.post("/control/say", json=said)).raise_for_status()


async def pages_read(house: House) -> int:
    return sum(one["method"] == HISTORY and one["status"] == 200 for one in await house.traffic())


@pytest.mark.parametrize("messages", [14, 15, 16, 47])
async def test_a_card_under_much_talk_is_found_not_repeated(house: House, messages: int) -> None:
    await house.fault(method=POST, kind="drop_after")
    await comes_in(house)
    house.moves(seconds=2)
    await chats(house, messages)
    await looks(house, after=3)
    assert (await delivery(house, "card:1")).state == DeliveryState.SENT
    await one_card_that_works(house)


@pytest.mark.usefixtures("one_page_a_minute")
async def test_much_talk_some_seconds_after_the_post_costs_no_page(house: House) -> None:
    await house.fault(method=POST, kind="drop_after")
    await comes_in(house)
    house.moves(seconds=4)
    await chats(house, 100)
    await looks(house, after=1)
    assert await pages_read(house) == 1
    assert (await delivery(house, "card:1")).state == DeliveryState.SENT
    await one_card_that_works(house)


async def test_a_card_that_never_arrived_is_posted_though_there_was_much_talk(house: House) -> None:
    await house.fault(method=POST, kind="drop_before")
    await comes_in(house)
    house.moves(seconds=1)
    await chats(house, 40)
    await looks(house, after=5)
    await looks(house, after=60)
    assert len(await posted(house, DRAFT)) == 1


@pytest.mark.usefixtures("one_page_a_minute")
async def test_where_slack_gives_a_page_a_minute_the_look_goes_on_where_it_was(house: House) -> None:
    await house.fault(method=POST, kind="drop_after")
    await comes_in(house)
    house.moves(seconds=2)
    await chats(house, 40)
    for page in (1, 2):
        await looks(house, after=60)
        assert await pages_read(house) == page
        assert (await delivery(house, "card:1")).state == DeliveryState.AMBIGUOUS
    await looks(house, after=60)
    assert await pages_read(house) == 3
    assert (await delivery(house, "card:1")).state == DeliveryState.SENT
    await days_pass(house)
    assert len(await posted(house, DRAFT)) == 1


async def test_a_look_ends_after_twenty_pages_and_the_next_goes_on(house: House) -> None:
    await house.fault(method=POST, kind="drop_after")
    await comes_in(house)
    house.moves(seconds=2)
    await chats(house, 310)
    await looks(house, after=3)
    assert await pages_read(house) == 20
    assert (await delivery(house, "card:1")).state == DeliveryState.AMBIGUOUS
    await looks(house, after=5)
    assert await pages_read(house) == 21
    assert (await delivery(house, "card:1")).state == DeliveryState.SENT


async def test_a_look_whose_place_slack_forgot_begins_anew(house: House) -> None:
    await house.fault(method=POST, kind="drop_after")
    await comes_in(house)
    house.moves(seconds=2)
    await chats(house, 310)
    await looks(house, after=3)
    await house.fault(method=HISTORY, kind="error", error="invalid_cursor")
    await looks(house, after=5)
    assert (await delivery(house, "card:1")).state == DeliveryState.AMBIGUOUS
    for _ in range(3):
        await looks(house, after=20)
    assert (await delivery(house, "card:1")).state == DeliveryState.SENT
    await days_pass(house)
    said = house.box.world.workspace.channels[SUPPORT].messages.values()
    assert sum(DRAFT in str(one.blocks) for one in said) == 1


async def test_what_a_look_read_too_early_in_another_process_is_no_part_of_the_look_that_decides(house: House) -> None:
    """Slack's history shows the card late, and breaks off on its second page."""
    await chats(house, 20)
    house.moves(seconds=1)
    await house.fault(method=POST, kind="drop_after")
    await comes_in(house)
    house.moves(seconds=5)
    async with second_bot(house) as other:
        courier = other.tools.courier
        for look in ("one that ends nowhere, for the other was faster", "the other's"):
            await house.fault(method=HISTORY, kind="history_lag", seconds=5.5)
            await house.fault(method=HISTORY, kind="status", status=500)
            if look == "the other's":
                await house.bot.tools.courier.look_up_unclear()
            else:
                looker = Looker(house.sessions, other.tools.slack, house.now, courier.history)
                assert (await looker.look(await delivery(house, CARD))).silent
        house.moves(seconds=60)
        await house.bot.tools.courier.look_up_unclear()
        assert (await delivery(house, CARD)).looks == 1
        house.moves(seconds=60)
        await courier.look_up_unclear()
        await courier.deliver_due()
    assert len(await posted(house, DRAFT)) == 1
    await one_card_that_works(house)
