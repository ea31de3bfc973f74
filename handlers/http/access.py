"""Who asks, what they may, and of which channel they speak: the beginning of each route."""

from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import web

from bot import tokens
from bot.addresses import household
from bot.tokens import Bearer, NoWorkspace, Scope
from handlers.http.parameters import text
from handlers.http.problems import Problem
from handlers.tools import Tools
from storage.models import Channel
from storage.queries import channels

TOOLS = web.AppKey("tools", Tools)
CHANNEL = text("channel", "Its id (C…) or name; a token that is bound to a channel may leave it out")
BEARER = web.RequestKey("bearer", Bearer)


def bearer_of(request: web.Request) -> Bearer:
    """Who asks: the route saw to it that they may."""
    return request[BEARER]


async def identified(request: web.Request) -> Bearer:
    """Whose token a request has."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret or not secret.isascii():
        raise _unknown(request, "Send a token: Authorization: Bearer … (assay tokens create).")
    try:
        async with request.app[TOOLS].sessions.reading() as session:
            bearer = await tokens.bearer(session, secret.strip())
    except NoWorkspace as why:
        raise Problem(HTTPStatus.FORBIDDEN, str(why)) from why
    if bearer is None:
        raise _unknown(request, "This token is not known or was revoked. assay tokens create makes one.")
    return bearer


def check_scopes(bearer: Bearer, any_of: Sequence[Scope]) -> None:
    """Refuse a token that has none of these scopes; without any named each token will do."""
    if any_of and not bearer.allows(any_of):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"This token lacks the scope {' or '.join(any_of)}. Make one that has it: "
            f"assay tokens create NAME --scope {any_of[0]}",
        )


def _unknown(request: web.Request, why: str) -> Problem:
    """No token; too many of these from one address in a minute are told to wait. Others there are not."""
    wait = request.app[TOOLS].misses.one_more(household(request.remote or ""))
    if wait is None:
        return Problem(HTTPStatus.UNAUTHORIZED, why)
    detail = f"Too many requests without a known token came from this address. Wait {wait} seconds."
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, wait=wait)


async def channel_of(request: web.Request, bearer: Bearer) -> Channel:
    """The channel that ?channel= names; without it the one that the token is bound to."""
    if name := CHANNEL.of(request):
        return await channel_named(request, bearer, name)
    if name is None and bearer.channel_id is not None:
        async with request.app[TOOLS].sessions.reading() as session:
            return await channels.get(session, bearer.channel_id)
    raise Problem(HTTPStatus.BAD_REQUEST, "Name the channel: ?channel=C… or its name.", pointer="channel")


async def channel_named(request: web.Request, bearer: Bearer, name: str) -> Channel:
    """The channel with this id or name, if the token may see it."""
    async with request.app[TOOLS].sessions.reading() as session:
        found = await channels.by_any_name(session, bearer.team, name)
    if found is None or not bearer.sees(found):
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no channel {name} that this token may see. GET /api/v1/channels")
    return found


def draft_number(request: web.Request) -> int | None:
    """The draft's number in the address; None where it cannot be one."""
    written = request.match_info["id"]
    return int(written) if written.isdecimal() and written.isascii() and len(written) < 10 else None


def no_draft(request: web.Request) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"There is no draft {request.match_info['id']} that this token may see.")
