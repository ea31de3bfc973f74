"""A channel closes while something is under way to it: it comes elsewhere, and says what it says by then."""

import asyncio
from typing import Any

import pytest

from bot import channel_life
from bot.delivery.posting import Poster
from bot.slack_channels import ARCHIVED
from sandbox.workspace import TEAM_ID
from storage.queries import closings, deliveries, drafts, labels, texts
from storage.words import ChannelState, DeliveryState
from tests.databases import somebody_waits
from tests.house import DRAFT, ESCALATIONS, SUPPORT, House, sets_up
from tests.stories.steps import delivery, escalates, forgets, notes, on_postgresql, posted, told_directly, until
from tests.stories.test_channel_life import does, stored
from tests.stories.test_erased_under_way import POST, ends
from tests.stories.test_erasure import SECRET, erases, tables
from tests.stories.test_failed_threads import undoes
from tests.stories.test_report import WORDS, halted, told

BUSY: list[dict[str, Any]] = [
    {"kind": "ratelimit", "seconds": 5},
    {"kind": "status", "status": 500},
    {"kind": "drop_before"},
]


@pytest.mark.parametrize("closed", ["archive", "delete"])
@pytest.mark.parametrize("how", BUSY, ids=lambda how: how["kind"])
async def test_a_notice_that_was_under_way_when_its_channel_closed_comes_elsewhere_whatever_slack_answers(
    house: House, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any], closed: str
) -> None:
    await closes_under_way(house, monkeypatch, ESCALATIONS, closed, how)
    assert len(await posted(house, "Needs a human", SUPPORT)) == 1


async def closes_under_way(
    house: House, monkeypatch: pytest.MonkeyPatch, channel: str, closed: str, how: dict[str, Any]
) -> None:
    """An escalation's notice is being sent to a channel while that is closed; then some minutes go by."""
    await house.draft(DRAFT)
    async with halted(monkeypatch, Poster, "_say") as come:
        await house.ana.clicks("Escalate", await house.card(1))
        await house.ana.fills({"Why must a human take over?": "Legal threat"})
        await house.ana.submits()
        await come.wait()
        await house.fault(method=POST, **how)
        body = {"user": house.max.id, "channel": channel}
        (await house.http.post(f"/control/{closed}", json=body)).raise_for_status()

        async def is_heard() -> bool:
            return (await stored(house, channel)).state in (ChannelState.ARCHIVED, ChannelState.GONE)

        await until(is_heard)
    await a_while(house)


async def a_while(house: House) -> None:
    """Some minutes, in which the clock of each bot ticks."""
    for _ in range(5):
        await house.settles()
        await house.bot.tools.courier.look_up_unclear()
        await house.bot.tools.courier.turn_from_closed()
        house.moves(minutes=1)


@on_postgresql
async def test_an_escalation_that_is_announced_just_when_its_channel_closes_comes_elsewhere(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.draft(DRAFT)
    async with halted(monkeypatch, labels, "expose") as come:
        escalated = asyncio.create_task(escalates(house, 1))
        await come.wait()
        await does(house, "archive", channel=ESCALATIONS)
    await escalated
    assert "so this channel is told at once" in (await notes(house, "ana"))[-1]
    await a_while(house)
    assert len(await posted(house, "Needs a human", SUPPORT)) == 1


@on_postgresql
async def test_words_that_are_reported_while_the_channel_of_their_notice_closes_come_back_into_no_message(
    shared_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = shared_house
    await house.draft(DRAFT, prompt=f"I am {SECRET}.")
    await house.fault(method=POST, kind="ratelimit", seconds=5)
    await escalates(house, 1)
    assert (await delivery(house, "notice:1")).state == DeliveryState.PENDING
    async with halted(monkeypatch, texts, "quoting") as come:
        report = asyncio.create_task(told(house, SECRET, "bea"))
        await come.wait()
        closed = asyncio.create_task(closes(house, ESCALATIONS))
        await until(lambda: somebody_waits(house.sessions))
    await closed
    assert (await report).closed
    house.moves(seconds=6)
    await ends(house)
    assert SECRET not in await tables(house)
    (notice,) = await posted(house, "Needs a human", SUPPORT)
    assert "I am [PRIVATE_1]." in notice.text_seen
    assert "#escalations is archived" in notice.text_seen


@on_postgresql
async def test_an_escalation_is_raised_again_just_when_the_private_channel_in_which_its_notice_waits_closes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, place = await house.draft(DRAFT), await stored(house, ESCALATIONS)
    async with house.sessions.writing() as session:
        place.private = place.members_known = True  # its members alone have seen the answer
        session.add(place)
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    await escalates(house, draft)
    await undoes(house)
    async with halted(monkeypatch, labels, "expose") as come:
        escalated = asyncio.create_task(escalates(house, draft))
        await come.wait()
        closed = asyncio.create_task(closes(house, ESCALATIONS))
        await until(lambda: somebody_waits(house.sessions))
    await closed
    await escalated
    house.moves(seconds=31)
    await a_while(house)
    assert len(await posted(house, "Needs a human", SUPPORT)) == 1
    async with house.sessions.reading() as session:
        assert await labels.is_exposed(session, draft, house.bea.id)


async def closes(house: House, slack_id: str) -> None:
    """Slack says that a channel is archived."""
    async with house.sessions.writing() as session:
        await channel_life.follow(session, team=TEAM_ID, slack_id=slack_id, seen=ARCHIVED, now=house.now())


@on_postgresql
async def test_somebody_is_erased_while_slack_says_that_the_channel_of_their_notice_is_archived(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.draft(DRAFT)
    house.moves(seconds=5)
    await house.fault(method=POST, kind="error", error="is_archived")
    async with halted(monkeypatch, channel_life, "learn") as come:
        escalated = asyncio.create_task(escalates(house, 1))
        await come.wait()
        await forgets(house, "ana")  # holds channels, then messages: the other way round both would wait
    await escalated
    await a_while(house)
    assert house.ana.id not in await tables(house)
    (notice,) = await posted(house, "Needs a human", SUPPORT)
    assert "raised by somebody" in notice.text_seen


@on_postgresql
async def test_whoever_closes_a_channel_turns_no_notice_that_came_in_since_for_nobody_holds_that(house: House) -> None:
    first, second = await house.draft(DRAFT), await house.draft(f"{DRAFT} Again.")
    await house.fault(method=POST, kind="ratelimit", seconds=60)
    await escalates(house, first)
    place = await stored(house, ESCALATIONS)

    async def turned() -> list[str]:
        async with house.sessions.writing() as session:
            return [one.key for one in await closings.held_for(session, place, channel_life.TURNED)]

    async with house.sessions.writing() as session:
        assert await deliveries.held_one(session, (await delivery(house, "notice:1")).id)
        closing = asyncio.create_task(turned())
        await until(lambda: somebody_waits(house.sessions))
        await escalates(house, second)
    assert await closing == ["notice:1"]


async def test_a_notice_whose_draft_was_erased_while_it_was_unclear_keeps_no_channel_from_closing(house: House) -> None:
    draft = await house.draft(DRAFT)
    house.moves(seconds=5)
    await house.fault(method=POST, kind="drop_before")
    await escalates(house, draft)
    await erases(house, draft)
    await does(house, "delete", channel=ESCALATIONS)
    assert (await stored(house, ESCALATIONS)).state == ChannelState.GONE
    await escalates(house, await house.draft(f"{DRAFT} Again."))
    assert len(await posted(house, "Needs a human", SUPPORT)) == 1


async def waits_and_is_turned(house: House, draft: int, *, raised_again: bool) -> None:
    """An escalation that is called off while its notice waits; then the channel closes."""
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    await escalates(house, draft)
    await undoes(house)
    if raised_again:
        await escalates(house, draft)
    await does(house, "archive", channel=ESCALATIONS)
    house.moves(seconds=31)
    await a_while(house)


async def test_what_is_reported_leaves_a_notice_also_where_that_has_come_elsewhere(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft(DRAFT, prompt=f"I am {SECRET}.")
    await waits_and_is_turned(house, draft, raised_again=True)
    assert await posted(house, SECRET, SUPPORT)
    (card,) = [one for one in await house.bea.reads(SUPPORT) if "Report personal data" in one.buttons]
    await house.bea.clicks("Report personal data", card)
    await house.bea.fills({WORDS: SECRET})
    assert (await house.bea.submits()).closed
    await a_while(house)
    assert [one for one in await posted(house, "Needs a human", SUPPORT) if SECRET in one.text_seen] == []


async def test_an_escalation_is_called_off_where_its_notice_has_come(house: House) -> None:
    draft = await house.draft(DRAFT)
    await waits_and_is_turned(house, draft, raised_again=True)
    await undoes(house)
    await a_while(house)
    (notice,) = await posted(house, "Called off by", SUPPORT)
    thread = [one.text for one in await house.lea.reads_thread(notice)][1:]
    assert thread[-1] == f"<@{house.ana.id}> has changed this answer: no human is needed any more."


async def test_an_escalation_that_is_raised_again_after_its_channel_closed_is_told_once(house: House) -> None:
    draft = await house.draft(DRAFT)
    await waits_and_is_turned(house, draft, raised_again=False)
    await escalates(house, draft)
    await a_while(house)
    await does(house, "unarchive", channel=ESCALATIONS)
    await a_while(house)
    (notice,) = await posted(house, "Needs a human", SUPPORT)
    thread = [one.text_seen for one in await house.lea.reads_thread(notice)][1:]
    assert [words for words in thread if "Needs a human" in words] == thread[1:]
    assert len(thread) == 2
    assert await posted(house, "needed any more", ESCALATIONS) + await posted(house, "Needs a", ESCALATIONS) == []


async def test_where_an_escalation_was_told_in_a_closed_channels_place_it_is_told_once_more_in_that_thread(
    house: House,
) -> None:
    draft = await house.draft(DRAFT)
    await escalates(house, draft)
    await undoes(house)
    await does(house, "archive", channel=ESCALATIONS)
    for _ in range(2):
        await escalates(house, draft)
        await undoes(house)
    await escalates(house, draft)
    await a_while(house)
    (notice,) = await posted(house, "Needs a human", SUPPORT)
    calls = ["Needs a human" in one.text_seen for one in await house.lea.reads_thread(notice)]
    assert calls == [True, False, True, False, True]
    await does(house, "unarchive", channel=ESCALATIONS)
    await a_while(house)
    (first,) = await posted(house, "Needs a human", ESCALATIONS)
    assert "Called off" not in first.text


@pytest.mark.parametrize("closed", ["archive", "delete"])
async def test_a_second_notice_that_was_called_off_while_it_waited_says_so_where_it_comes(
    house: House, closed: str
) -> None:
    draft = await house.draft(DRAFT)
    await escalates(house, draft)
    await undoes(house)
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    await escalates(house, draft)
    await undoes(house)
    await does(house, closed, channel=ESCALATIONS)
    house.moves(seconds=31)
    await a_while(house)
    (notice,) = await posted(house, "Needs a human", SUPPORT)
    assert "Called off by" in notice.text


async def test_leads_are_not_told_of_a_second_notice_that_was_called_off_before_slack_refused_it(house: House) -> None:
    draft = await house.draft(DRAFT)
    await escalates(house, draft)
    await undoes(house)
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    await escalates(house, draft)
    await undoes(house)
    await house.fault(method=POST, kind="error", error="msg_too_long", times=2)
    house.moves(seconds=31)
    await a_while(house)
    assert (await delivery(house, f"notice:{draft}:2")).state == DeliveryState.FAILED
    assert await told_directly(house, "lea") == []


@pytest.mark.parametrize("closed_first", [True, False])
async def test_that_it_was_called_off_is_not_said_later_where_the_channel_was_closed_and_it_is_raised_again(
    house: House, closed_first: bool
) -> None:
    draft = await house.draft(DRAFT)
    await escalates(house, draft)
    if closed_first:
        await does(house, "archive", channel=ESCALATIONS)
    else:
        await house.fault(method=POST, kind="ratelimit", seconds=30)
    await undoes(house)
    await escalates(house, draft)
    if not closed_first:
        await does(house, "archive", channel=ESCALATIONS)
        house.moves(seconds=31)
        await a_while(house)
    await does(house, "unarchive", channel=ESCALATIONS)
    await a_while(house)
    (notice,) = await posted(house, "Needs a human", ESCALATIONS)
    assert "Called off" not in notice.text
    assert len(await house.lea.reads_thread(notice)) == 1
    await undoes(house)
    for place in (ESCALATIONS, SUPPORT):
        (notice,) = await posted(house, "Called off by", place)
        assert "needed any more" in (await house.lea.reads_thread(notice))[-1].text


@pytest.mark.parametrize("closed", ["archive", "delete"])
async def test_an_escalation_that_waits_for_its_drafts_own_closed_channel_is_told_to_each_lead(
    house: House, closed: str
) -> None:
    await sets_up(house, **{"Escalations are told to": SUPPORT})
    await house.draft(DRAFT)
    await house.fault(method=POST, kind="ratelimit", seconds=30, times=2)
    await escalates(house, 1)
    await does(house, closed)
    assert await told_directly(house, "lea") == []
    await a_while(house)
    for lead in ("lea", "lars"):
        (said,) = await told_directly(house, lead)
        assert said.startswith(f"<#{SUPPORT}> could not be told this, so you are.")
    if closed == "archive":
        await does(house, "unarchive")
        await a_while(house)
        assert len(await posted(house, "Needs a human", SUPPORT)) == 1
    assert len(await told_directly(house, "lea")) == 1


async def test_leads_are_not_told_of_what_stands_in_its_channel_since_that_is_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sets_up(house, **{"Escalations are told to": SUPPORT})
    for text in ("One.", "Two."):
        await house.draft(text)
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    for number in (1, 2):
        await escalates(house, number)
    await does(house, "archive")
    async with halted(monkeypatch, drafts, "locked") as come:
        turning = asyncio.create_task(house.bot.tools.courier.turn_from_closed())
        await come.wait()  # both are found
        house.moves(minutes=1)
        await does(house, "unarchive")
        for _ in range(3):
            house.moves(seconds=2)
            await house.settles()
        assert len(await posted(house, "Needs a human", SUPPORT)) == 2
    await turning
    await a_while(house)
    assert await told_directly(house, "lea") == []


@pytest.mark.parametrize("place", [SUPPORT, ESCALATIONS])
async def test_one_that_is_raised_in_a_window_after_its_drafts_own_channel_closed_is_told_to_each_lead(
    house: House, place: str
) -> None:
    await sets_up(house, **{"Escalations are told to": place})
    await house.draft(DRAFT)
    await house.ana.clicks("Escalate", await house.card(1))
    await house.ana.fills({"Why must a human take over?": "Legal threat"})
    for closed in {SUPPORT, place}:
        await does(house, "archive", channel=closed)
    assert (await house.ana.submits()).closed
    await a_while(house)
    (said,) = await told_directly(house, "lea")
    assert said.startswith(f"<#{SUPPORT}> could not be told this, so you are.")
    await does(house, "unarchive", channel=SUPPORT)
    await a_while(house)
    (notice,) = await posted(house, "Needs a human", SUPPORT)
    assert ("comes here" in notice.text) is (place != SUPPORT)


@pytest.mark.parametrize("how", BUSY[1:], ids=lambda how: how["kind"])
async def test_one_that_was_under_way_to_its_drafts_own_channel_when_that_was_deleted_is_told_to_each_lead(
    house: House, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any]
) -> None:
    await sets_up(house, **{"Escalations are told to": SUPPORT})
    await closes_under_way(house, monkeypatch, SUPPORT, "delete", how)
    for lead in ("lea", "lars"):
        (said,) = await told_directly(house, lead)
        assert said.startswith(f"<#{SUPPORT}> could not be told this, so you are.")


async def test_one_that_was_called_off_before_its_channel_closed_is_told_to_no_lead(house: House) -> None:
    await sets_up(house, **{"Escalations are told to": SUPPORT})
    await house.draft(DRAFT)
    await house.fault(method=POST, kind="ratelimit", seconds=30, times=2)
    await escalates(house, 1)
    await undoes(house)
    await does(house, "archive")
    await a_while(house)
    assert await told_directly(house, "lea") == []
