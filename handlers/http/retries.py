"""Requests that are sent again with the same Idempotency-Key: the first answer is given once more.

As in https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ and at Stripe. The answer is kept in
the transaction that stores what it speaks of; where nothing was stored, nothing is kept, and the key is free. Of both
key and request only keyed hashes are stored: an erasure names whom it erases, and so may its key.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from handlers.http.access import TOOLS, bearer_of
from handlers.http.problems import Problem
from handlers.tools import Tools
from storage.models import Answered
from storage.queries import answers

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT = timedelta(days=1)
_KEY = re.compile(r"[!-~]{1,255}")

Keep = Callable[[AsyncSession, HTTPStatus, Any], Awaitable[None]]


class AnsweredMeanwhile(Exception):
    """The same request was answered while this one was worked on: what this one did is taken back."""


@dataclass(frozen=True)
class Retry:
    """A request that may come again."""

    tools: Tools
    token: int
    key: str  # hashed, as the request is
    asked: str

    async def earlier(self) -> web.Response | None:
        """What it was answered before. Raises Problem where the key was used for something else."""
        async with self.tools.sessions.reading() as session:
            found = await answers.of(session, self.token, self.key, since=self.tools.now() - KEPT)
        if found is None:
            return None
        if found.asked != self.asked:
            detail = f"This {HEADER} was used for another request. Use a new key for each request that differs."
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        body = self.tools.vault.given_back(found.body)
        return web.Response(status=found.status, text=body, content_type="application/json", headers={REPLAYED: "true"})

    async def keep(self, session: AsyncSession, status: HTTPStatus, answer: Any) -> None:
        """Keep an answer with what it speaks of. Raises AnsweredMeanwhile."""
        now = self.tools.now()
        row = Answered(token_id=self.token, key=self.key, asked=self.asked, status=status, at=now)
        row.body = self.tools.vault.kept(json.dumps(answer))
        if not await answers.keep(session, row, since=now - KEPT):
            raise AnsweredMeanwhile


async def answered_once(
    request: web.Request, body: bytes, work: Callable[[Keep], Awaitable[web.Response]]
) -> web.Response:
    """Do the work, unless the request has a key and was answered before. Raises Problem."""
    retry = _retry(request, body)
    if retry is None:
        return await work(_forget)
    if (earlier := await retry.earlier()) is not None:
        return earlier
    try:
        return await work(retry.keep)
    except AnsweredMeanwhile:
        return await retry.earlier() or _later()


def refuse_key(request: web.Request) -> None:
    """A stream has no single answer to keep. Raises Problem."""
    if HEADER in request.headers:
        detail = (
            f"A stream takes no {HEADER}: each line is recognised by its external_id, or else by its content. "
            "Send it again as it is."
        )
        raise Problem(HTTPStatus.BAD_REQUEST, detail)


def _retry(request: web.Request, body: bytes) -> Retry | None:
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key) or len(request.headers.getall(HEADER)) > 1:
        detail = f"{HEADER} must be 1 to 255 visible ASCII characters, such as a UUID, and stand there once."
        raise Problem(HTTPStatus.BAD_REQUEST, detail)
    tools = request.app[TOOLS]
    asked = _hash(tools, "asked", f"{request.method} {request.path_qs}\n".encode() + body)
    return Retry(tools, bearer_of(request).token, _hash(tools, "key", key.encode()), asked)


def _hash(tools: Tools, kind: str, content: bytes) -> str:
    return hmac.new(tools.settings.key, f"{kind}\0".encode() + content, hashlib.sha256).hexdigest()


def _later() -> web.Response:
    detail = "The same request is being answered. Send it again in a moment."
    return Problem(HTTPStatus.CONFLICT, detail).response()


async def _forget(_session: AsyncSession, _status: HTTPStatus, _answer: Any) -> None:
    """Nobody asked for the answer to be kept."""
