"""The shape of what Slack sends: what is read of it before any listener is asked is there, and of its kind."""

import re
from collections.abc import Mapping
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair
LARGEST = 4 * 2**20  # bytes of a message, however it comes
DEEPEST = 64  # levels: Slack's own have about twenty, and more would end in the recursion of whoever reads them
WHO = ("team", "user", "channel", "enterprise")  # an id, or an object that has one
OBJECTS = ("event", "view", "container", "message", "item", "tokens")
LISTS = ("actions", "authorizations", "response_urls", "blocks")
WORDS = (
    "type",
    "callback_id",
    "action_id",
    "command",
    "trigger_id",
    "response_url",
    "team_id",
    "app_installed_team_id",
    "user_id",
    "channel_id",
)
# What a payload of a type is about, and how that is called.
ABOUT = {
    "event_callback": ("event", ("type",)),
    "view_submission": ("view", ("type", "callback_id")),
    "view_closed": ("view", ("type", "callback_id")),
    "block_actions": ("actions", ("action_id",)),
}
# Events name people and channels by their ids, but for these, which describe them.
DESCRIBED = {"user_change": "user", "channel_rename": "channel", "group_rename": "channel"}


def fits(body: Mapping[str, Any]) -> bool:
    """Whether a body has Slack's shape, as far as it must have to find its listener."""
    return (
        not _is_deep(body)
        and _is_of_kinds(body)
        and _is_about_something(body)
        and _fits_inside(body)
        and _event_fits(body)
    )


def _is_deep(body: Mapping[str, Any]) -> bool:
    """Whether something is nested in more levels than are read; counted without recursion."""
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        inner = (one.values() if isinstance(one, Mapping) else one for one in level)
        level = [part for parts in inner for part in parts if isinstance(part, Mapping | list)]
        if not level:
            return False
    return True


def _is_of_kinds(body: Mapping[str, Any]) -> bool:
    return (
        all(_is_somebody(body.get(name)) for name in WHO)
        and all(isinstance(body.get(name), Mapping | None) for name in OBJECTS)
        and all(_is_word(body.get(name)) for name in WORDS)
        and all(_is_list_of_objects(body.get(name)) for name in LISTS)
    )


def _is_somebody(given: Any) -> bool:
    return _is_word(given.get("id") if isinstance(given, Mapping) else given)


def _is_word(given: Any) -> bool:
    """Whether it is a text that a database takes, or nothing: half of a surrogate pair is none."""
    return given is None or (isinstance(given, str) and "\0" not in given and not _HALF.search(given))


def _is_list_of_objects(given: Any) -> bool:
    return given is None or (isinstance(given, list) and all(isinstance(one, Mapping) for one in given))


def _is_about_something(body: Mapping[str, Any]) -> bool:
    if body.get("type") not in ABOUT:
        return True
    name, words = ABOUT[body["type"]]
    about = body.get(name)
    parts = about if isinstance(about, list) else [about]
    return bool(parts) and all(part and all(isinstance(part.get(word), str) for word in words) for part in parts)


def _fits_inside(body: Mapping[str, Any]) -> bool:
    """The same of what stands inside; `response_urls` is given with a window, and may not be null."""
    inner = [body.get(name) for name in OBJECTS] + list(body.get("authorizations") or [])
    return ("response_urls" not in body or body["response_urls"] is not None) and all(
        _is_of_kinds(part) for part in inner if part is not None
    )


def _event_fits(body: Mapping[str, Any]) -> bool:
    """Whether an event tells of people, channels and times in words."""
    if body.get("type") != "event_callback":
        return True
    event = body["event"]
    described = DESCRIBED.get(event["type"])
    named = [event.get(name) for name in ("user", "channel", "inviter", "event_ts", "tab") if name != described]
    about = (event.get(described) or {}) if described else {}
    if not isinstance(about, Mapping):
        return False
    return all(map(_is_word, [*named, about.get("id"), about.get("name")]))
