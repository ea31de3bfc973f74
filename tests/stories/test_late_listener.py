"""Each press and each window has exactly one listener; the catch-all takes only what no listener knows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot import audit
from bot.surfaces import blocks, command_help, notes
from bot.surfaces.audit import PAGE
from handlers.slack.tables import ACTIONS, VIEWS
from sandbox.people import Message, Person
from sandbox.workspace import TEAM_ID
from storage.queries import labels
from storage.words import AuditAct
from tests.house import LEADS, SUPPORT, House
from tests.stories import steps
from tests.stories.test_retention import keeps
from tests.transports import IN_BOTH_TRANSPORTS

OLD = "This button is from an older version and does nothing any more. Nothing was saved."
SIMILAR = ("draft:approved", "draft:approve:", "xdraft:approve", "draft:", "DRAFT:APPROVE", "draft_approve", "old")


async def test_a_button_that_no_listener_knows_is_answered_in_words(house: House) -> None:
    """Ids that resemble ours, too; one message as an older version may have posted it."""
    buttons = [blocks.button(f"Old {name}", name, "1") for name in SIMILAR]
    old = [blocks.actions("old", buttons)]
    await house.bot.tools.slack.bare.chat_postMessage(channel=SUPPORT, text="An old card", blocks=old)
    card = (await house.ana.reads(SUPPORT))[-1]
    for number, words in enumerate(card.buttons, 1):
        outcome = await house.ana.clicks(words, card)
        assert outcome.toast is None
        assert await steps.notes(house, "ana") == [OLD] * number
    assert await steps.rows(house) == (0, 0)


@IN_BOTH_TRANSPORTS
async def test_a_window_that_no_listener_knows_keeps_its_text_and_says_so(house: House) -> None:
    await house.ana.types("/assay help", in_=SUPPORT)
    command = (await house.traffic())[-2:]
    trigger = next(one["request"]["trigger_id"] for one in command if "trigger_id" in one["request"])
    field = blocks.field("old:1", "Reply", {"type": "plain_text_input", "action_id": "text"})
    view = blocks.modal("old:window", "Old window", [field], submit="Save", metadata="")
    await house.bot.tools.slack.bare.views_open(trigger_id=trigger, view=view)
    await house.ana.fills({"Reply": "All my work."})
    outcome = await house.ana.submits()
    assert not outcome.closed
    assert list(outcome.errors.values()) == [notes.UNKNOWN_MODAL]
    modal = await house.ana.modal()
    assert modal is not None
    assert modal.fields["Reply"] == "All my work."


@IN_BOTH_TRANSPORTS
async def test_a_listener_that_waits_for_the_database_is_the_only_one(house: House) -> None:
    draft, other = await house.draft(), await house.draft("Another one.")
    await house.ana.clicks("Approve", await house.card(other))  # known by now, so that nobody is looked up
    await house.settles()
    before = await steps.notes(house, "ana")
    card = await house.card(draft)
    async with steps.held(house, draft):
        outcome = await house.ana.clicks("Approve", card)
        assert outcome.toast is None
        said = (await steps.notes(house, "ana"))[len(before) :]
    assert said == ["Not saved, the database is away. Press Approve again in a minute."]
    assert await steps.stored(house, draft, "ana") is None
    await house.ana.clicks("Approve", card)
    assert await steps.stored(house, draft, "ana") == ("counted", "approved", (await _text(house, draft)), 1)


async def test_every_button_and_every_window_that_is_shown_has_its_listener(shared_house: House) -> None:
    """A story past every surface; what stands on them is looked up in the tables."""
    house = shared_house
    draft, written = await house.draft(), await house.draft(None)
    card = await house.card(draft)
    await house.max.types("/assay setup", in_=SUPPORT)
    await house.max.closes()
    await _opens(house, house.ana, card, "Edit", "Escalate", "Reject", "Report personal data")
    await _opens(house, house.ana, await house.card(written), "Write", "Escalate")
    await _opens(house, house.ana, await house.card(await house.draft("Long. " * 900)), "Read and review")
    await house.ana.clicks("Approve", card)
    await house.bea.clicks("Reject", await house.card(draft, seen_by="bea"))
    await house.bea.fills({"Why can this draft not be used?": "Wrong facts"})
    await house.bea.submits()
    await house.settles()
    note = await house.bea.last_private_note(SUPPORT)
    assert note is not None
    await _opens(house, house.bea, note, "Change")
    await _goes_through_focus_mode(house)
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    await _opens(house, house.lea, (await house.lea.reads(LEADS))[-1], "Settle 1 of 1")
    await _makes_a_draft_elsewhere(house)
    assert await keeps(house, "3") == {}
    await _opens_home(house)
    sent = [one["request"] for one in await house.traffic() if one["from"] == "bot"]
    assert {name for one in sent for name in _pressable(one)} == set(ACTIONS)
    windows = [one["view"] for one in sent if "view" in one and one["view"]["type"] == "modal"]
    assert {view["callback_id"] for view in windows if view.get("submit")} == set(VIEWS)


async def _makes_a_draft_elsewhere(house: House) -> None:
    """Of a message in another channel: a window asks for which one."""
    await house.lars.says("Where is my parcel?", in_=LEADS)
    await house.ana.uses("Draft a reply", on=(await house.ana.reads(LEADS))[-1])
    await house.ana.closes()


async def _opens_home(house: House) -> None:
    """An admin opens it while something has not arrived, and a lead who may look closer at somebody."""
    await house.fault(method="chat.postMessage", kind="error", error="invalid_blocks")
    await house.draft("A card that does not arrive.")
    await house.lea.opens_home()
    await _turns_the_audit_trail(house)
    await house.settles()


async def _turns_the_audit_trail(house: House) -> None:
    """Its newest page, and the one before."""
    async with house.sessions.writing() as session:
        for _ in range(2 * PAGE):
            await audit.note(session, AuditAct.MIGRATED, TEAM_ID, who=audit.OPERATOR, now=house.now())
    await house.max.opens_home()
    await house.settles()
    await house.max.clicks("Audit trail", await house.max.home())
    await house.max.clicks("Older")
    await house.max.closes()


async def _goes_through_focus_mode(house: House) -> None:
    """To the end and back: every way on and back stands on one of its windows."""
    for number in (1, 2):
        await house.draft(prompt=f"One more question, number {number}")
    await house.chen.types("/assay next", in_=SUPPORT)
    window = await house.chen.modal()
    while window is not None and "Skip" in window.buttons:
        await house.chen.clicks("Skip")
        window = await house.chen.modal()
    assert window is not None
    assert {"Back", "Show the 4 skipped"} <= set(window.buttons)
    await house.chen.closes()


def test_no_listener_stands_outside_the_tables() -> None:
    """Bolt is told of ids in one file only, and there by the tables."""
    folder = Path(__file__).parents[2] / "handlers" / "slack"
    asks = [path.name for path in folder.glob("*.py") if "app.action(" in path.read_text(encoding="utf-8")]
    assert asks == ["app.py"]


async def _opens(house: House, person: Person, on: Message, *buttons: str) -> None:
    for button in buttons:
        await person.clicks(button, on)
        assert await person.modal() is not None, button
        await person.closes()
        await house.settles()


async def _text(house: House, draft: int) -> str | None:
    async with house.sessions.reading() as session:
        return next(one.revision.text for one in await labels.in_slots(session, draft))


def _pressable(node: Any) -> Iterator[str]:
    """The ids of buttons and menus that send a press; inputs of a window do not."""
    if isinstance(node, list):
        for each in node:
            yield from _pressable(each)
    elif isinstance(node, dict):
        if node.get("type") in ("button", "overflow", "static_select"):
            yield node["action_id"]
        if node.get("type") != "input":
            yield from _pressable([*node.values()])


@IN_BOTH_TRANSPORTS
async def test_a_command_that_there_is_not_is_named_with_those_there_are(house: House) -> None:
    await house.ana.types("/assay dance <!channel>", in_=SUPPORT)
    (note,) = await steps.notes(house, "ana")
    assert note.startswith("There is no “/assay dance ")
    assert "<!channel>" not in note
    assert note.endswith(command_help.HELP)
