"""Agents read how their answers compare, leads look closer at one person: blind answers only, never of today."""

import json

import pytest

from bot.surfaces import person as window
from sandbox.people import Home, NotOnScreen
from tests.house import DRAFT, SUPPORT, House, sets_up
from tests.stories.steps import one_database

LOOK, OTHER = "Look closer at…", "Please call us, we cannot do this by mail and have to hear from you first."
CHOICE, WHY = "Which answer stands?", "Why did the answers differ?"


async def home(house: House, person: str) -> Home:
    await house.people[person].opens_home()
    await house.settles()
    return await house.people[person].home()


async def approves(house: House, draft: int, *people: str) -> None:
    for person in people:
        await house.people[person].clicks("Approve", await house.card(draft, seen_by=person))
        await house.settles()


async def edits(house: House, draft: int, person: str) -> None:
    who = house.people[person]
    await who.clicks("Edit", await house.card(draft, seen_by=person))
    await who.fills({"Reply": f"{OTHER} {draft}"})
    assert (await who.submits()).closed
    await house.settles()


async def escalates(house: House, draft: int, person: str) -> None:
    who = house.people[person]
    await who.clicks("Escalate", await house.card(draft, seen_by=person))
    await who.fills({"Why must a human take over?": "Legal threat"})
    assert (await who.submits()).closed
    await house.settles()


async def settles(house: House, said: str) -> None:
    """Lea lets the answer stand that says so."""
    await house.lea.clicks("Settle", on=await home(house, "lea"))
    modal = await house.lea.modal()
    assert modal is not None
    letter = next(name for name in ("Answer A", "Answer B") if f"{name} {said}" in modal.text)
    await house.lea.fills({CHOICE: letter, WHY: "An agent slipped"})
    assert (await house.lea.submits()).closed
    await house.settles()


async def looks_at(house: House, lead: str, name: str) -> str:
    """What stands in the window; it is closed again."""
    who = house.people[lead]
    await who.chooses(LOOK, name, on=await home(house, lead))
    await house.settles()
    modal = await who.modal()
    assert modal is not None
    await who.closes()
    return modal.text


async def five_agreed_and_five_settled(house: House) -> None:
    """Ana approves everything; Bea approves five and edits five, and a lead lets Bea's edits stand."""
    house.box.world.rates.on = False
    for number in range(10):
        draft = await house.draft(f"{DRAFT} {number}", prompt=f"Question {number}")
        await approves(house, draft, "ana")
        if number < 5:
            await approves(house, draft, "bea")
        else:
            await edits(house, draft, "bea")
            await settles(house, "changed the draft")


async def test_a_lead_sees_what_somebody_takes_for_what_and_everybody_sees_their_own(shared_house: House) -> None:
    house = shared_house
    await five_agreed_and_five_settled(house)
    in_dispute = await house.draft("One that waits for a lead.", prompt="One more question")
    await approves(house, in_dispute, "ana")
    await edits(house, in_dispute, "bea")
    assert "settled as you had answered" not in (await home(house, "ana")).text
    assert window.NOTHING_HERE in await looks_at(house, "lea", "Ana")  # of today nothing counts yet
    house.moves(days=1)
    seen = await looks_at(house, "lea", "Ana")
    for sentence in (
        f"<@{house.ana.id}>* · 11 answers in 28 days",
        "On 5 of 11 shared drafts they agreed with the other. Over many drafts that would be 21 to 72 in 100.",
        "Of 10 shared drafts that are settled, 5 by a lead, 5 were settled as they had answered.",
        "*Settled as approved*, 5 drafts: approved 5 (57 to 100 in 100 over many)",
        "*Settled as edited*, 5 drafts: edited 0 (0 to 43 in 100 over many) · approved 5",
        "*Settled without a human*, 10 drafts: said no 10 (72 to 100 in 100 over many)",
    ):
        assert sentence in seen
    assert house.bea.id not in seen
    own = (await home(house, "bea")).text
    assert "Of 10 shared drafts that are settled, 5 by a lead, 10 were settled as you had answered." in own
    assert "72 to 100 in 100" in own
    assert house.ana.id not in own
    assert "Look closer" not in own
    await house.ana.types("/assay stats", in_=SUPPORT)
    told = await house.read("ana")
    assert "Of 10 shared drafts that are settled, 5 by a lead, 5 were settled as you had answered." in told
    await house.bot.tools.digests.post_due()
    await house.settles()
    posted = await posted_text(house)
    assert not any(words in posted for words in ("had answered", "they agreed", house.ana.id))


async def posted_text(house: House) -> str:
    """Everything that stands in channels for all to see."""
    posts = [one for one in await house.traffic() if one["method"] in ("chat.postMessage", "chat.update")]
    return json.dumps([one["request"] for one in posts])


async def test_people_are_offered_by_name_whoever_answered_most(shared_house: House) -> None:
    house = shared_house
    for number in range(3):
        draft = await house.draft(f"{DRAFT} {number}", prompt=f"Question {number}")
        await approves(house, draft, "chen", *(["ana"] if number == 0 else []))
    page = await home(house, "lea")
    assert list(page.field(LOOK).options) == ["Ana", "Chen"]
    assert page.field(LOOK).seen_value is None
    await looks_at(house, "lea", "Chen")
    house.moves(seconds=1)
    assert (await home(house, "lea")).field(LOOK).seen_value is None  # so that Chen can be chosen again


async def test_what_somebody_missed_of_what_a_human_must_see_is_counted(shared_house: House) -> None:
    house = shared_house
    house.box.world.rates.on = False
    for number in range(5):
        draft = await house.draft(f"{DRAFT} {number}", prompt=f"Question {number}")
        await approves(house, draft, "ana")  # before anybody is told that a human must see it
        await escalates(house, draft, "bea")
        await settles(house, "gave no reply")
    house.moves(days=1)
    assert (
        "*Settled as one for a human*, 5 drafts: said yes 0 (0 to 43 in 100 over many) · said no 5"
        in await looks_at(house, "lea", "Ana")
    )
    own = (await home(house, "ana")).text
    assert "Of 5 drafts that you or the other gave to a human, both did on 0." in own
    assert "0 to 43 in 100" in own


@one_database
async def test_only_a_lead_opens_the_window_and_only_on_channels_they_lead(shared_house: House) -> None:
    house = shared_house
    await approves(house, await house.draft(), "ana")
    page = await home(house, "lars")
    await sets_up(house, overlap="All of them", Leads=[house.lea.id])  # Lars leads no more, his Home is an old one
    await house.lars.chooses(LOOK, "Ana", on=page)
    await house.settles()
    note = await house.lars.modal()
    assert note is not None
    assert note.text.endswith(window.ONLY_LEADS)
    with pytest.raises(NotOnScreen):
        (await home(house, "ana")).field(LOOK)
