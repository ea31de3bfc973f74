"""Windows, notes and states that two days of work do not show: empty, long, refused, in a small furnished house."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import make_url

from handlers.demo.tickets import load
from sandbox.people import Person
from tests.house import ESCALATIONS, LEADS, SUPPORT, House
from tests.houses import Houses
from tests.model_server import model_server, refuses, says
from tests.pictures import Desk, locked, opened_page
from tests.stories.steps import gone, one_database

pytestmark = [pytest.mark.browser, one_database]

TICKETS = {ticket.id: ticket for ticket in load()}
LONG_NAME = "Wilhelmina Featherstonehaugh-Cholmondeley"
LONG_CHANNEL = "customer-care-for-europe-the-middle-east-and-africa-second-line-refunds-returns"
FULL_CONTEXT = {
    "plan": "Enterprise with extended support hours",
    "region": "Europe, the Middle East and Africa",
    "account": "Obermaier & Söhne Landmaschinenvertrieb GmbH & Co. KG",
    "app": "4.2.1-rc3 on a managed tablet",
}
LONG_TOPIC = "delivery/reminders/third_reminder_with_a_registered_letter_and_a_notice_of_default"
BETTER = "Hello,\n\nI have looked at your account: that is switched off now, and nothing more goes out today."
ASKS = "Hi, the export of my invoices stops at 61 %. Can I close the window in the meantime?"
WRITTEN = (
    "Hello,\n\nyes, you can close the window: the export goes on by itself, and you get a message when it is done. "
    "A large export takes up to three hours.\n\nBest regards"
)


class Room(Desk):
    """The desk, and the house that it stands in."""

    def __init__(self, page: Page, house: House) -> None:
        super().__init__(page, house.box.url, self.passes)
        self.house = house

    async def passes(self) -> None:
        """Ten seconds: cards are drawn anew a little later than they are answered."""
        self.house.moves(seconds=10)
        await self.house.settles()

    @property
    def database(self) -> Path:
        return Path(make_url(self.house.url).database or "")

    async def ticket(self, name: str, **more: Any) -> int:
        """A draft made of one of the demo's tickets; its card is posted."""
        ticket = TICKETS[name]
        turns = [{"role": turn.role, "content": turn.content} for turn in ticket.conversation]
        context = {"product": ticket.product, "tier": ticket.tier, "app": f"app {ticket.app}"}
        body: dict[str, Any] = {
            "channel": "#support",
            "conversation": turns,
            "draft": ticket.draft,
            "topic": ticket.topic,
        }
        body |= {
            "topic": ticket.topic,
            "context": context,
            "source": ticket.source,
            "url": f"https://help.example.com/tickets/{name}",
        }
        answer = await self.house.sends({name: value for name, value in (body | more).items() if value is not None})
        assert answer.status_code == 201, answer.text
        await self.settles()
        return int(answer.json()["id"])

    async def answers(self, who: Person, button: str, draft: int, **fields: str) -> None:
        """Somebody else answers a draft on its card."""
        card = next(one for one in await who.reads(SUPPORT) if f"#{draft}\n" in f"{one.text_seen}\n")
        await who.clicks(button, card)
        if button != "Approve":
            await who.fills({name.replace("_", " "): value for name, value in fields.items()})
            assert (await who.submits()).closed
        await self.settles()

    async def joins(self, name: str) -> Person:
        """Somebody new comes into the channel."""
        made = (await self.house.http.post("/control/users", json={"name": name})).json()
        person = Person(self.house.http, id=made["id"], name=name)
        await self.house.max.invites(person, to=SUPPORT)
        await self.settles()
        return person


@asynccontextmanager
async def room(browser: Browser, houses: Houses, **how: Any) -> AsyncIterator[Room]:
    async with houses.open(**how) as house, opened_page(browser) as page:
        yield Room(page, house)


async def test_focus_mode_from_its_first_draft_to_its_last(browser: Browser, houses: Houses) -> None:
    async with room(browser, houses) as desk:
        house = desk.house
        escalated = await desk.ticket("T003")
        await desk.answers(house.bea, "Escalate", escalated, **{"Why_must_a_human_take_over?": "Refund above limit"})
        for name in ("T016", "T085", "T088"):
            await desk.ticket(name)
        await desk.sits(house.ana, SUPPORT)
        await desk.types("/assay next")
        await desk.titled("Review")
        await desk.reads("0 today · 3 waiting · 1 for a second look", "This draft is", on=desk.window)
        await desk.seen("focus")
        await desk.window.get_by_role("radio", name="Not usable").check()
        await desk.presses("Save and next")
        complaint = desk.window.get_by_text("Choose why this draft cannot be used, then press Save and next again.")
        await expect(complaint).to_be_visible()
        await desk.seen("focus-not-saved", at=complaint)
        await desk.window.get_by_label("Why can this draft not be used?").select_option("Wrong facts")
        await desk.presses("Save and next")
        await desk.reads("Saved: rejected.", "1 today · 2 waiting", "Reply, part 1 of 2", on=desk.window)
        await desk.seen("focus-next")
        await desk.presses("Skip")
        await desk.reads("The thesis is due monday.", on=desk.window)
        await desk.presses("Save and next")
        await desk.reads("Independent second look: a colleague has answered this one too", on=desk.window)
        await desk.seen("focus-second-look")
        await desk.presses("Save and next")
        await desk.reads("Nothing else waits.", "You skipped 1 and reviewed 3 today.", on=desk.window)
        await desk.seen("focus-skipped")
        await desk.presses("Show the one skipped")
        await desk.presses("Save and next")
        await desk.reads("All done.", "4 reviewed today. Next drafts usually come around 13:00.", on=desk.window)
        await desk.seen("focus-end")
        await desk.presses("Close", on=desk.window.locator("footer"))
        await desk.sits(house.chen, SUPPORT)
        await desk.types("/assay next")
        await desk.reads("Nothing waits for you.", on=desk.window)
        await desk.seen("focus-nothing")


async def test_the_windows_of_a_card_with_long_names_and_what_they_refuse(browser: Browser, houses: Houses) -> None:
    async with room(browser, houses) as desk:
        house = desk.house
        colleague = await desk.joins(LONG_NAME)
        draft = await desk.ticket("T024", topic=LONG_TOPIC, context=FULL_CONTEXT)
        shown = next(one for one in await colleague.reads(SUPPORT) if "Edit" in one.buttons)
        await colleague.clicks("Edit", shown)
        await desk.sits(house.ana, SUPPORT)
        card = await desk.card("I've set my reminders")
        await desk.reads("Delivery › Reminders › Third reminder", "Obermaier & Söhne", "Open ticket", on=card)
        await desk.seen("card-long-names", at=card)
        await card.get_by_role("button", name="More actions", exact=True).click()
        await expect(desk.page.get_by_role("menuitem", name="Report personal data")).to_be_visible()
        await desk.seen("card-menu", at=card)
        await desk.page.keyboard.press("Escape")
        await desk.presses("Edit", on=card)
        await desk.reads(f"{LONG_NAME} is on it too", "Saving it unchanged approves it.", on=desk.window)
        await desk.seen("edit-long-names")
        await desk.page.keyboard.press("Escape")
        await desk.chooses_more("Reject", on=card)
        await desk.titled("Reject the draft")
        await desk.reads("Why can this draft not be used?", "A better reply", on=desk.window)
        await desk.seen("reject", at=desk.window.get_by_label("Why can this draft not be used?"))
        await desk.page.keyboard.press("Escape")
        await somebody_reports(desk, draft)
        await ana_changes_her_mind(desk, draft)


async def somebody_reports(desk: Room, draft: int) -> None:
    """What no rule recognised is taken out, once it is written as it stands there."""
    card = await desk.card("I've set my reminders")
    await desk.chooses_more("Report personal data", on=card)
    await desk.titled("Report personal data")
    words = desk.window.get_by_label("Words that are personal data, one a line")
    await desk.reads("kept nowhere", "Exactly as they stand in the draft", on=desk.window)
    await desk.seen("report")
    await words.fill("Obermeier & Söhne")
    await desk.presses("Remove")
    complaint = desk.window.get_by_text("Nothing was removed yet: “Obermeier & Söhne” is not in this draft.")
    await expect(complaint).to_be_visible()
    await desk.seen("report-not-removed")
    await words.fill("Obermaier & Söhne")
    await desk.presses("Remove")
    await desk.gone()
    await desk.settles()
    await desk.reads("[PRIVATE_1] Landmaschinenvertrieb", on=card)
    await desk.reads("Thank you. Removed in 1 place", on=desk.note)
    await desk.seen("reported", at=desk.note)


async def ana_changes_her_mind(desk: Room, draft: int) -> None:
    """Escalated while the database is away, then saved, changed, told, and called off."""
    house = desk.house
    await desk.presses("Escalate", on=await desk.card("I've set my reminders"))
    await desk.window.get_by_label("Why must a human take over?").select_option("Legal threat")
    with locked(desk.database):
        await desk.presses("Escalate")
        complaint = desk.window.get_by_text("Your text is still here: press Escalate again.")
        await expect(complaint).to_be_visible()
    await desk.seen("escalate-not-saved", at=complaint)
    await desk.presses("Escalate")
    await desk.gone()
    await desk.reads("Saved: a human must take over. The escalation channel is told at once.", on=desk.note)
    await desk.seen("escalated", at=desk.note)
    await desk.presses("Change", on=desk.note)
    await desk.titled("Change your answer")
    await expect(desk.window.get_by_role("radio", name="For a human, without a reply")).to_be_checked()
    await desk.seen("change", at=desk.window.get_by_role("radiogroup"))
    await desk.window.get_by_role("radio", name="Good with my changes").check()
    await desk.window.get_by_role("textbox", name="Reply").fill(BETTER)
    await desk.window.get_by_label("Must a human take over?").select_option("No, a reply is enough")
    await desk.presses("Save")
    await desk.gone()
    await desk.reads("It replaces your earlier answer.", on=desk.note)
    await desk.seen("changed", at=desk.note)
    await desk.sits(house.lea, ESCALATIONS)
    await desk.page.locator(".replies").click()
    thread = desk.page.get_by_role("complementary", name="Thread")
    await desk.reads("Needs a human: legal threat", "no human is needed any more.", on=thread)
    await desk.seen("escalation-called-off")


async def test_a_card_in_each_of_its_states_and_the_note_that_goes_with_it(browser: Browser, houses: Houses) -> None:
    async with room(browser, houses, overlap="All of them") as desk:
        house = desk.house
        colleague = await desk.joins(LONG_NAME)
        settled, escalated, late, waiting, crowded = [
            await desk.ticket(name) for name in ("T008", "T014", "T047", "T025", "T033")
        ]
        blank = await desk.ticket("T044", draft=None)
        for who in (house.bea, house.chen):
            await desk.answers(who, "Approve", settled)
            await desk.answers(who, "Escalate", escalated, **{"Why_must_a_human_take_over?": "Security incident"})
        await desk.sits(house.ana, SUPPORT)
        await desk.presses("Edit", on=await desk.card("How do I set mileage"))
        await desk.titled("Edit the reply")
        await house.withdraws(late)
        await desk.window.get_by_role("textbox", name="Reply").fill(BETTER)
        await desk.presses("Save")
        await desk.reads("This draft was withdrawn while you wrote. Your text is kept.", on=desk.note)
        await desk.seen("withdrawn-meanwhile", at=desk.note)
        await desk.presses("Approve", on=await desk.card("can I make the third reminder"))
        await desk.reads("The card stays open: somebody else reviews this draft too.", on=desk.note)
        await desk.seen("card-stays-open", at=desk.note)
        await desk.presses("Undo", on=desk.note)
        await desk.reads("Undone. Your answer is taken back.", "Answer again", on=desk.note)
        await desk.seen("undone", at=desk.note)
        await ana_comes_second(desk, [house.bea, colleague], crowded)
        await house.people["gus"].clicks("Approve", await house.card(waiting, seen_by="gus"))
        await desk.sits(house.gus, SUPPORT)
        await desk.reads("You are not a reviewer of this channel. ", "can add you.", on=desk.note)
        await desk.seen("refused", at=desk.note)
        await desk.presses("Approve", on=await desk.card("can I make the third reminder"))
        await desk.sits(house.chen, SUPPORT)
        await desk.reads(f"✓ Billing › Invoice · #{settled} · done", f"How-to › Expenses · #{late} · no longer needed")
        await desk.reads(f"✓ Account › Login · #{escalated} · done", "Write the reply you would send")
        await desk.seen("cards", at=desk.message("no longer needed"))
        asked = await desk.card("where change logo on invoice")
        await desk.seen("card-blank", at=asked)
        await desk.presses("Write", on=asked)
        await desk.titled("Write the reply")
        await desk.seen("write")
        assert blank


async def ana_comes_second(desk: Room, others: list[Person], draft: int) -> None:
    """Two have answered while her window was open; then the database is away for a press."""
    await desk.presses("Edit", on=await desk.card("need all invoices from FY23-24"))
    await desk.titled("Edit the reply")
    for who in others:
        await desk.answers(who, "Approve", draft)
    await desk.window.get_by_role("textbox", name="Reply").fill(BETTER)
    await desk.presses("Save")
    await desk.gone()
    await desk.reads(f"{LONG_NAME} were first. Yours is kept as a second opinion.", on=desk.note)
    await desk.seen("second-opinion", at=desk.note)
    with locked(desk.database):
        await desk.presses("Approve", on=await desk.card("can I make the third reminder"))
        await desk.reads("Not saved, the database is away. Press Approve again in a minute.", on=desk.note)
    await desk.seen("approve-not-saved", at=desk.note)


async def test_a_model_writes_a_draft_of_a_message_or_is_away(browser: Browser, houses: Houses) -> None:
    async with model_server() as server, room(browser, houses, more=server.settings) as desk:
        house = desk.house
        server.usual = says(WRITTEN)
        await house.chen.says(ASKS, in_=SUPPORT)
        await desk.sits(house.ana, SUPPORT)
        message = desk.message(ASKS)
        await message.hover()
        await message.get_by_role("button", name="More actions on this message").click()
        await expect(desk.page.get_by_role("menuitem", name="Draft a reply")).to_be_visible()
        await desk.seen("draft-a-reply")
        await desk.page.get_by_role("menuitem", name="Draft a reply").click()
        await desk.reads("The model is writing; the card will appear in", on=desk.note)
        await desk.seen("model-writing", at=desk.note)
        await house.bot.tools.writer.write_due()
        await desk.settles()
        card = await desk.card("the export goes on by itself")
        await desk.reads("from a Slack message", "Suggested reply", "Open message", on=card)
        await desk.seen("model-wrote", at=card)
        server.usual = refuses(503)
        await desk.ticket("T067", draft=None)
        for _ in range(5):  # it is asked so often, with longer pauses
            await house.bot.tools.writer.write_due()
            house.moves(minutes=5)
        await desk.settles()
        blank = await desk.card("why the hours i put is one hour more")
        await desk.reads("The model did not answer, so please write the reply.", on=blank)
        await desk.seen("model-away", at=blank)
        await ana_chooses_a_channel(desk)


async def ana_chooses_a_channel(desk: Room) -> None:
    """The message stands where Assay reviews nothing, so it is asked for which channel the draft is."""
    house = desk.house
    await house.lars.says(TICKETS["T004"].conversation[0].content, in_=LEADS)
    await desk.sits(house.ana, LEADS)
    message = desk.message("they charged me A$12")
    await message.hover()
    await message.get_by_role("button", name="More actions on this message").click()
    await desk.page.get_by_role("menuitem", name="Draft a reply").click()
    await desk.titled("Draft a reply")
    await desk.reads("For which channel?", "The customer's message", "For training. Nothing is sent.", on=desk.window)
    await desk.seen("draft-for-channel")
    await desk.presses("Draft a reply")
    complaint = desk.window.get_by_text("Please complete this required field.")
    await expect(complaint).to_be_visible()
    await desk.page.keyboard.press("Escape")


async def test_commands_answer_privately_and_the_first_digest_says_it_is_early(
    browser: Browser, houses: Houses
) -> None:
    async with room(browser, houses, overlap="All of them") as desk:
        house = desk.house
        await desk.sits(house.ana, SUPPORT)
        await desk.types("/assay help")
        await desk.reads("collects answers to draft replies", "/assay next", on=desk.note)
        await desk.seen("help", at=desk.note)
        await desk.types("/assay nest")
        await desk.reads("There is no “/assay nest”.", on=desk.note)
        await desk.seen("help-unknown", at=desk.note)
        await desk.types("/assay stats")
        await desk.reads("Nothing waits for you.", "No shared draft can be compared yet.", on=desk.note)
        await desk.seen("stats-empty", at=desk.note)
        await six_are_answered_twice(desk)
        await desk.sits(house.ana, SUPPORT)
        await desk.types("/assay stats")
        await desk.reads("On 5 of 6 shared drafts you agreed with the other.", on=desk.note)
        await desk.seen("stats", at=desk.note)
        await desk.sits(house.lea, LEADS)
        digest = desk.message("Labelling digest")
        await desk.reads("Too early to say how far agents agree: 6 of 30 shared drafts.", on=digest)
        await desk.seen("digest-first-day", at=digest)
        await desk.types("/assay stats")
        await desk.reads("1 to settle", "agreed with the other on 5 of 6 shared drafts", on=desk.note)
        await desk.seen("stats-lead", at=desk.note)
        await desk.types("/assay digest")
        await desk.reads("How far agents agree", on=desk.note)
        await desk.seen("digest-command", at=desk.note)
        await lea_settles(desk, digest="Labelling digest")


async def six_are_answered_twice(desk: Room) -> None:
    """Five alike and one not, today; tomorrow's digest is posted."""
    house = desk.house
    for name in ("T008", "T016", "T024", "T033", "T034", "T047"):
        draft = await desk.ticket(name)
        await desk.answers(house.ana, "Approve", draft)
        if name == "T047":
            await desk.answers(house.bea, "Edit", draft, Reply=BETTER)
        else:
            await desk.answers(house.bea, "Approve", draft)
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await desk.settles()


async def lea_settles(desk: Room, *, digest: str) -> None:
    """Her own words, while the database is away: the window names its own button."""
    await (
        desk.page.locator(".message:not(.private)", has_text=digest)
        .last.get_by_role("button", name="Settle 1 of 1")
        .click()
    )
    await desk.titled("Settle the dispute")
    await desk.window.get_by_role("radio", name="The final reply below").check()
    await desk.window.get_by_label("Why did the answers differ?").select_option("The draft misled")
    await desk.presses("Settle")
    complaint = desk.window.get_by_text("Choose No or a reason")
    await expect(complaint).to_be_visible()
    await desk.seen("settle-not-settled", at=complaint)
    await desk.window.get_by_label("Must a human take over?").select_option("No")
    with locked(desk.database):
        await desk.presses("Settle")
        complaint = desk.window.get_by_text("Your text is still here: press Settle again.")
        await expect(complaint).to_be_visible()
    await desk.seen("settle-not-saved", at=complaint)


async def test_homes_in_which_nothing_is_yet_say_what_will_fill_them(browser: Browser, houses: Houses) -> None:
    async with room(browser, houses) as desk:
        house = desk.house
        await desk.opens_home(house.ana)
        await desk.reads("Nothing waits for you.", "None yet. What you answer is listed here", on=desk.home)
        await desk.seen("home-agent-empty")
        await desk.opens_home(house.lea)
        await desk.reads("Nothing to settle.", "None in the last 28 days.", "Nobody has answered", on=desk.home)
        await desk.seen("home-lead-empty")
        await desk.opens_home(house.gus)
        await desk.reads("Guests do not review.", on=desk.home)
        await desk.seen("home-guest")
        made = await house.http.post("/control/channels", json={"name": LONG_CHANNEL, "members": [house.max.id]})
        await house.max.invites(house.box.workspace.bot.id, to=f"#{LONG_CHANNEL}")
        assert made.is_success
        await desk.opens_home(house.max)
        await desk.reads("not set up yet", "escalations are told here", "Everything that was sent", on=desk.home)
        await desk.seen("home-admin-empty", at=desk.home.get_by_text("Channels", exact=True))
        async with gone(house, None):
            await desk.page.goto(f"{desk.url}/?user={house.bea.id}&home=1")
            await desk.reads("The database is away, so nothing can be shown here.", on=desk.home)
            await desk.seen("home-away")


async def test_where_nothing_is_set_up_people_read_who_does_it(browser: Browser, houses: Houses) -> None:
    async with room(browser, houses, set_up=False) as desk:
        house = desk.house
        await desk.opens_home(house.ana)
        await desk.reads("It is not set up in any channel yet", on=desk.home)
        await desk.seen("home-nowhere")
        await desk.sits(house.ana, SUPPORT)
        await desk.presses("Set up", on=desk.message("Hello, I am Assay."))
        await desk.reads("Only workspace admins can", on=desk.note)
        await desk.seen("setup-refused", at=desk.note)


async def test_setup_says_first_what_is_wrong_with_the_channel(browser: Browser, houses: Houses) -> None:
    async with room(browser, houses) as desk:
        house = desk.house
        body = {"user": house.max.id, "channel": ESCALATIONS}
        (await house.http.post("/control/archive", json=body)).raise_for_status()
        await desk.sits(house.max, SUPPORT)
        await desk.types("/assay setup")
        await desk.reads("Attention:", "#escalations is archived", "Press More… to choose another one.", on=desk.window)
        await desk.seen("setup-attention")
