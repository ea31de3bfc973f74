"""The routes under /api/v1."""

import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import intake, labelling, tokens
from bot.intake import Taken
from bot.submissions import Submission
from bot.tokens import Scope
from handlers.http.openapi import document
from handlers.http.problems import Problem, database_away
from handlers.tools import Tools
from storage.engine import DatabaseAway
from storage.models import Channel, Token
from storage.queries import channels, drafts
from storage.queries import tokens as stored_tokens
from storage.words import ChannelState

BODY_LIMIT = 4 * 2**20  # bytes of an object, an array, or one line of a stream
BATCH = 200  # rows of a stream that are committed together
NDJSON = "application/x-ndjson"
TOO_DEEP = "The JSON is nested too deep. Send at most 8 levels."
TOO_BIG = "A number has too many digits. Send long numbers as text."
SEND = "Send one draft as an object, an array of them, or one a line as Content-Type: application/x-ndjson."
TOOLS = web.AppKey("tools", Tools)

Item = dict[str, Any]


async def post_drafts(request: web.Request) -> web.StreamResponse:
    """Take in one draft, an array, or a stream; each gets its own answer, in order."""
    token = await _authorised(request, Scope.DRAFTS_WRITE)
    if request.content_type == NDJSON:
        return await _stream(request, token)
    body = await _json(await request.read())
    many = body if isinstance(body, list) else [body]
    answers = await _take_in(request.app[TOOLS], token, many, first=0)
    if isinstance(body, list):
        status = HTTPStatus.OK if all(one["status"] != "error" for one in answers) else HTTPStatus.MULTI_STATUS
        return web.json_response(answers, status=status)
    return _single(answers[0])


async def withdraw_draft(request: web.Request) -> web.Response:
    """Take a draft back: nobody has to answer it any more."""
    token = await _authorised(request, Scope.DRAFTS_WRITE)
    tools = request.app[TOOLS]
    number = request.match_info["id"]
    async with tools.sessions.writing() as session:
        draft = await drafts.get(session, int(number)) if number.isdecimal() and len(number) < 10 else None
        if draft is None or token.channel_id not in (None, draft.channel_id):
            raise Problem(HTTPStatus.NOT_FOUND, f"There is no draft {number} that this token may see.")
        await labelling.withdraw(session, int(number), tools.now())
    tools.afterwards.do(tools.courier.deliver_due())
    return web.json_response({"id": number, "state": "withdrawn"})


async def get_openapi(_request: web.Request) -> web.Response:
    return web.json_response(document())


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
        async for item in _parsed_lines(request):
            batch.append(item)
            if len(batch) == BATCH:
                place = await _answer(request, response, token, batch, place)
                batch = []
    except web.RequestPayloadError:
        if request.transport is None or request.transport.is_closing():
            return response  # nobody listens any more; sent again, the lines are recognised
        batch = [_broke_off()]  # in place of the lines that were not stored yet
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


async def _parsed_lines(request: web.Request) -> AsyncIterator[Any]:
    """Each line's value, or the problem with it. A line that a lost connection cut off is not a draft."""
    async for line in _lines(request):
        if isinstance(line, Problem):
            yield line
        elif line.strip():
            try:
                yield await _json(line)
            except Problem as problem:
                yield problem


async def _lines(request: web.Request) -> AsyncIterator[bytes | Problem]:
    kept, too_long = bytearray(), False
    async for chunk in request.content.iter_any():
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            yield _too_long() if too_long or len(kept) + len(line) > BODY_LIMIT else bytes(kept + line)
            kept, too_long = bytearray(), False
        too_long = too_long or len(kept) + len(rest) > BODY_LIMIT
        kept = bytearray() if too_long else kept + rest
    if kept or too_long:
        yield _too_long() if too_long else bytes(kept)


def _broke_off() -> Problem:
    detail = "The stream broke off. Nothing from this line on was stored: send the rest again."
    return Problem(HTTPStatus.BAD_REQUEST, detail)


def _too_long() -> Problem:
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This line is longer than 4 MiB. Shorten it.")


async def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except RecursionError:
        raise Problem(HTTPStatus.BAD_REQUEST, TOO_DEEP) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"This is not JSON: {error}. {SEND}") from None
    except ValueError:
        raise Problem(HTTPStatus.BAD_REQUEST, TOO_BIG) from None


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
    if channel is None or token.channel_id not in (None, channel.id):
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


async def _authorised(request: web.Request, scope: Scope) -> Token:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        raise Problem(HTTPStatus.UNAUTHORIZED, "Send a token: Authorization: Bearer … (assay tokens create).")
    async with request.app[TOOLS].sessions.reading() as session:
        token = await stored_tokens.valid(session, tokens.hashed(secret.strip()))
    if token is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "This token is not known or was revoked. assay tokens create makes one.")
    if scope not in token.scopes:
        raise Problem(HTTPStatus.FORBIDDEN, f"This token lacks the scope {scope}.")
    return token
