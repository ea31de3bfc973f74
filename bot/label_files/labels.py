"""The labels of a file as numbers: what stays of each row is four small ones, whatever was written in it. Pure."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bot.label_files.exported import VERDICT, Exported, nothing_blind
from bot.label_files.rows import COLUMNS, LabelFileError, Row, read_columns, read_rows
from bot.measures.patterns import Ints

NOTHING = "There are no labels in it: below its header it needs a row for each label."


@dataclass(frozen=True, eq=False)
class LabelFile:
    """Label i was given to item `items[i]` by `names[annotators[i]]` and is `classes[labels[i]]`; all counted from 0.

    `repeated` counts the rows that only repeat another; of Assay's own export `left_out` counts the answers that are
    not compared, by why.
    """

    items: Ints
    annotators: Ints
    labels: Ints
    classes: tuple[str, ...]
    names: tuple[str, ...]
    repeated: int = 0
    left_out: Mapping[str, int] | None = None

    @cached_property
    def sizes(self) -> Ints:
        """How many labels each item has."""
        return np.bincount(self.items)

    @property
    def annotator_count(self) -> int:
        return len(self.names)

    def units(self) -> list[list[str]]:
        """The labels of each item, in the order of the file."""
        found: list[list[str]] = [[] for _ in range(len(self.sizes))]
        for item, label in zip(self.items.tolist(), self.labels.tolist(), strict=True):
            found[item].append(self.classes[label])
        return found


class _Numbers(dict[str, int]):
    """Names, numbered in the order in which they are first asked for."""

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number


class _Reader:
    """What is kept of the rows that were read."""

    def __init__(self, label_of: Callable[[str], str], *, empty: bool) -> None:
        self._label_of, self._empty = label_of, empty
        self._items, self._annotators, self._classes = _Numbers(), _Numbers(), _Numbers()
        self._meanings: dict[str, int] = {}  # cells that were read before -> their class
        self._kept = tuple(array("i") for _ in range(4))

    def read(self, rows: Iterable[Row]) -> None:
        items, annotators, labels, lines = (kept.append for kept in self._kept)
        meanings = self._meanings
        for line, cells in rows:
            item, annotator, label = cells
            if not (item and annotator and (label or (self._empty and label is not None))):
                raise LabelFileError(f"Line {line}: {', '.join(self._missing(cells))} is empty.")
            if (meaning := meanings.get(label)) is None:
                meaning = meanings[label] = self._classes[self._meaning(line, label)]
            items(self._items[item])
            annotators(self._annotators[annotator])
            labels(meaning)
            lines(line)

    def file(self, left_out: Mapping[str, int] | None) -> LabelFile:
        items, annotators, labels, lines = (np.array(kept, dtype=np.int64) for kept in self._kept)
        first = _first_rows(items * max(len(self._annotators), 1) + annotators)
        if len(against := np.flatnonzero(labels[first] != labels)):
            at = int(against[0])
            raise self._contradiction(at, int(first[at]), (items, annotators, labels, lines))
        once = first == np.arange(len(first))
        repeated = len(first) - int(once.sum())
        return LabelFile(
            *(items[once], annotators[once], labels[once], tuple(self._classes), tuple(self._annotators)),
            repeated,
            left_out,
        )

    def _missing(self, cells: Sequence[str | None]) -> list[str]:
        wanted = zip(COLUMNS, cells, strict=True)
        return [name for name, cell in wanted if not cell and not (self._empty and name == "label" and cell == "")]

    def _meaning(self, line: int, label: str) -> str:
        try:
            return self._label_of(label)
        except ValueError as error:
            raise LabelFileError(f"Line {line}: {error}") from error

    def _contradiction(self, at: int, first: int, columns: Sequence[Ints]) -> LabelFileError:
        names = [list(numbers) for numbers in (self._items, self._annotators, self._classes)]
        items, annotators, labels, lines = columns
        who, what = names[1][annotators[at]], names[0][items[at]]
        return LabelFileError(
            f"Line {lines[at]}: annotator “{who}” labels item “{what}” as “{names[2][labels[at]]}”, "
            f"but as “{names[2][labels[first]]}” on line {lines[first]}; keep one of them."
        )


def read_labels(
    lines: Iterable[str],
    *,
    columns: Mapping[str, str] | None = None,
    label_of: Callable[[str], str] = str,
    empty: bool = False,
    ours: str = VERDICT,
) -> LabelFile:
    """Read a file as `read_rows` does, a row at a time.

    `label_of` says what a cell means, and raises ValueError, with a sentence, for one that means nothing. With `empty`
    a cell with nothing in it is a label. An annotator labels an item once: a row that repeats an earlier one is counted
    in `repeated` and not again as a label, one that contradicts it is an error. Of Assay's own export it is `ours` that
    is compared, where no column is named.

    Raises LabelFileError, naming the line where the row begins.
    """
    reader, exported = _Reader(label_of, empty=empty), Exported(ours)
    reader.read(read_rows(lines, columns or read_columns([]), exported))
    file = reader.file(exported.left_out)
    if not len(file.labels):
        raise LabelFileError(NOTHING if file.left_out is None else nothing_blind(file.left_out))
    return file


def _first_rows(keys: Ints) -> Ints:
    """For each row the first one with the same key."""
    _, first, places = np.unique(keys, return_index=True, return_inverse=True)
    return first[places]
