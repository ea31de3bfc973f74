"""What people call themselves, for lists in the order of names; kept in memory only, and not for long."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import AssayError
from bot.slack_calls import answered

PATIENCE = 0.9  # seconds
FRESH = timedelta(days=1)
MOST = 2_000
AT_ONCE = 40  # Slack takes about a hundred of these a minute


class Names:
    """Knows the names that Slack told lately."""

    def __init__(self, slack: AsyncWebClient, now: Callable[[], datetime]) -> None:
        self._slack = slack
        self._now = now
        self._known: dict[str, tuple[str, datetime]] = {}

    async def in_order(self, users: Iterable[str]) -> list[str]:
        """These people in the order of their names; whose name is not known comes last."""
        everybody = sorted(users)
        oldest = self._now() - FRESH
        unknown = [user for user in everybody if user not in self._known or self._known[user][1] < oldest]
        await asyncio.gather(*map(self._ask, unknown[:AT_ONCE]))
        return sorted(everybody, key=lambda user: (user not in self._known, self._name(user)))

    def of(self, user: str) -> str:
        """What somebody calls themselves; their id where Slack has not told."""
        return self._known[user][0] if user in self._known else user

    def _name(self, user: str) -> str:
        return self.of(user).casefold()

    async def _ask(self, user: str) -> None:
        try:
            found = (await answered(self._slack.users_info(user=user), patience=PATIENCE))["user"]
        except AssayError:
            return
        if len(self._known) >= MOST:
            self._known.clear()
        profile = found.get("profile") or {}
        name = profile.get("display_name") or profile.get("real_name") or found.get("name") or user
        self._known[user] = (str(name), self._now())
