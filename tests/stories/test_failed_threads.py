"""What belongs into the thread of a message that Slack refuses for good does not wait for it for ever."""

import pytest
from sqlmodel import col, select

from bot.home.admin import send_again
from bot.surfaces import home_admin
from sandbox.workspace import TEAM_ID
from storage.models import Delivery
from storage.words import DeliveryKind, DeliveryState
from tests.house import ESCALATIONS, LEADS, SUPPORT, House
from tests.stories.steps import delivery, escalates, one_database, posted
from tests.stories.test_digest_fallback import KEY, is_asked_for
from tests.stories.test_home import home

POST, FIGURES = "chat.postMessage", f"{KEY.replace('digest', 'figures')}:1"


async def waiting(house: House) -> list[str]:
    async with house.sessions.reading() as session:
        query = select(Delivery.key).where(col(Delivery.state) == DeliveryState.PENDING)
        return list((await session.exec(query)).all())


async def undoes(house: House) -> None:
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    await house.ana.clicks("Undo", note)
    await house.settles()


async def test_figures_fail_with_their_digest_and_come_with_it_when_it_is_posted_again(house: House) -> None:
    await house.fault(method=POST, kind="error", error="msg_too_long", times=100)
    await is_asked_for(house)
    for _ in range(10):
        house.moves(minutes=1)
        await house.settles()
    assert (await delivery(house, KEY)).state == DeliveryState.FAILED
    assert (await delivery(house, FIGURES)).state == DeliveryState.FAILED
    assert await waiting(house) == []
    page = await home(house, "max")
    assert page.buttons.count("Post again") == 1
    assert home_admin.WHAT[DeliveryKind.FIGURES] not in page.text
    await house.http.delete("/control/faults")
    await house.max.clicks("Post again", on=page)
    for _ in range(10):
        await house.settles()
        house.moves(minutes=1)
    (digest,) = await posted(house, "Labelling digest", LEADS)
    assert [one.text.partition("\n")[0] for one in await house.lea.reads_thread(digest)][1:] == ["All figures"]
    assert await waiting(house) == []


@one_database
async def test_a_second_escalation_is_told_though_the_first_notice_failed(house: House) -> None:
    draft = await house.draft()
    await house.fault(method=POST, kind="error", error="msg_too_long", times=2)
    await escalates(house, draft)
    assert (await delivery(house, f"notice:{draft}")).state == DeliveryState.FAILED
    await undoes(house)
    assert await waiting(house) == []
    assert await posted(house, "no human is needed", ESCALATIONS) == []
    await escalates(house, draft)
    assert len(await posted(house, "Needs a human: legal threat", ESCALATIONS)) == 1
    await undoes(house)
    (notice,) = await posted(house, "Needs a human: legal threat", ESCALATIONS)
    thread = await house.lea.reads_thread(notice)
    assert [one.text for one in thread][1:] == [
        f"<@{house.ana.id}> has changed this answer: no human is needed any more."
    ]


@one_database
async def test_a_second_escalation_that_waited_for_the_first_is_told_when_that_fails(house: House) -> None:
    draft = await house.draft()
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    await escalates(house, draft)
    await undoes(house)
    await escalates(house, draft)
    assert len(await waiting(house)) == 4  # two notices, the note that the first is off, and its last change
    await house.fault(method=POST, kind="error", error="msg_too_long", times=2)
    house.moves(seconds=31)
    await house.settles()
    assert await waiting(house) == []
    assert len(await posted(house, "Needs a human: legal threat", ESCALATIONS)) == 1
    states = [(await delivery(house, f"notice:{draft}{turn}")).state for turn in ("", ":1", ":2")]
    assert states == [DeliveryState.FAILED, DeliveryState.FAILED, DeliveryState.SENT]


@one_database
async def test_a_thread_comes_in_its_order_when_a_notice_is_posted_again(house: House) -> None:
    draft = await house.draft()
    await house.fault(method=POST, kind="error", error="msg_too_long", times=2)
    await escalates(house, draft)
    await undoes(house)
    failed = await delivery(house, f"notice:{draft}")
    async with house.sessions.writing() as session:
        await send_again(session, TEAM_ID, failed.id, attempts=failed.attempts, now=house.now(), by=house.max.id)
    await house.settles()
    (notice,) = await posted(house, "Needs a human: legal threat", ESCALATIONS)
    assert len(await house.lea.reads_thread(notice)) == 2


@one_database
@pytest.mark.parametrize("raised_again", [False, True])
async def test_a_notice_that_is_posted_again_says_how_things_are_by_then(house: House, raised_again: bool) -> None:
    draft = await house.draft()
    await house.fault(method=POST, kind="error", error="msg_too_long", times=2)
    await escalates(house, draft)
    await undoes(house)
    if raised_again:
        await escalates(house, draft)
    failed = await delivery(house, f"notice:{draft}")
    async with house.sessions.writing() as session:
        await send_again(session, TEAM_ID, failed.id, attempts=failed.attempts, now=house.now(), by=house.max.id)
    await house.settles()
    notices = await posted(house, "Needs a human: legal threat", ESCALATIONS)
    assert ["Called off by" in one.text for one in notices] == ([False, False] if raised_again else [True])
