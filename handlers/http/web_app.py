"""The one web application: Slack's events, the API, health."""

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from handlers.http import api
from handlers.http.problems import as_documents
from handlers.tools import Tools
from storage.engine import DatabaseAway
from storage.queries import channels


def make_web_app(tools: Tools, slack: AsyncApp) -> web.Application:
    """Routes over the tools and the Bolt app."""

    async def slack_events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await slack.async_dispatch(await to_bolt_request(request)))

    app = web.Application(client_max_size=api.BODY_LIMIT, middlewares=[as_documents])
    app[api.TOOLS] = tools
    app.add_routes(
        [
            web.post("/slack/events", slack_events),
            web.post("/api/v1/drafts", api.post_drafts),
            web.post("/api/v1/drafts/{id}/withdraw", api.withdraw_draft),
            web.get("/api/v1/openapi.json", api.get_openapi),
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
        async with request.app[api.TOOLS].sessions.reading() as session:
            await channels.newest_workspace(session)
    except DatabaseAway:
        return web.json_response({"status": "the database is away"}, status=503)
    return web.json_response({"status": "ok"})
