"""Traces over OTLP/HTTP, with the extra `otel`: spans of requests, of calls to Slack and the model, of the database.

The instrumentations write down whole links, heads and errors' words. So nothing is exported as they made it: a span
leaves with what is known to be harmless, and with no event, for those hold what exceptions say.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from aiohttp import TraceConfig, TraceRequestStartParams, web
from aiohttp.typedefs import Handler, Middleware
from httpx import AsyncClient
from opentelemetry import metrics, propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.aiohttp_client import create_trace_config
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.sqlalchemy.engine import EngineTracer
from opentelemetry.propagators.textmap import CarrierT, Setter, default_setter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from handlers.http.watched import METHODS, route_of
from storage.engine import Sessions

PATIENCE = 5  # seconds that a collector has to take a batch
ROUTE, STATEMENT = "http.route", ("db.statement", "db.query.text")
METHOD = ("http.method", "http.request.method")
KEPT = frozenset(
    {
        *METHOD,
        *STATEMENT,  # our own SQL, with places for values
        ROUTE,
        "http.status_code",
        "http.response.status_code",
        "db.system",
        "db.system.name",
        "error.type",
    }
)
CALL = re.compile(r"slack (response_url|[a-z]+(\.[A-Za-z]+){1,3})")
SLACK_METHOD = re.compile(r"/api/([a-z]+(?:\.[A-Za-z]+){1,3})$")


class TakeOnly(TraceContextTextMapPropagator):
    """A trace that a caller began is gone on with; Slack and the model are told nothing of it."""

    def inject(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        setter: Setter[CarrierT] = default_setter,
    ) -> None:
        """Adds no head."""


class Harmless(SpanExporter):
    """Sends on what may leave of each span."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._inner.export([harmless(span) for span in spans])

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


def harmless(span: ReadableSpan) -> ReadableSpan:
    """The span with known attributes only, without events, and with a name that is made of them."""
    kept = {name: value for name, value in (span.attributes or {}).items() if name in KEPT}
    return ReadableSpan(
        name=_name(span, kept),
        context=_bare(span.get_span_context()),
        parent=_bare(span.parent),
        resource=span.resource,
        attributes=kept,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


class Traces:
    """What puts spans around a bot's requests, calls and statements. Each is told of; nothing is patched."""

    def __init__(self, endpoint: str, *, replica: str) -> None:
        own = Resource.create({SERVICE_VERSION: version("assay"), SERVICE_INSTANCE_ID: replica})
        if str(own.attributes[SERVICE_NAME]).startswith("unknown_service"):
            own = own.merge(Resource({SERVICE_NAME: "assay"}))
        self._provider = TracerProvider(resource=own, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=PATIENCE)
        self._provider.add_span_processor(BatchSpanProcessor(Harmless(exporter)))
        propagate.set_global_textmap(TakeOnly())

    def middleware(self) -> list[Middleware]:
        """For the web application, outermost."""
        tracer = self._provider.get_tracer("assay.http")

        @web.middleware
        async def spanned(request: web.Request, handler: Handler) -> web.StreamResponse:
            method, route = request.method if request.method in METHODS else "OTHER", route_of(request)
            with tracer.start_as_current_span(
                f"{method} {route}",
                context=propagate.extract(request.headers),
                kind=SpanKind.SERVER,
                attributes={METHOD[0]: method, ROUTE: route},
                record_exception=False,
                set_status_on_exception=False,
            ) as span:
                response = await handler(request)
                span.set_attribute("http.status_code", response.status)
                span.set_status(
                    StatusCode.ERROR if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR else StatusCode.OK
                )
                return response

        return [spanned]

    def of_slack(self) -> list[TraceConfig]:
        """For the session of Slack's client."""
        return [create_trace_config(request_hook=_name_call, tracer_provider=self._provider)]

    def watch_http(self, http: AsyncClient) -> None:
        """Calls of the model and of whatever else this client is used for."""
        HTTPXClientInstrumentor.instrument_client(http, tracer_provider=self._provider)

    def watch_database(self, sessions: Sessions) -> None:
        """Statements, without their values."""
        tracer = self._provider.get_tracer("assay.database")
        used = metrics.NoOpMeter("assay").create_up_down_counter("connections")
        for engine in {sessions.reader, sessions.writer}:
            EngineTracer(tracer, engine.sync_engine, used)  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Send what is left."""
        await asyncio.to_thread(self._provider.shutdown)


def _name_call(span: trace.Span, asked: TraceRequestStartParams) -> None:
    found = SLACK_METHOD.search(asked.url.path)
    span.update_name(f"slack {found.group(1)}" if found else "slack response_url")


def _name(span: ReadableSpan, kept: Mapping[str, Any]) -> str:
    method = next((str(kept[name]) for name in METHOD if name in kept), "")
    method = method if method in METHODS else "OTHER"
    if span.kind is SpanKind.SERVER:
        return f"{method} {kept.get(ROUTE, 'none')}"
    if statement := next((str(kept[name]) for name in STATEMENT if name in kept), ""):
        return statement.split(maxsplit=1)[0]
    return span.name if CALL.fullmatch(span.name) else method


def _bare(context: SpanContext | None) -> SpanContext | None:
    """Without the state that callers may send along, in which anything can stand."""
    if context is None:
        return None
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)
