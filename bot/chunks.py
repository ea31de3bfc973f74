"""A draft in a modal: one input for each part, and back to one text without losing a byte."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.texts import beginning, reach, same, slack_length

CHUNK = 2_400
"""The most a part shows at first, in UTF-16 units: room is left to type."""
TYPED_LIMIT = 3_000
"""The most that Slack lets a person type into one input."""
PARTS = 20
LONGEST = PARTS * CHUNK
"""The longest draft, in UTF-16 units."""
WITH_PLACEHOLDERS = 2 * LONGEST
"""The longest that it may become by redaction, and be edited to then."""

_SPACE = re.compile(r"\s*")
# Where a part may end: before white space, or right after the full stop of a script without spaces.
_GAP = re.compile(r"""([.!?…]["'”’»)\]*_]*)?(\s+)|(?<=[。！？])""")


@dataclass(frozen=True, slots=True)
class Part:
    """What one input shows, and the white space around it that an input would not keep.

    `before` is empty but for the first part.
    """

    before: str
    text: str
    after: str


def split(text: str) -> list[Part]:
    """Parts that, joined with the white space they hold, give the text; at least one.

    Each ends at a paragraph, else a line, a sentence, a word. The nearer the text comes to LONGEST, the less
    room is left to look for one; then words are cut. Up to LONGEST there are at most PARTS parts. No part is
    longer than CHUNK, but for one case: of a text within PARTS units of LONGEST it may be CHUNK + 1, where
    an emoji lies across the cut.
    """
    stop = len(text.rstrip())
    start = _SPACE.match(text).end()  # type: ignore[union-attr]  # matches everywhere
    before, rest = text[:start], slack_length(text[start:])
    left = max(PARTS, -(-rest // CHUNK))
    parts: list[Part] = []
    while start < stop or not parts:
        end = start + _length(text[start : min(start + CHUNK + 1, stop)], _least(rest, left))
        after = _SPACE.match(text, end).group()  # type: ignore[union-attr]
        parts.append(Part(before, text[start:end], after))
        before, start = "", end + len(after)
        rest, left = rest - slack_length(parts[-1].text + after), left - 1
    return parts


def rejoin(original: str, typed: Sequence[str | None]) -> str:
    """The text that the inputs of a modal hold now: one value a part, then perhaps that of the spare input.

    `None` leaves a part as it was: Slack forgets inputs nobody touched. So does a value that is the `same`:
    the original bytes stay, whatever Slack made of them. A blank value takes the part out, with the white
    space after it. Slack sends null for an *optional* input that was emptied, which is no different from one
    it forgot; so a modal with one part makes its input required, and with several parts whoever reads an
    optional input must hand on "" for null where it knows that the person emptied it. Anything else stands
    as it was typed. A spare that is not blank follows after a blank line.

    Raises ValueError when the values cannot belong to the parts of this text.
    """
    parts = split(original)
    if len(typed) - len(parts) not in (0, 1):
        raise ValueError(f"{len(typed)} values for a text of {len(parts)} parts")
    answers = [_answer(part, value) for part, value in zip(parts, typed, strict=False)]
    kept = [(answer, part.after) for answer, part in zip(answers, parts, strict=True) if answer is not None]
    body = "".join(answer + after for answer, after in kept[:-1])
    if kept:
        # Where the last part was taken out, the text still ends as it did.
        body = parts[0].before + body + kept[-1][0] + parts[-1].after
    return _with_spare(body, typed[-1] if len(typed) > len(parts) else None)


def _least(rest: int, left: int) -> int:
    """The fewest units the next part must take so that the others can hold the remaining ones."""
    spare = left * CHUNK - rest
    return max(CHUNK - spare // max(left - 1, 1), CHUNK // 2)


def _length(window: str, least: int) -> int:
    if slack_length(window) <= CHUNK:
        return len(window)
    high, low = reach(window, CHUNK), reach(window, least)
    if slack_length(window[:low]) < least:
        low += 1
    gaps = [_ranked(gap) for gap in _GAP.finditer(window) if gap.end() >= low]
    fitting = [gap for gap in gaps if 0 < gap[1] <= high]
    if fitting:
        return max(fitting)[1]
    whole = len(beginning(window, CHUNK))
    return whole if whole >= low else max(high, low)


def _ranked(gap: re.Match[str]) -> tuple[int, int]:
    """How good a place to part it is, and where."""
    at = gap.start(2) if gap[2] else gap.start()
    space = gap[2] or ""
    lines = space.count("\n") or space.count("\r")
    sentence = bool(gap[1]) or gap.string[at - 1] in "。！？"
    return (min(lines, 2) + 1 if lines else int(sentence)), at


def _answer(part: Part, value: str | None) -> str | None:
    if value is None or same(value, part.text):
        return part.text
    return value if value.strip() else None


def _with_spare(body: str, spare: str | None) -> str:
    if spare is None or not spare.strip():
        return body
    if not body:
        return spare
    ending = body[len(body.rstrip()) :]
    return body + "\n" * max(0, 2 - ending.count("\n")) + spare
