"""How far apart two sets of tags are: Passonneau's MASI, with the values of nltk 3.10."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.measures.tag_sets import masi, written

sets = st.frozensets(st.sampled_from("abcde")).map(written)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ({"1", "2"}, {"1", "2", "3", "4"}, 2 / 3),  # nltk's own example
        ({"1", "2"}, {"2", "3"}, 8 / 9),
        ({"1"}, {"2"}, 1),
        ({"1", "2"}, {"2", "1"}, 0),
        (set(), set(), 0),  # nltk divides by zero here
        (set(), {"1"}, 1),
    ],
)
def test_masi_weighs_overlap_by_whether_one_set_holds_the_other(
    one: set[str], other: set[str], distance: float
) -> None:
    assert masi(written(one), written(other)) == pytest.approx(distance)


@given(sets, sets)
def test_masi_is_a_distance_between_nothing_and_everything(one: str, other: str) -> None:
    assert 0 <= masi(one, other) == masi(other, one) <= 1
    assert (masi(one, other) == 0) == (one == other)
