"""Lists that can grow are read a page at a time, each of which leads to the next."""

from typing import Any

from aiohttp import web

from handlers.http.parameters import whole
from storage.models import LARGEST_NUMBER

PAGE, LARGEST = 200, 1_000
AFTER = whole("after", 0, least=0, most=LARGEST_NUMBER, about="The number that the last page ended with")
LIMIT = whole("limit", PAGE, least=1, most=LARGEST, about="How many at most")
NEXT_PAGE: dict[str, Any] = {
    "X-Next-After": {"schema": {"type": "integer"}, "description": "`after` of the next page; absent on the last one"},
    "Link": {"schema": {"type": "string"}, "description": 'The next page, rel="next"'},
}


def next_page(request: web.Request, after: int) -> dict[str, str]:
    """The headers that lead to the next page."""
    further = request.rel_url.update_query(after=after)
    return {"X-Next-After": str(after), "Link": f'<{further.raw_path_qs}>; rel="next"'}
