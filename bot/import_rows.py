"""From a row of a file to a submission and, where it has one, the reply that a person gave before. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from bot import faults, texts
from bot.errors import AssayError
from bot.import_files import LINE, REASON, UNREAD, Line
from bot.submissions import PastReply, Submission

TEXTS = ("external_id", "customer", "draft", "topic", "source", "url", "group", "model", "language", "reply")
COLUMNS = (*TEXTS, "annotator", "priority", "conversation")
CONTEXT = "context."
STILL_UNREAD = (
    f"{UNREAD}: this row could not be read before; write its cells into their columns, or put the mended line in place "
    "of this one"
)
MOST_UNUSED = 20  # names in a file that are told
LONGEST_INDEX = 9  # digits of a place in a list
OURS = {"prompt": "customer"}  # our columns' names for what a submission calls otherwise


class MappingError(AssayError):
    """The mapping of columns cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Row:
    """A row that can be taken in."""

    number: int
    submission: Submission
    past: PastReply | None
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Refused:
    """A row that cannot, and what to do about it."""

    number: int
    reason: str
    values: Mapping[str, Any]


def parse_mapping(parts: Sequence[str]) -> dict[str, str]:
    """Our columns -> the file's, from "external_id=Ticket,customer=Body". Raises MappingError."""
    mapping: dict[str, str] = {}
    for part in (one for words in parts for one in words.split(",") if one.strip()):
        ours, equals, theirs = (piece.strip() for piece in part.partition("="))
        if not (equals and theirs):
            raise MappingError(f"“{part.strip()}” maps nothing. Write ours=theirs, such as customer=Body.")
        if not _is_ours(ours):
            raise MappingError(f"Assay has no column {ours}. It has {_listed()}.")
        mapping[ours] = theirs
    return mapping


def columns_of(names: Iterable[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Our columns -> the file's, for a file with named columns: those mapped, then those named like ours.

    Raises MappingError for a mapped column that the file does not have, and where nothing says what the customer
    wrote.
    """
    names = [name for name in names if name]
    if missing := [theirs for theirs in mapping.values() if theirs not in names]:
        raise MappingError(f"The file has no column {missing[0]}. It has {', '.join(names)}.")
    taken = set(mapping.values())
    same = {ours: name for name in names if name not in taken and _is_ours(ours := _ours(name))}
    found = same | dict(mapping)
    if "customer" not in found:
        raise MappingError(
            f"No column says what the customer wrote. The file has {', '.join(names)}: "
            "name yours with --map customer=…; the others are "
            f"{_listed()}."
        )
    return found


@dataclass
class Reader:
    """Reads the rows of one file for a channel.

    `dotted`: the file's names are paths into objects, and names that are ours count without being mapped. Of those that
    nobody read some stand in `unused`.
    """

    channel: str
    mapping: Mapping[str, str]
    dotted: bool
    never_filled: set[str] = field(init=False)
    unused: dict[str, None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.never_filled = set(self.mapping)
        mapped = (theirs.partition(".")[0] for theirs in self.mapping.values())
        self._known = {"context", LINE, REASON, UNREAD, *self.mapping.values(), *mapped}

    def read(self, line: Line) -> Row | Refused:
        """The row, or what is wrong with it."""
        if line.problem is not None:
            return Refused(line.number, line.problem, line.values)
        try:
            values = {name: value for name, value in self._ours(line.values).items() if not _empty(value)}
            self.never_filled -= values.keys()
            return Row(line.number, *_read(self.channel, values), line.values)
        except ValidationError as error:
            return Refused(line.number, _sentence(error), line.values)
        except ValueError as error:
            return Refused(line.number, STILL_UNREAD if line.values.get(UNREAD) else str(error), line.values)

    def _ours(self, values: Mapping[str, Any]) -> dict[str, Any]:
        if self.dotted:
            self._note_unused(values)
            return _by_path(values, self.mapping)
        return {ours: values.get(theirs) for ours, theirs in self.mapping.items()}

    def _note_unused(self, names: Iterable[str]) -> None:
        for name in names:
            if len(self.unused) < MOST_UNUSED and name not in self._known and not _is_ours(name):
                self.unused[name] = None


def _read(channel: str, values: Mapping[str, Any]) -> tuple[Submission, PastReply | None]:
    if "customer" not in values and "conversation" not in values:
        raise ValueError("customer: is empty; a draft without the customer's words cannot be judged")
    fields = {name: _text(name, value) for name, value in values.items() if name in TEXTS}
    reply, prompt = fields.pop("reply", None), fields.pop("customer", None)
    submission = Submission.model_validate(
        {
            "channel": channel,
            "prompt": prompt,
            "conversation": values.get("conversation"),
            "context": {
                name.removeprefix(CONTEXT): value for name, value in values.items() if name.startswith(CONTEXT)
            },
            "priority": _whole(values.get("priority", 0)),
            **fields,
        }
    )
    if reply is None:
        return submission, None
    by = {"annotator": _text("annotator", values["annotator"])} if "annotator" in values else {}
    return submission, PastReply.model_validate({"reply": reply, **by})


def _by_path(values: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """Our columns of a JSON object: its own names first, then what is mapped. Raises ValueError."""
    taken = set(mapping.values())
    found = {name: value for name, value in values.items() if _is_ours(name) and name not in taken}
    context = None if "context" in taken else values.get("context")
    if not _empty(context):
        if not isinstance(context, Mapping):
            raise ValueError("context: must be an object of names and values")
        found |= {f"{CONTEXT}{name}": value for name, value in context.items()}
    return found | {ours: _at(values, path) for ours, path in mapping.items()}


def _at(value: Any, path: str) -> Any:
    """What stands at a dotted path; a name that holds dots itself is found as it is."""
    if isinstance(value, Mapping) and path in value:
        return value[path]
    first, dot, rest = path.partition(".")
    if isinstance(value, list):
        inner = value[int(first)] if _is_place(first, value) else None
    elif isinstance(value, Mapping):
        inner = value.get(first)
    else:
        return None
    return _at(inner, rest) if dot else inner


def _is_place(written: str, among: Sequence[Any]) -> bool:
    return written.isdecimal() and len(written) <= LONGEST_INDEX and int(written) < len(among)


def _text(name: str, value: object) -> str:
    # Helpdesks write ids as numbers.
    if isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name}: must be a text, or a number that has an end")
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"{name}: must be a text")
    return value


def _whole(value: object) -> int:
    try:
        return int(str(value).strip())
    except ValueError:
        raise ValueError("priority: must be a whole number from -100 to 100") from None


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not texts.visible(value))


def _is_ours(name: str) -> bool:
    return name in COLUMNS or (name.startswith(CONTEXT) and len(name) > len(CONTEXT))


def _ours(name: str) -> str:
    """Our spelling of a column's name, whose letter case does not count."""
    if name[: len(CONTEXT)].lower() == CONTEXT:
        return CONTEXT + name[len(CONTEXT) :]
    return name.lower()


def _listed() -> str:
    return ", ".join((*COLUMNS, "context.NAME"))


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    where = OURS.get(where, where)
    return f"{where or 'the row'}: {faults.said(first)}"
