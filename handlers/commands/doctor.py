"""`assay doctor`: what is found, a line each."""

import typer

from handlers import doctor, logs
from handlers.commands.shared import run, say
from handlers.doctor.findings import State

MARKS = {State.GOOD: "✓", State.NOTE: "–", State.BAD: "✗"}


def examine() -> None:
    """Look at the installation and say what to mend.

    Settings, database, tokens, scopes, clock, and address or socket.
    """
    logs.configure("error")

    async def work() -> bool:
        well = True
        async for finding in doctor.examine():
            say(f"{MARKS[finding.state]} {finding.about}: {finding.words}")
            well = well and finding.state is not State.BAD
        return well

    if not run(work()):
        raise typer.Exit(1)
