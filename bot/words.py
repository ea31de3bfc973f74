"""Texts compared word by word: how much was changed, and what."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, takewhile
from typing import NamedTuple

from rapidfuzz.distance import Indel, Levenshtein

from bot.texts import normalised

# Tokens on either side; the work and the memory grow with their product, and a lead's click waits for it.
MOST_COMPARED = 12_000
# Scripts without spaces (Thai to Lao, Myanmar, Khmer, kana, ideographs): each character is a word.
SOLO = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Accents and vowel signs belong to words, but Python's \w leaves them out. Those of the basic plane only: a
# set that reaches beyond it matches ten times slower.
_MARKS = "".join(char for char in map(chr, range(0x300, 0xFE30)) if unicodedata.category(char)[0] == "M")
_OF_SOLO = re.compile(f"[{SOLO}]")
_ELSE = _OF_SOLO.sub("", _MARKS)
_WORD = rf"(?:[^\W{SOLO}]++|[\u200c\u200d{_ELSE}]++)++"
_TOKEN = re.compile(
    rf"{_WORD}(?:['’]{_WORD}|(?<=\d)[.,:](?=\d){_WORD})*+"
    rf"|[{SOLO}][{''.join(_OF_SOLO.findall(_MARKS))}]*+"
    # Flags; emoji with their skin tones and joined parts; runs of one mark, such as "...".
    r"|[\U0001f1e6-\U0001f1ff]{2}"
    r"|([^\w\s])\1*+(?:\u200d[^\w\s]|[\U0001f3fb-\U0001f3ff\ufe0f])*+"
)


class Kind(StrEnum):
    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Kind
    text: str


class _Stretch(NamedTuple):
    """Tokens in a row that both texts share (`kept`), or that stand in each other's place."""

    kept: bool
    before: slice
    after: slice


def tokens(text: str) -> list[str]:
    """Words and punctuation in order, without the white space. "don't" and "1,200.50" are one word each."""
    return [found[0] for found in _TOKEN.finditer(text)]


def edit_rate(a: str, b: str) -> float:
    """The share of tokens that differ: Levenshtein's distance over the longer text's tokens, 0 to 1.

    0 for two texts without a token; white space counts for nothing.
    """
    return Levenshtein.normalized_distance(tokens(a), tokens(b))


def changed_words(a: str, b: str) -> int:
    """How many words a person would say they changed: added and removed ones, a replaced one counted once.

    Punctuation is no word, so 0 does not mean that nothing was edited; symbols and emoji are.
    """
    return 0 if a == b else Levenshtein.distance(_words(a), _words(b))  # most answers are approvals


def likeness(a: str, b: str) -> float:
    """1 for texts that differ in formatting only, 0 for texts with no word in common."""
    return 1 - edit_rate(normalised(a), normalised(b))


def diff(before: str, after: str) -> list[Piece]:
    """What was kept, removed and added, in reading order and in whole words, the removed before the added.

    Kept and removed pieces joined give `before`, kept and added ones `after`, to the byte. Changes with
    nothing but punctuation or white space between them are one change.
    """
    old, new = list(_TOKEN.finditer(before)), list(_TOKEN.finditer(after))
    pieces: list[Piece] = []
    left = right = 0
    for i, j in _matches([found[0] for found in old], [found[0] for found in new]):
        pieces += _gap(before[left : old[i].start()], after[right : new[j].start()])
        pieces.append(Piece(Kind.KEPT, old[i][0]))
        left, right = old[i].end(), new[j].end()
    pieces += _gap(before[left:], after[right:])
    return [Piece(kind, "".join(piece.text for piece in run)) for kind, run in groupby(pieces, key=lambda p: p.kind)]


def _words(text: str) -> list[str]:
    return [token for token in tokens(text) if not unicodedata.category(token[0]).startswith("P") or token[0] == "_"]


def _matches(old: list[str], new: list[str]) -> Iterator[tuple[int, int]]:
    """Places of the tokens that stayed, without lone punctuation between two changes."""
    stretches = _stretches(old, new)
    for place, stretch in enumerate(stretches):
        inner = 0 < place < len(stretches) - 1
        if stretch.kept and not (inner and not any(map(_words, old[stretch.before]))):
            yield from zip(_places(stretch.before), _places(stretch.after), strict=True)


def _stretches(old: list[str], new: list[str]) -> list[_Stretch]:
    """What stayed and what changed; beyond MOST_COMPARED tokens that differ, all is one change."""
    head = shared_ends(zip(old, new, strict=False))
    tail = shared_ends(zip(reversed(old[head:]), reversed(new[head:]), strict=False))
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    codes = Indel.opcodes(before[:MOST_COMPARED], after[:MOST_COMPARED])
    inner = [
        _Stretch(
            code.tag == "equal",
            slice(head + code.src_start, head + code.src_end),
            slice(head + code.dest_start, head + code.dest_end),
        )
        for code in codes
    ]
    first = _Stretch(True, slice(0, head), slice(0, head))
    last = _Stretch(True, slice(len(old) - tail, len(old)), slice(len(new) - tail, len(new)))
    return [*([first] if head else []), *inner, *([last] if tail else [])]


def shared_ends(pairs: Iterable[tuple[str, str]]) -> int:
    """How many of the first pairs are of two that are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _places(part: slice) -> range:
    return range(part.start, part.stop)


def _gap(old: str, new: str) -> list[Piece]:
    """What stands between two kept words, without the white space that both sides share."""
    if old == new:
        return [Piece(Kind.KEPT, old)] if old else []
    head = _shared_space(old, new)
    tail = _shared_space(old[head:][::-1], new[head:][::-1])
    texts = (
        (Kind.KEPT, old[:head]),
        (Kind.REMOVED, old[head : len(old) - tail]),
        (Kind.ADDED, new[head : len(new) - tail]),
        (Kind.KEPT, old[len(old) - tail :]),
    )
    return [Piece(kind, text) for kind, text in texts if text]


def _shared_space(a: str, b: str) -> int:
    length = 0
    for x, y in zip(a, b, strict=False):
        if x != y or not x.isspace():
            break
        length += 1
    return length
