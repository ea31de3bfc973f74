"""Gold is read as one stream, in the formats of `assay export`."""

from collections.abc import AsyncIterator
from http import HTTPStatus

from aiohttp import web

from bot import audit, export
from bot.export import Count, Format
from bot.tokens import Bearer, Scope
from handlers.http.access import TOOLS, authorised, channel_of
from handlers.http.ndjson import NDJSON
from handlers.http.problems import Problem
from handlers.tools import Tools
from storage.engine import DatabaseAway
from storage.models import Channel
from storage.words import AuditAct

FORMATS = [form for form in Format if form is not Format.LABELS]
PIECE = 2**16  # characters that are sent together


async def get_gold(request: web.Request) -> web.StreamResponse:
    """The channel's settled answers, one a line. A stream that breaks off ends without its last chunk."""
    bearer = await authorised(request, Scope.GOLD_READ)
    form = _form(request)
    channel = await channel_of(request, bearer)
    if form is not Format.ERASED:
        await _note(request.app[TOOLS], channel, form, bearer)
    pieces = _pieces(export.lines(request.app[TOOLS].sessions, channel, form, Count()))
    first = await anext(pieces, "")  # a database that is away says so while there is still a status to say it with
    response = web.StreamResponse(headers={"Content-Type": NDJSON})
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


ROUTES = [web.get("/api/v1/gold", get_gold)]


def _form(request: web.Request) -> Format:
    written = request.query.get("format", Format.TRL_SFT)
    if written not in FORMATS:
        more = " Labels are at /api/v1/labels." if written == Format.LABELS else ""
        raise Problem(HTTPStatus.BAD_REQUEST, f"format must be {' or '.join(FORMATS)}.{more}", pointer="format")
    return Format(written)


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
