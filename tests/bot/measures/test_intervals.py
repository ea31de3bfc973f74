"""How sure a figure is: bounds of a bootstrap, where there is none, and how often the truth lies between them."""

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from functools import cache

import krippendorff
import numpy as np
import pytest

from bot.measures.agreement import alpha, percent
from bot.measures.resampling import UNDEFINED_SHARE
from bot.measures.scales import Metric
from tests.bot.measures.tables import SEED, Labels, two_by_two

SENSITIVITY, SPECIFICITY = 0.85, 0.97
RUNS, ENOUGH = 500, 0.92
Interval = Callable[[Labels, int], tuple[float | None, float | None]]


@dataclass(frozen=True)
class Table:
    """How many units there are, and of how many something is true."""

    units: int = 100
    prevalence: float = 0.20


USUAL = Table()


def true_alpha(prevalence: float) -> float:
    """Of units without end: how often two annotators of one unit differ, over how often two of any units do."""
    kinds = [(prevalence, SENSITIVITY), (1 - prevalence, 1 - SPECIFICITY)]
    said = sum(share * yes for share, yes in kinds)
    return 1 - sum(share * yes * (1 - yes) for share, yes in kinds) / (said * (1 - said))


def tables(annotators: int, kind: Table) -> Iterator[Labels]:
    """Tables of annotators who are equally good and err independently."""
    generator = np.random.default_rng(SEED)
    flagged = generator.random((RUNS, kind.units, 1)) < kind.prevalence
    yes = generator.random((RUNS, kind.units, annotators)) < np.where(flagged, SENSITIVITY, 1 - SPECIFICITY)
    for table in np.where(yes, "yes", "no"):
        yield table.tolist()


@cache
def coverage(interval: Interval, *, annotators: int, kind: Table = USUAL) -> tuple[float, float]:
    """How often the truth lies within the interval, and how wide that is in the mean."""
    bounds = [interval(table, run) for run, table in enumerate(tables(annotators, kind))]
    known = np.array([(low, high) for low, high in bounds if low is not None and high is not None])
    assert len(known) >= 0.99 * RUNS
    truth = true_alpha(kind.prevalence)
    held = (known[:, 0] <= truth) & (truth <= known[:, 1])
    return float(held.mean()), float(np.diff(known).mean())


def ours(table: Labels, run: int) -> tuple[float | None, float | None]:
    estimate = alpha(table, seed=run, draws=1000)
    return estimate.low, estimate.high


def of_pairs(table: Labels, run: int) -> tuple[float | None, float | None]:
    """Pairs of labels drawn as if those of one unit were independent, expected disagreement held fixed."""
    yeses = np.char.equal(table, "yes").sum(axis=1)
    units, annotators = len(table), len(table[0])
    pairs = units * annotators * (annotators - 1) // 2
    observed = float((yeses * (annotators - yeses)).sum()) / pairs
    labels, said = units * annotators, int(yeses.sum())
    expected = 2 * said * (labels - said) / (labels * (labels - 1))
    drawn = 1 - np.random.default_rng(run).binomial(pairs, observed, size=1000) / pairs / expected
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)


@pytest.mark.parametrize(
    ("annotators", "kind"), [(2, Table(50)), (2, USUAL), (2, Table(200, 0.05)), (5, USUAL)], ids=str
)
def test_the_truth_lies_within_the_interval_about_as_often_as_promised(annotators: int, kind: Table) -> None:
    """Others found a unit bootstrap to hold it in 93.5, 93.2 and 94.5 of 100 such tables of two annotators."""
    held, _ = coverage(ours, annotators=annotators, kind=kind)
    assert held >= ENOUGH


def test_intervals_of_two_annotators_are_as_wide_as_others_measured_them() -> None:
    """A unit bootstrap of 1,000 such tables was 0.37 wide in the mean, and held the truth in 93.2 % of them."""
    held, width = coverage(ours, annotators=2)
    assert width == pytest.approx(0.37, abs=0.01)
    assert held == pytest.approx(0.932, abs=0.03)


def test_pairs_taken_for_independent_hold_the_truth_too_seldom() -> None:
    """What KALPHA resamples (Hayes and Krippendorff 2007) fails the measure that ours passes, as Gwet wrote in 2015."""
    held, width = coverage(of_pairs, annotators=5)
    assert held < ENOUGH - 0.1
    assert width < 0.6 * coverage(ours, annotators=5)[1]


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


@pytest.mark.parametrize("metric", ["ordinal", "interval", "ratio"])
def test_perfect_agreement_on_numbers_is_as_doubtful_as_on_names(metric: Metric) -> None:
    """A unit that disagreed would do so as any two different labels do: the unit of measurement plays no part."""
    units = [["1", "1"], ["50", "50"], ["300", "300"], ["300", "300"]]
    assert astuple(alpha(units, seed=1, metric=metric)) == pytest.approx(astuple(alpha(units, seed=1)))


def test_one_pair_of_numbers_throughout_is_total_disagreement_whatever_their_distance() -> None:
    near, far = (alpha([["1", other]] * 9, seed=1, metric="interval") for other in ("2", "90"))
    assert near == far == alpha([["1", "2"]] * 9, seed=1)
    assert near.value == near.low == pytest.approx(-1 + 2 / 18)


def test_numbers_that_never_meet_can_agree_nearly() -> None:
    """No two labels of a unit are equal, and yet the units are far apart from each other."""
    estimate = alpha([[str(ten), str(ten + 1)] for ten in range(0, 400, 10)], seed=1, metric="interval")
    assert estimate.low is not None
    assert estimate.low > 0.99
    assert estimate.value is not None
    assert estimate.value < 1


def test_items_that_differ_but_agree_alike_have_a_share_without_interval() -> None:
    estimate = percent([["a", "a", "b"], ["b", "b", "a"]] * 9, seed=1)
    assert estimate.value == pytest.approx(1 / 3)
    assert estimate.low is None
    assert estimate.reason == "no interval: every resample gives the same figure"
