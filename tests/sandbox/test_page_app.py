"""The app on the sandbox's page: its Home, its shortcuts, the fields that ask it as one types."""

import httpx
import pytest
from playwright.async_api import Page, expect

from sandbox.people import Person
from tests.browsers import PHONE, sideways
from tests.sandbox.offices import Office
from tests.sandbox.test_page import office

__all__ = ["office"]  # the fixture

pytestmark = pytest.mark.browser


async def asks(office: Office, words: str) -> None:
    """Bea writes in the channel."""
    async with httpx.AsyncClient(base_url=office.box.url) as http:
        await Person(http, office.bea, "Bea").says(words, in_="#support")


async def test_the_app_shows_its_home_and_opens_a_modal_from_it(office: Office, page: Page) -> None:
    await page.goto(office.address(office.ana))
    await page.get_by_role("link", name="Assay").click()
    home = page.get_by_role("region", name="Assay")
    await expect(home.get_by_text("12 drafts wait")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Message")).to_have_count(0)
    await home.get_by_role("button", name="Settle").click()
    await expect(page.get_by_role("dialog", name="Pick a topic")).to_be_visible()


async def test_the_conversation_with_the_app_is_the_other_tab(office: Office, page: Page) -> None:
    await page.goto(f"{office.box.url}/?user={office.ana}&home=1")
    await page.get_by_role("button", name="Messages").click()
    await page.get_by_role("textbox", name="Message Assay as Ana").fill("Hello")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message", has_text="Hello")).to_be_visible()
    await page.get_by_role("button", name="Home").click()
    await expect(page.get_by_text("12 drafts wait")).to_be_visible()
    await page.go_back()
    await expect(page.locator(".message", has_text="Hello")).to_be_visible()


async def test_an_app_that_published_nothing_has_nothing_there(office: Office, page: Page) -> None:
    office.box.app.events.clear()
    await page.goto(f"{office.box.url}/?user={office.ana}&home=1")
    await expect(page.get_by_text("This app has nothing here yet.")).to_be_visible()


async def test_a_home_being_typed_in_stays_as_it_is_while_it_is_published_again(office: Office, page: Page) -> None:
    reply = {"type": "plain_text_input", "action_id": "text"}
    words = {"type": "plain_text", "text": "Note"}
    note = {"type": "input", "block_id": "note", "label": words, "element": reply}
    office.box.app.events.clear()
    await office.client.views_publish(user_id=office.ana, view={"type": "home", "blocks": [note]})
    await page.goto(f"{office.box.url}/?user={office.ana}&home=1")
    await page.get_by_role("textbox", name="Note").fill("Half")
    heading = {"type": "header", "text": {"type": "plain_text", "text": "Newer"}}
    await office.client.views_publish(user_id=office.ana, view={"type": "home", "blocks": [heading, note]})
    await expect(page.get_by_role("heading", name="Newer")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Note")).to_have_value("Half")
    await expect(page.get_by_role("textbox", name="Note")).to_be_focused()


async def test_a_message_has_the_apps_shortcuts(office: Office, page: Page) -> None:
    await asks(office, "Where is my money?")
    await page.goto(office.address(office.ana))
    message = page.locator(".message", has_text="Where is my money?")
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Draft a reply").click()
    await expect(page.get_by_role("menu")).to_have_count(0)
    await office.hears("draft for Where is my money?")


async def test_the_keyboard_alone_can_use_a_shortcut_and_reads_when_it_fails(office: Office, page: Page) -> None:
    await asks(office, "Where is my money?")
    await page.goto(office.address(office.ana))
    await expect(page.locator(".message", has_text="Where is my money?")).to_be_visible()
    office.box.app.request_url = "http://127.0.0.1:9/gone"
    await page.locator(".message", has_text="Where is my money?").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Draft a reply")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text('Draft a reply failed with the error "dispatch_failed".')).to_be_visible()


async def test_a_global_shortcut_stands_at_the_composer(office: Office, page: Page) -> None:
    await page.goto(office.address(office.ana))
    await page.get_by_role("button", name="Shortcuts").click()
    await page.get_by_role("menuitem", name="Review next draft").click()
    await expect(page.get_by_role("dialog", name="Pick a topic")).to_be_visible()


async def test_a_field_finds_what_is_typed_and_keeps_what_is_chosen(office: Office, page: Page) -> None:
    await page.goto(office.address(office.ana))
    await page.get_by_role("button", name="Shortcuts").click()
    await page.get_by_role("menuitem", name="Review next draft").click()
    field = page.get_by_role("combobox", name="Topic")
    await field.fill("b")
    await expect(page.get_by_text("Type at least 2 characters")).to_be_visible()
    await field.fill("bill")
    await expect(page.get_by_role("option")).to_have_text(["Billing", "Billing › Refund"])
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(page.locator(".chip")).to_have_text("Billing › Refund")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert office.seen == ["saved Billing › Refund"]


async def test_a_field_in_the_home_tells_the_app_at_once_and_says_when_nothing_could_be_loaded(
    office: Office, page: Page
) -> None:
    await page.goto(f"{office.box.url}/?user={office.ana}&home=1")
    field = page.get_by_role("combobox", name="Find a topic")
    await field.fill("ship")
    await page.get_by_role("option", name="Shipping").click()
    await expect(page.locator(".chip")).to_have_text("Shipping")
    await office.hears("chose Shipping")
    office.box.app.request_url = "http://127.0.0.1:9/gone"
    await field.fill("bill")
    await expect(page.get_by_text("Couldn't load results")).to_be_visible()
    await page.reload()
    await expect(page.locator(".chip")).to_have_text("Shipping")


async def test_a_phone_shows_home_and_shortcuts_without_sideways_scrolling(office: Office, page: Page) -> None:
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await asks(office, "Where is my money?")
    await page.goto(f"{office.box.url}/?user={office.ana}&home=1")
    await expect(page.get_by_role("button", name="Settle")).to_be_visible()
    assert await sideways(page) == 0
    await page.get_by_role("button", name="Channels and people").click()
    await page.get_by_role("link", name="support").click()
    message = page.locator(".message", has_text="Where is my money?")
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await expect(page.get_by_role("menuitem", name="Draft a reply")).to_be_in_viewport()
    assert await sideways(page) == 0
