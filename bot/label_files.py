"""Labels in a CSV file, and how far they agree: what `assay agreement FILE` reads and says. Pure."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from sys import intern

from bot.errors import AssayError
from bot.measures.agreement import DRAWS, ac1, alpha, fleiss, percent, positive
from bot.measures.estimates import Estimate
from bot.measures.patterns import Units

COLUMNS = ("item", "annotator", "label")
METRICS = ("nominal",)
AFFIRMATIVE = frozenset({"yes", "y", "true", "t", "1"})


class LabelFileError(AssayError):
    """The file cannot be read as labels; the message names the line and what to do."""


class UnknownMetric(AssayError):
    """The metric is not one of METRICS."""


@dataclass(frozen=True)
class LabelFile:
    """The labels of each item, in the order of the file; `repeated` counts lines that only repeat another."""

    units: tuple[tuple[str, ...], ...]
    annotators: int
    repeated: int


def read_labels(lines: Iterable[str]) -> LabelFile:
    """Read CSV whose header names item, annotator and label, in any order and case, among other columns.

    `lines` keep their line ends (a file opened with `newline=""`), else newlines inside quotes are lost.
    A byte order mark, empty rows and space around a cell are dropped. An annotator labels an item once: a row
    that repeats an earlier one is counted in `repeated` and not again as a label, one that contradicts it is
    an error.

    Raises LabelFileError, naming the line where the row begins.
    """
    rows = _rows(lines)
    at, header = next(rows, (1, []))
    places = _places(at, header)
    items: dict[str, dict[str, str]] = {}
    annotators: set[str] = set()
    repeated = 0
    for line, row in rows:
        item, annotator, label = _cells(line, row, places, width=len(header))
        labels = items.setdefault(item, {})
        if (earlier := labels.get(annotator)) is None:
            labels[annotator] = label
            annotators.add(annotator)
        elif earlier == label:
            repeated += 1
        else:
            raise LabelFileError(
                f"Line {line}: annotator “{annotator}” labels item “{item}” as “{label}”, "
                f"but as “{earlier}” on an earlier line; keep one of them."
            )
    return LabelFile(tuple(tuple(labels.values()) for labels in items.values()), len(annotators), repeated)


def measure(file: LabelFile, *, metric: str = "nominal", seed: int = 0, draws: int = DRAWS) -> dict[str, object]:
    """The figures of `bot.measures.agreement` with their intervals as `<figure>_ci`, ready for JSON.

    `reason` has a sentence for each key that is None. The classes are those that occur in the file.
    `positive` needs exactly two; the positive one is the only affirmative word of the two (yes, y, true, t, 1),
    else the rarer, else the later in the alphabet, and is named in `positive_class`.

    Raises UnknownMetric.
    """
    if metric not in METRICS:
        raise UnknownMetric(f"There is no metric “{metric}”; choose from: {', '.join(METRICS)}.")
    classes = Counter(label for labels in file.units for label in labels)
    yes = _positive_class(classes)
    figures: dict[str, object] = {"positive_class": yes}
    reason = {} if yes else {"positive_class": _not_two(classes)}
    for name, estimate in _estimates(file.units, classes, yes, seed, draws).items():
        bounded = estimate.low is not None
        figures |= {name: estimate.value, f"{name}_ci": [estimate.low, estimate.high] if bounded else None}
        missing = [name] * (estimate.value is None) + [f"{name}_ci"] * (not bounded)
        reason |= dict.fromkeys(missing, estimate.reason or "")
    counts = {
        "items": len(file.units),
        "shared_items": sum(len(labels) > 1 for labels in file.units),
        "labels": classes.total(),
        "annotators": file.annotators,
        "repeated": file.repeated,
    }
    return figures | counts | {"metric": metric, "draws": draws, "seed": seed, "reason": reason}


def _estimates(units: Units, classes: Counter[str], yes: str | None, seed: int, draws: int) -> dict[str, Estimate]:
    return {
        "alpha": alpha(units, seed=seed, draws=draws),
        "ac1": ac1(units, classes=list(classes), seed=seed, draws=draws),
        "fleiss": fleiss(units, seed=seed, draws=draws),
        "percent": percent(units, seed=seed, draws=draws),
        "positive": positive(units, yes=yes, seed=seed, draws=draws)
        if yes
        else Estimate(None, None, None, 0, _not_two(classes)),
    }


def _positive_class(classes: Counter[str]) -> str | None:
    if len(classes) != 2:
        return None
    affirmative = [name for name in classes if name.casefold() in AFFIRMATIVE]
    if len(affirmative) == 1:
        return affirmative[0]
    fewest = min(classes.values())
    return max(name for name, count in classes.items() if count == fewest)


def _not_two(classes: Counter[str]) -> str:
    return f"positive agreement needs exactly two different labels; the file has {len(classes)}"


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Each row that holds anything, with the number of the line on which it begins."""
    reader = csv.reader(_without_mark(lines), strict=True)
    line = 1
    try:
        for row in reader:
            if "".join(row).strip():
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise LabelFileError(f"Line {line} is not CSV: {error}.") from error


def _without_mark(lines: Iterable[str]) -> Iterator[str]:
    for at, line in enumerate(lines):
        yield line if at else line.removeprefix("\ufeff")


def _places(line: int, header: Sequence[str]) -> list[int]:
    names = [name.strip().casefold() for name in header]
    if missing := [column for column in COLUMNS if column not in names]:
        found = "".join(sign if sign.isprintable() else "?" for sign in ", ".join(names))[:200] or "nothing"
        hint = " Separate the cells by commas." if any(sign in found for sign in ";?") else ""
        raise LabelFileError(f"Line {line}: the header lacks {', '.join(missing)}; it has: {found}.{hint}")
    if doubled := [column for column in COLUMNS if names.count(column) > 1]:
        raise LabelFileError(f"Line {line}: the header has {', '.join(doubled)} more than once.")
    return [names.index(column) for column in COLUMNS]


def _cells(line: int, row: Sequence[str], places: Sequence[int], *, width: int) -> list[str]:
    if "".join(row[width:]).strip():
        raise LabelFileError(
            f"Line {line} has {len(row)} cells, the header {width}; a cell that holds a comma needs quotes."
        )
    cells = [intern(row[place].strip()) if place < len(row) else "" for place in places]
    if not all(cells):
        empty = [column for column, cell in zip(COLUMNS, cells, strict=True) if not cell]
        raise LabelFileError(f"Line {line}: {', '.join(empty)} is empty.")
    return cells
