"""A reply of 48,000 characters goes through the edit window without losing a byte."""

import pytest

from bot import texts
from bot.surfaces import notes as sentences
from sandbox.people import Modal
from tests.house import SUPPORT, House
from tests.stories.steps import notes, one_database, stored

LONGEST = 48_000
MARK = "Please restart the blue router."
CHANGED = "Please restart the grey router."
# What browsers, Slack and keyboards change on their own: line ends, trailing space, entities, combining accents, emoji.
ODD = "Line {} ends in spaces  \r\nand a cafe\u0301 &amp;lt; 5 &gt; 3\u00a0🙂.\r\n\r\n\r\n\tIndented\t\n"
PLAIN = "Sentence {} is plain and says what to do next with the router.\n\n"


def long_text() -> str:
    """Odd at both ends, plain for three parts' length around the mark, 48,000 characters in all."""
    plain = "".join(PLAIN.format(number) for number in range(120))
    plain = f"{plain[:3600]}{MARK}{plain[3600:7200]}"
    odd = "".join(ODD.format(number) for number in range(2000))
    half = texts.reach(odd, (LONGEST - texts.slack_length(plain)) // 2 - 10)
    text = f"{odd[:half]}{plain}{odd[:half]}"
    return text + "x" * (LONGEST - texts.slack_length(text))


def parts(window: Modal) -> dict[str, str]:
    """What stands in each part of the reply, by its label."""
    return {name: value for name, value in window.fields.items() if name.startswith("Reply, part")}


async def opened(house: House, text: str) -> tuple[int, Modal]:
    draft = await house.draft(text)
    card = await house.card(draft)
    assert "Approve" not in card.buttons
    await house.ana.clicks("Read and review", card)
    window = await house.ana.modal()
    assert window is not None
    return draft, window


async def test_one_part_is_edited_and_every_other_byte_stays(house: House) -> None:
    text = long_text()
    assert texts.slack_length(text) == LONGEST
    draft, window = await opened(house, text)
    shown = parts(window)
    assert len(shown) == 20
    place, part = next((name, value) for name, value in shown.items() if MARK in value)
    # Every part is typed again, so that the browser has its own line ends and spaces in all of them.
    await house.ana.fills({**shown, place: part.replace(MARK, CHANGED)})
    outcome = await house.ana.submits()
    assert outcome.closed, outcome
    assert await notes(house, "ana") == ["Saved: your edit (1 word changed)."]
    assert await stored(house, draft, "ana") == ("counted", "edited", text.replace(MARK, CHANGED), 1)


async def test_parts_that_were_touched_but_not_changed_approve_the_original_bytes(house: House) -> None:
    text = long_text()
    draft, window = await opened(house, text)
    shown = list(parts(window).items())
    await house.ana.fills(dict(shown[:10]))  # typed again: the browser has its own line ends and spaces
    assert (await house.ana.submits()).closed
    assert await notes(house, "ana") == ["Saved: approved as is."]
    assert await stored(house, draft, "ana") == ("counted", "approved", text, 1)


async def test_an_emptied_part_is_taken_out_and_the_spare_one_is_added(house: House) -> None:
    text = "".join(PLAIN.format(number) for number in range(200))
    draft, window = await opened(house, text)
    shown = parts(window)
    place, part = list(shown.items())[1]
    await house.ana.fills({place: None, "Reply, more": "With kind regards"})
    assert (await house.ana.submits()).closed
    found = await stored(house, draft, "ana")
    assert found is not None
    assert found[2] == text.replace(part, "").replace("\n\n\n\n", "\n\n") + "With kind regards"
    assert (await notes(house, "ana"))[0].startswith("Saved: your edit (")


async def test_a_change_of_mind_starts_from_ones_own_long_answer(house: House) -> None:
    text = long_text()
    draft, window = await opened(house, text)
    place, part = next((name, value) for name, value in parts(window).items() if MARK in value)
    await house.ana.fills({place: part.replace(MARK, CHANGED)})
    await house.ana.submits()
    assert len(await notes(house, "ana")) == 1
    note = await house.ana.last_private_note("#support")
    assert note is not None
    await house.ana.clicks("Change", note)
    again = await house.ana.modal()
    assert again is not None
    place, part = next((name, value) for name, value in parts(again).items() if CHANGED in value)
    await house.ana.fills({place: part.replace("grey router", "red router")})
    assert (await house.ana.submits()).closed
    assert (await notes(house, "ana"))[-1] == "Saved: your edit (1 word changed). It replaces your earlier answer."
    kept = await stored(house, draft, "ana")
    assert kept == ("counted", "edited", text.replace("blue router", "red router"), 2)


@one_database
@pytest.mark.parametrize("way", ["Read and review", "/assay next"])
async def test_a_reply_that_redaction_made_longer_than_48_000_characters_can_be_edited(house: House, way: str) -> None:
    text = " ".join(f"u{number}@b.co" for number in range(6000))[:47_990]
    draft, window = await opened(house, text)
    if way == "/assay next":
        await house.ana.closes()
        await house.ana.types(way, in_=SUPPORT)
        await house.settles()
        seen = await house.ana.modal()
        assert seen is not None
        window = seen
    shown = parts(window)
    assert sum(map(len, shown.values())) > LONGEST
    first = f"Reply, part 1 of {len(shown)}"
    await house.ana.fills({first: f"Hello! {shown[first]}"})
    outcome = await house.ana.submits()
    assert (outcome.errors, outcome.error) == ({}, None)
    found = await stored(house, draft, "ana")
    assert found is not None
    assert found[1] == "edited"
    assert (found[2] or "").startswith("Hello! [EMAIL_1] [EMAIL_2]")


@one_database
async def test_placeholders_leave_no_room_for_more_of_other_words(house: House) -> None:
    _, window = await opened(house, f"{PLAIN * 700}{'[EMAIL_1] ' * 200}"[:LONGEST])
    spare = {f"Reply, part {number} of {len(parts(window))}": "x" * 3_000 for number in range(1, 21)}
    await house.ana.fills({name: value for name, value in spare.items() if name in window.fields})
    outcome = await house.ana.submits()
    assert list(outcome.errors.values()) == [sentences.TOO_LONG.format(button="Save")]
