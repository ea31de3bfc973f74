"""`assay import`: what it is called with."""

from pathlib import Path
from typing import Annotated

import typer

from bot.environment import read_settings
from bot.import_files import FileKind
from bot.import_rows import parse_mapping
from bot.importing import Importer
from handlers.commands.importing import Wanted, bring_in, kind_of
from handlers.commands.shared import ChannelName, Database, channel_named, run, say
from handlers.wall_clock import utc_now


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or JSONL, by its ending.")],
    *,
    channel: ChannelName,
    form: Annotated[FileKind | None, typer.Option("--format", help="What the file is, whatever its ending.")] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="Ours=yours: external_id=Ticket,customer=Body,context.plan=Plan.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, store nothing.")] = False,
    errors: Annotated[Path | None, typer.Option(help="File for the rows that are refused, with the reasons.")] = None,
) -> None:
    """Take in drafts from a CSV or JSONL file.

    Started again it goes on where it stopped. Ends with 1 when a row was refused.
    """
    mapping = parse_mapping(columns or [])
    wanted = Wanted(file, form or kind_of(file), mapping, dry_run=dry_run, errors=errors)
    settings = read_settings()

    async def work() -> bool:
        async with Database() as sessions:
            importer = Importer(sessions, await channel_named(sessions, channel), settings.key, utc_now, settings.model)
            return await bring_in(importer, wanted, say)

    if not run(work()):
        raise typer.Exit(1)
