"""Query parameters: what the document says of each is what is read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from aiohttp import web

from handlers.http.problems import Problem

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Parameter(Generic[T]):
    """A query parameter: `read` takes what was written, and says None where that is not `meant`."""

    name: str
    schema: Mapping[str, Any]
    meant: str
    read: Callable[[str], T | None]
    default: T

    def of(self, request: web.Request) -> T:
        """Its value in a request, or its default. Raises Problem."""
        written = request.query.get(self.name)
        if written is None:
            return self.default
        found = self.read(written)
        if found is None:
            raise Problem(HTTPStatus.BAD_REQUEST, f"{self.name} must be {self.meant}.", pointer=self.name)
        return found


def whole(name: str, default: int, *, least: int, most: int, about: str) -> Parameter[int]:
    """A whole number from `least` to `most`."""

    def read(written: str) -> int | None:
        plain = written.isascii() and written.isdecimal() and len(written) < 20
        return int(written) if plain and least <= int(written) <= most else None

    schema = {"type": "integer", "minimum": least, "maximum": most, "default": default, "description": about}
    return Parameter(name, schema, f"a whole number from {least} to {most:,}", read, default)


def day(name: str, about: str) -> Parameter[date | None]:
    """A date as 2026-11-20."""

    def read(written: str) -> date | None:
        try:
            # fromisoformat would also take weeks and dates without dashes, which nobody else reads alike.
            found = date(*map(int, written.split("-"))) if _DATE.fullmatch(written) else None
        except ValueError:
            return None
        return found if found is not None and 2000 <= found.year <= 9000 else None

    schema = {"type": "string", "format": "date", "description": about}
    return Parameter(name, schema, "a date as 2026-11-20", read, None)


def one_of(name: str, options: Sequence[E], default: E, *, about: str, more: str = "") -> Parameter[E]:
    """One of some words; `more` is said to whoever wrote another."""

    def read(written: str) -> E | None:
        return next((one for one in options if one == written), None)

    schema = {"enum": [*options], "default": default, "description": about}
    return Parameter(name, schema, f"{' or '.join(options)}{more}", read, default)


def maybe_one_of(name: str, options: Sequence[E], *, about: str) -> Parameter[E | None]:
    """One of some words, or any where it is left out."""

    def read(written: str) -> E | None:
        return next((one for one in options if one == written), None)

    return Parameter(name, {"enum": [*options], "description": about}, " or ".join(options), read, None)


def text(name: str, about: str) -> Parameter[str | None]:
    return Parameter(name, {"type": "string", "description": about}, "a text", lambda written: written, None)


def moment(written: str) -> datetime | None:
    """A moment with its zone, as RFC 3339 writes it; None where it is none."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo is not None and 2000 <= found.year <= 9000 else None


def only_known(request: web.Request, names: frozenset[str]) -> None:
    """Refuse a parameter that there is not, which would go unheard, or that is there twice. Raises Problem."""
    for name in request.query:
        if name not in names:
            takes = f"It takes: {', '.join(sorted(names))}." if names else "It takes no parameters."
            raise Problem(HTTPStatus.BAD_REQUEST, f"This address takes no ?{name}=. {takes}", pointer=name)
        if len(request.query.getall(name)) > 1:
            raise Problem(HTTPStatus.BAD_REQUEST, f"?{name}= is there twice. Send it once.", pointer=name)
