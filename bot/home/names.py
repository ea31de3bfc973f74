"""What people call themselves, for lists in the order of names; kept in memory only, and not for long."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from bot.errors import AssayError
from bot.pauses import PERSON, Pauses
from bot.slack_calls import answered
from bot.workspaces import Clients

PATIENCE = 0.9  # seconds
FRESH = timedelta(days=1)
MOST = 2_000
AT_ONCE = 40  # Slack takes about a hundred of these a minute


class Names:
    """Knows the names that Slack told lately."""

    def __init__(self, slack: Clients, pauses: Pauses, now: Callable[[], datetime]) -> None:
        self._slack = slack
        self._pauses = pauses
        self._now = now
        self._known: dict[tuple[str, str], tuple[str, datetime]] = {}  # by workspace and person

    async def in_order(self, team: str, users: Iterable[str]) -> list[str]:
        """These people of a workspace in the order of their names; whose name is not known comes last."""
        everybody = sorted(users)
        oldest = self._now() - FRESH
        known = {user: self._known[team, user] for user in everybody if (team, user) in self._known}
        unknown = [user for user in everybody if user not in known or known[user][1] < oldest]
        await asyncio.gather(*(self._ask(team, user) for user in unknown[:AT_ONCE]))
        return sorted(everybody, key=lambda user: ((team, user) not in self._known, self.of(team, user).casefold()))

    def of(self, team: str, user: str) -> str:
        """What somebody calls themselves; their id where Slack has not told."""
        return self._known[team, user][0] if (team, user) in self._known else user

    async def _ask(self, team: str, user: str) -> None:
        try:
            slack = await self._slack.of(team)
            async with self._pauses.heeded(team, PERSON):
                found = (await answered(slack.users_info(user=user), patience=PATIENCE))["user"]
        except AssayError:
            return
        if len(self._known) >= MOST:
            self._known.clear()
        profile = found.get("profile") or {}
        name = profile.get("display_name") or profile.get("real_name") or found.get("name") or user
        self._known[team, user] = (str(name), self._now())
