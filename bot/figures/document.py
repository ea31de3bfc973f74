"""Figures as JSON knows them: what a digest keeps of itself, and what the API answers. Pure."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from bot.figures import Figures


def as_json(made: Figures) -> dict[str, Any]:
    """Every figure by its name; estimates as value, low, high, n and reason; dates and times in ISO 8601."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(made), default=_written, allow_nan=False))
    return found


def _written(value: object) -> str:
    if isinstance(value, date):  # times are dates, too
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
