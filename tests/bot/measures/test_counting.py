"""Numbers that stand for names are counted as the names are."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.measures.agreement import ac1, alpha, fleiss, pair_counts, percent, positive
from bot.measures.counting import Coded, tally
from tests.bot.measures.tables import DATA_C, Labels

CLASSES = ["d", "b", "c", "a"]
tables = st.lists(st.lists(st.sampled_from(CLASSES), max_size=5), max_size=12)
weights = st.none() | st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=12, max_size=12)


def coded(units: Labels, classes: Sequence[str] = tuple(CLASSES)) -> Coded:
    """The last labels of each unit first: their order says nothing."""
    labels = [(unit, classes.index(label)) for unit, labels in enumerate(units) for label in labels]
    flat = np.array(labels[::-1], dtype=np.int64).reshape(-1, 2)
    return Coded(flat[:, 0], flat[:, 1], classes)


@given(tables, weights, st.integers(0, 3))
def test_codes_are_counted_as_names_are(units: Labels, weights: list[float] | None, fewest: int) -> None:
    given = None if weights is None else weights[: len(units)]
    named = {key: n for key, n in tally(units, given, fewest=fewest).items() if key[0]}
    numbered = {key: n for key, n in tally(coded(units), given, fewest=fewest).items() if key[0]}
    assert numbered == named


@given(tables)
def test_so_many_classes_that_no_number_holds_a_unit_are_counted_too(units: Labels) -> None:
    many = [*CLASSES, *(f"unused {place}" for place in range(100))]
    assert tally(coded(units, many), fewest=1) == tally(units, fewest=1)


def test_every_measure_takes_codes() -> None:
    numbers = coded(DATA_C, "12345")
    assert alpha(numbers, seed=1, metric="ordinal") == alpha(DATA_C, seed=1, metric="ordinal")
    assert ac1(numbers, classes="12345", seed=1) == ac1(DATA_C, classes="12345", seed=1)
    assert fleiss(numbers, seed=1) == fleiss(DATA_C, seed=1)
    assert percent(numbers, seed=1) == percent(DATA_C, seed=1)
    assert positive(numbers, yes="2", seed=1) == positive(DATA_C, yes="2", seed=1)
    assert pair_counts(numbers, yes="2") == pair_counts(DATA_C, yes="2")


def test_weights_of_codes_are_one_for_each_unit() -> None:
    with pytest.raises(ValueError, match="2 weights for 12 units"):
        alpha(coded(DATA_C, "12345"), seed=1, weights=[1.0, 2.0])
