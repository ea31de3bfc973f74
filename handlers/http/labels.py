"""Labels are read, a page at a time; those of a draft that still waits for an answer are not."""

import json
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, export
from bot.export import Format
from bot.tokens import Scope
from handlers.http.access import TOOLS, authorised, channel_of
from handlers.http.ndjson import NDJSON
from handlers.http.problems import Problem
from storage.models import LARGEST_NUMBER, Channel, Tombstone
from storage.queries import exports, tombstones
from storage.queries.exports import LabelRow
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
        graves = await tombstones.above(session, channel.id, after=after, limit=max(limit, 1))
        first_held = await _first_held(session, channel.id, since=tools.now() - UNSETTLED)
    met: list[LabelRow | Tombstone] = [*rows, *graves]
    page = sorted(met, key=_number)[:limit]
    last = _number(page[-1]) if page else after
    headers = {"X-Resume-After": str(last if first_held is None else min(last, first_held - 1))}
    if len(page) == limit:
        further = request.url.update_query(after=last)
        headers |= {"X-Next-After": str(last), "Link": f'<{further.raw_path_qs}>; rel="next"'}
    shown = [one for one in page if isinstance(one, Tombstone) or _leaves(one, channel)]
    leaving = sum(isinstance(one, LabelRow) for one in shown)
    if leaving:
        async with tools.sessions.writing() as session:
            who, now, rows_out = audit.token(bearer.token), tools.now(), leaving
            act = AuditAct.LABELS_READ
            await export.note(session, act, channel, Format.LABELS, who=who, now=now, rows=rows_out)
    lines = [json.dumps(_document(one), ensure_ascii=False) for one in shown]
    return web.Response(text="".join(f"{line}\n" for line in lines), content_type=NDJSON, headers=headers)


async def _first_held(session: AsyncSession, channel: int, *, since: datetime) -> int | None:
    """From where what is read now may yet change: a number that was given may come after one that is read."""
    found = [
        await exports.first_not_final(session, channel, since=since),
        await tombstones.first_since(session, channel, since),
    ]
    return min((one for one in found if one is not None), default=None)


def _number(one: LabelRow | Tombstone) -> int:
    return one.number if isinstance(one, Tombstone) else one.revision.id or 0


def _leaves(row: LabelRow, channel: Channel) -> bool:
    return not (export.stays(row.draft, channel) or export.doubt(row))


def _document(one: LabelRow | Tombstone) -> dict[str, Any]:
    return export.erased_row(one) if isinstance(one, Tombstone) else export.label_row(one)


def whole_number(request: web.Request, name: str, default: int, *, most: int) -> int:
    """What the query says under this name. Raises Problem."""
    written = request.query.get(name, str(default))
    least = 0 if name == "after" else 1
    if not (written.isascii() and written.isdecimal() and len(written) < 20 and least <= int(written) <= most):
        detail = f"{name} must be a whole number from {least} to {most:,}."
        raise Problem(HTTPStatus.BAD_REQUEST, detail, pointer=name)
    return int(written)


ROUTES = [web.get("/api/v1/labels", get_labels)]
