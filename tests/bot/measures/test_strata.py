"""Weights undo unequal chances, and say what they cost."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.measures.strata import FEWEST, Stratum, inverse_propensities

strata = st.tuples(st.sampled_from(["billing", "how-to", "app"]), st.sampled_from([0.1, 0.4, 0.5]))


def test_drafts_of_one_chance_need_no_weights() -> None:
    told = inverse_propensities(
        {("billing", 0.4): 10, ("how-to", 0.4): 20}, [("billing", 0.4)] * 10 + [("how-to", 0.4)] * 20
    )
    assert (told.each, told.worth, told.unseen) == (None, None, 0)


def test_a_draft_stands_for_those_that_were_not_chosen_or_not_finished() -> None:
    """Ten of twenty hard ones finished, and all easy ones: each hard one counts twice as much."""
    finished = [("hard", 0.4)] * 10 + [("easy", 0.4)] * 20
    told = inverse_propensities({("hard", 0.4): 20, ("easy", 0.4): 20}, finished)
    assert told.each is not None
    assert told.each[0] == pytest.approx(2 * told.each[-1])
    # (10 * 2 + 20)^2 / (10 * 4 + 20)
    assert told.worth == pytest.approx(1600 / 60)


def test_a_draft_chosen_with_half_the_probability_counts_twice() -> None:
    finished = [("a", 0.5)] * 10 + [("a", 0.25)] * 10
    told = inverse_propensities(Counter(finished), finished)
    assert told.each is not None
    assert told.each[-1] == pytest.approx(2 * told.each[0])


def test_rare_topics_share_one_share_of_finished_drafts() -> None:
    """One of four finished in each of two rare topics: together two of eight, and not one of four each."""
    chosen = {("x", 0.4): FEWEST - 1, ("y", 0.4): FEWEST - 1, ("big", 0.4): 10}
    told = inverse_propensities(chosen, [("x", 0.4), ("y", 0.4), *[("big", 0.4)] * 10])
    assert told.each is not None
    assert told.each[0] == told.each[1] == pytest.approx(4 * told.each[-1])
    assert told.unseen == 0


def test_topics_of_which_nothing_is_finished_are_counted_as_unseen() -> None:
    told = inverse_propensities({("a", 0.4): 10, ("b", 0.4): 7}, [("a", 0.4)] * 10)
    assert (told.each, told.unseen) == (None, 7)


def test_what_is_finished_and_no_longer_wanted_counts_as_if_all_of_its_kind_were() -> None:
    told = inverse_propensities({("a", 0.4): 5}, [("a", 0.4)] * 6 + [("gone", 0.4)])
    assert told.each is None


@given(st.lists(strata, min_size=1, max_size=60), st.lists(strata, max_size=30))
def test_weights_are_positive_have_mean_one_and_are_worth_no_more_than_the_drafts(
    finished: list[Stratum], others: list[Stratum]
) -> None:
    told = inverse_propensities(Counter([*finished, *others]), finished)
    if told.each is not None:
        assert min(told.each) > 0
        assert sum(told.each) == pytest.approx(len(finished))
        assert told.worth is not None
        assert 1 - 1e-9 <= told.worth <= len(finished) + 1e-9


def test_where_the_share_changed_each_probability_has_its_own_share_of_finished_drafts() -> None:
    """All of the old half are finished, half of the new one: a new draft counts for twice as many, times five."""
    finished = [("a", 0.5)] * 20 + [("a", 0.1)] * 10
    told = inverse_propensities({("a", 0.5): 20, ("a", 0.1): 20}, finished)
    assert told.each is not None
    assert told.each[-1] == pytest.approx(10 * told.each[0])


def test_five_chosen_drafts_are_enough_for_a_share_of_their_own() -> None:
    chosen = {("x", 0.4): FEWEST, ("y", 0.4): FEWEST - 1, ("big", 0.4): 10}
    told = inverse_propensities(chosen, [("x", 0.4), ("y", 0.4), *[("big", 0.4)] * 10])
    assert told.each is not None
    assert told.each[0] == pytest.approx(FEWEST * told.each[-1])
    assert told.each[1] == pytest.approx((FEWEST - 1) * told.each[-1])
