"""What an admin sees of the audit trail, of how long drafts are kept, and of what went: in the sandbox's page."""

import pytest
from playwright.async_api import Browser, expect

from bot import audit, tokens
from bot.erasure import Eraser
from bot.tokens import Scope
from storage.queries import channels
from storage.words import ErasedBecause
from tests.house import SUPPORT
from tests.houses import Houses
from tests.stories.steps import one_database
from tests.test_pictures_of_windows import Room, room

pytestmark = [pytest.mark.browser, one_database]


async def happened(desk: Room) -> None:
    """A week in which most of what the trail tells has been done."""
    house = desk.house
    first, second = [await house.draft(f"Draft {number}", external_id=f"T-{number}") for number in (1, 2)]
    await house.ana.clicks("Approve", await house.card(first))
    await house.withdraws(second)
    async with house.sessions.writing() as session:
        channel = await channels.get(session, 1)
        for number in range(14):
            name = f"helpdesk of team {number + 1} with a name that somebody made rather long"
            await tokens.create(
                session, name, scopes=[Scope.DRAFTS_WRITE, Scope.GOLD_READ], now=house.now(), channel=channel
            )
    eraser = Eraser(house.sessions, house.bot.tools.settings.key, house.now)
    await eraser.erase([second], why=ErasedBecause.TICKET, by=audit.OPERATOR)
    await desk.settles()


async def test_an_admin_sets_how_long_drafts_are_kept_and_reads_what_was_done(browser: Browser, houses: Houses) -> None:
    async with room(browser, houses) as desk:
        await happened(desk)
        await desk.sits(desk.house.max, SUPPORT)
        await desk.types("/assay setup")
        await desk.presses("More…")
        kept = desk.window.get_by_label("Keep drafts for this many days")
        await kept.fill("90")
        await desk.seen("setup-retention", at=kept)
        await desk.presses("Save")
        await desk.reads("Saved. The new settings hold from now on.")
        await desk.reads("are kept for 90 days only")
        await desk.seen("retention-notice", at=desk.note)
        await desk.opens_home(desk.house.max)
        await desk.seen("home-admin-retention", at=desk.home.get_by_role("button", name="Keep as before"))
        await desk.reads("Retention: 0 drafts erased this week", on=desk.home)
        await desk.seen("home-admin-health", at=desk.home.get_by_role("button", name="Audit trail"))
        await desk.presses("Audit trail", on=desk.home)
        await desk.titled("Audit trail")
        await desk.reads("how long drafts are kept", "of a ticket", on=desk.window)
        await desk.seen("audit-trail")
        older = desk.window.get_by_role("button", name="Older")
        await desk.seen("audit-trail-end", at=older, kept=False)
        await older.click()
        await desk.reads("set the channel up", on=desk.window)
        await expect(desk.window.get_by_role("button", name="Newer")).to_be_visible()
        await desk.seen("audit-trail-older")
        await desk.opens_home(desk.house.max)
        await desk.presses("Keep as before", on=desk.home)
        await desk.settles()
        await desk.reads("are kept for ever, as before.", on=desk.home)
