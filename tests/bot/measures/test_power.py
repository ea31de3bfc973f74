"""What could have been seen: published intervals, and figures of other programs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.measures.estimates import NOTHING_COUNTED, Estimate, unknown, wilson
from bot.measures.power import (
    difference,
    smallest_fall,
    smallest_rise,
    units_for,
    units_for_share,
)

shares_inside = st.floats(0.001, 0.999)
counted = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("base", "n", "rise"),
    [
        (0.02, 100, 0.111),
        (0.02, 500, 0.052),
        (0.1, 100, 0.247),
        (0.1, 500, 0.159),
        (0.3, 100, 0.492),
        (0.3, 500, 0.384),
        (0.3, 1_000, 0.359),
    ],
)
def test_the_smallest_rise_that_can_be_seen(base: float, n: int, rise: float) -> None:
    """As statsmodels solves it: NormalIndPower over proportion_effectsize."""
    assert smallest_rise(base, n) == pytest.approx(rise, abs=5e-4)


@settings(max_examples=50)
@given(shares_inside, st.integers(2, 10_000), st.integers(2, 10_000))
def test_a_fall_is_the_rise_of_the_rest(share: float, n: int, then: int) -> None:
    fall, rise = smallest_fall(share, n, then), smallest_rise(1 - share, n, then)
    assert (fall is None) == (rise is None)
    if fall is not None and rise is not None:
        assert fall == pytest.approx(1 - rise, abs=1e-9)
        assert fall <= share <= (smallest_rise(share, n, then) or 1)


def test_where_no_change_could_be_seen_there_is_none() -> None:
    assert smallest_fall(0.02, 50) is None
    assert smallest_rise(0.98, 50) is None
    assert smallest_fall(0.3, 50) is not None
    assert smallest_fall(0.3, 50, 0) is None
    assert smallest_rise(0.3, 0) is None


def test_a_longer_period_beside_a_short_one_sees_more() -> None:
    both, longer, shorter = smallest_rise(0.1, 100), smallest_rise(0.1, 100, 400), smallest_rise(0.1, 400, 100)
    assert longer is not None
    assert both is not None
    assert longer == shorter
    assert longer < both


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [  # Newcombe 1998, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_two_shares_are_compared_as_newcombe_does(
    now: tuple[int, int], before: tuple[int, int], low: float, high: float
) -> None:
    found = difference(wilson(*before), wilson(*now))
    assert found.low == pytest.approx(low, abs=5.1e-5)
    assert found.high == pytest.approx(high, abs=5.1e-5)
    assert found.value == pytest.approx(now[0] / now[1] - before[0] / before[1])
    assert found.n == now[1] + before[1]


@given(counted, counted)
def test_a_difference_turned_round_is_its_opposite(one: tuple[int, int], other: tuple[int, int]) -> None:
    there, back = difference(wilson(*one), wilson(*other)), difference(wilson(*other), wilson(*one))
    assert there.low == pytest.approx(-(back.high or 0))
    assert there.high == pytest.approx(-(back.low or 0))
    assert -1 - 1e-9 <= (there.low or 0) <= (there.value or 0) <= (there.high or 0) <= 1 + 1e-9


def test_a_share_of_nothing_is_not_compared() -> None:
    assert difference(wilson(0, 0), wilson(3, 9)) == unknown(NOTHING_COUNTED)
    assert difference(wilson(3, 9), wilson(0, 0)) == unknown(NOTHING_COUNTED)


@given(shares_inside, st.floats(0.005, 0.4))
def test_the_units_for_a_share_are_the_fewest_that_reach_the_width(share: float, width: float) -> None:
    def half(n: int) -> float:
        one = _wilson(share, n)
        return (one[1] - one[0]) / 2

    n = units_for_share(width, share)
    assert half(n) <= width + 1e-12
    assert n == 1 or half(n - 1) > width - 1e-12
    assert n <= units_for_share(width)


def test_the_units_for_ten_points_either_way() -> None:
    """Four less than the 97 of the normal approximation: Wilson's interval is that of n + 3.84 items."""
    assert units_for_share(0.1) == 93
    assert units_for_share(0.4, 0.01) == 1
    assert wilson(46, 92).high == pytest.approx(0.6, abs=1e-3)


def test_half_the_width_needs_four_times_the_units() -> None:
    seen = Estimate(0.5, 0.3, 0.7, 100, None)
    assert units_for(seen, 0.1) == 400
    assert units_for(seen, 0.2) == 100
    assert units_for(Estimate(0.5, None, None, 100, "no interval"), 0.1) is None
    assert units_for(unknown("nothing"), 0.1) is None


@pytest.mark.parametrize("width", [0, -0.1])
def test_no_number_of_units_makes_an_interval_vanish(width: float) -> None:
    for units in (units_for_share, lambda w: units_for(wilson(1, 2), w)):
        with pytest.raises(ValueError, match="half width"):
            units(width)


def _wilson(share: float, n: int) -> tuple[float, float]:
    """The roots of (share - p)^2 = z^2 p (1 - p) / n."""
    square = 1.959963984540054**2 / n
    middle, spread = 2 * share + square, ((2 * share + square) ** 2 - 4 * (1 + square) * share**2) ** 0.5
    return (middle - spread) / (2 + 2 * square), (middle + spread) / (2 + 2 * square)
