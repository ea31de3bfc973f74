"""What may stand in a log line: known fields, each with the form that its values have; all else is left out.

Nobody can promise that no line will ever be given a customer's words. So a line is not searched for what must not be
in it: only what is known to be harmless gets through. Messages of exceptions never do, for they name values.
"""

import re
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

WITHHELD = "(withheld)"
DEEPEST = 12  # frames of a traceback, and errors behind an error
ROOT = Path(__file__).parents[1]

_WORD = re.compile(r"[a-z][a-z_]{0,59}")  # Slack's codes, names of jobs, kinds of requests
_NAME = re.compile(r"[A-Za-z_][\w.]{0,99}")  # of something in code
_SENTENCE = re.compile(r"[A-Za-z][A-Za-z ,;:'’()_-]{0,200}\.?")
# What our own errors say: sentences without an address, a link, a name of a server, a long number or a long word.
_OWN_WORDS = re.compile(r"(?!.*\w\.[a-z])(?!.*[@/\\<>{}\[\]=])(?!.*\d{5})(?!.*[\w-]{33}).{1,300}")
_ID = re.compile(r"[CDGTE][A-Z0-9]{2,20}")  # of a channel or a workspace, never of a person
_DELIVERY = re.compile(r"[a-z_]+(:[\w-]{1,20})*")
_PERSON = re.compile(r"(?<![A-Z0-9])[UW][A-Z0-9]{5,20}(?![A-Z0-9])")
_ADDRESS = re.compile(r"https?://[\w.:\[\]-]+")
_ROUTE = re.compile(r"/[a-z0-9_./{}-]{0,99}|none")
_REQUEST = re.compile(r"[0-9a-f-]{8,36}")
_MOMENT = re.compile(r"[0-9T:.Z+-]{20,35}")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

FORMS = {
    "event": _SENTENCE,
    "level": _WORD,
    "timestamp": _MOMENT,
    "replica": _HOST,
    "request": _REQUEST,
    "kind": _WORD,
    "route": _ROUTE,
    "http_method": re.compile(r"[A-Z]{3,10}"),
    "job": _NAME,
    "error": _OWN_WORDS,
    "code": _WORD,
    "window": re.compile(r"[a-z]+:[a-z_]+"),
    "type": _WORD,
    "channel": _ID,
    "team": _ID,
    "delivery": _DELIVERY,
    "url": _ADDRESS,
    "library": re.compile(r"[A-Za-z_][\w.:]{0,99}"),
    "at": re.compile(r"[\w./<>-]{1,120}:\d{1,6} [\w<>.]{1,80}"),
    "signal": re.compile(r"SIG[A-Z]{1,8}"),
    "version": re.compile(r"[\w.+-]{1,40}"),
    "database": re.compile(r"sqlite|postgresql"),
}
NUMBERS = frozenset(
    {"status", "ms", "draft", "channel", "next_try_in", "seconds", "process", "count", "left", "waiting", "webhook"}
)

Line = MutableMapping[str, Any]


def only_known(_logger: object, _method: str, line: Line) -> Line:
    """A structlog processor: the line without what is not known to be harmless, and a word that something was there."""
    told = line.pop("exc_info", None)
    kept: Line = {name: shown for name, value in line.items() if (shown := _shown(name, value)) is not None}
    if told:
        kept.update(_failure(told))
    if unknown := len(line.keys() - FORMS.keys() - NUMBERS):
        kept["withheld"] = unknown
    return kept


def _shown(name: str, value: object) -> object:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return value if name in NUMBERS else (WITHHELD if name in FORMS else None)
    if (form := FORMS.get(name)) is None:
        return None
    text = _PERSON.sub("(person)", str(value)) if name == "delivery" else str(value)
    return text if form.fullmatch(text.replace("(person)", "person")) else WITHHELD


def _failure(told: object) -> dict[str, object]:
    """What failed and where, in code: never what the error says."""
    error = told[1] if isinstance(told, tuple) else told
    if not isinstance(error, BaseException):
        return {}
    return {"failed": [type(one).__name__ for one in _chain(error)], "where": list(frames(error.__traceback__))}


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then what caused it, and so on."""
    link: BaseException | None = error
    for _ in range(DEEPEST):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def frames(trace: TracebackType | None) -> Iterator[str]:
    """The last frames of a traceback, the innermost last: places in code, without the values in them."""
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{short(code.co_filename)}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    yield from places[-DEEPEST:]


def short(file: str) -> str:
    """A file of ours below the root, one of a library below its packages: whose machine it is nobody needs to read."""
    path = Path(file)
    if path.is_relative_to(ROOT) and "site-packages" not in path.parts:
        return str(path.relative_to(ROOT))
    return "/".join(path.parts[-2:])
