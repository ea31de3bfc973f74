"""Labels are read, a page at a time; those of a draft that still waits for an answer are not."""

import json
from datetime import timedelta
from http import HTTPStatus

from aiohttp import web

from bot import audit, export
from bot.export import Format
from bot.tokens import Scope
from handlers.http.access import TOOLS, authorised, channel_of
from handlers.http.ndjson import NDJSON
from handlers.http.problems import Problem
from storage.models import LARGEST_NUMBER
from storage.queries import exports
from storage.words import AuditAct

PAGE, LARGEST = 200, 1_000
# Numbers are given before a row is committed: a row of the last moments may come after one with a higher number.
UNSETTLED = timedelta(minutes=1)


async def get_labels(request: web.Request) -> web.Response:
    """Revisions numbered above `after`, one a line, in their order.

    What is left out now is not lost: X-Resume-After says from where the next reading has to begin.
    """
    bearer = await authorised(request, Scope.LABELS_READ)
    after = whole_number(request, "after", 0, most=LARGEST_NUMBER)
    limit = whole_number(request, "limit", PAGE, most=LARGEST)
    channel = await channel_of(request, bearer)
    assert channel.id is not None
    tools = request.app[TOOLS]
    async with tools.sessions.reading() as session:
        rows = await exports.labels(session, channel.id, after=after, limit=max(limit, 1), closed=True)
        first_held = await exports.first_not_final(session, channel.id, since=tools.now() - UNSETTLED)
    last = rows[-1].revision.id or 0 if rows else after
    headers = {"X-Resume-After": str(last if first_held is None else min(last, first_held - 1))}
    if len(rows) == limit:
        further = request.url.update_query(after=last)
        headers |= {"X-Next-After": str(last), "Link": f'<{further.raw_path_qs}>; rel="next"'}
    leaving = [row for row in rows if not (export.stays(row.draft, channel) or export.doubt(row))]
    if leaving:
        async with tools.sessions.writing() as session:
            who, now, rows_out = audit.token(bearer.token), tools.now(), len(leaving)
            act = AuditAct.LABELS_READ
            await export.note(session, act, channel, Format.LABELS, who=who, now=now, rows=rows_out)
    lines = [json.dumps(export.label_row(row), ensure_ascii=False) for row in leaving]
    return web.Response(text="".join(f"{line}\n" for line in lines), content_type=NDJSON, headers=headers)


def whole_number(request: web.Request, name: str, default: int, *, most: int) -> int:
    """What the query says under this name. Raises Problem."""
    written = request.query.get(name, str(default))
    least = 0 if name == "after" else 1
    if not (written.isascii() and written.isdecimal() and len(written) < 20 and least <= int(written) <= most):
        detail = f"{name} must be a whole number from {least} to {most:,}."
        raise Problem(HTTPStatus.BAD_REQUEST, detail, pointer=name)
    return int(written)


ROUTES = [web.get("/api/v1/labels", get_labels)]
