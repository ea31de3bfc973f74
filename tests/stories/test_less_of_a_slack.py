"""A stand-in for Slack, or a narrow install, that has less: what needs more steps down, the rest works."""

import pytest

from sandbox.app import PLAIN
from storage.words import DeliveryState
from tests.house import DRAFT, House
from tests.houses import Houses
from tests.stories.steps import delivery, notes, one_database, posted, stored

pytestmark = one_database
POST, MAX = "chat.postMessage", "U0000000006"


async def lacks(house: House, *names: str) -> None:
    (await house.http.post("/control/app", json={"plain": names})).raise_for_status()


async def days_pass(house: House) -> None:
    for _ in range(4):
        house.moves(hours=12)
        await house.bot.tools.courier.look_up_unclear()
        await house.settles()


async def test_with_everything_missing_a_draft_still_becomes_a_label(house: House) -> None:
    await lacks(house, *PLAIN)
    house.moves(days=1)  # what was known of people is asked anew
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    assert await notes(house, "ana") == ["Saved: approved as is."]
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    assert len(await posted(house, "Labelling digest", "#leads")) == 1


@pytest.mark.parametrize("named", [False, True])
async def test_an_admin_whom_slack_does_not_tell_of_is_named_in_the_settings(houses: Houses, named: bool) -> None:
    async with houses.open(more={"ASSAY_ADMINS": MAX} if named else {}) as house:
        assert house.max.id == MAX
        await lacks(house, "roles")
        house.moves(days=1)
        await house.max.types("/assay setup", in_="#support")
        assert (await house.max.modal() is not None) is named


async def test_a_post_that_lost_what_it_carried_is_never_repeated(house: House) -> None:
    await lacks(house, "metadata")
    await house.fault(method=POST, kind="drop_after")
    await house.sends({"channel": "#support", "prompt": "Hi", "draft": DRAFT})
    await house.settles()
    await days_pass(house)
    assert len(await posted(house, DRAFT)) == 1
    row = await delivery(house, "card:1")
    assert (row.state, row.error) == (DeliveryState.FAILED, "Delivery uncertain: metadata_dropped.")


async def test_without_a_history_an_unclear_post_is_left_for_an_admin_to_decide(house: House) -> None:
    await lacks(house, "history")
    await house.fault(method=POST, kind="drop_after")
    await house.sends({"channel": "#support", "prompt": "Hi", "draft": DRAFT})
    await house.settles()
    await days_pass(house)
    assert len(await posted(house, DRAFT)) == 1
    await house.max.opens_home()
    await house.settles()
    assert "It may have arrived" in (await house.max.home()).text
