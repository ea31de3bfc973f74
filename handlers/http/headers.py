"""What every answer tells browsers and proxies: not to guess, not to keep, not to frame, not to run anything."""

from collections.abc import Mapping

from aiohttp import web

from handlers.http.access import TOOLS
from handlers.http.watched import NUMBER, REQUEST_ID

# OWASP's recommendations for APIs: https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html
ALWAYS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # the address that Slack sends people back to holds a code
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "Assay",  # not which versions of what
}
# What a route may say in its own way: a page that has styles, a document that may be kept.
UNLESS_SAID: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
A_YEAR = 31_536_000  # seconds


async def add(request: web.Request, response: web.StreamResponse) -> None:
    """For `on_response_prepare`."""
    tools = request.app[TOOLS]
    response.headers.update(ALWAYS)
    for name, value in UNLESS_SAID.items():
        response.headers.setdefault(name, value)
    if NUMBER in request:
        response.headers[REQUEST_ID] = request[NUMBER]
    if tools.settings.public_url.startswith("https://"):
        response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
