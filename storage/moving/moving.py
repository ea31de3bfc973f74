"""A move: read and checked, copied where an earlier one stopped, read again on the other side and compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Table

from storage.models import Audit
from storage.moving.content import Content, Row, key_of_row, told
from storage.moving.errors import CannotMove
from storage.moving.source import Source
from storage.moving.tables import in_order, key_places
from storage.moving.target import Target
from storage.moving.unfit import Sieve, Unfit
from storage.words import AuditAct

AT_ONCE = 1_000  # rows in one transaction
_AUDIT = Audit.metadata.tables["audit"]
_ACT = list(_AUDIT.columns).index(_AUDIT.c.act)


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
    greatest: Row | None = None  # key in the source


def move(source: Source, target: Target, *, replace: bool, watch: Watch, noted: datetime | None = None) -> Moved:
    """Bring everything over; started again it goes on. Raises CannotMove, BrokeOff.

    `replace`: characters that PostgreSQL does not take give way to a stand-in and are counted. With the time, `noted`,
    the audit trail of the target tells of it, once.
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
    target.finish(source.numbers_given())
    for read in reads:
        _compare(target, read, watch)
    moved.contents = {read.table.name: read.whole for read in reads}
    moved.already = sum(read.so_far.rows for read in reads)
    if noted is not None and not any(_is_told(target, read) for read in reads):
        target.add_one(_AUDIT, _entry(moved, noted))
    return moved


def _read(source: Source, target: Target, table: Table, moved: Moved, watch: Watch) -> _Read:
    sieve, places = Sieve(table, moved.unfit), key_places(table)
    whole, so_far, last, greatest = Content(), Content(), target.last_key(table), None
    for part in source.rows(table, after=None, at_once=AT_ONCE):
        for row in part:
            number = told(sieve.pass_on(row))
            whole.add(number)
            greatest = key_of_row(places, row)
            if last is not None and greatest <= last:
                so_far.add(number)
        watch(Step.READ, table.name, len(part))
    return _Read(table, whole, so_far, last, greatest)


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
    if read.last is not None and _content(target, read) != read.so_far:
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
    found = _content(target, read, watch)
    if found != read.whole:
        raise CannotMove(
            f"{read.table.name} differs: {read.whole.rows} rows in the file, {found.rows} in PostgreSQL. Somebody else "
            "writes there. The file is as it was: give an empty database, and move everything into it."
        )


def _content(target: Target, read: _Read, watch: Watch | None = None) -> Content:
    content = Content()
    for part in target.rows(read.table, at_once=AT_ONCE):
        for row in part:
            if not _tells_of_move(read, row):
                content.add(told(row))
        if watch is not None:
            watch(Step.COMPARE, read.table.name, len(part))
    return content


def _tells_of_move(read: _Read, row: Row) -> bool:
    """Whether this row of the target is the entry of an earlier move in its audit trail, and none of the file's."""
    if read.table is not _AUDIT or row[_ACT] != AuditAct.MOVED:
        return False
    return read.greatest is None or key_of_row(key_places(_AUDIT), row) > read.greatest


def _is_told(target: Target, read: _Read) -> bool:
    if read.table is not _AUDIT:
        return False
    return any(_tells_of_move(read, row) for part in target.rows(_AUDIT, at_once=AT_ONCE) for row in part)


def _entry(moved: Moved, at: datetime) -> dict[str, Any]:
    rows = sum(content.rows for content in moved.contents.values())
    after = {"database": "postgresql", "tables": len(moved.contents), "rows": rows}
    return {"at": at, "act": AuditAct.MOVED, "who": "operator", "before": {"database": "sqlite"}, "after": after}
