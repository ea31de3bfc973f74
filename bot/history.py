"""Looks in a channel for a message of ours that may or may not have been posted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import CannotDeliver, SlackBusy, SlackUnclear
from bot.slack_calls import answered

PAGE = 15  # all that some workspaces allow
PAGES = 20  # of one look
GO_ON_AFTER = 5.0  # seconds
Look = tuple[int, int]  # the try that it looks for, and how many looks there were before
# Of what an app posts. All else in its name Slack writes itself, such as that it has joined the channel.
POSTED = (None, "bot_message")


@dataclass(frozen=True)
class Window:
    """Where and when a message must have come, if it came."""

    channel: str
    thread: str | None
    oldest: datetime
    latest: datetime
    ours: str | None = None  # the bot's own user

    @property
    def arguments(self) -> dict[str, Any]:
        return {
            "channel": self.channel,
            "oldest": f"{self.oldest.timestamp():.6f}",
            "latest": f"{self.latest.timestamp():.6f}",
            "limit": PAGE,
            "include_all_metadata": True,
        }


class History:
    """Reads windows of channels to their ends, however many looks that takes."""

    def __init__(self) -> None:
        # A look that broke off goes on from there: delivery -> which look, how many windows are read, and the cursor in
        # the next.
        self._left_at: dict[str, tuple[Look, int, str | None]] = {}

    async def find(self, slack: AsyncWebClient, delivery: str, windows: Sequence[Window], *, look: Look) -> str | None:
        """The message that carries the delivery's id; None only where all windows were read to their ends without it.

        `look`: which one it is. One that broke off is no part of the next: what it read then was too early, and another
        process may have ended it. Raises what `answered` raises, SlackBusy where a look was not enough (it goes on when
        it is asked for again), and CannotDeliver where messages of ours have lost what they carried: then nobody can
        tell.
        """
        for _ in range(PAGES):
            begun, read, cursor = self._left_at.get(delivery, (look, 0, None))
            if begun != look:
                read, cursor = 0, None
            page = await self._page(slack, delivery, windows[read], cursor)
            ts = _carrying(page["messages"], delivery)
            if ts is None and any(_bare(message, windows[read].ours) for message in page["messages"]):
                raise CannotDeliver("metadata_dropped")
            goes_on = _following(page)
            read = read if goes_on else read + 1
            if ts is not None or read == len(windows):
                self._left_at.pop(delivery, None)
                return ts
            self._left_at[delivery] = (look, read, goes_on)
        raise SlackBusy(GO_ON_AFTER)

    async def _page(self, slack: AsyncWebClient, delivery: str, window: Window, cursor: str | None) -> Any:
        where = {**window.arguments, "cursor": cursor}
        try:
            if window.thread is None:
                return await answered(slack.conversations_history(**where))
            return await answered(slack.conversations_replies(ts=window.thread, **where))
        except CannotDeliver as refused:
            if str(refused) != "invalid_cursor":
                raise
            self._left_at.pop(delivery, None)
            raise SlackUnclear("Slack has forgotten how far the look had come; it begins anew.") from refused


def _following(page: Mapping[str, Any]) -> str | None:
    """Where the next page begins; None: there is none."""
    if not page.get("has_more"):
        return None
    cursor: str | None = (page.get("response_metadata") or {}).get("next_cursor")
    if not cursor:
        raise SlackUnclear("Slack has more messages and does not say how to read them.")
    return cursor


def _bare(message: Mapping[str, Any], ours: str | None) -> bool:
    """A message of ours without the metadata that each of them was posted with."""
    is_ours = ours is not None and message.get("user") == ours and message.get("subtype") in POSTED
    return is_ours and not message.get("metadata")


def _carrying(messages: Sequence[Mapping[str, Any]], delivery: str) -> str | None:
    for message in messages:
        payload = message.get("metadata", {}).get("event_payload", {})
        if payload.get("delivery") == delivery:
            return str(message["ts"])
    return None
