"""Figures that others published, an independent implementation, and laws that hold for every table."""

import math
from collections import Counter
from dataclasses import astuple
from random import Random
from typing import get_args

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.measures.agreement import (
    UNDEFINED_SHARE,
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
from bot.measures.tag_sets import masi

Labels = list[list[str]]
SEED = 7


def units_of(*annotators: str) -> Labels:
    """One row an annotator, one column a unit, a dot where there is no label."""
    columns = zip(*(row.split() for row in annotators), strict=True)
    return [[label for label in column if label != "."] for column in columns]


def counted(*rows: str, classes: str = "abcde") -> Labels:
    """One row a unit: how many annotators chose each class."""
    return [[name for name, n in zip(classes, map(int, row.split()), strict=False) for _ in range(n)] for row in rows]


def two_by_two(both: int, first: int, second: int, none: int) -> Labels:
    return [["yes", "yes"]] * both + [["yes", "no"]] * first + [["no", "yes"]] * second + [["no", "no"]] * none


# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), data C; also Gwet's raw_4raters in irrCAC.
DATA_C = units_of(
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
# Wikipedia, Krippendorff's alpha; also the docstring of fast-krippendorff.
WIKIPEDIA = units_of(
    ". . . . . 3 4 1 2 1 1 3 3 . 3",
    "1 . 2 1 3 3 4 3 . . . . . . .",
    ". . 2 1 3 4 4 . 2 1 1 3 3 . 4",
)
# Krippendorff (2011), data A and B.
DATA_A = units_of("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")
DATA_B = units_of("a a b b d c c c e d d a", "b a b b b c c c e d d d")
# NLTK, test_disagreement.py, test_easy: the single rating of dress3 must not matter.
DRESSES = [["Y", "N", "N"], ["Y", "N"], ["Y"]]
# crowd-kit, docstring of alpha_krippendorff.
CROWD_KIT = [["Y", "Y"], ["N", "N"], ["Y", "N"]]
# Gwet, the paradox of high agreement and low kappa.
PARADOX = two_by_two(118, 5, 2, 0)
# Wikipedia, Fleiss' kappa; also statsmodels' tests.
WIKIPEDIA_FLEISS = counted(
    "0 0 0 0 14",
    "0 2 6 4 2",
    "0 0 3 5 6",
    "0 3 9 2 0",
    "2 2 8 1 1",
    "7 7 0 0 0",
    "3 2 6 3 0",
    "2 5 3 2 2",
    "6 5 2 1 0",
    "0 2 2 3 7",
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
    ],
)
def test_alpha_is_the_published_one(units: Labels, published: float) -> None:
    assert alpha(units, seed=SEED).value == pytest.approx(published, abs=6e-6)


@pytest.mark.parametrize(
    ("units", "classes", "published"),
    [
        pytest.param(DATA_C, "12345", 0.77544, id="irrCAC, raw_4raters"),
        # Feinstein and Cicchetti, J Clin Epidemiol 43 (1990) 543: four tables of one paradox.
        pytest.param(two_by_two(40, 9, 6, 45), ("yes", "no"), 0.70075, id="Feinstein 1"),
        pytest.param(two_by_two(80, 10, 5, 5), ("yes", "no"), 0.80800, id="Feinstein 2"),
        pytest.param(two_by_two(45, 15, 25, 15), ("yes", "no"), 0.26606, id="Feinstein 3"),
        pytest.param(two_by_two(25, 35, 5, 35), ("yes", "no"), 0.20792, id="Feinstein 4"),
        pytest.param(PARADOX, ("yes", "no"), 0.94078, id="Gwet's paradox"),
    ],
)
def test_ac1_is_the_published_one(units: Labels, classes: list[str], published: float) -> None:
    assert ac1(units, classes=classes, seed=SEED).value == pytest.approx(published, abs=6e-6)


def test_fleiss_is_the_one_on_wikipedia() -> None:
    assert fleiss(WIKIPEDIA_FLEISS, seed=SEED).value == pytest.approx(0.209931, abs=6e-7)


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


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"), [(0, 50, 0, 0.071), (18, 20, 0.699, 0.972), (50, 50, 0.929, 1)]
)
def test_wilson_gives_the_known_bounds(successes: int, n: int, low: float, high: float) -> None:
    share = wilson(successes, n)
    assert (share.value, share.n, share.reason) == (successes / n, n, None)
    assert (share.low, share.high) == pytest.approx((low, high), abs=5e-4)


def test_the_bounds_of_a_unit_bootstrap_are_near_those_of_an_independent_one() -> None:
    """Units drawn one by one, each resample measured by the other implementation."""
    units = two_by_two(14, 5, 6, 75)
    counts = np.array([[unit.count("yes"), unit.count("no")] for unit in units])
    generator = np.random.default_rng(1)
    drawn = [
        krippendorff.alpha(value_counts=counts[generator.integers(100, size=100)], level_of_measurement="nominal")
        for _ in range(2000)
    ]
    estimate = alpha(units, seed=SEED)
    assert (estimate.low, estimate.high) == pytest.approx(np.percentile(drawn, (2.5, 97.5)), abs=0.03)


FLAGS = [("x", "x"), ("x|y", "x"), ("y|z", "y|z"), ("x|z", "y|z"), ("z", "x")]


def test_alpha_with_masi_counts_sets_that_overlap_as_agreeing_in_part() -> None:
    """Five items, two coders: .25 as names and .263345 with MASI, as nltk 3.10.4 has it too."""
    assert alpha(FLAGS, seed=SEED).value == pytest.approx(0.25)
    assert alpha(FLAGS, seed=SEED, distance=masi).value == pytest.approx(0.263345, abs=1e-6)


@given(
    st.lists(st.lists(st.sampled_from(["", "a", "b", "a|b", "b|c"]), min_size=2, max_size=4), min_size=2, max_size=9)
)
def test_a_distance_that_only_tells_names_apart_gives_the_alpha_of_names(units: list[list[str]]) -> None:
    apart = alpha(units, seed=SEED, draws=60, distance=lambda one, other: float(one != other))
    assert apart == alpha(units, seed=SEED, draws=60)


names = st.sampled_from("abcd")
tables = st.lists(st.lists(names, max_size=5), max_size=12)
seeds = st.integers(0, 2**32)


def every_figure(units: Labels, seed: int, classes: str = "abcd") -> list[Estimate]:
    common = {"seed": seed, "draws": 60}
    return [
        alpha(units, seed=seed, draws=60),
        alpha(units, seed=seed, draws=60, distance=masi),
        ac1(units, classes=classes, **common),
        fleiss(units, **common),
        percent(units, **common),
        positive(units, yes=classes[0], **common),
    ]


@given(tables)
def test_alpha_equals_an_independent_implementation(units: Labels) -> None:
    assume(len({label for unit in units if len(unit) > 1 for label in unit}) > 1)
    counts = np.array([[unit.count(name) for name in "abcd"] for unit in units])
    expected = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    assert alpha(units, seed=SEED, draws=1).value == pytest.approx(expected, abs=1e-12)


@given(tables)
def test_ac1_equals_its_formula_written_out(units: Labels) -> None:
    labelled = [unit for unit in units if unit]
    shared = [unit for unit in units if len(unit) > 1]
    assume(shared and len({label for unit in labelled for label in unit}) > 1)
    agreement = sum(
        sum(n * (n - 1) for n in Counter(unit).values()) / (len(unit) * (len(unit) - 1)) for unit in shared
    ) / len(shared)
    shares = [sum(unit.count(name) / len(unit) for unit in labelled) / len(labelled) for name in "abcd"]
    chance = sum(share * (1 - share) for share in shares) / 3
    expected = (agreement - chance) / (1 - chance)
    assert ac1(units, classes="abcd", seed=SEED, draws=1).value == pytest.approx(expected, abs=1e-12)


@given(tables, seeds, st.randoms(use_true_random=False))
def test_the_order_of_units_and_labels_changes_nothing(units: Labels, seed: int, random: Random) -> None:
    shuffled = [random.sample(unit, len(unit)) for unit in random.sample(units, len(units))]
    assert every_figure(shuffled, seed) == every_figure(units, seed)


@given(tables, st.permutations("abcd"))
def test_other_names_for_the_classes_leave_every_value(units: Labels, others: list[str]) -> None:
    renamed = [[others["abcd".index(label)] for label in unit] for unit in units]
    before, after = every_figure(units, SEED), every_figure(renamed, SEED, "".join(others))
    assert [one.value for one in before] == [pytest.approx(other.value) for other in after]


@given(tables, st.lists(st.lists(names, max_size=1), max_size=5), seeds)
def test_units_with_one_label_do_not_move_alpha(units: Labels, singles: Labels, seed: int) -> None:
    assert alpha(units + singles, seed=seed, draws=60) == alpha(units, seed=seed, draws=60)


@given(tables, seeds)
def test_a_seed_gives_the_same_numbers_again(units: Labels, seed: int) -> None:
    assert every_figure(units, seed) == every_figure(units, seed)


@given(tables, seeds)
@example([["a"] * 3, ["a", "a", "b"]], 0)
@example([["a", "b", "c"]], 0)
def test_a_figure_is_a_number_inside_its_interval_or_has_a_reason(units: Labels, seed: int) -> None:
    for value, low, high, n, reason in map(astuple, every_figure(units, seed)):
        assert n <= len(units)
        assert (low is None) == (high is None)
        assert bool(reason) == (low is None)
        if low is not None:
            assert value is not None
            assert -1 - 1e-12 <= low <= value <= high <= 1
        if value is not None:
            assert math.isfinite(value)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_positive_agreement_is_twice_both_over_all_that_say_yes(both: int, one: int, none: int) -> None:
    units = two_by_two(both, one, 0, none)
    assert pair_counts(units, yes="yes") == PairCounts(both, one, none)
    assume(both + one)
    estimate = positive(units, yes="yes", seed=SEED)
    assert estimate.value == pytest.approx(2 * both / (2 * both + one))
    assert estimate.n == both + one


@given(st.integers(0, 500), st.integers(0, 500))
def test_wilson_mirrors_successes_and_failures(successes: int, failures: int) -> None:
    assume(successes + failures)
    ours, theirs = wilson(successes, successes + failures), wilson(failures, successes + failures)
    assert ours.low is not None
    assert theirs.high is not None
    assert ours.low == pytest.approx(1 - theirs.high)


def test_a_wider_level_gives_a_wider_share() -> None:
    narrow, wide = wilson(5, 20, level=0.8), wilson(5, 20, level=0.99)
    assert (wide.low or 0) < (narrow.low or 0) < 0.25 < (narrow.high or 0) < (wide.high or 0)


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


@pytest.mark.parametrize("units", [[], [[]], [["a"], ["b"]]])
def test_nothing_shared_is_said_to_be_not_enough(units: Labels) -> None:
    for estimate in every_figure(units, SEED):
        assert astuple(estimate) == (None, None, None, 0, "not enough data: nothing was labelled by two people")


def test_equal_labels_throughout_are_no_agreement_beyond_chance_but_a_share() -> None:
    same = [["a", "a"]] * 40
    for figure in (alpha(same, seed=1), ac1(same, classes="ab", seed=1), fleiss(same, seed=1)):
        assert astuple(figure) == (None, None, None, 40, "no variation: every label is the same")
    assert percent(same, seed=1) == wilson(40, 40)


def test_nobody_saying_yes_leaves_positive_agreement_open() -> None:
    estimate = positive([["no", "no"]], yes="yes", seed=1)
    assert (estimate.value, estimate.reason) == (None, "nobody answered “yes” on anything labelled twice")


def test_wilson_of_nothing_has_a_reason() -> None:
    assert wilson(0, 0) == Estimate(None, None, None, 0, "not enough data: nothing was counted")


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3)])
def test_wilson_refuses_what_is_no_share(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{successes} successes of {n}"):
        wilson(successes, n)


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


def test_a_class_too_rare_to_resample_leaves_the_value_without_interval() -> None:
    """A resample misses the one unit with a yes in 37 of 100 draws, which is beyond the stated share."""
    estimate = alpha(two_by_two(0, 1, 0, 199), seed=1)
    assert estimate.value == 0
    assert (estimate.low, estimate.high) == (None, None)
    assert estimate.reason is not None
    assert estimate.reason.startswith("no interval: too few of the rarer labels; 3")
    assert UNDEFINED_SHARE == 0.05


def test_resamples_without_variation_are_left_out_while_they_are_few() -> None:
    """Four such units are missed in 1.8 of 100 draws."""
    estimate = alpha(two_by_two(2, 2, 0, 196), seed=1)
    assert estimate.reason is None
    assert estimate.low is not None
    assert estimate.low < 0.3


def test_one_mixture_of_labels_throughout_has_no_interval() -> None:
    estimate = percent([["a", "a", "b"]] * 30, seed=1)
    assert astuple(estimate) == (
        pytest.approx(1 / 3),
        None,
        None,
        30,
        "no interval: every item shows the same mixture of labels",
    )


def test_an_interval_that_resampling_puts_beside_the_value_is_widened_to_hold_it() -> None:
    """With classes that occur in one unit each, every resample varies less than the table."""
    estimate = alpha([[f"a{unit}", f"a{unit}", f"b{unit}"] for unit in range(30)], seed=1)
    assert estimate.low is not None
    assert estimate.value is not None
    assert estimate.low < estimate.value == estimate.high


def test_perfect_agreement_on_few_units_is_not_certain() -> None:
    """Resampling would call three units certain; Wilson's doubt about 3 of 3 is carried over."""
    few, many = alpha(two_by_two(1, 0, 0, 2), seed=1), alpha(two_by_two(100, 0, 0, 200), seed=1)
    assert (few.value, few.high, many.value, many.high) == (1, 1, 1, 1)
    assert few.low is not None
    assert few.low < 0
    assert many.low == pytest.approx(1 - (1 - 0.98736) / (4 / 9), abs=1e-3)


def test_total_disagreement_is_not_certain_either() -> None:
    estimate = alpha(two_by_two(0, 3, 2, 0), seed=1)
    assert estimate.low == pytest.approx(estimate.value)
    assert estimate.value == pytest.approx(-0.8)
    assert estimate.high is not None
    assert estimate.high > -0.1


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
