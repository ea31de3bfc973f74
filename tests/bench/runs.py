"""The benchmarks: each prepares its databases, starts both servers, measures them in turn, and checks what is kept."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

import typer

from bot.export import Format
from tests.bench import asked, exporting, prepared, years
from tests.bench.lately import Lately
from tests.bench.measures import Clicker, labels_in, rows_in, takes_in
from tests.bench.prepared import Prepared
from tests.bench.rounds import Comparison, Figures, in_turn
from tests.bench.servers import ASSAY, module, served
from tests.databases import Postgres

FLOOR = ("Assay", "floor")
CLICKS = {1: 200, 16: 320}  # at once: in a round
WARM_UP = 40
LABELS = (100_000, 1_000)
STREAM = 10_000
YEARS_OF_LABELS = 10_000_000


@dataclass(frozen=True)
class Place:
    """Where the databases of a run lie, and Slack's stand-in."""

    folder: Path
    postgres: Postgres
    slack: int
    rounds: int
    labels: tuple[int, int] = (YEARS_OF_LABELS, 10_000)  # of the channel whose digests are compared
    lately: Lately = field(default_factory=Lately)  # of each channel there
    asked: int = 5  # times in one round
    rows: int = 100_000  # that are exported

    def fresh(self, kind: str) -> str:
        """The URL of an empty database of this kind."""
        if kind == "SQLite":
            return f"sqlite+aiosqlite:///{self.folder / uuid4().hex}.db"
        return self.postgres.url(self.postgres.create())


async def click(place: Place, kind: str) -> list[Comparison]:
    """A click on *Approve* beside a listener that commits one row."""
    floor = await prepared.floor(place.fresh(kind))
    clicked = WARM_UP + place.rounds * sum(CLICKS.values())
    cards = await prepared.assay(place.fresh(kind), waiting=clicked)
    async with (
        _assay(place, cards) as ours,
        served(module("floor_click"), database=floor, slack=place.slack) as server,
    ):
        theirs = Clicker(server, cards, slack=place.slack, redraws=False)
        await theirs.presses(WARM_UP, at_once=1)
        measured = [
            await _compared(place, f"click, {kind}, {at_once} at once", FLOOR, (ours, theirs), at_once=at_once)
            for at_once in CLICKS
        ]
    assert await rows_in(floor) == theirs.sent
    return measured


async def history(place: Place, kind: str) -> list[Comparison]:
    """The same click where many labels are in the database already, and where few are."""
    clicked = WARM_UP + place.rounds * CLICKS[1]
    many, few = [await prepared.assay(place.fresh(kind), labelled=labels, waiting=clicked) for labels in LABELS]
    async with _assay(place, many) as first, _assay(place, few) as second:
        sides = (f"{LABELS[0]:,} labels", f"{LABELS[1]:,}")
        return [await _compared(place, f"click, {kind}", sides, (first, second), at_once=1)]


async def digest(place: Place, kind: str) -> list[Comparison]:
    """What leads ask for where years of labels lie before the last weeks, and where hardly any do."""
    urls = [await years.assay(place.fresh(kind), labels=labels, lately=place.lately) for labels in place.labels]
    sides, each = (f"{place.labels[0]:,} labels", f"{place.labels[1]:,}"), f"{place.asked} times"
    measured = []
    async with aclosing(asked.Reader(urls[0])) as many, aclosing(asked.Reader(urls[1])) as few:
        for question in asked.QUESTIONS:
            first, second = (partial(one.takes, question, times=place.asked) for one in (many, few))
            for one in (many, few):
                await one.takes(question)  # what is asked each day lies in memory
                one.statements.clear()
            comparison = Comparison(f"{question}, {kind}", sides, each)
            measured.append(await in_turn(comparison, first, second, rounds=place.rounds))
            typer.echo(asked.grown_most(many, few, times=place.asked * place.rounds), err=True)
    return measured


async def intake(place: Place, kind: str) -> list[Comparison]:
    """A stream of drafts beside one whose lines are parsed and kept."""
    ready = await prepared.assay(place.fresh(kind))
    floor = await prepared.floor(place.fresh(kind))
    async with (
        served(ASSAY, database=ready.url, slack=place.slack) as ours,
        served(module("floor_intake"), database=floor, slack=place.slack) as theirs,
    ):

        async def stored() -> Figures:
            figures, said = await takes_in(ours, ready.token, series=uuid4().hex, count=STREAM)
            assert said.count(b'"created"') == STREAM, said[:500]
            return figures

        async def parsed() -> Figures:
            figures, said = await takes_in(theirs, "", series=uuid4().hex, count=STREAM)
            assert said == b'{"stored": %d}' % STREAM, said
            return figures

        comparison = Comparison(f"intake, {kind}", FLOOR, f"{STREAM:,} drafts")
        return [await in_turn(comparison, stored, parsed, rounds=place.rounds)]


async def export(place: Place, kind: str) -> list[Comparison]:
    """Both exports beside their columns read and encoded, and beside themselves where there are ten times the rows."""
    fewer, url = place.rows // 10, place.fresh(kind)
    many, few = [
        await prepared.assay(one, labelled=rows) for one, rows in ((url, place.rows), (place.fresh(kind), fewer))
    ]
    measured = []
    for form in Format:
        if form is Format.ERASED:
            continue  # a line for each draft that was erased: there are none
        ours, theirs = (partial(exporting.exported, side, form, many.url, place.folder) for side in exporting.SIDES)
        compared = Comparison(f"export {form}, {kind}", FLOOR, f"{place.rows:,} rows")
        measured.append(await in_turn(compared, ours, theirs, rounds=place.rounds))
        less = partial(exporting.exported, "assay", form, few.url, place.folder)
        compared = Comparison(f"export {form}, {kind}", (f"{place.rows:,} rows", f"{fewer:,}"), "both")
        measured.append(await in_turn(compared, ours, less, rounds=1))
    return measured


@asynccontextmanager
async def _assay(place: Place, cards: Prepared) -> AsyncIterator[Clicker]:
    """Assay on a prepared database, warm; at the end each click is a label, or was told that nothing was saved."""
    before = await labels_in(cards.url)
    async with served(ASSAY, database=cards.url, slack=place.slack) as server:
        clicker = Clicker(server, cards, slack=place.slack, redraws=True)
        await clicker.presses(WARM_UP, at_once=1)
        yield clicker
    if unsaved := before + clicker.sent - await labels_in(cards.url):
        typer.echo(f"{unsaved} of {clicker.sent} clicks met a database too busy for 1.5 s: press again.", err=True)


async def _compared(
    place: Place, name: str, sides: tuple[str, str], pair: tuple[Clicker, Clicker], *, at_once: int
) -> Comparison:
    count = CLICKS[at_once]
    first, second = (partial(one.presses, count, at_once=at_once) for one in pair)
    return await in_turn(Comparison(name, sides, f"{count} clicks"), first, second, rounds=place.rounds)
