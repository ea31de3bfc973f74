"""Drafts come in, are looked at, are taken back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, intake, labelling, naming, outbox
from bot.intake import Arrival, Taken
from bot.naming import Named
from bot.submissions import Submission
from bot.tokens import Bearer, Scope
from handlers.http.access import TOOLS, authorised, draft_number, no_draft
from handlers.http.ndjson import BODY_LIMIT, NDJSON, TOO_DEEP, broke_off, parsed, parsed_lines
from handlers.http.problems import Problem, database_away
from handlers.http.unpacking import packing_of, whole
from handlers.tools import Tools
from storage.engine import DatabaseAway
from storage.models import Channel
from storage.queries import channels, drafts
from storage.words import ChannelState

BATCH = 200  # rows that are committed together
BATCH_SIZE = 2**20  # bytes after which a batch is full as well
LONGEST_ARRAY = 10_000
CLOSED = {
    ChannelState.NEW: "#{name} is not set up yet. A workspace admin types /assay setup there.",
    ChannelState.ARCHIVED: "#{name} is archived. Unarchive it in Slack and send this again, or name another channel.",
    ChannelState.GONE: (
        "#{name} was deleted, or Assay was taken out of it. Invite Assay there and send this again, "
        "or name another channel."
    ),
}
REMOVED = "Assay was removed from the workspace of #{name}. Install the app again, then send this again."

Item = dict[str, Any]


@dataclass
class Batch:
    """Items that are stored together; `first` is the place of the first in the request."""

    first: int = 0
    items: list[Any] = field(default_factory=list)
    size: int = 0

    def add(self, item: Any, size: int) -> None:
        self.items.append(item)
        self.size += size

    @property
    def full(self) -> bool:
        return len(self.items) >= BATCH or self.size >= BATCH_SIZE

    @property
    def end(self) -> int:
        return self.first + len(self.items)


async def post_drafts(request: web.Request) -> web.StreamResponse:
    """Take in one draft, an array, or a stream; each gets its own answer, in order."""
    bearer = await authorised(request, Scope.DRAFTS_WRITE)
    packing_of(request)  # a packing that is not taken is refused while there is a status to say it with
    if request.content_type == NDJSON:
        return await _stream(request, bearer)
    body = await parsed(await whole(request, limit=BODY_LIMIT))
    if isinstance(body, list):
        return await _array(request.app[TOOLS], bearer, body)
    return _single((await _take_in(request.app[TOOLS], bearer, [body], first=0))[0])


async def get_draft(request: web.Request) -> web.Response:
    """Where a draft stands: how many reviews are in, never what they say."""
    bearer = await authorised(request, Scope.DRAFTS_WRITE, Scope.LABELS_READ, Scope.GOLD_READ)
    number = draft_number(request)
    async with request.app[TOOLS].sessions.reading() as session:
        found = await drafts.find_with_channel(session, number) if number is not None else None
        if number is None or found is None or not bearer.sees(found[1]):
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
    bearer = await authorised(request, Scope.DRAFTS_WRITE)
    tools = request.app[TOOLS]
    number = draft_number(request)
    async with tools.sessions.writing() as session:
        found = await drafts.find_with_channel(session, number) if number is not None else None
        if number is None or found is None or not bearer.sees(found[1]):
            raise no_draft(request)
        await labelling.withdraw(session, number, tools.now(), by=audit.token(bearer.token))
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
        Taken.ERASED: HTTPStatus.CONFLICT,
    }[Taken(answer["status"])]
    if status is HTTPStatus.CONFLICT:
        raise Problem(status, answer["detail"])
    return web.json_response(answer, status=status)


async def _array(tools: Tools, bearer: Bearer, items: list[Any]) -> web.Response:
    """Answer each item of an array, stored a batch at a time like a stream's lines."""
    if len(items) > LONGEST_ARRAY:
        detail = f"An array takes up to {LONGEST_ARRAY:,} drafts. Send more as NDJSON, one a line: a stream has no end."
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
    answers, batch = list[Item](), Batch()
    for item in items:
        batch.add(item, _size(item))
        if batch.full:
            answers += await _answered(tools, bearer, batch, stored_before=bool(answers))
            batch = Batch(batch.end)
    answers += await _answered(tools, bearer, batch, stored_before=bool(answers))
    status = HTTPStatus.OK if all(one["status"] != "error" for one in answers) else HTTPStatus.MULTI_STATUS
    return web.json_response(answers, status=status)


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
            batch.add(line.value, line.size)
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
    await response.write("".join(f"{json.dumps(one)}\n" for one in answers).encode())


async def _answered(tools: Tools, bearer: Bearer, batch: Batch, *, stored_before: bool) -> list[Item]:
    """What became of a batch. Raises DatabaseAway where nothing was stored of what came in one request."""
    try:
        return await _take_in(tools, bearer, batch.items, first=batch.first)
    except DatabaseAway:
        if not stored_before:
            raise
        # What came before is stored, so the status cannot say this any more: each item does.
        return [_error(number, database_away()) for number, _ in enumerate(batch.items, batch.first)]


async def _take_in(tools: Tools, bearer: Bearer, items: list[Any], *, first: int) -> list[Item]:
    """Redact the items of a batch, then store them in one transaction; a bad one gets an error and spoils no other."""
    answers: dict[int, Item] = {}
    accepted: dict[int | None, tuple[Channel, dict[int, Named]]] = {}
    checked = [_checked(item) for item in items]
    key = tools.settings.key
    async with tools.sessions.reading() as session:
        known = await _channels(session, bearer, checked)
    for place, item in enumerate(checked, first):
        channel = item if isinstance(item, Problem) else known[item.channel]
        if isinstance(item, Submission) and isinstance(channel, Channel):
            accepted.setdefault(channel.id, (channel, {}))[1][place] = naming.name(key, item)
        elif isinstance(channel, Problem):
            answers[place] = _error(place, channel)
    if accepted:
        answers |= await _stored(tools, list(accepted.values()))
    return [answer for _, answer in sorted(answers.items())]


async def _channels(
    session: AsyncSession, bearer: Bearer, items: list[Submission | Problem]
) -> dict[str, Channel | Problem]:
    """Each channel that the items name, or why they may not go there."""
    names = {item.channel for item in items if isinstance(item, Submission)}
    removed = await channels.removed_teams(session)
    return {
        name: _open_to(await channels.by_any_name(session, bearer.team, name), bearer, name, removed) for name in names
    }


async def _stored(tools: Tools, accepted: list[tuple[Channel, dict[int, Named]]]) -> dict[int, Item]:
    """An answer to each item by its place; those of one channel are stored together."""
    answers: dict[int, Item] = {}
    key = tools.settings.key
    ready = [
        await intake.make_ready(tools.sessions, channel, list(placed.values()), key=key) for channel, placed in accepted
    ]
    arrival = Arrival(key, tools.now(), tools.settings.model)
    async with tools.sessions.writing() as session:
        for (channel, placed), made in zip(accepted, ready, strict=True):
            receipts = await intake.store_all(session, channel, list(placed.values()), arrival, made)
            answers |= {place: _receipt(place, receipt) for place, receipt in zip(placed, receipts, strict=True)}
    tools.afterwards.do(tools.courier.deliver_due())
    return answers


_SAID = {
    "missing": "is missing, and every draft needs it.",
    "extra_forbidden": f"is no field here. There are: {', '.join(Submission.model_fields)}.",
}


def _checked(item: Any) -> Submission | Problem:
    if isinstance(item, Problem):
        return item
    try:
        return Submission.model_validate(item)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        said = _SAID.get(first["type"]) or f"{first['msg'].removeprefix('Value error, ')}."
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{pointer or 'The draft'}: {said}", pointer=pointer)
    except RecursionError:
        return Problem(HTTPStatus.BAD_REQUEST, TOO_DEEP)


def _open_to(channel: Channel | None, bearer: Bearer, name: str, removed: Sequence[str]) -> Channel | Problem:
    """The channel, if it is set up, alive, and this token may fill it."""
    unknown = f"There is no channel {name}. Invite Assay to it in Slack, then type /assay setup there."
    if channel is None or not bearer.sees(channel):
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, unknown, pointer="/channel")
    if channel.team in removed:
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, REMOVED.format(name=channel.name), pointer="/channel")
    if channel.state != ChannelState.ACTIVE:
        remedy = CLOSED[ChannelState(channel.state)].format(name=channel.name)
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, remedy, pointer="/channel")
    return channel


def _receipt(place: int, receipt: intake.Receipt) -> Item:
    answer: Item = {"index": place, "status": receipt.taken, "id": str(receipt.draft_id)}
    if receipt.taken is Taken.CONFLICT:
        answer["detail"] = (
            f"This external_id belongs to draft {receipt.draft_id}, which reads differently. "
            "Nothing was changed: withdraw that one, or use another id."
        )
    elif receipt.taken is Taken.ERASED:
        answer["detail"] = (
            f"Draft {receipt.draft_id} had this external_id and was erased. Nothing was stored: do not send it again."
        )
    return answer


def _error(place: int, problem: Problem) -> Item:
    pointer = f"/{place}{problem.pointer or ''}"
    return {"index": place, "status": "error", "detail": problem.detail, "pointer": pointer}
