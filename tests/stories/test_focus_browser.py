"""Thirty drafts in a row, in a real browser: of every length, answered in every way, and no word is lost."""

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browsers import WIDE
from tests.house import SUPPORT, House
from tests.houses import Houses
from tests.stories.steps import label, one_database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DRAFTS = 30
PATIENCE = 20.0  # seconds: this is about words, whatever else the machine does
LENGTHS = (120, 2_390, 2_401, 7_000, 40_000)  # in one field, at its edge, in several, in all of them
ODD = "Grüße – “ok” 👩‍👧 &amp; <b>5 < 6</b>  two  spaces"


def written(number: int) -> str:
    """A draft of its own, of one length after the other; it ends as no other does."""
    length = LENGTHS[number % len(LENGTHS)]
    words = f"Draft {number}: {ODD}. "
    return (words * (length // len(words) + 1))[: length - 12] + f" The end {number}."


@one_database
async def test_thirty_drafts_in_a_row_lose_no_word(browser: Browser, houses: Houses) -> None:
    async with houses.open(ack_seconds=PATIENCE) as house:
        for number in range(DRAFTS):
            body = {"channel": "#support", "prompt": f"Question {number}", "draft": written(number)}
            assert (await house.sends(body)).status_code == 201
        await house.settles()
        expect.set_options(timeout=PATIENCE * 1_000)
        context = await browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, reduced_motion="reduce")
        page = await context.new_page()
        await page.goto(f"{house.box.url}/?user={house.ana.id}&channel={SUPPORT}")
        await page.locator("#composer textarea").fill("/assay next")
        await page.keyboard.press("Enter")
        expected = await reviews(house, page)
        await context.close()
        expect.set_options(timeout=5_000)
        assert sorted(expected) == list(range(1, DRAFTS + 1))
        for draft, (verdict, text) in expected.items():
            answer = await label(house, draft, "ana")
            assert answer is not None, draft
            assert (answer.revision.verdict, answer.revision.text, answer.label.newest) == (verdict, text, 1), draft


async def reviews(house: House, page: Page) -> dict[int, tuple[str, str | None]]:
    """Go through all of them; what was meant to be stored, by draft."""
    window = page.get_by_role("dialog")
    expected: dict[int, tuple[str, str | None]] = {}
    for number in range(DRAFTS):
        await expect(window.get_by_text(f"Question {number}", exact=True)).to_be_visible()
        expected[number + 1] = await answers(window, number)
        if number % 6 == 1:  # one in which something was typed
            await there_and_back(window, number)
        await window.get_by_role("button", name="Save and next").click()
        await expect(window.get_by_text(f"Question {number}", exact=True)).to_have_count(0)
        await house.settles()
    await expect(window.get_by_text(f"{DRAFTS} reviewed today.")).to_be_visible()
    return expected


async def answers(window: Locator, number: int) -> tuple[str, str | None]:
    """Fill one window in, in turn: as it is, another last line, a rejection."""
    draft = written(number)
    last = window.get_by_role("textbox", name="Reply").nth(len(await parts(window)) - 1)
    if number % 3 == 1:
        ending = f" Added {number}: {ODD}"
        await last.fill(await last.input_value() + ending)
        return "edited", draft + ending
    if number % 3 == 2:
        await window.get_by_role("radio", name="Not usable").check()
        await window.get_by_label("Why can this draft not be used?").select_option("Wrong tone")
        return "rejected", None
    return "approved", draft


async def parts(window: Locator) -> list[Locator]:
    """The inputs that hold the reply, without the spare one."""
    boxes = await window.get_by_role("textbox", name="Reply").all()
    return boxes if len(boxes) == 1 else boxes[:-1]


async def there_and_back(window: Locator, number: int) -> None:
    """Back to the one before, and on again: what was typed still stands there."""
    await window.get_by_role("button", name="Back").click()
    await expect(window.get_by_text(f"Question {number - 1}", exact=True)).to_be_visible()
    await window.get_by_role("button", name="Skip").click()
    await expect(window.get_by_text(f"Question {number}", exact=True)).to_be_visible()
