"""The OpenAPI document, made from the class that validates."""

from importlib.metadata import version
from typing import Any

from bot.submissions import Submission

PROBLEM = {"$ref": "#/components/responses/Problem"}


def document() -> dict[str, Any]:
    """What the API takes and answers, as OpenAPI 3.1."""
    schemas = Submission.model_json_schema(ref_template="#/components/schemas/{model}")
    inner = schemas.pop("$defs", {})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Assay", "version": version("assay"), "description": "Drafts in; answers are for training."},
        "paths": {"/api/v1/drafts": {"post": _post_drafts()}, "/api/v1/drafts/{id}/withdraw": {"post": _withdraw()}},
        "components": {
            "schemas": {**inner, "Submission": schemas, "Receipt": RECEIPT, "Problem": PROBLEM_SCHEMA},
            "responses": {"Problem": {"description": "What went wrong, and what to do", "content": _problem()}},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


RECEIPT = {
    "type": "object",
    "required": ["index", "status"],
    "properties": {
        "index": {"type": "integer", "description": "Place in the request, from 0"},
        "status": {"enum": ["created", "exists", "conflict", "error"]},
        "id": {"type": "string"},
        "detail": {"type": "string"},
        "pointer": {"type": "string", "description": "JSON pointer to what is wrong"},
    },
}
PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "pointer": {"type": "string"},
    },
}


def _post_drafts() -> dict[str, Any]:
    one = {"$ref": "#/components/schemas/Submission"}
    receipt = {"$ref": "#/components/schemas/Receipt"}
    many: dict[str, Any] = {"type": "array", "items": receipt}
    return {
        "summary": "Take in one draft, an array, or a stream (NDJSON)",
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
            **dict.fromkeys(("400", "401", "403", "409", "413", "422", "503"), PROBLEM),
        },
    }


def _withdraw() -> dict[str, Any]:
    state = {"type": "object", "properties": {"id": {"type": "string"}, "state": {"const": "withdrawn"}}}
    return {
        "summary": "Take a draft back",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {
            "200": _answer("The draft is withdrawn", state),
            **dict.fromkeys(("401", "403", "404", "503"), PROBLEM),
        },
    }


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _problem() -> dict[str, Any]:
    return {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
