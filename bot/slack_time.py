"""What time it is at Slack: learnt from its answers, and counted on by a clock that nobody sets."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.http_heads import moment
from bot.slack_answers import is_slacks

STALE = 3600.0  # seconds: steady clocks go wrong by a part in a thousand at most
APART = 2.0  # seconds: further apart, one of our clocks was set, or stood still while the machine did


def steady() -> float:
    """Seconds since the machine was switched on; time in which it slept counts, where the system can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(frozen=True)
class Heard:
    """How far Slack's clock is ahead of the steady one, and when that was heard, by both clocks of ours."""

    ahead: float
    steady: float
    wall: float


class SlackTime:
    """Slack's clock, right to about a second, whatever our own clocks say."""

    def __init__(self, steady: Callable[[], float] = steady, wall: Callable[[], float] = time.time) -> None:
        self.steady = steady
        self._wall = wall
        self._heard: Heard | None = None

    def now(self) -> float | None:
        """Seconds since 1970; None where Slack is to be asked: it said nothing lately, or our clocks disagree since."""
        heard = self._heard
        if heard is None:
            return None
        passed = self.steady() - heard.steady
        if passed > STALE or abs(self._wall() - heard.wall - passed) > APART:
            return None
        return self.steady() + heard.ahead

    def hear(self, headers: Mapping[str, Any], began: float) -> None:
        """Take in an answer to a call that began then, by the steady clock; one that says no time changes nothing."""
        date = moment(headers.get("Date"))
        if date is None:
            return
        said = date.timestamp()
        known, arrived = self.now() is not None, self.steady()
        # It says whole seconds, and said so somewhere between the call and now.
        least, most = said - arrived, said + 1 - began
        before = self._heard.ahead if known and self._heard is not None else least
        self._heard = Heard(min(max(before, least), most), arrived, self._wall())


class Listening(AsyncWebClient):
    """A client that tells what time Slack's answers came at."""

    slack_time: SlackTime

    async def api_call(self, *args: Any, **kwargs: Any) -> Any:
        """As the SDK's own; every method goes through it."""
        began = self.slack_time.steady()
        try:
            answer = await super().api_call(*args, **kwargs)
        except SlackApiError as refused:
            self._hear(refused.response, began)
            raise
        self._hear(answer, began)
        return answer

    def _hear(self, answer: Any, began: float) -> None:
        if is_slacks(answer):  # another clock would have posts looked for where they do not stand
            self.slack_time.hear(answer.headers, began)


def listening(client: AsyncWebClient, slack_time: SlackTime, token: str | None) -> Listening:
    """A client that shares another one's connections, with a token of its own."""
    made = Listening(token, base_url=client.base_url, session=client.session, retry_handlers=[])
    made.slack_time = slack_time
    return made
