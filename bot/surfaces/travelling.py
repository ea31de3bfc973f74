"""What travels with a window and comes back with it: read as what was sent, or not at all."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from bot.errors import Unreadable
from storage.models import LARGEST_NUMBER

T = TypeVar("T")

STRANGE = "This window is not one that this version has opened."


def loads(kind: type[T], metadata: str) -> T:
    """The value that `metadata` was made from. Raises Unreadable."""
    try:
        read = json.loads(metadata)
        if isinstance(read, dict) and _fits(kind, read):
            return kind(**read)
    except (ValueError, TypeError, RecursionError) as error:
        raise Unreadable(STRANGE) from error
    raise Unreadable(STRANGE)


def _fits(kind: Any, read: Mapping[str, object]) -> bool:
    """Numbers where numbers belong, and texts where texts belong."""
    wanted = {each.name: str(each.type) for each in fields(kind)}
    return all(_is(value, wanted.get(name, "")) for name, value in read.items())


def _is(value: object, wanted: str) -> bool:
    if value is None:
        return "None" in wanted
    if "Sequence" in wanted:
        return isinstance(value, list) and all(_is(one, "int") for one in value)
    if "bool" in wanted:
        return isinstance(value, bool)
    if "int" in wanted:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_NUMBER
    return isinstance(value, str)
