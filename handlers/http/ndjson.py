"""JSON as it comes in: a whole body, or a stream of lines that is never held as a whole."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp import web

from handlers.http.problems import Problem
from handlers.http.unpacking import pieces

TURN = 200  # lines after which others get their turn
MOST_OF_NO_USE = 10_000  # lines of a stream that are blank or no JSON objects
BODY_LIMIT = 4 * 2**20  # bytes of an object, an array, or one line of a stream
TOO_DEEP = "The JSON is nested too deep. Send at most 8 levels."
TOO_BIG = "A number has too many digits. Send long numbers as text."
SEND = "Send one draft as an object, an array of them, or one a line as Content-Type: application/x-ndjson."


@dataclass(frozen=True)
class Line:
    """One line's value, or the problem with it; how many bytes it had, and which line of all it was, from 1."""

    value: Any
    size: int
    number: int


async def parsed_lines(request: web.Request) -> AsyncIterator[Line]:
    """The lines that are not blank. One that a lost connection cut off is not a draft; too many that are no objects
    end the stream with a problem."""
    of_no_use, seen = 0, 0
    async for line in _lines(request):
        seen += 1
        if seen % TURN == 0:
            await asyncio.sleep(0)
        blank = not isinstance(line, Problem) and not line.strip()
        value = None if blank else await _value(line)
        if not isinstance(value, dict):
            of_no_use += 1
        if not blank:
            yield Line(value, 0 if isinstance(line, Problem) else len(line), seen)
        if of_no_use > MOST_OF_NO_USE:
            yield Line(_no_stream_of_drafts(), 0, seen)
            return


async def _value(line: bytes | Problem) -> Any:
    try:
        return line if isinstance(line, Problem) else await parsed(line)
    except Problem as problem:
        return problem


async def _lines(request: web.Request) -> AsyncIterator[bytes | Problem]:
    kept, too_long = bytearray(), False
    async for chunk in pieces(request):
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            yield _too_long() if too_long or len(kept) + end - start > BODY_LIMIT else bytes(kept) + chunk[start:end]
            kept, too_long, start = bytearray(), False, end + 1
        too_long = too_long or len(kept) + len(chunk) - start > BODY_LIMIT
        if too_long:
            kept.clear()
        else:
            kept += chunk[start:]
    if kept or too_long:
        yield _too_long() if too_long else bytes(kept)


def _no_stream_of_drafts() -> Problem:
    detail = (
        f"More than {MOST_OF_NO_USE:,} lines of this stream are blank or no JSON objects, so it was not read further. "
        "What was answered before is stored; look at what writes the stream, then send the rest."
    )
    return Problem(HTTPStatus.BAD_REQUEST, detail)


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
