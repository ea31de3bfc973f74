"""What an admin wants of a channel: read from what was typed, and what is wrong with it."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from bot import targets, texts, time_zones
from bot.targets import Target

TEXT_LONGEST = 3_000  # a field of a window holds no more
LINE_LONGEST = 75  # an option of a menu shows no more
MODEL_LONGEST = 200
LINES_MOST = 50
CARDS_MOST = 100
DAYS_MOST = 3_650
BY_ITSELF = "auto"
YES = "yes"

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_KNOWN_PLACEHOLDER = re.compile(r"guideline|context(\.[^\s{}]+)?")


@dataclass(frozen=True)
class Wishes:
    """Each field but the guideline has the name of the channel's column, and all that of the window's field."""

    leads: Sequence[str]
    digest_channel: str
    digest_time: str
    guideline: str
    time_zone: str
    working_days: Sequence[int]
    overlap_share: float | None
    open_cards: int
    escalation_channel: str | None
    escalation_reasons: Sequence[str]
    tags: Sequence[str]
    targets: Sequence[Target]
    reviewers: Sequence[str]
    second_looks: bool
    context_template: str | None
    model: str | None
    writes_drafts: bool
    exports_slack_drafts: bool
    retention_days: int | None


NAMES = tuple(one.name for one in fields(Wishes))


class Wrong(StrEnum):
    """What a field does not take."""

    EMPTY = "empty"
    BAR = "bar"
    TWICE = "twice"
    LONG_LINE = "long_line"
    MANY_LINES = "many_lines"
    LONG = "long"
    NUMBER = "number"
    PLACEHOLDER = "placeholder"
    ZONE = "zone"
    TARGET = "target"
    TOO_MUCH = "too_much"
    DAYS = "days"


@dataclass(frozen=True)
class Complaint:
    """What is wrong with a field, and the words that it is about."""

    wrong: Wrong
    about: str = ""


def read(answers: Mapping[str, Any], before: Wishes) -> Wishes:
    """The wishes that were filled in; what was not asked, or left out by Slack, stays as it was `before`."""
    return replace(before, **{name: _READ[name](answers[name]) for name in NAMES if name in answers})


def complaints(wishes: Wishes) -> dict[str, Complaint]:
    """What is wrong, by field; empty where all is well."""
    found = {
        "time_zone": None if time_zones.is_known(wishes.time_zone) else Complaint(Wrong.ZONE, wishes.time_zone),
        "open_cards": None if 1 <= wishes.open_cards <= CARDS_MOST else Complaint(Wrong.NUMBER),
        "escalation_reasons": _of_lines(wishes.escalation_reasons, needed=True),
        "tags": _of_lines(wishes.tags),
        "targets": _of_targets(wishes.targets),
        "context_template": _of_template(wishes.context_template or ""),
        "guideline": _of_text(wishes.guideline),
        "retention_days": None if wishes.retention_days is None else _of_days(wishes.retention_days),
    }
    return {name: complaint for name, complaint in found.items() if complaint is not None}


def same(one: Wishes, other: Wishes) -> bool:
    """Whether nothing differs; white space and entities in the guideline are no difference."""
    plain, others = ({**asdict(wishes), "guideline": ""} for wishes in (one, other))
    return plain == others and texts.same(one.guideline, other.guideline)


def _of_days(days: int) -> Complaint | None:
    return None if 1 <= days <= DAYS_MOST else Complaint(Wrong.DAYS)


def _of_lines(lines: Sequence[str], *, needed: bool = False) -> Complaint | None:
    if not lines:
        return Complaint(Wrong.EMPTY) if needed else None
    if len(lines) > LINES_MOST:
        return Complaint(Wrong.MANY_LINES, f"{len(lines)}")
    of_each = next((complaint for line in lines if (complaint := _of_line(line))), None)
    return of_each or _of_text("\n".join(lines)) or _of_doubles(lines)


def _of_line(line: str) -> Complaint | None:
    if "|" in line:
        return Complaint(Wrong.BAR, line)
    return Complaint(Wrong.LONG_LINE, line) if texts.slack_length(line) > LINE_LONGEST else None


def _of_doubles(lines: Sequence[str]) -> Complaint | None:
    counted = Counter(line.casefold() for line in lines)
    doubled = next((line for line in lines if counted[line.casefold()] > 1), None)
    return None if doubled is None else Complaint(Wrong.TWICE, doubled)


def _of_targets(wished: Sequence[Target]) -> Complaint | None:
    if len(wished) > LINES_MOST:
        return Complaint(Wrong.MANY_LINES, f"{len(wished)}")
    unread = next((line for line, share in wished if share is None), None)
    if unread is not None:
        return Complaint(Wrong.TARGET, unread)
    if targets.total(wished) > 1 + targets.OFF_BY:
        return Complaint(Wrong.TOO_MUCH, targets.in_percent(targets.total(wished)))
    shown = targets.written({topic: share or 0 for topic, share in wished})
    return _of_doubles([topic for topic, _ in wished]) or _of_text(shown)


def _of_template(template: str) -> Complaint | None:
    unknown = [name for name in _PLACEHOLDER.findall(template) if not _KNOWN_PLACEHOLDER.fullmatch(name)]
    return Complaint(Wrong.PLACEHOLDER, f"{{{unknown[0]}}}") if unknown else _of_text(template)


def _of_text(text: str) -> Complaint | None:
    return Complaint(Wrong.LONG) if texts.slack_length(text) > TEXT_LONGEST else None


def _lines(typed: str | None) -> list[str]:
    """One a line, without what surrounds it."""
    return [line for one in (typed or "").splitlines() if texts.visible(line := " ".join(one.split()))]


def _number(typed: str | None) -> int:
    """The whole number, or 0 for what is none."""
    return int(typed) if typed and typed.strip().isdecimal() and len(typed) < 10 else 0


def _share(value: str | None) -> float | None:
    return None if value in (None, BY_ITSELF) else float(value)


def _is_checked(chosen: Sequence[str] | None) -> bool:
    return YES in (chosen or ())


def _as_list(chosen: Sequence[str] | None) -> list[str]:
    return list(chosen or ())


def _or_none(typed: str | None) -> str | None:
    return typed if typed and texts.visible(typed) else None


_READ: dict[str, Callable[[Any], Any]] = {
    "leads": _as_list,
    "digest_channel": str,
    "digest_time": str,
    "guideline": lambda typed: _or_none(typed) or "",
    "time_zone": str,
    "working_days": lambda days: sorted(int(day) for day in days or ()),
    "overlap_share": _share,
    "open_cards": _number,
    "escalation_channel": lambda chosen: chosen,
    "escalation_reasons": _lines,
    "tags": _lines,
    "targets": targets.read,
    "reviewers": _as_list,
    "second_looks": _is_checked,
    "context_template": _or_none,
    "model": lambda typed: (_or_none(typed) or "").strip() or None,
    "writes_drafts": _is_checked,
    "exports_slack_drafts": _is_checked,
    "retention_days": lambda typed: _number(typed) if _or_none(typed) else None,
}
