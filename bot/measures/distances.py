"""How far apart two texts are, and how much of a draft is left in its final text. Pure.

By tokens it is `bot.words.edit_rate`, with moved blocks `bot.measures.hter`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist
from sacrebleu.metrics.chrf import CHRF

# What sacrebleu prints of its settings: under these any other computation gives the same figures.
CHRF_SIGNATURE = "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no"
# Counting runs of characters takes time that grows with the text: a third of a second at this bound.
MOST_CHARACTERS = 60_000


@dataclass(frozen=True)
class Chrf:
    """The score, or the reason why there is none."""

    value: float | None
    reason: str | None = None


def characters(one: str, other: str) -> float:
    """Levenshtein's distance in characters over the longer text's length, 0 to 1; 0 for two empty texts."""
    return Levenshtein.normalized_distance(one, other)


def characters_pairwise(ones: Sequence[str], others: Sequence[str], *, close: bool = False) -> NDArray[np.float64]:
    """`characters` of each text and its counterpart, (texts,); long ones sooner where it is foretold that they are
    `close`. Other threads run meanwhile."""
    # A guess to begin with: where texts are further apart it is doubled until it holds.
    hint = 0.02 if close else None
    return cpdist(ones, others, scorer=Levenshtein.normalized_distance, dtype=np.float64, score_hint=hint)


def chrf(draft: str, final: str) -> Chrf:
    """chrF2 of a draft against its final text, 0 to 100: the F-score, with recall counted twice, of runs of one to six
    characters without white space (Popović 2015), as sacrebleu computes it for one sentence (`CHRF_SIGNATURE`).

    Equal texts have 100, also where they are empty. The roles cannot be swapped.
    """
    if draft == final:
        return Chrf(100.0)  # most answers are approvals
    if max(len(draft), len(final)) > MOST_CHARACTERS:
        return Chrf(None, f"more than {MOST_CHARACTERS:,} characters")
    return Chrf(float(CHRF().sentence_score(draft, [final]).score))
