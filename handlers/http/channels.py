"""The channels that a token may see."""

from http import HTTPStatus

from aiohttp import web

from handlers.http.access import TOOLS, bearer_of
from handlers.http.operations import Answer, Operation
from handlers.http.pages import AFTER, LIMIT, NEXT_PAGE, next_page
from handlers.http.schema_parts import many
from storage.models import Channel
from storage.queries import channels


async def get_channels(request: web.Request) -> web.Response:
    """Each channel with its state and the settings that a sender or a trainer needs."""
    bearer = bearer_of(request)
    after, limit = AFTER.of(request), LIMIT.of(request)
    async with request.app[TOOLS].sessions.reading() as session:
        found = await channels.page(session, bearer.team, only=bearer.channel_id, after=after, limit=limit)
    headers = next_page(request, found[-1].id or 0) if len(found) == limit else {}
    return web.json_response([_shown(channel) for channel in found], headers=headers)


OPERATIONS = [
    Operation(
        "GET",
        "/api/v1/channels",
        get_channels,
        "The channels that this token may see",
        "Each with its state and the settings that a sender or a trainer needs, in the order in which they came.",
        {HTTPStatus.OK: Answer("The channels", many("Channel"), headers=NEXT_PAGE)},
        query=(AFTER, LIMIT),
    )
]


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
