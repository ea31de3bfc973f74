"""JSON as it comes in: a whole body, or a stream of lines that is never held as a whole."""

import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from aiohttp import web

from handlers.http.problems import Problem

BODY_LIMIT = 4 * 2**20  # bytes of an object, an array, or one line of a stream
NDJSON = "application/x-ndjson"
TOO_DEEP = "The JSON is nested too deep. Send at most 8 levels."
TOO_BIG = "A number has too many digits. Send long numbers as text."
SEND = "Send one draft as an object, an array of them, or one a line as Content-Type: application/x-ndjson."


async def parsed_lines(request: web.Request) -> AsyncIterator[Any]:
    """Each line's value, or the problem with it. A line that a lost connection cut off is not a draft."""
    async for line in _lines(request):
        if isinstance(line, Problem):
            yield line
        elif line.strip():
            try:
                yield await parsed(line)
            except Problem as problem:
                yield problem


async def _lines(request: web.Request) -> AsyncIterator[bytes | Problem]:
    kept, too_long = bytearray(), False
    async for chunk in request.content.iter_any():
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            yield _too_long() if too_long or len(kept) + len(line) > BODY_LIMIT else bytes(kept + line)
            kept, too_long = bytearray(), False
        too_long = too_long or len(kept) + len(rest) > BODY_LIMIT
        kept = bytearray() if too_long else kept + rest
    if kept or too_long:
        yield _too_long() if too_long else bytes(kept)


def broke_off() -> Problem:
    detail = "The stream broke off. Nothing from this line on was stored: send the rest again."
    return Problem(HTTPStatus.BAD_REQUEST, detail)


def _too_long() -> Problem:
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This line is longer than 4 MiB. Shorten it.")


async def parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except RecursionError:
        raise Problem(HTTPStatus.BAD_REQUEST, TOO_DEEP) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"This is not JSON: {error}. {SEND}") from None
    except ValueError:
        raise Problem(HTTPStatus.BAD_REQUEST, TOO_BIG) from None
