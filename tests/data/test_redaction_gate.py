"""Recall of the finder on other people's labelled texts, and its silence on real queries without personal data.

ASSAY_DATA names the folder that holds them; without it these tests are skipped.
"""

import csv
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.redaction import Kind, Span, find

FOLDER = os.environ.get("ASSAY_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="ASSAY_DATA does not name the folder of other people's labels")

CLASSES = {
    "EMAIL_ADDRESS": Kind.EMAIL,
    "CREDIT_CARD": Kind.CARD,
    "IBAN_CODE": Kind.IBAN,
    "IP_ADDRESS": Kind.IP,
    "DOMAIN_NAME": Kind.URL,
    "US_SSN": Kind.NATIONAL_ID,
    "PHONE_NUMBER": Kind.PHONE,
}
FLOORS = {"PHONE_NUMBER": 0.85}  # every other class: all of them


def covered(found: list[Span], gold: dict[str, Any]) -> bool:
    """By at least 80 % of its characters, in spans of its own class."""
    start, end = gold["start_position"], gold["end_position"]
    same = [span for span in found if span.kind is CLASSES[gold["entity_type"]]]
    shared = sum(max(0, min(end, span.end) - max(start, span.start)) for span in same)
    return bool(shared >= 0.8 * (end - start))


def test_each_class_of_personal_data_is_found_in_synthetic_texts() -> None:
    path = Path(FOLDER or ".") / "presidio_research_synth_dataset_v2_half.json"
    seen: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for record in json.loads(path.read_text(encoding="utf-8")):
        found = find(record["full_text"])
        for gold in record["spans"]:
            if gold["entity_type"] in CLASSES:
                seen[gold["entity_type"]] += 1
                hits[gold["entity_type"]] += covered(found, gold)
    assert seen.keys() == CLASSES.keys()
    below = {name: hits[name] / seen[name] for name in seen if hits[name] / seen[name] < FLOORS.get(name, 1.0)}
    assert below == {}


def test_real_banking_queries_without_personal_data_stay_whole() -> None:
    with (Path(FOLDER or ".") / "banking77_test.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    alarms = [text for text in texts if any(span.kind is not Kind.URL for span in find(text))]
    assert len(texts) == 3080
    assert alarms == []
