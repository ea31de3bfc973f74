"""Drafts come in, are looked at, are taken back."""

import json
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import intake, labelling, outbox
from bot.intake import Taken
from bot.submissions import Submission
from bot.tokens import Scope
from handlers.http.access import TOOLS, authorised, draft_number, may_see, no_draft
from handlers.http.ndjson import NDJSON, TOO_DEEP, broke_off, parsed, parsed_lines
from handlers.http.problems import Problem, database_away
from handlers.tools import Tools
from storage.engine import DatabaseAway
from storage.models import Channel, Token
from storage.queries import channels, drafts
from storage.words import ChannelState

BATCH = 200  # rows of a stream that are committed together

Item = dict[str, Any]


async def post_drafts(request: web.Request) -> web.StreamResponse:
    """Take in one draft, an array, or a stream; each gets its own answer, in order."""
    token = await authorised(request, Scope.DRAFTS_WRITE)
    if request.content_type == NDJSON:
        return await _stream(request, token)
    body = await parsed(await request.read())
    many = body if isinstance(body, list) else [body]
    answers = await _take_in(request.app[TOOLS], token, many, first=0)
    if isinstance(body, list):
        status = HTTPStatus.OK if all(one["status"] != "error" for one in answers) else HTTPStatus.MULTI_STATUS
        return web.json_response(answers, status=status)
    return _single(answers[0])


async def get_draft(request: web.Request) -> web.Response:
    """Where a draft stands: how many reviews are in, never what they say."""
    token = await authorised(request, Scope.DRAFTS_WRITE, Scope.LABELS_READ, Scope.GOLD_READ)
    number = draft_number(request)
    async with request.app[TOOLS].sessions.reading() as session:
        found = await drafts.find_with_channel(session, number) if number is not None else None
        if number is None or found is None or not may_see(token, found[0].channel_id):
            raise no_draft(request)
        draft, channel = found
        slots = await drafts.slots(session, number)
        link = await outbox.card_link(session, channel, number)
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
        }
    )


async def withdraw_draft(request: web.Request) -> web.Response:
    """Take a draft back: nobody has to answer it any more."""
    token = await authorised(request, Scope.DRAFTS_WRITE)
    tools = request.app[TOOLS]
    number = draft_number(request)
    async with tools.sessions.writing() as session:
        draft = await drafts.get(session, number) if number is not None else None
        if number is None or draft is None or not may_see(token, draft.channel_id):
            raise no_draft(request)
        await labelling.withdraw(session, number, tools.now())
    tools.afterwards.do(tools.courier.deliver_due())
    return web.json_response({"id": str(number), "state": "withdrawn"})


ROUTES = [
    web.post("/api/v1/drafts", post_drafts),
    web.get("/api/v1/drafts/{id}", get_draft),
    web.post("/api/v1/drafts/{id}/withdraw", withdraw_draft),
]


def _single(answer: Item) -> web.Response:
    """The answer to one object: its status is the response's."""
    if answer["status"] == "error":
        pointer = answer["pointer"].removeprefix("/0") or None
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, answer["detail"], pointer=pointer)
    status = {
        Taken.CREATED: HTTPStatus.CREATED,
        Taken.EXISTS: HTTPStatus.OK,
        Taken.CONFLICT: HTTPStatus.CONFLICT,
    }[Taken(answer["status"])]
    if status is HTTPStatus.CONFLICT:
        raise Problem(status, answer["detail"])
    return web.json_response(answer, status=status)


async def _stream(request: web.Request, token: Token) -> web.StreamResponse:
    """Answer each line of a stream, a committed batch at a time: memory stays flat, and nothing is half done."""
    response = web.StreamResponse(headers={"Content-Type": NDJSON})
    await response.prepare(request)
    place, batch = 0, list[Any]()
    try:
        async for item in parsed_lines(request):
            batch.append(item)
            if len(batch) == BATCH:
                place = await _answer(request, response, token, batch, place)
                batch = []
    except web.RequestPayloadError:
        if request.transport is None or request.transport.is_closing():
            return response  # nobody listens any more; sent again, the lines are recognised
        batch = [broke_off()]  # in place of the lines that were not stored yet
    await _answer(request, response, token, batch, place)
    await response.write_eof()
    return response


async def _answer(
    request: web.Request, response: web.StreamResponse, token: Token, batch: list[Any], place: int
) -> int:
    try:
        answers = await _take_in(request.app[TOOLS], token, batch, first=place)
    except DatabaseAway:
        # The stream is being answered already, so its status cannot say so any more: each line does.
        answers = [_error(number, database_away()) for number, _ in enumerate(batch, place)]
    await response.write("".join(f"{json.dumps(one)}\n" for one in answers).encode())
    return place + len(batch)


async def _take_in(tools: Tools, token: Token, items: list[Any], *, first: int) -> list[Item]:
    """Store the items of a batch in one transaction; a bad one gets an error and spoils no other."""
    checked = [_checked(item) for item in items]
    async with tools.sessions.writing() as session:
        known = await _channels(session, token, checked)
        answers = []
        for start in range(0, len(checked), BATCH):
            answers += await _stored(session, tools, known, checked[start : start + BATCH], first=first + start)
    tools.afterwards.do(tools.courier.deliver_due())
    return answers


async def _channels(
    session: AsyncSession, token: Token, items: list[Submission | Problem]
) -> dict[str, Channel | Problem]:
    """Each channel that the items name, or why they may not go there."""
    names = {item.channel for item in items if isinstance(item, Submission)}
    return {name: _open_to(await channels.by_any_name(session, name), token, name) for name in names}


async def _stored(
    session: AsyncSession,
    tools: Tools,
    known: dict[str, Channel | Problem],
    items: list[Submission | Problem],
    *,
    first: int,
) -> list[Item]:
    """An answer to each item; those of one channel are stored together."""
    answers: dict[int, Item] = {}
    accepted: dict[int | None, tuple[Channel, dict[int, Submission]]] = {}
    for place, item in enumerate(items, first):
        channel = item if isinstance(item, Problem) else known[item.channel]
        if isinstance(item, Submission) and isinstance(channel, Channel):
            accepted.setdefault(channel.id, (channel, {}))[1][place] = item
        elif isinstance(channel, Problem):
            answers[place] = _error(place, channel)
    for channel, placed in accepted.values():
        receipts = await intake.take_in_all(
            session, channel, list(placed.values()), key=tools.settings.key, now=tools.now()
        )
        answers |= {place: _receipt(place, receipt) for place, receipt in zip(placed, receipts, strict=True)}
    return [answer for _, answer in sorted(answers.items())]


def _checked(item: Any) -> Submission | Problem:
    if isinstance(item, Problem):
        return item
    try:
        return Submission.model_validate(item)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{pointer or 'The draft'}: {message}.", pointer=pointer)
    except RecursionError:
        return Problem(HTTPStatus.BAD_REQUEST, TOO_DEEP)


def _open_to(channel: Channel | None, token: Token, name: str) -> Channel | Problem:
    """The channel, if it is set up and this token may fill it."""
    unknown = f"There is no channel {name}. Invite Assay to it in Slack, then run /assay setup there."
    if channel is None or not may_see(token, channel.id):
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, unknown, pointer="/channel")
    if channel.state != ChannelState.ACTIVE:
        remedy = f"#{channel.name} is not set up yet. An admin runs /assay setup there."
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, remedy, pointer="/channel")
    return channel


def _receipt(place: int, receipt: intake.Receipt) -> Item:
    answer: Item = {"index": place, "status": receipt.taken, "id": str(receipt.draft_id)}
    if receipt.taken is Taken.CONFLICT:
        answer["detail"] = (
            f"This external_id belongs to draft {receipt.draft_id}, which reads differently. "
            "Nothing was changed: withdraw that one, or use another id."
        )
    return answer


def _error(place: int, problem: Problem) -> Item:
    pointer = f"/{place}{problem.pointer or ''}"
    return {"index": place, "status": "error", "detail": problem.detail, "pointer": pointer}
