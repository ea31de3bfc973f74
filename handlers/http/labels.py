"""Labels are read, a page at a time; those of a draft that still waits for an answer are not."""

import json
from datetime import timedelta
from http import HTTPStatus

from aiohttp import web

from bot import export
from bot.tokens import Scope
from handlers.http.access import CHANNEL, TOOLS, bearer_of, channel_of
from handlers.http.openapi_schemas import schema
from handlers.http.operations import NDJSON, Answer, Operation
from handlers.http.pages import AFTER, LIMIT, NEXT_PAGE, next_page
from storage.queries import exports

# Numbers are given before a row is committed: a row of the last moments may come after one with a higher number.
UNSETTLED = timedelta(minutes=1)


async def get_labels(request: web.Request) -> web.Response:
    """Revisions numbered above `after`, one a line, in their order.

    What is left out now is not lost: X-Resume-After says from where the next reading has to begin.
    """
    after, limit = AFTER.of(request), LIMIT.of(request)
    channel = await channel_of(request, bearer_of(request))
    assert channel.id is not None
    tools = request.app[TOOLS]
    async with tools.sessions.reading() as session:
        rows = await exports.labels(session, channel.id, after=after, limit=limit, closed=True)
        first_held = await exports.first_not_final(session, channel.id, since=tools.now() - UNSETTLED)
    last = rows[-1].revision.id or 0 if rows else after
    headers = {"X-Resume-After": str(last if first_held is None else min(last, first_held - 1))}
    headers |= next_page(request, last) if len(rows) == limit else {}
    leaving = [row for row in rows if not (export.stays(row.draft, channel) or export.doubt(row))]
    lines = [json.dumps(export.label_row(row), ensure_ascii=False) for row in leaving]
    return web.Response(text="".join(f"{line}\n" for line in lines), content_type=NDJSON, headers=headers)


ABOUT = (
    "This is for machines: whoever reads it has seen others' answers. Labels of a draft "
    "that still waits for an answer are left out, so that nobody reads them before their own is in; so are drafts made "
    "from Slack messages, unless the channel lets them out, and samples. Follow X-Next-After while there is one. "
    "Begin the next reading at the last page's X-Resume-After: what was left out has come by then. A row may come "
    "again; draft, agent and revision together name it. HTER is in assay export only."
)
RESUME = {
    "X-Resume-After": {
        "schema": {"type": "integer"},
        "description": "`after` for the next reading: below every row that was left out or may have been on its way",
    }
}
OPERATIONS = [
    Operation(
        "GET",
        "/api/v1/labels",
        get_labels,
        "Read labels, every revision of them, a page at a time",
        ABOUT,
        {
            HTTPStatus.OK: Answer(
                "Revisions in the order of their numbers, one a line", schema("Label"), NDJSON, NEXT_PAGE | RESUME
            )
        },
        scopes=(Scope.LABELS_READ,),
        query=(CHANNEL, AFTER, LIMIT),
    )
]
