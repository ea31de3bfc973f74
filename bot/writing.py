"""Drafts that came without a reply are written by the channel's model: claimed, asked for, stored with their cards.

The model is asked outside of every transaction. What it says is redacted like all else that comes in, with the
draft's own placeholders: it may repeat personal data, or make some up.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import outbox, redaction
from bot.model import Model
from bot.model_answers import NOTHING, ModelUnavailable, Usage, Written
from bot.redaction import Redactor
from bot.system_message import system_message
from bot.waits import A_MINUTE, Wait, Watched
from storage.engine import Sessions
from storage.models import Channel, Draft, Writing
from storage.queries import channels, drafts, writings
from storage.words import DraftState, WritingState

STUCK = timedelta(minutes=10)  # a claim as old as this came to nothing: the longest answer takes a quarter of it
ATTEMPTS = 5
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0  # seconds between two attempts; each pause is four times the one before
MILLION = 1_000_000

NO_MODEL = "No model is set up any more."
USED_UP = "The tokens of this day are used up."
NOT_NEEDED = "The draft was withdrawn before it was written."
CAME_TO_NOTHING = "The model was asked several times, and each time the bot was stopped before it answered."
UNFORESEEN = "Assay failed ({kind})."
LATE = "An answer that came too late was dropped."

log = structlog.get_logger()


@dataclass(frozen=True)
class Terms:
    """How much is asked of a model, and what it costs."""

    at_once: int = 4  # in one process
    daily_tokens: int | None = None  # of a day in UTC; what is under way when they are used up is finished
    price_in: float | None = None  # of a million tokens
    price_out: float | None = None

    def cost(self, usage: Usage) -> float | None:
        """What the tokens cost; None where no price is set."""
        if self.price_in is None and self.price_out is None:
            return None
        return (usage.prompt * (self.price_in or 0.0) + usage.completion * (self.price_out or 0.0)) / MILLION


@dataclass(frozen=True)
class Errand:
    """A draft for which this process asks the model."""

    claimed: Writing
    turns: list[dict[str, str]]


@dataclass(frozen=True)
class Closed:
    """A draft that was claimed and needs no model any more."""


class Writer:
    """Has drafts written. Any number of processes may: each draft is asked for by one at a time."""

    def __init__(
        self,
        sessions: Sessions,
        model: Model | None,
        terms: Terms,
        *,
        key: bytes,
        now: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._sessions = sessions
        self._model = model
        self._terms = terms
        self._key = key
        self._now = now
        self._chance = chance
        self._workers: set[asyncio.Task[int]] = set()
        self._asked: set[asyncio.Task[Written]] = set()
        self._quiet: Wait | None = None  # the model asked to wait
        self._clock = Watched()
        self._stopped = False

    async def write_due(self) -> int:
        """Ask for everything that is due, some at once; how many drafts were taken up."""
        if self._clock.set_back(now := self._now()):
            await self._hasten()
            self._clock.heeded(now)
        started = {self._start() for _ in range(await self._due(self._terms.at_once - len(self._workers)))}
        if started:
            await asyncio.wait(started)  # whoever waits for this may be cancelled, the work goes on
        return sum(worker.result() for worker in started)

    async def stop(self) -> None:
        """Ask no more; what is under way is given back, so that it is asked for again at once."""
        self._stopped = True
        for asked in self._asked:
            asked.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def _start(self) -> asyncio.Task[int]:
        worker = asyncio.create_task(self._work())
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)
        return worker

    async def _work(self) -> int:
        taken = 0
        while await self._due(1) and (errand := await self._claim()) is not None:
            if isinstance(errand, Errand):
                await self._write(errand)
            taken += 1
        return taken

    async def _hasten(self) -> None:
        """What waits by a clock that was set back is asked for in a minute at the latest."""
        async with self._sessions.writing() as session:
            await writings.hasten(session, self._now() + A_MINUTE)

    async def _due(self, most: int) -> int:
        """How many can be claimed now: a look without the writer's lock, for mostly there is nothing."""
        now = self._now()
        if self._stopped or most <= 0 or (self._quiet is not None and not self._quiet.over(now)):
            return 0
        async with self._sessions.reading() as session:
            return await writings.due(session, now=now, stuck_since=now - STUCK, most=most)

    async def _claim(self) -> Errand | Closed | None:
        now = self._now()
        async with self._sessions.writing() as session:
            claimed = await writings.claim_next(session, now=now, stuck_since=now - STUCK)
            if claimed is None:
                return None
            draft, channel = await drafts.with_channel(session, claimed.draft_id)
            why = await self._hopeless(session, claimed, draft)
            if why is None:
                guideline = await channels.guideline(session, draft.channel_id)
                return Errand(claimed, turns(draft, channel, guideline.text if guideline else ""))
        async with self._sessions.writing() as session:
            await self._give_up(session, claimed, why)
        return Closed()

    async def _hopeless(self, session: AsyncSession, claimed: Writing, draft: Draft) -> str | None:
        """Why the model need not be asked."""
        if self._model is None:
            return NO_MODEL
        if draft.state != DraftState.OPEN:
            return NOT_NEEDED
        if claimed.attempts > ATTEMPTS:
            return CAME_TO_NOTHING
        budget = self._terms.daily_tokens
        midnight = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        if budget is not None and await writings.tokens_since(session, midnight) >= budget:
            return USED_UP
        return None

    async def _write(self, errand: Errand) -> None:
        """Ask, and store what came of it, which a stop does not interrupt."""
        assert self._model is not None
        claimed, began = errand.claimed, time.perf_counter()
        asked = asyncio.create_task(self._model.reply(errand.turns, model=claimed.model))
        self._asked.add(asked)
        if self._stopped:  # while it was claimed
            asked.cancel()
        await asyncio.wait({asked})
        self._asked.discard(asked)
        if asked.cancelled():
            return await self._give_back(claimed)
        usage = NOTHING
        try:
            written = asked.result()
            usage = written.usage
            await self._keep(claimed, written, milliseconds=round((time.perf_counter() - began) * 1000))
        except ModelUnavailable as failure:
            log.warning("the model wrote nothing", draft=claimed.draft_id, error=str(failure))
            await self._failed(claimed, failure)
        except Exception as error:
            kind = type(error).__name__
            log.error("an attempt to write a draft failed in Assay", draft=claimed.draft_id, exc_info=error)
            await self._failed(claimed, ModelUnavailable(UNFORESEEN.format(kind=kind), again=True, usage=usage))

    async def _give_back(self, claimed: Writing) -> None:
        async with self._sessions.writing() as session:
            await writings.finish(session, claimed, {"state": WritingState.WAITING, "due_at": self._now()})

    async def _keep(self, claimed: Writing, written: Written, *, milliseconds: int) -> None:
        """Store the reply, and order its card; unless it came too late, or nobody needs it any more."""
        done = {"state": WritingState.WRITTEN, "finished_at": self._now(), "milliseconds": milliseconds, "error": None}
        async with self._sessions.writing() as session:
            draft = await drafts.locked(session, claimed.draft_id)  # first, as whoever erases it does
            in_time = await writings.held(session, claimed)
            if in_time and draft is not None and draft.state == DraftState.OPEN:
                await self._fill(session, draft, written)
                await self._order_card(session, draft)
            else:
                done |= {"state": WritingState.FAILED, "error": NOT_NEEDED}
            await writings.finish(session, claimed, done)
            await self._spend(session, claimed, written.usage, remark=None if in_time else LATE)
        if not in_time:
            log.warning("a late answer of the model was dropped", draft=claimed.draft_id)

    async def _fill(self, session: AsyncSession, draft: Draft, written: Written) -> None:
        known = dict(draft.placeholders)
        if draft.ticket is not None:
            # The ticket's later drafts may have given further numbers.
            found = await drafts.placeholders_of_tickets(session, draft.channel_id, [draft.ticket])
            known |= found.get(draft.ticket, {})
        redactor = Redactor(self._key, known)
        # Placeholders that were there before us, as text, must not come to mean something else.
        redactor.redact_all([draft.conversation, draft.context])
        draft.text, draft.model = redactor.redact(written.text), redactor.redact(written.model)
        draft.placeholders = redactor.known
        draft.redacted = dict(Counter(draft.redacted) + Counter(redactor.counts))
        draft.redactor = redaction.VERSION
        session.add(draft)
        await session.flush()

    async def _failed(self, claimed: Writing, failure: ModelUnavailable) -> None:
        """Ask again later, or give up."""
        now = self._now()
        pause = pause_after(claimed.attempts, chance=self._chance())
        if failure.seconds is not None:
            pause = max(pause, failure.seconds)
            self._quiet = Wait.of(now, timedelta(seconds=failure.seconds))
        again = failure.again and claimed.attempts < ATTEMPTS
        waits = {"state": WritingState.WAITING, "due_at": now + timedelta(seconds=pause), "error": str(failure)}
        async with self._sessions.writing() as session:
            await drafts.locked(session, claimed.draft_id)
            if again:
                await writings.finish(session, claimed, waits)
            else:
                await self._give_up(session, claimed, str(failure))
            if failure.usage != NOTHING:
                await self._spend(session, claimed, failure.usage)

    async def _give_up(self, session: AsyncSession, claimed: Writing, why: str) -> None:
        """The draft becomes a blank, which people write."""
        values = {"state": WritingState.FAILED, "finished_at": self._now(), "error": why}
        draft = await drafts.locked(session, claimed.draft_id)
        in_time = await writings.finish(session, claimed, values)
        if in_time and draft is not None and draft.state == DraftState.OPEN:
            await self._order_card(session, draft)

    async def _order_card(self, session: AsyncSession, draft: Draft) -> None:
        assert draft.id is not None
        channel = await channels.get(session, draft.channel_id)
        await outbox.cards(session, channel, {draft.id: draft.priority}, now=self._now())

    async def _spend(self, session: AsyncSession, claimed: Writing, usage: Usage, *, remark: str | None = None) -> None:
        spent: dict[str, Any] = {"prompt": usage.prompt, "completion": usage.completion}
        await writings.spend(session, claimed.draft_id, **spent, cost=self._terms.cost(usage), remark=remark)


def turns(draft: Draft, channel: Channel, guideline: str) -> list[dict[str, str]]:
    """What the model is told: as exports will say it, so that it is trained on what it is asked."""
    system = system_message(guideline, draft.context, channel.context_template)
    return [*([{"role": "system", "content": system}] if system else []), *draft.conversation]


def pause_after(attempts: int, *, chance: float) -> float:
    """Seconds until the next attempt: longer each time, and not the same for all that failed together."""
    longest = min(FIRST_PAUSE * 4.0 ** (attempts - 1), LONGEST_PAUSE)
    return longest * (0.5 + chance / 2)
