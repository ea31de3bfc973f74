"""The Web API's door: which methods there are, who may call them, and what goes wrong on purpose."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox import api_files, api_messages, api_people, api_views, socket_mode
from sandbox.faults import Fault
from sandbox.refusals import ApiError, Json, RateLimited
from sandbox.traffic import Entry
from sandbox.world import World


@dataclass(frozen=True)
class Method:
    """`takes` names every argument; others are refused, which is stricter than Slack.

    Bolt's clients add `team_id` to every call.
    """

    run: Callable[[World, Json], Json]
    scope: str | None
    takes: frozenset[str]


def method(run: Callable[[World, Json], Json], scope: str | None, takes: str = "") -> Method:
    return Method(run, scope, frozenset((*takes.split(), "team_id")))


COMPOSING = "channel text blocks metadata parse link_names mrkdwn unfurl_links unfurl_media"
READING = "channel cursor limit oldest latest inclusive include_all_metadata"
METHODS = {
    "auth.test": method(api_people.auth_test, None),
    socket_mode.METHOD: method(socket_mode.connections_open, None),
    "users.info": method(api_people.users_info, "users:read", "user include_locale"),
    "users.list": method(api_people.users_list, "users:read", "cursor limit include_locale"),
    "conversations.info": method(api_people.conversations_info, None, "channel include_locale include_num_members"),
    "conversations.members": method(api_people.conversations_members, None, "channel cursor limit"),
    "conversations.list": method(api_people.conversations_list, None, "cursor limit types exclude_archived"),
    "conversations.history": method(api_messages.history, None, READING),
    "conversations.replies": method(api_messages.replies, None, f"{READING} ts"),
    "chat.postMessage": method(api_messages.post_message, "chat:write", f"{COMPOSING} thread_ts reply_broadcast"),
    "chat.postEphemeral": method(api_messages.post_ephemeral, "chat:write", f"{COMPOSING} user thread_ts"),
    "chat.update": method(api_messages.update, "chat:write", f"{COMPOSING} ts as_user"),
    "chat.getPermalink": method(api_messages.permalink, None, "channel message_ts"),
    "files.getUploadURLExternal": method(api_files.upload_url, "files:write", "filename length alt_txt"),
    "files.completeUploadExternal": method(api_files.complete, "files:write", "files"),
    "views.open": method(api_views.open_view, None, "trigger_id view"),
    "views.push": method(api_views.push_view, None, "trigger_id view"),
    "views.publish": method(api_views.publish_view, None, "user_id view hash"),
    "views.update": method(api_views.update_view, None, "view view_id external_id hash"),
}
STRUCTURED = ("blocks", "files", "metadata", "view")
LAGGING = ("history_lag", "slow_file")


async def answer(world: World, request: web.Request) -> web.Response:
    """One call of the Web API, recorded in the traffic without its token."""
    name = request.match_info["method"]
    args = await _arguments(request)
    token = args.pop("token", None) or request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    entry = world.traffic.add("bot", "api", name, args, args.get("user"))
    began = time.perf_counter()
    fault = world.faults.strike(name)
    response = await _faulted(request, entry, fault) if fault else None
    if response is None:
        world.lag = fault.seconds if fault and fault.kind in LAGGING else 0.0
        response = _answered(world, name, str(token), args, entry)
        if fault and fault.kind == "drop_after":
            response = dropped(request, entry)
        if fault and fault.kind == "error_after":
            response = _recorded(entry, 200, {"ok": False, "error": fault.error})
    entry.ms = (time.perf_counter() - began) * 1000
    return response


async def _arguments(request: web.Request) -> Json:
    """Slack takes JSON bodies, forms and query strings alike; structured fields of a form are JSON strings."""
    if request.content_type == "application/json":
        given = _parsed(await request.text())
        return given if isinstance(given, dict) else {}
    args: Json = {**request.query, **(await request.post())}
    for name in STRUCTURED:
        if isinstance(args.get(name), str):
            args[name] = _parsed(args[name])
    return args


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


async def _faulted(request: web.Request, entry: Entry, fault: Fault) -> web.Response | None:
    """What a fault answers in place of the work; None: the work is done nevertheless."""
    if fault.kind == "drop_before":
        return dropped(request, entry)
    if fault.kind == "error":
        return _recorded(entry, 200, {"ok": False, "error": fault.error})
    if fault.kind == "status":
        return _recorded(entry, fault.status, {"ok": False, "error": fault.error})
    if fault.kind == "ratelimit":
        return _limited(entry, max(1, round(fault.seconds)))
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
    return None


def dropped(request: web.Request, entry: Entry) -> web.Response:
    """Closes the connection; the response is never seen."""
    if request.transport:
        request.transport.abort()
    entry.status, entry.failure = None, "dropped"
    return web.Response()


def _limited(entry: Entry, seconds: int) -> web.Response:
    response = _recorded(entry, 429, {"ok": False, "error": "ratelimited"})
    response.headers["Retry-After"] = str(seconds)
    return response


def _recorded(entry: Entry, status: int, body: Json) -> web.Response:
    entry.status, entry.answer = status, body
    return web.json_response(body, status=status)


def _answered(world: World, name: str, token: str, args: Json, entry: Entry) -> web.Response:
    try:
        called = _permitted(world, name, token, args)
        world.rates.spend(name, args)
        body = {"ok": True, **called.run(world, args)}
    except ApiError as error:
        body = error.answer
    except RateLimited as error:
        return _limited(entry, error.retry_after)
    response = _recorded(entry, 200, body)
    response.headers["x-oauth-scopes"] = ",".join(sorted(world.app.scopes))
    return response


def _permitted(world: World, name: str, token: str, args: Json) -> Method:
    called = METHODS.get(name)
    if called is None or world.app.lacks(name):
        raise ApiError("unknown_method")
    if not token:
        raise ApiError("not_authed")
    socket_mode.need_app_token(world, name, token)
    if token not in (world.app.bot_token, world.app.app_token):
        raise ApiError("invalid_auth")
    if not world.app.installed:
        raise ApiError("token_revoked")
    if called.scope:
        api_people.need_scope(world, called.scope)
    unknown = sorted(set(args) - called.takes)
    if unknown:
        raise ApiError("invalid_arguments", messages=[f"unknown argument: {each}" for each in unknown])
    return called
