"""What a model is told before the conversation: the channel's guideline and the ticket's context. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"\{(?:(guideline)|(context)|context\.([^{}]+))\}")


def system_message(guideline: str, context: Mapping[str, Any], template: str | None = None) -> str:
    """The guideline, then the context, a line each; or the template with its placeholders filled in.

    They are {guideline}, {context} and {context.NAME}; what is none of these, or no name of this context, stays as
    it is. What is filled in is not read again.
    """
    lines = _lines(context)
    if template is None or not template.strip():
        return "\n\n".join(part for part in (guideline.strip(), lines) if part)

    def fill(found: re.Match[str]) -> str:
        if found[1]:
            return guideline.strip()
        if found[2]:
            return lines
        return _shown(context[found[3]]) if found[3] in context else found[0]

    return _PLACEHOLDER.sub(fill, template).strip()


def _lines(context: Mapping[str, Any]) -> str:
    return "\n".join(
        f"{name}: {value}" for name, value in context.items() if isinstance(value, str | int | float | bool)
    )


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
