"""Drafts come in: one, an array, or a stream."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.intake import Taken
from bot.tokens import Bearer, Scope
from handlers.http.access import TOOLS, bearer_of
from handlers.http.items import At, Item, error, take_in
from handlers.http.ndjson import BODY_LIMIT, Line, broke_off, parsed, parsed_lines
from handlers.http.operations import JSON, NDJSON, Answer, Body, Operation
from handlers.http.problems import Problem, database_away
from handlers.http.retries import Keep, answered_once, refuse_key
from handlers.http.schema_parts import many, schema
from handlers.http.unpacking import packing_of, whole
from handlers.tools import Tools
from storage.errors import DatabaseAway

BATCH = 200  # rows that are committed together
BATCH_SIZE = 2**20  # bytes after which a batch is full as well
LONGEST_ARRAY = 10_000
RECEIPTS = {"oneOf": [schema("Receipt"), many("Receipt")]}
EXAMPLE = {
    "channel": "#tickets",
    "external_id": "T-1042",
    "prompt": "Hi, my parcel should have come on Monday. Where is it?",
    "draft": "Hello, I am sorry about the wait. It left our house today and comes to you on Thursday.",
    "topic": "shipping/late",
}


@dataclass
class Batch:
    """Items that are stored together; `first` is the place of the first in the request, `lines` where each stands in
    a stream."""

    first: int = 0
    items: list[Any] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    size: int = 0

    def add(self, item: Any, size: int) -> None:
        self.items.append(item)
        self.size += size

    def add_line(self, line: Line) -> None:
        self.add(line.value, line.size)
        self.lines.append(line.number)

    @property
    def full(self) -> bool:
        return len(self.items) >= BATCH or self.size >= BATCH_SIZE

    @property
    def end(self) -> int:
        return self.first + len(self.items)


async def post_drafts(request: web.Request) -> web.StreamResponse:
    """Take in one draft, an array, or a stream; each gets its own answer, in order."""
    packing_of(request)  # a packing that is not taken is refused while there is a status to say it with
    if request.content_type == NDJSON:
        refuse_key(request)
        return await _stream(request, bearer_of(request))
    raw = await whole(request, limit=BODY_LIMIT)
    return await answered_once(request, raw, lambda keep: _whole(request, raw, keep))


OPERATIONS = [
    Operation(
        "POST",
        "/api/v1/drafts",
        post_drafts,
        "Take in one draft, an array, or a stream (NDJSON)",
        "One object, an array of up to 10,000, or one object a line. A field that is not described is refused. Each "
        "item has an answer of its own, and a bad one spoils no neighbour. A stream is answered while it comes in, a "
        "Receipt a line, and takes no Idempotency-Key: its lines are recognised when they come again.",
        {
            HTTPStatus.OK: Answer("An array was taken in, or the draft was here already", RECEIPTS),
            HTTPStatus.CREATED: Answer("The draft was stored", schema("Receipt")),
            HTTPStatus.MULTI_STATUS: Answer("Some items of the array have errors", many("Receipt")),
        },
        scopes=(Scope.DRAFTS_WRITE,),
        body=Body(
            {
                JSON: {"oneOf": [schema("Submission"), many("Submission")]},
                NDJSON: {"type": "string", "description": "A Submission a line, without end"},
            },
            {JSON: EXAMPLE},
        ),
        once=True,
    )
]


@dataclass
class Ending:
    """The answer to a whole request, kept with the last rows that are stored for it."""

    keep: Keep
    before: list[Item] = field(default_factory=list)
    kept: bool = False

    async def at(self, session: AsyncSession, last: list[Item]) -> None:
        """The answers to the last items are these."""
        answers = [*self.before, *last]
        if not _is_to_come_again(answers):
            await self.keep(session, _array_status(answers), answers)
        self.kept = True


async def _whole(request: web.Request, raw: bytes, keep: Keep) -> web.Response:
    tools, bearer, body = request.app[TOOLS], bearer_of(request), await parsed(raw)
    if isinstance(body, list):
        return await _array(tools, bearer, body, keep)

    async def kept(session: AsyncSession, answers: list[Item]) -> None:
        if (status := _single_status(answers[0])) is not HTTPStatus.CONFLICT:
            await keep(session, status, answers[0])

    return _single((await take_in(tools, bearer, [body], first=0, ending=kept))[0])


def _single(answer: Item) -> web.Response:
    """The answer to one object: its status is the response's."""
    if answer["status"] == "error":
        pointer = answer["pointer"].removeprefix("/0") or None
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, answer["detail"], pointer=pointer)
    status = _single_status(answer)
    if status is HTTPStatus.CONFLICT:
        raise Problem(status, answer["detail"])
    return web.json_response(answer, status=status)


def _single_status(answer: Item) -> HTTPStatus:
    return {
        Taken.CREATED: HTTPStatus.CREATED,
        Taken.EXISTS: HTTPStatus.OK,
        Taken.CONFLICT: HTTPStatus.CONFLICT,
        Taken.ERASED: HTTPStatus.CONFLICT,
    }[Taken(answer["status"])]


async def _array(tools: Tools, bearer: Bearer, items: list[Any], keep: Keep) -> web.Response:
    """Answer each item of an array, stored a batch at a time like a stream's lines."""
    if len(items) > LONGEST_ARRAY:
        detail = f"An array takes up to {LONGEST_ARRAY:,} drafts. Send more as NDJSON, one a line: a stream has no end."
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
    answers, batch = list[Item](), Batch()
    for item in items:
        batch.add(item, _size(item))
        if batch.full and batch.end < len(items):
            answers += await _answered(tools, bearer, batch, stored_before=bool(answers))
            batch = Batch(batch.end)
    ending = Ending(keep, list(answers))
    answers += await _answered(tools, bearer, batch, stored_before=bool(answers), ending=ending.at)
    if not ending.kept and any("id" in one for one in answers) and not _is_to_come_again(answers):
        with suppress(DatabaseAway):  # what is stored is recognised when it comes again
            async with tools.sessions.writing() as session:
                await ending.at(session, answers[len(ending.before) :])
    return web.json_response(answers, status=_array_status(answers))


def _array_status(answers: list[Item]) -> HTTPStatus:
    return HTTPStatus.OK if all(one["status"] != "error" for one in answers) else HTTPStatus.MULTI_STATUS


def _is_to_come_again(answers: list[Item]) -> bool:
    """Whether items were told to be sent again: an answer that is kept would be all that they ever get."""
    return any(one.get("detail") == database_away().detail for one in answers)


def _size(item: Any) -> int:
    try:
        return len(json.dumps(item))
    except RecursionError:
        return 0  # too deep to be stored


async def _stream(request: web.Request, bearer: Bearer) -> web.StreamResponse:
    """Answer each line of a stream, a committed batch at a time: memory stays flat, and nothing is half done."""
    response = web.StreamResponse(headers={"Content-Type": NDJSON})
    response.force_close()  # what is left of a stream that was ended is not read
    await response.prepare(request)
    batch = Batch()
    try:
        async for line in parsed_lines(request):
            batch.add_line(line)
            if batch.full:
                await _answer(request, response, bearer, batch)
                batch = Batch(batch.end)
    except web.RequestPayloadError:
        if request.transport is None or request.transport.is_closing():
            return response  # nobody listens any more; sent again, the lines are recognised
        batch = Batch(batch.first)  # in place of the lines that were not stored yet
        batch.add(broke_off(), 0)
    await _answer(request, response, bearer, batch)
    await response.write_eof()
    return response


async def _answer(request: web.Request, response: web.StreamResponse, bearer: Bearer, batch: Batch) -> None:
    answers = await _answered(request.app[TOOLS], bearer, batch, stored_before=True)
    # Blank lines are no items: who looks for one in a file needs its line. That a stream broke off is of no line.
    placed = [{**one, "line": line} for one, line in zip(answers, batch.lines, strict=False)] or answers
    await response.write("".join(f"{json.dumps(one)}\n" for one in placed).encode())


async def _answered(
    tools: Tools, bearer: Bearer, batch: Batch, *, stored_before: bool, ending: At | None = None
) -> list[Item]:
    """What became of a batch. Raises DatabaseAway where nothing was stored of what came in one request."""
    try:
        return await take_in(tools, bearer, batch.items, first=batch.first, ending=ending)
    except DatabaseAway:
        if not stored_before:
            raise
        # What came before is stored, so the status cannot say this any more: each item does.
        return [error(number, database_away()) for number, _ in enumerate(batch.items, batch.first)]
