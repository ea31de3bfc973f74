"""Every error of the HTTP API is a problem document (RFC 9457) that says what to do."""

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from aiohttp import web

from storage.errors import DatabaseAway

TYPE = "application/problem+json"
log = structlog.get_logger()


class Problem(Exception):
    """What went wrong with a request: a status, and a sentence that says what to do."""

    def __init__(self, status: HTTPStatus, detail: str, *, pointer: str | None = None, wait: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.pointer = status, detail, pointer
        self.headers = {} if wait is None else {"Retry-After": str(wait)}
        if status is HTTPStatus.UNAUTHORIZED:
            self.headers["WWW-Authenticate"] = 'Bearer realm="assay"'

    def body(self) -> dict[str, object]:
        made: dict[str, object] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
        }
        return made | ({"pointer": self.pointer} if self.pointer is not None else {})

    def response(self) -> web.Response:
        body = json.dumps(self.body()).encode()
        return web.Response(status=self.status, body=body, content_type=TYPE, headers=self.headers)


@web.middleware
async def as_documents(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn every failure of an API route into a problem document, and an address that is not there anywhere."""
    if request.match_info.http_exception is None and not request.path.startswith("/api/"):
        return await handler(request)
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except DatabaseAway:
        return database_away().response()
    except web.RequestPayloadError:
        detail = "The body broke off, or is not packed as its Content-Encoding says. Nothing was stored; send it again."
        return Problem(HTTPStatus.BAD_REQUEST, detail).response()
    except web.HTTPException as error:
        answer = Problem(HTTPStatus(error.status), _sentence(error)).response()
        answer.headers.extend({"Allow": error.headers["Allow"]} if "Allow" in error.headers else {})
        return answer


FAILED = "Assay failed, and the operator's log says where. Send it again: what is stored already is recognised."


def too_slow() -> Problem:
    return Problem(HTTPStatus.REQUEST_TIMEOUT, "The body did not arrive in time. Nothing was stored; send it again.")


def database_away() -> Problem:
    detail = "The database is away. Nothing was stored; send it again in a minute."
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, wait=60)


def _sentence(error: web.HTTPException) -> str:
    match error.status:
        case HTTPStatus.NOT_FOUND:
            return "There is nothing at this address. /api/v1/openapi.json lists what there is."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            asked_beside = {"HEAD", "OPTIONS"}  # every address takes them where they mean anything
            takes = [one for one in error.headers.get("Allow", "").split(",") if one not in asked_beside]
            return f"This address does not take that method; it takes {', '.join(takes)}."
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return "The body is too large. Send many drafts as NDJSON, one a line: a stream has no limit."
        case _:
            return error.reason


async def expected(request: web.Request) -> web.StreamResponse | None:
    """What a client asks for before it sends a body: to be told to go on, or something that nobody knows."""
    if request.headers.get("Expect", "").lower() != "100-continue":
        detail = "Nothing but Expect: 100-continue is understood. Send the request without it."
        return Problem(HTTPStatus.EXPECTATION_FAILED, detail).response()
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer itself has not begun
    return None
