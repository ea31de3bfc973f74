"""The command `assay`."""

import asyncio
import errno
import json
import re
import socket
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from bot import dates, redaction
from bot import export as exporting
from bot.dates import NoDate
from bot.digest import Editor, local_date
from bot.errors import AssayError, NotFound
from bot.export import Count, Format
from bot.import_files import FileKind
from bot.import_rows import parse_mapping
from bot.importing import Importer
from bot.label_files.measuring import Question
from bot.label_files.metrics import Metric
from bot.label_files.people_table import people_table
from bot.label_files.table import table
from bot.measures.agreement import DRAWS
from bot.settings import read_settings, read_storage_settings
from handlers import (
    agreement_command,
    digest_command,
    doctor,
    import_command,
    logs,
    manifest,
    move_command,
    privacy_commands,
    secrets_commands,
    webhooks_command,
)
from handlers.commands import ChannelName, Database, Door, channel_named, check_schema, run
from handlers.demo import play, show
from handlers.doctor.findings import State
from handlers.import_command import Wanted, kind_of
from handlers.serve import serve as run_bot
from handlers.tools import utc_now
from storage import migrate as schema
from storage.engine import DatabaseAway

MARKS = {State.GOOD: "✓", State.NOTE: "–", State.BAD: "✗"}
FINEST_WISH = 0.001  # half the width of an interval: beyond it a million items would be asked for
app = typer.Typer(
    cls=Door,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Draft replies become cards in Slack, corrections become training data, the days become an agreement digest.",
)
app.add_typer(secrets_commands.tokens, name="tokens")
app.add_typer(secrets_commands.keys, name="keys")
app.add_typer(privacy_commands.app)
app.add_typer(webhooks_command.app, name="webhooks")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"assay {version('assay')}")
        raise typer.Exit


@app.callback()
def about(
    *,
    _: Annotated[
        bool,
        typer.Option("--version", help="Say which version this is, and stop.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Options that go without a command."""


@app.command()
def serve() -> None:
    """Run the bot until it is stopped. The schema must be current: run `assay migrate` first."""
    settings = read_settings()
    logs.configure(settings.log, replica=settings.replica)

    async def work() -> None:
        await check_schema(settings.database_url)
        await run_bot(settings)

    try:
        run(work())
    except OSError as error:
        unknown = isinstance(error, socket.gaierror)
        if not unknown and error.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES):
            raise
        where = f"{settings.host}:{settings.port}"
        raise NotFound(f"Assay cannot listen on {where}: set ASSAY_HOST and ASSAY_PORT to a free address.") from error


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    run(schema.upgrade(read_storage_settings().database_url, noted=utc_now()))
    print("The database has the newest schema.")


@app.command()
def move(
    to: Annotated[str, typer.Option("--to", help="An empty database: postgresql+psycopg://USER@HOST/NAME")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Characters that PostgreSQL does not take become “�”, and are counted.")
    ] = False,
) -> None:
    """Bring the SQLite file of ASSAY_DATABASE_URL to PostgreSQL; broken off and started again it goes on."""
    move_command.moved(read_storage_settings().database_url, to, replace=replace, say=print)


@app.command("manifest")
def print_manifest(
    url: Annotated[str | None, typer.Option(help="Where Slack reaches the bot: https://…")] = None,
    socket: Annotated[bool, typer.Option("--socket", help="Slack cannot reach the bot: Socket Mode.")] = False,
) -> None:
    """Print the Slack app's manifest, with your address filled in or for Socket Mode."""
    if (url is None) is not socket:
        raise typer.BadParameter("give one of them", param_hint="--url or --socket")
    if url is not None and not url.startswith("https://"):
        raise typer.BadParameter("Slack calls addresses that begin with https://", param_hint="--url")
    if url is not None and re.search(r"[^!-~]|[\"'<>\\]", url):
        raise typer.BadParameter("an address holds no blanks, line ends or quotation marks", param_hint="--url")
    print(manifest.filled_in(url) if url else manifest.for_socket(), end="")


@app.command("doctor")
def examine() -> None:
    """Look at settings, database, token, scopes, clock, and address or socket; say what to mend."""
    logs.configure("error")

    async def work() -> bool:
        well = True
        async for finding in doctor.examine():
            print(f"{MARKS[finding.state]} {finding.about}: {finding.words}")
            well = well and finding.state is not State.BAD
        return well

    if not run(work()):
        raise typer.Exit(1)


@app.command()
def export(
    channel: ChannelName,
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.TRL_SFT,
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path(),
) -> None:
    """Write gold (trl-sft), every label (labels), or which drafts were erased (erased) as JSON lines."""
    file = out / form.file
    out.mkdir(parents=True, exist_ok=True)

    async def work() -> Count:
        async with Database() as sessions:
            found = await channel_named(sessions, channel)
            return await exporting.write(sessions, found, form, file, now=utc_now())

    count = run(work())
    reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(count.left_out.items()))
    print(f"{count.rows} rows in {file}." + (f" Left out: {reasons}." if reasons else ""))


@app.command("import")
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
    """Take in drafts from a file; started again it goes on where it stopped. Ends with 1 when a row was refused."""
    mapping = parse_mapping(columns or [])
    wanted = Wanted(file, form or kind_of(file), mapping, dry_run=dry_run, errors=errors)
    settings = read_settings()

    async def work() -> bool:
        async with Database() as sessions:
            importer = Importer(sessions, await channel_named(sessions, channel), settings.key, utc_now, settings.model)
            return await import_command.run(importer, wanted, print)

    if not run(work()):
        raise typer.Exit(1)


@app.command()
def digest(
    channel: ChannelName,
    on: Annotated[str, typer.Option("--date", help="2026-11-20, 20 Nov, yesterday, Friday; today without it.")] = "",
    post: Annotated[bool, typer.Option("--post", help="Post it in Slack, where it was not posted before.")] = False,
    chart: Annotated[Path | None, typer.Option(help="Also draw its first chart: a PNG file.")] = None,
) -> None:
    """Print a channel's digest, or post it."""
    now = utc_now()

    async def work() -> str:
        async with Database() as sessions:
            found, editor = await channel_named(sessions, channel), Editor(sessions, utc_now)
            try:
                day = dates.of_channel(on, found, now)
            except NoDate as error:
                raise typer.BadParameter(str(error), param_hint="--date") from error
            if not post:
                return digest_command.printed(await editor.make(found, now, on=day), chart)
            return await digest_command.posted(editor, found, day or local_date(found, now), now)

    print(run(work()))


@app.command()
def agreement(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV (commas, semicolons, tabs) or JSON lines with item, annotator, label; labels.jsonl of an export; "
            "- for standard input."
        ),
    ],
    *,
    metric: Annotated[Metric, typer.Option(help="How labels are compared.")] = Metric.NOMINAL,
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="Ours=yours: item=Ticket,annotator=Who,label=Verdict.")
    ] = None,
    order: Annotated[
        str, typer.Option(help="Ordinal labels from low to high, where they are no numbers: low,medium,high.")
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same intervals.")] = 0,
    draws: Annotated[
        int, typer.Option(min=100, max=100_000, help="How often items are drawn anew for an interval.")
    ] = DRAWS,
    wish: Annotated[
        float | None, typer.Option(help="How many items an interval of alpha takes that is ± this wide, such as 0.1.")
    ] = None,
    annotators: Annotated[
        bool, typer.Option("--annotators", help="Say how each annotator's labels compare with those of the others.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how far the labels in a file agree, and how sure that is."""
    names = tuple(name.strip() for name in order.split(",") if name.strip())
    if names and metric is not Metric.ORDINAL:
        raise typer.BadParameter("only ordinal labels have one", param_hint="--order")
    if wish is not None and not FINEST_WISH <= wish < 1:
        raise typer.BadParameter(f"write it as 0.1; {FINEST_WISH} is the finest", param_hint="--wish")
    if annotators:
        if metric is not Metric.NOMINAL or wish is not None:
            raise typer.BadParameter("goes without --metric and --wish", param_hint="--annotators")
        people = agreement_command.people(file, columns or [])
        print(json.dumps(people, indent=2, ensure_ascii=False) if as_json else people_table(people))
        return
    question = Question(metric, names, seed, draws, wish)
    found = agreement_command.measured(file, question, columns or [])
    print(json.dumps(found, indent=2, ensure_ascii=False) if as_json else table(found))


@app.command()
def redact(
    file: Annotated[Path | None, typer.Argument(help="File to read; standard input without it.")] = None,
) -> None:
    """Write a text with its personal data replaced by placeholders."""
    try:
        text = file.read_text(encoding="utf-8") if file else sys.stdin.read()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"{file or 'The input'} cannot be read as text: {_why(error)}.") from error
    # One run is one ticket: nothing is kept, so any key does.
    sys.stdout.write(redaction.Redactor(b"one run", {}).redact(text))


@app.command()
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
    """Show Assay with a sandbox in place of Slack: a team, four weeks of work, a page to click on."""
    logs.configure("error")
    try:
        run(
            show.script(seed=seed, out=out, say=print, log=_progress, slips=slips, days=days)
            if script
            else show.show(port=port, seed=seed, say=print, days=days, pause=pause)
        )
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nStopped." if script else "\nStopped. Nothing was kept.")


def main() -> None:
    """Run a command; what goes wrong is one sentence on standard error, and exit code 1."""
    try:
        app()
    except (AssayError, DatabaseAway) as error:
        prefix = "The database is away: " if isinstance(error, DatabaseAway) else ""
        print(f"{prefix}{error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        print(f"{error.filename} cannot be used: {_why(error)}. Nothing was finished.", file=sys.stderr)
        sys.exit(1)


def _why(error: OSError | UnicodeDecodeError) -> str:
    """What the system says, without its numbers."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 at byte {error.start}"
    return error.strerror or str(error)


def _progress(words: str) -> None:
    print(words, file=sys.stderr)
