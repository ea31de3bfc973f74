"""What the stories with pictures share: a desk at which one person after another looks at the sandbox's page."""

import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from sandbox.people import Person
from tests.browsers import PHONE, WIDE, sideways

KEPT = Path(__file__).parents[1] / "docs" / "images"
HEAVIEST = 200_000  # bytes of a picture


class Desk:
    """The page as one person after another sees it; `settles` lets the bot do what it has to do."""

    def __init__(self, page: Page, url: str, settles: Callable[[], Awaitable[None]]) -> None:
        self.page, self.url, self.settles = page, url, settles

    @property
    def window(self) -> Locator:
        return self.page.get_by_role("dialog").last

    @property
    def home(self) -> Locator:
        return self.page.locator("#home")

    @property
    def note(self) -> Locator:
        """The newest message that only this person sees."""
        return self.page.locator(".message.private").last

    async def sits(self, person: Person, channel: str) -> None:
        """Somebody opens a channel; the bot has done what it had to do."""
        await self.settles()
        await self.page.goto(f"{self.url}/?user={person.id}&channel={channel}")
        await expect(self.page.get_by_role("textbox", name=f"as {person.name}")).to_be_visible()

    async def opens_home(self, person: Person) -> None:
        await self.settles()
        await self.page.goto(f"{self.url}/?user={person.id}&home=1")
        await self.settles()
        await expect(self.home).to_be_visible()

    async def types(self, line: str) -> None:
        await self.page.locator("#composer textarea").fill(line)
        await self.page.keyboard.press("Enter")

    def message(self, words: str) -> Locator:
        """The newest message on which these words stand."""
        return self.page.locator(".message", has_text=words).last

    async def card(self, words: str) -> Locator:
        """The open card on which these words stand."""
        button = self.page.get_by_role("button", name="Escalate")
        found = self.page.locator(".message", has_text=words).filter(has=button)
        await found.scroll_into_view_if_needed()
        return found

    async def presses(self, name: str, *, on: Locator | None = None) -> None:
        await (on or self.window).get_by_role("button", name=name, exact=True).click()

    async def chooses_more(self, entry: str, *, on: Locator) -> None:
        """An entry of the menu behind a card's three dots."""
        await on.get_by_role("button", name="More actions", exact=True).click()
        await self.page.get_by_role("menuitem", name=entry).click()

    async def titled(self, title: str) -> None:
        await expect(self.window.get_by_role("heading", name=title, exact=True)).to_be_visible()

    async def gone(self) -> None:
        """No window is open."""
        await expect(self.page.get_by_role("dialog")).to_have_count(0)

    async def reads(self, *sentences: str, on: Locator | None = None) -> None:
        for sentence in sentences:
            await expect((on or self.page.locator("body")).get_by_text(sentence).last).to_be_visible()

    async def seen(self, name: str, *, at: Locator | None = None, kept: bool = True) -> None:
        """Nothing is cut off at either width; with ASSAY_PICTURES both are `kept`."""
        for kind, (width, height) in (("wide", WIDE), ("phone", PHONE)):
            await self.page.set_viewport_size({"width": width, "height": height})
            await self.page.mouse.move(0, 0)
            if at is not None:
                await at.evaluate(
                    "node => node.scrollIntoView({ block: node.clientHeight > 560 ? 'start' : 'center' })"
                )
            assert await sideways(self.page) == 0, f"{name} is wider than a {kind} window"
            if kept and os.environ.get("ASSAY_PICTURES"):
                size = _kept(await self.page.screenshot(), KEPT / f"{name}-{kind}.png")
                assert size < HEAVIEST, f"{name}-{kind}.png has {size:,} bytes"
        await self.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


def _kept(picture: bytes, file: Path) -> int:
    """Store a picture in 256 colours, a third as heavy and not to be told apart; its size in bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = Image.open(BytesIO(picture)).convert("RGB")
    whole.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
    return file.stat().st_size


@asynccontextmanager
async def opened_page(browser: Browser) -> AsyncIterator[Page]:
    """A page in which no script fails."""
    context = await browser.new_context(
        viewport={"width": WIDE[0], "height": WIDE[1]}, locale="en-GB", reduced_motion="reduce"
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    assert complaints == []


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Somebody else writes and does not finish."""
    with sqlite3.connect(database) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.rollback()
