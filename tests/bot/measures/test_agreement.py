"""Figures that others published, and what is undefined."""

from dataclasses import astuple
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.measures.agreement import (
    PairCounts,
    Reading,
    ac1,
    alpha,
    fleiss,
    pair_counts,
    percent,
    positive,
    reading,
)
from bot.measures.estimates import Estimate, wilson
from bot.measures.scales import Metric
from bot.measures.tag_sets import masi
from tests.bot.measures.tables import (
    CROWD_KIT,
    DATA_A,
    DATA_B,
    DATA_C,
    DRESSES,
    GENDER,
    PARADOX,
    RANDOLPH,
    SEED,
    WIKIPEDIA,
    WIKIPEDIA_FLEISS,
    Labels,
    two_by_two,
)


@pytest.mark.parametrize(
    ("units", "published"),
    [
        pytest.param(DATA_C, 0.743421, id="Krippendorff 2011, data C"),
        pytest.param(WIKIPEDIA, 0.691358, id="Wikipedia"),
        pytest.param(DATA_A, 0.095238, id="Krippendorff 2011, data A"),
        pytest.param(DATA_B, 0.691964, id="Krippendorff 2011, data B"),
        pytest.param(DRESSES, -0.333333, id="NLTK"),
        pytest.param(CROWD_KIT, 0.444444, id="crowd-kit"),
        pytest.param(PARADOX, -0.02469, id="Gwet's paradox"),
        pytest.param(GENDER, 0.14341, id="irrCAC, raw_gender"),
    ],
)
def test_alpha_is_the_published_one(units: Labels, published: float) -> None:
    assert alpha(units, seed=SEED).value == pytest.approx(published, abs=6e-6)


@pytest.mark.parametrize(
    ("units", "metric", "published"),
    [
        pytest.param(DATA_C, "ordinal", 0.815388, id="Krippendorff 2011, data C"),
        pytest.param(DATA_C, "interval", 0.849107, id="Krippendorff 2011, data C"),
        pytest.param(DATA_C, "ratio", 0.797403, id="Krippendorff 2011, data C"),
        pytest.param(WIKIPEDIA, "ordinal", 0.806721, id="Wikipedia's table, krippendorff 0.9.0"),
        pytest.param(WIKIPEDIA, "interval", 0.810845, id="Wikipedia"),
        pytest.param(WIKIPEDIA, "ratio", 0.808944, id="Wikipedia's table, krippendorff 0.9.0"),
    ],
)
def test_alpha_of_numbers_is_the_published_one(units: Labels, metric: Metric, published: float) -> None:
    assert alpha(units, seed=SEED, metric=metric).value == pytest.approx(published, abs=6e-7)


def test_ordinal_classes_may_have_names_in_a_stated_order() -> None:
    names = dict(zip("12345", ("poor", "fair", "good", "great", "best"), strict=True))
    named = [[names[label] for label in unit] for unit in DATA_C]
    by_name = alpha(named, seed=SEED, metric="ordinal", order=list(names.values()))
    assert by_name.value == pytest.approx(alpha(DATA_C, seed=SEED, metric="ordinal").value)


@pytest.mark.parametrize("metric", ["ordinal", "interval", "ratio"])
def test_a_number_written_in_two_ways_is_one_class(metric: Metric) -> None:
    units = [["2", "2.0"], ["10", "1e1"], ["3", "10"], ["02", "3"]]
    plain = [["2", "2"], ["10", "10"], ["3", "10"], ["2", "3"]]
    assert alpha(units, seed=SEED, metric=metric) == alpha(plain, seed=SEED, metric=metric)


@pytest.mark.parametrize(
    ("units", "metric", "order", "complaint"),
    [
        ([["1", "two"]], "interval", None, r"no numbers: \['two'\]"),
        ([["1", "nan"]], "ordinal", None, r"no numbers: \['nan'\]"),
        ([["1", "inf"]], "ratio", None, r"no numbers: \['inf'\]"),
        ([["1", "-1"]], "ratio", None, r"below zero, which the ratio metric cannot compare: \['-1'\]"),
        ([["low", "hihg"]], "ordinal", ["low", "high"], r"outside the order: \['hihg'\]"),
        ([["1", "2"]], "interval", ["1", "2"], "of use to the ordinal metric, not to interval"),
    ],
)
def test_a_label_that_a_metric_cannot_place_is_named(
    units: Labels, metric: Metric, order: list[str] | None, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        alpha(units, seed=SEED, metric=metric, order=order)


@pytest.mark.parametrize(
    ("units", "classes", "published"),
    [
        pytest.param(DATA_C, "12345", 0.77544, id="irrCAC, raw_4raters"),
        pytest.param(two_by_two(40, 9, 6, 45), ("yes", "no"), 0.70075, id="Feinstein 1"),
        pytest.param(two_by_two(80, 10, 5, 5), ("yes", "no"), 0.80800, id="Feinstein 2"),
        pytest.param(two_by_two(45, 15, 25, 15), ("yes", "no"), 0.26606, id="Feinstein 3"),
        pytest.param(two_by_two(25, 35, 5, 35), ("yes", "no"), 0.20792, id="Feinstein 4"),
        pytest.param(PARADOX, ("yes", "no"), 0.94078, id="Gwet's paradox"),
        pytest.param(GENDER, "abc", 0.20808, id="irrCAC, raw_gender"),
    ],
)
def test_ac1_is_the_published_one(units: Labels, classes: list[str], published: float) -> None:
    assert ac1(units, classes=classes, seed=SEED).value == pytest.approx(published, abs=6e-6)


@pytest.mark.parametrize(
    ("units", "published"),
    [
        pytest.param(WIKIPEDIA_FLEISS, 0.209931, id="Wikipedia"),
        pytest.param(RANDOLPH, 0.161905, id="Randolph's calculator"),
        pytest.param(GENDER, 0.12889, id="irrCAC, raw_gender"),
    ],
)
def test_fleiss_is_the_published_one(units: Labels, published: float) -> None:
    assert fleiss(units, seed=SEED).value == pytest.approx(published, abs=6e-6)


@pytest.mark.parametrize(
    ("units", "published"),
    [
        pytest.param(DATA_C, 0.81818, id="irrCAC, raw_4raters"),
        pytest.param(two_by_two(40, 9, 6, 45), 0.85, id="Feinstein 1"),
        pytest.param(two_by_two(80, 10, 5, 5), 0.85, id="Feinstein 2"),
        pytest.param(two_by_two(45, 15, 25, 15), 0.60, id="Feinstein 3"),
        pytest.param(two_by_two(25, 35, 5, 35), 0.60, id="Feinstein 4"),
        pytest.param(PARADOX, 0.944, id="Gwet's paradox"),
    ],
)
def test_percent_is_the_published_one(units: Labels, published: float) -> None:
    assert percent(units, seed=SEED).value == pytest.approx(published, abs=6e-6)


FLAGS = [("x", "x"), ("x|y", "x"), ("y|z", "y|z"), ("x|z", "y|z"), ("z", "x")]


def test_alpha_with_masi_counts_sets_that_overlap_as_agreeing_in_part() -> None:
    """Five items, two coders: .25 as names and .263345 with MASI, as nltk 3.10.4 has it too."""
    assert alpha(FLAGS, seed=SEED).value == pytest.approx(0.25)
    assert alpha(FLAGS, seed=SEED, distance=masi).value == pytest.approx(0.263345, abs=1e-6)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_positive_agreement_is_twice_both_over_all_that_say_yes(both: int, one: int, none: int) -> None:
    units = two_by_two(both, one, 0, none)
    assert pair_counts(units, yes="yes") == PairCounts(both, one, none)
    assume(both + one)
    estimate = positive(units, yes="yes", seed=SEED)
    assert estimate.value == pytest.approx(2 * both / (2 * both + one))
    assert estimate.n == both + one


def test_positive_agreement_of_many_labels_weighs_each_yes_by_those_beside_it() -> None:
    """Three of four and one of three say yes: (3*2 + 1*0) / (3*3 + 1*2)."""
    estimate = positive([list("yyyn"), list("ynn"), list("nn"), list("y")], yes="y", seed=SEED)
    assert estimate.n == 2
    assert estimate.value == pytest.approx(6 / 11)


def test_a_lone_yes_among_many_is_not_counted_like_a_split_pair() -> None:
    estimate = positive([list("yy"), list("ynnnn")], yes="y", seed=SEED)
    assert estimate.value == pytest.approx(2 / (2 + 4))


def test_pairs_are_only_units_of_two() -> None:
    assert pair_counts([["y"], list("yy"), list("yn"), list("yyy")], yes="y") == PairCounts(1, 1, 0)


def test_equal_labels_throughout_are_no_agreement_beyond_chance_but_a_share() -> None:
    same = [["a", "a"]] * 40
    for figure in (alpha(same, seed=1), ac1(same, classes="ab", seed=1), fleiss(same, seed=1)):
        assert astuple(figure) == (None, None, None, 40, "no variation: every label is the same")
    assert percent(same, seed=1) == wilson(40, 40)


def test_nobody_saying_yes_leaves_positive_agreement_open() -> None:
    estimate = positive([["no", "no"]], yes="yes", seed=1)
    assert (estimate.value, estimate.reason) == (None, "nobody answered “yes” on anything labelled twice")


def test_fleiss_needs_equal_numbers_of_labels() -> None:
    estimate = fleiss(DATA_C, seed=1)
    assert (estimate.value, estimate.n) == (None, 11)
    assert estimate.reason == "items have different numbers of labels, from 1 to 4"


def test_ac1_refuses_a_label_outside_its_classes() -> None:
    with pytest.raises(ValueError, match="labels outside the classes: \\['maybe'\\]"):
        ac1([["yes", "maybe"]], classes=("yes", "no"), seed=1)


def test_labels_seen_once_count_for_the_chance_in_ac1() -> None:
    shared = two_by_two(3, 1, 0, 4)
    with_singles = ac1([*shared, ["yes"], ["yes"]], classes=("yes", "no"), seed=1)
    assert with_singles.value != ac1(shared, classes=("yes", "no"), seed=1).value
    assert with_singles.n == 8


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.8, 0.9, "good"),
        (0.7, 0.95, "at least moderate"),
        (0.667, 0.79, "at least moderate"),
        (0.5, 0.79, "moderate at best"),
        (0.5, 0.667, "moderate at best"),
        (0.2, 0.66, "poor"),
        (0.6, 0.8, "cannot tell yet"),
        (None, None, "cannot tell yet"),
    ],
)
def test_the_reading_rests_on_the_bounds(low: float | None, high: float | None, words: str) -> None:
    assert reading(Estimate(0.7, low, high, 96, None)) == words
    assert words in get_args(Reading)
