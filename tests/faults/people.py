"""Agents who answer, change their minds and press again when something went wrong; a lead who settles."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from sandbox.people import Home, Message, Modal, NotOnScreen, Outcome, Person
from tests.faults.ledger import Answer, Said
from tests.faults.tickets import CODE, ESCALATION_REASONS, reply_to, word
from tests.faults.work import Worker
from tests.house import SUPPORT

TRIES = 60
PAUSE = 0.1  # seconds until somebody presses again or looks again
LOOKS = 10
NUMBER = re.compile(r"· #(\d+)")
ASIDE = 0.2
REPLY, WHY, REJECTED = "Reply", "Why must a human take over?", "Why can this draft not be used?"
HUMAN = "Must a human take over?"
ACTS = {"approve": 45, "edit": 25, "escalate": 12, "reject": 8, "stale": 10}  # on a card


def number_on(message: Message) -> int | None:
    """Of the draft that a message of the bot is about."""
    found = NUMBER.search(message.text_seen)
    return int(found[1]) if found else None


@dataclass(eq=False)
class Somebody(Worker):
    """Reads the screen and acts on it."""

    person: Person

    async def opens(self, button: str, on: Message | Home, has: str) -> Modal | None:
        """A window that has this field; None where none came, however often it was asked for."""
        for _ in range(TRIES):
            await self.puts_away()
            await self.person.clicks(button, on)
            if (window := await self.sees(lambda one: any(name.startswith(has) for name in one.fields))) is not None:
                return window
        return None

    async def sees(self, wanted: Callable[[Modal], bool] = lambda _: True) -> Modal | None:
        """The window on top, once it is as wanted; None where it does not become so."""
        for _ in range(LOOKS):
            window = await self.person.modal()
            if window is not None and wanted(window):
                return window
            await asyncio.sleep(PAUSE)
        return None

    async def sends(self, said: Said | None, texts: Mapping[str, str]) -> bool:
        """Presses the window's button until it closes; what was typed must stand there as long as it does not."""
        for _ in range(TRIES):
            outcome = await self.person.submits()
            if outcome.closed:
                if said is not None:
                    said.confirmed = True
                return True
            self.checks(await self.person.modal(), texts)
            self.ledger.refusals += outcome.errors.values()
            if is_final(outcome):
                break
            await asyncio.sleep(PAUSE * self.chance.uniform(1, 5))
        await self.puts_away()
        return False

    async def puts_away(self) -> None:
        if await self.person.modal() is not None:
            await self.person.closes(all=True)

    def checks(self, window: Modal | None, texts: Mapping[str, str]) -> None:
        for label, text in texts.items():
            left = None if window is None else window.fields.get(label)
            if left != text:
                self.ledger.differs(f"{self.person.name} typed {text!r}; after a failure the window holds {left!r}.")


@dataclass(eq=False)
class Agent(Somebody):
    """`asides` are what agents do beside the cards of their channel."""

    done: set[int] = field(default_factory=set)
    written: int = 0
    asides: "Sequence[Callable[[Agent], Awaitable[None]]]" = ()

    often: ClassVar[tuple[float, float]] = (0.05, 0.4)

    async def acts(self) -> None:
        aside = self.asides and self.chance.random() < ASIDE
        await (self.steps_aside() if aside else self.step())

    async def steps_aside(self) -> None:
        try:
            await self.chance.choice(self.asides)(self)
        except NotOnScreen:
            await self.puts_away()  # the window has gone, or Home was drawn anew

    async def step(self) -> None:
        """One open card, where there is one for this agent."""
        shown = await self.person.reads(SUPPORT, limit=40)
        cards = [one for one in shown if "Escalate" in one.buttons and number_on(one) not in self.done]
        self.ledger.carded |= {number for one in cards if (number := number_on(one)) is not None}
        if not cards:
            return
        card = self.chance.choice(cards)
        draft = number_on(card)
        assert draft is not None
        act = self.chance.choices([*ACTS], [*ACTS.values()])[0]
        self.done.add(draft)
        try:
            await self._answers(act, card, draft)
        except NotOnScreen:
            await self.puts_away()  # somebody was faster, or the window has gone
        if not self._stands(draft):
            self.done.discard(draft)  # a card that is open still, or again, waits for somebody

    def _stands(self, draft: int) -> bool:
        """Whether this agent has seen that an answer of theirs is stored, and has not taken it back."""
        said = self.ledger.said[self.person.id, draft]
        return bool(said) and said[-1].confirmed and not said[-1].answer.withdrawn

    async def _answers(self, act: str, card: Message, draft: int) -> None:
        if act == "stale":  # the card was read a while ago: perhaps somebody has answered it since
            await asyncio.sleep(self.chance.uniform(0.2, 1.0))
        text = reply_to(CODE.findall(card.text_seen)[0])
        answered = await (
            {"edit": self._edits, "escalate": self._escalates, "reject": self._rejects}.get(act, self._approves)
        )(card, draft, text)
        if answered and self.chance.random() < 0.25:
            await self._has_second_thoughts(draft, text)

    async def _approves(self, card: Message, draft: int, text: str) -> bool:
        said = self.ledger.means(self.person.id, draft, Answer("approved", text))
        return await self.presses("Approve", card, said, draft, lambda note: "approved as is" in note or "kept" in note)

    async def presses(self, button: str, on: Message, said: Said, draft: int, confirmed: Callable[[str], bool]) -> bool:
        """Again and again, until a private note that was not there before says that it is done."""
        before = await self._told_of(draft)
        for tried in range(TRIES):
            try:
                outcome = await self.person.clicks(button, on)
            except NotOnScreen:
                return tried > 0 and await self._is_told(said, draft, confirmed, before)
            if outcome.toast is None and await self._is_told(said, draft, confirmed, before):
                return True
            await asyncio.sleep(PAUSE * self.chance.uniform(1, 3))
        return await self._is_told(said, draft, confirmed, before)

    async def _told_of(self, draft: int) -> tuple[str, str]:
        """When the newest note about a draft was posted, and what it says by now."""
        note = await self.note(draft)
        return (note.ts, note.text) if note is not None else ("", "")

    async def _is_told(self, said: Said, draft: int, confirmed: Callable[[str], bool], before: tuple[str, str]) -> bool:
        for _ in range(LOOKS):
            told = await self._told_of(draft)
            if told != before and told[0] >= before[0] and confirmed(told[1]):
                said.confirmed = True
                return True
            await asyncio.sleep(PAUSE)
        return False

    async def _edits(self, card: Message, draft: int, text: str) -> bool:
        if await self.opens("Edit", card, REPLY) is None:
            return False
        return await self.writes(draft, text, {})

    def own_words(self, text: str) -> str:
        """The reply with an end that nothing else has."""
        self.written += 1
        return f"{text} {self.person.name} adds: {word(self.written - 1)}."

    async def writes(self, draft: int, text: str, more: Mapping[str, str]) -> bool:
        typed = self.own_words(text)
        await self.person.fills({REPLY: typed, **more})
        said = self.ledger.means(self.person.id, draft, Answer("edited", typed))
        return await self.sends(said, {REPLY: typed})

    async def _escalates(self, card: Message, draft: int, _text: str) -> bool:
        if await self.opens("Escalate", card, WHY) is None:
            return False
        reason = self.chance.choice(ESCALATION_REASONS)
        await self.person.fills({WHY: reason})
        said = self.ledger.means(self.person.id, draft, Answer("not_judged", None, reason.lower()))
        return await self.sends(said, {})

    async def _rejects(self, card: Message, draft: int, _text: str) -> bool:
        if await self.opens("Reject", card, REJECTED) is None:
            return False
        await self.person.fills({REJECTED: "Wrong tone"})
        return await self.sends(self.ledger.means(self.person.id, draft, Answer("rejected")), {})

    async def _has_second_thoughts(self, draft: int, text: str) -> None:
        note = await self.note(draft)
        if note is None:
            return
        if self.chance.random() < 0.5:
            said = self.ledger.means(self.person.id, draft, Answer("", withdrawn=True))
            await self.presses("Undo", note, said, draft, lambda words: words.startswith("Undone"))
        elif await self.opens("Change", note, REPLY) is not None:
            more = {"This draft is": "Good with my changes", HUMAN: "No, a reply is enough"}
            await self.writes(draft, text, more)

    async def notes(self, limit: int = 20) -> list[Message]:
        """What the bot said to this person alone, the oldest first."""
        query: dict[str, str | int] = {"user": self.person.id, "channel": SUPPORT, "private": 1, "limit": limit}
        answer = await self.person.http.get("/control/messages", params=query)
        answer.raise_for_status()
        return [Message(SUPPORT, each) for each in answer.json()["messages"]]

    async def note(self, draft: int) -> Message | None:
        """The newest about a draft."""
        return next((one for one in reversed(await self.notes()) if note_about(one) == draft), None)


def note_about(message: Message) -> int | None:
    """The draft that a private note is about: it can be changed there."""
    for words in ("Change", "Answer again"):
        if words in message.buttons:
            return int(message.button(words).block_id.removeprefix("note:"))
    return None


def is_final(outcome: Outcome) -> bool:
    """Whether pressing again would not help."""
    told = " ".join(outcome.errors.values())
    return any(
        words in told
        for words in ("settled", "the answers changed", "withdrawn", "not here any more", "not in this draft")
    )
