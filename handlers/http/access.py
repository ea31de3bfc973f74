"""Who asks, what they may, and of which channel they speak: the beginning of each route."""

from http import HTTPStatus

from aiohttp import web

from bot import tokens
from bot.tokens import Scope
from handlers.http.problems import Problem
from handlers.tools import Tools
from storage.models import Channel, Token
from storage.queries import channels
from storage.queries import tokens as stored_tokens

TOOLS = web.AppKey("tools", Tools)


async def authorised(request: web.Request, *any_of: Scope) -> Token:
    """The token of a request, if it has one of these scopes; without any named each token will do."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret or not secret.isascii():
        raise Problem(HTTPStatus.UNAUTHORIZED, "Send a token: Authorization: Bearer … (assay tokens create).")
    async with request.app[TOOLS].sessions.reading() as session:
        token = await stored_tokens.valid(session, tokens.hashed(secret.strip()))
    if token is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "This token is not known or was revoked. assay tokens create makes one.")
    if any_of and not tokens.allows(token, any_of):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"This token lacks the scope {' or '.join(any_of)}. Make one that has it: "
            f"assay tokens create NAME --scope {any_of[0]}",
        )
    return token


def may_see(token: Token, channel_id: int | None) -> bool:
    """Whether a token, which may be bound to one channel, is good for this one."""
    return token.channel_id in (None, channel_id)


async def channel_of(request: web.Request, token: Token) -> Channel:
    """The channel that ?channel= names; without it the one that the token is bound to."""
    if name := request.query.get("channel"):
        return await channel_named(request, token, name)
    if name is None and token.channel_id is not None:
        async with request.app[TOOLS].sessions.reading() as session:
            return await channels.get(session, token.channel_id)
    raise Problem(HTTPStatus.BAD_REQUEST, "Name the channel: ?channel=C… or its name.", pointer="channel")


async def channel_named(request: web.Request, token: Token, name: str) -> Channel:
    """The channel with this id or name, if the token may see it."""
    async with request.app[TOOLS].sessions.reading() as session:
        found = await channels.by_any_name(session, name)
    if found is None or not may_see(token, found.id):
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no channel {name} that this token may see. GET /api/v1/channels")
    return found


def draft_number(request: web.Request) -> int | None:
    """The draft's number in the address; None where it cannot be one."""
    written = request.match_info["id"]
    return int(written) if written.isdecimal() and written.isascii() and len(written) < 10 else None


def no_draft(request: web.Request) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"There is no draft {request.match_info['id']} that this token may see.")
