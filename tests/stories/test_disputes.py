"""Leads settle what others disagree on: their words are kept, their own answers are another lead's affair."""

from pathlib import Path

import pytest

from bot import export
from bot.export import Count, Format
from bot.surfaces import notes as sentences
from storage.models import Gold
from storage.queries import channels, golds
from tests.house import DRAFT, ESCALATIONS, LEADS, SUPPORT, House
from tests.stories.steps import answers_lost, notes, one_database, posted, stored

CHOICE, FINAL, WHY = "Which answer stands?", "Final reply", "Why did the answers differ?"
OTHER = "Please call us, we cannot do this by mail and have to hear from you first."


async def disputed(house: House, one: str, other: str, **fields: str) -> int:
    """One approves, the other writes something else; the digest names it."""
    draft = await house.draft(**fields)
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
    assert "it cannot be changed or taken back later" in window.text
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


@pytest.mark.parametrize("human", ["Safety", "No"])
async def test_a_lead_who_settled_reads_whether_training_data_holds_the_answer(
    shared_house: House, human: str, tmp_path: Path
) -> None:
    house = shared_house
    draft = await disputed(house, "ana", "bea")
    await presses_settle(house, "lea")
    await house.lea.fills({CHOICE: "Answer A", WHY: "An agent slipped", "Must a human take over?": human})
    assert (await house.lea.submits()).closed
    said = (await notes(house, "lea", LEADS))[-1]
    gold = await exported(house, tmp_path / "gold.jsonl")
    if human == "No":
        assert (said, gold.rows) == ("Settled: draft #1. Training data will hold this answer.", 1)
    else:
        told = "It counts in the figures; training data leaves escalated answers out."
        assert said == f"Settled: draft #{draft}, for a human. {told}"
        assert (gold.rows, dict(gold.left_out)) == (0, {"escalated": 1})


@one_database
async def test_a_rejected_answer_or_one_without_a_reply_is_settled_and_no_training_data(
    shared_house: House, tmp_path: Path
) -> None:
    house = shared_house
    for button, field, why, outside in (
        ("Reject", "Why can this draft not be used?", "Wrong facts", "#1, not usable. {} rejected answers out."),
        ("Escalate", "Why must a human take over?", "Safety", "#2, without a reply. {} answers without a reply out."),
    ):
        draft = await house.draft(external_id=button)
        await house.ana.clicks("Approve", await house.card(draft))
        await house.bea.clicks(button, await house.card(draft, seen_by="bea"))
        await house.bea.fills({field: why})
        await house.bea.submits()
        await house.settles()
        await house.lea.opens_home()
        await house.settles()
        await house.lea.clicks("Settle", await house.lea.home())
        window = await house.lea.modal()
        assert window is not None
        letter = next(name for name in "AB" if f"Answer {name} approved" not in window.text)
        await house.lea.fills({CHOICE: f"Answer {letter}", WHY: "An agent slipped", "Must a human take over?": "No"})
        assert (await house.lea.submits()).closed
        await house.settles()
        told = "It counts in the figures; training data leaves"
        assert (await house.lea.home()).text.startswith(f"Settled: draft {outside.format(told)}")
    gold = await exported(house, tmp_path / "gold.jsonl")
    assert (gold.rows, dict(gold.left_out)) == (0, {"rejected": 1, "not judged": 1})


async def exported(house: House, file: Path) -> Count:
    async with house.sessions.reading() as session:
        (channel,) = await channels.in_any_workspace(session, SUPPORT)
    return await export.write(house.sessions, channel, Format.TRL_SFT, file)


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


@one_database
async def test_in_a_digest_that_a_lead_asked_for_a_dispute_that_is_not_theirs_to_settle_leaves_the_others(
    shared_house: House,
) -> None:
    house = shared_house
    await disputed(house, "lea", "ana")
    await disputed(house, "bea", "chen", external_id="another")
    await house.lea.types("/assay digest", in_=SUPPORT)
    await house.settles()
    (digest,) = [one for one in await house.lea.reads(SUPPORT) if "Settle 2 of 2" in one.buttons]
    await house.lea.clicks("Settle 2 of 2", digest)
    assert f"another lead settles it: <@{house.lars.id}>" in (await notes(house, "lea"))[-1]
    assert digest.text in await notes(house, "lea")
    await house.lea.clicks("Settle 1 of 2", digest)
    assert await house.lea.modal() is not None


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
            (off,) = await posted(house, "Needs a human: safety", ESCALATIONS)
            assert off.text.startswith(f"*Called off by <@{house.ana.id}>: no human is needed any more.*\n~*Needs a")
            assert "I was charged twice" in off.text_seen
    (first,) = await posted(house, "Needs a human: safety", ESCALATIONS)
    thread = [one.text for one in await house.max.reads_thread(first)]
    assert len(thread) == 3
    assert first.text == thread[2]
    assert f"raised by <@{house.bea.id}>" in first.text_seen
    assert thread[1] == f"<@{house.ana.id}> has changed this answer: no human is needed any more."
    assert thread[2].startswith("*Needs a human: safety*")
    assert await stored(house, draft, "bea") == ("counted", "not_judged", None, 1)
    assert DRAFT not in thread[1]
