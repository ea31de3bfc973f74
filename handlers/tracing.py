"""Whether traces are sent: where an OTLP endpoint is set, and the extra `otel` is installed."""

from importlib import import_module
from typing import Any, Protocol

from aiohttp import TraceConfig
from aiohttp.typedefs import Middleware
from httpx import AsyncClient

from bot.errors import MissingSettings
from bot.settings import Settings
from storage.engine import Sessions

NOT_INSTALLED = (
    "OTEL_EXPORTER_OTLP_ENDPOINT is set, and what sends traces is not installed. "
    "Run pip install '.[otel]' in the clone of Assay, or unset it."
)


class Tracer(Protocol):
    """Puts spans around what a bot does."""

    def middleware(self) -> list[Middleware]: ...

    def of_slack(self) -> list[TraceConfig]: ...

    def watch_http(self, http: AsyncClient) -> None: ...

    def watch_database(self, sessions: Sessions) -> None: ...

    async def close(self) -> None: ...


class Untraced:
    """Nothing is traced, and nothing of it is loaded."""

    def middleware(self) -> list[Middleware]:
        return []

    def of_slack(self) -> list[TraceConfig]:
        return []

    def watch_http(self, http: AsyncClient) -> None: ...

    def watch_database(self, sessions: Sessions) -> None: ...

    async def close(self) -> None: ...


def tracer(settings: Settings) -> Tracer:
    """Raises MissingSettings where traces are wanted and cannot be made."""
    if not settings.otlp_endpoint:
        return Untraced()
    try:
        # The one import that is decided while running: the extra may not be there.
        traces: Any = import_module("handlers.traces")
    except ModuleNotFoundError as error:
        raise MissingSettings(NOT_INSTALLED) from error
    made: Tracer = traces.Traces(settings.otlp_endpoint, replica=settings.replica)
    return made
