"""An open window tells others that somebody is at work, and for how long."""

from tests.house import House


async def reads_on_opening(house: House, person: str, draft: int) -> str:
    """What stands in the window that somebody opens, and closes again."""
    await house.people[person].clicks("Edit", await house.card(draft, seen_by=person))
    window = await house.people[person].modal()
    assert window is not None
    await house.bot.tools.afterwards.done()
    await house.people[person].closes()
    return window.text


async def test_who_opens_a_draft_that_somebody_is_at_reads_so(house: House) -> None:
    draft = await house.draft()
    assert "on it too" not in await reads_on_opening(house, "bea", draft)
    assert f"<@{house.bea.id}> is on it too; all answers are kept." in await reads_on_opening(house, "ana", draft)
    assert "on it too" not in await reads_on_opening(house, "bea", draft), "it is her own lease"


async def test_after_a_quarter_of_an_hour_nobody_is_named_any_more(house: House) -> None:
    draft = await house.draft()
    await reads_on_opening(house, "bea", draft)
    house.moves(minutes=15)
    assert "on it too" not in await reads_on_opening(house, "ana", draft)


async def test_an_answer_takes_a_free_place_and_leaves_the_one_that_somebody_is_at(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft()
    await reads_on_opening(house, "bea", draft)
    await house.ana.clicks("Approve", await house.card(draft))
    assert f"<@{house.bea.id}> is on it too" in await reads_on_opening(house, "chen", draft)
