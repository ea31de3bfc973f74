"""`assay demo`: the page with 28 days behind it, or the same played as a script into files."""

import asyncio
import random
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import export
from bot.errors import NotFound
from bot.export import Count, Format
from handlers import clock
from handlers.demo import play
from handlers.demo.world import ESCALATIONS, LEADS, SUPPORT, ZONE, World, relieved, world
from sandbox.sight import NotOnScreen
from storage.models import Channel
from storage.queries import channels, drafts

# The script's last morning: a Monday, so that every seed plays the same calendar.
SCRIPT_MORNING = datetime(2026, 11, 23, 8, tzinfo=ZoneInfo(ZONE))
PAUSE = 8.0  # seconds between two answers of the colleagues beside you
PORTS = 50
# What the script leaves behind beside its exports; the database is not called as a bot's is where nobody says.
DATABASE, DIGEST, TRAFFIC, MARK = "demo.db", "digest.txt", "traffic.jsonl", ".assay-demo"
MARKED = "assay demo --script wrote the files beside this one, and writes them anew when it is played here again.\n"

Say = Callable[[str], None]


async def script(
    *, seed: int, out: Path, say: Say, log: Say, slips: float | None = None, days: int = play.DAYS
) -> None:
    """Play 28 days on the sandbox's clock, say the last digest, write what came of it; `log` hears of each day."""
    database = _fresh(out)
    async with world(seed=seed, database=database, begins=_begins(SCRIPT_MORNING, days), slips=slips) as made:
        async for day in play.days(made, SCRIPT_MORNING, count=days):
            log(f"  {day:%A} {day.day} {day:%B}")
        await _write(made, out, say)


async def show(*, port: int, seed: int, say: Say, days: int = play.DAYS, pause: float = PAUSE) -> None:
    """Play 28 days up to this morning, then let the colleagues go on beside you until stopped.

    SIGINT and SIGTERM end it in order, as CancelledError, so that the folder is taken away.
    """
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, asyncio.current_task().cancel)  # type: ignore[union-attr]
    morning = _last_morning(datetime.now(ZoneInfo(ZONE)))
    with tempfile.TemporaryDirectory(prefix="assay-demo-") as folder:
        database = Path(folder) / "assay.db"
        begins = _begins(morning, days)
        say(f"Playing {days} days of work; this takes half a minute to a minute …")
        ports = (page := free_port(port), free_port(page + 1))
        async with world(seed=seed, database=database, begins=begins, ports=ports) as made:
            async for day in play.days(made, morning, count=days):
                say(f"  {day:%A} {day.day} {day:%B}")
            await _go_on(made, say, pause)


def free_port(wanted: int) -> int:
    """The port, or the next one above it that is free."""
    for port in range(wanted, min(wanted + PORTS, 65_536)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    return 0


async def _go_on(made: World, say: Say, pause: float) -> None:
    made.moves_to(datetime.now(UTC))
    made.box.clock.run()
    await _catch_up(made)
    ana = await relieved(made)
    say(f"\nOpen {made.box.url}/?user={ana.id}&channel={SUPPORT} (stop with Ctrl-C).")
    say("You are Ana. Switch to Lea (lead) or Max (admin) at the top left.")
    say(f"The bot's HTTP API is at {made.bot.url}/api/v1. This makes a token for all of it, webhooks and gold too:")
    say(f"  ASSAY_DATABASE_URL={made.bot.tools.settings.database_url} {sys.argv[0]} tokens create NAME --scope admin")
    chance = random.Random()
    timetable = clock.start(made.bot.tools)
    try:
        await _work_on(made, chance, pause, visitor=ana.id)
    finally:
        await timetable.stop(1)


async def _work_on(made: World, chance: random.Random, pause: float, *, visitor: str) -> None:
    while True:
        # Whoever opened the page may have closed what the colleagues are about to press: then they look again.
        with suppress(NotOnScreen):
            await take_a_turn(made, chance, visitor=visitor)
        await asyncio.sleep(pause)


async def take_a_turn(made: World, chance: random.Random, *, visitor: str) -> None:
    """A colleague answers the oldest of what stands beyond the newest five; else a draft comes in, if there is room."""
    room = (await _support(made)).open_cards  # an admin may have changed it
    leave = min(play.ALWAYS_OPEN, room - 1)
    async with made.bot.tools.sessions.reading() as session:
        busy = await drafts.leased_by(session, visitor, made.now())
    if await play.work(made, leave=leave, at_most=1, but=busy, back=play.FAR_BACK):
        return
    if len(await play.open_cards(made, back=play.FAR_BACK)) < min(room, play.ALWAYS_OPEN + 1 + len(busy)):
        await play.send(made, [chance.choice(play.TICKETS)], play.NEW_MODEL)


async def _catch_up(made: World) -> None:
    """Everybody has read what is there, but the newest digest is still new to lead and admin."""
    for person in (made.lead, made.admin, *(person for _, person in made.colleagues)):
        for channel in (SUPPORT, ESCALATIONS, LEADS):
            shown = await person.reads(channel) if person in (made.lead, made.admin) or channel == SUPPORT else []
            if channel == LEADS:
                digests = [place for place, one in enumerate(shown) if "Labelling digest" in one.text_seen]
                shown = shown[: digests[-1]] if digests else []
            if shown:
                act = {"user": person.id, "channel": channel, "ts": shown[-1].ts}
                (await made.http.post("/control/read", json=act)).raise_for_status()


async def _write(made: World, out: Path, say: Say) -> None:
    sessions = made.bot.tools.sessions
    channel = await _support(made)
    digest = await made.bot.tools.digests.text(channel, made.now())
    counts: dict[Format, Count] = {}
    for form in Format:
        counts[form] = await export.write(sessions, channel, form, out / form.file)
    (out / DIGEST).write_text(digest + "\n", encoding="utf-8")
    traffic = (await made.http.get("/control/traffic")).text
    (out / TRAFFIC).write_text(traffic, encoding="utf-8")
    say(digest)
    rows = ", ".join(f"{form.file} ({count.rows} rows)" for form, count in counts.items())
    say(f"\nIn {out}: {rows}, {DIGEST}, {TRAFFIC} and the database {DATABASE}.")


async def _support(made: World) -> Channel:
    async with made.bot.tools.sessions.reading() as session:
        found = await channels.in_any_workspace(session, SUPPORT)
    return found[0]


def _fresh(out: Path) -> Path:
    """Where the script's database goes; one that an earlier script left is taken away. Raises NotFound.

    What no script wrote is not written over: somebody's bot may work in that folder.
    """
    database, mark = out / DATABASE, out / MARK
    files = [database, *(Path(f"{database}-{tail}") for tail in ("wal", "shm"))]
    written = [*files, *(out / name for name in (*(form.file for form in Format), DIGEST, TRAFFIC))]
    if not mark.exists() and (others := [file.name for file in written if file.exists()]):
        raise NotFound(f"{out} holds {', '.join(others)}, which no demo wrote. Name another folder with --out.")
    out.mkdir(parents=True, exist_ok=True)
    mark.write_text(MARKED, encoding="utf-8")
    for file in files:
        file.unlink(missing_ok=True)
    return database


def _last_morning(now: datetime) -> datetime:
    """Eight o'clock of the newest working day whose digest is out."""
    morning = now.replace(hour=8, minute=0, second=0, microsecond=0)
    while morning + timedelta(hours=1, minutes=10) > now or morning.weekday() > 4:
        morning -= timedelta(days=1)
    return morning


def _begins(morning: datetime, days: int = play.DAYS) -> datetime:
    return (morning - timedelta(days=days)).astimezone(UTC)
