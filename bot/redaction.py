"""Replace personal data by placeholders such as `[EMAIL_1]`, the same one for the same value in one ticket.

Links stay readable: a credential, an e-mail address, a phone number in them is replaced inside the link, and so is
the value of a parameter that calls itself personal (`?name=`, `?dob=`: a DETAIL); the rest of it is kept. A plain
link is found (`Kind.URL`), never replaced. Names and street addresses are not recognised.
"""

import hmac
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from types import MappingProxyType
from typing import TypeAlias

import phonenumbers

from bot import alike, chunks, texts
from bot.personal_data.finder import find
from bot.personal_data.shadow import PLACEHOLDER, cast
from bot.personal_data.spans import Kind, Span, settle
from bot.words import SOLO, shared_ends

__all__ = ["MOST_LEVELS", "VERSION", "JsonLike", "Kind", "Redactor", "Span", "find"]

VERSION = "1"
"""Stored with each draft; raised when the rules change, so that older drafts can be redacted again."""

JsonLike: TypeAlias = "str | int | float | bool | Sequence[JsonLike] | Mapping[str, JsonLike] | None"

MOST_LEVELS = 64
NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})
_MOST_PASSES = 8
_DIGEST_CHARS = 32
_WORD_ENDS = re.compile(r"(?<=[a-z])(?=[A-Z])|[_.-]+")
_SPEECH = re.compile(
    r"content|text|message|body|prompt|draft|reply|customer|note|comment|question|answer|subject|title|value"
    r"|description|input|output",
    re.IGNORECASE,
)
# What a field's name says of its value, whatever that looks like.
_CREDENTIAL = re.compile(
    r"(?:.* )?(?:pass(?:word|wd|phrase|code)s?|pwd|secrets?|tokens?|api ?key|access ?key|private ?key|credentials?"
    r"|authorization|cookies?|otp|pin|cvv2?|cvc2?): ",
    re.IGNORECASE,
)
_LONGEST_LABELLED = 128
_LARGEST_NUMBER = 10**20
# Of what is struck out again, with the blank before it. What is glued to a name in scripts without spaces and in Korean
# (particles, titles) is another word, and so is `_`. Marks, which Python's \w leaves out, belong to their letter.
_LETTERS = rf"[^\W_{SOLO}\uac00-\ud7a3]"
_WORD = re.compile(rf"\s*((?:{_LETTERS}++{alike.MARKS})++|\S{alike.MARKS})")
_TWO_LETTERS = re.compile(_LETTERS * 2)
_MOST_WORDS = 32
_UNWRITTEN = re.compile(r"[^0-9A-Za-z]+")


class Redactor:
    """One ticket's placeholders. `key` keeps the hashes in `known` from being guessed; without a ticket's `known`
    map numbering starts anew, except that numbers in the redacted text itself are never given again."""

    def __init__(self, key: bytes, known: Mapping[str, str] = NOTHING_KNOWN, *, region: str | None = None) -> None:
        self._key = key
        self._known = dict(known)
        self._region = region
        self._counts: Counter[str] = Counter()
        self._taken: dict[str, set[int]] = {kind: set() for kind in Kind}
        self._next: Counter[str] = Counter()
        for placeholder in self._known.values():
            self._reserve(placeholder)

    @property
    def known(self) -> dict[str, str]:
        """Keyed hash -> placeholder, to be stored with the ticket. No value can be read from it."""
        return dict(self._known)

    @property
    def counts(self) -> dict[str, int]:
        """How many finds of each kind this redactor replaced."""
        return dict(self._counts)

    def hashes_of(self, value: str) -> set[str]:
        """By what the value would be known in any ticket's map, whatever kind it is of."""
        return {self._digest(kind, value) for kind in Kind}

    def struck(self, words: str) -> bool:
        """Whether somebody named these words as private, now or before, and they stood somewhere then."""
        return self._digest(Kind.PRIVATE, words) in self._known

    def redact(self, text: str, *, clean: str = "") -> str:
        """Finds are replaced, and so are words that were struck out before: an older window may bring them back.
        Those are looked for only where the text is not as `clean`, the draft from which they were struck."""
        self._reserve(text)
        return self._redact_after("", self._replace(text, settle(_private(text, self._struck_before(text, clean)))))

    def redact_all(self, value: JsonLike) -> JsonLike:
        """Every string, mapping key and number in `value`; the key says what its value is (`{"phone": 5550123}`).
        A number that is personal data becomes a placeholder string. Raises ValueError below 64 levels."""
        for text in _strings(value):
            self._reserve(text)
        return self._all("", value)

    def strike(self, text: str, words: Sequence[str], *, shown: str | None = None, whole: bool = False) -> str:
        """The text without these words, however they are written.

        `shown`: what people read of it, sign for sign. `whole`: only where they are no part of a longer word.
        """
        self._reserve(text)
        shown = text if shown is None else shown
        places = _places(text, words, shown)
        if whole:
            places = {word: [at for at in spans if not _within_a_word(text, at)] for word, spans in places.items()}
        here = [word for word, spans in places.items() if spans]
        stricken = self._replace(text, settle(span for word in here for span in places[word]), shown)
        for word in here:  # one that stood only within or across another is known by itself too, for later answers
            self._placeholder(Kind.PRIVATE, word)
        return stricken

    def _all(self, name: str, value: JsonLike) -> JsonLike:
        if isinstance(value, str) and _CREDENTIAL.fullmatch(name) and value.strip():
            return self._replace(value, [Span(0, len(value), Kind.SECRET)])
        if isinstance(value, str):
            return self._redact_after(name, value)
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, Sequence):
            return [self._all(name, item) for item in value]
        return self._number(name, value)

    def _mapping(self, value: Mapping[str, JsonLike]) -> dict[str, JsonLike]:
        redacted: dict[str, JsonLike] = {}
        for key, item in value.items():
            redacted[apart(self._redact_after("", key), redacted)] = self._all(_label(key), item)
        return redacted

    def _number(self, name: str, value: float | None) -> float | str | None:
        if value is None or isinstance(value, bool) or not abs(value) < _LARGEST_NUMBER or value != int(value):
            return value
        written = str(abs(int(value)))
        redacted = self._redact_after(name, written)
        return value if redacted == written else redacted

    def _redact_after(self, label: str, text: str) -> str:
        """Again until nothing is found, because a placeholder may free what stood glued to the value."""
        if len(text) > _LONGEST_LABELLED:
            label = ""
        passes = 0
        while passes < _MOST_PASSES and (spans := list(self._to_replace(label, text))):
            text = self._replace(text, spans)
            passes += 1
        return text

    def _struck_before(self, text: str, clean: str) -> Iterator[tuple[int, int]]:
        """Runs of words that somebody named as private. Only their hashes are known, so each run is tried."""
        private = {digest for digest, known_as in self._known.items() if known_as.startswith(f"[{Kind.PRIVATE}_")}
        if not private:
            return
        read = alike.reading(text)
        words = list(_WORD.finditer(read.text))
        said = [(_encoded(word[0]), _encoded(alike.bare(word[0]))) for word in words]
        # A row of one sign, or of a few, may be long: it is tried once.
        run_of = lru_cache(_MOST_WORDS)(partial(self._known_run, private=private))
        head = shared_ends(zip(text, clean, strict=False))
        tail = shared_ends(zip(reversed(text), reversed(clean), strict=False))
        first = bisect_left(words, head, key=lambda word: read.ends[word.end() - 1]) - _MOST_WORDS + 1
        last = bisect_right(words, len(text) - tail, key=lambda word: read.starts[word.start(1)])
        for at in range(max(first, 0), last):
            if run := run_of(tuple(said[at : at + _MOST_WORDS])):
                yield read.written(words[at].start(1), words[at + run - 1].end())

    def _known_run(self, words: Sequence[tuple[bytes, bytes]], private: Collection[str]) -> int:
        """How many of these words, the first ones, are known together; the most that are. The last may have marks more
        than the one that was named."""
        said, known = self._begun(Kind.PRIVATE), 0
        (first, its_bare), *others = words
        for count, (whole, bare) in enumerate([(first.lstrip(), its_bare.lstrip()), *others], 1):
            named = bare != whole and _shown(_with(said, bare)) in private
            said.update(whole)
            if named or _shown(said) in private:
                known = count
        return known

    def _to_replace(self, label: str, text: str) -> Iterator[Span]:
        for span in find(label + text, region=self._region):
            if span.kind is not Kind.URL and span.end > len(label):
                yield Span(max(0, span.start - len(label)), span.end - len(label), span.kind)

    def _replace(self, text: str, spans: list[Span], shown: str = "") -> str:
        pieces: list[str] = []
        at = 0
        for span in spans:
            spellings = (one[span.start : span.end] for one in (text, shown or text))
            pieces += text[at : span.start], self._placeholder(span.kind, *dict.fromkeys(spellings))
            at = span.end
            self._counts[span.kind.value] += 1
        return "".join([*pieces, text[at:]])

    def _placeholder(self, kind: Kind, *spellings: str) -> str:
        digests = [self._digest(kind, value) for value in spellings]
        known_as = next((self._known[digest] for digest in digests if digest in self._known), None)
        known_as = known_as or f"[{kind}_{self._free_number(kind)}]"
        for digest in digests:
            self._known.setdefault(digest, known_as)
        return known_as

    def _digest(self, kind: Kind, value: str) -> str:
        said = self._begun(kind)
        said.update(_encoded(_normal(kind, value, self._region)))
        return _shown(said)

    def _begun(self, kind: Kind) -> hmac.HMAC:
        return hmac.new(self._key, f"{kind}\0".encode(), "sha256")

    def _free_number(self, kind: Kind) -> int:
        self._next[kind] += 1
        while self._next[kind] in self._taken[kind]:
            self._next[kind] += 1
        return self._next[kind]

    def _reserve(self, text: str) -> None:
        for kind, number in PLACEHOLDER.findall(text):
            self._taken[kind].add(int(number))


def too_long(reply: str) -> bool:
    """Whether nobody could have written the reply: placeholders may be longer than what they stand for."""
    written = texts.slack_length(PLACEHOLDER.sub("", reply))
    return written > chunks.LONGEST or texts.slack_length(reply) > chunks.WITH_PLACEHOLDERS


def _private(text: str, places: Iterable[tuple[int, int]]) -> list[Span]:
    """What is to be struck out there: not a part of a placeholder, which would break it."""
    inside = {at for found in PLACEHOLDER.finditer(text) for at in range(found.start() + 1, found.end())}
    return [Span(*place, Kind.PRIVATE) for place in places if inside.isdisjoint(place)]


def _places(text: str, words: Sequence[str], shown: str) -> dict[str, list[Span]]:
    """Where each of the words stands in a text, as it is written or as people read it; not within a placeholder."""
    found = [alike.places(read, words) for read in {text, shown}]
    return {word: _private(text, [place for one in found for place in one.get(word, ())]) for word in words}


def _within_a_word(text: str, span: Span) -> bool:
    ends = text[max(span.start - 1, 0) : span.start + 1], text[span.end - 1 : span.end + 1]
    return any(map(_TWO_LETTERS.fullmatch, ends))


def apart(plain: str, taken: Collection[str]) -> str:
    """Two names that differ in spelling only may get one placeholder: the later is told apart by a number."""
    name, again = plain, 2
    while name in taken:
        name, again = f"{plain} ({again})", again + 1
    return name


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _with(said: hmac.HMAC, more: bytes) -> hmac.HMAC:
    """What was said and this, beside what was said."""
    both = said.copy()
    both.update(more)
    return both


def _shown(said: hmac.HMAC) -> str:
    return said.hexdigest()[:_DIGEST_CHARS]


def _label(key: str) -> str:
    """What a field's name says of a short value; names of fields in which people speak say nothing."""
    return "" if _SPEECH.fullmatch(key) else _WORD_ENDS.sub(" ", key) + ": "


def _strings(value: JsonLike, level: int = 0) -> Iterator[str]:
    if level > MOST_LEVELS:
        raise ValueError(f"The value is nested deeper than {MOST_LEVELS} levels.")
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from _strings(item, level + 1)
    elif isinstance(value, Sequence):
        for item in value:
            yield from _strings(item, level + 1)


def _normal(kind: Kind, value: str, region: str | None) -> str:
    """One spelling for the ways to write a value: letter case, blanks, dashes, prefixes of a phone number."""
    if kind is Kind.PRIVATE:
        return alike.as_read(value)
    plain = cast(value).text
    if kind in (Kind.EMAIL, Kind.IP):
        return plain.casefold().replace("%40", "@")
    if kind is Kind.PHONE:
        return _dialled(plain, region)
    if kind in (Kind.CARD, Kind.IBAN, Kind.NATIONAL_ID):
        return _UNWRITTEN.sub("", plain).upper()
    return plain


def _dialled(plain: str, region: str | None) -> str:
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return _UNWRITTEN.sub("", plain)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
