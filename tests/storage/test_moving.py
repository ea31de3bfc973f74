"""A SQLite file is brought to PostgreSQL: every value of every table, once, from wherever an earlier move stopped."""

import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import Connection, Table, create_engine, insert, make_url, select, text

from storage import migrate
from storage.engine import make_sessions
from storage.models import Channel, Delivery, Draft, Seen
from storage.moving.errors import BrokeOff, CannotMove
from storage.moving.moving import Moved, Step, Watch, move
from storage.moving.source import Source
from storage.moving.tables import key_places
from storage.moving.target import Target
from storage.queries._core import table_of, values_of
from tests.databases import Postgres, copied
from tests.houses import Templates
from tests.rows import TABLES, Rows, databases

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
Pair = tuple[Path, str]


@pytest.fixture
async def pairs(templates: Templates, postgres: Postgres, tmp_path: Path) -> Callable[[], Pair]:
    """Makes a migrated file, and a migrated database on the server, both without a row."""
    of_file, of_server = await templates.migrated(None), await templates.migrated(postgres)

    def pair() -> Pair:
        folder = tmp_path / uuid.uuid4().hex
        folder.mkdir()
        return Path(make_url(copied(of_file, folder, None)).database or ""), copied(of_server, folder, postgres)

    return pair


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def fill(file: Path, rows: Rows) -> None:
    with connected(f"sqlite:///{file}") as connection:
        for table in TABLES:
            if rows.get(table.name):
                stored = [column.name for column in table.columns if column.computed is None]
                written = [{name: row[name] for name in stored if name in row} for row in rows[table.name]]
                connection.execute(insert(table), written)


def everything(url: str) -> dict[str, list[list[Any]]]:
    """Each table's rows by their keys."""
    with connected(url) as connection:
        return {table.name: by_key(table, map(list, connection.execute(select(table)))) for table in TABLES}


def by_key(table: Table, rows: Iterable[list[Any]]) -> list[list[Any]]:
    places = key_places(table)
    return sorted(rows, key=lambda row: [row[place] for place in places])


def moved(pair: Pair, *, replace: bool = False, watch: Watch = lambda *_: None) -> Moved:
    with Source(pair[0]) as source, Target(pair[1]) as target:
        return move(source, target, replace=replace, watch=watch)


def channel(number: int, name: str = "support") -> dict[str, Any]:
    row = Channel(id=number, team="T1", slack_id=f"C{number}", name=name, created_at=NOON)
    return row.model_dump()


def delivery(number: int, parent: int | None = None) -> dict[str, Any]:
    of = None if parent is None else f"d{parent}"
    row = Delivery(id=f"d{number}", team="T1", key=f"k{number}", channel_id=1, to="C1", parent=of, due_at=NOON)
    return row.model_dump()


def draft(number: int) -> dict[str, Any]:
    words: dict[str, Any] = {"conversation": [], "context": {}, "placeholders": {}, "redacted": {}, "redactor": "r"}
    drawn: dict[str, Any] = {"reviews": 1, "shared": False, "overlap_probability": 0.0, "place": 0}
    came: dict[str, Any] = {"content_hash": f"h{number}", "body_hash": "b", "created_at": NOON, "state_at": NOON}
    return Draft(id=number, channel_id=1, **words, **drawn, **came).model_dump()


def seen(count: int) -> list[dict[str, Any]]:
    return [values_of(Seen(key=f"press:{number}", at=NOON)) for number in range(count)]


@settings(
    max_examples=15,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=databases())
def test_whatever_a_column_can_hold_arrives_as_it_was(rows: Rows, pairs: Callable[[], Pair]) -> None:
    pair = pairs()
    fill(pair[0], rows)
    before = everything(f"sqlite:///{pair[0]}")
    found = moved(pair)
    after = everything(pair[1])
    assert after == before
    assert repr(after) == repr(before), "names of documents are in another order"
    assert {name: content.rows for name, content in found.contents.items()} == {
        name: len(rows) for name, rows in before.items()
    }


def test_every_table_of_the_models_is_moved(pairs: Callable[[], Pair]) -> None:
    assert moved(pairs()).contents.keys() == {table.name for table in TABLES}


class Killed(Exception):
    """The process ends here."""


def dies_after(batches: int) -> Watch:
    left = iter(range(batches))

    def watch(step: Step, _table: str, rows: int) -> None:
        if step is Step.COPY and rows and next(left, None) is None:
            raise Killed

    return watch


@pytest.mark.parametrize(("batches", "brought"), [(0, 1), (1, 1_001), (3, 2_501), (4, 3_501), (5, 3_902)])
def test_a_move_that_broke_off_goes_on_where_it_stopped(pairs: Callable[[], Pair], batches: int, brought: int) -> None:
    pair = pairs()
    threads = [delivery(number, parent=number + 1 if number < 1_400 else None) for number in range(1_401)]
    # Each refers to one that comes later, which raw connections to SQLite do not mind.
    fill(pair[0], {"channel": [channel(1)], "seen": seen(2_500), "delivery": threads})
    with pytest.raises(Killed):
        moved(pair, watch=dies_after(batches))
    assert moved(pair).already == brought
    assert everything(pair[1]) == everything(f"sqlite:///{pair[0]}")


def test_the_moved_database_is_as_the_migrations_make_it(pairs: Callable[[], Pair]) -> None:
    pair, untouched = pairs(), pairs()[1]
    fill(pair[0], {"channel": [channel(1)], "delivery": [delivery(1, parent=2), delivery(2)]})
    moved(pair)
    assert references(pair[1]) == references(untouched)
    assert "FOREIGN KEY (parent) REFERENCES delivery(id)" in {text for _, text in references(untouched)}


def references(url: str) -> set[tuple[str, str]]:
    with connected(url) as connection:
        asked = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
        return {(name, written) for name, written in connection.execute(text(asked))}


async def test_the_next_row_gets_the_next_number(pairs: Callable[[], Pair]) -> None:
    pair = pairs()
    fill(pair[0], {"channel": [channel(7)]})
    moved(pair)
    with connected(pair[1]) as connection:
        values = {name: value for name, value in channel(8).items() if name != "id"}
        made = connection.execute(insert(table_of(Channel)).returning(table_of(Channel).c.id), [values])
        assert made.scalar_one() == 8
    assert await migrate.matches_models(pair[1])


def test_numbers_of_what_was_erased_are_not_given_again(pairs: Callable[[], Pair]) -> None:
    pair = pairs()
    fill(pair[0], {"channel": [channel(1)], "draft": [draft(3), draft(7)]})
    with connected(f"sqlite:///{pair[0]}") as connection:
        connection.execute(text("DELETE FROM draft WHERE id = 7"))
        # The places of tombstones are taken among the numbers of revisions, of which there may be none.
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES ('revision', 40)"))
    moved(pair)
    with connected(pair[1]) as connection:
        asked = "SELECT nextval(pg_get_serial_sequence('{}', 'id'))"
        given = {table: connection.execute(text(asked.format(table))).scalar_one() for table in ("draft", "revision")}
        assert given == {"draft": 8, "revision": 41}


async def test_a_file_that_a_bot_has_open_is_not_moved_though_the_bot_does_nothing(pairs: Callable[[], Pair]) -> None:
    pair = pairs()
    sessions = make_sessions(f"sqlite+aiosqlite:///{pair[0]}")
    async with sessions.reading() as session:
        await (await session.connection()).execute(text("SELECT 1 FROM channel"))
    with pytest.raises(CannotMove, match=r"Another process has .* open.* Stop every `assay serve`"):
        moved(pair)
    await sessions.close()
    assert moved(pair).contents["channel"].rows == 0


async def test_nobody_writes_or_reads_the_file_while_it_is_moved(pairs: Callable[[], Pair]) -> None:
    pair = pairs()
    with Source(pair[0]):
        for statement in ("SELECT * FROM channel", "DELETE FROM channel"):
            with (
                closing(sqlite3.connect(pair[0], timeout=0)) as other,
                pytest.raises(sqlite3.OperationalError, match="locked"),
            ):
                other.execute(statement)


def test_a_database_that_holds_other_rows_is_left_as_it_is(pairs: Callable[[], Pair]) -> None:
    pair = pairs()
    fill(pair[0], {"channel": [channel(1), channel(2)]})
    with connected(pair[1]) as connection:
        connection.execute(insert(table_of(Channel)), [channel(1, name="somebody else's")])
    before = everything(pair[1])
    with pytest.raises(CannotMove, match="The target holds rows of channel"):
        moved(pair)
    assert everything(pair[1]) == before


def test_a_row_that_changed_after_a_broken_move_is_not_taken_for_moved(pairs: Callable[[], Pair]) -> None:
    pair = pairs()
    fill(pair[0], {"channel": [channel(1)], "seen": seen(1_500)})
    with pytest.raises(Killed):
        moved(pair, watch=dies_after(2))
    with connected(f"sqlite:///{pair[0]}") as connection:
        connection.execute(text("UPDATE channel SET name = 'renamed'"))
    with pytest.raises(CannotMove, match="the bot ran on the file after an earlier move broke off"):
        moved(pair)


def test_rows_that_somebody_writes_into_the_target_meanwhile_are_found(pairs: Callable[[], Pair]) -> None:
    pair = pairs()
    fill(pair[0], {"channel": [channel(1)], "seen": seen(10)})

    def meanwhile(step: Step, table: str, _rows: int) -> None:
        if (step, table) == (Step.COPY, "seen"):
            with connected(pair[1]) as connection:
                connection.execute(text("UPDATE channel SET open_cards = 11"))

    with pytest.raises(CannotMove, match="channel differs: 1 rows in the file, 1 in PostgreSQL"):
        moved(pair, watch=meanwhile)


def test_two_moves_do_not_fill_one_database(pairs: Callable[[], Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.moving.target.PATIENCE", 0.1)
    pair = pairs()
    with Target(pair[1]), pytest.raises(CannotMove, match="Another move fills this database"), Target(pair[1]):
        pass


NUL, HALF = "a\0b", b"a\xed\xa0\x80b"  # half of a surrogate pair, as it would stand in UTF-8


def spoil(file: Path, column: str, value: object) -> None:
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute(f"UPDATE channel SET {column} = CAST(? AS TEXT)", (value,))


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("name", NUL, "channel 1: name (a character that is no text)"),
        ("name", HALF, "channel 1: name (a character that is no text)"),
        ("targets", '{"a": NaN}', "channel 1: targets (a number without end)"),
        ("open_cards", 2**31, "channel 1: open_cards (a number out of range)"),
    ],
)
def test_what_postgresql_does_not_take_is_named_before_anything_is_moved(
    pairs: Callable[[], Pair], column: str, value: object, said: str
) -> None:
    pair = pairs()
    fill(pair[0], {"channel": [channel(1)]})
    spoil(pair[0], column, value)
    with pytest.raises(CannotMove) as refused:
        moved(pair)
    assert said in str(refused.value)
    assert everything(pair[1])["channel"] == []


@pytest.mark.parametrize(
    ("column", "value", "becomes"),
    [("name", NUL, "a�b"), ("name", HALF, "a���b")],
)
def test_characters_that_are_no_text_give_way_where_that_is_asked_for_and_are_counted(
    pairs: Callable[[], Pair], column: str, value: object, becomes: object
) -> None:
    pair = pairs()
    fill(pair[0], {"channel": [channel(1)]})
    spoil(pair[0], column, value)
    found = moved(pair, replace=True)
    assert (found.unfit.replaced, len(found.unfit.shown)) == (1, 1)
    with connected(pair[1]) as connection:
        assert connection.execute(select(table_of(Channel).c[column])).scalar_one() == becomes


def test_a_key_is_never_changed(pairs: Callable[[], Pair]) -> None:
    pair = pairs()
    fill(pair[0], {"seen": [values_of(Seen(key=NUL, at=NOON))]})
    with pytest.raises(CannotMove, match="seen"):
        moved(pair, replace=True)


def test_a_row_that_refers_to_nothing_is_named(pairs: Callable[[], Pair]) -> None:
    pair = pairs()
    fill(pair[0], {"channel": [channel(1)], "delivery": [delivery(1)]})
    with closing(sqlite3.connect(pair[0])) as raw, raw:
        raw.execute("DELETE FROM channel")
    with pytest.raises(CannotMove, match=r"of delivery in .* refers to a row of channel that is not there"):
        moved(pair)


def test_tables_of_somebody_else_in_the_file_are_named(pairs: Callable[[], Pair]) -> None:
    pair = pairs()
    with closing(sqlite3.connect(pair[0])) as raw, raw:
        raw.execute("CREATE TABLE notes (text TEXT)")
    assert moved(pair).unknown == ["notes"]


def test_a_server_that_is_not_there_is_told_in_its_own_words(pairs: Callable[[], Pair], tmp_path: Path) -> None:
    with pytest.raises(BrokeOff, match="No such file or directory"):
        moved((pairs()[0], f"postgresql+psycopg://postgres@/assay?host={tmp_path}"))
