"""Control charts: limits that others published, false alarms by simulation, and laws."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.measures.control import (
    NO_BASELINE,
    THRESHOLD,
    Point,
    Signal,
    cusum,
    items_per_point,
    p_chart,
)

point_lists = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 200)).map(lambda both: Point(min(both), max(both))), max_size=15
)
baselines = st.floats(0.005, 0.995)
ADVISED = [(0.01, 200), (0.02, 100), (0.05, 100), (0.1, 50), (0.3, 50), (0.5, 50)]


def near(limits: tuple[float, float] | None, low: float, high: float) -> bool:
    return (
        limits is not None and limits[0] == pytest.approx(low, abs=5e-5) and limits[1] == pytest.approx(high, abs=5e-5)
    )


def test_the_limits_of_a_p_chart() -> None:
    """.05 -+ 3 sqrt(.05 * .95 / 100), of which the lower one is below 0."""
    chart = p_chart([Point(11, 100), Point(12, 100), Point(0, 0), Point(40, 400)], 0.05)
    assert near(chart.limits[0], 0, 0.1154)
    assert chart.limits[2] is None
    assert near(chart.limits[3], 0.0173, 0.0827)
    assert chart.values == [0.11, 0.12, None, 0.1]
    assert chart.outside == [1, 3]


def test_a_cusum_says_when_a_share_rose_and_since_when() -> None:
    chart = cusum([Point(5, 100)] * 6 + [Point(10, 100)] * 4 + [Point(5, 100)], 0.05)
    assert chart.signals == [Signal(8, "up", 5)]
    assert chart.up[5] == 0
    assert chart.up[8] > THRESHOLD > chart.up[7]
    assert chart.up[9] == pytest.approx(chart.up[6])  # it began anew


def test_a_cusum_says_when_a_share_fell() -> None:
    chart = cusum([Point(30, 100), Point(14, 100), Point(20, 100)], 0.3)
    assert chart.signals == [Signal(1, "down", 0)]
    assert cusum([Point(30, 100)] * 50, 0.3).signals == []


@pytest.mark.parametrize(("baseline", "n"), ADVISED)
def test_false_alarms_come_after_years_and_doubled_odds_are_seen_in_weeks(baseline: float, n: int) -> None:
    """In 25,000 drawn points, or 2,000 after the change; a fifth more than promised is left to the draw."""
    draws = np.random.default_rng(5)

    def between(share: float, points: int) -> float:
        """How many points lie between two signals on average; each begins its sum anew."""
        counts = draws.binomial(n, share, points).tolist()
        return points / len(cusum([Point(count, n) for count in counts], baseline).signals)

    assert 180 / 1.2 < between(baseline, 25_000) < 290 * 1.2
    assert 2 < between(2 * baseline / (1 + baseline), 2_000) < 7
    assert 2 < between(baseline / (2 - baseline), 2_000) < 15


@pytest.mark.parametrize("baseline", [0, 1])
def test_without_a_baseline_there_is_no_chart_but_a_reason(baseline: float) -> None:
    points = [Point(1, 10)]
    for chart in (p_chart(points, baseline), cusum(points, baseline)):
        assert chart.reason == NO_BASELINE


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        Point(3, 2)


@settings(max_examples=50)
@given(point_lists, baselines)
def test_turning_yes_into_no_turns_every_chart_over(points: list[Point], baseline: float) -> None:
    turned = [Point(point.n - point.successes, point.n) for point in points]
    there, back = p_chart(points, baseline), p_chart(turned, 1 - baseline)
    for bounds, others in zip(there.limits, back.limits, strict=True):
        assert (bounds is None) == (others is None)
        if bounds and others:
            assert near(bounds, 1 - others[1], 1 - others[0])
    rises = [one.at for one in cusum(points, baseline).signals if one.direction == "up"]
    assert rises == [one.at for one in cusum(turned, 1 - baseline).signals if one.direction == "down"]


@settings(max_examples=50)
@given(point_lists, baselines)
def test_charts_have_an_entry_for_each_point_and_no_negative_sum(points: list[Point], baseline: float) -> None:
    chart, sums = p_chart(points, baseline), cusum(points, baseline)
    assert {len(chart.values), len(chart.limits), len(sums.up), len(sums.down)} == {len(points)}
    assert min([0.0, *sums.up, *sums.down]) == 0
    assert all(before.at <= after.at for before, after in pairwise(sums.signals))
    assert all(-1 <= one.since < one.at for one in sums.signals)
    assert all(0 <= low <= high <= 1 for low, high in filter(None, chart.limits))


def test_what_is_drawn_by_chance_stays_mostly_within_the_limits() -> None:
    points = [Point(count, 50) for count in np.random.default_rng(3).binomial(50, 0.3, 1_000).tolist()]
    assert len(p_chart(points, 0.3).outside) < 10
    assert len(cusum(points, 0.3).signals) < 10


@pytest.mark.parametrize(("share", "n"), [(0.019, 200), (0.02, 100), (0.099, 100), (0.1, 50), (0.9, 50), (0.985, 200)])
def test_the_rarer_the_more_items_a_point_needs(share: float, n: int) -> None:
    """Neuburger et al. 2017: 200 items a point below .02, 100 below .1, else 50."""
    assert items_per_point(share) == n
