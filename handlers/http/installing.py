"""A person installs the app: sent to Slack with a signed word, they come back with it and a code."""

import base64
import hashlib
import hmac
from http import HTTPStatus

from aiohttp import web

from bot.installing import Installer, NotInstalled
from bot.surfaces import installing as surface
from handlers.http.access import TOOLS
from storage.errors import DatabaseAway

# Slack sends back whoever was sent there: the cookie tells that it is the same browser.
COOKIE = "assay_install"
PATH = "/slack"
STYLE = base64.b64encode(hashlib.sha256(surface.STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    # The page's own style, by its hash, and nothing else.
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
}
MOST = 1_000  # signs of a state or a code that are read


async def start(request: web.Request) -> web.StreamResponse:
    """Off to Slack."""
    installer, tools = _installer(request), request.app[TOOLS]
    state = installer.states.new(tools.now())
    answer = web.Response(status=HTTPStatus.FOUND, headers={"Location": installer.address(state)})
    secure = tools.settings.public_url.startswith("https://")
    answer.set_cookie(COOKIE, state, max_age=600, httponly=True, samesite="Lax", path=PATH, secure=secure)
    return answer


async def finish(request: web.Request) -> web.StreamResponse:
    """Back from Slack."""
    installer = _installer(request)
    state, code = request.query.get("state", "")[:MOST], request.query.get("code", "")[:MOST]
    if not _began_here(request, installer, state):
        return _refused(surface.STRAYED, HTTPStatus.BAD_REQUEST)
    if not code:
        return _refused(surface.CANCELLED, HTTPStatus.OK)
    try:
        workspace = await installer.install(state, code)
    except NotInstalled as why:
        return _refused(str(why), HTTPStatus.BAD_REQUEST)
    except DatabaseAway:
        return _refused(surface.AWAY, HTTPStatus.SERVICE_UNAVAILABLE)
    return _page(surface.installed(workspace), HTTPStatus.OK)


ROUTES = [web.get(f"{PATH}/install", start), web.get(f"{PATH}/oauth_redirect", finish)]


def _installer(request: web.Request) -> Installer:
    installer = request.app[TOOLS].installer
    assert installer is not None, "these routes are there only where workspaces install the app"
    return installer


def _began_here(request: web.Request, installer: Installer, state: str) -> bool:
    kept = request.cookies.get(COOKIE, "")
    same = hmac.compare_digest(kept.encode(errors="replace"), state.encode(errors="replace"))
    return bool(state) and same and installer.states.is_good(state, request.app[TOOLS].now())


def _refused(why: str, status: HTTPStatus) -> web.Response:
    return _page(surface.not_installed(why), status)


def _page(html: str, status: HTTPStatus) -> web.Response:
    answer = web.Response(text=html, content_type="text/html", status=status, headers=HEADERS)
    answer.del_cookie(COOKIE, path=PATH)
    return answer
