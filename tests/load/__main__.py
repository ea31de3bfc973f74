"""`python -m tests.load`: one process on SQLite, two replicas on PostgreSQL, under clicks and drafts."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from tests.bench import report
from tests.bench.rounds import Figures
from tests.bench.servers import ASSAY, Server, served
from tests.databases import postgres_server
from tests.faults.balancer import balancing
from tests.load.phases import Phase, burst, sustained
from tests.load.town import Size, town
from tests.load.watch import Usage

REPLICAS = {"SQLite": 1, "PostgreSQL": 2}


@dataclass(frozen=True)
class Plan:
    """How long, how much."""

    agents: int
    channels: int
    rate: float
    burst: float
    sustained: float

    @property
    def size(self) -> Size:
        return Size(self.agents, self.channels, -(-round(self.rate * self.burst) // self.channels))


def main(
    databases: Annotated[list[str] | None, typer.Argument(help="SQLite, PostgreSQL; none: both")] = None,
    agents: Annotated[int, typer.Option(min=1)] = 200,
    channels: Annotated[int, typer.Option(min=1)] = 20,
    rate: Annotated[float, typer.Option(help="Clicks a second in the burst")] = 50,
    burst: Annotated[float, typer.Option(help="Seconds of the burst")] = 60,
    sustained: Annotated[float, typer.Option(help="Seconds of steady work at Slack's limit")] = 300,
) -> None:
    """Load real processes of the bot, and say what people would have waited for."""
    plan = Plan(agents, channels, rate, burst, sustained)
    for database in databases or list(REPLICAS):
        phases = asyncio.run(_loaded(database, plan))
        typer.echo(f"\n{database}, {REPLICAS[database]} of `assay serve`")
        for phase in phases:
            typer.echo("\n".join(_lines(phase)))
    typer.echo(f"\n{agents} agents, {channels} channels. {report.machine()}")


async def _loaded(database: str, plan: Plan) -> Sequence[Phase]:
    with TemporaryDirectory(prefix="assayload") as folder:
        if database == "SQLite":
            return await _phases(f"sqlite+aiosqlite:///{Path(folder) / 'assay.db'}", plan, replicas=1)
        with postgres_server(durable=True) as postgres:
            return await _phases(postgres.url(postgres.create()), plan, replicas=REPLICAS[database])


async def _phases(url: str, plan: Plan, *, replicas: int) -> Sequence[Phase]:
    async with town(url, plan.size) as made, balancing() as front, AsyncExitStack() as closing:
        slack = int(made.box.url.rpartition(":")[2])
        servers: list[Server] = []
        for _ in range(replicas):
            servers.append(await closing.enter_async_context(served(ASSAY, database=url, slack=slack)))
        front.replicas = [_Backend(f"http://127.0.0.1:{one.port}") for one in servers]
        # One process is called as it is: a balancer before it would be measured too.
        address = front.url if replicas > 1 else front.replicas[0].url
        made.box.app.request_url = f"{address}/slack/events"
        first = await burst(made, servers, seconds=plan.burst, per_second=plan.rate)
        return [first, await sustained(made, servers, address, seconds=plan.sustained)]


@dataclass(frozen=True)
class _Backend:
    url: str


def _lines(phase: Phase) -> Iterator[str]:
    kept = f"{phase.confirmed} told “Saved”, {phase.labels} labels, {phase.redrawn} redrawn"
    counts = f"{phase.clicks} clicks, {len(phase.failed)} not answered in time, {kept}"
    yield f"  {phase.name}: {counts}"
    yield f"    ack, from the moment set   {_shown(phase.acks)}"
    yield f"    card redrawn after click   {_shown(phase.redraws)}"
    if phase.queue is not None:
        yield f"    card posted after draft    {_shown(phase.queue)}"
    yield f"    {_used(phase.usage)}"


def _shown(figures: Figures) -> str:
    return "  ".join(f"{name.split()[0]} {value:,.0f} ms" for name, value in figures.items()) or "–"


def _used(usage: Usage) -> str:
    memory = "; ".join(f"{one[0]:.0f} to {one[-1]:.0f} MB, most {max(one):.0f}" for one in usage.megabytes)
    return f"memory {memory}; {usage.cpu:.2f} of a processor for the bot, {usage.loop:.2f} for the load and the sandbox"


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
