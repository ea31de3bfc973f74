"""What is erased while Slack is asked to show it, or while somebody rewords it, is written back by nobody."""

import asyncio
from collections.abc import Collection, Mapping
from functools import partial

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import outbox
from bot.delivery.endings import Ending, ending
from bot.evidence import Gathered
from bot.surfaces.blocks import header, section
from bot.surfaces.composed import composed, plainer, to_send
from bot.surfaces.digest import Made
from storage.models import Delivery
from storage.queries import deliveries, drafts, erasing, redraws, turns
from storage.words import DeliveryState
from tests.databases import somebody_waits
from tests.house import DRAFT, ESCALATIONS, LEADS, House
from tests.stories.steps import delivery, escalates, on_postgresql, posted, second_bot, told_directly, until
from tests.stories.test_digest_fallback import CHART, lacks
from tests.stories.test_erasure import SECRET, channel_of, erases, tables
from tests.stories.test_failed_threads import undoes
from tests.stories.test_home import answers
from tests.stories.test_report import WORDS

POST = "chat.postMessage"


async def a_notice_under_way(house: House) -> Delivery:
    """A notice that a process has taken, and sends."""
    return await under_way(house, await house.draft(f"Dear {SECRET}", topic=SECRET))


async def under_way(house: House, draft: int) -> Delivery:
    """The notice of the draft, which a process has taken, and sends."""
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
    assert await refused(house, notice) == []
    assert SECRET not in await tables(house)


async def refused(house: House, notice: Delivery) -> list[str]:
    """Slack refuses the notice for good: what a lead is told of it directly."""
    await house.bot.tools.courier._write_down(notice, ending(DeliveryState.FAILED, error="msg_too_long"))
    await house.settles()
    return await told_directly(house, "lea")


async def test_leads_are_told_of_a_refused_notice_without_what_was_reported_meanwhile(house: House) -> None:
    draft = await house.draft(f"Dear {SECRET}", topic=SECRET)
    await house.bea.clicks("Report personal data", await house.card(draft, seen_by="bea"))
    notice = await under_way(house, draft)
    await house.bea.fills({WORDS: SECRET})
    assert (await house.bea.submits()).closed
    (alarm,) = await refused(house, notice)
    assert "could not be told this, so you are" in alarm
    assert "[PRIVATE_1]" in alarm
    assert SECRET not in alarm


async def test_leads_are_not_told_of_a_refused_notice_that_was_called_off_meanwhile(house: House) -> None:
    notice = await a_notice_under_way(house)
    await undoes(house)
    assert await refused(house, notice) == []


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

    async def is_asked() -> bool:
        return house.box.world.faults.waiting == []

    await until(is_asked)
    await erases(house, draft)
    await sending
    await house.settles()
    (digest,) = await posted(house, "Labelling digest", LEADS)
    assert SECRET not in str(digest.blocks)
    assert SECRET not in await tables(house)


async def test_a_digest_quotes_no_draft_that_was_erased_while_its_figures_were_computed(
    shared_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = shared_house
    draft = await house.draft(DRAFT, prompt=f"I am {SECRET} and ask", topic=SECRET)
    await answers(house, draft, "ana")
    await answers(house, draft, "bea", text="Please call us, this needs another answer altogether.")
    house.moves(days=1)
    computes = Gathered.compute

    async def meanwhile(found: Gathered, *, late: bool = False) -> Made:
        made = await computes(found, late=late)
        assert [one.draft.id for one in made.disputes] == [draft]
        await erases(house, draft)
        return made

    monkeypatch.setattr(Gathered, "compute", meanwhile)
    day = house.now().date()
    assert await house.bot.tools.digests.post(await channel_of(house), day, house.now(), though_quiet=True)
    await house.settles()
    (shown,) = await posted(house, "Labelling digest", LEADS)
    assert SECRET not in f"{shown.text} {shown.blocks}"
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


async def waits(house: House, **fields: str) -> int:
    """A draft about the secret, whose card Slack takes now and did not before."""
    await house.fault(method=POST, kind="ratelimit", seconds=5)
    draft = await house.draft(f"Dear {SECRET}", prompt=f"I am {SECRET}", **fields)
    house.moves(seconds=6)
    return draft


async def taken(house: House, session: AsyncSession) -> Delivery:
    """What a process sends next, taken in a transaction that has not ended."""
    chosen = await turns.next_open(session, house.now())
    assert chosen is not None
    found = await deliveries.take(session, chosen, now=house.now(), slack_time=house.now().timestamp())
    assert found is not None
    return found


async def ends(house: House) -> None:
    """All is done that is due, also what is looked for."""
    for _ in range(4):
        await house.settles()
        await house.bot.tools.courier.look_up_unclear()
        house.moves(minutes=3)


@on_postgresql
async def test_a_card_that_a_process_would_take_while_its_draft_is_erased_is_never_posted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await waits(house)
    reached, goes_on, deletes = asyncio.Event(), asyncio.Event(), erasing.delete_drafts

    async def later(session: AsyncSession, numbers: Collection[int]) -> Mapping[str, int]:
        reached.set()
        await goes_on.wait()
        return await deletes(session, numbers)

    monkeypatch.setattr(erasing, "delete_drafts", later)
    async with second_bot(house) as other:
        erased = asyncio.create_task(erases(house, draft))
        await reached.wait()
        sending = asyncio.create_task(other.tools.courier.deliver_due())

        async def taken_or_waits() -> bool:
            return await somebody_waits(house.sessions) or bool(await posted(house, SECRET))

        await until(taken_or_waits)
        goes_on.set()
        assert (await erased).drafts == 1
        await sending
    await ends(house)
    assert not await posted(house, SECRET)
    assert SECRET not in await tables(house)


@on_postgresql
async def test_a_card_that_was_just_taken_when_its_draft_is_erased_is_taken_out_of_slack(house: House) -> None:
    draft = await waits(house)
    async with house.sessions.writing() as session:
        card = await taken(house, session)
        erased = asyncio.create_task(erases(house, draft))
        await until(lambda: somebody_waits(house.sessions))
    assert (await erased).messages == 1
    await house.bot.tools.courier._write_down(card, await sent(house, card))
    assert await posted(house, SECRET)
    await ends(house)
    assert not await posted(house, SECRET)


async def sent(house: House, delivery: Delivery) -> Ending:
    """A process posts what it took, as it was then."""
    slack = await house.bot.tools.slack.of(delivery.team)
    answer = await slack.chat_postMessage(channel=delivery.to, **to_send(delivery.body or {"text": SECRET}))
    return ending(DeliveryState.SENT, ts=answer["ts"], posted_in=answer["channel"])


@on_postgresql
async def test_a_digest_that_was_just_taken_when_a_draft_is_erased_quotes_it_no_more(house: House) -> None:
    draft = await house.draft(DRAFT)
    house.moves(days=1)
    await a_digest_quotes(house, {draft: SECRET})
    async with house.sessions.writing() as session:
        digest = await taken(house, session)
        erased = asyncio.create_task(erases(house, draft))
        await until(lambda: somebody_waits(house.sessions))
    await erased
    await house.bot.tools.courier._write_down(digest, await sent(house, digest))
    assert SECRET in str([one.blocks for one in await posted(house, "Labelling digest", LEADS)])
    await ends(house)
    (shown,) = await posted(house, "Labelling digest", LEADS)
    assert SECRET not in str(shown.blocks)


@on_postgresql
async def test_whoever_writes_down_one_post_does_not_wait_for_the_next_that_an_erasure_holds(house: House) -> None:
    first = await waits(house)
    async with house.sessions.writing() as session:
        card = await taken(house, session)
    draft = await waits(house, external_id="second")
    async with house.sessions.writing() as session:
        await erasing.locked(session, [draft], skip=False)
        await erasing.held_posts_of(session, [draft])
        ended = asyncio.create_task(house.bot.tools.courier._end_and_take(card, await sent(house, card)))

        async def is_written_down() -> bool:
            return (await delivery(house, f"card:{first}")).state == DeliveryState.SENT

        await until(is_written_down)
    following = await ended
    assert following is not None
    assert following.draft_id == draft


@on_postgresql
async def test_leads_are_told_of_a_notice_that_failed_while_its_draft_was_held(house: House) -> None:
    notice = await a_notice_under_way(house)
    assert notice.draft_id is not None
    async with house.sessions.writing() as session:
        await erasing.locked(session, [notice.draft_id], skip=False)
        failed = ending(DeliveryState.FAILED, error="msg_too_long")
        told = asyncio.create_task(house.bot.tools.courier._write_down(notice, failed))
        await until(lambda: somebody_waits(house.sessions))
        await erasing.held_posts_of(session, [notice.draft_id])
    await told
    await house.settles()
    assert len(await told_directly(house, "lea")) == 1


@on_postgresql
async def test_whoever_draws_a_card_does_not_wait_for_its_draft_that_an_erasure_holds(house: House) -> None:
    draft = await house.draft(DRAFT)
    async with house.sessions.writing() as session:
        found = await drafts.get(session, draft)
        assert found is not None
        await outbox.redraw(session, await channel_of(house), found, now=house.now())
    hastened = partial(deliveries.hasten, key=redraws.key_of(draft), now=house.now())
    async with house.sessions.writing() as session:
        await erasing.locked(session, [draft], skip=False)
        drawing = asyncio.create_task(house.bot.tools.courier.deliver_after(hastened))
        await until(lambda: somebody_waits(house.sessions))  # holding nothing: it goes on when the draft is free
        await erasing.held_posts_of(session, [draft])
    assert await drawing == 1
