"""What edits took, held against a thousand human post-edits and their published HTER (MLQE-PE, Romanian to English).

ASSAY_DATA names the folder that holds them; without it these tests are skipped.
"""

import json
import os
import statistics
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz.distance import Levenshtein

from bot.measures.distances import characters
from bot.measures.effort import measure
from bot.words import edit_rate, tokens

FOLDER = os.environ.get("ASSAY_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="ASSAY_DATA does not name the folder of other people's drafts")


@pytest.fixture(scope="module")
def edits() -> list[dict[str, Any]]:
    file = Path(FOLDER or ".") / "mlqe-pe_post-editing_ro-en_dev.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_hter_of_each_edit_is_the_published_one_and_chrf_falls_as_it_rises(edits: list[dict[str, Any]]) -> None:
    found = [measure(edit["draft"], edit["edited"]) for edit in edits]
    published = [edit["hter"] for edit in edits]
    rates = [min(one.hter, 1) for one in found]  # published with one as the most
    assert rates == pytest.approx(published, abs=1e-6)
    assert statistics.fmean(rates) == pytest.approx(0.19545, abs=5e-6)
    assert statistics.correlation([one.chrf or 0.0 for one in found], published) <= -0.95


def test_token_edits_are_near_the_published_hter(edits: list[dict[str, Any]]) -> None:
    """Over the final text's tokens by moved blocks only; the edit rate, over the longer text, is further off."""

    def apart(rate: Any) -> float:
        return statistics.fmean(abs(rate(edit["draft"], edit["edited"]) - edit["hter"]) for edit in edits)

    def over_the_final(draft: str, final: str) -> float:
        after = tokens(final.lower())
        return min(1.0, Levenshtein.distance(tokens(draft.lower()), after) / len(after))

    assert apart(over_the_final) <= 0.010
    assert apart(edit_rate) <= 0.018
    rates = [characters(edit["draft"], edit["edited"]) for edit in edits]
    assert statistics.correlation(rates, [edit["hter"] for edit in edits]) >= 0.96
