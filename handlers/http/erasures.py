"""Erasure over HTTP: what would go is said first, and goes only where that is really wanted."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit
from bot.erasure import LONGEST, SHORTEST, Eraser, Gone, NobodyNamed, check_customer, check_named
from bot.tokens import Bearer, Scope
from handlers.http.access import TOOLS, bearer_of, channel_named
from handlers.http.faults import problem_of
from handlers.http.ndjson import BODY_LIMIT, parsed
from handlers.http.operations import JSON, Answer, Body, Operation
from handlers.http.problems import Problem
from handlers.http.retries import Keep, answered_once
from handlers.http.schema_parts import schema
from handlers.http.unpacking import whole
from handlers.tools import Tools
from storage.words import ErasedBecause

Stripped = Annotated[str, StringConstraints(strip_whitespace=True)]


class Erasure(BaseModel):
    """What is to go: a ticket of a channel, or everything that is known of a customer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    channel: Stripped | None = Field(None, min_length=1, description="Its id or name; needed for a ticket")
    ticket: Stripped | None = Field(None, min_length=1, description="What its drafts called their group")
    customer: Stripped | None = Field(
        None, min_length=SHORTEST, max_length=LONGEST, description="An e-mail address, a number, a name"
    )
    really: bool = Field(False, description="Without it nothing is erased, and the counts say what would be")

    @model_validator(mode="after")
    def one_is_named(self) -> "Erasure":
        if (self.ticket is None) is (self.customer is None):
            raise ValueError("Name a ticket or a customer.")
        if self.ticket is not None and self.channel is None:
            raise ValueError("Name the channel that the ticket is in.")
        return self

    @model_validator(mode="after")
    def somebody_is_named(self) -> "Erasure":
        try:
            for one in (self.channel, self.ticket):
                if one is not None:
                    check_named(one)
            if self.customer is not None:
                check_customer(self.customer)
        except NobodyNamed as error:
            raise ValueError(str(error)) from error
        return self


async def post_erasure(request: web.Request) -> web.Response:
    """Say what erasing would remove, or erase it."""
    raw = await whole(request, limit=BODY_LIMIT)
    asked = _asked(await parsed(raw))
    tools, bearer = request.app[TOOLS], bearer_of(request)
    eraser = Eraser(tools.sessions, tools.settings.key, tools.now)

    async def work(keep: Keep) -> web.Response:
        async def ended(session: AsyncSession, gone: Gone) -> None:
            await keep(session, HTTPStatus.OK, _told(asked, gone))

        numbers = await _found(request, eraser, bearer, asked)
        if not asked.really:
            return web.json_response(_told(asked, await eraser.count(numbers)))
        why = ErasedBecause.TICKET if asked.ticket is not None else ErasedBecause.CUSTOMER
        gone = await eraser.erase(numbers, why=why, by=audit.token(bearer.token), ended=ended)
        _deliver(tools)
        return web.json_response(_told(asked, gone))

    return await answered_once(request, raw, work)


OPERATIONS = [
    Operation(
        "POST",
        "/api/v1/erasures",
        post_erasure,
        "Erase what is stored of a ticket or a customer, or say what would go",
        "It cannot be undone; what it does not reach stands in docs/privacy.md. Once more, with another "
        "Idempotency-Key or with none, erases what came since.",
        {HTTPStatus.OK: Answer("What was erased, or would be", schema("Erased"))},
        scopes=(Scope.ADMIN,),
        body=Body({JSON: Erasure.model_json_schema()}, {JSON: {"channel": "#tickets", "ticket": "4711"}}),
        once=True,
        problems=(HTTPStatus.NOT_FOUND,),
    )
]


def _told(asked: Erasure, gone: Gone) -> dict[str, Any]:
    return {"erased": asked.really, "drafts": gone.drafts, "labels": gone.labels, "messages": gone.messages}


def _deliver(tools: Tools) -> None:
    tools.afterwards.do(tools.courier.deliver_due())


def _asked(body: object) -> Erasure:
    try:
        return Erasure.model_validate(body)
    except ValidationError as error:
        raise problem_of(error, Erasure, "The body") from error


async def _found(request: web.Request, eraser: Eraser, bearer: Bearer, asked: Erasure) -> Sequence[int]:
    """The drafts that are meant; a token that is bound to a channel reaches those of that one only."""
    name = asked.channel
    if name is None and bearer.channel_id is not None:
        raise Problem(HTTPStatus.BAD_REQUEST, "This token is bound to a channel: name it.", pointer="/channel")
    channel = await channel_named(request, bearer, name) if name is not None else None
    if asked.ticket is not None and channel is not None:
        return await eraser.of_ticket(channel, asked.ticket)
    return await eraser.of_customer(bearer.team, asked.customer or "", channel)
