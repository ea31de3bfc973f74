"""What a model, a customer or an agent wrote, made unable to ping, to link or to format its way out.

One function for each kind of place in a message. The `text` elements of `rich_text` need none of this: Slack
shows them as they are, so hand them the text itself.

Two tools: an invisible WORD JOINER inside what Slack would act on, and look-alikes for marks that would still
act with one beside them. Everything here runs in linear time and is for showing only: what is stored stays
as written. Cut a long text *before* making it harmless; a cut afterwards can open a code span again.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

JOINER = "\u2060"
_TICK = "‵"  # U+2035, looks like a backtick
_BAR = "∣"  # U+2223, looks like a pipe
_LOOKALIKES = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": _TICK})
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

# Signs that turn the direction of whatever stands behind them, our own words too.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])

_SCHEME = "(?:mailto|tel|sms|callto|xmpp|skype|data|javascript)"
# The dot of example.com, the colons of https:// and mailto:, and www.
_LINK = rf"(?<=[^\W_])\.(?=[^\W\d_]{{2}})|:(?=//)|\b(?:{_SCHEME}:|www\.)(?=[^\s{JOINER}])"
# Mentions, channels (#42 is none), addresses, domains. A joiner goes after each match.
_LIVE = re.compile(rf"<(?=[!@#])|@(?=\w)|#(?!\d+\b(?!-))(?=\w)|{_LINK}", re.IGNORECASE)
_EMOJI = re.compile(r":(?=[^\s:\u2060]+:)")
# Slack formats at the edges of words only: snake_case and 2*3 may stay.
_FORMAT = re.compile(r"`|(?<![A-Za-z0-9])[*_~]|[*_~](?![A-Za-z0-9])")
_QUOTE = re.compile(r"^[ \t]*(?=>)", re.MULTILINE)
_PING = re.compile(r"<(?=[!@#])|@(?=channel|here|everyone)", re.IGNORECASE)

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})([^`]*)")
_FENCE_END = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*")
_LANGUAGE = re.compile(r"\s*([\w+#-]*)")
_TABLE = re.compile(r"^(?=[^\n]*-)[ \t>|:\-*+.)\d]++$", re.MULTILINE)

_ADDRESS = rf"(?!{JOINER})[^\s<>`|\[\]\"]*[^\s<>`|\[\]\".,;:!?)'*_~\\…”’»}}]"
_TOKEN = re.compile(
    rf"""
      (?P<pair>\\\\)
    | (?P<tick>\\`)
    | (?P<code>(?<!`)(?P<ticks>`{{1,3}})(?!`)(?P<inside>.*?[^`])(?P=ticks)(?!`))
    | (?P<link>\\?!?\[(?P<label>[^\[\]]*+)\]\(\s*+<?
        (?P<target>[^\s()<>]*+(?:\([^\s()<>]*+\)[^\s()<>]*+)*+)>?(?:\s++(?:"[^"]*+"|'[^']*+'))?\s*+\))
    | (?P<angled><(?P<inner>(?:[a-z][a-z0-9+.\-]*+:|www\.)[^\s<>|`]++)(?:\|(?P<name>[^<>|]*+))?>)
    | (?P<address>(?<![a-z0-9+.\-])(?:[a-z0-9+.\-]++://|www\.|{_SCHEME}:){_ADDRESS}
        | (?<![\w.+\-])[\w.+\-]{{1,64}}@(?=[\w\-]++\.)[\w.\-]*\w)
    | (?P<stray>`+)
    | (?P<live>\\[./:@]|&(?:\#x?[0-9a-f]{{1,7}}|[a-z][a-z0-9]{{1,31}});|\](?=[(:])|<(?=[^\s{JOINER}])
        |{_LINK}|@(?=\w)|~(?=~~))(?!{JOINER})
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Ends of one piece and starts of the next that would act together.
_TOGETHER = {"``", "\\`"}


def in_markdown(text: str) -> str:
    """For `markdown` blocks: standard Markdown still shows as such, but nothing in it is a link or mention.

    A link or an image becomes its label and its address in a code span, a bare address a code span. Broken
    invisibly: mentions (in code as well), bare domains, entities, reference links, HTML. Code stays as it is;
    fences move to the left margin, for only there they are code to every reader. A fence that is never
    closed, or that stands in a quote, is shown as text, and so are stray backticks. Pipes in code are
    look-alikes where the text has a table. At most twice as long as before; doing it again changes nothing
    that matters. Line ends become LF.
    """
    text = _with_line_feeds(text)
    bar = _BAR if _TABLE.search(text) else "|"
    return _PING.sub(_joined, "\n".join(_blocks(text.split("\n"), bar)))


def in_mrkdwn(text: str) -> str:
    """For `mrkdwn` text objects and the top-level `text`: shown letter by letter, no formatting at all.

    `&`, `<` and `>` are escaped, which makes it up to five times as long, and a second time would show.
    """
    plain = _FORMAT.sub(lambda found: found[0].translate(_LOOKALIKES), _with_line_feeds(text))
    return _QUOTE.sub(_joined, _LIVE.sub(_joined, plain)).translate(_ESCAPES)


def in_plain(text: str) -> str:
    """For `plain_text` objects (headers, options, titles): one line; `:tada:` stays letters.

    At most twice as long; doing it again changes nothing.
    """
    return _EMOJI.sub(_joined, _LIVE.sub(_joined, " ".join(text.translate(_TURNS).split())))


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_TURNS)


def _joined(found: re.Match[str]) -> str:
    return found[0] + JOINER


def _blocks(lines: list[str], bar: str) -> Iterator[str]:
    ends = {mark: [_end_length(line, mark) for line in lines] for mark in "`~"}
    longest = {mark: _longest_from_here(lengths) for mark, lengths in ends.items()}
    at = 0
    while at < len(lines):
        fence = _FENCE.fullmatch(lines[at])
        if fence and longest[fence[1][0]][at + 1] >= len(fence[1]):
            lengths = ends[fence[1][0]]
            end = next(i for i in range(at + 1, len(lines)) if lengths[i] >= len(fence[1]))
            yield from _fenced(fence, lines[at + 1 : end])
            at = end + 1
        else:
            yield _inline(lines[at], bar)
            at += 1


def _end_length(line: str, mark: str) -> int:
    """How many marks a line holds that can close a fence of them, 0 where it holds anything else."""
    found = _FENCE_END.fullmatch(line)
    return len(found[1]) if found and found[1][0] == mark else 0


def _longest_from_here(lengths: list[int]) -> list[int]:
    """Known beforehand, so that fences nobody closes do not each search to the end."""
    return [*accumulate(reversed(lengths), max, initial=0)][::-1]


def _fenced(fence: re.Match[str], code: list[str]) -> Iterator[str]:
    """The block at the margin between three backticks, with nothing inside that could end it."""
    language = _LANGUAGE.match(fence[2])
    yield "```" + (language[1] if language else "")
    for line in code:
        margin = min(fence.start(1), len(line) - len(line.lstrip(" \t")))
        yield re.sub("`(?=``)", _joined, line[margin:])
    yield "```"


def _inline(line: str, bar: str) -> str:
    pieces: list[str] = []
    at = 0
    for found in _TOKEN.finditer(line):
        pieces.append(line[at : found.start()])
        pieces.append(_REPLACED[found.lastgroup or ""](found, bar))
        at = found.end()
    return "".join(_apart([*pieces, line[at:]]))


def _apart(pieces: Iterable[str]) -> Iterator[str]:
    last = ""
    for piece in filter(None, pieces):
        if last + piece[0] in _TOGETHER:
            yield JOINER
        yield piece
        last = piece[-1]


def _as_is(found: re.Match[str], _: str) -> str:
    return found[0]


def _as_ticks(found: re.Match[str], _: str) -> str:
    return _TICK * found[0].count("`")


def _as_code(found: re.Match[str], bar: str) -> str:
    ticks, inside = found["ticks"], found["inside"].replace("|", bar)
    if len(ticks) == 3:  # could be read as a fence
        return f"`{inside.replace('`', _TICK)}`"
    return ticks + inside + ticks


def _as_label(found: re.Match[str], bar: str) -> str:
    label, target = found["label"].strip(), found["target"]
    if label == target:
        label = ""
    return _set_apart(found) + _labelled(_inline(label, bar), target)


def _as_address(found: re.Match[str], bar: str) -> str:
    label = _inline(found["name"], bar) if found["name"] else ""
    return _set_apart(found) + _labelled(label, found["inner"] or found[0])


def _labelled(label: str, address: str) -> str:
    code = "`" + address.replace("`", _TICK).replace("|", _BAR) + "`" if address else ""
    return f"{label} ({code})" if label else code


def _set_apart(found: re.Match[str]) -> str:
    """A joiner where the text before could make something of a label that was a link's."""
    before = found.string[max(found.start() - 1, 0) : found.start()]
    return "" if not before or before.isspace() or before in "(*_\"'" else JOINER


_REPLACED: dict[str, Callable[[re.Match[str], str], str]] = {
    "pair": _as_is,
    "tick": _as_ticks,
    "code": _as_code,
    "link": _as_label,
    "angled": _as_address,
    "address": _as_address,
    "stray": _as_ticks,
    "live": lambda found, _: _joined(found),
}
