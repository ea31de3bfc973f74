"""Figures on data that others collected, or published for it; the files' licences stand beside them.

ASSAY_DATA names the folder that holds them; without it these tests are skipped.
"""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.label_files.labels import LabelFile, read_labels
from bot.measures.agreement import ac1, alpha, fleiss, percent
from bot.measures.annotators import Answer, dawid_skene, votes_of
from bot.measures.kappas import brennan_prediger, cohen, conger

FOLDER = os.environ.get("ASSAY_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="ASSAY_DATA does not name the folder of other people's labels")


def labels_of(name: str, annotator: str, label: Callable[[dict[str, str]], str]) -> LabelFile:
    with (Path(FOLDER or ".") / name).open(encoding="utf-8", newline="") as file:
        rows = [f"{row['item']},{row[annotator]},{label(row)}\n" for row in csv.DictReader(file)]
    return read_labels(["item,annotator,label\n", *rows])


def entailment() -> tuple[list[Answer], dict[str, str]]:
    """What people said of Snow's 800 pairs of sentences, and what experts say."""
    with (Path(FOLDER or ".") / "snow2008_rte_labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    answers = [Answer(row["item"], row["worker"], row["response"]) for row in rows]
    return answers, {row["item"]: row["gold"] for row in rows}


def canonical(name: str) -> dict[str, Any]:
    tables: dict[str, dict[str, Any]] = json.loads((Path(FOLDER or ".") / "canonical_agreement.json").read_text())
    return tables[name]


def test_textual_entailment_of_snow_2008() -> None:
    file = labels_of("snow2008_rte_labels.csv", "worker", lambda row: row["response"])
    assert (len(file.sizes), file.annotator_count, len(file.labels)) == (800, 164, 8000)
    assert alpha(file.units(), seed=1).value == pytest.approx(0.241479, abs=1e-6)


@pytest.mark.parametrize(("ties", "f1"), [(("1", "0"), 0.8853211009), (("0", "1"), 0.9194547708)])
def test_the_majority_on_textual_entailment_and_what_its_tie_rule_does(ties: tuple[str, str], f1: float) -> None:
    """CrowdTruth's notebook publishes the first, where half of the votes are enough for a yes."""
    answers, expert = entailment()
    votes = votes_of(answers)
    pairs = [(votes.majority(item, ties=ties), truth) for item, truth in expert.items()]
    found, said, true = pairs.count(("1", "1")), sum(one == "1" for one, _ in pairs), sum(t == "1" for _, t in pairs)
    assert 2 * found / (said + true) == pytest.approx(f1, abs=5e-11)


def test_dawid_and_skene_on_textual_entailment() -> None:
    """7.25 % wrong, where the majority, ties by lot, has 10.31 % (Zhang, Chen, Zhou & Jordan, NIPS 2014, table 2)."""
    answers, expert = entailment()
    found = dawid_skene(answers).labels()
    assert sum(found[item] == truth for item, truth in expert.items()) == 742
    votes = votes_of(answers)
    right = sum(votes.majority(item, ties=ties) == truth for item, truth in expert.items() for ties in ("01", "10"))
    assert 1 - right / 1_600 == pytest.approx(0.1031, abs=5e-5)


def test_whether_a_turn_is_abusive_in_convabuse() -> None:
    """Severity runs from 1 to -3; below 0 is abuse."""
    file = labels_of("convabuse_labels.csv", "annotator", lambda row: "yes" if int(row["severity"]) < 0 else "no")
    assert (len(file.sizes), file.annotator_count, len(file.labels)) == (4185, 8, 12066)
    assert alpha(file.units(), seed=1).value == pytest.approx(0.649951, abs=1e-6)


def test_how_abusive_a_turn_is_in_convabuse() -> None:
    file = labels_of("convabuse_labels.csv", "annotator", lambda row: row["severity"])
    assert alpha(file.units(), seed=1, metric="ordinal").value == pytest.approx(0.655945, abs=1e-6)
    assert alpha(file.units(), seed=1).value == pytest.approx(0.4342, abs=5e-5)


def test_six_direct_assessments_of_each_translation() -> None:
    """Scores from 0 to 100; the classes are rejected below 30, edited below 70, accepted from there."""
    lines = (Path(FOLDER or ".") / "mlqe-pe_direct-assessment_ro-en_dev.jsonl").read_text(encoding="utf-8").splitlines()
    scores: list[list[float]] = [json.loads(line)["scores"] for line in lines]
    numbers = [[str(score) for score in unit] for unit in scores]
    classes = [[str((score >= 30) + (score >= 70)) for score in unit] for unit in scores]
    assert alpha(numbers, seed=1, metric="interval").value == pytest.approx(0.8056, abs=5e-5)
    assert alpha(classes, seed=1, metric="ordinal").value == pytest.approx(0.7137, abs=5e-5)
    assert alpha(classes, seed=1).value == pytest.approx(0.5877, abs=5e-5)


def test_four_observers_of_krippendorff_2011() -> None:
    table = canonical("krippendorff2011_12x4")
    units = [[str(label) for label in unit if label is not None] for unit in table["units_by_rater"]]
    said = [
        {str(rater): str(label) for rater, label in enumerate(unit) if label is not None}
        for unit in table["units_by_rater"]
    ]
    published = table["published_irrCAC_README"]
    assert conger(said, seed=1).value == pytest.approx(published["conger_kappa"], abs=5e-6)
    assert brennan_prediger(units, classes="12345", seed=1).value == pytest.approx(
        published["brennan_prediger"], abs=5e-6
    )
    assert alpha(units, seed=1).value == pytest.approx(published["krippendorff_alpha_nominal"], abs=5e-6)
    assert ac1(units, classes="12345", seed=1).value == pytest.approx(published["gwet_ac1"], abs=5e-6)
    assert percent(units, seed=1).value == pytest.approx(published["percent_agreement"], abs=5e-7)


def test_six_raters_of_fleiss() -> None:
    table = canonical("distrib_6raters")
    names, published = table["categories"], table["published_irrCAC_README"]
    units = [[name for name, n in zip(names, row, strict=True) for _ in range(n)] for row in table["counts"]]
    assert alpha(units, seed=1).value == pytest.approx(published["krippendorff_alpha"], abs=5e-7)
    assert ac1(units, classes=names, seed=1).value == pytest.approx(published["gwet_ac1"], abs=5e-7)
    assert fleiss(units, seed=1).value == pytest.approx(published["fleiss_kappa"], abs=5e-7)
    assert brennan_prediger(units, classes=names, seed=1).value == pytest.approx(
        published["brennan_prediger"], abs=5e-7
    )
    assert percent(units, seed=1).value == pytest.approx(published["pa"], abs=5e-7)


def test_two_abstractors_and_three_classes() -> None:
    table = canonical("contingency_3x3abstractors")
    units = [
        [str(first), str(second)]
        for first, row in enumerate(table["table"])
        for second, n in enumerate(row)
        for _ in range(n)
    ]
    published = table["published_irrCAC_README"]
    assert alpha(units, seed=1).value == pytest.approx(published["krippendorff_alpha"], abs=5e-7)
    said = [{"first": first, "second": second} for first, second in units]
    assert cohen(said, seed=1).value == pytest.approx(published["cohen_kappa"], abs=5e-7)
    assert fleiss(units, seed=1).value == pytest.approx(published["scott_pi"], abs=5e-7)
    assert brennan_prediger(units, classes="012", seed=1).value == pytest.approx(published["brennan_prediger"])
    assert ac1(units, classes="012", seed=1).value == pytest.approx(published["gwet_ac1"], abs=5e-7)
    assert percent(units, seed=1).value == pytest.approx(published["percent_agreement"])
