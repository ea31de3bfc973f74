"""A real browser for tests: one for all of them in each process of a run."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = (1280, 800)
PHONE = (390, 844)


def chromium() -> str:
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found:
        return found
    reason = f"no Chromium on the PATH (looked for {', '.join(PROGRAMS)})"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = chromium()
    async with async_playwright() as driver:
        started = await driver.chromium.launch(executable_path=program, args=SWITCHES)
        yield started
        await started.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page that has no failing script and breaks no rule of its content security policy."""
    context = await browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="en-GB")
    opened = await context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda line: complaints.append(line.text) if "Security Policy" in line.text else None)
    yield opened
    await context.close()
    assert complaints == []


async def sideways(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    root = "document.documentElement"
    return int(await page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))
