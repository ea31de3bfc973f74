"""Words that somebody named are struck out of whatever holds them: texts, numbers, lists and mappings."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot import texts
from bot.personal_data.shadow import PLACEHOLDER
from bot.redaction import Redactor, apart


@dataclass(frozen=True)
class Reading:
    """How a value is read.

    What stands under one of the names `besides` is nobody's words. `shown` makes of a string what people read, sign for
    sign. `named`: names are somebody's words too, and lose those that stand by themselves there; a template asks for
    `plan`, which An must not spoil.
    """

    besides: Collection[str] = ()
    shown: Callable[[str], str] = str
    named: bool = False


PLAIN = Reading()


def strike_all(redactor: Redactor, value: Any, words: Sequence[str], reading: Reading = PLAIN) -> Any:
    """The value with these words, however they are written, replaced in its strings; a number in which they stand
    becomes one."""
    if isinstance(value, str):
        return redactor.strike(value, words, shown=reading.shown(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        written = str(value)
        stricken = redactor.strike(written, words)
        return value if stricken == written else stricken
    if isinstance(value, dict):
        return _mapping(redactor, value, words, reading)
    return [strike_all(redactor, inner, words, reading) for inner in value] if isinstance(value, list) else value


def _mapping(redactor: Redactor, value: Mapping[str, Any], words: Sequence[str], reading: Reading) -> dict[str, Any]:
    struck: dict[str, Any] = {}
    for name, inner in value.items():
        left = redactor.strike(name, words, whole=True) if reading.named else name
        struck[apart(left, struck)] = inner if name in reading.besides else strike_all(redactor, inner, words, reading)
    return struck


def has_placeholder(text: str) -> bool:
    """Whether something may have been struck out of the text."""
    return PLACEHOLDER.search(text) is not None


def struck_from(shown: str, now: str) -> bool:
    """Whether a text is what was `shown`, but for words that were struck out since."""
    shown, now = texts.normalised(shown), texts.normalised(now)
    kept = PLACEHOLDER.sub("\0", now).split("\0")
    if len(kept) == 1 or not (shown.startswith(kept[0]) and shown.endswith(kept[-1])):
        return shown == now
    at, end = len(kept[0]), len(shown) - len(kept[-1])
    for between in kept[1:-1]:
        at = shown.find(between, at, end) + len(between)
        if at < len(between):  # it was not found
            return False
    return at <= end
