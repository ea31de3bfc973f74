"""Calls to Slack whose end is known: done, refused, asked to wait, or unclear."""

import asyncio
import re
from collections.abc import Awaitable
from typing import TypeVar

import aiohttp  # the errors that slack_sdk's client lets through are aiohttp's
from slack_sdk.errors import SlackApiError

from bot.errors import CannotDeliver, NotNow, SlackBusy, SlackUnclear

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
SOON, LONGEST_WAIT = 1.0, 3_600.0  # seconds: where Slack names none, and the most that is believed
RESTRICTED = "restricted_action"  # and longer: a policy of the workspace or of the channel


async def answered(call: Awaitable[T], *, patience: float = 10) -> T:
    """Slack's answer within `patience` seconds. Raises CannotDeliver, SlackBusy or SlackUnclear."""
    try:
        async with asyncio.timeout(patience):
            return await call
    except SlackApiError as error:
        raise _meaning(error) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SlackUnclear(f"Slack did not answer: {type(error).__name__}.") from error


async def put(session: aiohttp.ClientSession, address: str, data: bytes, *, patience: float = 20) -> None:
    """Bytes sent to an address that Slack gave. Raises CannotDeliver, SlackBusy or SlackUnclear."""
    try:
        async with asyncio.timeout(patience), session.post(address, data=data) as answer:
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
    status, code = error.response.status_code, str(error.response.get("error", "unknown_error"))
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return SlackBusy(_wait(error.response.headers.get("Retry-After", "")))
    if status >= 500 or code in UNCLEAR:
        return SlackUnclear(f"Slack answered {code}.")
    if code in ACCOUNT:
        return NotNow(code, everywhere=True)
    if code in MEMBERSHIP or code.startswith(RESTRICTED):
        return NotNow(code, everywhere=False)
    return CannotDeliver(code)


def _wait(said: str) -> float:
    """The seconds after which Slack wants to be asked again."""
    return min(float(said), LONGEST_WAIT) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", said) else SOON
