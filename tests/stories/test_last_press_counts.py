"""What a person did last stands, in whatever order the network brings what they pressed."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import update

from bot.surfaces import notes as sentences
from sandbox.people import Message
from sandbox.sending import signature
from storage.models import Revision
from tests.house import DRAFT, SUPPORT, House
from tests.stories.steps import again, held, notes, rows, stored

EDITED = DRAFT.replace("today", "yesterday")
CHANGED = DRAFT.replace("today", "tomorrow")


async def comes_late(house: House, traffic: int | None, *, seconds: int = 60) -> dict[str, Any]:
    """What the network held up for a while, as Slack signed it then."""
    sent = house.box.traffic.find(traffic or 0)
    assert sent is not None
    assert sent.raw is not None
    body, headers = sent.raw
    stamp = str(int(time.time()) - seconds)
    signed = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(house.box.app.signing_secret, stamp, body),
    }
    sent.raw = (body, {**headers, **signed})
    answer = await again(house, traffic)
    await house.settles()
    assert answer["status"] == 200
    return answer


async def is_not_saved(house: House, draft: int, button: str, on: Message) -> int | None:
    """Ana presses while the database is away."""
    async with held(house, draft):
        pressed = await house.ana.clicks(button, on)
        await house.settles()
    return pressed.traffic


async def newest_note(house: House) -> Message:
    """Ana's."""
    await house.settles()
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    return note


async def changes(house: House, on: Message) -> None:
    await house.ana.clicks("Change", on)
    await house.ana.fills({"Reply": CHANGED})
    assert (await house.ana.submits()).closed


async def test_a_submission_that_was_not_saved_and_comes_late_changes_no_later_answer(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.settles()
    await house.ana.fills({"Reply": EDITED})
    async with held(house, draft):
        refused = await house.ana.submits()
    assert not refused.closed
    assert (await house.ana.submits()).closed
    await changes(house, await newest_note(house))
    said = sentences.still_here(sentences.OVERTAKEN_MODAL)
    answer = await comes_late(house, refused.traffic)
    assert list(answer["answer"]["errors"].values()) == [said]
    assert await stored(house, draft, "ana") == ("counted", "edited", CHANGED, 2)


async def test_an_answer_that_was_put_back_as_it_was_saved_is_the_last_one_too(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    async with house.sessions.writing() as session:  # it was said two minutes ago
        await session.exec(update(Revision).values(sent_at=datetime.now(UTC) - timedelta(minutes=2)))
    await house.ana.clicks("Change", await newest_note(house))
    await house.ana.fills({"Reply": CHANGED})
    async with held(house, draft):
        refused = await house.ana.submits()
    assert not refused.closed
    await house.ana.fills({"Reply": DRAFT})
    assert (await house.ana.submits()).closed
    answer = await comes_late(house, refused.traffic)
    assert list(answer["answer"]["errors"].values()) == [sentences.still_here(sentences.OVERTAKEN_MODAL)]
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)


async def test_in_focus_mode_neither(house: House) -> None:
    draft = await house.draft()
    await house.ana.types("/assay next", in_=SUPPORT)
    await house.settles()
    await house.ana.fills({"Reply": EDITED})
    async with held(house, draft):
        refused = await house.ana.submits()
    assert refused.errors
    await house.ana.submits()
    await house.settles()
    await house.ana.clicks("Back")
    await house.settles()
    await house.ana.fills({"Reply": CHANGED})
    await house.ana.submits()
    assert await stored(house, draft, "ana") == ("counted", "edited", CHANGED, 2)
    answer = await comes_late(house, refused.traffic)
    assert list(answer["answer"]["errors"].values()) == [sentences.still_here(sentences.OVERTAKEN_MODAL)]
    assert await stored(house, draft, "ana") == ("counted", "edited", CHANGED, 2)


async def test_a_click_that_was_not_saved_and_comes_late_changes_no_later_answer(house: House) -> None:
    draft = await house.draft()
    card = await house.card(draft)
    refused = await is_not_saved(house, draft, "Approve", card)
    assert await rows(house) == (0, 0)
    await house.ana.clicks("Approve", card)
    await changes(house, await newest_note(house))
    await comes_late(house, refused)
    assert (await notes(house, "ana"))[-1] == sentences.OVERTAKEN
    assert await stored(house, draft, "ana") == ("counted", "edited", CHANGED, 2)


async def test_a_click_that_comes_after_its_undo_stays_undone(house: House) -> None:
    draft = await house.draft()
    card = await house.card(draft)
    refused = await is_not_saved(house, draft, "Approve", card)
    await house.ana.clicks("Approve", card)
    await house.ana.clicks("Undo", await newest_note(house))
    await comes_late(house, refused)
    assert (await notes(house, "ana"))[-1] == sentences.OVERTAKEN
    assert await rows(house) == (1, 2)


async def test_a_click_that_was_saved_and_comes_again_after_its_undo_is_not_called_saved(house: House) -> None:
    draft = await house.draft()
    approved = (await house.ana.clicks("Approve", await house.card(draft))).traffic
    await house.ana.clicks("Undo", await newest_note(house))
    await comes_late(house, approved)
    assert (await notes(house, "ana"))[-1] == sentences.OVERTAKEN
    assert await rows(house) == (1, 2)


async def test_an_undo_that_was_not_saved_and_comes_late_takes_no_later_answer_back(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    note = await newest_note(house)
    refused = await is_not_saved(house, draft, "Undo", note)
    await changes(house, note)
    await comes_late(house, refused)
    assert sentences.OVERTAKEN in await notes(house, "ana")  # in place of the note with the button
    assert await stored(house, draft, "ana") == ("counted", "edited", CHANGED, 2)


async def test_an_undo_that_comes_after_a_later_one_reads_undone(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    note = await newest_note(house)
    refused = await is_not_saved(house, draft, "Undo", note)
    await house.ana.clicks("Undo", note)
    await comes_late(house, refused)
    said = await notes(house, "ana")  # the note is answered in place
    assert sentences.UNDONE in said
    assert sentences.OVERTAKEN not in said
    assert await rows(house) == (1, 2)


async def test_a_click_that_comes_after_a_later_one_that_says_the_same_reads_saved(house: House) -> None:
    draft = await house.draft()
    card = await house.card(draft)
    refused = await is_not_saved(house, draft, "Approve", card)
    await house.ana.clicks("Approve", card)
    await comes_late(house, refused)
    assert (await notes(house, "ana"))[-1] == "Saved: approved as is."
    assert await rows(house) == (1, 1)
