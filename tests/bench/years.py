"""Databases after years of work: one channel with few labels or with millions, and the same last weeks in both.

The last weeks are written row by row; what lies before it the database makes itself, millions of rows a minute.
"""

from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Engine, FromClause, cast, insert, literal, select, text
from sqlmodel import SQLModel

from storage import migrate
from storage.models import Channel, Digest, Draft, Gold, Label, Revision, Slot, Workspace
from storage.queries._core import table_of, values_of
from storage.words import ChannelState
from tests.bench.lately import DAYS, LIKE, NOW, TODAY, VERDICTS, Lately, rows_of
from tests.bench.prepared import AGENTS
from tests.bench.sink import TEAM

Columns = Mapping[str, ColumnElement[Any]]

LEAD = "U0LEAD"
CHANNEL = 1  # the one that is measured
OTHERS = (2, 3)  # with a tenth of its history each
YEARS = timedelta(days=4 * 365)
MOMENTS = 2_500  # of those years: at each of them as many drafts came in
ANSWERS = 4  # to each draft of those years, which are there to hold labels
AT_ONCE = 100_000  # drafts in one transaction

# When something happened, and what was said then; gone when the years are written.
MOMENT = sa.Table(
    "moment",
    sa.MetaData(),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("at", table_of(Revision).c.saved_at.type, nullable=False),
    sa.Column("verdict", sa.String, nullable=False),
)


async def assay(url: str, *, labels: int, lately: Lately) -> str:
    """Assay's tables with so many labels of one channel, at least four, before its last weeks."""
    await migrate.upgrade(url)
    engine = sa.create_engine(sa.make_url(url.replace("+aiosqlite", "")))
    numbers = count(1)
    with engine.begin() as connection:
        _unhindered(connection)
        for row in (_workspace(), *map(_channel, (CHANNEL, *OTHERS)), *map(_last_digest, (CHANNEL, *OTHERS))):
            connection.execute(insert(table_of(type(row))), values_of(row))
        for channel in (CHANNEL, *OTHERS):
            for model, rows in rows_of(lately, channel, numbers).items():
                connection.execute(insert(table_of(model)), rows)
    first = next(numbers)
    for channel, answers in ((CHANNEL, labels), *((other, labels // 10) for other in OTHERS)):
        first = _write_years(engine, channel, max(1, answers // ANSWERS), first)
    _swept(engine)
    engine.dispose()
    return url


def _workspace() -> SQLModel:
    return Workspace(
        team=TEAM, bot_user="UBOT", bot_id="BBOT", name="Bench", url="https://b.slack.com/", checked_at=NOW
    )


def _channel(number: int) -> SQLModel:
    return Channel(
        id=number,
        team=TEAM,
        slack_id=f"C0BENCH{number:02d}",
        name=f"support-{number}",
        state=ChannelState.ACTIVE,
        leads=[LEAD],
        working_days=list(range(7)),
        escalation_reasons=["urgent"],
        guideline=1,
        created_at=NOW - YEARS,
    )


def _last_digest(channel: int) -> SQLModel:
    """Yesterday's, and today's of those channels that are not measured."""
    on = (TODAY - timedelta(days=channel == CHANNEL)).date()
    return Digest(channel_id=channel, date=on, quiet=False, seed=1, figures={}, made_at=NOW)


def _write_years(engine: Engine, channel: int, drafts: int, first: int) -> int:
    """So many drafts before the last weeks, the first with this number; the next one's that is free."""
    moments = min(MOMENTS, drafts)
    each, at_once = drafts // moments, max(1, AT_ONCE * moments // drafts)
    with engine.begin() as connection:
        MOMENT.create(connection)
        connection.execute(insert(MOMENT), [_moment(number, moments) for number in range(moments)])
    for begin in range(0, moments, at_once):
        with engine.begin() as connection:
            _unhindered(connection)
            _write(connection, channel, (begin, begin + at_once), each, first)
    with engine.begin() as connection:
        MOMENT.drop(connection)
    return first + moments * each * ANSWERS


def _moment(number: int, among: int) -> dict[str, Any]:
    at = TODAY - timedelta(days=DAYS + 1) - YEARS * (1 - number / among)
    return {"n": number, "at": at, "verdict": VERDICTS[number % len(VERDICTS)]}


def _write(connection: Connection, channel: int, moments: tuple[int, int], each: int, first: int) -> None:
    """The drafts that came in at these moments, and all that was said of them."""
    turn, answer = _numbers("turn", each), _numbers("answer", ANSWERS)
    nth = cast(MOMENT.c.n, sa.BigInteger) * each + turn.c.n
    these = select((first + nth).label("draft"), nth.label("nth"), MOMENT.c.at, MOMENT.c.verdict)
    these = these.join_from(MOMENT, turn, sa.true()).where(MOMENT.c.n >= moments[0], MOMENT.c.n < moments[1])
    drafts = these.order_by("draft").subquery()  # in the order of the indexes
    label = first + drafts.c.nth * ANSWERS + answer.c.n
    said = select(label.label("label"), answer.c.n, drafts).join_from(drafts, answer, sa.true()).order_by("label")
    rows = said.subquery()
    _fill(connection, Draft, _of_draft(channel, drafts), drafts)
    _fill(connection, Label, _of_label(rows), rows)
    _fill(connection, Revision, _of_revision(channel, rows), rows)
    _fill(connection, Slot, _of_slot(rows), rows)
    _fill(connection, Gold, _of_gold(channel, drafts), drafts)


def _numbers(name: str, several: int) -> FromClause:
    number = select(literal(0).label("n")).cte(name, recursive=True)
    return number.union_all(select(number.c.n + 1).where(number.c.n < several - 1))


def _of_draft(channel: int, of: FromClause) -> Columns:
    named = literal("old-") + cast(of.c.draft + 10**9, sa.String)  # as many digits each: the index grows at its end
    often = {"shared": of.c.nth % 10 == 0, "created_at": of.c.at, "state_at": of.c.at}
    return often | {"id": of.c.draft, "channel_id": literal(channel), "external_id": named, "place": of.c.draft}


def _of_label(of: FromClause) -> Columns:
    agent = literal("U0AGENT") + cast(10 + of.c.label % (len(AGENTS) - 10), sa.String)
    return {"id": of.c.label, "draft_id": of.c.draft, "agent": agent}


def _of_revision(channel: int, of: FromClause) -> Columns:
    said = {"verdict": of.c.verdict, "saved_at": of.c.at}
    return said | {"id": of.c.label, "label_id": of.c.label, "channel_id": literal(channel)}


def _of_slot(of: FromClause) -> Columns:
    return {"id": of.c.label, "draft_id": of.c.draft, "number": of.c.n + 1, "label_id": of.c.label}


def _of_gold(channel: int, of: FromClause) -> Columns:
    return {"draft_id": of.c.draft, "channel_id": literal(channel), "settled_at": of.c.at}


def _fill(connection: Connection, model: type[SQLModel], others: Columns, of: FromClause) -> None:
    """A row for each row of `of`, some columns of which are taken from there."""
    table = table_of(model)
    same = {name: value for name, value in LIKE[model].items() if value is not None and name not in others}
    alike = [literal(value, table.c[name].type) for name, value in same.items()]
    rows = select(*alike, *others.values()).select_from(of)
    connection.execute(insert(table).from_select([*same, *others], rows))


def _unhindered(connection: Connection) -> None:
    """References are not looked up, for every row is made with what it refers to; SQLite does not wait for the disk."""
    replica = "SET LOCAL session_replication_role = replica"
    connection.execute(text(replica if connection.dialect.name == "postgresql" else "PRAGMA synchronous = OFF"))


def _swept(engine: Engine) -> None:
    """As PostgreSQL sweeps and counts by itself in time; SQLite does neither, and nobody asks it to."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
