"""What people do with a small bot. Each story returns what they see in the end."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.faults import Fault
from sandbox.people import Message, Modal, Outcome, Person
from sandbox.server import Sandbox
from tests.sandbox.bots import Bot, Host
from tests.sandbox.callers import Json

LONG = "Hello, I am sorry about the double charge. " * 120
OLDER, NEWER = "Hello, I am sorry about the double charge.", "Good morning, the money is on its way."
CUSTOMER = "I was charged twice <!channel>"
TICKET = "https://help.example/tickets/7"
HOUR = 3_600.0


@dataclass(frozen=True)
class Scene:
    box: Sandbox
    host: Host
    ana: Person
    bea: Person

    @property
    def bot(self) -> Bot:
        return self.host.bot

    async def all_read(self) -> list[Message]:
        """What everybody reads in the channel."""
        return [message for message in await self.ana.reads("#support") if not message.ephemeral]

    async def the_card(self) -> Message:
        return (await self.all_read())[0]

    async def under_the_card(self) -> str:
        """Its last line: who approved it, or the last of its buttons."""
        return (await self.the_card()).text_seen.splitlines()[-1]

    async def clicks(self, button: str) -> Outcome:
        await self.bot.posts()
        return await self.ana.clicks(button, await self.the_card())

    async def edits(self) -> Modal | str:
        """The modal, or what is said in its place."""
        outcome = await self.clicks("Edit")
        return await self.ana.modal() or f"No modal. {outcome.toast}"

    async def note(self, person: Person | None = None) -> str:
        note = await (person or self.ana).last_private_note("#support")
        return note.text_seen if note else "nothing"

    async def submits(self) -> str:
        """What is said at the field, else in the note."""
        outcome = await self.ana.submits()
        return outcome.error or "".join(outcome.errors.values()) or await self.note()

    def refusals(self) -> list[str]:
        """What the Web API said where it refused."""
        answers = [entry.answer for entry in self.box.traffic.entries if entry.sender == "bot"]
        return [refused(answer) for answer in answers if isinstance(answer, dict) and not answer["ok"]]


def refused(answer: Json) -> str:
    return "\n".join([answer["error"], *answer.get("response_metadata", {}).get("messages", [])])


Story = Callable[[Scene], Awaitable[object]]


def cards(count: int) -> str:
    return f"{count} {'card' if count == 1 else 'cards'}"


async def a_card_is_posted_while_the_connection_drops(scene: Scene) -> str:
    scene.box.world.faults.add(Fault("chat.postMessage", "drop_after"))
    scene.box.world.faults.add(Fault("conversations.history", "history_lag", seconds=30))
    await scene.bot.posts()
    for pause in (5, 60):
        scene.box.clock.advance(pause)
        await scene.bot.works()
    return cards(len(await scene.all_read()))


async def a_card_is_posted(scene: Scene) -> str:
    await scene.bot.posts()
    return cards(len(await scene.all_read()))


async def a_card_links_its_ticket(scene: Scene) -> list[str]:
    """What is shown of the ticket below the card."""
    scene.host.disk.ticket = TICKET
    await scene.bot.posts()
    return (await scene.the_card()).previews


async def a_card_with_a_long_draft_is_posted(scene: Scene) -> str:
    scene.host.disk.draft = LONG
    return await a_card_is_posted(scene)


async def somebody_joins_before_the_process_dies(scene: Scene) -> list[str]:
    scene.bot.holds()
    await scene.ana.invites("U0LEA", to="#support")
    await scene.host.kills()
    await scene.bot.drains()
    return [message.text for message in await scene.all_read()]


async def somebody_joins_while_the_database_is_away(scene: Scene) -> list[str]:
    scene.host.disk.away = True
    await scene.ana.invites("U0LEA", to="#support")
    await scene.bot.drains()
    return [message.text for message in await scene.all_read()]


async def a_draft_is_approved_while_the_model_is_slow(scene: Scene) -> str:
    scene.bot.holds()
    outcome = await scene.clicks("Approve")
    toasts = [toast["text"] for toast in (await scene.ana.screen())["toasts"]]
    assert toasts == ([outcome.toast] if outcome.toast else [])
    return outcome.toast or await scene.note()


async def a_draft_is_opened(scene: Scene) -> str:
    modal = await scene.edits()
    return modal if isinstance(modal, str) else modal.title


async def a_long_draft_is_opened(scene: Scene) -> str:
    scene.host.disk.draft = LONG
    return await a_draft_is_opened(scene)


async def a_draft_with_twelve_reasons_is_opened(scene: Scene) -> str:
    scene.host.disk.reasons = 12
    return await a_draft_is_opened(scene)


async def a_long_draft_is_saved_as_it_is(scene: Scene) -> str:
    scene.host.disk.draft = LONG
    modal = await scene.edits()
    return modal if isinstance(modal, str) else await scene.submits()


async def a_line_end_is_typed(scene: Scene) -> str:
    await scene.edits()
    await scene.ana.fills({"Reply": scene.host.disk.draft + " \r\n"})
    return await scene.submits()


def regenerate(scene: Scene) -> None:
    scene.host.disk.draft, scene.host.disk.revision = NEWER, 2


async def the_newest_draft_is_shown(scene: Scene) -> object:
    await scene.edits()
    regenerate(scene)
    await scene.ana.clicks("Newest text")
    modal = await scene.ana.modal()
    return modal and modal.fields["Reply"]


async def the_newest_draft_is_saved_as_it_is(scene: Scene) -> str:
    await the_newest_draft_is_shown(scene)
    return await scene.submits()


async def the_draft_changes_under_an_edit(scene: Scene) -> str:
    await scene.edits()
    await scene.ana.fills({"Reply": "Mine"})
    regenerate(scene)
    return await scene.submits()


async def a_card_full_of_ampersands_is_approved(scene: Scene) -> str:
    scene.host.disk.customer = ("R&D " * 750)[:2_990]
    await scene.clicks("Approve")
    await scene.bot.drains()
    return await scene.under_the_card()


async def a_long_question_is_read(scene: Scene) -> int:
    scene.host.disk.customer = "why " * 1_000
    await scene.bot.posts()
    return sum(message.text_seen.count("why") for message in await scene.all_read())


async def a_very_long_draft_is_read(scene: Scene) -> int:
    scene.host.disk.draft = "Hello " * 2_300
    await scene.bot.posts()
    read = [message for card in await scene.all_read() for message in await scene.ana.reads_thread(card)]
    return sum(message.text_seen.count("Hello") for message in read)


async def a_draft_of_sixty_headings_is_read(scene: Scene) -> int:
    scene.host.disk.draft = "# Hello\n" * 60
    await scene.bot.posts()
    return sum(message.text_seen.count("Hello") for message in await scene.all_read())


async def a_click_comes_again_after_a_restart(scene: Scene) -> int:
    """How often Ana is told."""
    outcome = await scene.clicks("Approve")
    await scene.bot.drains()
    await scene.host.kills()
    await scene.ana.http.post("/control/redeliver", json={"id": outcome.traffic})
    return sum(message.ephemeral for message in await scene.ana.reads("#support"))


async def somebody_else_approves(scene: Scene) -> str:
    await scene.bot.posts()
    await scene.bea.clicks("Approve", await scene.the_card())
    return await scene.note(scene.bea)


async def five_cards_are_posted_at_once(scene: Scene) -> str:
    for _ in range(5):
        await scene.bot.posts()
    for _ in range(5):
        scene.box.clock.advance(1)
        await scene.bot.works()
    return cards(len(await scene.all_read()))


async def a_day_passes(scene: Scene) -> list[str]:
    """When the digest came, in the hours of the channel."""
    scene.host.disk.zone = "Asia/Tokyo"
    for _ in range(24):
        scene.box.clock.advance(HOUR)
        await scene.bot.ticks()
    came = [float(message.ts) for message in await scene.all_read()]
    return [f"{int(at / HOUR + 9) % 24}:00" for at in came]


async def a_digest_is_read(scene: Scene) -> list[str]:
    await scene.bot.reports("digest:today")
    return [line for message in await scene.all_read() for line in message.text_seen.splitlines()[:2]]


async def a_draft_is_approved(scene: Scene) -> str:
    await scene.clicks("Approve")
    return await scene.note()


async def a_draft_is_approved_where_another_app_left_its_settings(scene: Scene) -> str:
    with environment(SLACK_CLIENT_ID="1.2", SLACK_CLIENT_SECRET="not-ours"):
        await scene.host.kills()
    return (await a_draft_is_approved(scene)).split(",")[0]


@contextmanager
def environment(**more: str) -> Iterator[None]:
    os.environ.update(more)
    try:
        yield
    finally:
        for name in more:
            del os.environ[name]


async def a_draft_is_approved_during_a_deploy(scene: Scene) -> str:
    scene.bot.holds()
    await scene.clicks("Approve")
    stopping = asyncio.create_task(scene.host.stops())
    await asyncio.sleep(0)
    scene.bot.goes_on()
    await stopping
    return await scene.under_the_card()


async def a_card_is_redrawn_half_an_hour_late(scene: Scene) -> str:
    scene.bot.holds()
    await scene.clicks("Approve")
    scene.box.clock.advance(HOUR / 2 + 1)
    scene.bot.goes_on()
    await scene.bot.drains()
    return await scene.under_the_card()


async def an_approved_card_is_read(scene: Scene) -> list[str]:
    await scene.clicks("Approve")
    await scene.bot.drains()
    return (await scene.the_card()).text_seen.splitlines()


async def a_customer_writes_to_the_channel(scene: Scene) -> list[str]:
    """Whom it pings."""
    await scene.bot.posts()
    return (await scene.the_card()).pings
