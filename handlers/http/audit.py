"""The audit trail is read, a page at a time."""

from http import HTTPStatus

from aiohttp import web

from bot import json_lines, trail
from bot.tokens import Scope
from handlers.http.access import CHANNEL, TOOLS, bearer_of, channel_of
from handlers.http.operations import NDJSON, Answer, Operation
from handlers.http.pages import LIMIT, NEXT_OF_READING, PLACE, UNSETTLED
from handlers.http.schema_parts import schema
from storage.queries import audits


async def get_audit(request: web.Request) -> web.Response:
    """Entries numbered above `after`, one a line, in their order; of one channel where it is named."""
    bearer, place, limit = bearer_of(request), PLACE.of(request), LIMIT.of(request)
    named = "channel" in request.query or bearer.channel_id is not None
    channel = (await channel_of(request, bearer)).slack_id if named else None
    tools = request.app[TOOLS]
    since = tools.now() - UNSETTLED
    # Else one may come between two looks, whose like with a lower number is on its way.
    async with tools.sessions.reading(still=True) as session:
        rows = await audits.above(session, bearer.team, channel=channel, after=place.after, limit=limit)
        settled = await audits.settled_until(session, bearer.team, channel=channel, since=since)
        lines = [json_lines.line(one) for one in await trail.documents(session, rows)]
    behind = place.beyond(rows[-1].id if rows else None, [settled])
    headers = behind.headers(request, more=len(rows) == limit)
    return web.Response(text="".join(f"{line}\n" for line in lines), content_type=NDJSON, headers=headers)


OPERATIONS = [
    Operation(
        "GET",
        "/api/v1/audit",
        get_audit,
        "Read the audit trail: who did what, and when",
        "A token that is bound to a channel reads what was done there.",
        {
            HTTPStatus.OK: Answer(
                "Entries in the order of their numbers, one a line", schema("AuditEntry"), NDJSON, NEXT_OF_READING
            )
        },
        scopes=(Scope.ADMIN,),
        query=(CHANNEL, PLACE, LIMIT),
    )
]
