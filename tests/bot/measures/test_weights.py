"""What units count when they were not all as likely to be chosen."""

from collections.abc import Callable
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.measures.agreement import ac1, alpha, fleiss, percent, positive
from bot.measures.estimates import Estimate
from bot.measures.kappas import brennan_prediger, cohen, conger
from bot.measures.patterns import Weights, effective_number
from tests.bot.measures.tables import ARTSTEIN, DATA_C, RAW_4RATERS, SEED, Labels, Said, two_by_two

Figure = Callable[[Labels, Weights | None], Estimate]


def said(units: Labels) -> Said:
    return [{f"annotator {at}": label for at, label in enumerate(unit)} for unit in units]


FIGURES: dict[str, Figure] = {
    "alpha": lambda units, weights: alpha(units, seed=SEED, draws=60, weights=weights),
    "ordinal": lambda units, weights: alpha(units, seed=SEED, draws=60, metric="ordinal", weights=weights),
    "interval": lambda units, weights: alpha(units, seed=SEED, draws=60, metric="interval", weights=weights),
    "ratio": lambda units, weights: alpha(units, seed=SEED, draws=60, metric="ratio", weights=weights),
    "ac1": lambda units, weights: ac1(units, classes="0148", seed=SEED, draws=60, weights=weights),
    "fleiss": lambda units, weights: fleiss(units, seed=SEED, draws=60, weights=weights),
    "percent": lambda units, weights: percent(units, seed=SEED, draws=60, weights=weights),
    "positive": lambda units, weights: positive(units, yes="0", seed=SEED, draws=60, weights=weights),
    "brennan_prediger": lambda units, weights: brennan_prediger(
        units, classes="0148", seed=SEED, draws=60, weights=weights
    ),
    "cohen": lambda units, weights: cohen(said(units), seed=SEED, draws=60, weights=weights),
    "conger": lambda units, weights: conger(said(units), seed=SEED, draws=60, weights=weights),
}
each_figure = pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
tables = st.lists(st.tuples(st.lists(st.sampled_from("0148"), max_size=4), st.integers(1, 4)), max_size=9)


@each_figure
@settings(max_examples=10)
@given(units=st.lists(st.lists(st.sampled_from("0148"), max_size=4), max_size=9), weight=st.floats(0.01, 50))
def test_equal_weights_are_none(figure: Figure, units: Labels, weight: float) -> None:
    assert figure(units, [weight] * len(units)) == figure(units, None)


@each_figure
@settings(max_examples=10)
@given(table=tables)
def test_a_weight_of_three_counts_a_unit_thrice(figure: Figure, table: list[tuple[list[str], int]]) -> None:
    """The value alone: `n`, alpha's correction for small samples and the doubt are those of the real units."""
    units, weights = [unit for unit, _ in table], [weight for _, weight in table]
    weighted = figure(units, weights)
    repeated = figure([unit for unit, weight in table for _ in range(weight)], None)
    value = repeated.value
    if value is not None and figure in (FIGURES[name] for name in ("alpha", "ordinal", "interval", "ratio")):
        real, counted = (
            sum(times * len(unit) for unit, times in zip(units, factors, strict=True) if len(unit) > 1)
            for factors in ([1] * len(units), weights)
        )
        value = 1 - (1 - value) * counted / (counted - 1) * (real - 1) / real
    assert weighted.value == pytest.approx(value)


@each_figure
@settings(max_examples=10)
@given(table=tables, factor=st.floats(0.1, 10))
def test_only_the_proportions_of_weights_matter(
    figure: Figure, table: list[tuple[list[str], int]], factor: float
) -> None:
    units, weights = [unit for unit, _ in table], [float(weight) for _, weight in table]
    before, after = figure(units, weights), figure(units, [factor * weight for weight in weights])
    assert astuple(after)[:4] == pytest.approx(astuple(before)[:4], abs=1e-9)


@each_figure
@settings(max_examples=10)
@given(table=tables)
def test_a_weighted_figure_lies_inside_its_interval_or_has_a_reason(
    figure: Figure, table: list[tuple[list[str], int]]
) -> None:
    estimate = figure([unit for unit, _ in table], [weight for _, weight in table])
    assert bool(estimate.reason) == (estimate.low is None)
    assert estimate.n <= len(table)
    if estimate.low is not None and estimate.high is not None:
        assert estimate.value is not None
        assert estimate.low <= estimate.value <= estimate.high <= 1 + 1e-12


@each_figure
@given(table=tables)
@settings(max_examples=10)
def test_units_in_another_order_with_their_weights_change_nothing(
    figure: Figure, table: list[tuple[list[str], int]]
) -> None:
    there, back = (([unit for unit, _ in one], [weight for _, weight in one]) for one in (table, table[::-1]))
    assert figure(*there) == figure(*back)


def test_cohen_keeps_the_weights_of_what_both_labelled() -> None:
    alone: Said = [{"first": "0"}]
    weights = [1.0, 2.0] * (len(ARTSTEIN) // 2)
    assert cohen(alone + ARTSTEIN, seed=1, weights=[9.0, *weights]) == cohen(ARTSTEIN, seed=1, weights=weights)


def test_strata_completed_unequally_are_weighed_back_to_what_all_would_have_shown() -> None:
    """Half of all units are hard; of the hard ones only a fifth was completed, each counts five times."""
    easy, hard = two_by_two(40, 5, 5, 50), two_by_two(10, 15, 15, 10)
    whole = alpha([*easy, *hard * 2], seed=1)
    tilted = alpha([*easy * 5, *hard * 2], seed=1)
    mended = alpha([*easy * 5, *hard * 2], seed=1, weights=[1.0] * 500 + [5.0] * 100)
    assert whole.value is not None
    assert tilted.value is not None
    assert mended.value == pytest.approx(whole.value, abs=2e-3)
    assert tilted.value > whole.value + 0.1
    assert mended.n == 600


def test_unequal_weights_make_the_interval_wider_as_kish_has_it() -> None:
    units = two_by_two(30, 10, 10, 50) * 4
    weights = [1.0, 1.0, 1.0, 9.0] * 100
    plain, weighted = (alpha(units, seed=1, draws=4000, weights=given) for given in (None, weights))
    widths = [(one.high or 0) - (one.low or 0) for one in (plain, weighted)]
    assert widths[1] / widths[0] == pytest.approx(np.sqrt(400 / effective_number(weights)), rel=0.08)


def test_wilsons_bounds_are_those_of_the_effective_number_of_units() -> None:
    """Four units count 1 and four count 3: as sure as 6.4 units, so nearly as sure as 6 and not as sure as 7."""
    weights = [1.0, 3.0] * 4
    assert effective_number(weights) == 6.4
    units = two_by_two(4, 0, 0, 4)
    for figure in (alpha, percent):
        low = figure(units, seed=1, weights=weights).low
        fewer, more = (figure(two_by_two(n, 0, 0, n), seed=1).low for n in (3, 4))
        assert low is not None
        assert fewer is not None
        assert more is not None
        assert fewer < low < more
    assert figure(units, seed=1, weights=weights).n == 8


def test_no_units_are_no_effective_ones() -> None:
    assert effective_number([]) == 0


def test_a_published_figure_with_equal_weights_is_the_published_figure() -> None:
    units, weights = DATA_C, [0.3] * len(DATA_C)
    assert alpha(units, seed=1, weights=weights) == alpha(units, seed=1)
    assert conger(RAW_4RATERS, seed=1, weights=weights) == conger(RAW_4RATERS, seed=1)
    assert alpha(units, seed=1, weights=weights).value == pytest.approx(0.743421, abs=1e-6)


@pytest.mark.parametrize(
    ("weights", "complaint"),
    [
        ([1.0], "1 weights for 2 units"),
        ([1.0, 0.0], "positive"),
        ([1.0, -2.0], "positive"),
        ([1.0, float("nan")], "positive"),
        ([1.0, float("inf")], "positive"),
    ],
)
@each_figure
def test_weights_are_positive_numbers_one_for_each_unit(figure: Figure, weights: list[float], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        figure([["0", "1"], ["1", "1"]], weights)
