"""What the bot answers to an interaction beside the Web API: response addresses and bodies of command answers."""

import asyncio
import json

from aiohttp import web

from sandbox.api_messages import composed, redraw
from sandbox.faults import Fault
from sandbox.refusals import ApiError, Json, NotSeen
from sandbox.slack import Slack
from sandbox.tickets import Address
from sandbox.traffic import Entry
from sandbox.web_api import dropped, foreign
from sandbox.workspace import Channel, Message, User
from sandbox.world import World

FIELDS = {"text", "blocks", "replace_original", "delete_original", "response_type", "thread_ts", "metadata"}
TRUE = (True, "true")


async def response_url(slack: Slack, request: web.Request) -> web.Response:
    """Five uses within 30 minutes; replaces or deletes the message it belongs to, or posts beside it."""
    try:
        body = await request.json()
    except ValueError:
        body = None
    token = request.match_info["token"]
    world = next((each for each in slack.worlds if token in each.tickets.addresses), slack.first)
    entry = world.traffic.add("bot", "response_url", "response_url", body if isinstance(body, dict) else {})
    fault = world.faults.strike("response_url", world.team.id)
    if (spoilt := await _spoilt(request, entry, fault)) is not None:
        return spoilt
    status, answer = _answered(world, token, body)
    if fault and fault.kind == "status":
        status, answer = fault.status, fault.error
    if fault and fault.kind == "drop_after":
        return dropped(request, entry)
    entry.status, entry.answer = status, answer
    return web.Response(text=answer, status=status) if answer == "ok" else web.json_response(answer, status=status)


async def _spoilt(request: web.Request, entry: Entry, fault: Fault | None) -> web.Response | None:
    """What a fault answers before anything is done; None: it is done."""
    if fault and fault.kind == "drop_before":
        return dropped(request, entry)
    if fault and fault.kind == "foreign":
        return foreign(entry, fault)
    if fault and fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
    return None


def _answered(world: World, token: str, body: object) -> tuple[int, Json | str]:
    """Channels that were deleted and people who were deactivated meanwhile cannot be answered."""
    try:
        address = world.tickets.answered(token)
    except ApiError as error:
        return 404, error.answer
    try:
        if not isinstance(body, dict) or set(body) - FIELDS:
            raise ApiError("invalid_payload")
        _apply(world, address, body)
    except ApiError as error:
        return 400, error.answer
    except NotSeen:
        return 404, ApiError("channel_not_found").answer
    return 200, "ok"


def _apply(world: World, address: Address, body: Json) -> None:
    channel, user = world.workspace.channel(address.channel), world.workspace.user(address.user)
    original = channel.messages.get(address.ts or "")
    if body.get("delete_original") in TRUE:
        _delete(world, channel, original)
    elif body.get("replace_original") in TRUE:
        if original is None:
            raise ApiError("message_not_found")
        redraw(world, original, composed(world, body, original.ts))
    else:
        say(world, channel, user, body, thread_ts=original.thread_ts if original else None)
    world.changed(channel=channel)


def _delete(world: World, channel: Channel, original: Message | None) -> None:
    if original is None:
        raise ApiError("message_not_found")
    world.workspace.remove(channel, original)


def say(world: World, channel: Channel, user: User, body: Json, *, thread_ts: str | None = None) -> None:
    """Posts an answer: for its user alone unless it asks to be in the channel."""
    if body.get("response_type", "ephemeral") not in ("ephemeral", "in_channel"):
        raise ApiError("invalid_payload")
    message = composed(world, body, world.workspace.next_ts())
    message.seen_by = None if body.get("response_type") == "in_channel" else user.id
    message.thread_ts = body.get("thread_ts") or thread_ts
    world.workspace.post(channel, message)
    world.changed(channel=channel)


def apply_answer(world: World, channel: Channel, user: User, text: str) -> bool:
    """The body of a command's 200: nothing, words for the person, or a message as JSON; False: not to be used."""
    if not text.strip():
        return True
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    try:
        say(world, channel, user, body if isinstance(body, dict) else {"text": text})
    except ApiError:
        return False
    return True
