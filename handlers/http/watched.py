"""Around every request: a number for it, a line in the log, a figure, and an answer though a handler crashed."""

import re
import time
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from aiohttp import web

from handlers.http.access import TOOLS
from handlers.http.problems import FAILED, Problem

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REQUEST_ID = "X-Request-Id"
NUMBER = web.RequestKey("number", str)
# A number that a proxy gave, in the forms that nginx, Caddy and Envoy give; in any other something else could stand.
GIVEN = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
HUNG_UP = 499  # as nginx calls it; HTTP itself has no number for that
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})  # asked again and again: told at debug only
log = structlog.get_logger()


@web.middleware
async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request through, and tell of it: its route and how it ended, never what was in it."""
    given = request.headers.get(REQUEST_ID, "")
    number = given if GIVEN.fullmatch(given) else uuid.uuid4().hex
    request[NUMBER] = number
    began, status = time.perf_counter(), HTTPStatus.INTERNAL_SERVER_ERROR.value
    with structlog.contextvars.bound_contextvars(request=number):
        try:
            response = await _answer(request, handler)
            status = response.status
            if request.app[TOOLS].draining.is_set():
                response.force_close()  # the next request goes to a process that stays
            return response
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            _tell(request, status, time.perf_counter() - began)


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except ConnectionError:
        # Who asked has gone; what is answered reaches nobody, and is no fault of ours.
        return web.Response(status=HUNG_UP)
    except Exception as error:
        log.error("a request failed in Assay", exc_info=error)
        if request.writer.output_size:
            raise ConnectionResetError("the answer had begun") from error
        detail = f"{FAILED} Its number is {request[NUMBER]}."
        return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail).response()


def _tell(request: web.Request, status: int, seconds: float) -> None:
    method, route = request.method if request.method in METHODS else "OTHER", route_of(request)
    request.app[TOOLS].metrics.request(method, route, status, seconds)
    speak = log.debug if route in PROBES and status < HTTPStatus.BAD_REQUEST else log.info
    speak("answered", http_method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def route_of(request: web.Request) -> str:
    """The pattern of the address, such as /api/v1/drafts/{id}; "none" where there is no such address."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"
