"""What time it is at Slack: learnt from its answers, and counted on by a clock that nobody sets."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient


def steady() -> float:
    """Seconds since the machine was switched on; time in which it slept counts, where the system can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class SlackTime:
    """Slack's clock, right to about a second once Slack has answered, whatever our own clock says."""

    def __init__(self, steady: Callable[[], float] = steady) -> None:
        self.steady = steady
        self._ahead: float | None = None  # of the steady clock

    def now(self) -> float | None:
        """Seconds since 1970; None until Slack has said it."""
        return None if self._ahead is None else self.steady() + self._ahead

    def hear(self, headers: Mapping[str, Any]) -> None:
        """Take in an answer; one that says no time changes nothing."""
        try:
            said = parsedate_to_datetime(str(headers.get("Date"))).timestamp()
        except ValueError:
            return
        self._ahead = said + 0.5 - self.steady()  # it says whole seconds


class Listening(AsyncWebClient):
    """A client that tells what time Slack's answers came at."""

    slack_time: SlackTime

    async def api_call(self, *args: Any, **kwargs: Any) -> Any:
        """As the SDK's own; every method goes through it."""
        try:
            answer = await super().api_call(*args, **kwargs)
        except SlackApiError as refused:
            self.slack_time.hear(refused.response.headers)
            raise
        self.slack_time.hear(answer.headers)
        return answer


def listening(client: AsyncWebClient, slack_time: SlackTime, token: str | None) -> Listening:
    """A client that shares another one's connections, with a token of its own."""
    made = Listening(token, base_url=client.base_url, session=client.session, retry_handlers=[])
    made.slack_time = slack_time
    return made
