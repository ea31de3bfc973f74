"""What is wrong with what was sent, in words. Every fault is told, so that it need be mended only once. Pure."""

from difflib import get_close_matches
from http import HTTPStatus

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.faults import said
from bot.texts import capitalised, shortened
from handlers.http.problems import Problem

MOST = 5
LONGEST = 200  # characters of a pointer
OF_IT = ("is ", "has ", "holds ", "must ")  # how a sentence goes on that begins with what it is about
UNKNOWN = "extra_forbidden"


def problem_of(error: ValidationError, kind: type[BaseModel], whole: str) -> Problem:
    """All that is wrong with an object of this kind, called `whole`; the pointer leads to the first of it."""
    faults = error.errors(include_url=False, include_input=False)
    said = [_sentence(one, kind, whole) for one in faults[:MOST]]
    if (more := len(faults) - MOST) > 0:
        said.append(f"{more:,} more faults are not told here.")
    if any(one["type"] == UNKNOWN and len(one["loc"]) == 1 for one in faults):
        said.append(f"There are: {', '.join(kind.model_fields)}.")
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, " ".join(said), pointer=_pointer(faults[0]))


def _sentence(fault: ErrorDetails, kind: type[BaseModel], whole: str) -> str:
    words, pointer = _words(fault, kind), shortened(_pointer(fault), LONGEST)
    if words.startswith(OF_IT):
        return f"{pointer or whole} {words}"
    if pointer:
        return f"{pointer}: {words}"
    return words if words.partition(" ")[0] in kind.model_fields else capitalised(words)


def _words(fault: ErrorDetails, kind: type[BaseModel]) -> str:
    if fault["type"] == UNKNOWN:
        meant = get_close_matches(str(fault["loc"][-1]), kind.model_fields, n=1) if len(fault["loc"]) == 1 else []
        return "is no field here." + (f" Do you mean {meant[0]}?" if meant else "")
    return f"{said(fault).removesuffix('.')}."


def _pointer(fault: ErrorDetails) -> str:
    """Where it is, as RFC 6901 writes it; empty for the whole."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in fault["loc"])
