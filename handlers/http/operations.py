"""One table of what the API can do: its routes and its OpenAPI document are made from it, so they cannot differ."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web

from bot.tokens import Scope
from handlers.http.parameters import Parameter

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Schema = Mapping[str, Any]

JSON = "application/json"
NDJSON = "application/x-ndjson"


@dataclass(frozen=True)
class Answer:
    """What is answered with one status; without a schema there is no body."""

    description: str
    schema: Schema | None = None
    kind: str = JSON
    headers: Mapping[str, Schema] = field(default_factory=dict)


@dataclass(frozen=True)
class Body:
    """What a request brings, by content type, each with an example."""

    kinds: Mapping[str, Schema]
    examples: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One method of one address: who may, what it takes, what it answers."""

    method: str
    path: str
    handler: Handler
    summary: str
    about: str
    answers: Mapping[HTTPStatus, Answer]
    scopes: tuple[Scope, ...] | None = ()  # any of these; empty: any token; None: nobody needs a token
    query: Sequence[Parameter[Any]] = ()
    body: Body | None = None
    once: bool = False  # takes an Idempotency-Key
    problems: Sequence[HTTPStatus] = ()  # beside those that go without saying

    @property
    def names(self) -> frozenset[str]:
        """The query parameters that there are."""
        return frozenset(one.name for one in self.query)

    @property
    def in_path(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def every_problem(self) -> list[HTTPStatus]:
        """Each status of a problem document that this can be answered with."""
        found = {HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR, *self.problems}
        if self.scopes is not None:
            found |= {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}
            found |= {HTTPStatus.SERVICE_UNAVAILABLE}
        if self.in_path or "channel" in self.names:
            found.add(HTTPStatus.NOT_FOUND)
        if self.method == "POST":
            found |= {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
            found |= {HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.EXPECTATION_FAILED}
        if self.once:
            found |= {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
        return sorted(found)
