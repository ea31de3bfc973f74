"""Logs: one JSON object a line, without texts that people wrote."""

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Write our logs, and warnings of the libraries, to standard error."""
    threshold = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    # The SDK logs whole bodies at INFO and DEBUG: agents' words must not get there.
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    for name in ("slack_sdk", "apscheduler", "aiohttp"):
        logging.getLogger(name).setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
