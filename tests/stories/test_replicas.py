"""Several bots on one database: each takes what comes, whatever is due is done once, and any of them may go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import outbox
from bot.settings import Settings
from handlers.serve import Running
from sandbox.people import Message
from storage.queries import channels, drafts, redraws
from tests.faults import replicas
from tests.faults.balancer import Balancer, balancing
from tests.faults.replicas import Replica
from tests.house import DRAFT, LEADS, House, running_bot
from tests.houses import Houses
from tests.stories.steps import listens, notes, one_database, posted, rows, second_bot, stored, until
from tests.stories.test_digest_once import HEADING, works
from tests.stories.test_socket import links

APPROVED = "Saved: approved as is."
MOST_CONNECTIONS = 10  # that Slack gives one app
on_one_postgresql = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
drains = pytest.mark.skipif(
    "ASSAY_DRAIN_SECONDS" not in {each.validation_alias for each in Settings.model_fields.values()},
    reason="this bot takes no requests after SIGTERM yet",
)


@on_one_postgresql
class TestTwoReplicas:
    async def test_take_a_click_each_and_each_knows_of_the_others(self, house: House) -> None:
        first, second = await house.draft(), await house.draft("Another one.")
        async with second_bot(house) as other:
            await house.ana.clicks("Approve", await house.card(first))
            await listens(house, other)
            await house.ana.clicks("Approve", await house.card(second))
            await other.tools.afterwards.done()
            note = await house.ana.last_private_note("#support")
            assert note is not None
            await listens(house, house.bot)
            await house.ana.clicks("Undo", note)
        assert (await stored(house, first, "ana")) == ("counted", "approved", DRAFT, 1)
        assert (await stored(house, second, "ana")) == ("counted", "approved", "Another one.", 2)

    async def test_that_get_the_same_click_store_it_once(self, house: House) -> None:
        draft = await house.draft()
        card = await house.card(draft)
        async with second_bot(house) as other, balancing() as balancer:
            balancer.replicas += [house.bot, other]
            house.box.app.request_url = f"{balancer.url}/slack/events"
            pressed = (await house.ana.clicks("Approve", card)).traffic
            again = [house.http.post("/control/redeliver", json={"id": pressed}) for _ in range(6)]
            assert {answer.json()["status"] for answer in await asyncio.gather(*again)} == {200}
        assert await rows(house) == (1, 1)

    async def test_claim_each_card_and_each_digest_once(self, house: House) -> None:
        await works(house)
        house.moves(days=1)
        async with second_bot(house) as other:
            bots = (house.bot, other)
            bodies = [{"channel": "#support", "prompt": f"Case {one}", "draft": f"Reply {one}."} for one in range(6)]
            assert (await house.sends(bodies)).status_code == 200
            assert sum(await asyncio.gather(*(bot.tools.digests.post_due() for bot in bots))) == 1
            for _ in range(12):
                await asyncio.gather(*(bot.tools.courier.deliver_due() for bot in bots))
                house.moves(seconds=1)
            await house.settles()
        for number in range(6):
            assert len(await posted(house, f"Reply {number}.")) == 1
        assert len(await posted(house, HEADING, LEADS)) == 1


async def some_cards(house: House, count: int) -> list[Message]:
    """A card a second, as Slack takes them."""
    found = []
    for number in range(count):
        found.append(await house.card(await house.draft(f"Reply {number}.")))
        house.moves(seconds=1)
    return found


@on_one_postgresql
async def test_an_older_redraw_that_lands_on_a_newer_one_is_drawn_over(house: House) -> None:
    """Whoever drew the newer one says so last, and is not believed."""
    draft = await house.draft()
    card = await house.card(draft)
    async with house.sessions.writing() as session:
        stored = await drafts.locked(session, draft)
        assert stored is not None
        channel = await channels.get(session, stored.channel_id)
        older = await outbox.redraw(session, channel, stored, now=house.now())
        newer = await outbox.redraw(session, channel, stored, now=house.now())
    before = len([one for one in await house.traffic() if one["method"] == "chat.update"])
    for wanted in (older, newer):
        assert wanted is not None
        async with house.sessions.writing() as session:
            await redraws.drawn(session, redraws.key_of(draft), wanted, now=house.now())
    house.moves(seconds=10)
    await house.settles()
    assert len([one for one in await house.traffic() if one["method"] == "chat.update"]) == before + 1
    assert (await house.card(draft)).buttons == card.buttons


@asynccontextmanager
async def started(house: House, folder: Path) -> AsyncIterator[Replica]:
    """`assay serve` on the house's database, by the machine's clock."""
    clock = folder / "ahead"
    clock.write_text("0 0")
    environment = {
        "ASSAY_DATABASE_URL": house.url,
        "SLACK_BOT_TOKEN": house.box.app.bot_token,
        "SLACK_SIGNING_SECRET": house.box.app.signing_secret,
        "ASSAY_SLACK_API_URL": house.box.api_url,
        "ASSAY_DRAIN_SECONDS": "2",
    }
    made = await replicas.start("replica", environment, clock=clock)
    try:
        yield made
    finally:
        if made.alive:
            await made.dies()


async def is_ready(house: House, url: str) -> bool:
    return (await house.http.get(f"{url}/readyz")).status_code == 200


async def still_goes(house: House, going: Replica, balancer: Balancer[Replica]) -> int:
    """SIGTERM; the balancer leaves it out as soon as it says that it is not ready. How it ended."""
    going.process.terminate()

    async def says_so() -> bool:
        return not await is_ready(house, going.url)

    await until(says_so)
    balancer.replicas.remove(going)
    await going.process.wait()
    return going.process.returncode or 0


@drains
class TestARollingRestart:
    async def test_loses_no_click(self, house: House, tmp_path: Path) -> None:
        """The old process says that it goes, takes what still comes, and ends when nobody sends any more."""
        cards = await some_cards(house, 8)
        house.moves(seconds=(datetime.now(UTC) - house.now()).total_seconds())
        house.box.clock.run()
        async with (
            started(house, tmp_path) as old,
            started(house, tmp_path) as new,
            started(house, tmp_path) as newest,
            balancing() as balancer,
        ):
            house.box.app.request_url = f"{balancer.url}/slack/events"
            balancer.replicas.append(old)
            outcomes = [await house.ana.clicks("Approve", cards[0])]
            for going, coming, three in ((old, new, cards[1:4]), (new, newest, cards[4:7])):
                balancer.replicas.append(coming)
                gone = asyncio.create_task(still_goes(house, going, balancer))
                outcomes += [await house.ana.clicks("Approve", card) for card in three]
                assert await gone == 0
            outcomes.append(await house.ana.clicks("Approve", cards[7]))
        house.box.app.request_url = f"{house.bot.url}/slack/events"
        assert [outcome.toast for outcome in outcomes] == [None] * 8
        assert await rows(house) == (8, 8)

    async def test_takes_what_comes_until_the_balancer_has_noticed(self, house: House, tmp_path: Path) -> None:
        card = await house.card(await house.draft())
        house.moves(seconds=(datetime.now(UTC) - house.now()).total_seconds())
        house.box.clock.run()
        async with started(house, tmp_path) as going:
            house.box.app.request_url = f"{going.url}/slack/events"
            going.process.terminate()

            async def says_so() -> bool:
                return not await is_ready(house, going.url)

            await until(says_so)
            assert (await house.ana.clicks("Approve", card)).toast is None
            assert await going.process.wait() == 0
        house.box.app.request_url = f"{house.bot.url}/slack/events"
        assert await rows(house) == (1, 1)


@one_database
class TestTenSocketConnections:
    async def test_are_all_that_slack_gives_and_the_eleventh_bot_waits_for_one(self, houses: Houses) -> None:
        async with houses.open(socket=True) as house, AsyncExitStack() as nine:
            cards = await some_cards(house, 4)
            leaving = await nine.enter_async_context(AsyncExitStack())
            others: list[Running] = [await leaving.enter_async_context(running_bot(house.box, house.url))]
            others += [await nine.enter_async_context(running_bot(house.box, house.url)) for _ in range(8)]
            assert len(await links(house)) == MOST_CONNECTIONS
            house.moves(minutes=1)
            late = await nine.enter_async_context(running_bot(house.box, house.url))
            assert late.socket is not None
            assert not await is_ready(house, late.url)
            assert len(await links(house)) == MOST_CONNECTIONS
            toasts = [(await house.ana.clicks("Approve", card)).toast for card in cards[:3]]
            await leaving.aclose()
            house.moves(minutes=1)
            await late.socket.watch()
            assert await is_ready(house, late.url)
            assert len(await links(house)) == MOST_CONNECTIONS
            assert [*toasts, (await house.ana.clicks("Approve", cards[3])).toast] == [None] * 4
            for bot in (*others, late):
                await bot.tools.afterwards.done()
            assert await notes(house, "ana") == [APPROVED] * 4
            assert await rows(house) == (4, 4)
