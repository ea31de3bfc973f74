"""How labels spread: published quantiles and figures, and laws that hold for every table of counts."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.measures import chi_square
from bot.measures.balance import (
    ONE_CLASS,
    divergence,
    effective_classes,
    evenness,
    shares,
    stability,
)
from bot.measures.estimates import NOTHING_COUNTED, wilson

EVEN, SKEWED = {"a": 50, "b": 30, "c": 20}, {"a": 90, "b": 8, "c": 2}
EVENLY = dict.fromkeys("abc", 1 / 3)
tables = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 500), min_size=2).filter(lambda c: sum(c.values()))


def wished_of(table: dict[str, int]) -> dict[str, float]:
    return {name: count / sum(table.values()) for name, count in table.items()}


@pytest.mark.parametrize(
    ("freedom", "probability", "quantile"),
    [  # Abramowitz & Stegun 1964, table 26.8
        (1, 0.05, 3.84146),
        (2, 0.05, 5.99146),
        (3, 0.01, 11.3449),
        (4, 0.95, 0.710721),
        (7, 0.5, 6.34581),
        (10, 0.001, 29.588),
        (29, 0.05, 42.5569),
        (100, 0.05, 124.342),
    ],
)
def test_chi_square_is_the_published_one(freedom: int, probability: float, quantile: float) -> None:
    assert chi_square.above(quantile, freedom) == pytest.approx(probability, rel=2e-4)
    assert chi_square.exceeded_by_chance(probability, freedom) == pytest.approx(quantile, rel=2e-5)


@settings(max_examples=50)
@given(st.floats(0, 5_000), st.integers(1, 200))
def test_chi_square_falls_with_the_statistic_and_rises_with_freedom(statistic: float, freedom: int) -> None:
    here = chi_square.above(statistic, freedom)
    assert 0 <= chi_square.above(statistic + 1, freedom) <= here + 1e-12 <= 1 + 1e-12
    assert here <= chi_square.above(statistic, freedom + 1) + 1e-12


@pytest.mark.parametrize(("counts", "even", "effective"), [(EVEN, 0.9372, 2.800), (SKEWED, 0.3415, 1.455)])
def test_evenness_and_effective_classes(counts: dict[str, int], even: float, effective: float) -> None:
    """From the entropy that scipy gives."""
    assert evenness(counts).value == pytest.approx(even, abs=5e-5)
    assert effective_classes(counts).value == pytest.approx(effective, abs=5e-4)


def test_distance_from_even_shares() -> None:
    """As scipy has it: the square of its distance to the base 2."""
    assert divergence(SKEWED, EVENLY).value == pytest.approx(0.27892, abs=5e-6)
    assert divergence({"a": 0}, {"a": 1.0}).reason == NOTHING_COUNTED


def test_a_lead_reads_a_share_beside_the_wished_one() -> None:
    billing, account, legal = shares({"billing": 61, "account": 39}, {"billing": 0.4, "account": 0.4, "legal": 0.2})
    assert (billing.share.value, billing.wished, billing.off) == (0.61, 0.4, True)
    assert billing.share == wilson(61, 100)
    assert (account.wished, account.off) == (0.4, False)
    assert (legal.count, legal.share.value, legal.share.n, legal.off) == (0, 0.0, 100, True)
    assert not any(one.off for one in shares({"billing": 61, "account": 39}))
    assert [one.share.reason for one in shares({"billing": 0})] == [NOTHING_COUNTED]


def test_stability_is_the_textbook_sum_where_no_class_is_empty() -> None:
    found = stability({"a": 300, "b": 700}, {"a": 0.2, "b": 0.8})
    assert found.value == pytest.approx(0.1 * math.log(0.3 / 0.2) - 0.1 * math.log(0.7 / 0.8))
    assert found.by_chance == pytest.approx(3.84146 / 1000, rel=1e-5)
    assert found.reading == "little"


@pytest.mark.parametrize(
    ("counts", "reading"),
    [
        ({"a": 11, "b": 9}, "no more than chance"),
        ({"a": 1_100, "b": 900}, "little"),
        ({"a": 1_400, "b": 600}, "some"),
        ({"a": 1_700, "b": 300}, "much"),
    ],
)
def test_what_moved_is_read_by_its_size_once_it_is_more_than_chance(counts: dict[str, int], reading: str) -> None:
    assert stability(counts, {"a": 0.5, "b": 0.5}).reading == reading


def test_an_empty_class_adds_half_a_label_to_each() -> None:
    found = stability({"a": 10, "b": 0}, {"a": 0.8, "b": 0.2})
    ours, theirs = 10.5 / 11, 8.5 / 11
    assert found.value == pytest.approx(
        (ours - theirs) * (math.log(ours / theirs) - math.log((1 - ours) / (1 - theirs)))
    )


def test_stability_says_why_there_is_none() -> None:
    assert stability({"a": 0}, {"a": 1.0}).reason == NOTHING_COUNTED
    assert stability({"a": 4}, {"a": 1.0}).reason == ONE_CLASS
    assert stability({"a": 4}, {"a": 1.0}).reading is None


@pytest.mark.parametrize("wished", [{"a": 0.5, "b": 0.4}, {"a": 1.5, "b": -0.5}, {}])
def test_wished_shares_that_are_none_are_refused(wished: dict[str, float]) -> None:
    for measure in (shares, divergence, stability):
        with pytest.raises(ValueError, match="sum to 1"):
            measure({"a": 1, "b": 2}, wished)


@given(tables)
def test_measures_of_balance_keep_their_bounds(counts: dict[str, int]) -> None:
    even, effective, apart = (
        evenness(counts).value,
        effective_classes(counts).value,
        divergence(counts, dict.fromkeys(counts, 1 / len(counts))).value,
    )
    assert even is not None
    assert effective is not None
    assert apart is not None
    assert -1e-12 <= even <= 1 + 1e-12
    assert 1 - 1e-9 <= effective <= len(counts) + 1e-9
    assert 0 <= apart <= 1
    assert (apart < 1e-12) == (len(set(counts.values())) == 1)


@settings(max_examples=50)
@given(tables, tables)
def test_two_mixes_are_as_far_apart_whichever_was_wished(one: dict[str, int], other: dict[str, int]) -> None:
    there, back = (divergence(here, wished_of(wish)).value for here, wish in ((one, other), (other, one)))
    assert there == pytest.approx(back, abs=1e-9)


@given(tables)
def test_what_was_wished_and_came_is_no_distance(counts: dict[str, int]) -> None:
    wished = wished_of(counts)
    assert divergence(counts, wished).value == pytest.approx(0, abs=1e-12)
    assert stability(counts, wished).value in (None, pytest.approx(0, abs=1e-12))
    assert not any(one.off for one in shares(counts, wished))
