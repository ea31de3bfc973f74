"""What is erased while Slack is asked to show it is written back by nobody."""

import asyncio

from bot.delivery.endings import ending
from bot.surfaces.blocks import header, section
from bot.surfaces.composed import composed, plainer
from storage.models import Delivery
from storage.queries import deliveries, turns
from storage.words import DeliveryState
from tests.house import DRAFT, ESCALATIONS, LEADS, House
from tests.stories.steps import delivery, escalates, posted, told_directly, until
from tests.stories.test_digest_fallback import CHART, lacks
from tests.stories.test_erasure import SECRET, channel_of, erases, tables

POST = "chat.postMessage"


async def a_notice_under_way(house: House) -> Delivery:
    """A notice that a process has taken, and sends."""
    draft = await house.draft(f"Dear {SECRET}", topic=SECRET)
    await house.fault(method=POST, kind="ratelimit", seconds=5)
    await escalates(house, draft)
    house.moves(seconds=5)
    async with house.sessions.writing() as session:
        chosen = await turns.next_open(session, house.now())
        assert chosen is not None
        taken = await deliveries.take(session, chosen, now=house.now(), slack_time=house.now().timestamp())
    assert taken is not None
    assert SECRET in str(taken.body)
    return taken


async def test_a_notice_that_slack_wants_plainer_is_not_written_back(house: House) -> None:
    notice = await a_notice_under_way(house)
    assert notice.draft_id is not None
    await erases(house, notice.draft_id)
    async with house.sessions.writing() as session:
        less = {"body": plainer(notice.body or {}), "due_at": house.now()}
        assert await deliveries.finish(session, notice, DeliveryState.PENDING, less)
    assert SECRET not in await tables(house)
    await house.settles()
    assert (await delivery(house, notice.key)).state == DeliveryState.CANCELLED
    assert await posted(house, "Needs a human", ESCALATIONS) == []


async def test_leads_are_not_told_of_an_erased_notice_that_slack_refused(house: House) -> None:
    notice = await a_notice_under_way(house)
    assert notice.draft_id is not None
    await erases(house, notice.draft_id)
    await house.bot.tools.courier._write_down(notice, ending(DeliveryState.FAILED, error="msg_too_long"))
    await house.settles()
    assert SECRET not in await tables(house)
    assert await told_directly(house, "lea") == []


async def a_digest_quotes(house: House, said: dict[int, str]) -> None:
    """Today's digest is due, and quotes these drafts so; a chart stands below."""
    day = house.now().date()
    assert await house.bot.tools.digests.post(await channel_of(house), day, house.now(), though_quiet=True)
    quotes = [section(f"*{words}*", block_id=f"dispute:{draft}") for draft, words in said.items()]
    made = await delivery(house, f"digest:1:{day}")
    made.body = composed("Labelling digest", [header("Labelling digest"), *quotes, CHART])
    async with house.sessions.writing() as session:
        await session.merge(made)


async def test_a_digest_that_slack_wants_plainer_goes_without_what_was_erased_meanwhile(house: House) -> None:
    draft = await house.draft(DRAFT)
    house.moves(days=1)
    await a_digest_quotes(house, {draft: SECRET})
    await lacks(house, "charts", "files")
    await house.fault(method=POST, kind="delay", seconds=0.5)
    sending = asyncio.create_task(house.bot.tools.courier.deliver_due())

    async def under_way() -> bool:
        return house.box.world.faults.waiting == []

    await until(under_way)
    await erases(house, draft)
    await sending
    await house.settles()
    (digest,) = await posted(house, "Labelling digest", LEADS)
    assert SECRET not in str(digest.blocks)
    assert SECRET not in await tables(house)


async def test_an_erasure_that_is_done_again_shows_nothing_that_a_later_one_took_out(house: House) -> None:
    first, second = await house.draft(DRAFT), await house.draft(f"{DRAFT} Again.")
    house.moves(days=1)
    await a_digest_quotes(house, {first: "Nougat", second: SECRET})
    await house.settles()
    await house.fault(method="chat.update", kind="drop_before")
    await erases(house, first)
    await erases(house, second)
    assert SECRET not in await tables(house)
    (digest,) = await posted(house, "Labelling digest", LEADS)
    assert SECRET not in str(digest.blocks)
    for _ in range(5):
        house.moves(minutes=1)
        await house.settles()
    (digest,) = await posted(house, "Labelling digest", LEADS)
    assert SECRET not in str(digest.blocks)
    assert "Nougat" not in str(digest.blocks)
