"""How the app comes into a workspace and leaves it: consent, codes, tokens, and the end of both."""

import base64
import binascii
import hmac
from collections.abc import Mapping

from sandbox.app import AppConfig
from sandbox.events import Events
from sandbox.refusals import ApiError, Json, NotSeen
from sandbox.slack import Slack
from sandbox.tokens import TOKEN_SECONDS, Code, Token
from sandbox.workspace import User
from sandbox.world import World

SECRET = frozenset({"access_token", "client_secret", "code", "refresh_token"})  # never in the traffic


def wish(app: AppConfig, query: Mapping[str, str]) -> tuple[frozenset[str], str]:
    """The scopes that the page is asked for, and where the browser goes afterwards. Raises ApiError.

    Scopes of people (`user_scope`) are refused: no app of the sandbox acts as a person.
    """
    if query.get("client_id") != app.client_id:
        raise ApiError("invalid_client_id")
    scopes = frozenset(query.get("scope", "").split(",")) - {""}
    if not scopes:
        raise ApiError("no_scopes")
    if scopes - app.scopes or query.get("user_scope"):
        raise ApiError("invalid_scope")
    asked = query.get("redirect_uri") or min(app.redirect_urls, default="")
    if not any(asked == url or asked.startswith(url.rstrip("/") + "/") for url in app.redirect_urls):
        raise ApiError("bad_redirect_uri")
    return scopes, asked


def consent(world: World, user: User, scopes: frozenset[str], redirect_uri: str | None) -> str:
    """The code that the app changes for a token. Raises NotSeen for somebody who may not install apps."""
    if user.is_bot or user.is_restricted or user.is_stranger:
        raise NotSeen(f"{user.name} is no member of {world.team.name}: only members install apps.")
    if world.workspace.approval and not (user.is_admin or user.is_owner):
        raise NotSeen(f"An admin of {world.team.name} has to approve {world.app.bot_name} first.")
    return world.app.tokens.consent(Code(world.team.id, user.id, scopes, redirect_uri, world.clock.now()))


def named(args: Json, authorization: str) -> tuple[str, str]:
    """The client's id and secret, by Basic authentication or among the arguments, where they are taken from."""
    given = str(args.pop("client_id", "")), str(args.pop("client_secret", ""))
    kind, _, encoded = authorization.partition(" ")
    if kind != "Basic":
        return given
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def need_client(app: AppConfig, client: tuple[str, str]) -> None:
    name, secret = client
    if name != app.client_id:
        raise ApiError("invalid_client_id")
    if not hmac.compare_digest(secret.encode(), app.client_secret.encode()):
        raise ApiError("bad_client_secret")


def access(slack: Slack, client: tuple[str, str], args: Json) -> Json:
    """oauth.v2.access: a token for a code or for a refresh token."""
    need_client(slack.stage.app, client)
    kind, now = args.get("grant_type") or "authorization_code", slack.stage.clock.now()
    tokens = slack.stage.app.tokens
    if kind == "refresh_token":
        token = tokens.renew(args.get("refresh_token"), now=now)
        return _answer(slack.of(token.team).world, token)
    if kind != "authorization_code":
        raise ApiError("invalid_grant_type")
    code = tokens.exchange(args.get("code"), args.get("redirect_uri"), now=now)
    world = slack.of(code.team).world
    return {**_answer(world, slack.install(world, code.scopes)), "authed_user": {"id": code.user}}


def _answer(world: World, token: Token) -> Json:
    rotating = {"expires_in": TOKEN_SECONDS, "refresh_token": token.refresh} if token.refresh else {}
    return {
        "access_token": token.word,
        "token_type": "bot",
        "scope": ",".join(sorted(token.scopes or ())),
        "bot_user_id": world.workspace.bot.id,
        "app_id": world.app.app_id,
        "team": {"id": world.team.id, "name": world.team.name},
        "enterprise": None,
        "is_enterprise_install": False,
        **rotating,
    }


def revoke(events: Events, token: Token, args: Json) -> Json:
    """auth.revoke: with its last token the app is uninstalled."""
    if args.get("test") in (True, "true", "1", 1):
        return {"revoked": False}
    token.revoked = True
    events.world.changed()
    events.world.stage.start(_hears(events, last=not events.world.is_installed))
    return {"revoked": True}


def uninstall(events: Events, client: tuple[str, str]) -> Json:
    """apps.uninstall."""
    need_client(events.world.app, client)
    _end(events)
    events.world.stage.start(_hears(events, last=True))
    return {"uninstalled": True}


async def remove(events: Events, _act: Json) -> Json:
    """A person uninstalls the app: its tokens stop working, then it hears of it."""
    _end(events)
    await _hears(events, last=True)
    return {"ok": True}


def _end(events: Events) -> None:
    for token in events.world.app.tokens.of(events.world.team.id):
        token.revoked = True
    events.world.changed()


async def _hears(events: Events, *, last: bool) -> None:
    await events.tell("tokens_revoked", {"tokens": {"oauth": [], "bot": [events.world.workspace.bot.id]}})
    if last:
        await events.tell("app_uninstalled", {})
