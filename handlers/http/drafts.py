"""Drafts are looked at, and taken back."""

from http import HTTPStatus

from aiohttp import web

from bot import audit, labelling, outbox, unposted
from bot.tokens import Scope
from handlers.http.access import TOOLS, bearer_of, draft_number, no_draft
from handlers.http.ndjson import BODY_LIMIT
from handlers.http.operations import Answer, Operation
from handlers.http.retries import Keep, answered_once
from handlers.http.schema_parts import schema
from handlers.http.unpacking import whole
from storage.queries import channels, deliveries, drafts


async def get_draft(request: web.Request) -> web.Response:
    """Where a draft stands: how many reviews are in, never what they say."""
    bearer = bearer_of(request)
    number = draft_number(request)
    async with request.app[TOOLS].sessions.reading() as session:
        found = await drafts.find_with_channel(session, number) if number is not None else None
        if number is None or found is None or not bearer.sees(found[1]):
            raise no_draft(request)
        draft, channel = found
        slots = await drafts.slots(session, number)
        posted = await deliveries.card(session, number)
        link = outbox.link(await channels.workspace(session, channel.team), posted)
        waits_for = await unposted.waits_for(session, channel, draft, posted)
    answered = sum(slot.label_id is not None and slot.trigger is None for slot in slots)
    return web.json_response(
        {
            "id": str(number),
            "external_id": draft.external_id,
            "channel": channel.slack_id,
            "origin": draft.origin,
            "state": draft.state,
            "state_at": draft.state_at.isoformat(),
            "came_in": draft.created_at.isoformat(),
            "slots": {"needed": draft.reviews, "answered": answered},
            "card": link,
            "card_waits_for": waits_for,
        }
    )


async def withdraw_draft(request: web.Request) -> web.Response:
    """Take a draft back: nobody has to answer it any more."""
    tools, number = request.app[TOOLS], draft_number(request)
    raw = await whole(request, limit=BODY_LIMIT)

    async def work(keep: Keep) -> web.Response:
        async with tools.sessions.writing() as session:
            found = await drafts.find_with_channel(session, number) if number is not None else None
            if number is None or found is None or not bearer_of(request).sees(found[1]):
                raise no_draft(request)
            await labelling.withdraw(session, number, tools.now(), by=audit.token(bearer_of(request).token))
            answer = {"id": str(number), "state": "withdrawn"}
            await keep(session, HTTPStatus.OK, answer)
        tools.afterwards.do(tools.courier.deliver_due())
        return web.json_response(answer)

    return await answered_once(request, raw, work)


OPERATIONS = [
    Operation(
        "GET",
        "/api/v1/drafts/{id}",
        get_draft,
        "Where a draft stands",
        "Nothing is said of what was answered.",
        {HTTPStatus.OK: Answer("The draft", schema("Draft"))},
        scopes=(Scope.DRAFTS_WRITE, Scope.LABELS_READ, Scope.GOLD_READ),
    ),
    Operation(
        "POST",
        "/api/v1/drafts/{id}/withdraw",
        withdraw_draft,
        "Take a draft back",
        "Nobody has to answer it any more, and it gives no gold. Once more changes nothing. A body is not read.",
        {HTTPStatus.OK: Answer("The draft is withdrawn", schema("Withdrawn"))},
        scopes=(Scope.DRAFTS_WRITE,),
        once=True,
    ),
]
