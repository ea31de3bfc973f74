"""What no rule recognises an agent reports, and it is gone from the card, the draft and its answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlmodel import select

from bot import chunks
from bot.surfaces import report
from handlers.slack import focus
from sandbox.people import Message, Outcome
from storage.models import Audit
from storage.queries import seen, unsaved
from storage.words import AuditAct
from tests.databases import Postgres, somebody_waits
from tests.house import ESCALATIONS, SUPPORT, House
from tests.stories.steps import (
    again,
    answers_lost,
    label,
    notes,
    one_database,
    posted,
    second_bot,
    stored,
    stored_draft,
    until,
)
from tests.stories.test_erasure import tables

WORDS = "Words that are personal data, one a line"
NAME, STREET = "Zebulon Quimby", "4 Fernleaf Crescent"


async def told(house: House, words: str, person: str = "ana") -> Outcome:
    card = await house.card(1, seen_by=person)
    await house.people[person].clicks("Report personal data", card)
    await house.people[person].fills({WORDS: words})
    return await house.people[person].submits()


async def planted(house: House) -> int:
    return await house.draft(
        f"Dear {NAME}, we have sent it to {STREET}.",
        prompt=f"My name is {NAME.upper()}. I live at {STREET}.",
        context={"shipped to": {"lines": [NAME, STREET]}},
    )


async def test_reported_words_are_replaced_in_every_field_and_on_the_card(shared_house: House) -> None:
    house = shared_house
    draft = await planted(house)
    await house.bea.clicks("Edit", await house.card(draft, seen_by="bea"))
    await house.bea.fills({"Reply": f"Dear {NAME}, it is on its way.", "Note": f"{NAME} again"})
    await house.bea.submits()
    await house.settles()
    assert (await told(house, f"{NAME}\n\n {STREET} \n")).closed
    assert (await notes(house, "ana"))[-1] == report.removed(8)
    await house.settles()
    card = await house.card(draft)
    assert NAME.casefold() not in card.text_seen.casefold()
    assert "Dear [PRIVATE_1], we have sent it to [PRIVATE_2]." in card.text_seen
    stored = await stored_draft(house, draft)
    assert stored.conversation[-1]["content"] == "My name is [PRIVATE_1]. I live at [PRIVATE_2]."
    assert stored.context == {"shipped to": {"lines": ["[PRIVATE_1]", "[PRIVATE_2]"]}}
    answer = await label(house, draft, "bea")
    assert answer is not None
    assert (answer.revision.text, answer.revision.note) == ("Dear [PRIVATE_1], it is on its way.", "[PRIVATE_1] again")


async def escalated(house: House, draft: int) -> None:
    await house.bea.clicks("Escalate", await house.card(draft, seen_by="bea"))
    await house.bea.fills({"Why must a human take over?": "Safety"})
    assert (await house.bea.submits()).closed


async def the_notice(house: House) -> Message:
    (notice,) = await posted(house, "Needs a human: safety", ESCALATIONS)
    return notice


Deed = Callable[..., Awaitable[Any]]


@asynccontextmanager
async def halted(patch: pytest.MonkeyPatch, place: Any, name: str) -> AsyncIterator[asyncio.Event]:
    """Whoever comes to the deed waits there until the block ends; the event says that somebody has come."""
    deed: Deed = getattr(place, name)
    come, gone = asyncio.Event(), asyncio.Event()

    async def waits(*args: Any, **more: Any) -> Any:
        come.set()
        await gone.wait()
        return await deed(*args, **more)

    with patch.context() as patched:
        patched.setattr(place, name, waits)
        try:
            yield come
        finally:
            gone.set()


async def test_words_are_found_however_their_accents_are_written(house: House) -> None:
    apart, whole = "Rene\u0301 Dube\u0301", "Ren\u00e9 Dub\u00e9"  # a Mac's file name, and a keyboard
    draft = await house.draft(f"Dear {apart}, we are on it.", prompt=f"This is {whole}.")
    assert (await told(house, whole)).closed
    assert (await notes(house, "ana"))[-1] == report.removed(2)
    stored = await stored_draft(house, draft)
    assert "Dub" not in f"{stored.text} {stored.conversation}"


@one_database
@pytest.mark.parametrize(
    ("named", "stands"),
    [
        ("Strau\u00df", "STRAUSS"),
        ("STRAUSS", "Strau\u00df"),
        ("O'Brien", "O\u2019Brien"),
        ("Ada Quill", "Ada\u00a0 Quill"),
        ("ﾔﾏﾀﾞ", "ﾔﾏﾀﾞ"),  # half width: a voiced sound is a sign of its own
        ("ヤマダ", "ﾔﾏﾀﾞ"),
    ],
)
async def test_what_is_read_alike_is_removed_or_said_to_be_missing(house: House, named: str, stands: str) -> None:
    draft = await house.draft("Hello.", prompt=f"I am {stands}.")
    assert (await told(house, named)).closed
    assert (await notes(house, "ana"))[-1] == report.removed(1)
    assert (await stored_draft(house, draft)).conversation[-1]["content"] == "I am [PRIVATE_1]."


@one_database
async def test_a_word_that_nobody_can_see_is_no_word(house: House) -> None:
    await house.draft("Hello, a and b.", prompt="I am a.")
    assert list((await told(house, "a\u200b")).errors.values()) == [report.SHORT]


@one_database
@pytest.mark.parametrize("name", ["Quimby & Sons", "zalando.de", "_quimby_", "@quimby", "<quimby>"])
async def test_words_that_slack_wants_written_otherwise_go_from_the_notice_as_well(
    shared_house: House, name: str
) -> None:
    house = shared_house
    draft = await house.draft(f"Dear {name}, hello.", prompt=f"We are {name}.", context={"account": name})
    await escalated(house, draft)
    await house.settles()
    assert name.strip("_@<>") in as_typed(await the_notice(house))
    assert (await told(house, name)).closed
    await house.settles()
    assert name.strip("_@<>") not in as_typed(await the_notice(house))
    assert name.strip("_@<>") not in (await tables(house)).replace("\\u2060", "").replace("&amp;", "&")


def as_typed(message: Message) -> str:
    return message.text_seen.replace("\u2060", "")


@one_database
async def test_a_name_that_stands_in_what_slack_calls_its_blocks_leaves_them_as_they_are(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft("Hello.", prompt="I am Rich.")
    await escalated(house, draft)
    await house.settles()
    assert (await told(house, "Rich")).closed
    await house.settles()
    assert "I am [PRIVATE_1]." in (await the_notice(house)).text_seen


async def test_words_that_are_reported_while_the_notice_is_about_to_be_sent_are_not_sent(
    shared_house: House, on_postgres: Postgres | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = shared_house
    draft = await planted(house)
    await house.fault(method="chat.postMessage", kind="ratelimit", seconds=5)
    await escalated(house, draft)
    await house.bot.tools.afterwards.done()
    house.moves(seconds=6)
    async with second_bot(house) as other:
        async with halted(monkeypatch, seen, "first_time") as come:
            reporting = asyncio.create_task(told(house, f"{NAME}\n{STREET}"))
            await come.wait()
            sending = asyncio.create_task(other.tools.courier.deliver_due())
            if on_postgres is not None:  # SQLite's one writer is waited for by itself
                await until(lambda: somebody_waits(house.sessions))
        assert (await reporting).closed
        await sending
    await house.settles()
    said = [str(one["request"]) for one in await house.traffic() if "Needs a human" in str(one["request"])]
    assert [STREET in one for one in said] == [True, False]  # Slack took the second one only
    assert STREET not in (await the_notice(house)).text_seen


async def test_what_is_put_aside_while_words_are_reported_does_not_bring_them_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await planted(house)
    await house.bea.types("/assay next", in_=SUPPORT)
    await house.bea.fills({"Reply": f"Dear {NAME}, write to ada@example.org."})
    async with halted(monkeypatch, focus, "_typed") as come:
        skipping = asyncio.create_task(house.bea.clicks("Skip"))
        await come.wait()
        assert (await told(house, NAME)).closed
    await skipping
    await house.settles()
    assert sorted((await stored_draft(house, draft)).placeholders.values()) == ["[EMAIL_1]", "[PRIVATE_1]"]
    async with house.sessions.reading() as session:
        left = await unsaved.get(session, draft, house.bea.id)
    assert left is not None
    assert left.text == "Dear [PRIVATE_1], write to [EMAIL_1]."


async def test_an_escalation_notice_is_drawn_again_without_the_reported_words(house: House) -> None:
    draft = await planted(house)
    await house.bea.clicks("Escalate", await house.card(draft, seen_by="bea"))
    await house.bea.fills({"Why must a human take over?": "Safety"})
    await house.bea.submits()
    await house.settles()
    (notice,) = await posted(house, "Needs a human: safety", ESCALATIONS)
    assert STREET in notice.text_seen
    await house.bea.clicks("Undo", await house.bea.last_private_note(SUPPORT))
    await house.settles()
    assert (await told(house, STREET)).closed
    await house.settles()
    (notice,) = await posted(house, "Needs a human: safety", ESCALATIONS)
    assert f"My name is {NAME.upper()}. I live at [PRIVATE_1]." in notice.text_seen
    assert notice.text.startswith("*Called off by ")


async def test_words_that_stand_nowhere_are_named_and_nothing_is_removed(house: House) -> None:
    draft = await planted(house)
    outcome = await told(house, f"{NAME}\nSomebody Else")
    assert list(outcome.errors.values()) == [report.missing(["Somebody Else"])]
    assert list((await told_again(house, "x")).errors.values()) == [report.SHORT]
    assert NAME in (await house.card(draft)).text_seen


@one_database
async def test_a_name_that_stands_in_placeholders_too_leaves_them_whole(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft("Dear Ms Mai, we wrote to li.mai@example.org.", prompt="I am Mai, li.mai@example.org.")
    await escalated(house, draft)
    await house.settles()
    assert (await told(house, "Mai")).closed
    await house.settles()
    stored = await stored_draft(house, draft)
    assert stored.text == "Dear Ms [PRIVATE_1], we wrote to [EMAIL_1]."
    assert stored.conversation[-1]["content"] == "I am [PRIVATE_1], [EMAIL_1]."
    assert "I am [PRIVATE_1], [EMAIL_1]." in (await the_notice(house)).text_seen
    assert list((await told(house, "Riva")).errors.values()) == [report.missing(["Riva"])]


@one_database
@pytest.mark.parametrize("named", [NAME, "zebulon_quimby"])
async def test_a_name_that_the_topic_shows_with_blanks_is_removed_from_it(shared_house: House, named: str) -> None:
    house = shared_house
    draft = await house.draft(f"Dear {named},", topic="vip/zebulon_quimby")
    await escalated(house, draft)
    await house.settles()
    assert "Vip › Zebulon quimby" in (await the_notice(house)).text_seen
    assert (await told(house, named)).closed
    await house.settles()
    kept = await stored_draft(house, draft)
    assert (kept.text, kept.topic) == ("Dear [PRIVATE_1],", "vip/[PRIVATE_1]")
    for shown in (await house.card(draft), await the_notice(house)):
        assert "Zebulon quimby" not in shown.text_seen


async def test_words_are_removed_also_where_they_stand_as_the_name_of_a_field(shared_house: House) -> None:
    house = shared_house
    await house.draft("Hello.", context={NAME: "yes", "plan": {f"of {NAME.lower()}": 1}})
    assert (await told(house, NAME)).closed
    await house.settles()
    assert (await notes(house, "ana"))[-1] == report.removed(2)
    assert (await stored_draft(house, 1)).context == {"[PRIVATE_1]": "yes", "plan": {"of [PRIVATE_1]": 1}}
    assert NAME.casefold() not in (await tables(house)).casefold()


@one_database
async def test_a_number_of_the_context_is_removed_as_words_are(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft("Hello.", context={"account": 5512, "years": 3, "vip": True})
    await escalated(house, draft)
    await house.settles()
    assert "5512" in (await the_notice(house)).text_seen
    assert (await told(house, "5512")).closed
    assert (await notes(house, "ana"))[-1] == report.removed(1)
    await house.settles()
    assert (await stored_draft(house, draft)).context == {"account": "[PRIVATE_1]", "years": 3, "vip": True}
    for shown in (await house.card(draft), await the_notice(house)):
        assert "5512" not in shown.text_seen


SPOKEN = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "We are An, Us."},
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "Yes?"},
]


@one_database
async def test_names_that_stand_in_the_word_for_who_speaks_leave_the_draft_usable(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft("Hello.", prompt=None, conversation=SPOKEN, context={"role": "An"})
    await escalated(house, draft)
    await house.settles()
    assert (await told(house, "An\nUs")).closed
    assert (await notes(house, "ana"))[-1] == report.removed(3)
    await house.settles()
    kept = await stored_draft(house, draft)
    assert [turn["role"] for turn in kept.conversation] == [turn["role"] for turn in SPOKEN]
    assert kept.conversation[1]["content"] == "We are [PRIVATE_1], [PRIVATE_2]."
    assert kept.context == {"role": "[PRIVATE_1]"}
    assert "We are [PRIVATE_1], [PRIVATE_2]." in (await the_notice(house)).text_seen
    assert list((await told(house, "sist")).errors.values()) == [report.missing(["sist"])]


@one_database
async def test_of_two_names_that_overlap_nothing_is_left(house: House) -> None:
    draft = await house.draft("Dear Anna Maria Lopez, hello.", prompt="I am Maria Lopez.")
    assert (await told(house, "Anna Maria\nMaria Lopez")).closed
    assert (await notes(house, "ana"))[-1] == report.removed(2)
    assert (await stored_draft(house, draft)).text == "Dear [PRIVATE_1], hello."


@one_database
async def test_a_report_whose_answer_was_lost_is_a_success_when_it_is_pressed_again(house: House) -> None:
    draft = await house.draft("Hello.", prompt=f"I am {NAME}, of {STREET}.")
    await house.ana.clicks("Report personal data", await house.card(draft))
    await house.ana.fills({WORDS: NAME})
    async with answers_lost(house):
        assert (await house.ana.submits()).error, "Slack says that the app did not answer"
    assert (await house.ana.submits()).closed
    assert (await notes(house, "ana"))[-2:] == [report.removed(1), report.ALREADY]
    assert len(await reports_in_the_trail(house)) == 1
    await house.settles()
    assert (await told(house, f"{NAME.upper()}\n{STREET}", "bea")).closed  # what is new goes all the same
    assert (await notes(house, "bea"))[-1] == report.removed(1)
    assert (await stored_draft(house, draft)).conversation[-1]["content"] == "I am [PRIVATE_1], of [PRIVATE_2]."


@one_database
async def test_a_report_that_the_network_brings_twice_is_a_success(house: House) -> None:
    await house.draft("Hello.", prompt=f"I am {NAME}.")
    first = await told(house, NAME)
    assert (await again(house, first.traffic))["status"] == 200
    assert (await notes(house, "ana"))[-2:] == [report.removed(1), report.ALREADY]
    assert len(await reports_in_the_trail(house)) == 1


async def reports_in_the_trail(house: House) -> list[Audit]:
    async with house.sessions.reading() as session:
        return list((await session.exec(select(Audit).where(Audit.act == AuditAct.REPORTED))).all())


async def told_again(house: House, words: str) -> Outcome:
    await house.ana.fills({WORDS: words})
    return await house.ana.submits()


async def test_a_later_answer_that_repeats_the_words_is_redacted_by_the_same_placeholder(house: House) -> None:
    draft = await planted(house)
    assert (await told(house, NAME)).closed
    await house.settles()
    await house.ana.clicks("Edit", await house.card(draft))
    window = await house.ana.modal()
    assert window is not None
    assert window.fields["Reply"] == f"Dear [PRIVATE_1], we have sent it to {STREET}."
    await house.ana.fills({"Reply": f"Dear {NAME.upper()}, it is on its way.", "Note": f"({NAME}) called"})
    assert (await house.ana.submits()).closed
    answer = await label(house, draft, "ana")
    assert answer is not None
    assert (answer.revision.text, answer.revision.note) == (
        "Dear [PRIVATE_1], it is on its way.",
        "([PRIVATE_1]) called",
    )


@one_database
async def test_a_later_answer_brings_no_name_back_that_is_written_in_another_way(house: House) -> None:
    draft = await house.draft("Hello Ren\u00e9 Dub\u00e9.")
    assert (await told(house, "Ren\u00e9 Dub\u00e9")).closed
    await house.settles()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({"Reply": "Dear Rene\u0301 Dube\u0301,", "Note": "(REN\u00c9 \u00a0DUB\u00c9)"})
    assert (await house.ana.submits()).closed
    answer = await label(house, draft, "ana")
    assert answer is not None
    assert (answer.revision.text, answer.revision.note) == ("Dear [PRIVATE_1],", "([PRIVATE_1])")


@one_database
@pytest.mark.parametrize(
    ("name", "answer", "kept"),
    [
        ("山田太郎", "山田太郎様、お世話になっております。", "[PRIVATE_1]様、お世話になっております。"),
        ("김철수", "김철수님, 안녕하세요.", "[PRIVATE_1]님, 안녕하세요."),
        ("สมชาย", "คุณสมชายครับ", "คุณ[PRIVATE_1]ครับ"),
        ("Quimby", "Dear _Quimby_, hello.", "Dear _[PRIVATE_1]_, hello."),
    ],
)
async def test_a_later_answer_brings_no_name_back_to_which_other_words_are_glued(
    shared_house: House, name: str, answer: str, kept: str
) -> None:
    house = shared_house
    draft = await house.draft("Hello there.", prompt=f"I am {name}.")
    assert (await told(house, name)).closed
    await house.settles()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({"Reply": answer})
    assert (await house.ana.submits()).closed
    saved = await label(house, draft, "ana")
    assert saved is not None
    assert saved.revision.text == kept


async def test_a_window_that_was_open_meanwhile_does_not_bring_the_words_back(house: House) -> None:
    draft = await planted(house)
    await house.ana.clicks("Edit", await house.card(draft))
    assert (await told(house, f"{NAME}\n{STREET}", "bea")).closed
    assert (await house.ana.submits()).closed
    assert await stored(house, draft, "ana") == (
        "counted",
        "approved",
        "Dear [PRIVATE_1], we have sent it to [PRIVATE_2].",
        1,
    )


SHORT_OF_TWO = f"Dear Jo, here is what we did. {'We looked at each part of it. ' * 100}"[:2_395]


@pytest.mark.parametrize("touched", [False, True], ids=["left as it is", "written in"])
async def test_a_reply_that_has_more_parts_since_words_were_struck_out_has_none_of_them_twice(
    house: House, touched: bool
) -> None:
    draft = await house.draft(SHORT_OF_TWO, prompt="I am Jo.")
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({"Reply": SHORT_OF_TWO + ("!" if touched else "")})
    assert (await told(house, "Jo", "bea")).closed
    assert len(chunks.split((await stored_draft(house, draft)).text or "")) == 2
    assert (await house.ana.submits()).closed
    clean = SHORT_OF_TWO.replace("Jo", "[PRIVATE_1]")
    said = ("edited", f"{clean}!") if touched else ("approved", clean)
    assert await stored(house, draft, "ana") == ("counted", *said, 1)


LONG_NAME = "Jonathan Maximilian Quimby of Springfield"
OF_THREE = "\n\n".join([("It is all told here. " * 95).strip(), " ".join([LONG_NAME] * 55), "And so on. " * 90]).strip()


@pytest.mark.parametrize("way", ["the window", "focus mode", "put aside"])
async def test_what_is_added_to_a_reply_stays_though_it_has_fewer_parts_since_words_were_struck_out(
    house: House, way: str
) -> None:
    assert len(chunks.split(OF_THREE)) == 3
    draft = await house.draft(OF_THREE)
    if way == "the window":
        await house.ana.clicks("Read and review", await house.card(draft))
    else:
        await house.ana.types("/assay next", in_=SUPPORT)
    await house.ana.fills({"Reply, more": "And thank you."})
    assert (await told(house, LONG_NAME, "bea")).closed
    clean = (await stored_draft(house, draft)).text or ""
    assert len(chunks.split(clean)) == 2
    if way == "put aside":
        await house.ana.clicks("Skip")
        await house.ana.clicks("Show the one skipped")
    await house.ana.submits()
    await house.settles()
    assert await stored(house, draft, "ana") == ("counted", "edited", f"{clean}\n\nAnd thank you.", 1)


async def test_a_part_that_begins_elsewhere_since_words_were_struck_out_is_stored_as_it_was_written(
    house: House,
) -> None:
    told_first = " ".join(f"Step {number} of this is done by Jo." for number in range(68))
    text = f"{told_first} " + " ".join(f"Then comes the step {number} of the rest." for number in range(40))
    draft = await house.draft(text)
    await house.ana.clicks("Read and review", await house.card(draft))
    window = await house.ana.modal()
    assert window is not None
    first, second = (window.fields[f"Reply, part {number} of 2"] for number in (1, 2))
    await house.ana.fills({"Reply, part 2 of 2": f"{second} Bye."})
    assert (await told(house, "Jo", "bea")).closed
    parts = chunks.split((await stored_draft(house, draft)).text or "")
    assert len(parts) == 2
    assert len(parts[1].text) > len(str(second))
    assert (await house.ana.submits()).closed
    written = f"{first}\n\n{second} Bye.".replace("Jo", "[PRIVATE_1]")
    assert await stored(house, draft, "ana") == ("counted", "edited", written, 1)


async def test_a_part_that_lost_words_only_is_put_back_where_it_was(house: House) -> None:
    ends = [f"{'This is told at length here. ' * 60}Jo does part {number}." for number in (1, 2)]
    draft = await house.draft("\n".join(ends))
    await house.ana.clicks("Read and review", await house.card(draft))
    await house.ana.fills({"Reply, part 2 of 2": f"{ends[1]} Bye."})
    assert (await told(house, "Jo", "bea")).closed
    assert (await house.ana.submits()).closed
    written = "\n".join(ends).replace("Jo", "[PRIVATE_1]")
    assert await stored(house, draft, "ana") == ("counted", "edited", f"{written} Bye.", 1)
