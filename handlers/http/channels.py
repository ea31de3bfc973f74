"""The channels that a token may see."""

from aiohttp import web

from handlers.http.access import TOOLS, authorised
from storage.models import Channel
from storage.queries import channels


async def get_channels(request: web.Request) -> web.Response:
    """Each channel with its state and the settings that a sender or a trainer needs."""
    bearer = await authorised(request)
    async with request.app[TOOLS].sessions.reading() as session:
        found = [one for one in await channels.every(session, team=bearer.team) if bearer.sees(one)]
    return web.json_response([_shown(channel) for channel in found])


ROUTES = [web.get("/api/v1/channels", get_channels)]


def _shown(channel: Channel) -> dict[str, object]:
    return {
        "id": channel.slack_id,
        "name": channel.name,
        "team": channel.team,
        "state": channel.state,
        "guideline": channel.guideline,
        "overlap_share": channel.overlap_share,
        "open_cards": channel.open_cards,
        "tags": channel.tags,
        "targets": channel.targets,
        "escalation_reasons": channel.escalation_reasons,
    }
