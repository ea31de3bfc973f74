"""No call to Slack lies between what somebody does and its commit: where Slack takes its time, nobody waits for it."""

from sqlmodel import select

from storage.models import Gold
from tests.house import DRAFT, SUPPORT, House
from tests.stories.steps import label, one_database, stored
from tests.stories.test_disputes import CHOICE, OTHER, WHY, presses_settle

pytestmark = one_database

EDITED = DRAFT.replace("today", "yesterday")


class Scene:
    """Everybody has something before them that is not yet saved; the bot knows who they are."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.drafts: dict[str, int] = {}

    async def ready(self) -> None:
        house = self.house
        disputed = await house.draft(f"{DRAFT} Disputed.")
        await house.ana.clicks("Approve", await house.card(disputed))
        await house.settles()
        await house.bea.clicks("Edit", await house.card(disputed, seen_by="bea"))
        await house.bea.fills({"Reply": OTHER})
        await house.bea.submits()
        await house.settles()
        self.drafts["undo"] = await house.draft(f"{DRAFT} To undo.")
        await house.ana.clicks("Approve", await house.card(self.drafts["undo"]))
        await house.settles()
        self.drafts["approve"] = await house.draft(f"{DRAFT} To approve.")
        await self.opens("bea", "edit", "Edit", {"Reply": EDITED})
        await self.opens("chen", "escalate", "Escalate", {"Why must a human take over?": "Legal threat"})
        await self.opens("max", "reject", "Reject", {"Why can this draft not be used?": "Wrong facts"})
        house.moves(hours=21)
        await house.bot.tools.digests.post_due()
        await house.settles()
        await presses_settle(house, "lea")
        await house.lea.fills({CHOICE: "Answer A", WHY: "An agent slipped"})
        await house.lars.types("/assay next", in_=SUPPORT)
        await house.settles()
        self.card = await house.card(self.drafts["approve"])

    async def opens(self, person: str, name: str, button: str, typed: dict[str, str]) -> None:
        self.house.moves(seconds=2)  # a post a second is what Slack takes
        self.drafts[name] = await self.house.draft(f"{DRAFT} To {name}.")
        await self.house.people[person].clicks(button, await self.house.card(self.drafts[name], seen_by=person))
        await self.house.people[person].fills(typed)

    async def approves(self) -> None:
        assert (await self.house.ana.clicks("Approve", self.card)).toast is None
        assert await stored(self.house, self.drafts["approve"], "ana") is not None

    async def undoes(self) -> None:
        note = await self.house.ana.last_private_note(SUPPORT)
        assert note is not None
        assert (await self.house.ana.clicks("Undo", note)).toast is None
        found = await label(self.house, self.drafts["undo"], "ana")
        assert found is not None
        assert found.revision.withdrawn

    async def submits(self, person: str, name: str) -> None:
        outcome = await self.house.people[person].submits()
        assert outcome.closed, outcome
        assert await stored(self.house, self.drafts[name], person) is not None

    async def edits(self) -> None:
        await self.submits("bea", "edit")

    async def escalates(self) -> None:
        await self.submits("chen", "escalate")

    async def rejects(self) -> None:
        await self.submits("max", "reject")

    async def settles(self) -> None:
        assert (await self.house.lea.submits()).closed
        async with self.house.sessions.reading() as session:
            assert [gold.kind for gold in (await session.exec(select(Gold))).all()] == ["adjudicated"]

    async def goes_on(self) -> None:
        outcome = await self.house.lars.submits()
        assert (outcome.errors, outcome.error) == ({}, None)
        window = await self.house.lars.modal()
        assert window is not None
        assert "1 today" in window.text


# What each act tells Slack, when all is stored.
SAID = {
    Scene.undoes: ["response_url"],
    Scene.approves: ["response_url"],
    Scene.edits: ["chat.postEphemeral"],
    Scene.escalates: ["chat.postEphemeral", "chat.postMessage"],
    Scene.rejects: ["chat.postEphemeral"],
    Scene.settles: ["chat.postEphemeral"],
    Scene.goes_on: [],
}


async def test_an_act_calls_slack_for_what_is_said_afterwards_and_for_nothing_else(shared_house: House) -> None:
    scene, told = Scene(shared_house), {}
    await scene.ready()
    for act in SAID:
        before = len(await shared_house.traffic())
        await act(scene)
        await shared_house.bot.tools.afterwards.done()
        told[act] = [one["method"] for one in (await shared_house.traffic())[before:] if one["from"] == "bot"]
    assert told == SAID


async def test_every_act_is_confirmed_in_time_while_slack_answers_nothing(shared_house: House) -> None:
    scene = Scene(shared_house)
    await scene.ready()
    shared_house.box.world.ack_seconds = 1.0
    await shared_house.fault(method="*", kind="delay", seconds=2, times=1_000)
    for act in SAID:
        await act(scene)
    await shared_house.http.delete("/control/faults")
