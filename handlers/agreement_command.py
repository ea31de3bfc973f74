"""The command `assay agreement`: where the labels come from."""

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.errors import NotFound
from bot.label_files.exported import TEXT, VERDICT
from bot.label_files.labels import LabelFile, read_labels
from bot.label_files.measuring import Question, measure
from bot.label_files.metrics import Metric, meaning
from bot.label_files.people import measure_people
from bot.label_files.rows import read_columns

OURS = {Metric.MASI: "tags", Metric.JACCARD: "tags", Metric.TEXT: TEXT}  # what Assay's own export is asked about
STANDARD_INPUT = Path("-")


def measured(file: Path, question: Question, columns: Sequence[str]) -> dict[str, Any]:
    """The figures of a file, or of standard input for "-". Raises AssayError, with a sentence."""
    return measure(_labels(file, question, columns), question)


def people(file: Path, columns: Sequence[str]) -> dict[str, Any]:
    """The same file's annotators, each beside the others, labels compared as names. Raises AssayError."""
    return measure_people(_labels(file, Question(), columns))


def _labels(file: Path, question: Question, columns: Sequence[str]) -> LabelFile:
    label_of = meaning(question.metric, question.order)
    try:
        with _lines(file) as lines:
            asked = read_columns(columns)
            ours = OURS.get(question.metric, VERDICT)
            return read_labels(lines, columns=asked, label_of=label_of, empty=question.metric.of_sets, ours=ours)
    except (OSError, UnicodeDecodeError) as error:
        why = f"it is not UTF-8 at byte {error.start}" if isinstance(error, UnicodeDecodeError) else error.strerror
        name = "The input" if file == STANDARD_INPUT else file
        raise NotFound(f"{name} cannot be read: {why}.") from error


@contextmanager
def _lines(file: Path) -> Iterator[Iterable[str]]:
    if file != STANDARD_INPUT:
        with file.open(encoding="utf-8", newline="") as lines:
            yield lines
        return
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", newline="")
    yield sys.stdin
