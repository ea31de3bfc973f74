"""The page at /api/docs in a real browser: every operation, a token that stays there, nothing from elsewhere."""

import re

import pytest
from playwright.async_api import Browser, expect

from handlers.http.web_app import API
from storage.words import WebhookEvent
from tests.house import House
from tests.stories.steps import one_database

pytestmark = pytest.mark.browser


@one_database
@pytest.mark.parametrize("width", [1200, 390])
async def test_every_operation_is_shown_and_the_token_goes_into_the_commands_only(
    house: House, browser: Browser, width: int
) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 800})
    page = await context.new_page()
    asked, wrong = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(f"{house.bot.url}/api/docs")
    await expect(page.locator("article")).to_have_count(len(API) + len(WebhookEvent))
    command = page.locator("#post_drafts pre").first
    await expect(command).to_contain_text('-H "Authorization: Bearer $ASSAY_TOKEN"')
    await page.get_by_label("Token").fill("assay_it's")
    await expect(command).to_contain_text("-H 'Authorization: Bearer assay_it'\\''s'")
    for one in API:
        await expect(page.get_by_role("heading", name=one.summary, exact=True)).to_be_visible()
    for summary in await page.locator("#post_webhook summary, #get_labels summary").all():
        await summary.click()
    await expect(page.locator("#post_webhook")).to_contain_text("whsec_")
    await expect(page.locator("#post_webhook")).to_contain_text("Id or name of the one channel to tell of")
    await expect(page.locator("body")).not_to_contain_text(re.compile("undefined|\\[object"))
    await expect(page.locator("#get_labels")).to_contain_text("X-Resume-After")
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    assert all(re.match(rf"{house.bot.url}/api/(docs|v1/openapi\.json)", url) for url in asked)
    assert await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert wrong == []
    await context.close()


@one_database
async def test_the_pages_files_are_there_and_nothing_else_is(house: House) -> None:
    page = await house.http.get(f"{house.bot.url}/api/docs")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for name in re.findall(r'"(/api/docs/[^"]+)"', page.text):
        assert (await house.http.get(f"{house.bot.url}{name}")).status_code == 200
    for name in ("nothing.js", "..%2Fopenapi.py", "%2e%2e%2f%2e%2e%2fetc%2fpasswd"):
        answer = await house.http.get(f"{house.bot.url}/api/docs/{name}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


@one_database
async def test_an_address_that_is_nowhere_gets_a_problem_document_outside_of_the_api_too(house: House) -> None:
    answer = await house.http.get(f"{house.bot.url}/nothing")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    answer = await house.http.put(f"{house.bot.url}/healthz")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET,HEAD")
