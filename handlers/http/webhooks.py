"""Webhooks are made, listed, deleted, and told once more what they missed."""

import json
from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, webhooks
from bot.guarded_http import RefusedAddress
from bot.tokens import Bearer, Scope
from bot.webhooks import IN_NO_WORKSPACE, Replayed, TooMany, Wanted
from handlers.http.access import TOOLS, bearer_of, channel_named
from handlers.http.faults import problem_of
from handlers.http.ndjson import parsed
from handlers.http.operations import JSON, Answer, Body, Operation
from handlers.http.pages import AFTER, LIMIT, NEXT_PAGE, next_page
from handlers.http.parameters import maybe_one_of, whole
from handlers.http.problems import Problem
from handlers.http.retries import Keep, answered_once
from handlers.http.schema_parts import TEXT, an_object, many, schema
from handlers.http.unpacking import whole as whole_body
from handlers.http.webhook_shapes import announced, shown
from handlers.http.webhook_wishes import Replay, WebhookWanted
from storage.models import LARGEST_NUMBER, Channel, Webhook
from storage.queries import announcements, channels
from storage.queries import webhooks as stored
from storage.words import DeliveryState, WebhookEvent

LIMIT_OF_A_WISH = 2**16  # bytes
STATES = [one for one in DeliveryState if one is not DeliveryState.AMBIGUOUS]
STATE = maybe_one_of("state", STATES, about="Those in this state only")
BEFORE = whole("after", LARGEST_NUMBER, least=0, most=LARGEST_NUMBER, about="The number that the last page ended with")
Model = TypeVar("Model", bound=BaseModel)


async def post_webhook(request: web.Request) -> web.Response:
    """Make a webhook; its secret is shown this once."""
    tools, bearer = request.app[TOOLS], bearer_of(request)
    raw = await whole_body(request, limit=LIMIT_OF_A_WISH)
    asked = _read(WebhookWanted, await parsed(raw))
    if not bearer.team:
        raise Problem(HTTPStatus.CONFLICT, IN_NO_WORKSPACE)
    by = audit.token(bearer.token)

    async def work(keep: Keep) -> web.Response:
        channel = await _bound(request, bearer, asked.channel)
        try:
            await tools.guard.look_at(asked.url)
        except RefusedAddress as why:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(why), pointer="/url") from why
        wanted = Wanted(asked.url, asked.events, bearer.team, channel)
        async with tools.sessions.writing() as session:
            try:
                made, secret = await webhooks.create(session, tools.vault, wanted, now=tools.now(), by=by)
            except TooMany as why:
                raise Problem(HTTPStatus.CONFLICT, str(why)) from why
            answer = {**shown(made, channel, {}), "secret": secret}
            await keep(session, HTTPStatus.CREATED, answer)
        return web.json_response(answer, status=HTTPStatus.CREATED)

    answer = await answered_once(request, raw, work)
    if answer.status == HTTPStatus.CREATED:  # now, or when the request came first
        answer.headers["Location"] = f"{PATH}/{json.loads(answer.text or '')['id']}"
    return answer


async def get_webhooks(request: web.Request) -> web.Response:
    """Webhooks in the order in which they were made."""
    bearer, after, limit = bearer_of(request), AFTER.of(request), LIMIT.of(request)
    async with request.app[TOOLS].sessions.reading() as session:
        found = await stored.page(session, bearer.team, channel_id=bearer.channel_id, after=after, limit=limit)
        waiting = await announcements.waiting(session, [one.id for one in found if one.id is not None])
        known = {one.id: one for one in await channels.every(session, team=bearer.team)}
    headers = next_page(request, found[-1].id or 0) if len(found) == limit else {}
    return web.json_response([shown(one, known.get(one.channel_id), waiting) for one in found], headers=headers)


async def get_webhook(request: web.Request) -> web.Response:
    """One of them."""
    async with request.app[TOOLS].sessions.reading() as session:
        found = await _named(session, request)
        waiting = await announcements.waiting(session, [found.id or 0])
        channel = await channels.get(session, found.channel_id) if found.channel_id is not None else None
    return web.json_response(shown(found, channel, waiting))


async def delete_webhook(request: web.Request) -> web.Response:
    """Nothing is told any more, and what waited to be told is dropped."""
    tools, by = request.app[TOOLS], audit.token(bearer_of(request).token)
    await webhooks.delete(tools.sessions, partial(_named, request=request), now=tools.now(), by=by)
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def get_announcements(request: web.Request) -> web.Response:
    """What it was told and is to be told, the newest first."""
    before, limit, state = BEFORE.of(request), LIMIT.of(request), STATE.of(request)
    async with request.app[TOOLS].sessions.reading() as session:
        found = await _named(session, request)
        rows = await announcements.page(session, found.id or 0, before=before, limit=limit, state=state)
    headers = next_page(request, rows[-1].number or 0) if len(rows) == limit else {}
    return web.json_response([announced(one) for one in rows], headers=headers)


async def post_replay(request: web.Request) -> web.Response:
    """Tell it again what happened since a time, or what has one of these ids."""
    tools, by = request.app[TOOLS], audit.token(bearer_of(request).token)
    raw = await whole_body(request, limit=LIMIT_OF_A_WISH)
    asked = _read(Replay, await parsed(raw))

    async def work(keep: Keep) -> web.Response:
        async def ended(session: AsyncSession, done: Replayed) -> None:
            await keep(session, HTTPStatus.ACCEPTED, asdict(done))

        find, only = partial(_named, request=request), asked.ids or ()
        done = await webhooks.replay(
            tools.sessions, find, now=tools.now(), by=by, since=asked.since, only=only, ended=ended
        )
        return web.json_response(asdict(done), status=HTTPStatus.ACCEPTED)

    return await answered_once(request, raw, work)


PATH = "/api/v1/webhooks"
ADMIN = (Scope.ADMIN,)
LOCATION = {"Location": {"schema": {"type": "string"}, "description": "Its address"}}
ONE = f"{PATH}/{{id}}"
COUNT = an_object(
    count={
        "type": "integer",
        "description": "How many are sent again; those that are being sent just now are left alone",
    },
    unknown={"type": "array", "items": TEXT, "description": "Those of your ids that are not kept, or never were"},
)
OPERATIONS = [
    Operation(
        "POST",
        PATH,
        post_webhook,
        "Make a webhook",
        "Its secret (whsec_…) is in the answer and cannot be read again. A token that is bound to a channel makes "
        "webhooks of that channel.",
        {HTTPStatus.CREATED: Answer("It is told from now on", schema("NewWebhook"), headers=LOCATION)},
        scopes=ADMIN,
        body=Body(
            {JSON: schema("WebhookWanted")},
            {JSON: {"url": "https://hooks.example.com/assay", "events": [*WebhookEvent]}},
        ),
        once=True,
        problems=(HTTPStatus.NOT_FOUND,),
    ),
    Operation(
        "GET",
        PATH,
        get_webhooks,
        "The webhooks",
        "In the order in which they were made.",
        {HTTPStatus.OK: Answer("The webhooks, without their secrets", many("Webhook"), headers=NEXT_PAGE)},
        scopes=ADMIN,
        query=(AFTER, LIMIT),
    ),
    Operation(
        "GET",
        ONE,
        get_webhook,
        "One webhook",
        "",
        {HTTPStatus.OK: Answer("The webhook, without its secret", schema("Webhook"))},
        scopes=ADMIN,
    ),
    Operation(
        "DELETE",
        ONE,
        delete_webhook,
        "Delete a webhook",
        "Nothing is told any more, and what waited to be told is dropped.",
        {HTTPStatus.NO_CONTENT: Answer("It is deleted")},
        scopes=ADMIN,
    ),
    Operation(
        "GET",
        f"{ONE}/announcements",
        get_announcements,
        "What a webhook was told and is to be told",
        "The newest first; kept for 30 days.",
        {HTTPStatus.OK: Answer("Announcements", many("Announcement"), headers=NEXT_PAGE)},
        scopes=ADMIN,
        query=(BEFORE, LIMIT, STATE),
    ),
    Operation(
        "POST",
        f"{ONE}/replay",
        post_replay,
        "Tell a webhook again",
        "Everything that happened since a time, or what has one of these ids, also what was taken already. Ids stay "
        "the same, so that a receiver knows what it has. A webhook that is off is on again, unless none of "
        "your ids is kept.",
        {HTTPStatus.ACCEPTED: Answer("How many are sent again", COUNT)},
        scopes=ADMIN,
        body=Body({JSON: schema("Replay")}, {JSON: {"since": "2026-11-20T00:00:00Z"}}),
        once=True,
    ),
]


async def _named(session: AsyncSession, request: web.Request) -> Webhook:
    """The webhook in the address, if the token may see it. Raises Problem."""
    written, bearer = request.match_info["id"], bearer_of(request)
    number = int(written) if written.isdecimal() and written.isascii() and len(written) < 10 else None
    found = await stored.get(session, number) if number is not None else None
    if found is None or found.team != bearer.team or bearer.channel_id not in (None, found.channel_id):
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no webhook {written} that this token may see. GET {PATH}")
    return found


async def _bound(request: web.Request, bearer: Bearer, name: str | None) -> Channel | None:
    """The channel that a new webhook is of: the one that is named, or the one that the token is bound to."""
    if name is not None:
        return await channel_named(request, bearer, name)
    if bearer.channel_id is None:
        return None
    async with request.app[TOOLS].sessions.reading() as session:
        return await channels.get(session, bearer.channel_id)


def _read(kind: type[Model], body: Any) -> Model:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise problem_of(error, kind, "The body") from error
