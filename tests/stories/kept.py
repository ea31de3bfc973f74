"""A house as it stands at one moment: its rows and its Slack, to compare with and to go back to."""

import io
import pickle
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, and_, delete, insert, select, text, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from sandbox.clock import Clock
from sandbox.numbers import Numbers
from sandbox.stage import Stage
from tests.house import House

Key = tuple[Any, ...]
Row = dict[str, Any]
Rows = dict[str, dict[Key, Row]]  # by table, then by primary key

TABLES = SQLModel.metadata.sorted_tables
# What is known of people, of repeats and of Slack's pace and ours is no work of theirs: a refusal may write it down.
BESIDE = ("seen", "person", "member", "actor", "pace", "allowance")
# What of the sandbox is put back: its clock, its numbers and what was said go on.
WORLD = ("workspace", "rates", "views", "typed", "found", "files")


@dataclass(frozen=True)
class Change:
    """A row that differs: None where it was not, or is no more."""

    table: str
    before: Row | None
    after: Row | None


@dataclass(frozen=True)
class Kept:
    """Every row, and what the people of each workspace see."""

    rows: Rows
    worlds: bytes

    @classmethod
    async def of(cls, house: House) -> "Kept":
        packed = io.BytesIO()
        _Packer(packed).dump([{name: getattr(one, name) for name in WORLD} for one in house.box.slack.worlds])
        return cls(await all_rows(house), packed.getvalue())

    async def restore(self, house: House, now: Rows | None = None) -> None:
        """Put everything back; `now`: the rows as they stand, where somebody has read them."""
        kept = _Unpacker(io.BytesIO(self.worlds), house.box.slack.stage).load()
        for world, held in zip(house.box.slack.worlds, kept, strict=True):
            for name, value in held.items():
                setattr(world, name, value)
        changes = changed(self.rows, now or await all_rows(house), but=())
        if changes:
            async with house.sessions.writing() as session:
                await _put_back(session, changes)


class _Packer(pickle.Pickler):
    """Packs all but the time and the numbers, which go on."""

    def persistent_id(self, obj: object) -> str | None:
        return {Clock: "clock", Numbers: "numbers"}.get(type(obj))


class _Unpacker(pickle.Unpickler):
    def __init__(self, packed: io.BytesIO, stage: Stage) -> None:
        super().__init__(packed)
        self._stage = stage

    def persistent_load(self, name: str) -> object:
        return getattr(self._stage, name)


async def all_rows(house: House) -> Rows:
    async with house.sessions.reading() as session:
        connection = await session.connection()
        found = {table.name: (await connection.execute(_given(table))).mappings().all() for table in TABLES}
    return {table.name: {_key(table, row): dict(row) for row in found[table.name]} for table in TABLES}


def _given(table: Table) -> Any:
    """What the database does not compute itself."""
    return select(*(column for column in table.columns if column.computed is None))


def _key(table: Table, row: Mapping[Any, Any]) -> Key:
    return tuple(row[column] for column in table.primary_key.columns)


def changed(before: Rows, after: Rows, *, but: Collection[str] = BESIDE) -> list[Change]:
    """What differs, table by table, but for some."""
    found = []
    for name, were in before.items():
        are = after[name]
        if name not in but:
            keys = [key for key in {**were, **are} if were.get(key) != are.get(key)]
            found += [Change(name, were.get(key), are.get(key)) for key in keys]
    return found


async def _put_back(session: AsyncSession, changes: list[Change]) -> None:
    connection = await session.connection()
    # Rows hang on one another both ways: what is put back is whole only at the end.
    await connection.execute(text(_AT_THE_END[connection.dialect.name]))
    # The database keeps the audit trail as it is: SQLite as long as its triggers stand, PostgreSQL not for a replica.
    guards = (await connection.execute(_TRIGGERS)).all() if connection.dialect.name == "sqlite" else []
    for name, _ in guards:
        await connection.execute(text(f"DROP TRIGGER {name}"))
    tables: dict[str, Table] = {table.name: table for table in TABLES}
    for one in sorted(changes, key=_turn):
        table = tables[one.table]
        if one.before is None:
            await connection.execute(delete(table).where(_is(table, one.after or {})))
        elif one.after is None:
            await connection.execute(insert(table).values(one.before))
        else:
            await connection.execute(update(table).where(_is(table, one.after)).values(one.before))
    for _, words in guards:
        await connection.exec_driver_sql(words)


_TRIGGERS = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
_AT_THE_END = {"sqlite": "PRAGMA defer_foreign_keys = ON", "postgresql": "SET LOCAL session_replication_role = replica"}


def _turn(one: Change) -> int:
    """What is too much goes first, then what differs, then what is missing."""
    return 0 if one.before is None else 2 if one.after is None else 1


def _is(table: Table, row: Row) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key.columns))
