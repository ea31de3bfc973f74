"""The one web application: Slack's events, the API, health."""

from functools import partial

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from handlers.http import api
from handlers.http.problems import as_documents
from handlers.slack.socket import Socket
from handlers.tools import Tools
from storage.engine import DatabaseAway
from storage.queries import channels

SOCKET = web.AppKey("socket", Socket)


def make_web_app(tools: Tools, slack: AsyncApp | Socket) -> web.Application:
    """Routes over the tools, and over the Bolt app where Slack calls the bot.

    Over a socket nothing is taken at /slack/events: an address that nobody needs is one that nobody can try.
    """

    app = web.Application(client_max_size=api.BODY_LIMIT, middlewares=[as_documents])
    app[api.TOOLS] = tools
    app.add_routes(
        [
            web.post("/api/v1/drafts", api.post_drafts),
            web.post("/api/v1/drafts/{id}/withdraw", api.withdraw_draft),
            web.get("/api/v1/openapi.json", api.get_openapi),
            web.get("/healthz", healthy),
            web.get("/readyz", ready),
        ]
    )
    if isinstance(slack, Socket):
        app[SOCKET] = slack
    else:
        app.add_routes([web.post("/slack/events", partial(slack_events, slack))])
    return app


async def slack_events(slack: AsyncApp, request: web.Request) -> web.Response:
    return await to_aiohttp_response(await slack.async_dispatch(await to_bolt_request(request)))


async def healthy(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """The process can store labels, and Slack's messages reach it."""
    try:
        async with request.app[api.TOOLS].sessions.reading() as session:
            await channels.newest_workspace(session)
    except DatabaseAway:
        return web.json_response({"status": "the database is away"}, status=503)
    socket = request.app.get(SOCKET)
    if socket is not None and not socket.connected:
        return web.json_response({"status": "the socket to Slack is not connected"}, status=503)
    return web.json_response({"status": "ok"})
