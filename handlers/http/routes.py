"""An operation becomes a route: token, rate, scopes, known parameters, in this order, then its handler."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus

from aiohttp import web

from bot.allowances import Left
from handlers.http.access import BEARER, TOOLS, check_scopes, identified
from handlers.http.operations import Handler, Operation
from handlers.http.parameters import only_known
from handlers.http.problems import Problem, expected

LEFT = web.RequestKey("left", Left)


def made(operations: Sequence[Operation]) -> list[web.RouteDef]:
    """The routes of all operations, and for each address an answer to OPTIONS."""
    routes = [
        web.RouteDef(one.method, one.path, _taken(one), {"expect_handler": expected} | _head(one)) for one in operations
    ]
    paths = dict.fromkeys(one.path for one in operations)
    return routes + [web.options(path, _telling(path, operations)) for path in paths]


def allowed(path: str, operations: Iterable[Operation]) -> list[str]:
    """The methods that an address takes."""
    found = {one.method for one in operations if one.path == path} | {"OPTIONS"}
    return sorted(found | {"HEAD"} if "GET" in found else found)


async def say_what_is_left(request: web.Request, response: web.StreamResponse) -> None:
    """Where the token stands, in the headers of every answer.

    https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
    """
    left = request.get(LEFT)
    if left is not None:
        response.headers["RateLimit-Policy"] = f'"token";q={left.rate};w=60'
        response.headers["RateLimit"] = f'"token";r={left.remaining};t={left.seconds}'


def _head(operation: Operation) -> dict[str, bool]:
    return {"allow_head": True} if operation.method == "GET" else {}


def _taken(operation: Operation) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        if operation.scopes is not None:
            bearer = request[BEARER] = await identified(request)
            left = request[LEFT] = await request.app[TOOLS].allowances.take(bearer.token)
            if not left.allowed:
                detail = f"This token has made its {left.rate:,} requests of this minute. Wait {left.seconds} seconds."
                raise Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, wait=left.seconds)
            check_scopes(bearer, operation.scopes)
        only_known(request, operation.names)
        return await operation.handler(request)

    return handler


def _telling(path: str, operations: Sequence[Operation]) -> Handler:
    methods = ", ".join(allowed(path, operations))

    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=HTTPStatus.NO_CONTENT, headers={"Allow": methods})

    return handler
