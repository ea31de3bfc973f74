"""The Web API's door: which methods there are, who may call them, and what goes wrong on purpose."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from aiohttp import web

from sandbox import api_files, api_messages, api_people, api_views, installing, socket_mode
from sandbox.events import Events
from sandbox.faults import Fault
from sandbox.refusals import ApiError, Json, RateLimited
from sandbox.slack import Slack
from sandbox.tokens import Token
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


@dataclass
class Call:
    """One call. `key` is the token that came with it; `token` and `events` are what it stands for, if anything."""

    slack: Slack
    name: str
    args: Json
    key: str
    client: tuple[str, str]
    token: Token | None = None
    events: Events | None = None

    @property
    def team(self) -> str | None:
        return self.token.team if self.token else None


def method(run: Callable[[World, Json], Json], scope: str | None, takes: str = "") -> Method:
    return Method(run, scope, frozenset((*takes.split(), "team_id")))


COMPOSING = "channel text blocks metadata parse link_names mrkdwn unfurl_links unfurl_media"
READING = "channel cursor limit oldest latest inclusive include_all_metadata"
METHODS = {
    "auth.test": method(api_people.auth_test, None),
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
    "chat.delete": method(api_messages.delete, "chat:write", "channel ts as_user"),
    "chat.getPermalink": method(api_messages.permalink, None, "channel message_ts"),
    "files.getUploadURLExternal": method(api_files.upload_url, "files:write", "filename length alt_txt"),
    "files.completeUploadExternal": method(api_files.complete, "files:write", "files"),
    "views.open": method(api_views.open_view, None, "trigger_id view"),
    "views.push": method(api_views.push_view, None, "trigger_id view"),
    "views.publish": method(api_views.publish_view, None, "user_id view hash"),
    "views.update": method(api_views.update_view, None, "view view_id external_id hash"),
}
# These end the very token they are called with.
ENDING: dict[str, Callable[[Events, Token, Call], Json]] = {
    "auth.revoke": lambda events, token, call: installing.revoke(events, token, call.args),
    "apps.uninstall": lambda events, _token, call: installing.uninstall(events, call.client),
}
# These are the app's own business, in no workspace or before it is in one.
OWN: dict[str, Callable[[Call], Json]] = {
    "apps.connections.open": lambda call: socket_mode.connections_open(call.slack.stage, call.key),
    "oauth.v2.access": lambda call: installing.access(call.slack, call.client, call.args),
}
STRUCTURED = ("blocks", "files", "metadata", "view")
CLIENTS = frozenset({"apps.uninstall", "oauth.v2.access"})  # which say who the app is
LAGGING = ("history_lag", "slow_file")


async def answer(slack: Slack, request: web.Request) -> web.Response:
    """One call of the Web API, recorded in the traffic without tokens and secrets."""
    call = await _call(slack, request)
    traffic = call.events.world.traffic if call.events else slack.stage.traffic
    entry = traffic.add("bot", "api", call.name, _without_secrets(call.args), call.args.get("user"))
    began = time.perf_counter()
    fault = slack.stage.faults.strike(call.name, call.team)
    response = await _faulted(request, entry, fault) if fault else None
    if response is None:
        response = _answered(call, entry, fault.seconds if fault and fault.kind in LAGGING else 0.0)
        if fault and fault.kind == "drop_after":
            response = dropped(request, entry)
        if fault and fault.kind == "error_after":
            response = _recorded(entry, 200, {"ok": False, "error": fault.error})
        if fault and fault.kind == "foreign_after":
            response = foreign(entry, fault)
    entry.ms = (time.perf_counter() - began) * 1000
    ahead = fault.seconds if fault and fault.kind in ("foreign", "foreign_after") else 0.0
    response.headers["Date"] = formatdate(slack.stage.clock.now() + ahead, usegmt=True)
    return response


async def _call(slack: Slack, request: web.Request) -> Call:
    args, authorization = await _arguments(request), request.headers.get("Authorization", "")
    name = request.match_info["method"]
    client = installing.named(args, authorization) if name in CLIENTS else ("", "")
    key = str(args.pop("token", None) or authorization.removeprefix("Bearer ").strip())
    token = slack.stage.app.tokens.by_word.get(key)
    return Call(slack, name, args, key, client, token, slack.of(token.team) if token else None)


def _without_secrets(body: Json) -> Json:
    return {name: held for name, held in body.items() if name not in installing.SECRET}


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
    if fault.kind == "foreign":
        return foreign(entry, fault)
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
    entry.status, entry.answer = status, _without_secrets(body)
    return web.json_response(body, status=status)


def foreign(entry: Entry, fault: Fault) -> web.Response:
    """What a proxy says in Slack's place."""
    entry.status, entry.answer = fault.status, fault.error
    return web.Response(status=fault.status, body=fault.error.encode(), headers={"Content-Type": fault.type})


def _answered(call: Call, entry: Entry, lag: float) -> web.Response:
    """`lag`: what a fault makes this call wait for, in seconds of the clock."""
    try:
        body = {"ok": True, **_run(call, lag)}
    except ApiError as error:
        body = error.answer
    except RateLimited as error:
        return _limited(entry, error.retry_after)
    response = _recorded(entry, 200, body)
    if call.events:
        response.headers["x-oauth-scopes"] = ",".join(sorted(call.events.world.granted))
    return response


def _run(call: Call, lag: float) -> Json:
    if call.name in OWN:
        call.slack.stage.rates.spend(call.name, call.args)
        return OWN[call.name](call)
    called = METHODS.get(call.name)
    app = call.slack.stage.app
    if (called is None and call.name not in ENDING) or app.lacks(call.name):
        raise ApiError("unknown_method")
    token, events = _permitted(call)
    world = events.world
    world.granted, world.lag = app.granted(token), lag
    if called:
        _fits(world, called, call.args)
    world.rates.spend(call.name, call.args)
    return called.run(world, call.args) if called else ENDING[call.name](events, token, call)


def _permitted(call: Call) -> tuple[Token, Events]:
    if not call.key:
        raise ApiError("not_authed")
    if call.key == call.slack.stage.app.app_token:
        raise ApiError("not_allowed_token_type")
    if call.token is None or call.events is None:
        raise ApiError("invalid_auth")
    if call.token.revoked:
        raise ApiError("token_revoked")
    if call.token.expires_at is not None and call.token.expires_at <= call.slack.stage.clock.now():
        raise ApiError("token_expired")
    return call.token, call.events


def _fits(world: World, called: Method, args: Json) -> None:
    if called.scope:
        api_people.need_scope(world, called.scope)
    unknown = sorted(set(args) - called.takes)
    if unknown:
        raise ApiError("invalid_arguments", messages=[f"unknown argument: {each}" for each in unknown])
