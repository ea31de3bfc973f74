"""`assay import`: a file is opened, its rows are taken in, and what became of them is said."""

import codecs
import csv
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot import import_files, json_lines, texts
from bot.errors import AssayError, NotFound
from bot.import_files import LINE, REASON, SEPARATORS, UNREAD, FileKind, ImportFileError
from bot.import_rows import Reader, Refused, Row, columns_of
from bot.importing import Importer, Outcome
from bot.intake import Taken
from storage.errors import DatabaseAway
from storage.models import Channel
from storage.words import ChannelState

SHOWN = 20  # rows whose problems are printed
ENDINGS = {
    ".csv": FileKind.CSV,
    ".tsv": FileKind.CSV,
    ".txt": FileKind.CSV,
    ".jsonl": FileKind.JSONL,
    ".ndjson": FileKind.JSONL,
}
CHUNK = 2**20
NAME_LONGEST = 80  # characters
CSV_UTF8 = "In Excel: Save as, “CSV UTF-8”."

ICONV = f"{CSV_UTF8} Or: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW."
NO_UTF8 = f"is not UTF-8 (line {{line}}); it looks like Windows-1252, as older programs save it. {ICONV}"
CUT_OFF = f"ends within a character (line {{line}}): it was cut off, so save it again; or it is Windows-1252. {ICONV}"
ONCE_ONLY = "can be read once only, and an import reads it twice. Save it as a file, and import that."


@dataclass(frozen=True)
class Wanted:
    """What the command was told to do."""

    file: Path
    kind: FileKind
    mapping: Mapping[str, str]
    dry_run: bool
    errors: Path | None


@dataclass
class Tally:
    """What became of the rows so far."""

    created: int = 0
    with_reply: int = 0
    already: int = 0
    refused: int = 0
    shown: list[Refused] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        if isinstance(outcome, Refused):
            self.refused += 1
            if len(self.shown) < SHOWN:
                self.shown.append(outcome)
        elif outcome.taken is Taken.CREATED:
            self.created += 1
            self.with_reply += outcome.row.past is not None
        else:
            self.already += 1


async def bring_in(importer: Importer, wanted: Wanted, say: Callable[[str], None]) -> bool:
    """Import the file, or rehearse it; whether every row was good. Raises AssayError, DatabaseAway, OSError."""
    _check_open(importer.channel)
    _check_encoding(wanted.file)
    tally = Tally()
    with ExitStack() as closing:
        raw = closing.enter_context(wanted.file.open("rb"))
        opened = _Opened(raw, wanted, importer.channel.slack_id)
        say(opened.about)
        rejected = closing.enter_context(_Rejected(wanted, opened))
        bar = closing.enter_context(_Bar(wanted.file))
        rows = opened.rows()
        batches = importer.rehearse(rows) if wanted.dry_run else importer.bring_in(rows)
        try:
            async for batch in batches:
                for outcome in batch:
                    tally.add(outcome)
                    rejected.write(outcome)
                bar.reach(raw.tell())
        except DatabaseAway as error:
            kept = f"{tally.created + tally.already} rows are stored. Import the file again: it goes on from there."
            raise ImportStopped(f"The database is away: {error}. {kept}") from error
    for sentence in _summary(tally, wanted, opened):
        say(sentence)
    return tally.refused == 0


class ImportStopped(AssayError):
    """The database went away in the middle; the message says what was kept."""


def kind_of(file: Path) -> FileKind:
    """What a file is by its ending. Raises NotFound where that says nothing."""
    if found := ENDINGS.get(file.suffix.lower()):
        return found
    raise NotFound(f"{file.name} ends in none of {', '.join(ENDINGS)}. Say what it is: --format csv or --format jsonl.")


class _Opened:
    """The file, read as far as its first line."""

    def __init__(self, raw: BinaryIO, wanted: Wanted, channel: str) -> None:
        text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        self.names: Sequence[str] = ()
        self.separator = ","
        if wanted.kind is FileKind.CSV:
            table = import_files.read_csv(text)
            self.names, self.separator, self._lines = table.names, table.separator, table.lines
            self.reader = Reader(channel, columns_of(table.names, wanted.mapping), dotted=False)
        else:
            self._lines = import_files.read_jsonl(iter(lambda: text.readline(import_files.CELL_LONGEST + 1), ""))
            self.reader = Reader(channel, wanted.mapping, dotted=True)
        self._text = text  # closed with the file, not before

    @property
    def about(self) -> str:
        """What was found out before the first row."""
        if not self.names:
            return "Reading JSON lines."
        used = self.reader.mapping
        known = {"", LINE, REASON, UNREAD, *used.values()}
        unused = [name for name in self.names if name not in known]
        separator = SEPARATORS.get(self.separator, f"“{self.separator}”")
        said = f"Reading columns separated by {separator}: {', '.join(_pair(*one) for one in used.items())}."
        return said + (f" Not used: {', '.join(unused)}." if unused else "")

    def rows(self) -> Iterator[Row | Refused]:
        return map(self.reader.read, self._lines)


class _Rejected:
    """Every refused row with its reason, in a file of the same kind, to be mended and imported again.

    Nothing of a row is lost, but of one that is longer than a cell may be; what could not be read stands as it was
    under a name that imports do not read.
    """

    def __init__(self, wanted: Wanted, opened: _Opened) -> None:
        if wanted.errors is not None and wanted.errors.exists() and wanted.errors.samefile(wanted.file):
            raise ImportFileError("--errors names the file that is imported. Name another one.")
        _check_empty(wanted.errors)
        self._kind, self._names = wanted.kind, _unique([LINE, REASON, *opened.names, UNREAD])
        encoding = "utf-8-sig" if wanted.kind is FileKind.CSV else "utf-8"  # Excel wants the mark
        # Half a surrogate pair, which only JSON can hold, leaves as JSON writes it.
        halves = "backslashreplace"
        self._out = wanted.errors.open("w", encoding=encoding, errors=halves, newline="") if wanted.errors else None
        self._table = csv.DictWriter(self._out, self._names, delimiter=opened.separator) if self._out else None
        self._begun = False

    def __enter__(self) -> "_Rejected":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._out is not None:
            self._out.close()

    def write(self, outcome: Outcome) -> None:
        if self._out is None or self._table is None or not isinstance(outcome, Refused):
            return
        row: dict[str, Any] = {**outcome.values, LINE: outcome.number, REASON: outcome.reason}
        if self._kind is FileKind.CSV:
            # Its words are customers': in a spreadsheet they must not become formulas.
            if not self._begun:  # a file without a row stays empty, so that the next import may have it
                self._table.writerow({name: import_files.guarded(name) for name in self._names})
            self._begun = True
            self._table.writerow({name: import_files.guarded(str(value)) for name, value in row.items()})
        else:
            self._out.write(json_lines.line(row) + "\n")


class _Bar:
    """How far the file is read, for somebody who watches: on a terminal only."""

    def __init__(self, file: Path) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        hidden = not sys.stderr.isatty()
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True, disable=hidden)
        self._task = self._progress.add_task(file.name, total=max(file.stat().st_size, 1))

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def reach(self, position: int) -> None:
        self._progress.update(self._task, completed=position)


def _check_open(channel: Channel) -> None:
    if channel.state != ChannelState.ACTIVE:
        raise NotFound(f"#{channel.name} is not set up yet. A workspace admin types /assay setup there.")


def _check_empty(errors: Path | None) -> None:
    """Nothing is written over: an earlier import's rows may be mended there by now. Raises ImportFileError."""
    if errors is not None and errors.is_file() and errors.stat().st_size:
        raise ImportFileError(
            f"{errors} is there already and stays as it is. Name another file with --errors, or remove it first. "
            "Nothing was imported."
        )


def _check_encoding(file: Path) -> None:
    """All of the file is UTF-8. Raises ImportFileError before anything is stored."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with file.open("rb") as raw:
        if not raw.seekable():
            raise ImportFileError(f"{file} {ONCE_ONLY} Nothing was imported.")
        if said := _not_text(raw.read(4)):
            raise ImportFileError(f"{file.name} {said} Nothing was imported.")
        raw.seek(os.SEEK_SET)
        ended = False
        while not ended:
            ended = not (chunk := raw.read(CHUNK))
            try:
                line += decoder.decode(chunk, final=ended).count("\n")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                wrong = CUT_OFF if ended else NO_UTF8
                raise ImportFileError(f"{file.name} {wrong.format(line=line)} Nothing was imported.") from None


def _not_text(start: bytes) -> str | None:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return f"is UTF-16 (“Unicode text”). {CSV_UTF8}"
    if start.startswith(b"\x1f\x8b"):
        return "is compressed: unpack it first, with gunzip."
    return (
        f"is an Excel workbook, or a zip file that must be unpacked first. {CSV_UTF8}"
        if start.startswith(b"PK\x03\x04")
        else None
    )


def _summary(tally: Tally, wanted: Wanted, opened: _Opened) -> Iterator[str]:
    replies = f" ({tally.with_reply} with a past reply)" if tally.with_reply else ""
    verb = "would be new" if wanted.dry_run else "stored"
    yield (
        f"{tally.created} {_drafts(tally.created)} {verb}{replies}, "
        f"{tally.already} already there, {tally.refused} refused."
    )
    if wanted.dry_run:
        yield "This was a rehearsal: nothing was stored."
    if opened.reader.never_filled:
        yield f"Empty in every row: {', '.join(sorted(opened.reader.never_filled))}."
    if opened.reader.unused:
        yield f"Not used: {', '.join(texts.shortened(name, NAME_LONGEST) for name in opened.reader.unused)}."
    if tally.refused:
        yield from _problems(tally, wanted.errors)


def _problems(tally: Tally, errors: Path | None) -> Iterator[str]:
    """The first refused rows, and what to do with them."""
    for row in tally.shown:
        yield f"  line {row.number}: {row.reason}."
    if tally.refused > SHOWN:
        yield f"  … and {tally.refused - SHOWN} more." + ("" if errors else " All of them: --errors FILE.")
    where = f" They are in {errors}." if errors else ""
    yield f"Mend the refused rows and import them again; what is stored is recognised.{where}"


def _unique(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, names)))


def _pair(ours: str, theirs: str) -> str:
    return ours if ours == theirs else f"{ours} ({theirs})"


def _drafts(number: int) -> str:
    return "draft" if number == 1 else "drafts"
