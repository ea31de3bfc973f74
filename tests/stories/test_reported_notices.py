"""What was reported is gone from each notice of an escalation; the link, the mentions and Assay's own words stay."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, func, select

from bot.delivery.posting import Poster
from bot.surfaces import report
from sandbox.people import Message
from storage.models import Delivery
from storage.queries import texts, threads
from storage.words import SOMEBODY, DeliveryKind, DeliveryState
from tests.databases import somebody_waits
from tests.house import ESCALATIONS, SUPPORT, House, sets_up
from tests.stories.steps import (
    delivery,
    escalates,
    forgets,
    label,
    notes,
    on_postgresql,
    one_database,
    posted,
    told_directly,
    until,
)
from tests.stories.test_channel_life import does
from tests.stories.test_erasure import tables
from tests.stories.test_failed_threads import undoes
from tests.stories.test_leads_are_told import NOWHERE
from tests.stories.test_report import WORDS, halted, told

NAME = "Zebulon Quimby"
POST = "chat.postMessage"


async def becomes_old(house: House) -> None:
    """The notice is as an older version has stored it: it does not say what it is made of."""
    async with house.sessions.writing() as session:
        made = (await session.exec(select(Delivery).where(Delivery.key == "notice:1"))).one()
        body: dict[str, Any] = made.body or {}
        made.body = {"text": body["text"], "blocks": body["blocks"]}
        session.add(made)


async def the_notice(house: House, channel: str = ESCALATIONS) -> Message:
    (notice,) = await posted(house, "Needs a human: legal threat", channel)
    return notice


async def reports(house: House, words: str) -> str:
    """What the agent reads of it."""
    assert (await told(house, words)).closed
    said = (await notes(house, "ana"))[-1]
    await house.settles()
    return said


async def is_gone(house: House, name: str = NAME) -> bool:
    """From Slack's channels, from each thread there, and from the database."""
    stored = await tables(house)
    shown = [one for channel in (SUPPORT, ESCALATIONS) for one in await posted(house, "", channel)]
    seen = [f"{one.text} {one.text_seen}" for notice in shown for one in await house.max.reads_thread(notice)]
    return not any(part in one for part in name.split() for one in [stored, *seen])


@one_database
@pytest.mark.parametrize("at", [2_886, 2_890, 2_896])
async def test_a_name_across_the_border_of_two_quotes_goes(shared_house: House, at: int) -> None:
    house = shared_house
    prompt = f"{('some words ' * 300)[:at]} {NAME}{' and so on' * 200}"
    await escalates(house, await house.draft("Hello.", prompt=prompt))
    assert "Zebulon" in (await the_notice(house)).text_seen
    assert await reports(house, NAME) == report.removed(1)
    assert await is_gone(house)
    assert "and so on" in (await the_notice(house)).text_seen


@one_database
async def test_a_name_that_the_notice_shows_in_part_only_goes(shared_house: House) -> None:
    house = shared_house
    long = f"{'far ' * 72}{NAME} and more"
    await escalates(house, await house.draft("Hello.", context={"route": long}))
    assert "Zebulon" in (await the_notice(house)).text_seen
    assert "Quimby" not in (await the_notice(house)).text_seen
    assert await reports(house, NAME) == report.removed(1)
    assert await is_gone(house)


@one_database
@pytest.mark.parametrize("word", ["17", "Ma", "U0", "an"])
async def test_a_short_word_spoils_no_link_no_mention_and_none_of_our_words(shared_house: House, word: str) -> None:
    house = shared_house
    await escalates(house, await house.draft("Hello.", prompt=f"I am Ms {word}, of {word} High Street."))
    before = await the_notice(house)
    assert f"raised by <@{house.ana.id}>" in before.blocks[-1]["elements"][0]["text"]
    assert await reports(house, word) == report.removed(2)
    after = await the_notice(house)
    assert [after.blocks[0], after.blocks[-1]] == [before.blocks[0], before.blocks[-1]]
    assert "I am Ms [PRIVATE_1], of [PRIVATE_1] High Street." in after.text_seen


@one_database
async def test_a_word_of_ours_is_not_in_the_draft(shared_house: House) -> None:
    house = shared_house
    await escalates(house, await house.draft("Hello.", prompt="Hello?"))
    assert list((await told(house, "human")).errors.values()) == [report.missing(["human"])]


@one_database
async def test_a_notice_that_shows_nothing_of_what_was_reported_is_left_alone(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft(f"Dear {NAME},", prompt="Hello?")
    await escalates(house, draft)
    assert await reports(house, NAME) == report.removed(1)
    async with house.sessions.reading() as session:
        asked = (await session.exec(select(Delivery.key).where(Delivery.kind == DeliveryKind.REDRAW))).all()
    assert asked == [f"redraw:{draft}"]  # of the card


@one_database
async def test_a_notice_that_placeholders_make_longer_fits(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft("Hello.", prompt=f"{'Ma ' * 3_000}end")
    await escalates(house, draft)
    assert await reports(house, "Ma") == report.removed(3_000)
    notice = await the_notice(house)
    assert "Ma " not in notice.text_seen
    assert "[PRIVATE_1] [PRIVATE_1]" in notice.text_seen
    shown = await delivery(house, f"redraw:{(await delivery(house, f'notice:{draft}')).id}")
    assert (shown.state, shown.error) == (DeliveryState.SENT, None)


async def test_a_thread_of_notices_is_made_anew_and_says_what_it_said(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft("Hello.", prompt=f"I am {NAME}, Ma for short.")
    await escalates(house, draft)
    await undoes(house)
    await house.bea.clicks("Escalate", await house.card(draft, seen_by="bea"))
    await house.bea.fills({"Why must a human take over?": "Safety"})
    await house.bea.submits()
    await house.settles()
    assert await reports(house, f"{NAME}\nMa") == report.removed(2)
    assert await is_gone(house)
    (first,) = await posted(house, "Needs a human: safety", ESCALATIONS)
    said = [one.text_seen for one in await house.max.reads_thread(first)]
    off = f"<@{house.ana.id}> has changed this answer: no human is needed any more."
    assert said == [first.text_seen, off, first.text_seen]
    assert "I am [PRIVATE_1], [PRIVATE_2] for short." in first.text_seen
    assert f"raised by <@{house.bea.id}>" in first.text_seen


async def test_a_notice_that_was_called_off_still_says_by_whom_and_why_it_was_raised(shared_house: House) -> None:
    house = shared_house
    await escalates(house, await house.draft("Hello.", prompt=f"I am {NAME}, Ma for short."))
    await undoes(house)
    assert await reports(house, f"{NAME}\nMa") == report.removed(2)
    assert await is_gone(house)
    notice = await the_notice(house)
    assert notice.text.startswith(f"*Called off by <@{house.ana.id}>: no human is needed any more.*\n~*Needs a human")
    assert f"raised by <@{house.ana.id}>" in notice.text_seen


async def test_words_that_are_reported_while_the_notice_is_being_sent_go_from_it(
    shared_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = shared_house
    draft = await house.draft("Hello.", prompt=f"I am {NAME}.")
    await house.bea.clicks("Escalate", await house.card(draft, seen_by="bea"))
    await house.bea.fills({"Why must a human take over?": "Legal threat"})
    async with halted(monkeypatch, Poster, "_say") as come:
        assert (await house.bea.submits()).closed
        await come.wait()
        assert (await told(house, NAME)).closed
        assert (await delivery(house, f"notice:{draft}")).state == DeliveryState.SENDING
    await house.settles()
    house.moves(seconds=10)
    await house.settles()
    sent = [str(one["request"]) for one in await house.traffic() if one["method"] == POST]
    assert [NAME in one for one in sent if "Needs a human" in one] == [True]
    assert await is_gone(house)
    assert "I am [PRIVATE_1]." in (await the_notice(house)).text_seen


@one_database
async def test_a_notice_in_place_of_a_closed_channel_still_says_why_it_comes_there(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft("Hello.", prompt=f"I am {NAME}, Ma for short.")
    await does(house, "delete", channel=ESCALATIONS)
    house.moves(seconds=5)
    await escalates(house, draft)
    before, card = await the_notice(house, SUPPORT), (await posted(house, "Suggested reply"))[0]
    await house.bea.clicks("Report personal data", card)
    await house.bea.fills({WORDS: f"{NAME}\nMa"})
    assert (await house.bea.submits()).closed
    await house.settles()
    after = await the_notice(house, SUPPORT)
    assert NAME not in f"{after.text} {after.text_seen} {await tables(house)}"
    assert "so this comes here. A workspace admin can choose another one" in after.text
    assert after.blocks[-1] == before.blocks[-1]


@one_database
async def test_what_leads_are_told_in_place_of_a_channel_is_made_anew_as_well(shared_house: House) -> None:
    house = shared_house
    await house.draft("Hello.", prompt=f"I am {NAME}, Ma for short.")
    await house.fault(method=POST, kind="error", error="restricted_action")
    await escalates(house, 1)
    assert (
        "could not be told this, so you are. Unarchive it, invite Assay there" in (await told_directly(house, "lea"))[0]
    )
    await reports(house, f"{NAME}\nMa")
    assert NAME not in await tables(house)
    said = await everything_told(house, "lea")
    assert NAME not in said
    assert "I am [PRIVATE_1], [PRIVATE_2] for short." in said
    assert (
        f"<#{ESCALATIONS}> could not be told this, so you are. Unarchive it, invite Assay there, or choose another"
        in said
    )
    assert "*Needs a human: legal threat*" in said


async def everything_told(house: House, person: str) -> str:
    directly = house.box.world.workspace.direct(house.box.world.workspace.user(house.people[person].id))
    return str([(one.text, one.blocks) for one in directly.messages.values()])


@one_database
async def test_who_was_erased_is_not_named_again(shared_house: House) -> None:
    house = shared_house
    await escalates(house, await house.draft("Hello.", prompt=f"I am {NAME}."))
    await undoes(house)
    await forgets(house, "ana")
    assert (await told(house, NAME, "bea")).closed
    await house.settles()
    notice = await the_notice(house)
    assert f"raised by {SOMEBODY}" in notice.text_seen
    assert notice.text.startswith(f"*Called off by {SOMEBODY}: no human is needed any more.*")


@one_database
async def test_a_notice_of_an_older_version_is_struck_where_it_stands(shared_house: House) -> None:
    house = shared_house
    await escalates(house, await house.draft("Hello.", prompt=f"I am {NAME}."))
    await becomes_old(house)
    assert await reports(house, NAME) == report.removed(1)
    assert await is_gone(house)
    assert "I am [PRIVATE_1]." in (await the_notice(house)).text_seen


@one_database
@pytest.mark.parametrize("words", ["a_", "_a", "__a__"])
async def test_reported_words_that_are_one_letter_without_their_strokes_are_struck_as_they_are_written_alone(
    shared_house: House, words: str
) -> None:
    house = shared_house
    await escalates(house, await house.draft("Hello.", prompt=f"See {words} for it."))
    await becomes_old(house)
    before = (await the_notice(house)).text_seen
    assert await reports(house, words) == report.removed(1)
    await house.settles()
    assert (await the_notice(house)).text_seen == before.replace(words, "[PRIVATE_1]")
    await house.bea.clicks("Edit", await house.card(1, seen_by="bea"))
    await house.bea.fills({"Reply": "I have a question."})
    assert (await house.bea.submits()).closed
    answer = await label(house, 1, "bea")
    assert answer is not None
    assert answer.revision.text == "I have a question."


@on_postgresql
async def test_words_are_reported_just_when_a_notice_fails_in_whose_thread_another_waits(
    shared_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = shared_house
    await sets_up(house, overlap="All of them", **NOWHERE)
    draft = await house.draft("Hello.", prompt=f"I am {NAME}.")
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    await escalates(house, draft)
    await undoes(house)
    await escalates(house, draft)
    async with house.sessions.writing() as session:
        hangs = (col(Delivery.kind) == DeliveryKind.NOTICE, col(Delivery.parent).is_not(None))
        by_chance = func.concat("0000", func.substr(Delivery.id, 5))  # before what it hangs on
        await session.exec(update(Delivery).where(*hangs).values(id=by_chance))
    await house.fault(method=POST, kind="error", error="msg_too_long", times=4)
    house.moves(seconds=31)
    async with halted(monkeypatch, threads, "fail") as come:
        sending = asyncio.create_task(house.bot.tools.courier.deliver_due())
        await come.wait()
        report = asyncio.create_task(told(house, NAME, "bea"))
        await until(lambda: somebody_waits(house.sessions))
    assert (await report).closed
    await sending


@on_postgresql
async def test_a_notice_that_comes_elsewhere_since_its_channel_closes_just_then_shows_nothing_that_was_reported(
    shared_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = shared_house
    await house.draft("Hello.", prompt=f"I am {NAME}.")
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    await escalates(house, 1)
    async with halted(monkeypatch, texts, "held") as come:
        report = asyncio.create_task(told(house, NAME, "bea"))
        await come.wait()
        closing = asyncio.create_task(does(house, "delete", channel=ESCALATIONS))
        await until(lambda: somebody_waits(house.sessions))
    assert (await report).closed
    await closing
    house.moves(seconds=31)
    await house.settles()
    notice = await the_notice(house, SUPPORT)
    assert "so this comes here." in notice.text
    assert NAME not in f"{notice.text} {notice.text_seen} {await tables(house)}"
