"""Labels are read, a page at a time; those of a draft that still waits for an answer are not."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from bot import audit, export, json_lines
from bot.export import Format
from bot.tokens import Bearer, Scope
from handlers.http.access import CHANNEL, TOOLS, bearer_of, channel_of
from handlers.http.operations import NDJSON, Answer, Operation
from handlers.http.pages import LIMIT, NEXT_OF_READING, PLACE, UNSETTLED
from handlers.http.schema_parts import schema
from handlers.tools import Tools
from storage.models import Channel, Tombstone
from storage.queries import exports, final_labels, tombstones
from storage.queries.exports import LabelRow
from storage.words import AuditAct


async def get_labels(request: web.Request) -> web.Response:
    """Revisions numbered above `after`, one a line, in their order.

    What is left out now is not lost: X-Resume-After says from where the next reading has to begin.
    """
    place, limit = PLACE.of(request), LIMIT.of(request)
    channel = await channel_of(request, bearer_of(request))
    assert channel.id is not None
    tools = request.app[TOOLS]
    since = tools.now() - UNSETTLED
    # A draft that is closed, or opened again, between two looks would be left out by one and told by the other.
    async with tools.sessions.reading(still=True) as session:
        rows = await exports.labels(session, channel.id, after=place.after, limit=limit, closed=True)
        graves = await tombstones.above(session, channel.id, after=place.after, limit=limit)
        held = await final_labels.first_held(session, channel.id)
        settled = await final_labels.settled_until(session, channel.id, since=since)
    met: list[LabelRow | Tombstone] = [*rows, *graves]
    page = sorted(met, key=_number)[:limit]
    bounds = [None if held is None else held - 1, settled]
    behind = place.beyond(_number(page[-1]) if page else None, bounds)
    headers = behind.headers(request, more=len(page) == limit)
    shown = [one for one in page if isinstance(one, Tombstone) or _leaves(one, channel)]
    if request.method != "HEAD":  # of which only the heads leave
        await _note(tools, channel, bearer_of(request), sum(isinstance(one, LabelRow) for one in shown))
    lines = [json_lines.line(_document(one)) for one in shown]
    return web.Response(text="".join(f"{line}\n" for line in lines), content_type=NDJSON, headers=headers)


async def _note(tools: Tools, channel: Channel, bearer: Bearer, rows: int) -> None:
    """Tell the audit trail what leaves."""
    if rows:
        async with tools.sessions.writing() as session:
            who, act = audit.token(bearer.token), AuditAct.LABELS_READ
            await export.note(session, act, channel, Format.LABELS, who=who, now=tools.now(), rows=rows)


def _number(one: LabelRow | Tombstone) -> int:
    return one.number if isinstance(one, Tombstone) else one.revision.id


def _leaves(row: LabelRow, channel: Channel) -> bool:
    return not (export.stays(row.draft, channel) or export.doubt(row))


def _document(one: LabelRow | Tombstone) -> dict[str, Any]:
    return export.erased_row(one) if isinstance(one, Tombstone) else export.label_row(one)


ABOUT = (
    "This is for machines: whoever reads it has seen others' answers. Labels of a draft "
    "that still waits for an answer are left out, so that nobody reads them before their own is in; so are drafts made "
    "from Slack messages, unless the channel lets them out, and samples. Follow X-Next-After while there is one, as it "
    "is written. Begin the next reading at the last page's X-Resume-After: what was left out has come by then. A row "
    "may come again; draft, agent and revision name it. HTER is in assay export only. A row with erased: true says "
    "that its draft was erased: whoever has read it before deletes their copy."
)
OPERATIONS = [
    Operation(
        "GET",
        "/api/v1/labels",
        get_labels,
        "Read labels, every revision of them, a page at a time",
        ABOUT,
        {
            HTTPStatus.OK: Answer(
                "Revisions in the order of their numbers, one a line, and tombstones of erased drafts",
                schema("LabelOrTombstone"),
                NDJSON,
                NEXT_OF_READING,
            )
        },
        scopes=(Scope.LABELS_READ,),
        query=(CHANNEL, PLACE, LIMIT),
    )
]
