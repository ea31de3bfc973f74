"""The command `assay agreement`: where the labels come from."""

import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.errors import NotFound
from bot.label_files.exported import TEXT, VERDICT
from bot.label_files.labels import LabelFile, read_labels
from bot.label_files.measuring import Question, measure
from bot.label_files.metrics import Metric, meaning
from bot.label_files.people import measure_people
from bot.label_files.people_table import people_table
from bot.label_files.rows import read_columns
from bot.label_files.table import table
from bot.measures.agreement import DRAWS
from handlers.file_errors import why

OURS = {Metric.MASI: "tags", Metric.JACCARD: "tags", Metric.TEXT: TEXT}  # what Assay's own export is asked about
STANDARD_INPUT = Path("-")
FINEST_WISH = 0.001  # half the width of an interval: beyond it a million items would be asked for


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
        name = "The input" if file == STANDARD_INPUT else file
        raise NotFound(f"{name} cannot be read: {why(error)}.") from error


@contextmanager
def _lines(file: Path) -> Iterator[Iterable[str]]:
    if file != STANDARD_INPUT:
        with file.open(encoding="utf-8", newline="") as lines:
            yield lines
        return
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", newline="")
    yield sys.stdin


def agreement(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV (commas, semicolons, tabs) or JSON lines with item, annotator, label; labels.jsonl of an export; "
            "- for standard input."
        ),
    ],
    *,
    metric: Annotated[Metric, typer.Option(help="How labels are compared.")] = Metric.NOMINAL,
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="Ours=yours: item=Ticket,annotator=Who,label=Verdict.")
    ] = None,
    order: Annotated[
        str, typer.Option(help="Ordinal labels from low to high, where they are no numbers: low,medium,high.")
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same intervals.")] = 0,
    draws: Annotated[
        int, typer.Option(min=100, max=100_000, help="How often items are drawn anew for an interval.")
    ] = DRAWS,
    wish: Annotated[
        float | None, typer.Option(help="How many items an interval of alpha takes that is ± this wide, such as 0.1.")
    ] = None,
    annotators: Annotated[
        bool, typer.Option("--annotators", help="Say how each annotator's labels compare with those of the others.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how far the labels in a file agree, and how sure that is."""
    names = tuple(name.strip() for name in order.split(",") if name.strip())
    if names and metric is not Metric.ORDINAL:
        raise typer.BadParameter("only ordinal labels have one", param_hint="--order")
    if wish is not None and not FINEST_WISH <= wish < 1:
        raise typer.BadParameter(f"write it as 0.1; {FINEST_WISH} is the finest", param_hint="--wish")
    if annotators:
        if metric is not Metric.NOMINAL or wish is not None:
            raise typer.BadParameter("goes without --metric and --wish", param_hint="--annotators")
        rows = people(file, columns or [])
        print(json.dumps(rows, indent=2, ensure_ascii=False) if as_json else people_table(rows))
        return
    question = Question(metric, names, seed, draws, wish)
    found = measured(file, question, columns or [])
    print(json.dumps(found, indent=2, ensure_ascii=False) if as_json else table(found))
