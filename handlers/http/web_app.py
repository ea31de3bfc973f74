"""The one web application: Slack's events, the API, health."""

import asyncio
from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Middleware
from slack_bolt.async_app import AsyncApp

from handlers.http import (
    audit,
    channels,
    docs_page,
    drafts,
    erasures,
    figures,
    gold,
    headers,
    installing,
    intake,
    labels,
    metrics,
    openapi,
    routes,
    webhooks,
)
from handlers.http.access import TOOLS
from handlers.http.ndjson import BODY_LIMIT
from handlers.http.problems import as_documents
from handlers.http.slack_door import Door
from handlers.http.watched import watched
from handlers.slack.socket import Socket
from handlers.tools import Tools
from storage.errors import DatabaseAway
from storage.queries import seen

OPERATIONS = [
    *intake.OPERATIONS,
    *drafts.OPERATIONS,
    *labels.OPERATIONS,
    *gold.OPERATIONS,
    *channels.OPERATIONS,
    *figures.OPERATIONS,
    *audit.OPERATIONS,
    *erasures.OPERATIONS,
    *webhooks.OPERATIONS,
]
API = [*OPERATIONS, openapi.serving(OPERATIONS)]
BEATING = web.AppKey("beating", asyncio.Lock)  # held by the one probe that writes: many must not keep clicks away
SOCKET = web.AppKey("socket", Socket)


def make_web_app(tools: Tools, slack: AsyncApp | Socket, *, around: Sequence[Middleware] = ()) -> web.Application:
    """Routes over the tools, and over the Bolt app where Slack calls the bot.

    Over a socket nothing is taken at /slack/events: an address that nobody needs is one that nobody can try.
    """

    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[*around, watched, as_documents])
    app.on_response_prepare.append(headers.add)
    app[TOOLS] = tools
    app[BEATING] = asyncio.Lock()
    app.on_response_prepare.append(routes.say_what_is_left)
    app.add_routes(
        [
            *routes.made(API),
            *docs_page.ROUTES,
            *metrics.ROUTES,
            web.get("/healthz", healthy),
            web.get("/readyz", ready),
        ]
    )
    if tools.installer is not None:
        app.add_routes(installing.ROUTES)
    if isinstance(slack, Socket):
        app[SOCKET] = slack
    else:
        door = Door(slack, tools.settings.slack_signing_secret.get_secret_value(), tools.metrics)
        app.add_routes([web.post("/slack/events", door.take)])
    return app


async def healthy(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """The process can store labels, and Slack's messages reach it. Only a commit shows the first."""
    tools = request.app[TOOLS]
    if tools.draining.is_set():
        return web.json_response({"status": "this process is about to stop"}, status=503)
    try:
        async with request.app[BEATING], tools.sessions.writing() as session:
            await seen.beat(session, tools.now())
    except DatabaseAway:
        return web.json_response({"status": "the database is away, full or read-only"}, status=503)
    socket = request.app.get(SOCKET)
    if socket is not None and not socket.connected:
        return web.json_response({"status": "the socket to Slack is not connected"}, status=503)
    return web.json_response({"status": "ok"})
