"""One export in a process of its own, and its cost: `python -m tests.bench.exporting assay|floor FORMAT URL FILE`."""

import asyncio
import json
import re
import sys
import time
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot import export
from bot.export import Format
from storage.engine import make_sessions
from storage.queries import channels
from tests.bench import floor_export
from tests.bench.rounds import Figures

PATIENCE = 120
PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


async def assay(url: str, form: Format, file: Path) -> int:
    sessions = make_sessions(url, patience=PATIENCE)
    async with sessions.reading() as session:
        (channel,) = await channels.in_any_workspace(session, "#support")
    count = await export.write(sessions, channel, form, file)
    await sessions.close()
    return count.rows


SIDES: dict[str, Callable[[str, Format, Path], Awaitable[int]]] = {"assay": assay, "floor": floor_export.write}


async def main(side: str, form: Format, url: str, file: Path) -> dict[str, float]:
    began, before = time.perf_counter(), time.process_time()
    rows = await SIDES[side](url, form, file)
    took, used = time.perf_counter() - began, time.process_time() - before
    peak = _peak()
    return {"rows": rows, "rows/s": rows / took, "CPU ms": used * 1_000 / rows, "peak MB": peak}


async def exported(side: str, form: Format, url: str, folder: Path) -> Figures:
    """Rows a second, processor time and the most memory of an export in a process of its own."""
    words = ("-m", "tests.bench.exporting", side, form, url, str(folder / "exported"))
    process = await create_subprocess_exec(sys.executable, *words, stdout=PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0
    figures: Figures = json.loads(said)
    return {name: figures[name] for name in ("rows/s", "CPU ms", "peak MB")}


def _peak() -> float:
    """MB. Not by getrusage: it counts what the process was that started this one."""
    return int(PEAK.findall(Path("/proc/self/status").read_text())[0]) / 1_024


if __name__ == "__main__":
    side, form, url, file = sys.argv[1:]
    sys.stdout.write(json.dumps(asyncio.run(main(side, Format(form), url, Path(file)))) + "\n")
