"""Socket Mode: an address for one connection, envelopes over it, and what goes wrong with it on purpose."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

from sandbox.links import MOST, Link
from sandbox.refusals import ApiError, Json, NotSeen
from sandbox.world import World

METHOD = "apps.connections.open"
HOST = "applink-sandbox"
RETRY_REASONS = {"http_timeout": "timeout"}
LEAVING = frozenset({"warning", "refresh_requested", "link_disabled"})


def need_app_token(world: World, name: str, token: str) -> None:
    """The app-level token opens connections and does nothing else; no other token opens one."""
    if name != METHOD and token == world.app.app_token:
        raise ApiError("not_allowed_token_type")
    if name == METHOD and token != world.app.app_token:
        raise ApiError("not_allowed_token_type" if token == world.app.bot_token else "invalid_auth")


def connections_open(world: World, _args: Json) -> Json:
    if not world.app.socket_mode:
        raise ApiError("socket_mode_not_enabled")  # Slack's own word for this is not documented
    ticket = uuid.uuid4().hex
    world.links.tickets.add(ticket)
    return {"url": f"{world.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={world.app.app_id}"}


async def connect(world: World, request: web.Request) -> web.StreamResponse:
    """One connection, for as long as it lasts; its address is good for one."""
    ticket = request.query.get("ticket", "")
    if ticket not in world.links.tickets:
        raise web.HTTPForbidden(text="This address was used before, or never given.")
    world.links.tickets.remove(ticket)
    ws = web.WebSocketResponse(autoping=False, timeout=1.0)
    await ws.prepare(request)
    link = world.links.join(request, ws)
    try:
        if len(world.links.open()) > MOST:
            await ws.send_json(_farewell("too_many_websockets"))
            await ws.close()
        else:
            await ws.send_json(_hello(world))
            await _listen(link)
    finally:
        world.links.leave(link)
    return ws


def _hello(world: World) -> Json:
    return {
        "type": "hello",
        "num_connections": len(world.links.open()),
        "debug_info": {"host": HOST, "build_number": 1, "approximate_connection_time": 18060},
        "connection_info": {"app_id": world.app.app_id},
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


async def carry(world: World, body: bytes, headers: Mapping[str, str]) -> tuple[str, str | None]:
    """Sends a request to one of the connections: the body of the answer, and what went wrong in Slack's word."""
    link = world.links.next()
    if link is None:
        return "", "connection_failed"
    sent = envelope(body, headers)
    answer = link.expect(sent["envelope_id"])
    try:
        async with asyncio.timeout(world.ack_seconds):
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


async def act(world: World, wish: Json) -> Json:
    """`do` one of DEEDS to the connection named `link`, or to every one; then the connections that are left.

    drop: gone without a word. freeze: connected, but silent. lose_ack: the next acknowledgement is lost with its
    connection. disconnect: asked to go, with a `reason`. ping: as Slack pings. list: nothing.
    """
    deed = DEEDS.get(wish.get("do", ""))
    if deed is None:
        raise NotSeen(f"A connection can be told to {', '.join(DEEDS)}.")
    for link in world.links.open():
        if wish.get("link") in (None, link.number):
            await deed(world, link, wish)
    return {"ok": True, "links": [link.shown() for link in world.links.open()]}


async def _nothing(_world: World, _link: Link, _wish: Json) -> None: ...


async def _drop(_world: World, link: Link, _wish: Json) -> None:
    link.drop()


async def _freeze(_world: World, link: Link, _wish: Json) -> None:
    link.thawed.clear()


async def _lose_ack(_world: World, link: Link, _wish: Json) -> None:
    link.loses_next = True


async def _disconnect(world: World, link: Link, wish: Json) -> None:
    """Socket Mode is off for the app when its link is disabled."""
    reason = wish.get("reason", "refresh_requested")
    if reason not in LEAVING:
        raise NotSeen(f"Slack's reasons are {', '.join(sorted(LEAVING))}.")
    link.leaving = True
    await link.ws.send_json(_farewell(reason))
    if reason == "link_disabled":
        world.app.socket_mode = False
        link.drop()


async def _ping(_world: World, link: Link, _wish: Json) -> None:
    await link.ws.ping(b"Ping from applink-sandbox")


DEEDS: dict[str, Callable[[World, Link, Json], Awaitable[None]]] = {
    "drop": _drop,
    "freeze": _freeze,
    "lose_ack": _lose_ack,
    "disconnect": _disconnect,
    "ping": _ping,
    "list": _nothing,
}
