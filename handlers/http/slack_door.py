"""Slack's door: what is not signed by Slack, and just now, is turned away before anything reads it."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import parse_qs

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from handlers.http.problems import Problem, too_slow
from handlers.metrics import Metrics
from handlers.slack import shapes

FRESH = 300  # seconds that a signature is good for
PATIENCE = 30.0  # seconds that a body may take; Slack itself gives up after three
NOT_SIGNED = "This is not signed by Slack with the app's signing secret, or too old. Look at SLACK_SIGNING_SECRET."
NOT_READABLE = "This is signed by Slack, but its body is not what Slack sends. Nothing was done."


class Door:
    """Hands what Slack signed to Bolt."""

    def __init__(self, app: AsyncApp, signing_secret: str, metrics: Metrics) -> None:
        self._app = app
        self._secret = signing_secret.encode()
        self._metrics = metrics

    async def take(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(PATIENCE):
                raw = await request.read()
        except TimeoutError:
            return too_slow().response()
        except web.RequestPayloadError:
            return Problem(HTTPStatus.BAD_REQUEST, NOT_READABLE).response()
        if not self._signed(request, raw):
            return Problem(HTTPStatus.UNAUTHORIZED, NOT_SIGNED).response()
        body, kind = _read(request, raw)
        if body is None:
            return Problem(HTTPStatus.BAD_REQUEST, NOT_READABLE).response()
        headers: dict[str, str | Sequence[str]] = {name: request.headers.getall(name) for name in request.headers}
        asked = AsyncBoltRequest(body=body, query=request.query_string, headers=headers)
        with self._metrics.slack_request(kind):
            return await to_aiohttp_response(await self._app.async_dispatch(asked))

    def _signed(self, request: web.Request, raw: bytes) -> bool:
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        given = request.headers.get("X-Slack-Signature", "")
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12 and given.isascii()):
            return False
        proof = hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
        return abs(time.time() - int(stamp)) <= FRESH and hmac.compare_digest(f"v0={proof}", given)


def _read(request: web.Request, raw: bytes) -> tuple[str | None, str]:
    """The body as Bolt reads it, if it can: UTF-8, and an object in JSON, as a whole or in a form's payload.

    And of which kind Slack says that it is; a form without a payload is a command.
    """
    try:
        body = raw.decode()
        if request.content_type == "application/json" or body.startswith("{"):
            payloads = [body]
        else:
            payloads = parse_qs(body, keep_blank_values=True).get("payload", [])
        read = [json.loads(one) for one in payloads]
    except (ValueError, RecursionError):
        return None, ""
    if not all(isinstance(one, dict) and shapes.fits(one) for one in read):
        return None, ""
    return body, str(read[0].get("type")) if read else "command"
