"""What differs between two states of a channel's settings, as the audit trail tells it. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from bot import texts
from bot.audit import person
from bot.wishes import NAMES, Wishes

Told = dict[str, Any]


def changes(before: Wishes, after: Wishes) -> tuple[Told, Told]:
    """The settings that differ, as they were and as they are."""
    names = [name for name in NAMES if getattr(before, name) != getattr(after, name)]
    return _told(before, names), _told(after, names)


def as_told(wishes: Wishes) -> Told:
    """All of them."""
    return _told(wishes, NAMES)


def _told(wishes: Wishes, names: "list[str] | tuple[str, ...]") -> Told:
    return {name: _TOLD.get(name, _as_it_is)(getattr(wishes, name)) for name in names}


def _as_it_is(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _people(users: Any) -> list[str]:
    return [person(user) for user in users]


def _length(text: str | None) -> int:
    """In characters: what it says is not kept."""
    return texts.slack_length(text or "")


# Of what an admin writes, only how much it is: nothing could take a name out of the trail again.
_TOLD: Mapping[str, Callable[[Any], Any]] = {
    "leads": _people,
    "reviewers": _people,
    "guideline": _length,
    "context_template": _length,
    "escalation_reasons": len,
    "tags": len,
    "targets": lambda targets: [share for _, share in targets],
}
