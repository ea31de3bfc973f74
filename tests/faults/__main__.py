"""`python -m tests.faults`: kills processes of the bot while people work, and says what differs."""

import asyncio
import random
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tests.faults.run import REPLICAS, Counts, run


def main(
    kills: Annotated[int, typer.Option(min=1, help="How many processes are killed, on both databases together")] = 20,
    seed: Annotated[int | None, typer.Option(help="Makes the same plan again")] = None,
    on: Annotated[str | None, typer.Option(help=f"Only on one of {', '.join(REPLICAS)}")] = None,
    keep: Annotated[Path | None, typer.Option(help="A folder for all there is after a difference")] = None,
    quiet: Annotated[bool, typer.Option(help="Only the counts")] = False,
) -> None:
    """Kill processes of the bot while people work; exit 1 on the first difference."""
    chosen = random.SystemRandom().randrange(10**6) if seed is None else seed
    kinds = [kind for kind in REPLICAS if on is None or kind.lower() == on.lower()]
    if not kinds:
        raise typer.BadParameter(f"--on takes {' or '.join(REPLICAS)}")
    total = Counts()
    for place, kind in enumerate(kinds):
        share = kills // len(kinds) + (place < kills % len(kinds))
        if share and total.difference is None:
            total += asyncio.run(run(kind, share, chosen, partial(_tell, kind, quiet), kept=keep))
    if total.difference is not None:
        typer.echo(f"{total.difference} Again with: --seed {chosen}", err=True)
    typer.echo(f"faults, seed {chosen}: {total}")
    sys.exit(total.difference is not None)


def _tell(kind: str, quiet: bool, line: str) -> None:
    if not quiet:
        typer.echo(f"{kind}: {line}", err=True)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
