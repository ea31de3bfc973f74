"""A channel with thousands of members, and a Slack that takes its time to name them."""

from sqlmodel import col, select

from storage.models import Member
from tests.house import DRAFT, SUPPORT, House
from tests.stories.steps import label, notes, one_database, stored

MEMBERS = "conversations.members"
PAGES = 5  # of a thousand


async def crowd(house: House) -> None:
    """4,500 people whom the bot has never met stand before everybody else in the list."""
    channel = house.box.world.workspace.channels[SUPPORT]
    channel.members = {**{f"U9{number:08d}": None for number in range(4_500)}, **channel.members}


async def unverified(house: House) -> list[str]:
    async with house.sessions.reading() as session:
        return list((await session.exec(select(Member.user).where(col(Member.verified).is_(False)))).all())


@one_database
async def test_a_first_click_in_a_large_channel_is_taken_though_slack_is_slow_and_is_verified_later(
    house: House,
) -> None:
    await crowd(house)
    draft, later = await house.draft(), await house.draft(f"{DRAFT} Another.")
    card = await house.card(draft)
    # Each page comes in time, all of them together would not: Slack waits for three seconds.
    await house.fault(method=MEMBERS, kind="delay", seconds=0.8, times=PAGES)
    assert (await house.ana.clicks("Approve", card)).toast is None
    assert await notes(house, "ana") == ["Saved: approved as is."]
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
    found = await label(house, draft, "ana")
    assert found is not None
    assert not found.revision.verified
    assert await unverified(house) == [house.ana.id]
    await house.http.delete("/control/faults")

    await house.fault(method=MEMBERS, kind="delay", seconds=0.25, times=PAGES)
    await house.bot.tools.doorkeeper.verify()  # nobody waits for this one
    assert await unverified(house) == []
    await house.ana.clicks("Approve", await house.card(later))
    checked = await label(house, later, "ana")
    assert checked is not None
    assert checked.revision.verified
