"""Two days with Assay in a real browser; `make pictures` keeps what is seen in docs/images."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Page, expect

from handlers.demo import play
from handlers.demo.world import ESCALATIONS, LEADS, SUPPORT, ZONE, World, world
from sandbox.people import Person
from sandbox.workspace import BOT_USER_ID
from tests.pictures import Desk, locked, opened_page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

THURSDAY = datetime(2026, 11, 19, 8, tzinfo=ZoneInfo(ZONE))
PLAYED = 15  # days before it
NEW_CHANNEL = "C0RETURNS1"
HASTY, LONG, URGENT = "T002", "T086", "T041"  # a promise too many, a very long draft, one that a human must see
CAREFUL = (
    "Ha, you're not the first! I've cancelled Courier and refunded your $14.00. It usually takes five to ten working "
    "days to appear, depending on your bank."
)
ADDED = "If one of the three imports stops half-way, write to us before you start it again."


class Stage(Desk):
    """The desk, and the world around it."""

    def __init__(self, page: Page, made: World, database: Path) -> None:
        super().__init__(page, made.box.url, made.settles)
        self.world, self.database = made, database


@pytest.fixture
async def desk(browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    """Eleven days of work are done, then the page is opened; the clock moves only when the story moves it."""
    database = tmp_path / "assay.db"
    begins = (THURSDAY - timedelta(days=PLAYED)).astimezone(UTC)
    async with world(seed=11, database=database, begins=begins) as made:
        async for _ in play.days(made, THURSDAY, count=PLAYED):
            pass
        async with opened_page(browser) as page:
            yield Stage(page, made, database)


def named(made: World, name: str) -> Person:
    return next(person for one, person in made.colleagues if one.name == name)


async def test_agents_answer_leads_settle_and_the_admin_sets_up(desk: Stage) -> None:
    await the_admin_sets_up(desk)
    tickets = {ticket.id: ticket for ticket in play.TICKETS}
    await play.send(desk.world, [tickets[LONG], tickets[URGENT], tickets[HASTY]], play.NEW_MODEL)
    await ana_approves(desk)
    await ana_edits_a_long_draft(desk)
    await ana_escalates(desk)
    await lea_sees_the_notice(desk)
    await bea_disagrees(desk)
    await lea_reads_the_digest(desk)
    await lea_settles(desk)
    await everybody_opens_home(desk)


async def the_admin_sets_up(desk: Stage) -> None:
    """A new channel is set up from its first message; in the old one every draft is reviewed twice from now on."""
    admin = desk.world.admin
    for path, body in (
        ("channels", {"name": "returns", "id": NEW_CHANNEL, "members": [admin.id, desk.world.lead.id]}),
        ("invite", {"user": admin.id, "channel": NEW_CHANNEL, "who": BOT_USER_ID}),
    ):
        (await desk.world.http.post(f"/control/{path}", json=body)).raise_for_status()
    await desk.sits(admin, NEW_CHANNEL)
    await the_admin_meets_assay(desk)
    await the_admin_tries_it(desk)
    await desk.sits(admin, SUPPORT)
    await desk.types("/assay setup")
    await expect(desk.window.get_by_role("heading", name="Set up Assay here")).to_be_visible()
    await desk.presses("More…")
    await desk.window.get_by_role("radio", name="All of them").check()
    await desk.presses("Save")
    await desk.reads("Saved. The new settings hold from now on.")


async def the_admin_meets_assay(desk: Stage) -> None:
    """The first message, an example, and the window with all its fields."""
    hello = desk.page.locator(".message", has_text="Hello, I am Assay.")
    await desk.reads("Nothing is ever sent to customers.", "A workspace admin sets this channel up", on=hello)
    await desk.seen("first-message", at=hello)
    await desk.presses("See an example", on=hello)
    example = desk.page.locator(".message.private").last
    await desk.reads("An example that only you see.", on=example)
    await desk.seen("example", at=example)
    await desk.presses("Set up", on=hello)
    await expect(desk.window.get_by_role("heading", name="Set up Assay here")).to_be_visible()
    await desk.reads("They read the digest and settle disputes.", on=desk.window)
    await desk.seen("setup")
    await chooses(desk, "Leads", "Lea")
    await desk.window.get_by_role("textbox", name="Guideline").fill("Be kind. Promise no dates.")
    await desk.presses("More…")
    await expect(desk.window.get_by_role("textbox", name="Guideline")).to_have_value("Be kind. Promise no dates.")
    await chooses(desk, "Time zone", "new york", "America/New_York (UTC-05:00)")
    await desk.window.get_by_role("textbox", name="Topics that agents may flag").fill("fraud|legal")
    await desk.seen("setup-more")
    await desk.seen("setup-overlap", at=desk.window.get_by_role("radiogroup", name="Drafts that two people review"))
    await desk.presses("Save")
    complaint = desk.window.get_by_text("has a | in it")
    await expect(complaint).to_be_visible()
    await desk.seen("setup-not-saved", at=complaint)
    await desk.window.get_by_role("textbox", name="Topics that agents may flag").fill("fraud")
    await desk.presses("Save")


async def the_admin_tries_it(desk: Stage) -> None:
    """What is said after setup, a sample, and a token that is shown once."""
    note = desk.page.locator(".message.private", has_text="Ready. Drafts appear as cards in")
    await desk.reads("What happens next", "Connect your system:", "/api/v1/drafts", on=note)
    await desk.seen("setup-ready", at=note)
    await desk.presses("Send a sample draft", on=note)
    await desk.reads("A sample draft is on its way to the channel.")
    await desk.seen("sample-sent", at=desk.note)
    sample = desk.page.locator(".message", has_text="A sample from Assay, to try the buttons.")
    await desk.seen("sample", at=sample)
    await desk.presses("Create an API token", on=note)
    await expect(desk.window.get_by_role("heading", name="API token")).to_be_visible()
    await desk.reads("This is shown once, to you alone", on=desk.window)
    # A real one has no place in a picture, and it would be another one each time.
    await desk.window.get_by_text("assay_").evaluate("node => { node.textContent = `assay_${'x'.repeat(43)}`; }")
    await desk.seen("token")
    await desk.page.keyboard.press("Escape")


async def chooses(desk: Stage, field: str, typed: str, option: str | None = None) -> None:
    """Types in a field with a list under it, and takes what it finds."""
    box = desk.window.get_by_role("combobox", name=field)
    await box.click()
    await box.fill(typed)
    await desk.page.get_by_role("option", name=option or typed, exact=True).first.click()


async def ana_approves(desk: Stage) -> None:
    await desk.sits(named(desk.world, "Ana"), SUPPORT)
    card = await desk.card("The money will be back on your card")
    await desk.reads("Customer", "Suggested reply", "For training. Nothing is sent.", on=card)
    await desk.seen("card", at=card)
    await desk.presses("Approve", on=card)
    note = desk.page.locator(".message.private").last
    await desk.reads("Saved: approved as is.", "signed up for courier by mistake", "Only visible to you", on=note)
    await desk.seen("private-note", at=note)


async def ana_edits_a_long_draft(desk: Stage) -> None:
    """Twelve thousand characters in several fields; the database is locked at the first press."""
    card = await desk.card("I manage the books of three small companies")
    await desk.reads("more characters", on=card)
    await desk.presses("Read and review", on=card)
    await expect(desk.window.get_by_role("heading", name="Edit the reply")).to_be_visible()
    await desk.seen("edit-long-draft")
    parts = desk.window.get_by_role("textbox", name="Reply")
    assert await parts.count() == 7  # six parts and a spare one
    assert len(await parts.first.input_value()) > 2_000
    await desk.window.get_by_role("textbox", name="Reply, more").fill(ADDED)
    with locked(desk.database):
        await desk.presses("Save")
        error = desk.window.get_by_text("Not saved, the database is away. Your text is still here: press Save again.")
        await expect(error).to_be_visible()
    await expect(desk.window.get_by_role("textbox", name="Reply, more")).to_have_value(ADDED)
    await desk.seen("edit-not-saved", at=error)
    await desk.presses("Save")
    await expect(desk.window).to_have_count(0)
    await desk.reads("Saved: your edit (17 words changed).")


async def ana_escalates(desk: Stage) -> None:
    card = await desk.card("Three of my clients received invoices")
    await desk.presses("Escalate", on=card)
    reason = desk.window.get_by_label("Why must a human take over?")
    await reason.select_option("Security incident")
    await desk.reads("is told at once.", "Guideline v1", on=desk.window)
    await desk.seen("escalate", at=reason)
    await desk.presses("Escalate")
    await expect(desk.window).to_have_count(0)
    await desk.reads("Saved: a human must take over.")


async def lea_sees_the_notice(desk: Stage) -> None:
    await desk.sits(desk.world.lead, ESCALATIONS)
    notice = desk.page.locator(".message", has_text="Three of my clients received invoices").last
    await desk.reads("Needs a human: security incident", "Open ticket", "Open card", on=notice)
    await desk.seen("escalation-notice", at=notice)


async def bea_disagrees(desk: Stage) -> None:
    await desk.sits(named(desk.world, "Bea"), SUPPORT)
    card = await desk.card("The money will be back on your card")
    await desk.presses("Edit", on=card)
    await desk.window.get_by_role("textbox", name="Reply").fill(CAREFUL)
    await desk.presses("Save")
    await desk.reads("Saved: your edit")
    await expect(card).to_have_count(0)  # two people have answered: the card is one quiet line


async def lea_reads_the_digest(desk: Stage) -> None:
    desk.world.moves_to((THURSDAY + timedelta(days=1)).replace(hour=9, minute=1))
    await desk.world.bot.tools.digests.post_due()
    await desk.sits(desk.world.lead, LEADS)
    digest = desk.page.locator(".message", has_text="Labelling digest · Friday 20 November")
    await desk.reads("yesterday", "Read these and settle one:", on=digest)
    await desk.seen("digest", at=digest)
    for _ in range(4):  # Slack takes a post a second in a channel
        desk.world.moves_to(desk.world.now() + timedelta(seconds=10))
        await desk.settles()
    await digest.locator(".replies").click()
    thread = desk.page.get_by_role("complementary", name="Thread")
    figures = thread.locator(".message").nth(1)
    await desk.reads("Agreement on the verdict", "How to read this: alpha", on=figures)
    verdict = figures.get_by_role("row", name="Verdict: alpha")
    await expect(verdict.get_by_role("cell", name=re.compile(r"\d to \d"))).to_be_visible()
    await desk.reads("The drafts", "Balance of topics", "Not shown: quality of", on=thread)
    await desk.seen("digest-thread", at=figures)
    await desk.presses("Close thread", on=thread)


async def lea_settles(desk: Stage) -> None:
    """Answers without names; one of them stands."""
    digest = desk.page.locator(".message", has_text="Labelling digest · Friday 20 November")
    await desk.presses("Settle 1 of 3", on=digest.first)  # the open thread shows it again
    await expect(desk.window.get_by_role("heading", name="Settle the dispute")).to_be_visible()
    await desk.reads("Answer A", "Answer B", on=desk.window)
    for person in ("Ana", "Bea"):
        await expect(desk.window.get_by_text(person, exact=True)).to_have_count(0)
    await desk.seen("settle")
    await desk.window.get_by_role("radio", name="Answer A").check()
    await desk.window.get_by_label("Why did the answers differ?").select_option("An agent slipped")
    await desk.presses("Settle")
    await expect(desk.window).to_have_count(0)
    await desk.reads("Settled: draft #")


async def everybody_opens_home(desk: Stage) -> None:
    """Each role sees its part; whoever has none reads what this is and who can add them."""
    await desk.opens_home(named(desk.world, "Ana"))
    home = desk.home
    await desk.reads("Review", "Your last answers", "You beside others", on=home)
    await expect(home.get_by_role("button", name="Start reviewing")).to_be_visible()
    await expect(home.get_by_role("button", name="Change").first).to_be_visible()
    await desk.seen("home-agent")
    await desk.seen("home-agent-beside", at=home.get_by_text("You beside others"))
    await desk.opens_home(desk.world.lead)
    await desk.reads("Settle (", "Digests", "People", on=home)
    await desk.seen("home-lead")
    await desk.seen("home-lead-people", at=home.get_by_text("People", exact=True))
    await home.get_by_label("Look closer at…").select_option("Ana")
    await desk.titled("Look closer")
    await desk.reads("Beside the other one", "What was settled, and what they had said", on=desk.window)
    await desk.seen("look-closer")
    failing = {"method": "chat.postMessage", "kind": "error", "error": "invalid_blocks"}
    (await desk.world.http.post("/control/faults", json=failing)).raise_for_status()
    await play.send(desk.world, [next(one for one in play.TICKETS if one.id == HASTY)], play.NEW_MODEL)
    await desk.opens_home(desk.world.admin)
    await desk.reads("Did not arrive", "Slack refused it: invalid_blocks.", "API tokens", "Health", on=home)
    await desk.seen("home-admin", at=home.get_by_text("Did not arrive"))
    await desk.seen("home-admin-tokens", at=home.get_by_text("API tokens"))
    made = await desk.world.http.post("/control/users", json={"name": "Zoe"})
    await desk.opens_home(Person(desk.world.http, id=made.json()["id"], name="Zoe"))
    await desk.reads("You review no channel yet.", "can add you", on=home)
    await desk.seen("home-empty")
