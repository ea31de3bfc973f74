"""Focus mode: one window after the other, with ways to skip and to go back; nothing typed is lost."""

from collections.abc import MutableMapping
from typing import Any

import pytest

from bot.surfaces.notes import OTHER_WINDOW, REFUSED_WINDOW
from sandbox.people import Modal
from storage.models import Slot
from storage.queries import drafts, golds
from tests.house import CUSTOMER, DRAFT, SUPPORT, House, sets_up
from tests.stories.steps import (
    again,
    answers_lost,
    gone,
    label,
    leads_set_up,
    notes,
    one_database,
    posted,
    removes,
    rows,
    stored,
)

NEXT = "/assay next"
LONG = "\n\n".join(f"Paragraph {number} of a reply that is long. " + "It goes on and on. " * 30 for number in range(14))
REPLY, HUMAN, VERDICT = "Reply", "Must a human take over?", "This draft is"


async def window(house: House, person: str = "ana") -> Modal:
    seen = await house.people[person].modal()
    assert seen is not None
    return seen


async def begins(house: House, person: str = "ana") -> Modal:
    outcome = await house.people[person].types(NEXT, in_=SUPPORT)
    assert outcome.toast is None
    await house.settles()
    return await window(house, person)


async def goes_on(house: House, person: str = "ana", **fields: object) -> Modal:
    """Fill in, save, and see the next window."""
    if fields:
        await house.people[person].fills({name.replace("_", " "): value for name, value in fields.items()})  # type: ignore[misc]
    outcome = await house.people[person].submits()
    assert not outcome.closed, outcome
    assert (outcome.errors, outcome.error) == ({}, None)
    await house.settles()
    return await window(house, person)


async def three(house: House) -> list[int]:
    return [await house.draft(prompt=f"Question {number}", topic=f"topic/{number}") for number in (1, 2, 3)]


async def test_windows_follow_one_another_and_say_how_far_one_has_come(house: House) -> None:
    first, second, third = await three(house)
    seen = await begins(house)
    assert (seen.title, seen.submit, seen.close) == ("Review", "Save and next", "Stop")
    assert "0 today · 3 waiting" in seen.text
    assert "Question 1" in seen.text
    assert seen.fields[REPLY] == DRAFT
    seen = await goes_on(house)
    assert "Saved: approved as is." in seen.text
    assert "1 today · 2 waiting" in seen.text
    seen = await goes_on(house, Reply=f"{DRAFT} Bye.")
    assert "Saved: your edit (1 word changed)." in seen.text
    await house.ana.fills({VERDICT: "Not usable"})
    refused = await house.ana.submits()
    assert list(refused.errors.values()) == ["Choose why this draft cannot be used, then press Save and next again."]
    seen = await goes_on(house, **{"Why can this draft not be used?": "Wrong tone", HUMAN: "Legal threat"})
    assert "All done. 3 reviewed today." in seen.text.replace("*", "")
    assert "Next drafts usually come around 13:00." in seen.text
    assert seen.submit is None
    assert await stored(house, first, "ana") == ("counted", "approved", DRAFT, 1)
    assert await stored(house, second, "ana") == ("counted", "edited", f"{DRAFT} Bye.", 1)
    assert await stored(house, third, "ana") == ("counted", "rejected", None, 1)
    assert await notes(house, "ana") == []
    assert len(await posted(house, "· done")) == 3


async def test_skipped_drafts_come_again_when_asked_for_with_what_was_typed(house: House) -> None:
    await three(house)
    await begins(house)
    await house.ana.fills({REPLY: f"{DRAFT} I write from kim@example.org", "Note": "Ask Lea."})
    await house.ana.clicks("Skip")
    seen = await window(house)
    assert "Question 2" in seen.text
    await house.ana.clicks("Skip")
    seen = await goes_on(house)
    assert "Nothing else waits.* You skipped 2 and reviewed 1 today." in seen.text
    assert await rows(house) == (1, 1)
    await house.ana.clicks("Show the 2 skipped")
    seen = await window(house)
    assert "Question 1" in seen.text
    assert seen.fields[REPLY] == f"{DRAFT} I write from [EMAIL_1]"
    assert seen.fields["Note"] == "Ask Lea."
    await goes_on(house)
    found = await label(house, 1, "ana")
    assert found is not None
    assert (found.revision.text, found.revision.note) == (f"{DRAFT} I write from [EMAIL_1]", "Ask Lea.")


async def test_what_was_chosen_before_a_draft_was_skipped_is_chosen_when_it_comes_again(house: House) -> None:
    await three(house)
    await begins(house)
    chosen: dict[str, str | list[str] | None] = {
        "This draft is": "Not usable",
        "Why can this draft not be used?": "Wrong facts",
        "Must a human take over?": "Legal threat",
        "Topics to flag": ["Legal"],
    }
    await house.ana.fills(chosen)
    await house.ana.clicks("Skip")
    await house.ana.clicks("Back")
    seen = await window(house)
    assert "Question 1" in seen.text
    assert {name: seen.fields[name] for name in chosen} == chosen
    await house.ana.fills({"Must a human take over?": "No, a reply is enough"})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Back")
    assert (await window(house)).fields == seen.fields | {"Must a human take over?": "No, a reply is enough"}
    await goes_on(house)
    found = await label(house, 1, "ana")
    assert found is not None
    said = found.revision
    assert (said.verdict, said.reject_reason, said.escalation, said.tags) == (
        "rejected",
        "wrong_facts",
        None,
        ["legal"],
    )


async def test_an_answered_draft_that_is_passed_over_on_the_way_on_was_not_skipped(house: House) -> None:
    await three(house)
    await begins(house)
    await goes_on(house)
    await house.ana.clicks("Back")
    await house.ana.clicks("Skip")
    assert "Question 2" in (await window(house)).text
    await goes_on(house)
    assert "*All done.* 3 reviewed today." in (await goes_on(house)).text


@one_database
async def test_what_was_typed_and_chosen_is_there_after_any_number_of_skips(house: House) -> None:
    await three(house)
    await begins(house)
    filled: dict[str, str | list[str] | None] = {
        REPLY: f"{DRAFT} X",
        "Note": "Ask Lea.",
        HUMAN: "Legal threat",
        "Topics to flag": ["Legal"],
    }
    await house.ana.fills(filled)
    for _ in range(3):
        await house.ana.clicks("Skip")
        await house.ana.clicks("Back")
        seen = await window(house)
        assert {name: seen.fields[name] for name in filled} == filled
    await house.ana.fills({"Note": "Ask Lars."})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Back")
    seen = await window(house)
    assert {name: seen.fields[name] for name in filled} == filled | {"Note": "Ask Lars."}
    await goes_on(house)
    found = await label(house, 1, "ana")
    assert found is not None
    assert (found.revision.text, found.revision.note) == (f"{DRAFT} X", "Ask Lars.")


@one_database
async def test_a_note_that_was_emptied_stays_empty_when_its_draft_was_skipped(house: House) -> None:
    await three(house)
    await begins(house)
    await goes_on(house, Note="Ask Lea.")
    await house.ana.clicks("Back")
    await house.ana.fills({"Note": ""})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Back")
    assert not (await window(house)).fields["Note"]
    await goes_on(house)
    found = await label(house, 1, "ana")
    assert found is not None
    assert found.revision.note is None


@one_database
async def test_a_window_saves_the_text_that_it_shows_or_nothing(house: House) -> None:
    draft = await house.draft()
    await begins(house)
    await house.ana.fills({REPLY: f"{DRAFT} Kept words.", "Note": "Ask Lea."})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Show the one skipped")
    first = await window(house)
    await begins(house)  # a second window over the first
    await house.ana.fills({REPLY: "Something else entirely."})
    await house.ana.clicks("Skip")
    await house.ana.closes()
    assert (await window(house)).id == first.id
    refused = await house.ana.submits()
    assert list(refused.errors.values()) == [OTHER_WINDOW]
    assert await stored(house, draft, "ana") is None
    await house.ana.clicks("Skip")
    await house.ana.clicks("Back")
    seen = await window(house)
    assert (seen.fields[REPLY], seen.fields["Note"]) == ("Something else entirely.", "Ask Lea.")
    await goes_on(house)
    assert await stored(house, draft, "ana") == ("counted", "edited", "Something else entirely.", 1)


@one_database
async def test_what_is_typed_last_is_kept_of_what_two_windows_hold(house: House) -> None:
    await house.draft()
    await begins(house)
    await house.ana.fills({"Note": "Ask Lea."})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Show the one skipped")
    await begins(house)
    await house.ana.fills({"Note": "Ask Lars."})
    await house.ana.clicks("Skip")
    await house.ana.closes()
    await house.ana.fills({REPLY: f"{DRAFT} First window."})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Back")
    seen = await window(house)
    assert (seen.fields[REPLY], seen.fields["Note"]) == (f"{DRAFT} First window.", "Ask Lars.")


@one_database
async def test_a_long_reply_that_two_windows_changed_is_kept_whole_and_in_order(house: House) -> None:
    await house.draft(LONG)
    await begins(house)
    await house.ana.fills({"Reply, more": "Kept first."})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Show the one skipped")
    await begins(house)
    await house.ana.fills({"Reply, more": "Kept by the other window."})
    await house.ana.clicks("Skip")
    await house.ana.closes()
    seen = await window(house)
    first = next(name for name in seen.fields if name.startswith("Reply, part 1 of"))
    await house.ana.fills({first: f"Hello! {seen.fields[first]}", "Reply, more": "Typed last."})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Back")
    await goes_on(house)
    found = await label(house, 1, "ana")
    assert found is not None
    assert (found.revision.text or "").split() == f"Hello! {LONG} Kept first. Typed last.".split()


@one_database
async def test_a_saved_answer_stands_over_what_was_typed_before_it_though_the_clock_was_set_back(house: House) -> None:
    await house.draft()
    await begins(house)
    await house.ana.fills({REPLY: f"{DRAFT} Kept words."})
    await house.ana.clicks("Skip")
    house.moves(minutes=-10)
    await house.ana.clicks("Show the one skipped")
    await goes_on(house, Reply=f"{DRAFT} Final.")
    await house.ana.clicks("Back")
    assert (await window(house)).fields[REPLY] == f"{DRAFT} Final."


@pytest.mark.parametrize("way", ["the window", "the card"])
async def test_an_answer_that_is_saved_as_it_was_stands_over_what_was_put_aside(house: House, way: str) -> None:
    first, *_ = await three(house)
    card = await house.card(first)
    await house.fault(method="response_url", kind="drop_before", times=20)
    await house.fault(method="chat.update", kind="error", error="internal_error", times=20)
    await begins(house)
    await goes_on(house)
    await house.ana.clicks("Back")
    await house.ana.fills({REPLY: f"{DRAFT} Bye.", "Note": "Ask Lea."})
    await house.ana.clicks("Skip")
    if way == "the card":
        await house.ana.clicks("Approve", card)
        await house.settles()
    await house.ana.clicks("Back")
    if way == "the window":
        assert (await window(house)).fields[REPLY] == f"{DRAFT} Bye."
        await house.ana.fills({REPLY: DRAFT, "Note": None})
        await goes_on(house)
        await house.ana.clicks("Back")
    seen = await window(house)
    assert (seen.fields[REPLY], seen.fields["Note"]) == (DRAFT, None)
    assert await stored(house, first, "ana") == ("counted", "approved", DRAFT, 1)


async def test_a_window_that_puts_back_what_was_saved_can_be_saved_twice(house: House) -> None:
    first, *_ = await three(house)
    await begins(house)
    await goes_on(house)
    await house.ana.clicks("Back")
    await house.ana.fills({REPLY: f"{DRAFT} Bye."})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Back")
    await house.ana.fills({REPLY: DRAFT})
    async with answers_lost(house):
        assert (await house.ana.submits()).error
    assert "Saved: approved as is." in (await goes_on(house)).text
    assert await stored(house, first, "ana") == ("counted", "approved", DRAFT, 1)


async def test_a_press_that_the_network_brings_again_discards_nothing_that_was_put_aside_since(house: House) -> None:
    first, *_ = await three(house)
    await begins(house)
    saved = await house.ana.submits()
    await house.settles()
    await house.ana.clicks("Back")
    await house.ana.fills({REPLY: f"{DRAFT} Bye."})
    await house.ana.clicks("Skip")
    await again(house, saved.traffic)
    await house.ana.clicks("Back")
    assert (await window(house)).fields[REPLY] == f"{DRAFT} Bye."
    assert await stored(house, first, "ana") == ("counted", "approved", DRAFT, 1)


@one_database
@pytest.mark.parametrize("way", [NEXT, "Skip"])
async def test_a_draft_that_slack_refuses_to_show_is_passed_over_and_logged(
    house: House, way: str, every_log: list[MutableMapping[str, Any]]
) -> None:
    await three(house)
    refused = "1"
    if way == "Skip":
        await begins(house)
        refused = "2"
    await house.fault(method="views.open" if way == NEXT else "views.update", kind="error", error="invalid_arguments")
    seen = await begins(house) if way == NEXT else None
    if seen is None:
        await house.ana.clicks("Skip")
        seen = await window(house)
    assert f"Question {int(refused) + 1}" in seen.text
    assert "Slack refused to show a draft, so it was skipped." in seen.text
    (logged,) = [one for one in every_log if one["event"] == "slack refused a window"]
    assert (logged["log_level"], logged["draft"]) == ("error", int(refused))
    await house.ana.clicks("Skip")
    assert f"Question {refused}" not in (await window(house)).text


@one_database
async def test_a_queue_of_which_slack_shows_nothing_says_so_and_does_not_speak_of_time(house: House) -> None:
    await three(house)
    await house.fault(method="views.open", kind="error", error="invalid_arguments", times=100)
    await house.ana.types(NEXT, in_=SUPPORT)
    assert await house.ana.modal() is None
    assert (await notes(house, "ana"))[-1] == REFUSED_WINDOW


@one_database
async def test_a_note_that_grew_by_redaction_can_be_shown_and_changed(house: House) -> None:
    await three(house)
    await begins(house)
    long = " ".join(f"{chr(97 + number % 26)}{number // 26 or ''}@b.co" for number in range(130))[:1000]
    await house.ana.fills({"Note": long})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Back")
    seen = await window(house)
    assert len(str(seen.fields["Note"])) > 1000
    await house.ana.fills({"Note": f"{seen.fields['Note']}"[:-1]})
    await goes_on(house)


@one_database
async def test_who_is_taken_out_of_the_channel_reads_so_and_finds_the_words_again_when_added(house: House) -> None:
    draft = await house.draft()
    await begins(house)
    await house.ana.fills({REPLY: f"{DRAFT} I write from kim@example.org"})
    await removes(house, "ana")
    await house.settles()
    await house.ana.clicks("Skip")
    seen = await window(house)
    assert "You are not a reviewer of this channel." in seen.text
    assert "What you typed is kept" in seen.text
    assert "skipped" not in seen.text
    await house.ana.closes(all=True)
    await house.max.invites(house.ana, to=SUPPORT)
    await house.settles()
    seen = await begins(house)
    assert seen.fields[REPLY] == f"{DRAFT} I write from [EMAIL_1]"
    await goes_on(house)
    assert await stored(house, draft, "ana") == ("counted", "edited", f"{DRAFT} I write from [EMAIL_1]", 1)


async def test_the_way_back_leads_to_what_was_saved_and_it_can_be_changed(house: House) -> None:
    first, second, _ = await three(house)
    await begins(house)
    await goes_on(house, Reply=f"{DRAFT} One.")
    await house.ana.fills({REPLY: f"{DRAFT} Half of two"})
    await house.ana.clicks("Back")
    seen = await window(house)
    assert "Question 1" in seen.text
    assert seen.fields[REPLY] == f"{DRAFT} One."
    assert seen.fields[VERDICT] == "Good with my changes"
    seen = await goes_on(house, Reply=f"{DRAFT} Uno.")
    assert "Question 2" in seen.text
    assert seen.fields[REPLY] == f"{DRAFT} Half of two"
    assert await stored(house, first, "ana") == ("counted", "edited", f"{DRAFT} Uno.", 2)
    assert await stored(house, second, "ana") is None


async def test_a_draft_of_any_length_goes_through_without_losing_a_letter(house: House) -> None:
    draft = await house.draft(LONG)
    seen = await begins(house)
    parts = [name for name in seen.fields if name.startswith("Reply, part")]
    assert len(parts) > 2
    seen = await goes_on(house)
    assert "Saved: approved as is." in seen.text
    assert await stored(house, draft, "ana") == ("counted", "approved", LONG, 1)
    again = await house.draft(LONG, prompt="Another question")
    await begins_again(house)
    await house.ana.fills({"Reply, more": "And one more line."})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Show the one skipped")
    seen = await window(house)
    assert any("And one more line." in str(value) for value in seen.fields.values())
    await goes_on(house)
    found = await label(house, again, "ana")
    assert found is not None
    assert found.revision.text is not None
    assert found.revision.text.startswith(LONG.rstrip())
    assert found.revision.text.endswith("And one more line.")


async def begins_again(house: House) -> Modal:
    await house.ana.closes(all=True)
    return await begins(house)


async def test_a_blank_is_written_or_handed_to_a_human_and_never_saved_empty(house: House) -> None:
    draft = await house.draft(None)
    seen = await begins(house)
    assert VERDICT not in seen.fields
    refused = await house.ana.submits()
    assert list(refused.errors.values()) == ["Write the reply, or say why a human must take over."]
    await house.ana.fills({"Write the reply you would send": "\u200b\u3164"})
    assert (await house.ana.submits()).errors == refused.errors
    await goes_on(house, **{"Write the reply you would send": "Here you are."})
    assert await stored(house, draft, "ana") == ("counted", "edited", "Here you are.", 1)


async def test_what_somebody_has_open_comes_last_and_is_kept_when_both_save(house: House) -> None:
    first, second, _ = await three(house)
    seen = await begins(house)
    assert "Question 1" in seen.text
    seen = await begins(house, "bea")
    assert "Question 2" in seen.text
    await house.bea.clicks("Skip")
    await house.bea.clicks("Skip")
    seen = await window(house, "bea")
    assert "Question 1" in seen.text
    assert "is on it too" in seen.text
    await goes_on(house, "bea")
    seen = await goes_on(house)
    assert "was first. Yours is kept as a second opinion. Kept: approved as is." in seen.text
    assert await stored(house, first, "ana") == ("extra", "approved", DRAFT, 1)
    assert "Question 2" in seen.text
    assert second == 2


async def test_a_lease_lost_and_an_hour_gone_lose_nothing(house: House) -> None:
    draft = await house.draft()
    await begins(house)
    house.moves(hours=1)
    await goes_on(house, Reply=f"{DRAFT} After lunch.")
    assert await stored(house, draft, "ana") == ("counted", "edited", f"{DRAFT} After lunch.", 1)


async def test_a_withdrawn_draft_is_kept_late_and_the_next_one_comes(house: House) -> None:
    first, *_ = await three(house)
    await begins(house)
    await house.withdraws(first)
    seen = await goes_on(house)
    assert "This draft was withdrawn while you wrote. Your text is kept." in seen.text
    assert "Question 2" in seen.text
    assert await stored(house, first, "ana") == ("late", "approved", DRAFT, 1)


async def test_a_shared_draft_is_asked_of_each_person_once(shared_house: House) -> None:
    house = shared_house
    await house.draft()
    await begins(house)
    assert "All done" in (await goes_on(house)).text
    seen = await begins(house, "bea")
    assert CUSTOMER in seen.text
    assert "on it too" not in seen.text
    await goes_on(house, "bea")
    async with house.sessions.reading() as session:
        gold = await golds.get(session, 1)
    assert gold is not None
    assert gold.kind == "consensus"


async def test_an_escalation_is_offered_to_one_more_person_and_never_on_the_card(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Escalate", await house.card(draft))
    await house.ana.fills({"Why must a human take over?": "Safety"})
    await house.ana.submits()
    await house.settles()
    assert (await house.card(draft, seen_by="bea")).buttons == []
    assert "All done" in (await begins(house)).text
    seen = await begins(house, "bea")
    assert "Independent second look: a colleague has answered this one too" in seen.text
    assert "0 today · 0 waiting · 1 for a second look" in seen.text
    assert "Safety" not in str(seen.fields.get(HUMAN))
    await goes_on(house, "bea")
    async with house.sessions.reading() as session:
        found = await drafts.get(session, draft)
        slots = await drafts.slots(session, draft)
        gold = await golds.get(session, draft)
    assert found is not None
    assert (found.state, gold) == ("disputed", None)
    assert [slot.trigger for slot in slots] == [None, "escalated"]
    assert all(isinstance(slot, Slot) and slot.label_id for slot in slots)
    assert "Nothing waits for you." in (await begins(house, "chen")).text


async def test_a_heavy_edit_that_a_second_person_confirms_is_consensus(house: House) -> None:
    draft = await house.draft()
    other = "Please call us, we cannot do this by mail and need to hear from you first of all."
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({REPLY: other})
    await house.ana.submits()
    await house.settles()
    seen = await begins(house, "bea")
    assert "Independent second look" in seen.text
    assert other not in seen.text
    await goes_on(house, "bea", Reply=other)
    async with house.sessions.reading() as session:
        gold = await golds.get(session, draft)
    assert gold is not None
    assert (gold.kind, gold.text) == ("consensus", other)


async def test_pressing_twice_skips_once(house: House) -> None:
    await three(house)
    await begins(house)
    await house.ana.clicks("Skip", wait=False)
    await house.ana.clicks("Skip", wait=False)
    await house.box.world.idle()
    await house.settles()
    seen = await window(house)
    assert "Question 2" in seen.text or "Question 3" in seen.text
    assert await rows(house) == (0, 0)


async def test_a_database_that_is_away_keeps_the_window_and_its_words(house: House, request: object) -> None:
    postgres = request.getfixturevalue("postgres") if house.url.startswith("postgresql") else None  # type: ignore[attr-defined]
    draft = await house.draft()
    await begins(house)
    await house.ana.fills({REPLY: f"{DRAFT} Kept."})
    async with gone(house, postgres):
        outcome = await house.ana.submits()
        assert "Your text is still here" in next(iter(outcome.errors.values()))
    await goes_on(house)
    assert await stored(house, draft, "ana") == ("counted", "edited", f"{DRAFT} Kept.", 1)


async def test_only_reviewers_get_a_queue(house: House) -> None:
    await house.draft()
    for stranger in ("gus", "zoe"):
        await house.people[stranger].types(NEXT, in_=SUPPORT) if stranger == "gus" else None
        assert await house.people[stranger].modal() is None
    assert "You review no channel yet." in (await notes(house, "gus"))[-1]


async def test_who_reviews_other_channels_only_reads_who_can_add_them_here(house: House) -> None:
    await house.draft()
    await leads_set_up(house)
    named: dict[str, Any] = {"Who may review": [house.ana.id]}
    await sets_up(house, **named)
    await house.max.types(NEXT, in_=SUPPORT)
    assert await house.max.modal() is None
    added = f"<@{house.lea.id}> and <@{house.lars.id}> can add you."
    assert (await notes(house, "max"))[-1] == f"You are not a reviewer of this channel. {added}"
