"""The sandbox's page in a real browser: what a person sees, types and presses."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.app import AppConfig
from sandbox.clock import Clock
from sandbox.server import Sandbox
from tests.browsers import PHONE, sideways
from tests.sandbox.offices import (
    CARD,
    LONG_WORD,
    TABLE,
    Office,
    app_listeners,
    button,
    listeners,
    plain,
    section,
    served,
)

pytestmark = pytest.mark.browser


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    config = AppConfig()
    box = Sandbox(app=config, clock=Clock.real())
    ana, bea = box.workspace.add_user("Ana"), box.workspace.add_user("Bea")
    channel = box.workspace.add_channel("support", members=[ana.id, bea.id, box.workspace.bot.id])
    await box.start(port=0)
    client = AsyncWebClient(token=config.bot_token, base_url=box.api_url)
    bolt = AsyncApp(client=client, signing_secret=config.signing_secret)
    made = Office(box, client, channel.id, ana.id, bea.id)
    listeners(bolt, made.seen)
    app_listeners(bolt, made.seen)
    runner = await served(bolt)
    config.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield made
    await runner.cleanup()
    await box.stop()


async def edit_modal(page: Page) -> None:
    await page.get_by_role("button", name="Edit", exact=True).click()
    await expect(page.get_by_role("dialog", name="Edit the reply")).to_be_visible()


async def test_a_card_is_shown_and_a_click_on_it_reaches_the_bot(office: Office, page: Page) -> None:
    await office.post("Refund question", CARD)
    await page.goto(office.address(office.ana))
    await expect(page.locator(".message strong", has_text="double charge")).to_be_visible()
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("✓ Refund question · done")).to_be_visible()
    await expect(page.get_by_title("This message was edited")).to_be_visible()
    assert office.seen == ["approved by ana"]


async def test_a_modal_keeps_the_typed_text_after_an_error_and_loses_the_error_with_the_next_key(
    office: Office, page: Page
) -> None:
    await office.post("Refund question", CARD)
    await page.goto(office.address(office.ana))
    await edit_modal(page)
    reply = page.get_by_role("textbox", name="Reply")
    await expect(reply).to_have_value("I'm sorry.")
    await reply.fill("My card is 4111 1111.\n\nYours")
    await page.get_by_role("button", name="Save").click()
    error = page.get_by_text("This looks like a card number.")
    await expect(error).to_be_visible()
    await expect(reply).to_have_value("My card is 4111 1111.\n\nYours")
    await expect(reply).to_be_focused()
    await reply.press("End")
    await reply.press("x")
    await expect(error).to_be_hidden()


async def test_a_modal_being_typed_in_stays_as_it_is_while_messages_arrive(office: Office, page: Page) -> None:
    await office.post("Refund question", CARD)
    await page.goto(office.address(office.ana))
    await edit_modal(page)
    reply = page.get_by_role("textbox", name="Reply")
    await reply.fill("Half a sent")
    await office.post("Another card")
    await expect(page.locator(".message", has_text="Another card")).to_have_count(1)
    await expect(reply).to_be_focused()
    await page.keyboard.type("ence.")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert office.seen == ["Half a sentence."]


async def test_a_bot_that_does_not_answer_leaves_the_modal_open_with_its_text(office: Office, page: Page) -> None:
    await office.post("Refund question", CARD)
    await page.goto(office.address(office.ana))
    await edit_modal(page)
    office.box.app.request_url = "http://127.0.0.1:9/gone"
    await page.get_by_role("textbox", name="Reply").fill("Typed for an hour")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("We had some trouble connecting. Try again?")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Reply")).to_have_value("Typed for an hour")


async def test_a_reload_closes_the_modal_as_in_slack_and_the_next_one_starts_afresh(office: Office, page: Page) -> None:
    await office.post("Refund question", CARD)
    await page.goto(office.address(office.ana))
    await edit_modal(page)
    await page.get_by_role("textbox", name="Reply").fill("Half a sentence")
    await page.reload()
    await expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert office.box.world.views.of(office.ana) == []
    await edit_modal(page)
    await expect(page.get_by_role("textbox", name="Reply")).to_have_value("I'm sorry.")


async def test_notices_go_on_after_a_question_that_was_open_while_something_came(office: Office, page: Page) -> None:
    asked = {"title": plain("Sure?"), "text": plain("Approve it?"), "confirm": plain("Yes"), "deny": plain("No")}
    card = [
        section("Refund question"),
        {"type": "actions", "elements": [button("Approve", "draft:approve") | {"confirm": asked}]},
    ]
    await office.post("Refund question", card)
    await page.goto(office.address(office.ana))
    await page.get_by_role("button", name="Approve").click()
    office.box.world.toast(office.ana, "First notice")
    await expect(page.get_by_text("First notice")).to_be_visible()
    await page.get_by_role("button", name="Yes").click()
    await expect(page.get_by_role("alertdialog")).to_have_count(0)
    office.box.world.toast(office.ana, "Second notice")
    await expect(page.get_by_text("Second notice")).to_be_visible()


async def test_switching_the_acting_person_hides_what_only_the_other_one_sees(office: Office, page: Page) -> None:
    await office.post("Refund question", CARD)
    await page.goto(office.address(office.ana))
    await page.get_by_role("button", name="Approve").click()
    note = page.locator(".message", has_text="Saved: approved as is.")
    await expect(note.get_by_text("Only visible to you")).to_be_visible()
    await page.get_by_role("button", name="Acting as Ana").click()
    await page.get_by_role("menuitem", name="Bea").click()
    await expect(page.get_by_role("textbox", name="as Bea")).to_be_visible()
    await expect(note).to_have_count(0)
    assert f"user={office.bea}" in page.url


async def test_a_phone_shows_card_modal_and_thread_without_sideways_scrolling(office: Office, page: Page) -> None:
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    card = await office.post("Refund question", CARD)
    await office.post(f"{LONG_WORD} https://example.com/{LONG_WORD}")
    await office.post("Figures", [TABLE], thread_ts=card)
    await page.goto(office.address(office.ana))
    await expect(page.get_by_role("button", name="Approve")).to_be_visible()
    assert await sideways(page) == 0
    await edit_modal(page)
    assert await sideways(page) == 0
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="1 reply").click()
    await expect(page.get_by_role("cell", name="Interval 2")).to_be_attached()
    assert await sideways(page) == 0


async def test_the_keyboard_alone_can_approve(office: Office, page: Page) -> None:
    await office.post("Refund question", CARD)
    await page.goto(office.address(office.ana))
    await expect(page.get_by_role("button", name="Approve")).to_be_visible()
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent") == "Approve":
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("✓ Refund question · done")).to_be_visible()
    await expect(page.locator(".message", has_text="✓ Refund question")).to_be_focused()
    assert office.seen == ["approved by ana"]


async def test_a_link_to_a_reply_opens_its_thread_and_keeps_who_one_is(office: Office, page: Page) -> None:
    card = await office.post("Refund question", CARD)
    reply = await office.post("All figures", thread_ts=card)
    link = await office.client.chat_getPermalink(channel=office.channel, message_ts=reply)
    await office.post(f"See <{link['permalink']}|the figures>.")
    await page.goto(office.address(office.bea))
    await page.get_by_role("link", name="the figures").click()
    await expect(page.get_by_role("complementary", name="Thread").get_by_text("All figures")).to_be_visible()
    assert f"user={office.bea}" in page.url


async def test_markup_in_a_message_stays_text(office: Office, page: Page) -> None:
    nasty = "<b onclick=x>bold</b> [go](javascript:alert(1)) **real**"
    escaped = nasty.replace("<", "&lt;").replace(">", "&gt;")
    await office.post("plain", [section(escaped), {"type": "markdown", "text": nasty}])
    await page.goto(office.address(office.ana))
    await expect(page.locator(".message .md strong")).to_have_text("real")
    assert await page.locator(".message .content b, .message a[href^='javascript']").count() == 0
    assert (await page.locator(".message .content").inner_text()).count("<b onclick=x>bold</b>") == 2


async def test_a_link_that_the_bot_let_unfold_has_a_preview_below_its_message(office: Office, page: Page) -> None:
    await office.post("See https://help.example/tickets/7 please.")
    await page.goto(office.address(office.ana))
    await expect(page.locator(".message .preview")).to_have_text("Preview of https://help.example/tickets/7")
