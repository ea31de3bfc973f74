"""The audit trail is read, a page at a time."""

import json
from datetime import timedelta

from aiohttp import web

from bot import trail
from bot.tokens import Scope
from handlers.http.access import TOOLS, authorised, channel_of
from handlers.http.labels import LARGEST, PAGE, whole_number
from handlers.http.ndjson import NDJSON
from storage.models import LARGEST_NUMBER
from storage.queries import audits

# Numbers are given before a row is committed: an entry of the last moments may come after one with a higher number.
UNSETTLED = timedelta(minutes=1)


async def get_audit(request: web.Request) -> web.Response:
    """Entries numbered above `after`, one a line, in their order; of one channel where it is named."""
    bearer = await authorised(request, Scope.ADMIN)
    after = whole_number(request, "after", 0, most=LARGEST_NUMBER)
    limit = whole_number(request, "limit", PAGE, most=LARGEST)
    named = "channel" in request.query or bearer.channel_id is not None
    channel = (await channel_of(request, bearer)).slack_id if named else None
    tools = request.app[TOOLS]
    async with tools.sessions.reading() as session:
        rows = await audits.above(session, bearer.team, channel=channel, after=after, limit=limit)
        fresh = await audits.first_since(session, bearer.team, channel=channel, since=tools.now() - UNSETTLED)
        lines = [json.dumps(one, ensure_ascii=False) for one in await trail.documents(session, rows)]
    last = rows[-1].id or 0 if rows else after
    headers = {"X-Resume-After": str(last if fresh is None else min(last, fresh - 1))}
    if len(rows) == limit:
        further = request.url.update_query(after=last)
        headers |= {"X-Next-After": str(last), "Link": f'<{further.raw_path_qs}>; rel="next"'}
    return web.Response(text="".join(f"{line}\n" for line in lines), content_type=NDJSON, headers=headers)


ROUTES = [web.get("/api/v1/audit", get_audit)]
