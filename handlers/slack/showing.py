"""Windows, shown while their trigger lives."""

import json
from collections.abc import Awaitable, Callable
from enum import StrEnum

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import AssayError, CannotDeliver, NotNow
from bot.slack_calls import answered
from bot.surfaces import notes
from bot.surfaces.blocks import View
from handlers.slack import answers
from handlers.slack.payloads import Press
from handlers.tools import Tools

PATIENCE = 2.0  # seconds; a trigger lives for three
# Slack's words for what came too late, or a second time.
TOO_LATE = frozenset(
    {"exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id", "not_found", "push_limit_reached"}
)

log = structlog.get_logger()


class Came(StrEnum):
    """What became of a window."""

    SHOWN = "shown"
    LATE = "late"
    REFUSED = "refused"  # it is not made as Slack wants it: shown again it is refused again
    OVERTAKEN = "overtaken"  # another press has changed it meanwhile


async def open_in_time(tools: Tools, team: str, trigger: str, view: View, *, over: bool = False) -> Came:
    """Open a window, `over` the one that was pressed in."""

    def show(slack: AsyncWebClient) -> Awaitable[object]:
        return (slack.views_push if over else slack.views_open)(trigger_id=trigger, view=view)

    return await _shown(tools, team, show, view)


async def put(tools: Tools, press: Press, view: View) -> Came:
    """Put another view into the window that was pressed."""

    def show(slack: AsyncWebClient) -> Awaitable[object]:
        return slack.views_update(view_id=press.window.view, hash=press.window.hash, view=view)

    return await _shown(tools, press.team, show, view)


async def replace_in_time(tools: Tools, press: Press, view: View) -> None:
    """Put another view into the window that was pressed; where Slack did not take it, the person reads so."""
    tell(tools, press, await put(tools, press, view))


def tell(tools: Tools, press: Press, came: Came) -> None:
    """Say why a window is not there, beside what was pressed: nothing was done, so its buttons are still needed.

    Nothing where it was pressed twice: the first press has done it, and nobody needs to hear of the second.
    """
    if came in (Came.LATE, Came.REFUSED):
        answers.say(tools, press, notes.bare(why_not(came, f"press {press.words}")), beside=True)


def why_not(came: Came, what: str) -> str:
    """Why a window is not there, for whoever did `what` ("press Edit")."""
    return notes.REFUSED_WINDOW if came is Came.REFUSED else notes.NOT_OPENED.format(what=what)


async def _shown(tools: Tools, team: str, show: Callable[[AsyncWebClient], Awaitable[object]], view: View) -> Came:
    try:
        await answered(show(await tools.slack.of(team)), patience=PATIENCE)
    except CannotDeliver as refused:
        return _meaning(refused, view)
    except AssayError:
        return Came.LATE
    return Came.SHOWN


def _meaning(refused: CannotDeliver, view: View) -> Came:
    if str(refused) == "hash_conflict":
        return Came.OVERTAKEN
    if isinstance(refused, NotNow) or str(refused) in TOO_LATE:
        return Came.LATE
    log.error("slack refused a window", window=view["callback_id"], draft=_draft(view), error=str(refused))
    return Came.REFUSED


def _draft(view: View) -> int | None:
    """The draft that a window is about."""
    carried = view.get("private_metadata") or "{}"
    about = json.loads(carried) if carried.startswith("{") else {}
    return about.get("draft") or None
