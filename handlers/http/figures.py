"""What the digest says, and agreement over any days, as JSON."""

from datetime import timedelta
from http import HTTPStatus

from aiohttp import web

from bot.digest import local_date
from bot.evidence import ROLLING
from bot.figures.document import as_json
from bot.surfaces import digest as surface
from bot.surfaces.digest import Dispute
from bot.tokens import Scope
from handlers.http.access import TOOLS, bearer_of, channel_named
from handlers.http.operations import Answer, Operation
from handlers.http.parameters import day
from handlers.http.problems import Problem
from handlers.http.schema_parts import schema
from storage.models import Channel

LONGEST = timedelta(days=92)  # a quarter: its rows are built while clicks wait
DATE = day("date", "As 2026-11-20; today without it")
FROM, TO = day("from", "The first day"), day("to", "The last day, yesterday at the latest")


async def get_digest(request: web.Request) -> web.Response:
    """The digest of a date, today's without one, whether or not it was posted."""
    channel, tools = await _channel(request), request.app[TOOLS]
    now = tools.now()
    today = local_date(channel, now)
    on = DATE.of(request) or today
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
    last = TO.of(request) or today - timedelta(days=1)
    if last >= today:
        # What is said today could be told by what moves.
        raise Problem(HTTPStatus.BAD_REQUEST, "to is yesterday at the latest: today counts tomorrow.", pointer="to")
    first = FROM.of(request) or last - ROLLING + timedelta(days=1)
    if first > last:
        raise Problem(HTTPStatus.BAD_REQUEST, f"from ({first}) is after to ({last}).", pointer="from")
    if last - first >= LONGEST:
        raise Problem(HTTPStatus.BAD_REQUEST, f"Ask for {LONGEST.days} days at most.", pointer="from")
    made = await tools.digests.agreement(channel, first, last)
    told = {"channel": channel.slack_id, "from": first.isoformat(), "to": last.isoformat()}
    return web.json_response(told | {"figures": as_json(made)})


OPERATIONS = [
    Operation(
        "GET",
        "/api/v1/channels/{channel}/digest",
        get_digest,
        "The digest of a date, whether or not it was posted",
        "Without a date that of today, in the channel's time zone.",
        {HTTPStatus.OK: Answer("The digest", schema("Digest"))},
        scopes=(Scope.LABELS_READ,),
        query=(DATE,),
    ),
    Operation(
        "GET",
        "/api/v1/channels/{channel}/agreement",
        get_agreement,
        "Every figure over some days",
        f"Both dates are included; without them the last 28 whole days. At most {LONGEST.days} days.",
        {HTTPStatus.OK: Answer("The figures", schema("Agreement"))},
        scopes=(Scope.LABELS_READ,),
        query=(FROM, TO),
    ),
]


async def _channel(request: web.Request) -> Channel:
    return await channel_named(request, bearer_of(request), request.match_info["channel"])


def _shown(one: Dispute) -> dict[str, object]:
    return {"draft": one.draft.id, "topic": one.draft.topic, "card": one.link}
