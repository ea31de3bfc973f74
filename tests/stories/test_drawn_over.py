"""A card is drawn once for each change, and once more where Slack may yet do an older draw."""

import pytest

from storage.words import DeliveryState
from tests.house import SUPPORT, House
from tests.stories.steps import delivery, notes, one_database


async def draws(house: House) -> tuple[int, int]:
    """How often cards were drawn anew through a press, and by the outbox."""
    said = await house.traffic()
    by_press = [one for one in said if one["method"] == "response_url" and one["request"].get("replace_original")]
    return len(by_press), len([one for one in said if one["method"] == "chat.update"])


async def minutes_pass(house: House) -> None:
    await house.settles()
    for _ in range(8):
        house.moves(seconds=31)
        await house.bot.tools.courier.look_up_unclear()
        await house.settles()


async def undoes(house: House) -> None:
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    await house.ana.clicks("Undo", note)


async def the_next_draw(house: House, **fault: object) -> None:
    """What goes wrong when the next press on a card draws it; its private note is said before."""
    await house.fault(method="response_url", kind="delay", seconds=0)
    await house.fault(method="response_url", **fault)


@one_database
async def test_in_peace_a_card_is_drawn_once_for_each_change(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    await minutes_pass(house)
    assert await draws(house) == (1, 0)
    await undoes(house)
    await house.settles()
    told, by_outbox = await draws(house)  # the note is replaced through its press as well
    await minutes_pass(house)
    assert await draws(house) == (told, by_outbox) == (2, 1)
    await house.ana.clicks("Approve", await house.card(draft))
    await minutes_pass(house)
    assert await draws(house) == (3, 1)


async def test_a_card_is_drawn_once_more_where_slack_did_not_say_how_a_draw_ended(house: House) -> None:
    draft = await house.draft()
    await the_next_draw(house, kind="drop_before")
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()
    assert (await house.card(draft)).buttons == []
    assert await draws(house) == (1, 1)
    house.moves(seconds=29)
    await house.settles()
    assert await draws(house) == (1, 1)
    house.moves(seconds=2)
    await house.settles()
    assert await draws(house) == (1, 2)
    await minutes_pass(house)
    assert await draws(house) == (1, 2)
    assert (await delivery(house, f"redraw:{draft}")).state == DeliveryState.SENT


@one_database
async def test_a_draw_that_slack_refuses_is_done_by_the_outbox_and_no_more(house: House) -> None:
    draft = await house.draft()
    await the_next_draw(house, kind="status", status=404)
    await house.ana.clicks("Approve", await house.card(draft))
    await minutes_pass(house)
    assert await draws(house) == (1, 1)


@one_database
async def test_a_redraw_that_waits_for_slacks_pace_is_done_once(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()
    before = await draws(house)
    await house.fault(method="chat.update", kind="ratelimit", seconds=3)
    await undoes(house)
    await minutes_pass(house)
    assert "Approve" in (await house.card(draft)).buttons
    by_press, by_outbox = await draws(house)
    assert (by_press, by_outbox) == (before[0] + 1, before[1] + 2)  # the first of them was refused


@one_database
async def test_a_redraw_of_the_outbox_that_slack_did_not_answer_is_done_again_and_once_more_when_none_can_come(
    house: House,
) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()
    before = await draws(house)
    await house.fault(method="chat.update", kind="drop_after")
    await undoes(house)
    await house.settles()
    house.moves(seconds=10)
    await house.settles()
    assert (await draws(house))[1] == before[1] + 2
    await minutes_pass(house)
    assert (await draws(house))[1] == before[1] + 3
    assert "Approve" in (await house.card(draft)).buttons


@one_database
@pytest.mark.parametrize("page", ["<html>Sign in to this network</html>", '{"ok": false}'], ids=["page", "no"])
async def test_a_page_in_slacks_place_is_not_taken_for_a_draw_or_a_note(house: House, page: str) -> None:
    draft = await house.draft()
    await house.fault(method="response_url", kind="foreign", status=200, type="text/html", error=page, times=20)
    await house.ana.clicks("Approve", await house.card(draft))
    await minutes_pass(house)
    assert await notes(house, "ana") == ["Saved: approved as is."]
    assert "Approve" not in (await house.card(draft)).buttons
