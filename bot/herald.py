"""Webhooks are told: claim, draw, sign, send, write down what became of it. At least once, in no promised order."""

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import httpx
import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import shares, webhook_bodies, webhooks
from bot.errors import AssayError
from bot.guarded_http import TEAM, RefusedAddress
from bot.http_heads import retry_after
from bot.lookups import TooManyLookups
from bot.vault import Vault
from bot.waits import A_MINUTE, Watched
from bot.webhook_bodies import Untold
from bot.webhook_waits import GONE, LONGEST_ASKED, WAITS, Attempt, failing_since, hopeless, rest_after, wait_after
from storage.engine import Sessions
from storage.models import Announcement, Webhook
from storage.queries import announcements, answers
from storage.queries import webhooks as stored_webhooks
from storage.words import DeliveryState

AT_ONCE, OF_ONE_WORKSPACE = 16, 8  # in one process
PATIENCE = 15.0  # seconds that a receiver has for an answer
STUCK = timedelta(minutes=2)
KEPT = timedelta(days=30)
ANSWERS_KEPT = timedelta(days=1)
SOME = 2_000  # of what is forgotten, in one transaction: nobody's click waits for a day's
CAME_TO_NOTHING = "It was begun several times, and each time the bot was stopped before it ended."
TOO_MANY, AWAY = 429, 503

log = structlog.get_logger()


class Herald:
    """Tells webhooks. Any number of processes may: each announcement is sent by one at a time."""

    def __init__(
        self,
        sessions: Sessions,
        http: httpx.AsyncClient,
        vault: Vault,
        now: Callable[[], datetime],
        *,
        chance: Callable[[], float] = random.random,
        patience: float = PATIENCE,
    ) -> None:
        self._sessions = sessions
        self._http = http  # over a guarded transport: the URLs are other people's
        self._vault = vault
        self._now = now
        self._chance = chance
        self._patience = patience
        self._turns = shares.Turns()
        self._claiming = asyncio.Lock()  # so that nobody claims before it is known what the last one took
        self._workers: set[asyncio.Task[int]] = set()
        self._sending: set[asyncio.Task[Attempt | Untold]] = set()
        self._clock = Watched()
        self._stopped = False

    async def tell_due(self) -> int:
        """Send everything that is due, some at once; how many were tried."""
        if self._clock.set_back(now := self._now()):
            async with self._sessions.writing() as session:
                await announcements.hasten(session, now + A_MINUTE)
            self._clock.heeded(now)
        started = {self._start() for _ in range(await self._due(AT_ONCE - len(self._workers)))}
        if started:
            await asyncio.wait(started)
        return sum(worker.result() for worker in started)

    async def forget_old(self) -> None:
        """What is kept for a while only: announcements, and answers to requests that may be repeated."""
        for forget, kept in ((announcements.forget, KEPT), (answers.forget, ANSWERS_KEPT)):
            gone = SOME
            while gone >= SOME:
                async with self._sessions.writing() as session:
                    gone = await forget(session, self._now() - kept, limit=SOME)

    async def stop(self) -> None:
        """Send no more; what is under way is given back, so that it is sent again at once."""
        self._stopped = True
        for sending in self._sending:
            sending.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def _start(self) -> asyncio.Task[int]:
        worker = asyncio.create_task(self._work())
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)
        return worker

    async def _work(self) -> int:
        tried = 0
        while (claimed := await self._claim()) is not None:
            announcement, team = claimed
            try:
                await self._tell(announcement)
            finally:
                self._turns.end(team)
            tried += 1
        return tried

    @property
    def _full(self) -> set[str]:
        return shares.full(self._turns.held, of=AT_ONCE, most=OF_ONE_WORKSPACE)

    async def _due(self, most: int) -> int:
        """How many can be claimed now: a look without the writer's lock, for mostly there is nothing."""
        if self._stopped or most <= 0:
            return 0
        now, full = self._now(), self._full
        async with self._sessions.reading() as session:
            return await announcements.due(session, now=now, stuck_since=now - STUCK, most=most, full=full)

    async def _claim(self) -> tuple[Announcement, str] | None:
        """The next one, whose workspace has its turn with it."""
        async with self._claiming:
            if not await self._due(1):
                return None
            now, full, served = self._now(), self._full, self._turns.served
            given: dict[str, Any] = {"now": now, "stuck_since": now - STUCK, "full": full, "served": served}
            async with self._sessions.writing() as session:
                claimed = await announcements.claim_next(session, **given)
                if claimed is None:
                    return None
                team = await stored_webhooks.team_of(session, claimed.webhook_id)
            self._turns.begin(team)
        return claimed, team

    async def _tell(self, claimed: Announcement) -> None:
        if claimed.attempts > len(WAITS) + 1:
            ended = {"state": DeliveryState.FAILED, "error": CAME_TO_NOTHING, "finished_at": self._now()}
            return await self._finish(claimed, ended)
        async with self._sessions.reading() as session:
            webhook = await stored_webhooks.get(session, claimed.webhook_id)
            drawn = await webhook_bodies.draw(session, claimed) if webhook else Untold("deleted")
        if isinstance(drawn, Untold):
            return await self._finish(claimed, self._put_off(claimed, drawn))
        assert webhook is not None
        sending = asyncio.create_task(self._send(webhook, claimed, webhooks.as_json(drawn)))
        self._sending.add(sending)
        if self._stopped:  # while it was claimed
            sending.cancel()
        await asyncio.wait({sending})
        self._sending.discard(sending)
        if sending.cancelled():
            return await self._finish(claimed, {"state": DeliveryState.PENDING, "due_at": self._now()})
        attempt = sending.result()
        if isinstance(attempt, Untold):
            return await self._leave_alone(webhook, claimed, attempt)
        await self._write_down(webhook, claimed, attempt)

    def _put_off(self, claimed: Announcement, untold: Untold) -> Mapping[str, Any]:
        if untold.for_now:
            later = {"due_at": self._now() + A_MINUTE, "attempts": claimed.attempts - 1}
            return {"state": DeliveryState.PENDING, "error": untold.why, **later}
        return {"state": DeliveryState.CANCELLED, "error": untold.why, "finished_at": self._now()}

    async def _leave_alone(self, webhook: Webhook, claimed: Announcement, untold: Untold) -> None:
        """It failed at nothing; what else it is to be told would come no further now."""
        log.warning("a webhook was not told", webhook=webhook.id, status=None, code="too_many_lookups")
        async with self._sessions.writing() as session:
            await stored_webhooks.rest(session, webhook, until=self._now() + A_MINUTE)
            await announcements.finish(session, claimed, self._put_off(claimed, untold))

    async def _finish(self, claimed: Announcement, values: Mapping[str, Any]) -> None:
        async with self._sessions.writing() as session:
            await announcements.finish(session, claimed, values)

    async def _send(self, webhook: Webhook, claimed: Announcement, body: bytes) -> Attempt | Untold:
        try:
            secret = self._vault.given_back(webhook.secret)
            headers = webhooks.signed(secret, id=claimed.id, at=self._now(), body=body) | _HEADERS
            async with (
                asyncio.timeout(self._patience),
                self._http.stream(
                    "POST", webhook.url, content=body, headers=headers, extensions={TEAM: webhook.team}
                ) as answer,
            ):
                return self._attempt(answer)  # what it says beside its status is not read
        except (httpx.TimeoutException, TimeoutError):
            return Attempt(error=f"It did not answer within {self._patience:.0f} seconds.", code="timed_out")
        except TooManyLookups as error:
            return Untold(str(error), for_now=True)  # others' names are waited for: this receiver failed at nothing
        except AssayError as error:
            code = "refused_address" if isinstance(error, RefusedAddress) else "no_key"
            return Attempt(error=str(error), code=code)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Attempt(error=f"It cannot be reached ({type(error).__name__}).", code="unreachable")

    def _attempt(self, answer: httpx.Response) -> Attempt:
        status = answer.status_code
        if answer.is_success:
            return Attempt(status)
        if answer.is_redirect:
            return Attempt(status, f"It answered {status}, a redirect, which is not followed: name the last address.")
        if status == GONE:
            return Attempt(status, "It answered 410: gone.")
        wait = self._asked_to_wait(answer.headers.get("Retry-After")) if status in (TOO_MANY, AWAY) else None
        return Attempt(status, f"It answered {status}.", wait)

    def _asked_to_wait(self, written: str | None) -> timedelta | None:
        asked = retry_after(written, now=self._now())
        return None if asked is None else timedelta(seconds=min(asked, LONGEST_ASKED.total_seconds()))

    async def _write_down(self, webhook: Webhook, claimed: Announcement, attempt: Attempt) -> None:
        now = self._now()
        values: dict[str, Any] = {"status": attempt.status, "error": attempt.error}
        async with self._sessions.writing() as session:
            if attempt.took_it:
                await stored_webhooks.well(session, webhook)
                values |= {"state": DeliveryState.SENT, "finished_at": now}
            else:
                log.warning("a webhook was not told", webhook=webhook.id, status=attempt.status, code=attempt.code)
                await self._failed(session, webhook, claimed, attempt)
                values |= self._again(claimed, attempt)
            await announcements.finish(session, claimed, values)

    async def _failed(self, session: AsyncSession, told: Webhook, claimed: Announcement, attempt: Attempt) -> None:
        """Count it by what is known now: meanwhile it may have taken another one, or somebody may have mended it."""
        assert told.id is not None
        webhook = await stored_webhooks.locked(session, told.id)
        # SQLite gives the number of one that was deleted to the next, which has failed at nothing.
        if webhook is None or webhook.created_at != told.created_at:
            return
        now = self._now()
        since = failing_since(webhook, claimed) or now
        rests = max(rest_after(webhook.failures), attempt.asked_to_wait or timedelta())
        await stored_webhooks.failed(session, told.id, since=since, rests_until=now + rests)
        if why := hopeless(attempt, failures=webhook.failures + 1, failing=now - since):
            await webhooks.switch_off(session, webhook, why, now=now)

    def _again(self, claimed: Announcement, attempt: Attempt) -> Mapping[str, Any]:
        if attempt.status == GONE or claimed.attempts > len(WAITS):
            return {"state": DeliveryState.FAILED, "finished_at": self._now()}
        wait = max(wait_after(claimed.attempts, chance=self._chance()), attempt.asked_to_wait or timedelta())
        return {"state": DeliveryState.PENDING, "due_at": self._now() + wait}


_HEADERS = {"Content-Type": "application/json", "User-Agent": f"Assay/{version('assay')} (webhooks)"}
