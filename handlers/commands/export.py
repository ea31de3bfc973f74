"""`assay export`: files for whoever trains or counts."""

from pathlib import Path
from typing import Annotated

import typer

from bot import export as exporting
from bot.export import Count, Format
from handlers.commands.shared import ChannelName, Database, channel_named, run
from handlers.wall_clock import utc_now


def export(
    channel: ChannelName,
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.TRL_SFT,
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path(),
) -> None:
    """Write training data as JSON lines.

    Gold (trl-sft), every label (labels), or which drafts were erased (erased).
    """
    file = out / form.file
    if file.is_dir():
        raise typer.BadParameter(f"{file} is a folder", param_hint="--out")
    out.mkdir(parents=True, exist_ok=True)

    async def work() -> Count:
        async with Database() as sessions:
            found = await channel_named(sessions, channel)
            return await exporting.write(sessions, found, form, file, now=utc_now())

    count = run(work())
    reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(count.left_out.items()))
    print(f"{count.rows} rows in {file}." + (f" Left out: {reasons}." if reasons else ""))
