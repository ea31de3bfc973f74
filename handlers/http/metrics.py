"""Metrics for Prometheus: for whoever has the token, or without one for this machine itself."""

import hmac
from http import HTTPStatus
from ipaddress import ip_address

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot import backlog
from bot.backlog import Backlog
from handlers.http.access import TOOLS
from handlers.http.problems import Problem
from handlers.tools import Tools
from storage.errors import DatabaseAway

# Through a proxy everybody comes from this machine.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
NEEDS_TOKEN = "Metrics are read with the token that ASSAY_METRICS_TOKEN holds: Authorization: Bearer …"
ONLY_HERE = (
    "Without ASSAY_METRICS_TOKEN metrics are read from the machine itself only, and not through a proxy. Set it, and "
    "send it: Authorization: Bearer …"
)


async def get_metrics(request: web.Request) -> web.Response:
    """Everything that is counted. While the database is away the rest is told all the same."""
    tools = request.app[TOOLS]
    if why_not := _refused(request, tools.settings.metrics_token.get_secret_value()):
        return why_not
    text = tools.metrics.text(await _backlog(tools))
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


ROUTES = [web.get("/metrics", get_metrics)]


async def _backlog(tools: Tools) -> Backlog | None:
    try:
        async with tools.sessions.reading() as session:
            return await backlog.measure(session, tools.now())
    except DatabaseAway:
        return None


def _refused(request: web.Request, token: str) -> web.Response | None:
    if not token:
        return None if _from_here(request) else Problem(HTTPStatus.FORBIDDEN, ONLY_HERE).response()
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(errors="replace"), token.encode()):
        return None
    answer = Problem(HTTPStatus.UNAUTHORIZED, NEEDS_TOKEN).response()
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _from_here(request: web.Request) -> bool:
    try:
        here = ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
    return here and not any(name in request.headers for name in FORWARDED)
