"""Calls to Slack whose end is known: done, refused, asked to wait, or unclear."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import aiohttp  # the errors that slack_sdk's client lets through are aiohttp's
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import http_heads
from bot.errors import CannotDeliver, NotNow, NotYet, Paused, SlackBusy, SlackUnclear
from bot.slack_answers import is_slacks

T = TypeVar("T")

# Slack's own words for these: some aspect of the operation may have succeeded.
UNCLEAR = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
# What an admin mends outside of us: the app's account, or its place in one channel.
ACCOUNT = frozenset(
    {
        "access_denied",
        "accesslimited",
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
MEMBERSHIP = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "messages_tab_disabled",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_in_channel",
    }
)
OTHER = "other"  # a call that is none of Slack's client's
FOREIGN = "Slack's address gave an answer that is none of Slack's."
_WORD = re.compile(r"[a-z0-9_]{1,60}")  # so are Slack's
SOON, LONGEST_WAIT = 1.0, 3_600.0  # seconds: where Slack names none, and the most that is believed
RESTRICTED = "restricted_action"  # and longer: a policy of the workspace or of the channel


class Ending(StrEnum):
    """What became of a call."""

    DONE = "done"
    REFUSED = "refused"
    BUSY = "busy"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Call:
    """A call that has ended; `code` is Slack's word for why not."""

    method: str
    outcome: Ending
    seconds: float
    code: str | None = None


# Told of every call of this process; whoever builds the bot adds one, and takes it out again.
watchers: set[Callable[[Call], None]] = set()


async def answered(call: Awaitable[T], *, patience: float = 10, name: str | None = None) -> T:
    """Slack's answer within `patience` seconds. Raises CannotDeliver, SlackBusy or SlackUnclear.

    `name`: what figures call it, where it is more than one method of Slack's client.
    """
    method, began = name or method_of(call), time.perf_counter()
    try:
        answer = await _answered(call, patience)
    except (CannotDeliver, SlackBusy, SlackUnclear) as error:
        _tell(method, began, error)
        raise
    _tell(method, began, None)
    return answer


def method_of(call: Awaitable[object]) -> str:
    """The method that a call of Slack's client is: chat.postMessage; "response_url" for an answer to a press."""
    name = getattr(call, "__name__", "")
    if name == "send_dict":
        return "response_url"
    return name.replace("_", ".") if hasattr(AsyncWebClient, name) else OTHER


def _tell(method: str, began: float, error: Exception | None) -> None:
    code = str(error) if isinstance(error, CannotDeliver) else None
    if code is not None and not _WORD.fullmatch(code):
        code = "other"
    call = Call(method, _ENDINGS.get(type(error), Ending.REFUSED), time.perf_counter() - began, code)
    for watcher in watchers:
        watcher(call)


_ENDINGS = {
    type(None): Ending.DONE,
    SlackBusy: Ending.BUSY,
    Paused: Ending.BUSY,
    NotYet: Ending.BUSY,
    SlackUnclear: Ending.UNCLEAR,
}


async def _answered(call: Awaitable[T], patience: float) -> T:
    try:
        async with asyncio.timeout(patience):
            answer = await call
    except SlackApiError as error:
        raise _meaning(error) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SlackUnclear(f"Slack did not answer: {type(error).__name__}.") from error
    except (AttributeError, LookupError, ValueError, RecursionError) as error:
        if method_of(call) == OTHER:
            raise  # a fault of ours
        # So slack_sdk takes what it cannot read: something between us and Slack gave it.
        raise SlackUnclear(FOREIGN) from error
    if isinstance(answer, AsyncSlackResponse) and not is_slacks(answer):
        raise SlackUnclear(FOREIGN)
    return answer


async def put(
    session: aiohttp.ClientSession, address: str, data: bytes, *, proxy: str | None = None, patience: float = 20
) -> None:
    """Bytes sent to an address that Slack gave, through the proxy through which Slack is called, if any.

    Raises CannotDeliver, SlackBusy or SlackUnclear.
    """
    try:
        async with asyncio.timeout(patience), session.post(address, data=data, proxy=proxy) as answer:
            status, wait = answer.status, answer.headers.get("Retry-After", "")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SlackUnclear(f"Slack did not answer: {type(error).__name__}.") from error
    if status == 429:
        raise SlackBusy(_wait(wait))
    if status >= 500:
        raise SlackUnclear(f"Slack answered {status}.")
    if status != 200:
        raise CannotDeliver(f"upload_answered_{status}")


def _meaning(error: SlackApiError) -> CannotDeliver | SlackBusy | SlackUnclear:
    answer = error.response  # aiohttp's own where slack_sdk could not read it
    status = answer.status if isinstance(answer, aiohttp.ClientResponse) else answer.status_code
    code = str(answer["error"]) if is_slacks(answer) and answer["ok"] is False else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return SlackBusy(_wait(answer.headers.get("Retry-After", "")))
    if not _WORD.fullmatch(code):
        return SlackUnclear(FOREIGN)
    if status >= 500 or code in UNCLEAR:
        return SlackUnclear(f"Slack answered {code}.")
    if code in ACCOUNT:
        return NotNow(code, everywhere=True)
    if code in MEMBERSHIP or code.startswith(RESTRICTED):
        return NotNow(code, everywhere=False)
    return CannotDeliver(code)


def _wait(said: str) -> float:
    """The seconds after which Slack wants to be asked again."""
    asked = http_heads.seconds(said)
    return SOON if asked is None else min(asked, LONGEST_WAIT)
