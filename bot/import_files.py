"""Rows of a CSV or JSONL file, as spreadsheets and helpdesks write them: read one at a time. Pure."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.errors import AssayError

CELL_LONGEST = 4 * 2**20
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
BLANK = "\ufeff \t\r\n"
# Names in the file of refused rows that are ours: where a row stood, why it was refused, what of it has no name.
LINE, REASON, UNREAD = "assay_line", "assay_reason", "assay_unread"
NO_QUOTE = "a quotation mark is opened here and never closed, so the rest of the file was read as one cell"
TOO_DEEP = "is nested too deep; send at most 8 levels"
# What makes a spreadsheet read a cell as a formula, which can run commands and send cells away
# (https://owasp.org/www-community/attacks/CSV_Injection); the wide forms are read so in some languages.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
MOST_LEVELS = 64  # of a whole row, of which a draft may take a few
QUOTE = "texts with separators need quotation marks"

csv.field_size_limit(CELL_LONGEST)


class ImportFileError(AssayError):
    """The file as a whole cannot be read; the message says what to do."""


class FileKind(StrEnum):
    """What a file is read as."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True)
class Line:
    """One row of the file by the file's own names; or, with `problem`, what is wrong with it.

    What stands under no name is kept as `UNREAD`, with all of its row.
    """

    number: int
    values: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True)
class Table:
    """A CSV file whose first line is read."""

    names: Sequence[str]
    separator: str
    lines: Iterator[Line]


def read_csv(texts: Iterable[str]) -> Table:
    """The file's columns and rows; the separator is what the first line has most of. Raises ImportFileError.

    `texts` are the file's lines with their ends; cells may hold line ends within quotation marks.
    """
    raw = _Counted(texts)
    first = next(raw, "").removeprefix("\ufeff")
    if first.lower().startswith("sep=") and len(first.strip("\r\n")) == 5:  # what Excel writes for itself
        separator, first = first[4], next(raw, "")
    else:
        separator = max(SEPARATORS, key=_outside_quotes(first).count)
    reader = csv.reader(_again(first, raw), delimiter=separator)
    names = [name.strip() for name in _record(reader) or []]
    if LINE in names:
        names = list(map(unguarded, names))
    if not any(names):
        raise ImportFileError("The file is empty. Its first line must name the columns, such as customer and draft.")
    if doubled := sorted(name for name, times in Counter(names).items() if name and times > 1):
        raise ImportFileError(f"Two columns are named {doubled[0]}. Rename one of them, then import again.")
    return Table(names, separator, _csv_lines(reader, names, raw))


def guarded(cell: str) -> str:
    """A cell of a file of ours that no spreadsheet reads as a formula."""
    return f"'{cell}" if cell.lstrip("'").startswith(FORMULA) else cell


def unguarded(cell: str) -> str:
    """What was guarded, as it was."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell


def read_jsonl(texts: Iterable[str]) -> Iterator[Line]:
    """One JSON object a line; a line that is none has its problem. Raises ImportFileError for one big array.

    `texts` are the file's lines with their ends; a text without one is a piece of a line that goes on.
    """
    number, skipping = 1, False
    for text in texts:
        ended = text.endswith(("\n", "\r"))
        if not skipping and len(text) > CELL_LONGEST:
            yield Line(number, problem=f"is longer than {CELL_LONGEST:,} characters; write one JSON object a line")
        elif not skipping and text.strip(BLANK):
            yield _json_line(number, text.strip(BLANK))
        skipping = not ended and (skipping or len(text) > CELL_LONGEST)
        number += ended


class _Counted:
    """Lines of a file, with how many were read, those since `record` was emptied, and whether a reader came to
    their end."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = iter(texts)
        self.read = 0
        self.record: list[str] = []
        self.ended = False

    def __iter__(self) -> "_Counted":
        return self

    def __next__(self) -> str:
        text = next(self._texts, None)
        if text is None:
            self.ended = True
            raise StopIteration
        self.read += 1
        self.record.append(text)
        return text


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _outside_quotes(text: str) -> str:
    return "".join(text.split('"')[::2])


def _record(reader: Iterator[list[str]]) -> list[str] | None:
    """The next record; None at the end. Raises ImportFileError where one cell has no end."""
    try:
        return next(reader, None)
    except csv.Error as error:
        raise ImportFileError(f"a cell is longer than {CELL_LONGEST:,} characters, or {NO_QUOTE}") from error


def _csv_lines(reader: Iterator[list[str]], names: Sequence[str], raw: _Counted) -> Iterator[Line]:
    while True:
        number = raw.read + 1
        raw.record.clear()
        try:
            cells = _record(reader)
        except ImportFileError as error:
            yield Line(number, problem=f"{error}. The file was read no further")
            return
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            # Within a record a reader asks for more lines only while a quotation mark is open.
            yield _csv_line(number, names, cells, raw)


def _csv_line(number: int, names: Sequence[str], cells: Sequence[str], raw: _Counted) -> Line:
    """The row by its names. One that was cut in the wrong places has none: a half of it must not pass for a whole."""
    if LINE in names:
        cells = list(map(unguarded, cells))
    if raw.ended:
        return Line(number, {UNREAD: "".join(raw.record)}, NO_QUOTE)
    if any(cell.strip() for cell in cells[len(names) :]):
        problem = f"has {len(cells)} cells where the first line names {len(names)}; {QUOTE}"
        return Line(number, {UNREAD: "".join(raw.record)}, problem)
    values = {name: cell for name, cell in zip(names, cells, strict=False) if name}
    if any(cell.strip() and not name for name, cell in zip(names, cells, strict=False)):
        values[UNREAD] = "".join(raw.record)
    return Line(number, values)


def _json_line(number: int, text: str) -> Line:
    if number == 1 and text.startswith("["):
        raise ImportFileError("The file is one JSON array. Write one object a line: jq -c '.[]' FILE > FILE.jsonl")
    try:
        found = json.loads(text)
    except RecursionError:
        return Line(number, {UNREAD: text}, TOO_DEEP)
    except ValueError as error:
        return Line(number, {UNREAD: text}, f"is not JSON ({error}); write one JSON object a line")
    if not isinstance(found, dict):
        return Line(number, {UNREAD: text}, "is no JSON object; write one object a line")
    return Line(number, {UNREAD: text}, TOO_DEEP) if _is_too_deep(found) else Line(number, found)


def _is_too_deep(value: object) -> bool:
    """Looked at without recursion, as nothing can be said of how deep it is."""
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [inner for one in level if isinstance(one, dict | list) for inner in _within(one)]
    return bool(level)


def _within(value: dict[str, object] | list[object]) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value
