"""What somebody typed is stored, or stays before their eyes with a sentence that says what to do."""

import asyncio
from typing import Any

import pytest

from bot.surfaces import notes as sentences
from handlers.slack import focus, windows
from sandbox.workspace import TEAM_ID
from storage.queries import channels
from tests.databases import Postgres
from tests.house import DRAFT, SUPPORT, House
from tests.stories.steps import gone, held, label, notes, one_database, removes, rows, stored
from tests.stories.test_erasure import erases
from tests.stories.test_report import halted
from tests.transports import IN_BOTH_TRANSPORTS

EDITED = DRAFT.replace("today", "yesterday")
SAVED = "Saved: your edit (1 word changed)."


async def writes(house: House, draft: int) -> None:
    """Ana has the window open and has typed."""
    await house.ana.clicks("Edit", await house.card(draft))
    await house.settles()
    await house.ana.fills({"Reply": EDITED})


async def stays(house: House, sentence: str) -> None:
    """The window is open, what was typed stands in it, and the sentence stands at its field."""
    window = await house.ana.modal()
    assert window is not None
    assert window.fields["Reply"] == EDITED
    assert window.error_at("Reply") == sentence


async def saves_once(house: House, draft: int) -> None:
    """The next press saves the answer: one row, one note."""
    assert (await house.ana.submits()).closed
    assert await notes(house, "ana") == [SAVED]
    assert await stored(house, draft, "ana") == ("counted", "edited", EDITED, 1)
    assert await rows(house) == (1, 1)


@IN_BOTH_TRANSPORTS
async def test_a_locked_database_leaves_the_window_open_and_the_next_press_saves_once(house: House) -> None:
    draft = await house.draft()
    await writes(house, draft)
    async with held(house, draft):
        for _ in range(2):
            assert not (await house.ana.submits()).closed
            await stays(house, sentences.AWAY_MODAL.format(button="Save"))
    assert await rows(house) == (0, 0)
    await saves_once(house, draft)


async def test_a_database_that_is_gone_leaves_the_window_open_and_the_next_press_saves_once(
    house: House, on_postgres: Postgres | None
) -> None:
    draft = await house.draft()
    await writes(house, draft)
    async with gone(house, on_postgres):
        assert not (await house.ana.submits()).closed
        await stays(house, sentences.AWAY_MODAL.format(button="Save"))
    assert await rows(house) == (0, 0)
    await saves_once(house, draft)


async def test_a_press_while_the_database_is_gone_says_which_button_to_press_again(
    house: House, on_postgres: Postgres | None
) -> None:
    draft = await house.draft()
    card = await house.card(draft)
    async with gone(house, on_postgres):
        for button in ("Approve", "Edit", "Escalate", "Reject"):
            assert (await house.ana.clicks(button, card)).toast is None
            assert (await notes(house, "ana"))[-1] == sentences.AWAY.format(button=button)
        assert (await house.max.types("/assay setup", in_=SUPPORT)).toast is None
        assert (await notes(house, "max"))[-1] == sentences.AWAY_COMMAND
    assert await house.ana.modal() is None
    await house.ana.clicks("Approve", card)
    assert (await notes(house, "ana"))[-1] == "Saved: approved as is."
    assert await rows(house) == (1, 1)


@pytest.mark.parametrize(
    ("button", "typed", "field"),
    [
        ("Escalate", {"Why must a human take over?": "Legal threat"}, "Why must a human take over?"),
        ("Reject", {"Why can this draft not be used?": "Wrong facts"}, "Why can this draft not be used?"),
    ],
)
async def test_every_window_survives_a_locked_database(
    house: House, button: str, typed: dict[str, str], field: str
) -> None:
    draft = await house.draft()
    await house.ana.clicks(button, await house.card(draft))
    await house.settles()
    reply = "Reply" if button == "Escalate" else "A better reply"
    await house.ana.fills({**typed, reply: EDITED})
    async with held(house, draft):
        assert not (await house.ana.submits()).closed
        window = await house.ana.modal()
    assert window is not None
    assert window.fields[reply] == EDITED
    assert window.fields[field] == typed[field]
    assert sentences.AWAY_MODAL.format(button=button) in window.errors.values()
    assert (await house.ana.submits()).closed
    found = await label(house, draft, "ana")
    assert found is not None
    assert (found.revision.text, found.label.newest) == (EDITED, 1)


async def test_somebody_who_is_no_longer_allowed_keeps_the_text_and_reads_who_can_help(house: House) -> None:
    draft = await house.draft()
    await writes(house, draft)
    await removes(house, "ana")
    assert not (await house.ana.submits()).closed
    await stays(house, sentences.still_here(sentences.REFUSED))
    assert "a lead can add you" in sentences.REFUSED
    assert await rows(house) == (0, 0)
    await house.ana.invites(house.ana, to=SUPPORT)
    assert (await house.ana.submits()).closed
    assert await notes(house, "ana") == [SAVED]
    assert await stored(house, draft, "ana") == ("counted", "edited", EDITED, 1)


async def test_while_the_database_is_locked_an_undo_says_so_and_its_button_stays_to_be_pressed_again(
    house: House,
) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    assert await notes(house, "ana") == ["Saved: approved as is."]
    note = await house.ana.last_private_note(SUPPORT)
    async with held(house, draft):
        await house.ana.clicks("Undo", note)
        await house.settles()
    assert await notes(house, "ana") == ["Saved: approved as is.", sentences.AWAY.format(button="Undo")]
    await house.ana.clicks("Undo", note)
    assert "Undone. Your answer is taken back." in await notes(house, "ana")


@one_database
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "ratelimit", "seconds": 1}, sentences.NOT_OPENED.format(what="press Change")),
        ({"kind": "foreign", "status": 503}, sentences.NOT_OPENED.format(what="press Change")),
        ({"kind": "foreign", "status": 200}, sentences.NOT_OPENED.format(what="press Change")),
        ({"kind": "error", "error": "invalid_arguments"}, sentences.REFUSED_WINDOW),
    ],
)
async def test_where_slack_does_not_show_a_window_the_buttons_of_the_private_note_stay(
    house: House, fault: dict[str, Any], said: str
) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    assert await notes(house, "ana") == ["Saved: approved as is."]
    note = await house.ana.last_private_note(SUPPORT)
    await house.fault(method="views.open", **fault)
    await house.ana.clicks("Change", note)
    await house.settles()
    assert await notes(house, "ana") == ["Saved: approved as is.", said]
    await house.ana.clicks("Undo", note)
    assert "Undone. Your answer is taken back." in await notes(house, "ana")


async def test_a_guideline_that_changed_meanwhile_costs_no_answer(house: House) -> None:
    draft = await house.draft()
    await writes(house, draft)
    await house.max.types("/assay setup", in_=SUPPORT)
    await house.max.fills({"Guideline": "Be brief."})
    assert (await house.max.submits()).closed
    house.moves(hours=1)
    assert (await house.ana.submits()).closed
    assert await notes(house, "ana") == [SAVED]
    assert await stored(house, draft, "ana") == ("counted", "edited", EDITED, 1)
    async with house.sessions.reading() as session:
        known = await channels.by_any_name(session, TEAM_ID, SUPPORT)
    assert known is not None
    assert known.guideline == 2


async def test_a_guideline_that_grows_when_it_is_redacted_stays_in_the_window(house: House) -> None:
    await house.max.types("/assay setup", in_=SUPPORT)
    guideline = "\n".join(f"a{number}@b.co" for number in range(300))
    assert len(guideline) < 3_000
    await house.max.fills({"Guideline": guideline})
    assert not (await house.max.submits()).closed
    window = await house.max.modal()
    assert window is not None
    assert window.fields["Guideline"] == guideline
    assert "Shorten it, then press Save again." in (window.error_at("Guideline") or "")
    await house.max.fills({"Guideline": "Be kind."})
    assert (await house.max.submits()).closed


@pytest.mark.parametrize("button", ["Edit", "Reject", "Escalate", "/assay next"])
async def test_a_draft_that_is_erased_while_an_answer_is_stored_leaves_the_window_open(
    house: House, monkeypatch: pytest.MonkeyPatch, button: str
) -> None:
    draft = await house.draft()
    if button == "/assay next":
        await house.draft(prompt="The next one")
        await house.ana.types(button, in_=SUPPORT)
    else:
        await house.ana.clicks(button, await house.card(draft))
    window = await house.ana.modal()
    assert window is not None
    reasons = {"Why can this draft not be used?": "Unsafe", "Why must a human take over?": "Legal threat"}
    if button in ("Reject", "Escalate"):
        await house.ana.fills({field: reason for field, reason in reasons.items() if field in window.fields})
    reply = "A better reply" if button == "Reject" else "Reply"
    await house.ana.fills({reply: EDITED})
    place = focus if button == "/assay next" else windows
    async with halted(monkeypatch, place, "answer_before") as come:
        saving = asyncio.create_task(house.ana.submits())
        await come.wait()
        await erases(house, draft)
    assert list((await saving).errors.values()) == [sentences.still_here(sentences.GONE_MODAL)]
    window = await house.ana.modal()
    assert window is not None
    assert window.fields[reply] == EDITED
    assert await rows(house) == (0, 0)
