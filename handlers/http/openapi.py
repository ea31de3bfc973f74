"""The OpenAPI document, made from the table of operations and the classes that validate."""

from collections.abc import Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from aiohttp import web
from pydantic import BaseModel, TypeAdapter

from bot.figures import Figures
from bot.submissions import Submission
from handlers.http import openapi_schemas as schemas
from handlers.http import webhook_shapes
from handlers.http.operations import Answer, Body, Operation
from handlers.http.parameters import Parameter
from handlers.http.schema_parts import schema
from handlers.http.webhook_wishes import Replay, WebhookWanted
from storage.words import WebhookEvent

PROBLEM_KIND = "application/problem+json"
REF = "#/components/schemas/{model}"
ABOUT = """Drafts go in, labels and gold come out; nothing is ever sent to a customer.

Every error is a problem document (RFC 9457) that says what to do. Parameters and fields that are not described here are
refused, so that a misspelt one does not go unheard. Fields may be added to what is answered: ignore those you do not
know. Every GET takes HEAD too, and every address OPTIONS."""
KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Your own word for this request, such as a UUID. Sent again within a day with the same body, the "
    "first answer comes again (Idempotent-Replayed: true) and nothing is done twice; with another body it is refused.",
}
RATE_HEADERS = {
    "RateLimit-Policy": {"schema": {"type": "string"}, "description": "How many requests (q) a token has in w seconds"},
    "RateLimit": {"schema": {"type": "string"}, "description": "How many are left (r), and seconds to the next (t)"},
}
WAIT = {"schema": {"type": "integer"}, "description": "Seconds to wait"}
SAID = {
    HTTPStatus.BAD_REQUEST: "A parameter, a header or the body cannot be read",
    HTTPStatus.UNAUTHORIZED: "No token, or one that is not known",
    HTTPStatus.FORBIDDEN: "The token lacks the scope",
    HTTPStatus.NOT_FOUND: "There is none that this token may see",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not arrive in time",
    HTTPStatus.CONFLICT: "Something else stands there, or the same request is being answered",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is packed in a way that is not taken",
    HTTPStatus.EXPECTATION_FAILED: "The request expects what nobody knows",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The body is read, and something in it is wrong",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests in this minute",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Assay failed",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database is away",
}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """What the API takes and answers, as OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Assay", "version": version("assay"), "description": ABOUT},
        "paths": paths,
        "webhooks": {event.value: _webhook(event) for event in WebhookEvent},
        "components": {
            "schemas": {**_validated(), **schemas.ALL, **webhook_shapes.ALL},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": schemas.SCOPES}},
        },
        "security": [{"token": []}],
    }


def serving(operations: Sequence[Operation]) -> Operation:
    """The operation that answers with the document, itself a part of it."""

    async def get_openapi(_request: web.Request) -> web.Response:
        return web.json_response(document([*operations, itself]))

    itself = Operation(
        "GET",
        "/api/v1/openapi.json",
        get_openapi,
        "This document",
        "OpenAPI 3.1; /api/docs shows it to people.",
        {HTTPStatus.OK: Answer("The document", {"type": "object"})},
        scopes=None,
    )
    return itself


def _validated() -> dict[str, Any]:
    """The schemas of what is validated, from the classes that do it."""
    found: dict[str, Any] = {}
    bodies: tuple[type[BaseModel], ...] = (Submission, WebhookWanted, Replay)
    for body in bodies:
        made = body.model_json_schema(ref_template=REF)
        found |= made.pop("$defs", {}) | {body.__name__: made}
    figures: dict[str, Any] = TypeAdapter(Figures).json_schema(ref_template=REF, mode="serialization")
    return {**found, **figures.pop("$defs", {}), "Figures": figures}


def _operation(one: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": one.handler.__name__,
        "summary": one.summary,
        "description": f"{_scopes(one)} {one.about}".strip(),
        "responses": {str(status.value): _answer(one, answer) for status, answer in one.answers.items()}
        | {str(status.value): _problem(one, status) for status in one.every_problem},
    }
    parameters = [_in_path(name) for name in one.in_path] + [_in_query(each) for each in one.query]
    if parameters or one.once:
        made["parameters"] = parameters + ([KEY_HEADER] if one.once else [])
    if one.body is not None:
        made["requestBody"] = {"required": True, "content": _content(one.body)}
    if one.scopes is None:
        made["security"] = []
    return made


def _content(body: Body) -> dict[str, Any]:
    kinds: dict[str, Any] = {kind: {"schema": schema} for kind, schema in body.kinds.items()}
    for kind, example in body.examples.items():
        kinds[kind] |= {"example": example}
    return kinds


def _scopes(one: Operation) -> str:
    if one.scopes is None:
        return "Needs no token."
    if not one.scopes:
        return "Any token will do."
    *others, last = one.scopes
    return f"Needs the scope {', '.join(others)}{' or ' if others else ''}{last}."


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _in_query(parameter: Parameter[Any]) -> dict[str, Any]:
    bare = {name: value for name, value in parameter.schema.items() if name != "description"}
    about = parameter.schema.get("description", "")
    return {"name": parameter.name, "in": "query", "description": about, "schema": bare}


def _answer(one: Operation, answer: Answer) -> dict[str, Any]:
    limits = RATE_HEADERS if one.scopes is not None else {}
    replayed = {"Idempotent-Replayed": {"schema": {"const": "true"}}} if one.once else {}
    made: dict[str, Any] = {"description": answer.description, "headers": {**limits, **replayed, **answer.headers}}
    if answer.schema is not None:
        made["content"] = {answer.kind: {"schema": answer.schema}}
    return made


def _problem(one: Operation, status: HTTPStatus) -> dict[str, Any]:
    waits = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    headers = (RATE_HEADERS if one.scopes is not None else {}) | ({"Retry-After": WAIT} if waits else {})
    made = {"description": SAID[status], "content": {PROBLEM_KIND: {"schema": schema("Problem")}}}
    return made | ({"headers": headers} if headers else {})


def _webhook(event: WebhookEvent) -> dict[str, Any]:
    about, schema = webhook_shapes.EVENTS[event]
    return {
        "post": {
            "summary": event.value,
            "description": f"{about} {webhook_shapes.ABOUT_EVENTS}",
            "requestBody": {"content": {"application/json": {"schema": schema}}},
            "responses": {"2XX": {"description": "Taken"}, "410": {"description": "Switches the webhook off"}},
        }
    }
