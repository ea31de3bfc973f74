"""Slack's Web client for each workspace: by the one token of the environment, or by the one that it installed with."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import AssayError, NotNow, NotYet, SlackBusy, SlackUnclear
from bot.slack_calls import answered
from bot.slack_time import SlackTime, listening
from bot.vault import NoKey, Vault
from storage.engine import Sessions
from storage.queries import installations

NOT_INSTALLED, NO_KEY = "not_installed", "token_cannot_be_read"  # our own words, beside Slack's
PATIENCE = 0.9  # seconds: a click waits for it
SOON, AGAIN = 1.0, 3.0  # seconds until Slack's answer may have come, and until it is asked once more


class Whose:
    """Of which workspace the one token of the environment is: asked of Slack once for all who wait to know."""

    def __init__(
        self, ask: Callable[[], Awaitable[str]], is_out: Callable[[str], Awaitable[bool]], steady: Callable[[], float]
    ) -> None:
        self._ask = ask
        self._is_out = is_out  # whether a workspace counts as one that took the app out
        self._steady = steady
        self._asking: asyncio.Task[str] | None = None
        self._ended = 0.0

    async def team(self, *, patience: float | None = PATIENCE) -> str:
        """The workspace. Raises CannotDeliver, NotYet where Slack does not answer or asks to wait, and DatabaseAway.

        What failed is not tried again for some seconds, so that while Slack is away no click waits for it.
        """
        if self._asking is None or self._may_ask_again(self._asking):
            self._asking = asyncio.create_task(self._asked())
        asking = self._asking
        await asyncio.wait([asking], timeout=patience)
        if not asking.done():
            raise NotYet(SOON)
        try:
            return asking.result()
        except (SlackBusy, SlackUnclear) as error:
            raise NotYet(AGAIN) from error

    async def ask_until_known(self) -> None:
        """For the clock: what waits in the outbox may be all that there is, and then nobody else asks.

        Again where the workspace counts as out: another process may have been told so of an older token.
        """
        with suppress(AssayError):
            if await self._is_out(await self.team(patience=None)):
                await self._ask()

    async def end(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    async def _asked(self) -> str:
        try:
            return await self._ask()
        finally:
            self._ended = self._steady()

    def _may_ask_again(self, asking: asyncio.Task[str]) -> bool:
        if not asking.done():
            return False
        error = asking.exception()
        if isinstance(error, AssayError):
            wait = error.seconds if isinstance(error, SlackBusy) else AGAIN
            return self._steady() - self._ended >= max(wait, AGAIN)
        return error is not None


@dataclass(frozen=True)
class Clients:
    """Clients that share connections. `bare` has the token of the environment, or none where workspaces install."""

    bare: AsyncWebClient
    sessions: Sessions | None = None  # where installed tokens are
    vault: Vault | None = None
    whose: Whose | None = None  # the one token for all; None: each workspace has its own
    time: SlackTime = field(default_factory=SlackTime)

    async def of(self, team: str) -> AsyncWebClient:
        """The client that speaks for the app in this workspace.

        The token is read each time: another replica may have refreshed it, or taken an uninstall. Raises NotNow where
        the app is not installed or no key opens its token, DatabaseAway, and what `Whose.team` raises.
        """
        if self.whose is not None:
            if team != await self.whose.team():
                # A channel may have the same id in both: nothing of theirs may come to ours.
                raise NotNow(NOT_INSTALLED, everywhere=True)
            return self.bare
        assert self.sessions is not None
        assert self.vault is not None
        async with self.sessions.reading() as session:
            installed = await installations.of(session, team)
        if installed is None:
            raise NotNow(NOT_INSTALLED, everywhere=True)
        try:
            return self.with_token(self.vault.opened(installed.token))
        except NoKey as error:
            raise NotNow(NO_KEY, everywhere=True) from error

    async def clock(self) -> float | None:
        """What time it is at Slack, in seconds since 1970; None where it does not answer.

        Whatever it answers says so: where it said nothing lately it is asked.
        """
        if self.time.now() is None:
            with suppress(AssayError):
                await answered(self.bare.auth_test())
        return self.time.now()

    def with_token(self, token: str) -> AsyncWebClient:
        return listening(self.bare, self.time, token)
