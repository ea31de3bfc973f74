"""Servers in processes of their own, ended with the block that started them."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

SECRET, TOKEN = "bench-signing-secret", "xoxb-bench"
ASSAY = (str(Path(sys.executable).with_name("assay")), "serve")


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module of this folder."""
    return (sys.executable, "-m", f"tests.bench.{name}", *arguments)


@dataclass(frozen=True)
class Server:
    """A server in a process of its own."""

    port: int
    process: int

    def cpu_seconds(self) -> float:
        """What it has used of a processor so far; unlike the clock, this hardly depends on what else runs."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def sink() -> AsyncIterator[int]:
    """Slack's stand-in; the port it listens on."""
    port = _free_port()
    async with _running(module("sink", str(port)), port, {}):
        yield port


@asynccontextmanager
async def served(command: tuple[str, ...], *, database: str, slack: int) -> AsyncIterator[Server]:
    """A server with Assay's settings: Assay itself, or a floor."""
    port = _free_port()
    async with _running(command, port, settings_for(database, slack=slack, port=port)) as process:
        yield Server(port, process)


def settings_for(database: str, *, slack: int, port: int) -> dict[str, str]:
    return {
        "ASSAY_DATABASE_URL": database,
        "ASSAY_SLACK_API_URL": f"http://127.0.0.1:{slack}/api/",
        "ASSAY_PORT": str(port),
        "ASSAY_LOG": "error",
        "ASSAY_DRAIN_SECONDS": "0",
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
    }


@asynccontextmanager
async def _running(command: tuple[str, ...], port: int, settings: dict[str, str]) -> AsyncIterator[int]:
    process = await create_subprocess_exec(*command, env=os.environ | settings, stdout=DEVNULL)
    try:
        async with asyncio.timeout(30):
            while not await _listens(port):
                assert process.returncode is None, f"{command} ended"
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        await asyncio.sleep(0.02)
        return False
    writer.close()
    return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
