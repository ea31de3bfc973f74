"""A lead who has read the answers of a dispute answers that draft no longer blind."""

import pytest

from tests.house import LEADS, House
from tests.stories.steps import notes, one_database, posted
from tests.stories.test_blind import approves, digest_text, exposures
from tests.stories.test_states import Story


@one_database
@pytest.mark.parametrize(("reads", "answered_twice"), [(True, 0), (False, 1)], ids=["who read them", "who did not"])
async def test_the_answer_of_a_lead_to_a_dispute_that_opens_again(
    shared_house: House, reads: bool, answered_twice: int
) -> None:
    house = shared_house
    draft = await house.draft()
    story = Story(house, draft, await house.card(draft))
    await approves(house, "ana", draft)
    await story.rejects("bea")
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    if reads:
        (digest,) = await posted(house, "Labelling digest", LEADS)
        await house.lea.clicks("Settle 1 of 1", digest)
        await house.lea.closes()
    await story.undoes("bea")
    await approves(house, "lea", draft)
    assert await notes(house, "lea") == ["Saved: approved as is."]
    assert (await exposures(house))[-1] == ("lea", 1, reads)
    assert f"Drafts chosen for two people: 1; both answered blind: {answered_twice} " in await digest_text(house)
