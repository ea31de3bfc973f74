"""Beside the reply an agent may flag topics and leave a note: both are kept, redacted, and shown again."""

from storage.queries import golds
from tests.house import DRAFT, House
from tests.stories.steps import label, one_database

TOPICS, NOTE = "Topics to flag", "Note"


async def remarks(house: House, draft: int, agent: str = "ana") -> tuple[list[str], str | None, int]:
    found = await label(house, draft, agent)
    assert found is not None
    return found.revision.tags, found.revision.note, found.label.newest


async def test_topics_and_a_note_are_stored_with_an_edit_and_stand_there_at_a_change(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills(
        {"Reply": f"{DRAFT} Sorry.", TOPICS: ["Legal", "Minors"], NOTE: "Her address is kim@example.org"}
    )
    assert (await house.ana.submits()).closed
    await house.settles()
    assert await remarks(house, draft) == (["legal", "minors"], "Her address is [EMAIL_1]", 1)
    note = await house.ana.last_private_note("#support")
    assert note is not None
    await house.ana.clicks("Change", note)
    window = await house.ana.modal()
    assert window is not None
    assert window.fields[TOPICS] == ["Legal", "Minors"]
    assert window.fields[NOTE] == "Her address is [EMAIL_1]"
    await house.ana.fills({TOPICS: ["Legal"], NOTE: None})
    assert (await house.ana.submits()).closed
    assert await remarks(house, draft) == (["legal"], None, 2)


@one_database
async def test_a_note_that_nobody_can_see_is_none(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({"Reply": f"{DRAFT} Sorry.", NOTE: "\u200b\u2800"})
    assert (await house.ana.submits()).closed
    assert await remarks(house, draft) == ([], None, 1)


async def test_saving_the_same_topics_and_note_again_is_no_revision(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({TOPICS: ["Safety"], NOTE: "Look at the second line."})
    assert (await house.ana.submits()).closed
    await house.settles()
    note = await house.ana.last_private_note("#support")
    assert note is not None
    await house.ana.clicks("Change", note)
    assert (await house.ana.submits()).closed
    assert await remarks(house, draft) == (["safety"], "Look at the second line.", 1)


async def test_topics_and_notes_go_with_rejections_and_escalations_too(house: House) -> None:
    for button, reason in (
        ("Reject", {"Why can this draft not be used?": "Unsafe"}),
        ("Escalate", {"Why must a human take over?": "Legal threat"}),
    ):
        draft = await house.draft(prompt=f"To be answered by {button}")
        await house.ana.clicks(button, await house.card(draft))
        await house.ana.fills({**reason, TOPICS: ["Legal"], NOTE: "Read twice."})
        assert (await house.ana.submits()).closed
        assert await remarks(house, draft) == (["legal"], "Read twice.", 1)
        await house.settles()


async def test_a_leads_decision_carries_the_topics_that_the_answers_flagged(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft()
    for agent, topics in (("ana", ["Legal"]), ("bea", ["Safety", "Legal"])):
        await house.people[agent].clicks("Edit", await house.card(draft, seen_by=agent))
        await house.people[agent].fills({"Reply": f"Quite another reply by {agent} and long enough", TOPICS: topics})
        assert (await house.people[agent].submits()).closed
        await house.settles()
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    digest = (await house.lea.reads("#leads"))[-1]
    await house.lea.clicks("Settle 1 of 1", digest)
    window = await house.lea.modal()
    assert window is not None
    assert window.fields[TOPICS] == ["Legal", "Safety"]
    await house.lea.fills({"Which answer stands?": "Answer A", "Why did the answers differ?": "An agent slipped"})
    assert (await house.lea.submits()).closed
    async with house.sessions.reading() as session:
        gold = await golds.get(session, draft)
    assert gold is not None
    assert gold.tags == ["legal", "safety"]
