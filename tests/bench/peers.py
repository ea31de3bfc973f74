"""`python -m tests.bench.peers`: Assay beside tools that label on a page of their own, all on SQLite files.

Their servers run already; docs/performance.md says how they were started.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Protocol
from uuid import uuid4

import typer
from yarl import URL

from bot.export import Format
from tests.bench import exporting, items, prepared, report
from tests.bench.doccano import Doccano
from tests.bench.items import Task
from tests.bench.label_studio import LabelStudio
from tests.bench.measures import Clicker, takes_in
from tests.bench.prepared import Prepared
from tests.bench.rounds import Comparison, Figures, Measure, in_turn, percentiles
from tests.bench.runs import STREAM, WARM_UP
from tests.bench.servers import ASSAY, Server, served, sink

CLICKED = 100  # labels in a round: some give ten a second


class Peer(Protocol):
    """A labelling tool whose server runs."""

    name: str

    async def version(self) -> str: ...
    async def project(self) -> int: ...
    async def takes_in(self, project: int, tasks: list[Task], *, labelled: bool = False) -> None: ...
    async def waiting(self, project: int, count: int) -> list[Task]: ...
    async def label(self, project: int, task: Task) -> None: ...
    async def exported(self, project: int) -> int: ...
    async def drop(self, project: int) -> None: ...
    async def aclose(self) -> None: ...


def main(
    label_studio: Annotated[str | None, typer.Option(help="http://TOKEN@127.0.0.1:8080")] = None,
    doccano: Annotated[str | None, typer.Option(help="http://USER:PASSWORD@127.0.0.1:8000")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each side is measured")] = 3,
) -> None:
    """Measure Assay beside labelling tools whose servers run, in turn, on this machine."""
    named: list[tuple[Callable[[URL], Peer], str | None]] = [(LabelStudio, label_studio), (Doccano, doccano)]
    running = [partial(peer, URL(address)) for peer, address in named if address]
    if not running:
        raise typer.BadParameter("name a server: --label-studio or --doccano")
    measured = asyncio.run(_measured(running, rounds))
    typer.echo("\n\n".join([report.table(measured), report.machine()]))


async def _measured(peers: Sequence[Callable[[], Peer]], rounds: int) -> list[Comparison]:
    measured = list[Comparison]()
    with TemporaryDirectory(prefix="assaybench") as folder:
        waiting, settled = (f"sqlite+aiosqlite:///{folder}/{name}.db" for name in ("waiting", "settled"))
        cards = await prepared.assay(waiting, waiting=WARM_UP + rounds * CLICKED * len(peers))
        await prepared.assay(settled, labelled=STREAM - 1)
        async with sink() as slack, served(ASSAY, database=waiting, slack=slack) as server:
            clicker = Clicker(server, cards, slack=slack, redraws=True)
            await clicker.presses(WARM_UP, at_once=1)
            ours = _Measures(
                labels=partial(_clicks, clicker),
                export=partial(_exports, settled, Path(folder)),
                intake=partial(_takes_in, server, cards),
            )
            for opened in peers:
                async with aclosing(opened()) as peer:
                    measured += await _beside(peer, ours, rounds=rounds)
    return measured


@dataclass(frozen=True)
class _Measures:
    """How each of the three is measured of one tool."""

    labels: Measure
    export: Measure
    intake: Measure


async def _beside(peer: Peer, ours: _Measures, *, rounds: int) -> list[Comparison]:
    sides = ("Assay", f"{peer.name} {await peer.version()}".strip())
    waiting, answered = await peer.project(), await peer.project()
    await peer.takes_in(waiting, items.many(rounds * CLICKED, series="waiting"))
    await peer.takes_in(answered, items.many(STREAM, series="answered"), labelled=True)
    tasks = iter(await peer.waiting(waiting, rounds * CLICKED))
    theirs = _Measures(
        labels=partial(_answers, peer, waiting, tasks),
        export=partial(_rows, peer, answered),
        intake=partial(_tasks, peer),
    )
    measured = [
        await in_turn(Comparison("labels", sides, f"{CLICKED}"), ours.labels, theirs.labels, rounds=rounds),
        await in_turn(Comparison("export", sides, f"{STREAM:,} rows"), ours.export, theirs.export, rounds=rounds),
        await in_turn(Comparison("intake", sides, f"{STREAM:,} tasks"), ours.intake, theirs.intake, rounds=rounds),
    ]
    for project in (waiting, answered):
        await peer.drop(project)
    return measured


async def _answers(peer: Peer, project: int, tasks: Iterator[Task]) -> Figures:
    times = []
    for task in islice(tasks, CLICKED):
        began = time.perf_counter()
        await peer.label(project, task)
        times.append((time.perf_counter() - began) * 1_000)
    return percentiles(times)


async def _rows(peer: Peer, project: int) -> Figures:
    began = time.perf_counter()
    assert await peer.exported(project) == STREAM
    return {"rows/s": STREAM / (time.perf_counter() - began)}


async def _tasks(peer: Peer) -> Figures:
    project, tasks = await peer.project(), items.many(STREAM, series=uuid4().hex)
    began = time.perf_counter()
    await peer.takes_in(project, tasks)
    took = time.perf_counter() - began
    await peer.drop(project)
    return {"tasks/s": STREAM / took}


async def _clicks(clicker: Clicker) -> Figures:
    figures = await clicker.presses(CLICKED, at_once=1)
    return {name: figures[name] for name in ("p50 ms", "p95 ms", "p99 ms")}


async def _exports(url: str, folder: Path) -> Figures:
    figures = await exporting.exported("assay", Format.TRL_SFT, url, folder)
    return {"rows/s": figures["rows/s"]}


async def _takes_in(server: Server, cards: Prepared) -> Figures:
    figures, said = await takes_in(server, cards.token, series=uuid4().hex, count=STREAM)
    assert said.count(b'"created"') == STREAM, said[:500]
    return {"tasks/s": figures["drafts/s"]}


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
