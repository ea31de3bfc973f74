"""Whoever hands a draft to a human, or finds it not usable, and leaves the reply as it is, has written none."""

import pytest

from bot.surfaces.notes import WROTE_BUT_HUMAN
from sandbox.people import Modal
from tests.house import DRAFT, SUPPORT, House
from tests.stories.steps import answers_lost, label, one_database, stored
from tests.stories.test_focus import begins, window

VERDICT, HUMAN, WHY_NOT = "This draft is", "Must a human take over?", "Why can this draft not be used?"
FOR_A_HUMAN, NOT_USABLE = "For a human, without a reply", "Not usable"
EDITED, BETTER = f"{DRAFT} Sorry.", "Please call us: this is nothing for a letter."


async def changes(house: House) -> Modal:
    """The window in which Ana changes her answer."""
    await house.settles()
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    await house.ana.clicks("Change", note)
    return await window(house)


async def edits(house: House) -> int:
    """A draft to which Ana has saved an edit, and her window to change it."""
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({"Reply": EDITED})
    assert (await house.ana.submits()).closed
    assert (await changes(house)).fields["Reply"] == EDITED
    return draft


async def test_an_edit_that_is_handed_to_a_human_asks_why_and_is_a_reply_no_more(house: House) -> None:
    draft = await edits(house)
    await house.ana.fills({VERDICT: FOR_A_HUMAN})
    refused = await house.ana.submits()
    assert list(refused.errors.values()) == ["Choose why a human must take over, then press Save again."]
    await house.ana.fills({HUMAN: "Legal threat"})
    assert (await house.ana.submits()).closed
    assert await stored(house, draft, "ana") == ("counted", "not_judged", None, 2)


async def test_an_edit_of_a_draft_that_is_not_usable_is_no_better_reply(house: House) -> None:
    draft = await edits(house)
    await house.ana.fills({VERDICT: NOT_USABLE, WHY_NOT: "Wrong tone"})
    assert (await house.ana.submits()).closed
    assert await stored(house, draft, "ana") == ("counted", "rejected", None, 2)


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ({VERDICT: NOT_USABLE, WHY_NOT: "Wrong tone"}, "rejected"),
        ({VERDICT: FOR_A_HUMAN, HUMAN: "Legal threat"}, "not_judged"),
    ],
)
async def test_a_window_that_is_saved_again_since_its_answer_was_lost_says_the_same(
    house: House, filled: dict[str, str], said: str
) -> None:
    draft = await edits(house)
    await house.ana.fills({**filled})
    async with answers_lost(house):
        assert not (await house.ana.submits()).closed
    assert await stored(house, draft, "ana") == ("counted", said, None, 2)
    assert (await house.ana.submits()).closed
    assert await stored(house, draft, "ana") == ("counted", said, None, 2)


async def test_a_better_reply_stays_with_its_rejection_and_is_none_for_a_human(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Reject", await house.card(draft))
    await house.ana.fills({WHY_NOT: "Wrong tone", "A better reply": BETTER})
    assert (await house.ana.submits()).closed
    await changes(house)
    await house.ana.fills({WHY_NOT: "Unsafe"})
    assert (await house.ana.submits()).closed
    assert await stored(house, draft, "ana") == ("counted", "rejected", BETTER, 2)
    await changes(house)
    await house.ana.fills({VERDICT: FOR_A_HUMAN, HUMAN: "Legal threat"})
    assert (await house.ana.submits()).closed
    assert await stored(house, draft, "ana") == ("counted", "not_judged", None, 3)


@one_database
async def test_what_is_written_for_a_human_is_a_reply_and_why_is_asked_all_the_same(house: House) -> None:
    draft = await edits(house)
    await house.ana.fills({VERDICT: FOR_A_HUMAN, "Reply": BETTER})
    refused = await house.ana.submits()
    assert list(refused.errors.values()) == [WROTE_BUT_HUMAN.format(button="Save")]
    await house.ana.fills({HUMAN: "Legal threat"})
    assert (await house.ana.submits()).closed
    assert await stored(house, draft, "ana") == ("counted", "edited", BETTER, 2)
    found = await label(house, draft, "ana")
    assert found is not None
    assert found.revision.escalation == "legal threat"


@one_database
async def test_on_the_way_back_the_saved_edit_does_not_count_and_what_was_put_aside_does(house: House) -> None:
    drafts = [await house.draft(prompt=f"Question {number}") for number in (1, 2, 3)]
    await begins(house)
    for _ in drafts:
        await house.ana.fills({"Reply": EDITED})
        await house.ana.submits()
    await house.ana.clicks("Back")
    await house.ana.fills({VERDICT: NOT_USABLE, WHY_NOT: "Unsafe"})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Back")
    assert (await window(house)).fields[VERDICT] == NOT_USABLE
    await house.ana.submits()
    assert await stored(house, drafts[2], "ana") == ("counted", "rejected", None, 2)
    await house.ana.clicks("Back")
    await house.ana.clicks("Back")
    await house.ana.fills({VERDICT: NOT_USABLE, WHY_NOT: "Unsafe", "Reply": BETTER})
    await house.ana.clicks("Skip")
    await house.ana.clicks("Back")
    assert (await window(house)).fields["Reply"] == BETTER
    await house.ana.submits()
    assert await stored(house, drafts[1], "ana") == ("counted", "rejected", BETTER, 2)
