"""`python -m tests.faults`: kills processes of the bot while people work, and says what differs."""

import os
import random
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from tests.faults.plan import LEAST
from tests.faults.plants import PLANTED, PLANTS
from tests.faults.run import REPLICAS, Counts, alone

Ended = TypeVar("Ended")


def main(
    kills: Annotated[int, typer.Option(min=1, help="How many processes are killed, on both databases together")] = 20,
    seed: Annotated[int | None, typer.Option(help="Makes the same plan again")] = None,
    on: Annotated[str | None, typer.Option(help=f"Only on one of {', '.join(REPLICAS)}")] = None,
    keep: Annotated[Path | None, typer.Option(help="A folder for all there is after a difference")] = None,
    plant: Annotated[str | None, typer.Option(help=f"Makes the bot wrong on purpose: {', '.join(PLANTS)}")] = None,
    quiet: Annotated[bool, typer.Option(help="Only the counts")] = False,
) -> None:
    """Kill processes of the bot while people work; exit 1 on the first difference.

    SIGTERM makes the kills that are under way the last ones: everything is counted and compared as at any end.
    """
    chosen = random.SystemRandom().randrange(10**6) if seed is None else seed
    kinds = [kind for kind in REPLICAS if on is None or kind.lower() == on.lower()]
    if not kinds:
        raise typer.BadParameter(f"--on takes {' or '.join(REPLICAS)}")
    if kills < LEAST * len(kinds):
        raise typer.BadParameter(
            f"--kills {kills} is too few to show anything: at least {LEAST} on each database, so that each window of a "
            f"plan is struck, make {LEAST * len(kinds)}."
        )
    if plant is not None and plant not in PLANTS:
        raise typer.BadParameter(f"--plant takes one of {', '.join(PLANTS)}")
    os.environ[PLANTED] = plant or ""
    shares = {kind: kills // len(kinds) + (place < kills % len(kinds)) for place, kind in enumerate(kinds)}
    runs = [partial(alone, kind, share, chosen, keep, quiet) for kind, share in shares.items() if share]
    total = sum(side_by_side(runs), Counts())
    if total.difference is not None:
        typer.echo(f"{total.difference} Again with: --seed {chosen}", err=True)
    typer.echo(f"faults, seed {chosen}: {total}")
    sys.exit(total.difference is not None)


def side_by_side(runs: Sequence[Callable[[], Ended]]) -> list[Ended]:
    """What each comes to in a process of its own, for each mostly waits; SIGTERM is told to every one of them."""

    def end_early(*_: object) -> None:
        for run in active_children():
            run.terminate()

    signal.signal(signal.SIGTERM, end_early)
    with ExitStack() as pools:
        # A pool each: where one breaks, the other run still comes to its end.
        made = [pools.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn"))) for _ in runs]
        return [one.result() for one in [pool.submit(run) for pool, run in zip(made, runs, strict=True)]]


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
