"""`assay move`: from the SQLite file of the first day to PostgreSQL, for several replicas."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from sqlalchemy import make_url
from sqlalchemy.engine import URL

from bot.environment import read_storage_settings
from bot.errors import AssayError
from bot.storage_settings import DATABASES
from handlers.commands.shared import check_schema, run, say
from handlers.wall_clock import utc_now
from storage import migrate as schema
from storage.engine import is_address
from storage.moving.errors import BrokeOff, CannotMove
from storage.moving.moving import Moved, Step, move
from storage.moving.source import Source
from storage.moving.tables import in_order
from storage.moving.target import Target
from storage.moving.unfit import STAND_IN

SQLITE, POSTGRESQL = DATABASES


class MoveStopped(AssayError):
    """The move did not come to its end; the message says what is kept and what to do."""


def moved(from_url: str, to_url: str, *, replace: bool, say: Callable[[str], None]) -> None:
    """Move everything and say what was moved. Raises MoveStopped, DatabaseAway, NotFound."""
    file, target = Path(_source(from_url).database or ""), _target(to_url)
    run(check_schema(from_url))
    began = False
    try:
        with Source(file) as opened, Target(to_url) as filled:
            _prepare(filled, target, to_url)
            began = True
            with _Bar(sum(map(opened.count, in_order()))) as bar:
                found = move(opened, filled, replace=replace, watch=bar.reach, noted=utc_now())
    except CannotMove as error:
        raise MoveStopped(str(error)) from error
    except BrokeOff as error:
        raise MoveStopped(f"PostgreSQL says: {error}. {KEPT if began else NOT_BEGUN}") from error
    except KeyboardInterrupt as error:
        raise MoveStopped(f"Stopped. {KEPT if began else NOT_BEGUN}") from error
    for sentence in _told(found, file, target):
        say(sentence)


NOT_BEGUN = "The file is as it was, and nothing more was copied."
KEPT = "The file is as it was, and what was copied is kept: move again, and it goes on from there."


def _source(url: str) -> URL:
    if not url.startswith(SQLITE):
        raise MoveStopped("ASSAY_DATABASE_URL names no SQLite file: there is nothing to move.")
    return make_url(url)


def _target(url: str) -> URL:
    if url.startswith(POSTGRESQL) and is_address(url):
        return make_url(url)
    raise MoveStopped(f"--to takes an address that begins with {POSTGRESQL}")


def _prepare(filled: Target, target: URL, url: str) -> None:
    """The tables are there, in the newest form. Raises MoveStopped where others are."""
    if filled.is_empty():
        run(schema.upgrade(url))
    elif not run(schema.is_current(url)):
        raise MoveStopped(
            f"The database {target.database} holds tables, and not those of this version of Assay. Nothing was "
            "changed. Give Assay an empty database of its own."
        )


def _told(found: Moved, file: Path, target: URL) -> list[str]:
    rows = sum(content.rows for content in found.contents.values())
    width = max(map(len, found.contents))
    lines = [
        f"  {name:<{width}}  {content.rows:>12,} rows  {content.digest[:16]}"
        for name, content in found.contents.items()
    ]
    if found.already:
        lines.append(f"{found.already:,} of these rows were there from an earlier start.")
    if found.unfit.replaced:
        where = "; ".join(found.unfit.shown)
        lines.append(f"{found.unfit.replaced} values held characters that are no text, now “{STAND_IN}”: {where}.")
    if found.unknown:
        lines.append(f"Not moved, for they are not Assay's: {', '.join(found.unknown)}.")
    both = f"{file} and {target.database}"
    lines.append(f"{len(found.contents)} tables, {rows:,} rows: counts and contents are equal in {both}.")
    return [*lines, f"Now set ASSAY_DATABASE_URL to the new address and start the bot. Keep {file}; run no bot on it."]


class _Bar:
    """How many rows are read, copied and compared, for somebody who watches: on a terminal only."""

    def __init__(self, rows: int) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        hidden = not sys.stderr.isatty()
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True, disable=hidden)
        self._tasks: dict[Step, TaskID] = {step: self._progress.add_task(step, total=rows) for step in Step}

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def reach(self, step: Step, table: str, rows: int) -> None:
        self._progress.update(self._tasks[step], advance=rows, description=f"{step} {table}")


def move_database(
    to: Annotated[str, typer.Option("--to", help="An empty database: postgresql+psycopg://USER@HOST/NAME")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Characters that PostgreSQL does not take become “�”, and are counted.")
    ] = False,
) -> None:
    """Bring a SQLite database to PostgreSQL.

    The file is the one that ASSAY_DATABASE_URL names, and it stays as it is. Broken off and started again, the move
    goes on.
    """
    moved(read_storage_settings().database_url, to, replace=replace, say=say)
