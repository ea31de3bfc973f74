"""`python -m tests.bench`: measures Assay beside its floors and prints a table."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from tests.bench import posts, report, runs
from tests.bench.agreement import agreement
from tests.bench.measures import redaction_cpu
from tests.bench.rounds import Comparison
from tests.bench.servers import sink
from tests.databases import postgres_server

BENCHMARKS: dict[str, Callable[[runs.Place, str], Awaitable[list[Comparison]]]] = {
    "click": runs.click,
    "delivery": posts.delivery,
    "digest": runs.digest,
    "export": runs.export,
    "history": runs.history,
    "intake": runs.intake,
}
ALONE: dict[str, Callable[[int], Awaitable[list[Comparison]]]] = {"agreement": agreement}  # no database
NAMES = [*BENCHMARKS, *ALONE]
KINDS = ("SQLite", "PostgreSQL")


def main(
    names: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(NAMES)}; none: all")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each side is measured")] = 3,
    labels: Annotated[int, typer.Option(min=10_000, help="In the larger database of digest")] = runs.YEARS_OF_LABELS,
    rows: Annotated[int, typer.Option(min=100, help="That are exported")] = 100_000,
    json: Annotated[Path | None, typer.Option(help="Where the figures go as JSON, with each round")] = None,
) -> None:
    """Measure Assay beside the least code that could do the same, in turn, on this machine."""
    unknown = set(names or ()) - set(NAMES)
    if unknown:
        raise typer.BadParameter(f"there is no benchmark {', '.join(sorted(unknown))}")
    measured = asyncio.run(_measured(names or NAMES, rounds, labels, rows))
    notes = [_redaction(measured)] if "intake" in (names or NAMES) else []
    typer.echo("\n\n".join([report.table(measured), *notes, report.machine()]))
    if json is not None:
        json.write_text(report.document(measured, notes))


async def _measured(names: list[str], rounds: int, labels: int, rows: int) -> list[Comparison]:
    measured = list[Comparison]()
    for name in [one for one in names if one in ALONE]:
        typer.echo(f"{name} …", err=True)
        measured += await ALONE[name](rounds)
    if stored := [one for one in names if one in BENCHMARKS]:
        measured += await _on_databases(stored, rounds, labels, rows)
    return measured


async def _on_databases(names: list[str], rounds: int, labels: int, rows: int) -> list[Comparison]:
    measured = list[Comparison]()
    with postgres_server(durable=True) as postgres, TemporaryDirectory(prefix="assaybench") as folder:
        async with sink() as slack:
            place = runs.Place(Path(folder), postgres, slack, rounds, (labels, 10_000), rows=rows)
            for name in names:
                for kind in KINDS:
                    typer.echo(f"{name} on {kind} …", err=True)
                    measured += await BENCHMARKS[name](place, kind)
    return measured


def _redaction(measured: list[Comparison]) -> str:
    """What redaction is of intake's CPU time, measured alone on the same drafts in this process."""
    took = redaction_cpu(runs.STREAM) * 1_000
    shares = (f"{took / one.figures()['CPU ms'].first:.0%} of {one.name}" for one in measured if "intake" in one.name)
    return f"Redaction alone takes {took:.2f} CPU ms a draft: {', '.join(shares)}."


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
