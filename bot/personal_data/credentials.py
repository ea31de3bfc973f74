"""Keys, tokens and passwords: by the prefix their issuer gives them, by their name, or by looking random."""

import math
import re
from collections import Counter
from collections.abc import Iterator

from bot.personal_data.spans import Kind, Span
from bot.personal_data.windows import lowered, words

_ISSUED = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}"
    r"|xox[a-z](?:\.xox[a-z])?-[\w-]{8,255}|xapp-[\w-]{8,255}"
    r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,255}|whsec_[A-Za-z0-9+/=]{8,255}"
    r"|sk-(?:[a-z0-9]{2,12}-)?[\w-]{20,255}|AIza[\w-]{30,45}|ya29\.[\w-]{20,255}|GOCSPX-[\w-]{20,64}"
    r"|(?:hf|npm|dop_v1|shpat|shpss|glsa|lin_api|pypi|figd|sq0atp|sq0csp)[_-][\w-]{20,255}"
    r"|SG\.[\w-]{16,64}\.[\w-]{16,64}|(?:AC|SK)[0-9a-f]{32}|\d{8,10}:AA[\w-]{33}"
    r"|eyJ[\w-]{5,4096}\.[\w-]{5,8192}(?:\.[\w-]{0,4096})?"
    r"|T[A-Z0-9]{7,12}/B[A-Z0-9]{7,12}/[A-Za-z0-9]{16,40}"
    r")+"
)
_CARRIED = re.compile(
    r"\bbearer[ :=]{1,3}(?=[\w.~+/=-]{0,64}[0-9])([\w.~+/=-]{8,4096})"
    r"|\bauthorization[\"']?[:= ]{1,3}[\"']?(?:basic|digest|token|apikey)[ :]{1,2}([\w.~+/=-]{6,4096})",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_BLOCK_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_BODY = re.compile(r"(?:\\n|\r?\n)?(?:[A-Za-z0-9+/=: ,-]{1,128}(?:\\n|\r?\n|\Z))*")

_NAME = re.compile(  # of a text in lower case: literal first letters are what makes the search quick
    r"(?:pass(?:word|wd|phrase|code|wort)s?|pwd|secret(?:[ _-]?key)?|token|api[ _-]?key|access[ _-]?key"
    r"|private[ _-]?key|credentials?|pass|pin(?:[ -]?code)?|cvv2?|cvc2?|otp|security code|verification code"
    r"|one[ -]time code|login code|kennwort|mot de passe|contraseña|clave|senha|wachtwoord|hasło|lösenord"
    r"|adgangskode)(?![a-z])"
)
_WHOLE_WORDS = ("pass", "pin", "pwd", "cv", "otp", "clave")
_GIVEN = re.compile(
    r"[\"'*]{0,3}(?: {0,2}(?P<sign>[:=]{1,2}>?)[ \t]{0,4}| (?P<verb>is|was|ist|est|es|to)[ :]{1,2}| )"
    r"[\"'`*]{0,2}(?P<value>[^\s\"'`<>*]{3,512})",
    re.IGNORECASE,
)
_PLAIN_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*[.,;:!?)]*")
# What stands there in code: a type, nothing, or what is called or looked up.
_CODE = re.compile(
    r"(?:(?:str(?:ing)?|bytes|bool(?:ean)?|int|none|null|nil|undefined|true|false|[a-z_][a-z_.]*\([\w.,]*\))"
    r"(?=[)\]},;:|\s]|\Z)|[a-z_][a-z_.]*[(\[][\"'])",
    re.IGNORECASE,
)
_SENTENCE_GOES_ON = re.compile(r"[ \t]+\w")
_PARAMETER_END = re.compile(r"[&;#]")
_NUMERIC = re.compile(r"pin|cv[cv]|otp|code", re.IGNORECASE)
_DIGITS = re.compile(r"\d{3,8}")

_LONG = re.compile(r"(?<![\w+/=-])[\w+/=-]{20,4096}")
_SEGMENT = re.compile(r"[^/]+")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CHUNK = re.compile(r"[A-Za-z0-9]+")
_HEX = re.compile(r"[0-9a-f]{32,}|[0-9A-F]{32,}")
_DIGIT_RUN = re.compile(r"[0-9]+")
_BITS = 3.6


def secrets(text: str) -> Iterator[Span]:
    lower = lowered(text)
    yield from _named(text, lower)
    for low, high in words(text, _is_long):
        yield from (_span(issued) for issued in _ISSUED.finditer(text, low, high))
        yield from _random(text, low, high)
    if "bearer" in lower or "authorization" in lower:
        yield from (_span(carried, carried.lastindex or 0) for carried in _CARRIED.finditer(text))
    if "PRIVATE KEY" in text:
        yield from _key_blocks(text)


def _random(text: str, low: int, high: int) -> Iterator[Span]:
    for token in _LONG.finditer(text, low, high):
        # A link's path is no token as a whole, a token may have slashes.
        parts = _SEGMENT.finditer(text, *token.span()) if _is_path(text[low : token.start()]) else [token]
        yield from (_span(part) for part in parts if _looks_random(part[0]))


def _is_path(before: str) -> bool:
    """Whether what stands before it in its word makes it part of a link, up to its parameters."""
    return ("://" in before or before.endswith(".")) and "?" not in before


def _is_long(word: str) -> bool:
    return len(word) >= 12


def _span(match: re.Match[str], group: int = 0) -> Span:
    return Span(match.start(group), match.end(group), Kind.SECRET)


def _key_blocks(text: str) -> Iterator[Span]:
    """Without its last line a block ends where its lines stop looking like one."""
    at = 0
    while begin := _BLOCK.search(text, at):
        close = _BLOCK_END.search(text, begin.end())
        body = _BODY.match(text, begin.end())
        at = close.end() if close else body.end() if body else begin.end()
        yield Span(begin.start(), at, Kind.SECRET)


def _named(text: str, lower: str) -> Iterator[Span]:
    for name in _NAME.finditer(lower):
        before = lower[name.start() - 1 : name.start()]
        given = _GIVEN.match(text, name.end())
        if given is None or (before.isalpha() and name[0].startswith(_WHOLE_WORDS)):
            continue
        value = _PARAMETER_END.split(given["value"], maxsplit=1)[0] if before in ("?", "&") else given["value"]
        value = value.rstrip(".,;!?)]}")
        if value and _is_value(name[0], given, value):
            yield Span(given.start("value"), given.start("value") + len(value), Kind.SECRET)


def _is_value(name: str, given: re.Match[str], value: str) -> bool:
    """After a sign anything but the next word of a sentence; after "is" or a blank what no plain word is."""
    if _DIGITS.fullmatch(value):
        return given["sign"] is not None or _NUMERIC.search(name) is not None
    if given["sign"]:
        if _CODE.match(given.string, given.start("value")):
            return False
        plain = _PLAIN_WORD.fullmatch(value)
        return not (plain and _SENTENCE_GOES_ON.match(given.string, given.end("value")))
    mixed = any(map(str.isdigit, value)) and not value[0].isdigit()
    return given["verb"] is not None and len(value) >= 5 and mixed


def _looks_random(token: str) -> bool:
    """Digits scattered among letters in one long row; words joined by dashes and UUIDs are not."""
    if _UUID.fullmatch(token):
        return False
    return any(_random_chunk(chunk) for chunk in _CHUNK.findall(token) if len(chunk) >= 20)


def _random_chunk(chunk: str) -> bool:
    if _HEX.fullmatch(chunk):
        return not chunk.isdecimal()
    runs = len(_DIGIT_RUN.findall(chunk))
    return len(chunk) >= 24 and runs >= 3 and not chunk.isdecimal() and _entropy(chunk) >= _BITS


def _entropy(text: str) -> float:
    """Shannon's, in bits a character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
