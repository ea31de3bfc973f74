"""The rows of a file, row by row: CSV by commas, semicolons or tabs, or a JSON object a line. Pure."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from bot.errors import AssayError
from bot.label_files.exported import ANNOTATOR, ITEM, Exported, is_ours

COLUMNS = ("item", "annotator", "label")
SETS = "|"  # between the labels of a set
_SEPARATORS = ",;\t"

# The line where a row begins, and its item, annotator and label; None where the row ends before.
Row = tuple[int, list[str | None]]
Object = tuple[int, dict[str, Any]]


class LabelFileError(AssayError):
    """The file cannot be read as labels; the message names the line and what to do."""


def read_columns(parts: Sequence[str]) -> dict[str, str]:
    """Our columns -> the file's, from "item=Ticket,label=Verdict"; those that are not named are called like ours.

    Raises LabelFileError.
    """
    columns = {column: column for column in COLUMNS}
    for part in (one for words in parts for one in words.split(",") if one.strip()):
        ours, equals, theirs = (piece.strip() for piece in part.partition("="))
        if not (equals and theirs) or ours not in columns:
            raise LabelFileError(f"“{part.strip()}” names no column. Write item=…, annotator=… or label=…")
        columns[ours] = theirs
    return columns


def read_rows(lines: Iterable[str], columns: Mapping[str, str], ours: Exported | None = None) -> Iterator[Row]:
    """Every row that holds anything, without space around the cells. Names are found in any case and order.

    A file whose first sign is { is JSON lines, any other one CSV, separated by what its header holds most of.
    `lines` keep their line ends (a file opened with `newline=""`), else newlines inside quotes are lost. A byte order
    mark is dropped. Where `ours` is given and the file is Assay's own export, it says which lines count, and columns
    that are not named are its own.

    Raises LabelFileError.
    """
    wanted = {column: theirs.strip().casefold() for column, theirs in columns.items()}
    rest = iter(lines)
    for blank, line in enumerate(rest):
        first = line if blank else line.removeprefix("\ufeff")
        if first.strip():
            whole = chain([first], rest)
            return _rows(_objects(whole, blank), wanted, ours) if _is_json(first) else _cells(whole, wanted, blank)
    return _cells([], wanted, 0)


def _cells(lines: Iterable[str], wanted: Mapping[str, str], blank: int) -> Iterator[Row]:
    lines = iter(lines)
    first = next(lines, "")
    separator = max(_SEPARATORS, key=first.count)
    rows = _split(chain([first], lines), separator, blank)
    at, header = next(rows, (blank + 1, []))
    places = _places(at, header, wanted)
    width = len(header)
    for line, row in rows:
        if len(row) > width and "".join(row[width:]).strip():
            raise LabelFileError(
                f"Line {line} has {len(row)} cells, the header {width}; "
                f"a cell that holds {_name(separator)} needs quotes."
            )
        yield line, [row[place].strip() if place < len(row) else None for place in places]


def _split(lines: Iterable[str], separator: str, blank: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, strict=True, delimiter=separator)
    line = blank + 1
    try:
        for row in reader:
            if any(cell and not cell.isspace() for cell in row):
                yield line, row
            line = blank + reader.line_num + 1
    except csv.Error as error:
        raise LabelFileError(f"Line {line} is not CSV: {error}.") from error


def _places(line: int, header: Sequence[str], wanted: Mapping[str, str]) -> list[int]:
    names = [name.strip().casefold() for name in header]
    for theirs in wanted.values():
        if names.count(theirs) > 1:
            raise LabelFileError(f"Line {line}: the header has {theirs} more than once.")
    if missing := [theirs for theirs in wanted.values() if theirs not in names]:
        found = _printable(", ".join(names)) or "nothing"
        raise LabelFileError(
            f"Line {line}: the header lacks {', '.join(missing)}; it has: {found}. "
            "If columns have other names: --map item=…,annotator=…,label=…"
        )
    return [names.index(wanted[column]) for column in COLUMNS]


def _is_json(line: str) -> bool:
    return line.lstrip().startswith("{")


def _rows(objects: Iterator[Object], wanted: Mapping[str, str], ours: Exported | None) -> Iterator[Row]:
    first = next(objects)
    objects = chain([first], objects)
    if ours is None or not is_ours(first[1]):
        yield from ((line, [_written(fields.get(name)) for name in wanted.values()]) for line, fields in objects)
        return
    own = {"item": ITEM, "annotator": ANNOTATOR, "label": ours.label}
    names = [own[column] if theirs == column else theirs for column, theirs in wanted.items()]
    ours.label = names[-1]
    for line, said in ours.answers(_all_ours(objects), names):
        yield line, [_written(one) for one in said]


def _all_ours(objects: Iterator[Object]) -> Iterator[Object]:
    for line, fields in objects:
        if not is_ours(fields):
            raise LabelFileError(f"Line {line} is no line of Assay's export, as the first one is. Take it out.")
        yield line, fields


def _objects(lines: Iterable[str], blank: int) -> Iterator[Object]:
    for line, words in enumerate(lines, blank + 1):
        if words.strip():
            yield line, _object(line, words)


def _object(line: int, words: str) -> dict[str, Any]:
    try:
        found = json.loads(words)
    except ValueError as error:
        raise LabelFileError(f"Line {line} is not JSON: {error}.") from error
    except RecursionError as error:
        raise LabelFileError(f"Line {line} is nested too deep.") from error
    if not isinstance(found, dict):
        raise LabelFileError(f"Line {line} is no JSON object.")
    return {name.strip().casefold(): value for name, value in found.items()}


def _written(value: Any) -> str | None:
    """As the cell of a table would say it."""
    if value is None:
        return None
    if isinstance(value, list):
        return SETS.join(_written(one) or "" for one in value)
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).strip()


def _printable(words: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in words)[:200]


def _name(separator: str) -> str:
    return {",": "a comma", ";": "a semicolon", "\t": "a tab"}[separator]
