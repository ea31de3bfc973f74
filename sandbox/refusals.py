"""The ways in which the sandbox says no."""

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """A Web API call answered with `ok: false` and Slack's word for the reason."""

    def __init__(self, error: str, *, messages: list[str] | None = None, **more: str) -> None:
        super().__init__(error)
        self.error = error
        self.answer: Json = {"ok": False, "error": error, **more}
        if messages:
            self.answer["response_metadata"] = {"messages": [f"[ERROR] {each}" for each in messages]}


class RateLimited(Exception):
    """Too many calls; `retry_after` is in whole seconds of the sandbox's clock."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"ratelimited for {retry_after} s")
        self.retry_after = retry_after


class NotSeen(Exception):
    """A person tried to act on something that is not on their screen, or not usable there."""
