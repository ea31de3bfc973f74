"""The OpenAPI document, made from the class that validates."""

from importlib.metadata import version
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter

from bot.figures import Figures
from bot.submissions import Submission
from handlers.http import openapi_schemas as schemas
from handlers.http.erasures import Erasure
from handlers.http.figures import LONGEST
from handlers.http.gold import FORMATS
from handlers.http.labels import LARGEST, PAGE
from storage.models import LARGEST_NUMBER

PROBLEM = {"$ref": "#/components/responses/Problem"}
DATE = {"type": "string", "format": "date"}
NAME = {"type": "string", "description": "Its id (C…) or name; a token that is bound to a channel may leave it out"}


async def get_openapi(_request: web.Request) -> web.Response:
    return web.json_response(document())


def document() -> dict[str, Any]:
    """What the API takes and answers, as OpenAPI 3.1."""
    submission = Submission.model_json_schema(ref_template="#/components/schemas/{model}")
    figures = TypeAdapter(Figures).json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    inner = submission.pop("$defs", {}) | figures.pop("$defs", {})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Assay", "version": version("assay"), "description": "Drafts in; answers are for training."},
        "paths": {
            "/api/v1/drafts": {"post": _post_drafts()},
            "/api/v1/drafts/{id}": {"get": _get_draft()},
            "/api/v1/drafts/{id}/withdraw": {"post": _withdraw()},
            "/api/v1/labels": {"get": _get_labels()},
            "/api/v1/gold": {"get": _get_gold()},
            "/api/v1/erasures": {"post": _post_erasure()},
            "/api/v1/audit": {"get": _get_audit()},
            "/api/v1/channels": {"get": _get_channels()},
            "/api/v1/channels/{channel}/digest": {"get": _get_digest()},
            "/api/v1/channels/{channel}/agreement": {"get": _get_agreement()},
        },
        "components": {
            "schemas": {**inner, "Submission": submission, "Figures": figures, **schemas.ALL},
            "responses": {"Problem": {"description": "What went wrong, and what to do", "content": _problem()}},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": schemas.SCOPES}},
        },
        "security": [{"token": []}],
    }


def _post_drafts() -> dict[str, Any]:
    one, receipt = _schema("Submission"), _schema("Receipt")
    many: dict[str, Any] = {"type": "array", "items": receipt}
    return {
        "summary": "Take in one draft, an array, or a stream (NDJSON)",
        "description": "Needs the scope drafts:write.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"oneOf": [one, {"type": "array", "items": one}]}},
                "application/x-ndjson": {"schema": one},
            },
        },
        "responses": {
            "200": _answer(
                "An array or stream was taken in, or the draft was here already", {"oneOf": [receipt, many]}
            ),
            "201": _answer("The draft was stored", receipt),
            "207": _answer("Some items of the array have errors", many),
            **_problems("400", "401", "403", "409", "413", "422", "503"),
        },
    }


def _get_draft() -> dict[str, Any]:
    return {
        "summary": "Where a draft stands",
        "description": "Needs the scope drafts:write, labels:read or gold:read. Nothing is said of what was answered.",
        "parameters": [_in_path("id")],
        "responses": {"200": _answer("The draft", _schema("Draft")), **_problems("401", "403", "404", "503")},
    }


def _withdraw() -> dict[str, Any]:
    state = {"type": "object", "properties": {"id": {"type": "string"}, "state": {"const": "withdrawn"}}}
    return {
        "summary": "Take a draft back",
        "description": "Needs the scope drafts:write.",
        "parameters": [_in_path("id")],
        "responses": {"200": _answer("The draft is withdrawn", state), **_problems("401", "403", "404", "503")},
    }


def _get_labels() -> dict[str, Any]:
    ended = "The number that the last page ended with"
    after = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER, "default": 0, "description": ended}
    limit = {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": PAGE}
    page = _lines(
        "Revisions in the order of their numbers, one a line, and tombstones of erased drafts", "LabelOrTombstone"
    )
    return {
        "summary": "Read labels, every revision of them, a page at a time",
        "description": schemas.ABOUT_LABELS,
        "parameters": [_in_query("channel", NAME), _in_query("after", after), _in_query("limit", limit)],
        "responses": {"200": page | {"headers": schemas.LABEL_HEADERS}, **_problems("400", "401", "403", "404", "503")},
    }


def _get_gold() -> dict[str, Any]:
    form = {"enum": [*FORMATS], "default": FORMATS[0]}
    return {
        "summary": "Read gold as one stream",
        "description": "Needs the scope gold:read. The rows are those of assay export. A stream that breaks off ends "
        "without its last chunk, so that no client takes it for the whole: ask again.",
        "parameters": [_in_query("channel", NAME), _in_query("format", form)],
        "responses": {
            "200": _lines("Settled answers, one a line; as erased the tombstones of drafts", "ExampleOrTombstone"),
            **_problems("400", "401", "403", "404", "503"),
        },
    }


def _get_audit() -> dict[str, Any]:
    after = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER, "default": 0}
    limit = {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": PAGE}
    page = _lines("Entries in the order of their numbers, one a line", "AuditEntry")
    return {
        "summary": "Read the audit trail: who did what, and when",
        "description": "Needs the scope admin. A token that is bound to a channel reads what was done there.",
        "parameters": [_in_query("channel", NAME), _in_query("after", after), _in_query("limit", limit)],
        "responses": {"200": page | {"headers": schemas.LABEL_HEADERS}, **_problems("400", "401", "403", "404", "503")},
    }


def _post_erasure() -> dict[str, Any]:
    return {
        "summary": "Erase what is stored of a ticket or a customer, or say what would go",
        "description": "Needs the scope admin. It cannot be undone; what it does not reach stands in docs/privacy.md.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": Erasure.model_json_schema()}},
        },
        "responses": {
            "200": _answer("What was erased, or would be", _schema("Erased")),
            **_problems("400", "401", "403", "404", "413", "422", "503"),
        },
    }


def _get_channels() -> dict[str, Any]:
    many = {"type": "array", "items": _schema("Channel")}
    return {
        "summary": "The channels that this token may see",
        "description": "Any token will do.",
        "responses": {"200": _answer("The channels", many), **_problems("401", "503")},
    }


def _get_digest() -> dict[str, Any]:
    return {
        "summary": "The digest of a date, whether or not it was posted",
        "description": "Needs the scope labels:read. Without a date that of today, in the channel's time zone.",
        "parameters": [_in_path("channel"), _in_query("date", DATE)],
        "responses": {"200": _answer("The digest", _schema("Digest")), **_problems("400", "401", "403", "404", "503")},
    }


def _get_agreement() -> dict[str, Any]:
    about = "Needs the scope labels:read. Both dates are included; without them the last 28 whole days."
    return {
        "summary": "Every figure over some days",
        "description": f"{about} At most {LONGEST.days} days.",
        "parameters": [_in_path("channel"), _in_query("from", DATE), _in_query("to", DATE)],
        "responses": {
            "200": _answer("The figures", _schema("Agreement")),
            **_problems("400", "401", "403", "404", "503"),
        },
    }


def _schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _in_query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _lines(description: str, name: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/x-ndjson": {"schema": _schema(name)}}}


def _problems(*statuses: str) -> dict[str, Any]:
    return dict.fromkeys(statuses, PROBLEM)


def _problem() -> dict[str, Any]:
    return {"application/problem+json": {"schema": _schema("Problem")}}
