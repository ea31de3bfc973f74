"""Gold is read as one stream, in the formats of `assay export`."""

from collections.abc import AsyncIterator
from http import HTTPStatus

from aiohttp import HttpVersion11, web

from bot import audit, export
from bot.export import Count, Format
from bot.tokens import Bearer, Scope
from handlers.http.access import CHANNEL, TOOLS, bearer_of, channel_of
from handlers.http.operations import NDJSON, Answer, Operation
from handlers.http.parameters import one_of
from handlers.http.schema_parts import schema
from handlers.tools import Tools
from storage.errors import DatabaseAway
from storage.models import Channel
from storage.words import AuditAct

FORMATS = [form for form in Format if form is not Format.LABELS]
FORMAT = one_of("format", FORMATS, Format.TRL_SFT, about="How it is written", more="; labels are at /api/v1/labels")
PIECE = 2**16  # characters that are sent together


async def get_gold(request: web.Request) -> web.StreamResponse:
    """The channel's settled answers, one a line. A stream that breaks off ends without its last chunk."""
    form = FORMAT.of(request)
    channel = await channel_of(request, bearer_of(request))
    if request.method == "HEAD":
        return web.Response(content_type=NDJSON)
    if form is not Format.ERASED:
        await _note(request.app[TOOLS], channel, form, bearer_of(request))
    pieces = _pieces(export.lines(request.app[TOOLS].sessions, channel, form, Count()))
    first = await anext(pieces, "")  # a database that is away says so while there is still a status to say it with
    response = web.StreamResponse(headers={"Content-Type": NDJSON})
    if request.version < HttpVersion11:
        response.force_close()  # only its end says there that the stream has ended
    await response.prepare(request)
    try:
        await response.write(first.encode())
        async for piece in pieces:
            await response.write(piece.encode())
    except DatabaseAway:
        # Half an export must not look like one: without its end the reader's client complains.
        if request.transport is not None:
            request.transport.abort()
        return response
    await response.write_eof()
    return response


async def _note(tools: Tools, channel: Channel, form: Format, bearer: Bearer) -> None:
    """Tell the audit trail before the first row leaves: how a stream ends is up to its reader."""
    async with tools.sessions.writing() as session:
        rows = await export.count_settled(session, channel)
        who = audit.token(bearer.token)
        await export.note(session, AuditAct.GOLD_READ, channel, form, who=who, now=tools.now(), rows=rows)


ABOUT = (
    "The rows are those of assay export: settled answers that a model may learn. What was escalated, rejected or "
    "answered without a reply is left out, and so is what rests on somebody who is not verified yet, samples, and "
    "drafts made from Slack messages unless the channel lets them out; /api/v1/labels has what people said of them. "
    "Drafts that wait, are in dispute or were withdrawn have no settled answer. A stream that breaks off ends "
    "without its last chunk, so that no client takes it for the whole: ask again."
)
OPERATIONS = [
    Operation(
        "GET",
        "/api/v1/gold",
        get_gold,
        "Read gold as one stream",
        ABOUT,
        {
            HTTPStatus.OK: Answer(
                "Settled answers, one a line; as erased the tombstones of drafts", schema("ExampleOrTombstone"), NDJSON
            )
        },
        scopes=(Scope.GOLD_READ,),
        query=(CHANNEL, FORMAT),
    )
]


async def _pieces(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """The lines, many to a piece."""
    kept, size = list[str](), 0
    async for line in lines:
        kept.append(f"{line}\n")
        size += len(line)
        if size >= PIECE:
            yield "".join(kept)
            kept, size = [], 0
    if kept:
        yield "".join(kept)
