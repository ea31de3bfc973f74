"""The page where the sandbox has several workspaces."""

import pytest
from playwright.async_api import Page, expect

from tests.sandbox.offices import CARD, Office
from tests.sandbox.test_page import office

__all__ = ["office"]  # the fixture

pytestmark = pytest.mark.browser


@pytest.fixture
def acme(office: Office) -> str:
    """Another workspace: Zoe in #care, which has the app; and one where nobody is."""
    world = office.box.slack.add("Acme Care")
    token = office.box.slack.install(world, frozenset({"chat:write"}))
    zoe = world.workspace.add_user("Zoe")
    channel = world.workspace.add_channel("care", members=[zoe.id, world.workspace.bot.id])
    office.box.slack.add("Nobody's")
    office.client.token = token.word
    office.channel = channel.id
    return world.team.id


async def test_with_one_workspace_there_is_nothing_to_choose(office: Office, page: Page) -> None:
    await page.goto(office.address(office.ana))
    await expect(page.get_by_role("button", name="Acting as Ana")).to_be_visible()
    await expect(page.get_by_role("button", name="Workspace")).to_have_count(0)
    assert "team=" not in page.url


async def test_one_goes_to_another_workspace_and_back(office: Office, page: Page, acme: str) -> None:
    support = next(iter(office.box.workspace.channels))
    await page.goto(f"{office.box.url}/?user={office.ana}&channel={support}")
    await page.get_by_role("button", name="Workspace Sandbox. Switch").click()
    items = page.get_by_role("menu", name="Workspaces").get_by_role("menuitem")
    await expect(items).to_have_text(["Sandbox", "Acme Care"])
    await items.nth(1).click()
    await expect(page.get_by_role("button", name="Acting as Zoe")).to_be_visible()
    await expect(page.get_by_role("link", name="care")).to_be_visible()
    assert f"team={acme}" in page.url
    await office.post("A card", CARD)
    await expect(page.locator(".message", has_text="Refund question")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("button", name="Acting as Ana")).to_be_visible()
    await expect(page.locator(".message", has_text="Refund question")).to_have_count(0)


async def test_what_is_done_there_happens_there(office: Office, page: Page, acme: str) -> None:
    await page.goto(f"{office.box.url}/?team={acme}")
    await page.get_by_role("textbox", name="Message #care as Zoe").fill("Hello from Acme")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message", has_text="Hello from Acme")).to_be_visible()
    said = [each.text for each in office.box.slack.of(acme).world.workspace.channels[office.channel].messages.values()]
    assert said == ["Hello from Acme"]


async def test_a_link_in_slacks_form_leads_to_the_message_in_its_workspace(
    office: Office, page: Page, acme: str
) -> None:
    ts = await office.post("A card", CARD)
    await page.goto(f"{office.box.url}/{acme}/archives/{office.channel}/p{ts.replace('.', '')}")
    await expect(page.locator(".message", has_text="Refund question")).to_be_visible()
    await expect(page.get_by_role("button", name="Acting as Zoe")).to_be_visible()


async def test_where_the_app_is_not_installed_nothing_leads_to_it(office: Office, page: Page, acme: str) -> None:
    await page.goto(f"{office.box.url}/?team={acme}")
    await expect(page.get_by_role("link", name="Assay")).to_be_visible()
    for token in office.box.app.tokens.of(acme):
        token.revoked = True
    office.box.slack.of(acme).world.changed()
    await expect(page.get_by_role("link", name="Assay")).to_have_count(0)


async def test_a_person_lets_the_app_in_on_its_own_page(office: Office, page: Page, acme: str) -> None:
    back = f"{office.box.url}/page/index.html"
    office.box.app.redirect_urls = {back}
    asked = f"client_id={office.box.app.client_id}&scope=chat:write&state=s1&redirect_uri={back}"
    await page.goto(f"{office.box.url}/oauth/v2/authorize?{asked}")
    await page.get_by_label("You are").select_option("Zoe")
    await page.get_by_role("button", name="Allow").click()
    await page.wait_for_url(f"{back}?code=*&state=s1")
    await page.goto(f"{office.box.url}/oauth/v2/authorize?{asked}")
    await page.get_by_role("button", name="Cancel").click()
    await page.wait_for_url(f"{back}?error=access_denied&state=s1")
