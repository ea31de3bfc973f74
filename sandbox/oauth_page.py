"""The page on which a person lets the app into their workspace."""

from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aiohttp import web

from sandbox import installing
from sandbox.refusals import ApiError, NotSeen
from sandbox.slack import Slack
from sandbox.workspace import User
from sandbox.world import World

PATH = "/oauth/v2/authorize"
ASKED = ("client_id", "scope", "redirect_uri", "state", "team")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


async def shown(slack: Slack, request: web.Request) -> web.Response:
    """Nothing happens yet; who asks wrongly reads why, and is never sent anywhere."""
    try:
        scopes, _ = installing.wish(slack.stage.app, request.query)
        worlds = [slack.of(request.query["team"]).world] if request.query.get("team") else [*slack.worlds]
    except (ApiError, NotSeen) as error:
        return _wrong(str(error), 400)
    return _page(f"Install {slack.stage.app.bot_name}", _form(slack, worlds, sorted(scopes), request.query))


async def answered(slack: Slack, request: web.Request) -> web.Response:
    """`who` is team:user; what is not `allow` is a refusal."""
    form = {name: str(held) for name, held in (await request.post()).items()}
    try:
        scopes, redirect = installing.wish(slack.stage.app, form)
        if form.get("decision") != "allow":
            return _sent(redirect, error="access_denied", state=form.get("state", ""))
        team, _, user = form.get("who", "").partition(":")
        world = slack.of(team).world
        code = installing.consent(world, world.workspace.user(user), scopes, form.get("redirect_uri") or None)
    except ApiError as error:
        return _wrong(str(error), 400)
    except NotSeen as error:
        return _wrong(str(error), 403)
    return _sent(redirect, code=code, state=form.get("state", ""))


def _sent(redirect: str, **more: str) -> web.Response:
    """Back to the app; what its address asks for itself stays."""
    parts = urlsplit(redirect)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    where = urlunsplit(parts._replace(query=query))
    return web.Response(status=302, headers={"Location": where, "Cache-Control": "no-store"})


def _form(slack: Slack, worlds: list[World], scopes: list[str], query: Mapping[str, str]) -> str:
    kept = "".join(f'<input type="hidden" name="{name}" value="{escape(query.get(name, ""))}">' for name in ASKED)
    wanted = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
    people = "".join(_people(world) for world in worlds)
    return (
        f"<p>{escape(slack.stage.app.bot_name)} asks to be let into a workspace of this sandbox, with:</p>"
        f'<ul>{wanted}</ul><form method="post" action="{PATH}">{kept}'
        f'<p><label for="who">You are</label> <select id="who" name="who" required>{people}</select></p>'
        '<p><button name="decision" value="allow">Allow</button> '
        '<button name="decision" value="deny" formnovalidate>Cancel</button></p></form>'
    )


def _people(world: World) -> str:
    options = "".join(
        f'<option value="{world.team.id}:{escape(user.id)}">{escape(user.name)}{_role(user)}</option>'
        for user in world.workspace.people()
    )
    return f'<optgroup label="{escape(world.team.name)}">{options}</optgroup>'


def _role(user: User) -> str:
    return " (admin)" if user.is_admin or user.is_owner else ""


def _wrong(why: str, status: int) -> web.Response:
    return _page("This app cannot be installed", f'<p role="alert">{escape(why)}</p>', status)


def _page(title: str, body: str, status: int = 200) -> web.Response:
    html = (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/page/oauth.css"></head><body><h1>{escape(title)}</h1>{body}</body></html>'
    )
    return web.Response(text=html, content_type="text/html", status=status, headers=HEADERS)
