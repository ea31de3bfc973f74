"""An independent implementation, and laws that hold for every table."""

import math
from collections import Counter
from dataclasses import astuple
from random import Random

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.measures.agreement import ac1, alpha, fleiss, percent, positive
from bot.measures.estimates import Estimate
from bot.measures.scales import Metric
from bot.measures.tag_sets import masi
from tests.bot.measures.tables import SEED, Labels

METRICS: list[Metric] = ["nominal", "ordinal", "interval", "ratio"]
names = st.sampled_from("0148")
tables = st.lists(st.lists(names, max_size=5), max_size=12)
seeds = st.integers(0, 2**32)


def figures_of_names(units: Labels, seed: int, classes: str = "0148") -> list[Estimate]:
    return [
        alpha(units, seed=seed, draws=60),
        alpha(units, seed=seed, draws=60, distance=masi),
        ac1(units, classes=classes, seed=seed, draws=60),
        fleiss(units, seed=seed, draws=60),
        percent(units, seed=seed, draws=60),
        positive(units, yes=classes[0], seed=seed, draws=60),
    ]


def every_figure(units: Labels, seed: int) -> list[Estimate]:
    numbers = [alpha(units, seed=seed, draws=60, metric=metric) for metric in METRICS]
    return figures_of_names(units, seed) + numbers


def oracle(units: Labels, metric: Metric) -> float:
    values = sorted({label for unit in units for label in unit}, key=float)
    counts = np.array([[unit.count(name) for name in values] for unit in units])
    numbers = np.array(values, dtype=float)
    return float(krippendorff.alpha(value_counts=counts, value_domain=numbers, level_of_measurement=metric))


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=40)
@given(units=st.lists(st.lists(st.sampled_from(["0", "0.5", "1", "4", "10", "1e3"]), max_size=5), max_size=12))
def test_alpha_equals_an_independent_implementation(units: Labels, metric: Metric) -> None:
    assume(len({label for unit in units if len(unit) > 1 for label in unit}) > 1)
    ours = alpha(units, seed=SEED, draws=1, metric=metric).value
    assert ours == pytest.approx(oracle(units, metric), abs=1e-9)


@settings(max_examples=40)
@given(st.lists(st.lists(st.sampled_from(["-3", "-0.5", "2", "40"]), max_size=5), max_size=12))
def test_intervals_below_zero_equal_it_too(units: Labels) -> None:
    assume(len({label for unit in units if len(unit) > 1 for label in unit}) > 1)
    ours = alpha(units, seed=SEED, draws=1, metric="interval").value
    assert ours == pytest.approx(oracle(units, "interval"), abs=1e-9)


def test_each_resample_of_ranks_is_measured_by_its_own_ranks() -> None:
    """Units drawn one by one, each resample measured by the other implementation."""
    generator = np.random.default_rng(2)
    truth = generator.choice(5, p=[0.5, 0.25, 0.15, 0.07, 0.03], size=60)
    said = np.clip(truth[:, np.newaxis] + generator.integers(-1, 2, size=(60, 3)), 0, 4)
    units = [[str(label) for label in unit] for unit in said]
    counts = np.array([np.bincount(unit, minlength=5) for unit in said])
    drawn = [
        krippendorff.alpha(value_counts=counts[generator.integers(60, size=60)], level_of_measurement="ordinal")
        for _ in range(2000)
    ]
    estimate = alpha(units, seed=SEED, draws=20_000, metric="ordinal")
    assert (estimate.low, estimate.high) == pytest.approx(np.percentile(drawn, (2.5, 97.5)), abs=0.01)


@settings(max_examples=25)
@given(
    st.lists(st.lists(st.sampled_from(["", "a", "b", "a|b", "b|c"]), min_size=2, max_size=4), min_size=2, max_size=9)
)
def test_a_distance_that_only_tells_names_apart_gives_the_alpha_of_names(units: list[list[str]]) -> None:
    apart = alpha(units, seed=SEED, draws=60, distance=lambda one, other: float(one != other))
    assert apart == alpha(units, seed=SEED, draws=60)


@settings(max_examples=40)
@given(tables)
def test_ac1_equals_its_formula_written_out(units: Labels) -> None:
    labelled = [unit for unit in units if unit]
    shared = [unit for unit in units if len(unit) > 1]
    assume(shared and len({label for unit in labelled for label in unit}) > 1)
    agreement = sum(
        sum(n * (n - 1) for n in Counter(unit).values()) / (len(unit) * (len(unit) - 1)) for unit in shared
    ) / len(shared)
    shares = [sum(unit.count(name) / len(unit) for unit in labelled) / len(labelled) for name in "0148"]
    chance = sum(share * (1 - share) for share in shares) / 3
    expected = (agreement - chance) / (1 - chance)
    assert ac1(units, classes="0148", seed=SEED, draws=1).value == pytest.approx(expected, abs=1e-12)


@settings(max_examples=20)
@given(tables, seeds, st.randoms(use_true_random=False))
def test_the_order_of_units_and_labels_changes_nothing(units: Labels, seed: int, random: Random) -> None:
    shuffled = [random.sample(unit, len(unit)) for unit in random.sample(units, len(units))]
    assert every_figure(shuffled, seed) == every_figure(units, seed)


@settings(max_examples=25)
@given(tables, st.permutations("0148"))
def test_other_names_for_the_classes_leave_every_value_of_names(units: Labels, others: list[str]) -> None:
    renamed = [[others["0148".index(label)] for label in unit] for unit in units]
    before, after = figures_of_names(units, SEED), figures_of_names(renamed, SEED, "".join(others))
    assert [one.value for one in before] == [pytest.approx(other.value) for other in after]


@settings(max_examples=25)
@given(tables, seeds)
def test_numbers_moved_and_stretched_leave_ranks_and_intervals(units: Labels, seed: int) -> None:
    moved = [[str(8 * int(label) - 5) for label in unit] for unit in units]
    for metric in METRICS[:3]:
        before, after = (alpha(table, seed=seed, draws=60, metric=metric) for table in (units, moved))
        assert after.value == pytest.approx(before.value)
        assert metric == "nominal" or after.low == pytest.approx(before.low)


@settings(max_examples=25)
@given(tables, st.lists(st.lists(names, max_size=1), max_size=5), seeds)
def test_units_with_one_label_do_not_move_alpha(units: Labels, singles: Labels, seed: int) -> None:
    for metric in METRICS:
        before, after = (alpha(table, seed=seed, draws=60, metric=metric) for table in (units, units + singles))
        assert after == before


@settings(max_examples=20)
@given(tables, seeds)
def test_a_seed_gives_the_same_numbers_again(units: Labels, seed: int) -> None:
    assert every_figure(units, seed) == every_figure(units, seed)


@settings(max_examples=40)
@given(tables, seeds)
@example([["0"] * 3, ["0", "0", "1"]], 0)
@example([["0", "1", "4"]], 0)
@example([["0", "8"], ["0", "8"]], 0)
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


@settings(max_examples=25)
@given(tables)
def test_no_metric_gives_less_than_minus_one_and_two_labels(units: Labels) -> None:
    labels = sum(len(unit) for unit in units if len(unit) > 1)
    for metric in METRICS:
        value = alpha(units, seed=SEED, draws=1, metric=metric).value
        assert value is None or value >= -1 + 2 / labels - 1e-9


@pytest.mark.parametrize("units", [[], [[]], [["0"], ["1"]]])
def test_nothing_shared_is_said_to_be_not_enough(units: Labels) -> None:
    for estimate in every_figure(units, SEED):
        assert astuple(estimate) == (None, None, None, 0, "not enough data: nothing was labelled by two people")
