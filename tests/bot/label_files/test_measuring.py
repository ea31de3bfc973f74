"""What is measured of a file of labels, by each metric, and what is said where there is nothing to measure."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.label_files import measuring
from bot.label_files.labels import LabelFile, read_labels
from bot.label_files.measuring import FIGURES, Question, figures_of, measure
from bot.label_files.metrics import Metric, meaning
from bot.measures.resampling import NOTHING_SHARED
from tests.bot.measures.test_free_text import TICKETS

# Krippendorff 2011, data C: four observers and twelve units; a dot is a missing label.
FOUR_OBSERVERS = {
    "a": "1 2 3 3 2 1 4 1 2 . . .",
    "b": "1 2 3 3 2 2 4 1 2 5 . 3",
    "c": ". 3 3 3 2 3 4 2 2 5 1 .",
    "d": "1 2 3 3 2 4 4 1 2 5 1 .",
}
# Cohen 1960: how often the first of two judges said the row and the second the column.
TWO_JUDGES = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]


def file_of(units: Mapping[str, Mapping[str, str]] | list[list[str]], question: Question) -> LabelFile:
    """From items to who said what; in a list annotators are numbered."""
    if isinstance(units, list):
        units = {str(item): {str(who): label for who, label in enumerate(unit)} for item, unit in enumerate(units)}
    rows = [
        {"item": item, "annotator": who, "label": label} for item, unit in units.items() for who, label in unit.items()
    ]
    return read_labels(
        (json.dumps(row) + "\n" for row in rows or [{}]) if rows else ["item,annotator,label"],
        label_of=meaning(question.metric, question.order),
        empty=question.metric.of_sets,
    )


def measured(units: Any, metric: Metric = Metric.NOMINAL, *order: str, draws: int = 200) -> dict[str, Any]:
    question = Question(metric, order, seed=3, draws=draws)
    return measure(file_of(units, question), question)


def words(*units: str) -> list[list[str]]:
    return [unit.split() for unit in units]


def nulls(figures: Mapping[str, object]) -> set[str]:
    return {name for name, figure in figures.items() if figure is None}


def missing(metric: Metric) -> set[str]:
    return {key for name in set(FIGURES) - set(figures_of(metric)) for key in (name, f"{name}_ci")}


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (Metric.NOMINAL, 0.743421),
        (Metric.ORDINAL, 0.815388),
        (Metric.INTERVAL, 0.849107),
        (Metric.RATIO, 0.797403),
    ],
)
def test_alpha_of_four_observers_is_the_published_one_by_each_metric(metric: Metric, value: float) -> None:
    units: dict[str, dict[str, str]] = {}
    for who, said in FOUR_OBSERVERS.items():
        for item, label in enumerate(said.split()):
            if label != ".":
                units.setdefault(str(item), {})[who] = label
    figures = measured(units, metric)
    assert figures["alpha"] == pytest.approx(value, abs=5e-7)
    assert (figures["items"], figures["shared_items"], figures["labels"], figures["annotators"]) == (12, 11, 41, 4)
    assert figures["n"]["alpha"] == 11
    if metric is Metric.NOMINAL:
        assert figures["ac1"] == pytest.approx(0.77544, abs=5e-6)
        assert figures["percent"] == pytest.approx(0.81818, abs=5e-6)
        assert figures["reason"]["fleiss"] == "items have different numbers of labels, from 1 to 4"
        assert figures["reason"]["cohen"] == "Cohen's kappa is of two annotators; the file has 4"


def test_kappa_of_two_judges_is_cohens() -> None:
    units = [
        [f"c{first}", f"c{second}"]
        for first, row in enumerate(TWO_JUDGES)
        for second, count in enumerate(row)
        for _ in range(count)
    ]
    figures = measured(units)
    assert figures["cohen"] == pytest.approx(0.49153, abs=5e-6)
    assert figures["percent"] == pytest.approx(0.70)
    assert figures["cohen_ci"][0] < figures["cohen"] < figures["cohen_ci"][1]


def test_an_item_that_one_of_two_annotators_labelled_has_no_part_in_their_kappa() -> None:
    both = {"1": {"a": "x", "b": "x"}, "2": {"a": "x", "b": "y"}, "3": {"a": "y", "b": "y"}}
    alone = {"4": {"a": "y"}, "5": {"b": "x"}, "6": {"b": "x"}}
    assert measured(both | alone)["cohen"] == measured(both)["cohen"]
    assert measured(both | alone)["n"]["cohen"] == 3


def test_sets_are_compared_by_masi_and_by_jaccard() -> None:
    """Five items of two annotators, by hand and by nltk."""
    units = [["x", "x"], ["x|y", "x"], ["y|z", "z|y"], ["x|z", "y|z"], ["z", "x"]]
    assert measured(units, Metric.MASI)["alpha"] == pytest.approx(0.263345, abs=5e-7)
    assert measured(units, Metric.JACCARD)["alpha"] == pytest.approx(0.295181, abs=5e-7)
    assert measured(units, Metric.MASI)["percent"] == pytest.approx(2 / 5)


def test_texts_have_ks_and_sigma_and_say_what_they_rest_on() -> None:
    figures = measured(TICKETS, Metric.TEXT)
    assert (figures["ks"], figures["sigma"]) == (pytest.approx(7 / 12), 0.5)
    assert figures["alpha"] == pytest.approx(0.441806, abs=1e-6)
    assert figures["texts"] == {"pairs": 4, "pairs_in_all": 4, "by_chance": 2, "baseline": 24}


def test_ordinal_labels_with_names_are_ranked_in_their_order() -> None:
    units = words("low low", "low mid", "mid mid", "high high", "mid mid", "low mid")
    numbered = [[{"low": "1", "mid": "2", "high": "3"}[name] for name in unit] for unit in units]
    named = measured(units, Metric.ORDINAL, "low", "mid", "high")
    assert named["alpha"] == pytest.approx(measured(numbered, Metric.ORDINAL)["alpha"])
    assert named["alpha"] != pytest.approx(measured(units, Metric.ORDINAL, "low", "high", "mid")["alpha"])


def test_figures_of_two_classes_are_complete() -> None:
    figures = measured(words(*["yes yes"] * 12, *["yes no"] * 5, *["no no"] * 40, "no"))
    assert figures["alpha"] == pytest.approx(1 - (5 / 57) / (2 * 29 * 85 / (114 * 113)))
    assert figures["percent"] == pytest.approx(52 / 57)
    assert figures["positive"] == pytest.approx(24 / 29)
    assert figures["alpha_ci"][0] < figures["alpha"] < figures["alpha_ci"][1]
    assert (figures["items"], figures["shared_items"], figures["labels"], figures["annotators"]) == (58, 57, 115, 2)
    assert (figures["metric"], figures["draws"], figures["seed"], figures["repeated"]) == ("nominal", 200, 3, 0)
    assert nulls(figures) == {"fleiss", "fleiss_ci"} | missing(Metric.NOMINAL)
    assert figures["brennan_prediger"] == pytest.approx(2 * 52 / 57 - 1)
    of_pairs = dict.fromkeys(("alpha", "ac1", "fleiss", "cohen", "percent", "brennan_prediger"), 57)
    assert figures["n"] == of_pairs | {"positive": 17, "ks": 0, "sigma": 0}


@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize(
    "units",
    [
        pytest.param(words("1 2 3", "1 1 2"), id="three classes"),
        pytest.param(words("1 1", "1 1"), id="no variation"),
        pytest.param(words("1", "2"), id="nothing shared"),
        pytest.param(words(*["1 1"] * 99, "1 2"), id="value without interval"),
    ],
)
def test_each_null_has_a_sentence_and_the_whole_is_json(units: list[list[str]], metric: Metric) -> None:
    figures = measured(units, metric)
    assert nulls(figures) == set(figures["reason"])
    assert missing(metric) <= nulls(figures)
    assert all(len(sentence) > 10 for sentence in figures["reason"].values())
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_what_nobody_labelled_twice_is_said() -> None:
    for metric in Metric:
        figures = measured(words("1", "2"), metric)
        assert {figures["reason"][name] for name in figures_of(metric) if name not in ("cohen", "positive")} == {
            NOTHING_SHARED
        }


@pytest.mark.parametrize(
    ("units", "positive_class"),
    [
        (["Yes no", "Yes Yes"], "Yes"),
        (["1 0", "1 1"], "1"),
        (["true false", "true true"], "true"),
        (["escalated fine", "fine fine"], "escalated"),
        (["true yes", "true true"], "yes"),
        (["a b"], "b"),
        (["a b", "c c"], None),
    ],
)
def test_the_positive_class_is_the_affirmative_or_the_rarer_one(units: list[str], positive_class: str | None) -> None:
    assert measured(words(*units))["positive_class"] == positive_class


@pytest.mark.parametrize("metric", [Metric.MASI, Metric.JACCARD, Metric.RATIO])
def test_too_many_labels_to_compare_each_with_each_have_a_reason(
    metric: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "MOST_COMPARED", 2)
    figures = measured(words("1 2", "3 3", "1 1"), metric)
    assert figures["alpha"] is None
    assert figures["reason"]["alpha"] == "there are 3 different labels; more than 2 are not compared with each other"
    assert figures["percent"] == pytest.approx(2 / 3)


def test_a_file_measured_again_gives_the_same_figures_and_another_seed_other_bounds() -> None:
    units = words(*["a a"] * 20, *["a b"] * 5, *["b b"] * 9)
    assert measured(units) == measured(units)
    question = Question(seed=4, draws=200)
    other = measure(file_of(units, question), question)
    assert (other["alpha"], other["alpha_ci"] == measured(units)["alpha_ci"]) == (measured(units)["alpha"], False)


def test_the_items_that_an_interval_takes_are_told_where_they_are_asked_for() -> None:
    units = words(*["a a"] * 20, *["a b"] * 5, *["b b"] * 9)
    wished = Question(seed=3, draws=200, wish=0.1)
    figures = measure(file_of(units, wished), wished)
    low, high = figures["alpha_ci"]
    # Widths shrink with the square root of the items.
    assert figures["wished_items"] == pytest.approx(34 * ((high - low) / 2 / 0.1) ** 2, abs=1)
    assert figures["wished_items_of_a_share"] == 93
    assert "wished_items" not in measured(units)
    none = measure(file_of(words("a a", "a a"), wished), wished)
    assert none["reason"]["wished_items"] == "alpha has no interval: no variation: every label is the same"
