"""A lead who settles disputes, from the digest and from Home; an admin who changes a channel's settings."""

from contextlib import suppress
from dataclasses import dataclass

from bot.surfaces import notes
from bot.surfaces.setup_answers import KEPT
from sandbox.people import Home, Message, Modal, NotOnScreen
from tests.faults.ledger import Answer, Said
from tests.faults.people import HUMAN, LOOKS, NUMBER, TRIES, Somebody
from tests.faults.tickets import word
from tests.house import LEADS, SUPPORT

CHOICE, FINAL, DIFFER = "Which answer stands?", "Final reply", "Why did the answers differ?"
GUIDELINE, CARDS = "Guideline", "Cards that are open at a time"


@dataclass(eq=False)
class Lead(Somebody):
    async def acts(self) -> None:
        await self.settles(await self.person.opens_home())

    async def settles(self, on: Message | Home | None = None) -> None:
        """A dispute of the newest digest, or of what is given; nothing where there is none to settle."""
        if on is None:
            shown = [one for one in await self.person.reads(LEADS) if any("Settle" in words for words in one.buttons)]
            on = shown[-1] if shown else None
        buttons = [words for words in on.buttons if "Settle" in words] if on is not None else []
        if on is None or not buttons:
            return
        try:
            window = await self.opens_dispute(self.chance.choice(buttons), on)
            if window is not None:
                await self._decides(window)
        except NotOnScreen:
            await self.puts_away()

    async def opens_dispute(self, button: str, on: Message | Home) -> Modal | None:
        """None where it is no dispute any more."""
        await self.puts_away()
        for _ in range(TRIES):
            outcome = await self.person.clicks(button, on)
            window = await self.sees()
            if window is not None or outcome.toast is None:
                return window
        return None

    async def _decides(self, window: Modal) -> None:
        found = NUMBER.search(window.text)
        if found is None or CHOICE not in window.fields:
            await self.puts_away()  # it says why there is nothing to settle
            return
        draft, own = int(found[1]), self.chance.random() < 0.5
        final = f"A lead says: {word(draft)}." if own else None
        choice = "The final reply below" if own else "Answer A"
        await self.person.fills({CHOICE: choice, DIFFER: "An agent slipped"})
        if final is not None:
            await self.person.fills({FINAL: final, HUMAN: "No"})
        if not await self.sends(None, {FINAL: final} if final else {}):
            if notes.SETTLED_MEANWHILE in self.ledger.refusals[-1:]:
                self.ledger.differs(f"{self.person.name}, who alone settles, read that another lead settled {draft}.")
            return
        self.ledger.settled[draft] = final


@dataclass(eq=False)
class Admin(Somebody):
    written: int = 0

    async def acts(self) -> None:
        """A guideline that reads like no other, and how many cards may be open; pressed again until it is saved."""
        window = await self._opens()
        if window is None:
            return
        text = f"Be kind, and mind the {word(self.written)}."
        self.written += 1
        said = Said(Answer("guideline", text))
        self.ledger.guidelines.append(said)
        await self.person.fills({GUIDELINE: text, CARDS: str(self.chance.randint(9, 14))})
        if not await self.sends(said, {GUIDELINE: text}) and any(KEPT in one for one in self.ledger.refusals[-1:]):
            self.ledger.differs(f"{self.person.name}, who alone sets up, was overtaken: {self.ledger.refusals[-1]}")

    async def _opens(self) -> Modal | None:
        for _ in range(TRIES):
            await self.puts_away()
            await self.person.types("/assay setup", in_=SUPPORT)
            if await self.sees(lambda one: GUIDELINE in one.fields) and (window := await self._shows_more()):
                return window
        return None

    async def _shows_more(self) -> Modal | None:
        for _ in range(LOOKS):
            if (window := await self.sees(lambda one: CARDS in one.fields or "More…" in one.buttons)) is None:
                return None
            if CARDS in window.fields:
                return window
            with suppress(NotOnScreen):  # what an earlier press asked for has come between the look and this one
                await self.person.clicks("More…")
        return None
