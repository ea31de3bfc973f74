"""A small vocabulary for the shape of JSON: each word makes a check, checks are built once and reused.

Unknown fields are refused everywhere, which is stricter than Slack: a misspelt field is a mistake.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

Problems = list[str]
Check = Callable[[Any, str, Problems], None]


def problem(problems: Problems, where: str, said: str) -> None:
    """`where` is a JSON pointer, as in Slack's own messages."""
    problems.append(f"{said} [json-pointer:{where}]")


def string(most: int | None = None, least: int = 0, pattern: str | None = None) -> Check:
    """Lengths are counted in Unicode code points."""
    wanted = re.compile(pattern) if pattern else None

    def check(value: Any, where: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problem(problems, where, "must be a string")
        elif len(value) < least:
            problem(problems, where, f"must be more than {least - 1} characters")
        elif most is not None and len(value) > most:
            problem(problems, where, f"must be less than {most + 1} characters")
        elif wanted and not wanted.fullmatch(value):
            problem(problems, where, "does not have the expected format")

    return check


def boolean(value: Any, where: str, problems: Problems) -> None:
    if not isinstance(value, bool):
        problem(problems, where, "must be a boolean")


def whole(least: int, most: int) -> Check:
    def check(value: Any, where: str, problems: Problems) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            problem(problems, where, "must be an integer")
        elif not least <= value <= most:
            problem(problems, where, f"must be between {least} and {most}")

    return check


def number(value: Any, where: str, problems: Problems) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        problem(problems, where, "must be a number")


def choice(*allowed: str) -> Check:
    def check(value: Any, where: str, problems: Problems) -> None:
        if value not in allowed:
            problem(problems, where, f"must be one of {', '.join(allowed)}")

    return check


def many(each: Check, most: int | None = None, least: int = 1) -> Check:
    def check(value: Any, where: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problem(problems, where, "must be an array")
            return
        if len(value) < least:
            problem(problems, where, f"no fewer than {least} items allowed")
        if most is not None and len(value) > most:
            problem(problems, where, f"no more than {most} items allowed")
        for position, item in enumerate(value):
            each(item, f"{where}/{position}", problems)

    return check


def fields(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    known = {**(optional or {}), **required}

    def check(value: Any, where: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problem(problems, where, "must be an object")
            return
        for name in required:
            if name not in value:
                problem(problems, where, f"missing required field: {name}")
        for name, held in value.items():
            if name in known:
                known[name](held, f"{where}/{name}", problems)
            else:
                problem(problems, f"{where}/{name}", "unknown field")

    return check


def kinds(table: Mapping[str, Check]) -> Check:
    """An object whose `type` says which check of the table it has to pass."""

    def check(value: Any, where: str, problems: Problems) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind in table:
            table[kind](value, where, problems)
        else:
            problem(problems, where, f"unsupported type: {kind}")

    return check


def nullable(inner: Check) -> Check:
    def check(value: Any, where: str, problems: Problems) -> None:
        if value is not None:
            inner(value, where, problems)

    return check


def anything(_value: Any, _where: str, _problems: Problems) -> None:
    """Passes everything: another check looks at it."""
