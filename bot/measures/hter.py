"""HTER: how much work it took to turn a draft into its final text, as translation research counts it. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein
from sacrebleu.metrics.lib_ter import translation_edit_rate

# Looking for moved words takes time that grows with the text's length times the places that a changed word could
# have come from: milliseconds for a usual edit, half a second at this bound, minutes far beyond it.
MOST_WORDS = 2_000
MOST_WORK = 5_000


@dataclass(frozen=True)
class Hter:
    """The rate; with a reason it is one in which no block counts as moved, at least as high as the true one."""

    value: float
    reason: str | None = None


def hter(draft: str, final: str) -> Hter:
    """Words added, removed, replaced and blocks of words moved, over the words of the final text (Snover 2006).

    This is TER with the final text as the reference: letter case does not count, words are what stands between
    white space, and more than 1 means that writing anew had been less work. The roles cannot be swapped.
    Of long texts that were changed a lot moved blocks are not looked for: a moved word was removed and added.
    """
    if draft == final:
        return Hter(0.0)  # most answers are approvals
    before, after = draft.lower().split(), final.lower().split()
    longest = max(len(before), len(after))
    if before == after:
        return Hter(0.0)
    if longest > MOST_WORDS:
        return _without_moves(before, after, f"more than {MOST_WORDS:,} words")
    if longest * sum(_origins(before, after)) > MOST_WORK:
        return _without_moves(before, after, "too much was changed")
    edits, words = translation_edit_rate(before, after)
    return Hter(edits / words if words else float(edits > 0))


def _without_moves(before: Sequence[str], after: Sequence[str], why: str) -> Hter:
    return Hter(Levenshtein.distance(before, after) / max(1, len(after)), f"moved words were not looked for: {why}")


def _origins(before: Sequence[str], after: Sequence[str]) -> Iterator[int]:
    """For each changed word, how often it stands in the other text."""
    olds, news = Counter(before), Counter(after)
    for change in Levenshtein.editops(before, after):
        if change.tag != "insert":
            yield news[before[change.src_pos]]
        if change.tag != "delete":
            yield olds[after[change.dest_pos]]
