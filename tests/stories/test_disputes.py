"""Leads settle what others disagree on: their words are kept, their own answers are another lead's affair."""

from bot.surfaces import notes as sentences
from storage.models import Gold
from storage.queries import golds
from tests.house import DRAFT, ESCALATIONS, LEADS, SUPPORT, House
from tests.stories.steps import answers_lost, notes, one_database, posted, stored

CHOICE, FINAL, WHY = "Which answer stands?", "Final reply", "Why did the answers differ?"
OTHER = "Please call us, we cannot do this by mail and have to hear from you first."


async def disputed(house: House, one: str, other: str) -> int:
    """One approves, the other writes something else; the digest names it."""
    draft = await house.draft()
    await house.people[one].clicks("Approve", await house.card(draft, seen_by=one))
    await house.people[other].clicks("Edit", await house.card(draft, seen_by=other))
    await house.people[other].fills({"Reply": OTHER})
    await house.people[other].submits()
    await house.settles()
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    return draft


async def gold_of(house: House, draft: int) -> Gold:
    async with house.sessions.reading() as session:
        found = await golds.get(session, draft)
    assert found is not None
    return found


async def presses_settle(house: House, lead: str) -> None:
    (digest,) = await posted(house, "Labelling digest", LEADS)
    await house.people[lead].clicks("Settle 1 of 1", digest)


async def test_a_final_reply_that_a_lead_typed_is_never_dropped_for_a_chosen_answer(shared_house: House) -> None:
    house = shared_house
    draft = await disputed(house, "ana", "bea")
    await presses_settle(house, "lea")
    typed = "My own words, typed with care."
    await house.lea.fills({CHOICE: "Answer A", FINAL: typed, WHY: "An agent slipped"})
    outcome = await house.lea.submits()
    assert list(outcome.errors.values()) == [sentences.TYPED_BUT_CHOSE]
    window = await house.lea.modal()
    assert window is not None
    assert window.fields[FINAL] == typed
    await house.lea.fills({CHOICE: "The final reply below"})
    outcome = await house.lea.submits()
    assert list(outcome.errors.values()) == [sentences.NO_ANSWER_CHOSEN]
    await house.lea.fills({"Must a human take over?": "No"})
    assert (await house.lea.submits()).closed
    async with house.sessions.reading() as session:
        gold = await golds.get(session, draft)
    assert gold is not None
    assert (gold.text, gold.escalation, gold.label_id) == (typed, None, None)


async def test_a_decision_whose_answer_was_lost_is_a_success_when_it_is_pressed_again(shared_house: House) -> None:
    """No other lead is named as the one who settled it."""
    house = shared_house
    draft = await disputed(house, "ana", "bea")
    await presses_settle(house, "lea")
    await house.lea.fills({CHOICE: "Answer A", WHY: "An agent slipped"})
    async with answers_lost(house):
        assert (await house.lea.submits()).error, "Slack says that the app did not answer"
    first = await gold_of(house, draft)
    house.moves(minutes=1)
    await house.lea.fills({CHOICE: "Answer B"})
    assert list((await house.lea.submits()).errors.values()) == [sentences.SETTLED_BY_YOU]
    await house.lea.fills({CHOICE: "Answer A"})
    assert (await house.lea.submits()).closed
    assert await gold_of(house, draft) == first
    assert (await notes(house, "lea", LEADS))[-1] == sentences.SETTLED.format(draft=draft)


@one_database
async def test_a_final_reply_that_nobody_can_see_settles_nothing(shared_house: House) -> None:
    house = shared_house
    draft = await disputed(house, "ana", "bea")
    await presses_settle(house, "lea")
    await house.lea.fills({CHOICE: "The final reply below", FINAL: "\u200b\u3164", WHY: "An agent slipped"})
    assert list((await house.lea.submits()).errors.values()) == [sentences.EMPTY_FINAL]
    async with house.sessions.reading() as session:
        assert await golds.get(session, draft) is None


async def test_leads_who_disagree_with_each_other_may_settle_it_when_no_other_lead_is_left(shared_house: House) -> None:
    house = shared_house
    await disputed(house, "lea", "lars")
    await presses_settle(house, "lea")
    await house.lea.fills({CHOICE: "Answer A", WHY: "An agent slipped"})
    assert (await house.lea.submits()).closed
    assert (await notes(house, "lea", LEADS))[-1] == sentences.SETTLED.format(draft=1)


async def test_a_lead_who_is_part_of_a_dispute_is_sent_to_one_who_is_not(shared_house: House) -> None:
    house = shared_house
    await disputed(house, "lea", "ana")
    await presses_settle(house, "lea")
    assert await house.lea.modal() is None
    assert f"another lead settles it: <@{house.lars.id}>" in (await notes(house, "lea", LEADS))[-1]


async def test_an_escalation_that_is_taken_back_is_called_off_and_told_again_when_it_comes_back(house: House) -> None:
    draft = await house.draft()
    for round_ in (1, 2):
        agent = ("ana", "bea")[round_ - 1]
        await house.people[agent].clicks("Escalate", await house.card(draft, seen_by=agent))
        await house.people[agent].fills({"Why must a human take over?": "Safety"})
        await house.people[agent].submits()
        await house.settles()
        if round_ == 1:
            note = await house.ana.last_private_note(SUPPORT)
            assert note is not None
            await house.ana.clicks("Undo", note)
            await house.settles()
    (first,) = await posted(house, "Needs a human: safety", ESCALATIONS)
    thread = [one.text for one in await house.max.reads_thread(first)]
    assert len(thread) == 3
    assert thread[1] == f"<@{house.ana.id}> has changed this answer: no human is needed any more."
    assert thread[2].startswith("*Needs a human: safety*")
    assert await stored(house, draft, "bea") == ("counted", "not_judged", None, 1)
    assert DRAFT not in thread[1]
