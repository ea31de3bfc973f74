"""Links on our messages unfold into nothing: what a ticket or a card says stays where it is."""

from sandbox.rules import links_in
from tests.house import ESCALATIONS, LEADS, SUPPORT, House
from tests.stories.steps import one_database
from tests.stories.test_states import Story

TICKET = "https://desk.example/tickets/7"


@one_database
async def test_no_link_on_a_card_a_notice_or_a_digest_unfolds(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft(url=TICKET)
    story = Story(house, draft, await house.card(draft))
    await house.ana.clicks("Escalate", story.card)
    await house.ana.fills({"Why must a human take over?": "Legal threat"})
    await house.ana.submits()
    await house.settles()
    await story.answers("bea")
    await house.draft("Another draft.", url=TICKET)  # its card stays open, with its link
    await story.digest()
    shown = {place: await house.max.reads(place) for place in (SUPPORT, LEADS, ESCALATIONS)}
    public = {place: [one for one in seen if not one.ephemeral] for place, seen in shown.items()}
    linked = {place: [link for one in seen for link in links_in("", one.blocks)] for place, seen in public.items()}
    assert linked[SUPPORT] == [TICKET]
    assert all(linked.values()), "there is something to unfold in each channel"
    assert [one.previews for seen in shown.values() for one in seen if one.previews] == []
