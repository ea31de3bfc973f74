"""A text that nobody changed is stored byte for byte, whatever Slack and a browser make of it on the way."""

import unicodedata

import pytest

from bot import chunks, texts
from storage.queries import labels
from storage.queries.labels import Current
from tests.house import House

PARAGRAPH = "Grüße, Zoë 👩‍👩‍👧 & <b>you</b>: 5 > 3, &lt; is no entity here.  \r\n"
LONG = texts.beginning(PARAGRAPH * 800, chunks.LONGEST - 100) + "\r\nThe end."
FULL = LONG + "!" * (chunks.LONGEST - texts.slack_length(LONG))
TEXTS = {
    "line ends of three systems": "One\r\nTwo\rThree\nFour",
    "trailing blanks": "One  \nTwo \t\n\n  Three",
    "blank lines and blanks around": "\n\n  Hello there.  \n \n",
    "entities": "Tom &amp; Jerry &lt;3 a < b > c & d &amp;amp; &nbsp;",
    "composed": unicodedata.normalize("NFC", "Ångström café"),
    "decomposed": unicodedata.normalize("NFD", "Ångström café"),
    "emoji and flags": "Fine 👍🏽 👩‍👩‍👧‍👦 🇪🇺 :tada: ❤️",
    "no-break spaces": "10\u00a0€ and 20\u202f€",
    "what Slack formats": "*bold* _it_ ~no~ `code` > quote\n```\nfence\n```\n<@U0ANA> #1",
    "48,000 characters": FULL,
}


@pytest.mark.parametrize("what", TEXTS)
async def test_saving_without_a_change_approves_the_original_bytes(house: House, what: str) -> None:
    text = TEXTS[what]
    draft = await house.draft(text)
    card = await house.card(draft)
    await house.ana.clicks("Edit" if "Edit" in card.buttons else "Read and review", card)
    assert (await house.ana.submits()).closed
    assert await house.read("ana") == "Saved: approved as is."
    saved = await _saved(house, draft)
    assert (saved.revision.verdict, saved.revision.text) == ("approved", text)


@pytest.mark.parametrize("what", ["line ends of three systems", "decomposed", "48,000 characters"])
async def test_typing_the_same_again_approves_the_original_bytes(house: House, what: str) -> None:
    """A browser sends what was touched in its own way: other line ends, and NFC from some keyboards."""
    text = TEXTS[what]
    draft = await house.draft(text)
    card = await house.card(draft)
    await house.ana.clicks("Edit" if "Edit" in card.buttons else "Read and review", card)
    modal = await house.ana.modal()
    assert modal is not None
    shown = {label: str(held) for label, held in modal.fields.items() if label.startswith("Reply") and held}
    await house.ana.fills({label: unicodedata.normalize("NFC", held) + " \n" for label, held in shown.items()})
    assert (await house.ana.submits()).closed
    assert await house.read("ana") == "Saved: approved as is."
    assert (await _saved(house, draft)).revision.text == text


async def test_one_word_changed_among_parts_that_were_touched_keeps_their_bytes(house: House) -> None:
    draft = await house.draft(LONG)
    await house.ana.clicks("Read and review", await house.card(draft))
    modal = await house.ana.modal()
    assert modal is not None
    shown = {label: str(held) for label, held in modal.fields.items() if label.startswith("Reply") and held}
    await house.ana.fills({label: held.replace("The end.", "Bye.") + " " for label, held in shown.items()})
    assert (await house.ana.submits()).closed
    first = chunks.split(LONG)[0]
    assert ((await _saved(house, draft)).revision.text or "").startswith(first.before + first.text + first.after)


async def test_one_word_changed_in_a_long_text_changes_that_word_alone(house: House) -> None:
    draft = await house.draft(LONG)
    await house.ana.clicks("Read and review", await house.card(draft))
    modal = await house.ana.modal()
    assert modal is not None
    label = next(label for label, shown in modal.fields.items() if shown and "The end." in str(shown))
    await house.ana.fills({label: str(modal.fields[label]).replace("The end.", "The beginning.")})
    assert (await house.ana.submits()).closed
    saved = await _saved(house, draft)
    assert saved.revision.verdict == "edited"
    text = saved.revision.text or ""
    *parts, last = chunks.split(LONG)
    untouched = "".join(part.before + part.text + part.after for part in parts)
    assert text.startswith(untouched)
    assert texts.same(text[len(untouched) :], last.text.replace("The end.", "The beginning."))


async def test_what_is_added_to_a_text_that_fills_every_part_is_kept(house: House) -> None:
    draft = await house.draft(LONG)
    await house.ana.clicks("Read and review", await house.card(draft))
    await house.ana.fills({"Reply, more": "P.S. One thing more."})
    assert (await house.ana.submits()).closed
    assert (await _saved(house, draft)).revision.text == f"{LONG}\n\nP.S. One thing more."


async def test_a_long_own_reply_comes_back_whole_when_it_is_changed(house: House) -> None:
    """Change starts from the stored answer, in parts of its own."""
    draft = await house.draft(LONG)
    await house.ana.clicks("Read and review", await house.card(draft))
    await house.ana.fills({"Reply, more": "P.S. One thing more."})
    await house.ana.submits()
    await house.settles()
    note = next(one for one in reversed(await house.ana.reads("#support")) if "Change" in one.buttons)
    await house.ana.clicks("Change", note)
    assert (await house.ana.submits()).closed
    saved = await _saved(house, draft)
    assert (saved.label.newest, saved.revision.text) == (1, f"{LONG}\n\nP.S. One thing more.")


async def test_a_text_beyond_48_000_characters_is_refused_and_stays_in_the_window(house: House) -> None:
    draft = await house.draft(LONG)
    await house.ana.clicks("Read and review", await house.card(draft))
    await house.ana.fills({"Reply, more": "x" * 2_000})
    outcome = await house.ana.submits()
    assert not outcome.closed
    assert "up to 48,000 characters" in " ".join(outcome.errors.values())
    modal = await house.ana.modal()
    assert modal is not None
    assert modal.fields["Reply, more"] == "x" * 2_000


async def _saved(house: House, draft: int) -> Current:
    async with house.sessions.reading() as session:
        found = await labels.of(session, draft, house.ana.id)
    assert found is not None
    return found
