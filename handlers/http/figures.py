"""What the digest says, and agreement over any days, as JSON."""

import re
from datetime import date, timedelta
from http import HTTPStatus

from aiohttp import web

from bot.digest import local_date
from bot.evidence import ROLLING
from bot.figures.document import as_json
from bot.surfaces import digest as surface
from bot.surfaces.digest import Dispute
from bot.tokens import Scope
from handlers.http.access import TOOLS, authorised, channel_named
from handlers.http.problems import Problem
from storage.models import Channel

LONGEST = timedelta(days=92)  # a quarter: its rows are built while clicks wait
_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


async def get_digest(request: web.Request) -> web.Response:
    """The digest of a date, today's without one, whether or not it was posted."""
    channel, tools = await _channel(request), request.app[TOOLS]
    now = tools.now()
    today = local_date(channel, now)
    on = _date(request, "date", today)
    if on > today:
        raise Problem(HTTPStatus.BAD_REQUEST, f"{on} is still to come in {channel.time_zone}.", pointer="date")
    if on < (first := local_date(channel, channel.created_at)):
        detail = f"There is no digest of {on}: Assay came to this channel on {first}."
        raise Problem(HTTPStatus.BAD_REQUEST, detail, pointer="date")
    made = await tools.digests.make(channel, now, on=on)
    told = {
        "channel": channel.slack_id,
        "date": on.isoformat(),
        "text": surface.as_text(made),
        "disputes": [_shown(one) for one in made.disputes],
    }
    return web.json_response(told | {"figures": as_json(made.figures)})


async def get_agreement(request: web.Request) -> web.Response:
    """Every figure over the days from one date to another, both included: by default the last 28 whole days."""
    channel, tools = await _channel(request), request.app[TOOLS]
    today = local_date(channel, tools.now())
    last = _date(request, "to", today - timedelta(days=1))
    if last >= today:
        # What is said today could be told by what moves.
        raise Problem(HTTPStatus.BAD_REQUEST, "to is yesterday at the latest: today counts tomorrow.", pointer="to")
    first = _date(request, "from", last - ROLLING + timedelta(days=1))
    if first > last:
        raise Problem(HTTPStatus.BAD_REQUEST, f"from ({first}) is after to ({last}).", pointer="from")
    if last - first >= LONGEST:
        raise Problem(HTTPStatus.BAD_REQUEST, f"Ask for {LONGEST.days} days at most.", pointer="from")
    made = await tools.digests.agreement(channel, first, last)
    told = {"channel": channel.slack_id, "from": first.isoformat(), "to": last.isoformat()}
    return web.json_response(told | {"figures": as_json(made)})


ROUTES = [
    web.get("/api/v1/channels/{channel}/digest", get_digest),
    web.get("/api/v1/channels/{channel}/agreement", get_agreement),
]


async def _channel(request: web.Request) -> Channel:
    bearer = await authorised(request, Scope.LABELS_READ)
    return await channel_named(request, bearer, request.match_info["channel"])


def _date(request: web.Request, name: str, default: date) -> date:
    written = request.query.get(name)
    if written is None:
        return default
    try:
        # fromisoformat would also take weeks and dates without dashes, which nobody else reads alike.
        found = date(*map(int, written.split("-"))) if _WRITTEN.fullmatch(written) else None
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 9000:
        raise Problem(HTTPStatus.BAD_REQUEST, f"{name} must be a date as 2026-11-20.", pointer=name)
    return found


def _shown(one: Dispute) -> dict[str, object]:
    return {"draft": one.draft.id, "topic": one.draft.topic, "card": one.link}
