"""The page at /api/docs: the OpenAPI document for people. Plain modules of ours; nothing is loaded from elsewhere."""

from http import HTTPStatus
from importlib.resources import files

from aiohttp import web

from handlers.http.problems import Problem

KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
PAGE = files("handlers.http").joinpath("page")
FILES = {one.name: one.read_text(encoding="utf-8") for one in PAGE.iterdir() if one.name.endswith((*KINDS,))}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def get_page(request: web.Request) -> web.Response:
    """The page, or one of its files."""
    name = request.match_info.get("name", "index.html")
    if name not in FILES:
        raise Problem(HTTPStatus.NOT_FOUND, "There is nothing at this address. The page is at /api/docs.")
    kind = KINDS[name[name.rindex(".") :]]
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "Referrer-Policy": "no-referrer"}
    return web.Response(text=FILES[name], content_type=kind, headers=headers)


ROUTES = [web.get("/api/docs", get_page), web.get("/api/docs/{name}", get_page)]
