"""Traces arrive at a collector over OTLP/HTTP: what was done and how long it took, and no word of anybody."""

import gzip
import importlib.util
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bot.errors import MissingSettings
from handlers import tracing
from tests.house import DRAFT, House
from tests.houses import Houses
from tests.stories.steps import one_database

MAIL, NAME = "kim.novak@example.com", "Kim Novakova"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector:
    """Takes batches of spans, as they travelled."""

    def __init__(self) -> None:
        self.url = ""
        self.batches: list[ExportTraceServiceRequest] = []
        self.bytes = b""

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        raw = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
        self.bytes += raw
        self.batches.append(ExportTraceServiceRequest.FromString(raw))
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=answer, content_type="application/x-protobuf")

    @property
    def spans(self) -> list[Span]:
        return [
            span for batch in self.batches for resource in batch.resource_spans
            for scope in resource.scope_spans for span in scope.spans
        ]  # fmt: skip

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    made, app = Collector(), web.Application()
    app.add_routes([web.post("/v1/traces", made.take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


def attributes(span: Span) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


async def lives(house: House) -> None:
    """A draft comes in and is approved; somebody asks for odd addresses; Slack refuses once."""
    draft = await house.draft(f"{DRAFT} {NAME} {MAIL}", external_id=NAME)
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()
    heads = {"Authorization": f"Bearer {house.token}", "traceparent": PARENT, "tracestate": f"a={NAME.split()[0]}",
             "baggage": f"who={MAIL}", "User-Agent": NAME}  # fmt: skip
    await house.http.get(f"{house.bot.url}/api/v1/{MAIL}", params={"channel": NAME}, headers=heads)
    await house.http.get(f"{house.bot.url}/api/v1/drafts/{draft}", headers=heads)


async def test_what_was_done_arrives_and_hangs_together(houses: Houses, collector: Collector) -> None:
    async with houses.open(more={"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "ASSAY_REPLICA": "one"}) as house:
        await lives(house)
    click = collector.named("POST /slack/events")[-1]
    assert attributes(click)["http.route"] == "/slack/events"
    below = [span for span in collector.spans if span.trace_id == click.trace_id]
    assert {"INSERT", "UPDATE"} <= {span.name for span in below}, "the label and the outbox"
    assert "slack response_url" in {span.name for span in below}, "what followed from the click"
    assert collector.named("slack chat.postMessage")
    (asked,) = collector.named("GET /api/v1/drafts/{id}")
    assert asked.trace_id.hex() == PARENT.split("-")[1], "the caller's trace goes on"
    assert collector.named("GET none")
    told = {one.key: one.value.string_value for one in collector.batches[0].resource_spans[0].resource.attributes}
    assert (told["service.name"], told["service.instance.id"]) == ("assay", "one")


async def test_no_span_holds_a_value_an_address_or_a_secret(houses: Houses, collector: Collector) -> None:
    async with houses.open(more={"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}) as house:
        await lives(house)
        await house.fault(method="*", kind="drop_after", times=2)
        await house.sends({"channel": "#support", "prompt": NAME, "draft": NAME, "external_id": MAIL})
        await house.settles()
        secrets = [house.token, house.box.app.bot_token, house.box.app.signing_secret]
        calls = [one for one in await house.traffic() if one.get("kind") == "call"]
    words = [*MAIL.split("@"), *NAME.split(), "double charge", "127.0.0.1", *secrets]
    assert not [word for word in words if word.encode() in collector.bytes]
    assert {key for span in collector.spans for key in attributes(span)} <= {
        "http.method", "http.route", "http.status_code", "db.statement", "db.system", "error.type",
    }  # fmt: skip
    assert not [span for span in collector.spans if span.events or span.status.message or span.trace_state]
    assert "traceparent" not in str(calls), "Slack is told nothing of it"


@one_database
async def test_where_no_endpoint_is_set_nothing_is_traced(house: House) -> None:
    assert isinstance(tracing.tracer(house.bot.tools.settings), tracing.Untraced)


@one_database
async def test_an_endpoint_without_the_extra_is_said_at_start(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(tracing, "import_module", lacking)
    settings = house.bot.tools.settings.model_copy(update={"otlp_endpoint": "http://127.0.0.1:9"})
    with pytest.raises(MissingSettings, match="'\\.\\[otel\\]'"):
        tracing.tracer(settings)
    assert importlib.util.find_spec("opentelemetry") is not None


@one_database
async def test_a_collector_that_is_away_keeps_nobody_waiting(houses: Houses) -> None:
    async with houses.open(more={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}) as house:
        draft = await house.draft()
        await house.ana.clicks("Approve", await house.card(draft))
        assert await house.read("ana") == "Saved: approved as is."
