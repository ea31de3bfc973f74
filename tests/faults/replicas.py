"""Processes of the bot: started, stopped in the middle of a step, looked at, let go on or killed."""

import asyncio
import os
import resource
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process, create_subprocess_exec
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.waits import until

AHEAD = "FAULTS_CLOCK"  # names the file that says how far ahead of the machine time is
READY = b"assay is running"
COMMAND = (sys.executable, "-m", "tests.faults.assay", "serve")
TAKEN, PORTS = "cannot listen", 3
STARTS_WITHIN = 240.0  # seconds, on a machine that is busy with much else


@dataclass(eq=False)
class Replica:
    """One `assay serve`; `name` is what its connections to PostgreSQL are called."""

    name: str
    process: Process
    url: str
    said: deque[str] = field(default_factory=lambda: deque(maxlen=200))
    up: asyncio.Event = field(default_factory=asyncio.Event)
    listener: "asyncio.Task[None] | None" = None

    async def hears(self) -> None:
        """Keeps what it logs, until it ends."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.said.append(line.decode(errors="replace").rstrip())
            if READY in line:
                self.up.set()

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def freezes(self) -> None:
        """It stops wherever it is, every thread of it."""
        os.kill(self.process.pid, signal.SIGSTOP)
        await until(lambda: not self.alive or self._stands(), every=0)

    def thaws(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    async def dies(self) -> None:
        """kill -9: nothing is tidied up."""
        if self.alive:
            self.process.kill()
        await self.process.wait()
        assert self.listener is not None
        await self.listener

    async def stops(self) -> int:
        """SIGTERM; how it ended."""
        self.process.terminate()
        ended = await self.process.wait()
        assert self.listener is not None
        await self.listener
        return ended

    def may_write(self, size: int) -> None:
        """No file of its may grow beyond so many bytes: to the process the disk is full."""
        _, most = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size if size >= 0 else most, most))

    def _stands(self) -> bool:
        threads = Path(f"/proc/{self.process.pid}/task")
        try:
            states = [(each / "stat").read_text().rpartition(")")[2].split()[0] for each in threads.iterdir()]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return all(state in "TtZX" for state in states)


async def start(name: str, settings: Mapping[str, str], *, clock: Path) -> Replica:
    """A process that answers. Raises AssertionError with what it said where it ended instead."""
    for _ in range(PORTS):
        made = await _begun(name, settings, clock)
        ready = asyncio.create_task(made.up.wait())
        assert made.listener is not None
        await asyncio.wait({ready, made.listener}, timeout=STARTS_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if made.up.is_set():
            return made
        await made.dies()
        if not any(TAKEN in line for line in made.said):  # between our look and its start somebody else took the port
            break
    raise AssertionError("A bot did not start: " + "\n".join(made.said))


async def _begun(name: str, settings: Mapping[str, str], clock: Path) -> Replica:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = os.environ | settings | {"ASSAY_PORT": str(port), AHEAD: str(clock)}
    process = await create_subprocess_exec(*COMMAND, env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE)
    made = Replica(name, process, f"http://127.0.0.1:{port}")
    made.listener = asyncio.create_task(made.hears())
    return made
