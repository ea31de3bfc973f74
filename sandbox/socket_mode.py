"""Socket Mode: an address for one connection, envelopes over it, and what goes wrong with it on purpose."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

from sandbox.links import MOST, Link
from sandbox.refusals import ApiError, Json, NotSeen
from sandbox.stage import Stage

HOST = "applink-sandbox"
RETRY_REASONS = {"http_timeout": "timeout"}
LEAVING = frozenset({"warning", "refresh_requested", "link_disabled"})


def connections_open(stage: Stage, key: str) -> Json:
    """Only the app-level token opens connections: for all workspaces that have the app."""
    if not key:
        raise ApiError("not_authed")
    if key != stage.app.app_token:
        raise ApiError("not_allowed_token_type" if key in stage.app.tokens.by_word else "invalid_auth")
    if not stage.app.socket_mode:
        raise ApiError("socket_mode_not_enabled")  # Slack's own word for this is not documented
    ticket = uuid.uuid4().hex
    stage.links.tickets.add(ticket)
    return {"url": f"{stage.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={stage.app.app_id}"}


async def connect(stage: Stage, request: web.Request) -> web.StreamResponse:
    """One connection, for as long as it lasts; its address is good for one."""
    ticket = request.query.get("ticket", "")
    if ticket not in stage.links.tickets:
        raise web.HTTPForbidden(text="This address was used before, or never given.")
    stage.links.tickets.remove(ticket)
    ws = web.WebSocketResponse(autoping=False, timeout=1.0)
    await ws.prepare(request)
    link = stage.links.join(request, ws)
    try:
        if len(stage.links.open()) > MOST:
            await ws.send_json(_farewell("too_many_websockets"))
            await ws.close()
        else:
            await ws.send_json(_hello(stage))
            await _listen(link)
    finally:
        stage.links.leave(link)
    return ws


def _hello(stage: Stage) -> Json:
    return {
        "type": "hello",
        "num_connections": len(stage.links.open()),
        "debug_info": {"host": HOST, "build_number": 1, "approximate_connection_time": 18060},
        "connection_info": {"app_id": stage.app.app_id},
    }


def _farewell(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}}


async def _listen(link: Link) -> None:
    async for message in link.ws:
        await link.thawed.wait()  # a frozen link neither reads nor answers
        if message.type is WSMsgType.PING:
            await link.ws.pong(message.data)
            link.pings += 1
        elif message.type is WSMsgType.PONG:
            link.pongs += 1
        elif message.type is WSMsgType.TEXT:
            _acknowledged(link, message.data)


def _acknowledged(link: Link, text: str) -> None:
    """Only the connection that an envelope went over acknowledges it, and only once."""
    if link.loses_next:
        link.drop()
        return
    ack = json.loads(text)
    future = link.waiting.get(ack.get("envelope_id"))
    if future and not future.done():
        future.set_result(ack)


def envelope(body: bytes, headers: Mapping[str, str]) -> Json:
    """A request as it would go over HTTP, in the envelope that goes over a socket."""
    made: Json = {"envelope_id": str(uuid.uuid4())}
    if headers["Content-Type"] == "application/json":
        reason = headers.get("X-Slack-Retry-Reason", "")
        made |= {"type": "events_api", "payload": json.loads(body), "accepts_response_payload": False}
        made["retry_attempt"] = int(headers.get("X-Slack-Retry-Num", 0))
        return {**made, "retry_reason": RETRY_REASONS.get(reason, reason)}
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    if "payload" in form:
        return {**made, "type": "interactive", "payload": json.loads(form["payload"]), "accepts_response_payload": True}
    return {**made, "type": "slash_commands", "payload": form, "accepts_response_payload": True}


async def carry(stage: Stage, body: bytes, headers: Mapping[str, str]) -> tuple[str, str | None]:
    """Sends a request to one of the connections: the body of the answer, and what went wrong in Slack's word."""
    link = stage.links.next()
    if link is None:
        return "", "connection_failed"
    sent = envelope(body, headers)
    answer = link.expect(sent["envelope_id"])
    try:
        async with asyncio.timeout(stage.ack_seconds):
            if link.thawed.is_set():
                await link.ws.send_json(sent)
            ack = await answer
    except TimeoutError:
        return "", "http_timeout"
    except ConnectionError:
        return "", "connection_failed"
    finally:
        link.waiting.pop(sent["envelope_id"], None)
    if ack is None:
        return "", "connection_failed"
    payload = ack.get("payload") if sent["accepts_response_payload"] else None
    return json.dumps(payload) if payload else "", None


async def act(stage: Stage, wish: Json) -> Json:
    """`do` one of DEEDS to the connection named `link`, or to every one; then the connections that are left.

    drop: gone without a word. freeze: connected, but silent. lose_ack: the next acknowledgement is lost with its
    connection. disconnect: asked to go, with a `reason`. ping: as Slack pings. list: nothing.
    """
    deed = DEEDS.get(wish.get("do", ""))
    if deed is None:
        raise NotSeen(f"A connection can be told to {', '.join(DEEDS)}.")
    for link in stage.links.open():
        if wish.get("link") in (None, link.number):
            await deed(stage, link, wish)
    return {"ok": True, "links": [link.shown() for link in stage.links.open()]}


async def _nothing(_stage: Stage, _link: Link, _wish: Json) -> None: ...


async def _drop(_stage: Stage, link: Link, _wish: Json) -> None:
    link.drop()


async def _freeze(_stage: Stage, link: Link, _wish: Json) -> None:
    link.thawed.clear()


async def _lose_ack(_stage: Stage, link: Link, _wish: Json) -> None:
    link.loses_next = True


async def _disconnect(stage: Stage, link: Link, wish: Json) -> None:
    """Socket Mode is off for the app when its link is disabled."""
    reason = wish.get("reason", "refresh_requested")
    if reason not in LEAVING:
        raise NotSeen(f"Slack's reasons are {', '.join(sorted(LEAVING))}.")
    link.leaving = True
    await link.ws.send_json(_farewell(reason))
    if reason == "link_disabled":
        stage.app.socket_mode = False
        link.drop()


async def _ping(_stage: Stage, link: Link, _wish: Json) -> None:
    await link.ws.ping(b"Ping from applink-sandbox")


DEEDS: dict[str, Callable[[Stage, Link, Json], Awaitable[None]]] = {
    "drop": _drop,
    "freeze": _freeze,
    "lose_ack": _lose_ack,
    "disconnect": _disconnect,
    "ping": _ping,
    "list": _nothing,
}
