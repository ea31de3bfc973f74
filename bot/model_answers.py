"""What a model's server said, read with suspicion: a text that can be shown, or why there is none. Pure.

No sentence here repeats a word of the server: it may hold the key, or what a customer wrote.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot import chunks, texts
from bot.errors import AssayError
from bot.http_heads import moment, retry_after

LONGEST_WAIT = 900.0  # seconds; a server that asks for more is asked again after this
LONGEST_NAME = 200
BYTES_A_TOKEN = 4  # about so many, where the server does not count tokens
LOOK = "Look at ASSAY_MODEL_URL and ASSAY_MODEL_NAME"

_NO_MODEL_HERE = f"The server did not answer as a model does ({{status}}). {LOOK}."
_KEY_REFUSED = "The model's server refused the key ({status}). Look at ASSAY_MODEL_KEY."
_REFUSALS = {
    400: f"The model's server refused the request ({{status}}). {LOOK}.",
    401: _KEY_REFUSED,
    403: _KEY_REFUSED,
    404: f"There is no such model at this address ({{status}}). {LOOK}.",
    413: "The conversation is too long for the model's server ({status}).",
}
_TOO_EARLY, _TOO_SLOW, _TOO_MANY = 425, 408, 429
_CUT_SHORT = {
    "length": "The model's reply was cut off at its limit of tokens.",
    "content_filter": "The model's server held the reply back.",
}
_THOUGHTS = re.compile(r"\A\s*<think>.*?(</think>|\Z)", re.DOTALL)  # without an end all of it is thoughts
# Halves of surrogate pairs, and control characters: no database takes some, no window many.
_NO_TEXT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Usage:
    """Tokens that a request and its answer took."""

    prompt: int = 0
    completion: int = 0


NOTHING = Usage()


@dataclass(frozen=True)
class Written:
    """A reply that a model wrote."""

    text: str
    model: str
    usage: Usage


class ModelUnavailable(AssayError):
    """No reply came. `again`: asking again may help, after `seconds` where the server named a time."""

    def __init__(self, sentence: str, *, again: bool, seconds: float | None = None, usage: Usage = NOTHING) -> None:
        super().__init__(sentence)
        self.again = again
        self.seconds = seconds
        self.usage = usage


def refused(status: int, headers: Mapping[str, str]) -> ModelUnavailable:
    """What an answer that is no success means."""
    if status == _TOO_MANY:
        return ModelUnavailable("The model asks to wait.", again=True, seconds=_wait(headers))
    if status >= 500 or status in (_TOO_SLOW, _TOO_EARLY):
        return ModelUnavailable(f"The model's server is not well ({status}).", again=True, seconds=_wait(headers))
    return ModelUnavailable(_REFUSALS.get(status, _NO_MODEL_HERE).format(status=status), again=False)


def read(body: bytes, *, asked: str, request_bytes: int) -> Written:
    """The reply in an answer, whether it came whole or as a stream of events. Raises ModelUnavailable."""
    answer = _answer(body)
    choice = _first_choice(answer)
    message = choice.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    usage = _usage(answer.get("usage"), request_bytes, content)
    if (cut_short := _CUT_SHORT.get(str(choice.get("finish_reason")))) is not None:
        raise ModelUnavailable(cut_short, again=False, usage=usage)
    if not isinstance(content, str):
        raise ModelUnavailable("The model's answer holds no text.", again=True, usage=usage)
    return Written(_presentable(content, usage), _name(answer.get("model"), asked), usage)


def _answer(body: bytes) -> dict[str, Any]:
    try:
        said = body.decode("utf-8")
        answer = _joined(said) if _is_stream(said) else json.loads(said)
    except (ValueError, RecursionError):
        raise ModelUnavailable(f"The server answered something that is no JSON. {LOOK}.", again=True) from None
    if not isinstance(answer, dict):
        raise _lie()
    return answer


def _first_choice(answer: Mapping[str, Any]) -> dict[str, Any]:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise _lie()
    return choices[0]


def _lie() -> ModelUnavailable:
    return ModelUnavailable(f"The server did not answer as a model does. {LOOK}.", again=True)


def _is_stream(said: str) -> bool:
    return said.lstrip("\ufeff\r\n").startswith(("data:", "event:", "id:", "retry:", ":"))


def _joined(said: str) -> dict[str, Any]:
    """One answer from a stream's events. Raises ModelUnavailable where it broke off."""
    words: list[str] = []
    whole: dict[str, Any] = {}
    finish, done = None, False
    for data in _events(said):
        if data == "[DONE]":
            done = True
            continue
        event = json.loads(data)
        if not isinstance(event, dict) or "error" in event:
            raise _lie()
        whole |= {name: event[name] for name in ("model", "usage") if event.get(name) is not None}
        delta, reason = _delta(event)
        words.append(delta)
        finish = reason or finish
    if not done and finish is None:
        raise ModelUnavailable("The model's answer broke off.", again=True)
    return whole | {"choices": [{"message": {"content": "".join(words)}, "finish_reason": finish}]}


def _events(said: str) -> Iterator[str]:
    """The data of each event; an event's lines of data belong together."""
    lines: list[str] = []
    for line in [*re.split(r"\r\n|\r|\n", said), ""]:
        if line.startswith("data:"):
            lines.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and lines:
            yield "\n".join(lines)
            lines = []


def _delta(event: Mapping[str, Any]) -> tuple[str, str | None]:
    """What an event adds to the reply, and why the reply ends where it does."""
    choices = event.get("choices")
    if not isinstance(choices, list) or not choices:
        return "", None  # the last one tells the usage only
    choice = _first_choice(event)
    delta, reason = choice.get("delta"), choice.get("finish_reason")
    content = delta.get("content") if isinstance(delta, dict) else None
    if not isinstance(content, str | None):
        raise _lie()
    return content or "", reason if isinstance(reason, str) else None


def _presentable(content: str, usage: Usage) -> str:
    """The reply without the model's thoughts, which some servers leave in front of it."""
    text = _THOUGHTS.sub("", _NO_TEXT.sub("", content)).strip()
    if not texts.visible(text):
        raise ModelUnavailable("The model's reply is empty.", again=True, usage=usage)
    if texts.slack_length(text) > chunks.LONGEST:
        raise ModelUnavailable("The model's reply is longer than 48,000 characters.", again=False, usage=usage)
    return text


def _name(said: object, asked: str) -> str:
    """What the server calls the model, where it says so in a usable way."""
    name = _NO_TEXT.sub("", said).strip() if isinstance(said, str) else ""
    return name if 0 < len(name) <= LONGEST_NAME else asked


def _usage(said: object, request_bytes: int, content: object) -> Usage:
    """What the server counted; an estimate where it does not say: a budget has to hold there too."""
    counted = said if isinstance(said, dict) else {}
    written = len(content.encode("utf-8", "surrogatepass")) if isinstance(content, str) else 0
    return Usage(
        _tokens(counted.get("prompt_tokens"), request_bytes), _tokens(counted.get("completion_tokens"), written)
    )


def _tokens(said: object, size: int) -> int:
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 2**31:
        return said
    return math.ceil(size / BYTES_A_TOKEN)


def _wait(headers: Mapping[str, str]) -> float | None:
    """The seconds after which the server wants to be asked again: said as such, or as a time on its own clock."""
    asked = retry_after(headers.get("retry-after"), now=moment(headers.get("date")))
    return None if asked is None else min(asked, LONGEST_WAIT)
