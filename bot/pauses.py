"""Methods that Slack wants nobody of a workspace to call for a while, whichever replica it said so to."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from bot.errors import Paused, SlackBusy
from bot.paces import EVERYWHERE
from bot.workspaces import Clients
from storage.engine import Sessions
from storage.errors import DatabaseAway
from storage.queries import pace

PUBLISH, PERSON, MEMBERS = "views.publish", "users.info", "conversations.members"


@dataclass(frozen=True)
class Pauses:
    """Keeps them where all replicas see them. While the database is away Slack is asked all the same."""

    sessions: Sessions
    slack: Clients
    now: Callable[[], datetime]

    @asynccontextmanager
    async def heeded(self, team: str, method: str) -> AsyncIterator[None]:
        """Call the method in the block, which keeps what Slack asks for there. Raises Paused while it is too early."""
        if (left := await self._left(team, method)) > 0:
            raise Paused(left)
        try:
            yield
        except SlackBusy as busy:
            await self._begin(team, method, busy.seconds)
            raise

    async def _left(self, team: str, method: str) -> float:
        with suppress(DatabaseAway):
            async with self.sessions.reading() as session:
                return await pace.wait(session, team, method, EVERYWHERE, self._by_slack())
        return 0.0

    async def _begin(self, team: str, method: str, seconds: float) -> None:
        since = self._by_slack()
        with suppress(DatabaseAway):
            async with self.sessions.writing() as session:
                await pace.close(session, team, method, EVERYWHERE, since=since, until=since + seconds)

    def _by_slack(self) -> float:
        return self.slack.time.now() or self.now().timestamp()
