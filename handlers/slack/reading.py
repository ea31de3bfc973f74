"""How what Slack sends is read: whatever is missing, null or of another kind is said to be unreadable."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.errors import Unreadable

Body = Mapping[str, Any]
T = TypeVar("T")
P = ParamSpec("P")


class Strict(dict[str, Any]):
    """What Slack sent: asking for what is missing or null raises Unreadable."""

    def __missing__(self, name: str) -> Any:
        raise Unreadable(f"Slack sent no {name}.")


def strict(sent: Any) -> Any:
    """The same, with every mapping in it strict."""
    if isinstance(sent, Mapping):
        return Strict({name: strict(value) for name, value in sent.items() if value is not None})
    return [strict(one) for one in sent] if isinstance(sent, list) else sent


def reading(read: Callable[Concatenate[Any, Body, P], T]) -> Callable[Concatenate[Any, Body, P], T]:
    """A reader that raises Unreadable where a part is of another kind than Slack's."""

    @wraps(read)
    def guarded(cls: Any, body: Body, /, *more: P.args, **named: P.kwargs) -> T:
        try:
            return read(cls, body, *more, **named)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise Unreadable("Slack sent something of another shape.") from error

    return guarded


def installation(body: Body) -> str:
    """The workspace whose installation of ours this came to. Raises Unreadable.

    In a channel that several companies share (Slack Connect), the workspace that a window or an event names may be
    another one, which has not let us in: https://github.com/slackapi/bolt-js/issues/1614
    """
    if team := (body.get("view") or {}).get("app_installed_team_id"):
        return str(team)
    if team := body.get("team"):
        return str(team["id"])
    heard = [one["team_id"] for one in body.get("authorizations") or () if one.get("team_id")]
    return str(heard[0] if heard else strict(body)["team_id"])


def event_heard(sent: Body) -> Body:
    """An event as our installation heard of it: `team_id` is its workspace, wherever it happened."""
    body = strict(sent)
    return Strict({**body, "team_id": installation(body)})


def first_input(body: Body) -> str | None:
    """The id of a window's first field, where an error is shown; None where it has none."""
    blocks = (body.get("view") or {}).get("blocks") or []
    fields = (block.get("block_id") for block in blocks if block.get("type") == "input")
    return next((one for one in fields if isinstance(one, str)), None)


def submit_words(body: Body) -> str:
    """What stands on the button with which a window was submitted."""
    return str(((body.get("view") or {}).get("submit") or {}).get("text") or "the button")


def number(value: str) -> int:
    """A number that we gave a button, back from it. Raises Unreadable."""
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise Unreadable("This button does not name what it is about.")
    return int(value)


def sent_at(headers: Mapping[str, Sequence[str]]) -> datetime | None:
    """When Slack signed a request, in whole seconds of its clock; None over Socket Mode, where nothing is signed."""
    stamps = headers.get("x-slack-request-timestamp")
    return moment(stamps[0]) if stamps else None


def moment(written: str) -> datetime:
    """When Slack says that something happened. Raises Unreadable."""
    try:
        return datetime.fromtimestamp(float(written), UTC)
    except (OSError, OverflowError, ValueError) as error:  # OSError: more than the system counts
        raise Unreadable("Slack did not say when.") from error


def clean(value: Any) -> Any:
    """A text without characters that no database takes."""
    if not isinstance(value, str):
        return value
    return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
