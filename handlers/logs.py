"""Logs: one JSON object a line, without texts that people wrote (log_fields says what gets through)."""

import logging
import os
import sys
import threading
from types import TracebackType
from typing import TextIO

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from structlog.typing import Processor

from handlers.log_fields import only_known, short

log = structlog.get_logger()


def configure(level: str, *, replica: str = "", out: TextIO | None = None) -> None:
    """Write our logs, and what libraries report, to standard error or elsewhere."""
    threshold = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(handlers=[Library()], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    # What they say below this is no failure.
    for name in ("slack_sdk", "apscheduler", "aiohttp"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("aiohttp.server").addFilter(_is_no_strangers)
    structlog.configure(
        processors=processors(replica),
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(out or sys.stderr),
    )


def tell_unforeseen() -> None:
    """What ends the process or a thread is a line as well, in place of a traceback that names values."""
    sys.excepthook = _unforeseen
    sys.unraisablehook = lambda unraisable: _tell(unraisable.exc_value)
    threading.excepthook = lambda ended: _tell(ended.exc_value)


def processors(replica: str) -> list[Processor]:
    """What a line goes through, from our call to the JSON."""
    own = {"replica": replica, "process": os.getpid()} if replica else {"process": os.getpid()}

    def named(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {**own, **line}

    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        named,
        _errors_in_hand,
        only_known,
        structlog.processors.JSONRenderer(),
    ]


class Library(logging.Handler):
    """Gives our lines to what libraries report, with the place in their code in place of what they say of values."""

    def emit(self, record: logging.LogRecord) -> None:
        speak = log.error if record.levelno >= logging.ERROR else log.warning
        speak(
            "a library reported something",
            library=record.name,
            at=f"{short(record.pathname)}:{record.lineno} {record.funcName}",
            exc_info=record.exc_info if record.exc_info and record.exc_info[1] else None,
        )


def _is_no_strangers(record: logging.LogRecord) -> bool:
    """Whether a report is of anything else than what a stranger sent that is no HTTP: that is answered 400."""
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


def _errors_in_hand(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """`exc_info=True` is the error that is being handled."""
    if line.get("exc_info") is True:
        line["exc_info"] = sys.exc_info()
    return line


def _unforeseen(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if not isinstance(error, KeyboardInterrupt):
        _tell(error)


def _tell(error: BaseException | None) -> None:
    log.error("an error that nobody expected", exc_info=error)
