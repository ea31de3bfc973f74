"""Control charts: limits that others published, run lengths by simulation, and laws."""

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.measures.control import (
    NO_BASELINE,
    THRESHOLD,
    Direction,
    Point,
    Signal,
    cusum,
    ewma,
    items_per_point,
    p_chart,
    points_of,
    run_length,
)

point_lists = st.lists(
    st.integers(0, 200).flatmap(lambda n: st.builds(Point, st.integers(0, n), st.just(n))), max_size=15
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


def test_the_limits_of_a_moving_average() -> None:
    """2.86 sqrt(.05 * .95 / 100) times .2 at first, times sqrt(.2 / 1.8) in the long run."""
    chart = ewma([Point(5, 100)] * 60, 0.05)
    assert near(chart.limits[0], 0.05 - 0.0125, 0.05 + 0.0125)
    assert near(chart.limits[-1], 0.05 - 0.0208, 0.05 + 0.0208)
    assert chart.outside == []


def test_a_moving_average_finds_a_small_rise_that_single_points_do_not() -> None:
    risen = [Point(5, 100)] * 5 + [Point(9, 100)] * 8
    assert p_chart(risen, 0.05).outside == []
    assert ewma(risen, 0.05).outside == [8, 9, 10, 11, 12]


def test_a_gap_changes_no_average() -> None:
    with_gap, without = (
        ewma([Point(9, 100), Point(0, 0), Point(7, 100)], 0.05),
        ewma([Point(9, 100), Point(7, 100)], 0.05),
    )
    assert [one for one in with_gap.values if one is not None] == list(without.values)
    assert with_gap.limits[2] == without.limits[1]


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
    assert items_per_point(baseline) == n
    false = 1 / sum(1 / run_length(baseline, n, direction) for direction in ("up", "down"))
    assert 180 < false < 290
    assert 2 < run_length(baseline, n, "up", share=2 * baseline / (1 + baseline)) < 7
    assert 2 < run_length(baseline, n, "down", share=baseline / (2 - baseline)) < 15


@pytest.mark.parametrize(("baseline", "n", "direction"), [(0.05, 100, "up"), (0.02, 100, "down"), (0.3, 50, "up")])
def test_run_lengths_are_those_of_simulated_charts(baseline: float, n: int, direction: Direction) -> None:
    """Without a change, at a threshold of 3, 2,000 charts."""
    odds, generator = {"up": 2.0, "down": 0.5}[direction], np.random.default_rng(5)
    sums, lengths, running = np.zeros(2_000), np.zeros(2_000), np.ones(2_000, dtype=bool)
    while running.any():
        said = generator.binomial(n, baseline, 2_000)
        sums = np.maximum(0, sums + said * np.log(odds) - n * np.log(1 - baseline + odds * baseline))
        lengths += running
        running &= sums <= 3
    assert run_length(baseline, n, direction, threshold=3) == pytest.approx(lengths.mean(), rel=0.08)


@pytest.mark.parametrize(("share", "n"), [(0.019, 200), (0.02, 100), (0.099, 100), (0.1, 50), (0.9, 50), (0.985, 200)])
def test_the_rarer_the_more_items_a_point_needs(share: float, n: int) -> None:
    assert items_per_point(share) == n


@pytest.mark.parametrize("baseline", [0, 1])
def test_without_a_baseline_there_is_no_chart_but_a_reason(baseline: float) -> None:
    points = [Point(1, 10)]
    for chart in (p_chart(points, baseline), ewma(points, baseline), cusum(points, baseline)):
        assert chart.reason == NO_BASELINE


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        Point(3, 2)
    with pytest.raises(ValueError, match="points of 0"):
        points_of([True], 0)


@given(st.lists(st.booleans(), max_size=300), st.integers(1, 50))
def test_items_become_points_in_their_order_and_the_last_few_wait(items: list[bool], n: int) -> None:
    points = points_of(items, n)
    assert len(points) == len(items) // n
    assert all(point.n == n for point in points)
    assert sum(point.successes for point in points) == sum(items[: len(points) * n])


@given(point_lists, baselines)
def test_turning_yes_into_no_turns_every_chart_over(points: list[Point], baseline: float) -> None:
    turned = [Point(point.n - point.successes, point.n) for point in points]
    for draw in (p_chart, ewma):
        there, back = draw(points, baseline), draw(turned, 1 - baseline)
        for bounds, others in zip(there.limits, back.limits, strict=True):
            assert (bounds is None) == (others is None)
            if bounds and others:
                assert near(bounds, 1 - others[1], 1 - others[0])
    rises = [one.at for one in cusum(points, baseline).signals if one.direction == "up"]
    assert rises == [one.at for one in cusum(turned, 1 - baseline).signals if one.direction == "down"]


@given(point_lists, baselines)
def test_charts_have_an_entry_for_each_point_and_no_negative_sum(points: list[Point], baseline: float) -> None:
    chart, moving, sums = p_chart(points, baseline), ewma(points, baseline), cusum(points, baseline)
    assert {len(chart.values), len(moving.limits), len(sums.up), len(sums.down)} == {len(points)}
    assert min([0.0, *sums.up, *sums.down]) == 0
    assert all(before.at <= after.at for before, after in pairwise(sums.signals))
    assert all(-1 <= one.since < one.at for one in sums.signals)
    assert all(0 <= low <= high <= 1 for low, high in filter(None, [*chart.limits, *moving.limits]))


def test_what_is_drawn_by_chance_stays_mostly_within_the_limits() -> None:
    draws = Random(3)
    points = points_of([draws.random() < 0.3 for _ in range(50_000)], 50)
    assert len(p_chart(points, 0.3).outside) < 10
    assert len(cusum(points, 0.3).signals) < 10
