"""Cohen's kappa and its kin against published figures, and what is undefined."""

from collections.abc import Sequence
from dataclasses import astuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.measures.agreement import fleiss, percent
from bot.measures.estimates import Estimate
from bot.measures.kappas import brennan_prediger, cohen, conger
from tests.bot.measures.tables import (
    ABSTRACTORS,
    ARTSTEIN,
    COHEN,
    DATA_C,
    FEINSTEIN,
    GENDER,
    RANDOLPH,
    RAW_4RATERS,
    RAW_GENDER,
    SEED,
    Labels,
    Said,
    crossed,
)


@pytest.mark.parametrize(
    ("units", "published"),
    [
        pytest.param(COHEN, 0.49153, id="Cohen 1960"),
        pytest.param(ARTSTEIN, 0.34783, id="Artstein and Poesio 2008"),
        pytest.param(FEINSTEIN[0], 0.69952, id="Feinstein 1"),
        pytest.param(FEINSTEIN[1], 0.31818, id="Feinstein 2"),
        pytest.param(FEINSTEIN[2], 0.13043, id="Feinstein 3"),
        pytest.param(FEINSTEIN[3], 0.25926, id="Feinstein 4"),
        pytest.param(crossed("118 5", "2 0"), -0.02339, id="Gwet's paradox"),
        pytest.param(ABSTRACTORS, 0.7964094, id="irrCAC, cont3x3abstractors"),
    ],
)
def test_cohen_is_the_published_one(units: Said, published: float) -> None:
    assert cohen(units, seed=SEED).value == pytest.approx(published, abs=6e-6)


@pytest.mark.parametrize(
    ("units", "published", "digits"),
    [
        pytest.param(RAW_4RATERS, 0.76282, 5, id="irrCAC, raw_4raters"),
        pytest.param(RAW_GENDER, 0.166, 3, id="irrCAC, raw_gender"),
    ],
)
def test_conger_is_the_published_one(units: Said, published: float, digits: int) -> None:
    estimate = conger(units, seed=SEED)
    assert estimate.value is not None
    assert round(estimate.value, digits) == published


@pytest.mark.parametrize(
    ("units", "published"),
    [
        pytest.param(ARTSTEIN, 0.34066, id="Artstein and Poesio 2008"),
        pytest.param(ABSTRACTORS, 0.7962397, id="irrCAC, cont3x3abstractors"),
    ],
)
def test_fleiss_of_two_labels_is_the_published_pi_of_scott(units: Said, published: float) -> None:
    assert fleiss([list(unit.values()) for unit in units], seed=SEED).value == pytest.approx(published, abs=6e-6)


@pytest.mark.parametrize(
    ("units", "classes", "published"),
    [
        pytest.param(DATA_C, "12345", 0.77273, id="irrCAC, raw_4raters"),
        pytest.param(GENDER, "abc", 0.183, id="irrCAC, raw_gender"),
        pytest.param(RANDOLPH, "ab", 0.214286, id="Randolph's calculator"),
        pytest.param([list(unit.values()) for unit in ARTSTEIN], "01", 0.4, id="Artstein and Poesio 2008"),
        pytest.param([list(unit.values()) for unit in ABSTRACTORS], "012", 0.835, id="irrCAC, cont3x3abstractors"),
    ],
)
def test_brennan_prediger_is_the_published_one(units: Labels, classes: str, published: float) -> None:
    estimate = brennan_prediger(units, classes=classes, seed=SEED)
    assert estimate.value == pytest.approx(published, abs=6e-4 if published == 0.183 else 6e-6)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=12))
def test_conger_of_two_who_labelled_everything_is_cohen_written_out(pairs: list[tuple[str, str]]) -> None:
    units = [{"ann": first, "ben": second} for first, second in pairs]
    firsts, seconds = zip(*pairs, strict=True)
    chance = sum(firsts.count(name) * seconds.count(name) for name in "abc") / len(pairs) ** 2
    assume(len({*firsts, *seconds}) > 1)
    observed = sum(first == second for first, second in pairs) / len(pairs)
    estimate = cohen(units, seed=SEED, draws=60)
    assert estimate.value == pytest.approx((observed - chance) / (1 - chance))
    assert estimate == conger(units, seed=SEED, draws=60)


def test_cohen_asks_only_what_both_labelled() -> None:
    alone: Said = [{"first": "0"}, {"second": "1"}, {}]
    assert cohen([*alone, *ARTSTEIN], seed=SEED) == cohen(ARTSTEIN, seed=SEED)
    assert conger([*alone, *ARTSTEIN], seed=SEED).value != cohen(ARTSTEIN, seed=SEED).value


def test_cohen_is_of_two_annotators() -> None:
    estimate = cohen(RAW_4RATERS, seed=SEED)
    assert (estimate.value, estimate.reason) == (None, "Cohen's kappa is one of two annotators; here are 4")


def test_an_annotator_who_always_says_the_same_leaves_cohen_at_nothing_and_without_interval() -> None:
    estimate = cohen(crossed("7 4", "0 0"), seed=SEED)
    assert estimate.value == pytest.approx(0)
    assert estimate.reason == "no interval: every resample gives the same figure"


def test_brennan_prediger_is_defined_where_every_label_is_the_same() -> None:
    estimate = brennan_prediger([["a", "a"]] * 40, classes="ab", seed=SEED)
    share = percent([["a", "a"]] * 40, seed=SEED)
    assert share.low is not None
    assert astuple(estimate) == (1, pytest.approx(2 * share.low - 1), 1, 40, None)


@pytest.mark.parametrize(
    ("classes", "complaint"), [("ab", r"labels outside the classes: \['c'\]"), ("c", "at least two classes")]
)
def test_chance_over_classes_needs_them_all(classes: Sequence[str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        brennan_prediger([["c", "c"]], classes=classes, seed=SEED)


said = st.lists(st.dictionaries(st.sampled_from(["ann", "ben", "cem"]), st.sampled_from("abc")), max_size=10)


@settings(max_examples=50)
@given(said, st.integers(0, 2**32))
def test_the_order_of_units_changes_nothing(units: Said, seed: int) -> None:
    assert conger(units[::-1], seed=seed, draws=60) == conger(units, seed=seed, draws=60)


@settings(max_examples=50)
@given(said)
def test_other_names_for_annotators_and_classes_leave_the_value(units: Said) -> None:
    renamed = [{"dan" + name: "zyx"["abc".index(label)] for name, label in unit.items()} for unit in units]
    assert conger(renamed, seed=1, draws=1).value == pytest.approx(conger(units, seed=1, draws=1).value)


@settings(max_examples=50)
@given(said, st.integers(0, 2**32))
def test_a_kappa_lies_inside_its_interval_or_has_a_reason(units: Said, seed: int) -> None:
    labels = [list(unit.values()) for unit in units]
    estimates: list[Estimate] = [
        conger(units, seed=seed, draws=60),
        cohen(units, seed=seed, draws=60),
        brennan_prediger(labels, classes="abc", seed=seed, draws=60),
    ]
    for place, (value, low, high, _, reason) in enumerate(map(astuple, estimates)):
        assert bool(reason) == (low is None)
        if low is not None:
            assert low <= value <= high <= 1 + 1e-12
            assert place == 0 or low >= -1 - 1e-12
