"""The one web application: Slack's events, the API, health."""

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from handlers.http import channels, drafts, gold, labels, openapi
from handlers.http.access import TOOLS
from handlers.http.ndjson import BODY_LIMIT
from handlers.http.problems import as_documents
from handlers.tools import Tools
from storage.engine import DatabaseAway
from storage.queries import channels as stored_channels


def make_web_app(tools: Tools, slack: AsyncApp) -> web.Application:
    """Routes over the tools and the Bolt app."""

    async def slack_events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await slack.async_dispatch(await to_bolt_request(request)))

    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[as_documents])
    app[TOOLS] = tools
    app.add_routes(
        [
            web.post("/slack/events", slack_events),
            *drafts.ROUTES,
            *labels.ROUTES,
            *gold.ROUTES,
            *channels.ROUTES,
            web.get("/api/v1/openapi.json", openapi.get_openapi),
            web.get("/healthz", healthy),
            web.get("/readyz", ready),
        ]
    )
    return app


async def healthy(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """The process can store labels."""
    try:
        async with request.app[TOOLS].sessions.reading() as session:
            await stored_channels.newest_workspace(session)
    except DatabaseAway:
        return web.json_response({"status": "the database is away"}, status=503)
    return web.json_response({"status": "ok"})
