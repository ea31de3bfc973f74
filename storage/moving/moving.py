"""A move: read and checked, copied where an earlier one stopped, read again on the other side and compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Table

from storage.moving.content import Content, Row, key_of_row, told
from storage.moving.errors import CannotMove
from storage.moving.source import Source
from storage.moving.tables import in_order, key_places
from storage.moving.target import Target
from storage.moving.unfit import Sieve, Unfit

AT_ONCE = 1_000  # rows in one transaction


class Step(StrEnum):
    """What is done to every row, one after the other."""

    READ = "Reading"
    COPY = "Copying"
    COMPARE = "Comparing"


Watch = Callable[[Step, str, int], None]  # the step, the table, and so many rows more


@dataclass
class Moved:
    """What a move found, table by table."""

    contents: dict[str, Content] = field(default_factory=dict)
    already: int = 0  # rows that an earlier move had brought
    unknown: Sequence[str] = ()  # tables of somebody else in the file, which stay there
    unfit: Unfit = field(default_factory=lambda: Unfit(replace=False))


@dataclass(frozen=True)
class _Read:
    """A table of the source, and where an earlier move of it stopped."""

    table: Table
    whole: Content
    so_far: Content
    last: Row | None


def move(source: Source, target: Target, *, replace: bool, watch: Watch) -> Moved:
    """Bring everything over; started again it goes on. Raises CannotMove, BrokeOff.

    `replace`: characters that PostgreSQL does not take give way to a stand-in and are counted.
    """
    source.check_references()
    moved = Moved(unknown=source.unknown_tables(), unfit=Unfit(replace))
    reads = [_read(source, target, table, moved, watch) for table in in_order()]
    _check_fit(moved.unfit)
    for read in reads:
        _check_earlier(target, read)
    target.loosen()
    for read in reads:
        _copy(source, target, read, watch, mends=moved.unfit.replaced > 0)
    target.finish()
    for read in reads:
        _compare(target, read, watch)
    moved.contents = {read.table.name: read.whole for read in reads}
    moved.already = sum(read.so_far.rows for read in reads)
    return moved


def _read(source: Source, target: Target, table: Table, moved: Moved, watch: Watch) -> _Read:
    sieve, places = Sieve(table, moved.unfit), key_places(table)
    whole, so_far, last = Content(), Content(), target.last_key(table)
    for part in source.rows(table, after=None, at_once=AT_ONCE):
        for row in part:
            number = told(sieve.pass_on(row))
            whole.add(number)
            if last is not None and key_of_row(places, row) <= last:
                so_far.add(number)
        watch(Step.READ, table.name, len(part))
    return _Read(table, whole, so_far, last)


def _check_fit(unfit: Unfit) -> None:
    if unfit.refused:
        more = f"; and {unfit.refused - len(unfit.shown)} more" if unfit.refused > len(unfit.shown) else ""
        raise CannotMove(
            f"PostgreSQL does not take {unfit.refused} values of this file: {'; '.join(unfit.shown)}{more}. "
            "Nothing was moved. Mend them, or move with --replace: characters that are no text, outside of keys, "
            "become “\N{REPLACEMENT CHARACTER}”."
        )


def _check_earlier(target: Target, read: _Read) -> None:
    """What is there already came from this file as it is now, or it is somebody else's."""
    if read.last is not None and _content(target, read.table) != read.so_far:
        raise CannotMove(
            f"The target holds rows of {read.table.name} that are not those of this file: it is in use, or the bot ran "
            "on the file after an earlier move broke off. Nothing was moved now. Give an empty database, and move "
            "everything into it."
        )


def _copy(source: Source, target: Target, read: _Read, watch: Watch, *, mends: bool) -> None:
    sieve = Sieve(read.table, Unfit(replace=True))
    watch(Step.COPY, read.table.name, read.so_far.rows)
    for part in source.rows(read.table, after=read.last, at_once=AT_ONCE):
        target.add(read.table, [sieve.pass_on(row) for row in part] if mends else part)
        watch(Step.COPY, read.table.name, len(part))


def _compare(target: Target, read: _Read, watch: Watch) -> None:
    found = _content(target, read.table, watch)
    if found != read.whole:
        raise CannotMove(
            f"{read.table.name} differs: {read.whole.rows} rows in the file, {found.rows} in PostgreSQL. Somebody else "
            "writes there. The file is as it was: give an empty database, and move everything into it."
        )


def _content(target: Target, table: Table, watch: Watch | None = None) -> Content:
    content = Content()
    for part in target.rows(table, at_once=AT_ONCE):
        for row in part:
            content.add(told(row))
        if watch is not None:
            watch(Step.COMPARE, table.name, len(part))
    return content
