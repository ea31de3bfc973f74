"""Lists that can grow are read a page at a time, each of which leads to the next."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web

from handlers.http.parameters import Parameter, whole
from storage.models import LARGEST_NUMBER

PAGE, LARGEST = 200, 1_000
# Numbers are given before a row is committed: a row of the last moments may come after one with a higher number.
UNSETTLED = timedelta(minutes=1)
AFTER = whole("after", 0, least=0, most=LARGEST_NUMBER, about="The number that the last page ended with")
LIMIT = whole("limit", PAGE, least=1, most=LARGEST, about="How many at most")
NEXT_PAGE: dict[str, Any] = {
    "X-Next-After": {"schema": {"type": "integer"}, "description": "`after` of the next page; absent on the last one"},
    "Link": {"schema": {"type": "string"}, "description": 'The next page, rel="next"'},
}


def next_page(request: web.Request, after: object) -> dict[str, str]:
    """The headers that lead to the next page."""
    further = request.rel_url.update_query(after=str(after))
    return {"X-Next-After": str(after), "Link": f'<{further.raw_path_qs}>; rel="next"'}


@dataclass(frozen=True)
class Place:
    """Where a reading stands that leaves rows out which come later: above `final` some were, on pages before."""

    after: int = 0
    final: int | None = None

    def __str__(self) -> str:
        return f"{self.after}" if self.final is None else f"{self.after}-{self.final}"

    def beyond(self, last: int | None, bounds: Iterable[int | None]) -> "Place":
        """Where it stands behind a page that ends with `last`; rows above any of `bounds` may come yet."""
        known = [one for one in (self.final, *bounds) if one is not None]
        after = self.after if last is None else last
        # What is left out behind this page the next ones see for themselves.
        return Place(after, min((one for one in known if one < after), default=None))

    def headers(self, request: web.Request, *, more: bool) -> dict[str, str]:
        """Where the next reading begins, and with `more` the next page of this one."""
        resume = {"X-Resume-After": str(self.after if self.final is None else self.final)}
        return resume | (next_page(request, self) if more else {})


def _place(written: str) -> Place | None:
    parts = _PLACE.fullmatch(written)
    if parts is None:
        return None
    after, final = int(parts[1]), None if parts[2] is None else int(parts[2])
    return Place(after, final) if max(after, final or 0) <= LARGEST_NUMBER else None


_PLACE = re.compile(r"([0-9]{1,10})(?:-([0-9]{1,10}))?")
PLACE = Parameter(
    "after",
    {
        "type": "string",
        "pattern": "^[0-9]{1,10}(-[0-9]{1,10})?$",
        "default": "0",
        "description": "X-Next-After of the page before, or X-Resume-After of the reading before",
    },
    f"what X-Next-After or X-Resume-After said, or a whole number from 0 to {LARGEST_NUMBER:,}",
    _place,
    Place(),
)
NEXT_OF_READING = NEXT_PAGE | {
    "X-Next-After": {
        "schema": {"type": "string"},
        "description": "`after` of the next page, as it is: it knows what was left out so far; absent on the last one",
    },
    "X-Resume-After": {
        "schema": {"type": "integer"},
        "description": "Of the last page: `after` for the next reading, below every row that was left out on any page, "
        "or may have been on its way",
    },
}
