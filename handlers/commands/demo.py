"""`assay demo`: Assay shown without Slack."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from handlers import logs
from handlers.commands.shared import run
from handlers.demo import play, show


def demo(
    port: Annotated[
        int, typer.Option(min=1, max=65_535, help="Port of the page; the next free one if it is taken.")
    ] = 3000,
    script: Annotated[bool, typer.Option("--script", help="Play without waiting, write files, exit.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed plays another month.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder for the script's files.")] = Path("demo-out"),
    *,
    days: Annotated[int, typer.Option(min=1, hidden=True)] = play.DAYS,
    slips: Annotated[float | None, typer.Option(min=0, max=1, hidden=True)] = None,
    pause: Annotated[float, typer.Option(min=0, hidden=True)] = show.PAUSE,
) -> None:
    """Show Assay with a sandbox in place of Slack.

    A team, four weeks of work, and a page to click on.
    """
    logs.configure("error")
    try:
        run(
            show.script(seed=seed, out=out, say=print, log=_progress, slips=slips, days=days)
            if script
            else show.show(port=port, seed=seed, say=print, days=days, pause=pause)
        )
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nStopped." if script else "\nStopped. Nothing was kept.")


def _progress(words: str) -> None:
    print(words, file=sys.stderr)
