"""Twenty-eight days of work: drafts come in, colleagues click, leads settle, digests are posted."""

import json
import re
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.submissions import Submission, Turn
from bot.texts import capitalised
from handlers.demo.colleagues import Answer, Colleague, answer, unprepared
from handlers.demo.tickets import Ticket, load
from handlers.demo.world import LEADS, SUPPORT, ZONE, World
from sandbox.people import Message, Modal, Person
from sandbox.sight import NotOnScreen

DAYS = 28
DRAFTS_A_DAY = 13
OPENS, CLOSES = time(9), time(17, 30)
DIGEST = time(9, 1)
ALWAYS_OPEN = 5
SHEETS = 6  # messages of a digest, and one over
RECENT, FAR_BACK = 25, 200  # messages of the channel that colleagues look through
OWN_WORDS = "Thank you for writing to us. We have looked into it and come back to you here."
FIRST_MODEL, NEW_MODEL = "draft-writer-1", "draft-writer-2"


async def days(world: World, last: datetime, *, count: int = DAYS) -> AsyncIterator[datetime]:
    """Play the days before `last` (a local morning), a working day at a time; yields each day as it ends."""
    mornings = [last - timedelta(days=back) for back in range(count, 0, -1)]
    working = [day for day in mornings if day.weekday() < 5]
    for place, day in enumerate(working):
        model = NEW_MODEL if place >= len(working) - 1 else FIRST_MODEL
        await _morning(world, day)
        await _day(world, day, model)
        yield day
    await _digest(world, last)  # whoever comes now settles the disputes it names


async def _morning(world: World, day: datetime) -> None:
    """The digest comes, and the lead settles one of the disputes it names."""
    await _digest(world, day)
    await settle_one(world)


async def _digest(world: World, day: datetime) -> None:
    world.moves_to(_at(day, DIGEST))
    while await world.bot.tools.surveyor.measure_due():
        pass  # as the clock does
    await world.bot.tools.digests.post_due()
    for _ in range(SHEETS):  # Slack takes a post a second in a channel
        await world.settles()
        world.moves_to(world.now() + timedelta(seconds=2))


async def _day(world: World, day: datetime, model: str) -> None:
    """Drafts come in two batches; between them and after them people work."""
    tickets = [world.chance.choice(TICKETS) for _ in range(DRAFTS_A_DAY)]
    for opens, batch in ((OPENS, tickets[: DRAFTS_A_DAY // 2]), (time(13), tickets[DRAFTS_A_DAY // 2 :])):
        world.moves_to(_at(day, opens) + timedelta(minutes=10))
        await send(world, batch, model)
        for _ in range(len(batch)):
            if not await work(world, leave=ALWAYS_OPEN):
                break


async def send(world: World, tickets: Sequence[Ticket], model: str) -> None:
    """Send drafts as a helpdesk would, in one stream."""
    bodies = [_submission(ticket, model, world.now(), place) for place, ticket in enumerate(tickets)]
    stream = "".join(body.model_dump_json() + "\n" for body in bodies)
    headers = {"Authorization": f"Bearer {world.token}", "Content-Type": "application/x-ndjson"}
    response = await world.http.post(f"{world.bot.url}/api/v1/drafts", content=stream.encode(), headers=headers)
    response.raise_for_status()
    for ticket, line in zip(tickets, map(json.loads, response.text.splitlines()), strict=True):
        if "id" in line:  # whoever opened the page may have archived the channel
            world.tickets[int(line["id"])] = ticket
    await world.settles()


async def work(world: World, *, leave: int, at_most: int = 10, but: Collection[int] = (), back: int = RECENT) -> int:
    """Colleagues look at the channel and answer open cards, the oldest first; how many they answered.

    `but`: drafts that they leave to somebody else, beside those they leave; `back`: how far they look.
    """
    cards = [card for card in await open_cards(world, back=back) if number(card) not in but]
    oldest = [card for card in cards[: max(0, len(cards) - leave)] if _free(world, card)]
    answered = 0
    for card in oldest[:at_most]:
        colleague, person = world.chance.choice(_free(world, card))
        world.done.add((person.id, card.ts))
        world.moves_to(world.now() + timedelta(seconds=world.chance.randrange(120, 480)))
        await _respond(world, _given(world, colleague, card), person, card)
        answered += 1
    return answered


def _given(world: World, colleague: Colleague, card: Message) -> Answer:
    ticket = world.tickets.get(number(card))
    if ticket is None:  # whoever opened the page sent it
        return unprepared(reply=OWN_WORDS if "Write" in card.buttons else None)
    return answer(colleague, ticket, world.chance)


def _free(world: World, card: Message) -> list[tuple[Colleague, Person]]:
    """Who has not answered it, nor tried to."""
    return [one for one in world.colleagues if (one[1].id, card.ts) not in world.done]


async def open_cards(world: World, *, back: int = RECENT) -> list[Message]:
    """Cards in the channel that wait for an answer, among its newest messages."""
    shown = await world.colleagues[0][1].reads(SUPPORT, limit=back)
    return [card for card in shown if "Escalate" in card.buttons]


async def _respond(world: World, given: Answer, person: Person, card: Message) -> None:
    """Press the button and fill in what it asks, as a person would; leave it where that is not offered any more."""
    opens = given.button
    if opens in ("Approve", "Edit") and "Read and review" in card.buttons:
        opens = "Read and review"
    await person.clicks(opens, card)
    if opens != "Approve":
        world.moves_to(world.now() + timedelta(seconds=world.chance.randrange(20, 200)))
        try:
            await _fill(given, person)
            await person.submits()
        except NotOnScreen:
            await _leave(person)
    await world.bot.tools.afterwards.done()


async def _leave(person: Person) -> None:
    """Whoever opened the page may have changed the reasons, or the window came too late."""
    if await person.modal() is not None:
        await person.closes(all=True)


async def _fill(given: Answer, person: Person) -> None:
    """Raises NotOnScreen where the window did not open or does not offer what is to be said."""
    window = await person.modal()
    if window is None:
        raise NotOnScreen("The window did not open.")
    topics = [topic for topic in given.topics if topic in window.field("Topics to flag").options]
    wishes: dict[str, str | list[str]] = {"Topics to flag": topics} if topics else {}
    wishes |= {} if given.reason is None else _why(window, given.reason)
    wishes |= {} if given.reply is None else _reply(window, given.reply)
    if wishes:
        await person.fills(wishes)


def _why(window: Modal, reason: str) -> dict[str, str]:
    """The reason as the menu has it, or the last one there: whoever opened the page may have changed them."""
    field = window.field(next(name for name in window.fields if name.startswith("Why")))
    offered = [*field.options]
    return {field.label: capitalised(reason) if capitalised(reason) in offered else offered[-1]}


def _reply(window: Modal, reply: str) -> dict[str, str]:
    """The reply; to one in several parts a sentence is added."""
    fields = [name for name in window.fields if "eply" in name or name.startswith("Write")]
    if len(fields) == 1:
        return {fields[0]: reply[:3_000]}
    return {fields[-1]: "I have checked the steps above; please write to us if one of them fails."}


async def settle_one(world: World) -> None:
    """The lead opens the first dispute of the newest digest and takes the answer that changed the draft."""
    digests = [one for one in await world.lead.reads(LEADS, limit=5) if any("Settle" in name for name in one.buttons)]
    if not digests:
        return
    pressed = next(name for name in digests[-1].buttons if "Settle" in name)
    await world.lead.clicks(pressed, digests[-1])
    window = await world.lead.modal()
    if window is None:
        return
    choice = f"Answer {world.chance.choice('AB')}"
    await world.lead.fills({"Which answer stands?": choice, "Why did the answers differ?": "An agent slipped"})
    await world.lead.submits()
    await world.settles()


def _submission(ticket: Ticket, model: str, now: datetime, place: int) -> Submission:
    return Submission(
        channel=SUPPORT,
        external_id=f"{ticket.id}-{now:%m%d-%H%M}-{place}",
        conversation=[Turn(role=turn.role, content=turn.content) for turn in ticket.conversation],
        draft=ticket.draft,
        model=model,
        context={"product": ticket.product, "tier": ticket.tier, "region": ticket.region, "app": f"app {ticket.app}"},
        topic=ticket.topic,
        source=ticket.source,
        group=ticket.id,
        url=f"https://help.example.com/tickets/{ticket.id}",
        language=ticket.language,
    )


def number(card: Message) -> int:
    """The draft that a card shows: its title ends with the number."""
    return int(re.search(r"· #(\d+)", card.text_seen).group(1))  # type: ignore[union-attr]


def _at(day: datetime, moment: time) -> datetime:
    return datetime.combine(day.date(), moment, ZoneInfo(ZONE)).astimezone(UTC)


TICKETS = load()
