"""Two session makers from the first day: one that reads, one that writes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import session_settings, sqlite_driver
from storage.errors import DatabaseAway

PATIENCE = 1.5  # seconds that a click may wait for a lock, a statement or a connection
# Seconds until PostgreSQL ends the transaction of a process that says nothing more, as on a machine that was paused: it
# holds what everybody else waits for.
STANDS_STILL = 30.0


@dataclass(frozen=True)
class Watch:
    """Whom to tell of transactions that were committed, and of those that the database ended, by the error's kind."""

    committed: Callable[[], None] = lambda: None
    failed: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class Sessions:
    """Opens transactions. SQLite has one writing connection beside readers; PostgreSQL one pool."""

    reader: AsyncEngine
    writer: AsyncEngine
    watch: Watch = Watch()

    @asynccontextmanager
    async def reading(self, *, still: bool = False) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads; `still`: all as it was at the first look (SQLite reads so anyway).

        Raises DatabaseAway.
        """
        async with _transaction(self.reader, self.watch) as session:
            if still and self.reader.dialect.name == "postgresql":
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that is committed when the block ends well. Raises DatabaseAway."""
        async with _transaction(self.writer, self.watch) as session:
            yield session
        self.watch.committed()

    async def close(self) -> None:
        await self.reader.dispose()
        await self.writer.dispose()


def make_sessions(url: str, *, patience: float = PATIENCE, watch: Watch | None = None) -> Sessions:
    """Session makers for an async database URL; `patience` bounds each wait, in seconds."""
    watch = watch or Watch()
    if backend_of(url) == "sqlite":
        return Sessions(_sqlite(url, "BEGIN", patience), _sqlite(url, "BEGIN IMMEDIATE", patience), watch)
    engine = _postgresql(url, patience)
    return Sessions(engine, engine, watch)


def backend_of(url: str) -> str:
    """ "sqlite" or "postgresql"."""
    return make_url(url).get_backend_name()


def is_address(url: str) -> bool:
    """Whether it can be read as a database's: hosts in brackets are closed, ports are numbers."""
    try:
        return "\0" not in unquote(str(make_url(url)))
    except (ArgumentError, ValueError):
        return False


def is_kept(url: str) -> bool:
    """Whether what is stored there outlives the process: SQLite keeps it in memory without a file, and by options."""
    place = make_url(url)
    if place.get_backend_name() != "sqlite":
        return True
    file = place.database or ":memory:"
    return file != ":memory:" and not file.startswith("file:") and not place.query


@asynccontextmanager
async def _transaction(engine: AsyncEngine, watch: Watch) -> AsyncIterator[AsyncSession]:
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            yield session
    except (IntegrityError, DataError, ProgrammingError) as error:
        watch.failed(type(error).__name__)
        raise  # ours to mend: waiting would not help
    except (DBAPIError, PoolTimeoutError, OSError) as error:
        watch.failed(type(error).__name__)
        raise DatabaseAway(str(error.__cause__ or error)) from error


def _sqlite(url: str, begin: str, patience: float) -> AsyncEngine:
    # One writing connection: a pool of writers only sleeps in SQLite's busy handler.
    writes = begin == "BEGIN IMMEDIATE"
    path = make_url(url).database or ""
    return create_async_engine(
        url,
        hide_parameters=True,  # an error that is logged names no words of a customer
        async_creator=lambda: sqlite_driver.connect(path, begin=begin, patience=patience),
        pool_size=1 if writes else 5,
        max_overflow=0,
        pool_timeout=patience,
        pool_reset_on_return=None,  # every transaction is ended in _transaction
    )


def _postgresql(url: str, patience: float) -> AsyncEngine:
    waits = f"{patience * 1000:.0f}"
    engine = create_async_engine(
        url,
        hide_parameters=True,  # an error that is logged names no words of a customer
        pool_size=16,
        max_overflow=0,
        pool_timeout=patience,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 2},  # libpq knows whole seconds and takes less than two as two
    )
    session_settings.set_up(
        engine.sync_engine,
        lock_timeout=waits,
        statement_timeout=waits,
        idle_in_transaction_session_timeout=f"{STANDS_STILL * 1000:.0f}",
        timezone="UTC",
    )
    return engine
