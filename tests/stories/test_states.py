"""docs/states.md is true: each row of its tables is played through the screen."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sandbox.people import Message, Outcome
from storage.queries import drafts, golds, labels
from tests.house import CUSTOMER, DRAFT, LEADS, SUPPORT, House
from tests.houses import Houses
from tests.stories.steps import one_database

EDITED = DRAFT.replace("today", "yesterday")
OTHER = "Please call us, we cannot do this by mail and have to hear from you first."
WHY_NOT, WHY_HUMAN = "Why can this draft not be used?", "Why must a human take over?"
TABLE = Path(__file__).parents[2] / "docs" / "states.md"


class Story:
    """A draft, Ana's view of it, and what she does."""

    def __init__(self, house: House, draft: int, card: Message) -> None:
        self.house, self.draft, self.card = house, draft, card

    async def fresh(self, who: str = "ana") -> Message:
        return await self.house.card(self.draft, seen_by=who)

    async def answers(self, who: str, button: str = "Approve") -> None:
        await self.house.people[who].clicks(button, await self.fresh(who))
        await self.house.settles()

    async def saves(self, who: str, text: str) -> None:
        await self.house.people[who].fills({"Reply": text})
        await self.house.people[who].submits()

    async def rejects(self, who: str) -> None:
        window = await self.house.people[who].modal()
        if window is None or WHY_NOT not in window.fields:
            await self.house.people[who].clicks("Reject", self.card)
        await self.house.people[who].fills({WHY_NOT: "Wrong facts"})
        await self.house.people[who].submits()
        await self.house.settles()

    async def undoes(self, who: str) -> None:
        notes = [one for one in await self.house.people[who].reads(SUPPORT) if "Undo" in one.buttons]
        await self.house.people[who].clicks("Undo", notes[-1])
        await self.house.settles()

    async def digest(self) -> None:
        """The next day's digest names the dispute."""
        self.house.moves(days=1)
        await self.house.bot.tools.digests.post_due()
        await self.house.settles()
        self.named = (await self.house.lea.reads(LEADS))[-1]

    async def opens_dispute(self, lead: str = "lea") -> None:
        await self.house.people[lead].clicks("Settle 1 of 1", self.named)

    async def decides(self, lead: str = "lea") -> Outcome:
        wishes = {"Which answer stands?": "Answer A", "Why did the answers differ?": "An agent slipped"}
        await self.house.people[lead].fills(wishes)
        outcome = await self.house.people[lead].submits()
        await self.house.settles()
        return outcome

    async def lead_settles(self) -> None:
        await self.digest()
        await self.opens_dispute()
        assert (await self.decides()).closed


Step = Callable[[Story], Awaitable[None]]


async def nothing(story: Story) -> None:
    """The draft is open."""


async def bea_opens(story: Story) -> None:
    await story.house.bea.clicks("Edit", story.card)
    await story.house.settles()


async def an_hour_ago(story: Story) -> None:
    await bea_opens(story)
    story.house.moves(hours=1)


async def bea_approves(story: Story) -> None:
    await story.answers("bea")


async def old_card(story: Story) -> None:
    """Slack is slow to draw cards anew, so Ana still sees the open one."""
    await story.house.fault(method="response_url", kind="drop_before", times=20)
    await story.house.fault(method="chat.update", kind="error", error="internal_error", times=20)


async def old_card_bea_approves(story: Story) -> None:
    await old_card(story)
    await bea_approves(story)


async def ana_writes_bea_approves(story: Story) -> None:
    await old_card(story)
    await story.house.ana.clicks("Edit", story.card)
    await story.house.settles()
    await story.answers("bea")


async def old_card_withdrawn(story: Story) -> None:
    await old_card(story)
    await withdrawn(story)


async def withdrawn(story: Story) -> None:
    await story.house.withdraws(story.draft)


async def ana_writes_withdrawn(story: Story) -> None:
    await story.house.ana.clicks("Edit", story.card)
    await withdrawn(story)


async def ana_rejects_withdrawn(story: Story) -> None:
    await story.house.ana.clicks("Reject", story.card)
    await withdrawn(story)


async def ana_escalates_withdrawn(story: Story) -> None:
    await story.house.ana.clicks("Escalate", story.card)
    await withdrawn(story)


async def ana_approved_withdrawn(story: Story) -> None:
    await ana_approved(story)
    await withdrawn(story)


async def ana_late(story: Story) -> None:
    await old_card_withdrawn(story)
    await story.answers("ana")


async def ana_extra(story: Story) -> None:
    await old_card_bea_approves(story)
    await story.answers("ana")


async def ana_approved(story: Story) -> None:
    await story.answers("ana")


async def ana_approved_old_card(story: Story) -> None:
    await old_card(story)
    await story.answers("ana")


async def ana_edited(story: Story) -> None:
    await edits(story)
    await story.house.settles()


async def ana_undone(story: Story) -> None:
    """Ana pressed twice and got two notes; she has undone by the newer one."""
    await old_card(story)
    await story.answers("ana")
    await story.answers("ana")
    await story.undoes("ana")


async def second_then_bea_undoes(story: Story) -> None:
    await old_card_bea_approves(story)
    await story.answers("ana")
    await story.undoes("bea")


async def disagree(story: Story) -> None:
    await story.answers("bea")
    await story.rejects("ana")


async def settled_by_lead(story: Story) -> None:
    await disagree(story)
    await story.lead_settles()


async def ana_writes_settled(story: Story) -> None:
    await disagree(story)
    await opens_change(story)
    await story.lead_settles()


async def approves(story: Story) -> None:
    await story.house.ana.clicks("Approve", await story.fresh())


async def edits(story: Story) -> None:
    window = await story.house.ana.modal()
    if window is None:
        await story.house.ana.clicks("Edit", await story.fresh())
    elif "This draft is" in window.fields:
        await story.house.ana.fills({"This draft is": "Good with my changes"})
    await story.saves("ana", EDITED)


async def saves_unchanged(story: Story) -> None:
    await story.house.ana.clicks("Edit", story.card)
    await story.house.ana.submits()


async def escalates(story: Story) -> None:
    window = await story.house.ana.modal()
    if window is None:
        await story.house.ana.clicks("Escalate", story.card)
    elif WHY_HUMAN not in window.fields:
        await story.house.ana.closes()
        await story.house.ana.clicks("Escalate", await story.fresh())
    await story.house.ana.fills({WHY_HUMAN: "Legal threat"})
    await story.house.ana.submits()


async def undoes(story: Story) -> None:
    await story.undoes("ana")


async def opens_change(story: Story) -> None:
    note = await story.house.ana.last_private_note(SUPPORT)
    assert note is not None
    await story.house.ana.clicks("Change", note)
    await story.house.settles()


BEFORE: dict[str, Step] = {
    "an open draft": nothing,
    "Bea has it open": bea_opens,
    "Bea had it open for an hour": an_hour_ago,
    "Bea has answered, Ana sees the old card": old_card_bea_approves,
    "Bea answered while Ana wrote": ana_writes_bea_approves,
    "withdrawn, Ana sees the old card": old_card_withdrawn,
    "withdrawn while Ana wrote": ana_writes_withdrawn,
    "withdrawn while Ana had Reject open": ana_rejects_withdrawn,
    "withdrawn while Ana had Escalate open": ana_escalates_withdrawn,
    "Ana has approved, then withdrawn": ana_approved_withdrawn,
    "Ana's answer is late": ana_late,
    "Ana's answer is extra": ana_extra,
    "Ana has approved": ana_approved,
    "Ana has approved, sees the old card": ana_approved_old_card,
    "Ana has edited": ana_edited,
    "Ana has undone": ana_undone,
    "Ana was second, Bea has undone": second_then_bea_undoes,
    "shared, open": nothing,
    "shared, Bea has approved": bea_approves,
    "shared, Ana and Bea disagree": disagree,
    "settled by a lead": settled_by_lead,
    "settled by a lead while Ana wrote": ana_writes_settled,
}


async def changes(story: Story) -> None:
    await opens_change(story)
    await story.house.ana.fills({"This draft is": "Good with my changes"})
    await story.saves("ana", EDITED)


async def saves_the_same(story: Story) -> None:
    assert (await story.house.ana.submits()).closed


async def hands_over(story: Story) -> None:
    await opens_change(story)
    wishes = {"This draft is": "For a human, without a reply", "Must a human take over?": "Legal threat"}
    await story.house.ana.fills(wishes)
    await story.house.ana.submits()


async def finds_it_not_usable(story: Story) -> None:
    await opens_change(story)
    await story.house.ana.fills({"This draft is": "Not usable"})
    await story.rejects("ana")


ACTS: dict[str, Step] = {
    "approves": approves,
    "approves again": approves,
    "saves an edit": edits,
    "saves without a change": saves_unchanged,
    "saves the same once more": saves_the_same,
    "escalates": escalates,
    "rejects": lambda story: story.rejects("ana"),
    "undoes": undoes,
    "changes it to an edit": changes,
    "makes it For a human, leaves the text": hands_over,
    "makes it Not usable, leaves the text": finds_it_not_usable,
}


async def presses_settle(story: Story) -> str:
    """What Lea reads."""
    await story.opens_dispute()
    assert await story.house.lea.modal() is None
    return await story.house.read("lea", LEADS)


async def settles(story: Story) -> str:
    """What Lea reads: at a field of the window, with what she chose still in it, or in a note."""
    outcome = await story.decides()
    if not outcome.closed:
        window = await story.house.lea.modal()
        assert window is not None
        assert window.fields["Which answer stands?"] == "Answer A"
        return next(iter(outcome.errors.values()))
    return await story.house.read("lea", LEADS)


async def lars_settles(story: Story) -> None:
    await story.opens_dispute("lars")
    assert (await story.decides("lars")).closed


async def ana_thinks_again(story: Story) -> None:
    await opens_change(story)
    await story.house.ana.fills({"This draft is": "Good with my changes"})
    await story.saves("ana", OTHER)


# What happens to a dispute that the digest names; while Lea reads it, where the row says so.
MEANWHILE: dict[str, Step] = {
    "Ana and Bea disagree": nothing,
    "settled by Lars": lars_settles,
    "withdrawn": withdrawn,
    "Ana has undone": undoes,
    "Ana came to agree with Bea": changes,
    "Ana said something else": ana_thinks_again,
}
LEAD_ACTS = {"settles": settles, "presses Settle": presses_settle}
WHILE = " while Lea read"


def rows(who: str) -> list[tuple[str, str, str, str]]:
    """The rows of the table in docs/states.md in which this person acts."""
    found, acting = [], ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] == "before":
            acting = cells[1]
        elif line.startswith("|") and acting == who and cells[0] != "---":
            found.append((cells[0], cells[1], cells[2], cells[3]))
    return found


@pytest.mark.parametrize(("before", "act", "stored", "read"), rows("Ana"), ids=lambda value: value[:40])
async def test_what_is_stored_and_what_ana_reads(houses: Houses, before: str, act: str, stored: str, read: str) -> None:
    overlap = "All of them" if before.startswith(("shared", "settled")) else "None"
    async with houses.open(overlap=overlap) as house:
        draft = await house.draft(DRAFT, prompt=CUSTOMER)
        story = Story(house, draft, await house.card(draft))
        await BEFORE[before](story)
        await ACTS[act](story)
        said = await house.read("ana")
        assert _names(house, said) == read
        assert await _stored(house, draft) == stored


@one_database
@pytest.mark.parametrize(("before", "act", "stored", "read"), rows("Lea"), ids=lambda value: value[:40])
async def test_what_is_stored_and_what_lea_reads(
    shared_house: House, before: str, act: str, stored: str, read: str
) -> None:
    draft = await shared_house.draft(DRAFT, prompt=CUSTOMER)
    story = Story(shared_house, draft, await shared_house.card(draft))
    await disagree(story)
    await story.digest()
    if act == "settles":
        await story.opens_dispute()
    await MEANWHILE[before.removesuffix(WHILE)](story)
    assert _names(shared_house, await LEAD_ACTS[act](story)) == read
    assert await _settled(shared_house, draft) == stored


async def _settled(house: House, draft: int) -> str:
    """The draft, and who settled it, in the words of the table."""
    async with house.sessions.reading() as session:
        row = await drafts.get(session, draft)
        gold = await golds.get(session, draft)
    assert row is not None
    by = {person.id: f" by {person.name}" for person in house.people.values()}
    return f"draft {row.state}" + (f" ({gold.kind}{by.get(gold.settled_by or '', '')})" if gold else "")


async def _stored(house: House, draft: int) -> str:
    """Ana's label and the draft, in the words of the table."""
    async with house.sessions.reading() as session:
        current = await labels.of(session, draft, house.ana.id)
        row = await drafts.get(session, draft)
        gold = await golds.get(session, draft)
    assert row is not None
    assert current is not None
    label, revision = current.label, current.revision
    undone = " withdrawn" if revision.withdrawn else ""
    settled = f" ({gold.kind})" if gold else ""
    return f"{label.kind} {revision.verdict}{undone}, revision {label.newest}; draft {row.state}{settled}"


def _names(house: House, text: str) -> str:
    """Mentions as the page shows them, without their at signs."""
    for person in house.people.values():
        text = text.replace(f"<@{person.id}>", person.name)
    return re.sub(r"<#C0ESCALATE>", "#escalations", text)
