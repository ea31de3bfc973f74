"""What schemas of the OpenAPI document are put together from."""

from typing import Any


def schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def many(name: str) -> dict[str, Any]:
    return {"type": "array", "items": schema(name)}


TEXT = {"type": "string"}
MAYBE = {"type": ["string", "null"]}
WHOLE = {"type": "integer"}
FLAG = {"type": "boolean"}
SHARE = {"type": ["number", "null"]}
TIME = {"type": "string", "format": "date-time"}
NAMES = {"type": "array", "items": TEXT}


def an_object(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "required": [*fields], "properties": fields}
