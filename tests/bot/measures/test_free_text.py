"""KS, sigma and alpha of free texts: a regression by hand, the definitions by brute force, laws, bounds."""

import math
import random
from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.testing import assert_allclose

from bot.measures import free_text
from bot.measures.distances import characters
from bot.measures.estimates import Estimate
from bot.measures.free_text import TextAgreement, text_agreement
from bot.measures.resampling import NOTHING_SHARED

# Four tickets and two edits of each.
TICKETS = [
    ["Please reset your password from Settings.", "Please reset your password from the Settings page."],
    ["We have refunded your last invoice.", "Your last invoice has been refunded."],
    ["I am escalating this to our billing team.", "Sorry, this needs our billing team; I am escalating it now."],
    ["The outage is resolved.", "The outage is resolved."],
]
UNITS = some.lists(some.lists(some.text("abc", max_size=6), min_size=1, max_size=4), max_size=8)


def within(units: Sequence[Sequence[str]]) -> list[float]:
    return [characters(a, b) for texts in units for a, b in combinations(texts, 2)]


def between(units: Sequence[Sequence[str]]) -> list[float]:
    return [characters(a, b) for one, other in combinations(units, 2) for a, b in product(one, other)]


def share(distances: Sequence[float], most: float) -> float:
    return sum(one <= most for one in distances) / len(distances)


def far(letter: int, length: int = 8) -> str:
    """Texts with nothing in common with those of another letter."""
    return chr(0x4E00 + letter) * length


def figures(made: TextAgreement) -> list[Estimate]:
    return [made.ks, made.sigma, made.alpha]


def parts(made: TextAgreement, part: str) -> list[float]:
    """Value, low or high of the three."""
    return [float(getattr(one, part)) for one in figures(made)]


def test_four_tickets_by_hand() -> None:
    assert_allclose(within(TICKETS), [0.18, 0.8056, 0.7119, 0], atol=5e-5)
    assert np.mean(within(TICKETS)) == pytest.approx(0.424355, abs=5e-7)
    assert np.mean(between(TICKETS)) == pytest.approx(0.760229, abs=5e-7)
    made = text_agreement(TICKETS, seed=1)
    assert made.alpha.value == pytest.approx(0.441806, abs=1e-6)
    assert made.ks.value == pytest.approx(0.583333, abs=5e-7)
    assert made.sigma.value == 0.5
    assert (made.pairs, made.pairs_in_all, made.by_chance, made.baseline, made.seed) == (4, 4, 2, 24, 1)
    assert [one.n for one in figures(made)] == [4, 4, 4]


@given(UNITS)
def test_the_figures_are_what_their_definitions_say(units: list[list[str]]) -> None:
    made = text_agreement(units, seed=3, draws=20)
    shared = [texts for texts in units if len(texts) > 1]
    observed, expected = within(shared), between(shared)
    if len(shared) < 2 or not any(expected):
        assert {one.value for one in figures(made)} == {None}
        assert all(one.reason for one in figures(made))
        return
    gaps = [share(observed, at) - share(expected, at) for at in {*observed, *expected}]
    # One in twenty, in whole numbers: of those that equal the distance half are counted.
    below = [sum(one < distance for one in expected) + expected.count(distance) / 2 for distance in observed]
    by_chance = [20 * one >= len(expected) for one in below]
    assert made.ks.value == pytest.approx(max(gaps))
    assert made.sigma.value == pytest.approx(1 - sum(by_chance) / len(by_chance))
    assert made.alpha.value == pytest.approx(1 - np.mean(observed) / np.mean(expected))
    assert made.by_chance == sum(by_chance)
    for one in figures(made):
        assert one.value is not None
        assert one.reason or (one.low is not None and one.high is not None and one.low <= one.value <= one.high)


@settings(max_examples=40)
@given(UNITS, some.randoms())
def test_the_order_of_items_and_of_their_texts_changes_nothing(units: list[list[str]], chance: random.Random) -> None:
    shuffled = [chance.sample(texts, len(texts)) for texts in chance.sample(units, len(units))]
    assert text_agreement(units, seed=3, draws=20) == text_agreement(shuffled, seed=3, draws=20)


@pytest.mark.parametrize(
    ("units", "reason"),
    [
        ([], NOTHING_SHARED),
        ([["a"], ["b"]], NOTHING_SHARED),
        ([["a", "b"], ["b"]], free_text.ONE_SHARED),
        ([["a", "a"], ["a", "a"]], free_text.NO_VARIATION),
        ([["", ""], ["", ""]], free_text.NO_VARIATION),
    ],
)
def test_without_two_shared_items_that_differ_there_is_a_reason(units: list[list[str]], reason: str) -> None:
    assert {(one.value, one.low, one.high, one.reason) for one in figures(text_agreement(units, seed=1))} == {
        (None, None, None, reason)
    }


def test_texts_that_are_equal_within_items_only_agree_fully_and_still_leave_doubt() -> None:
    made = text_agreement([[far(item)] * 2 for item in range(40)], seed=1)
    assert parts(made, "value") == [1, 1, 1]
    # Wilson's lower bound of 40 in 40; alpha takes a distance of 1 where an item does not agree, as between items.
    low = 1 / (1 + 1.959964**2 / 40)
    assert_allclose(parts(made, "low"), [low] * 3, atol=1e-6)
    assert (made.by_chance, made.ks.high) == (0, 1)


def test_texts_that_share_no_more_within_items_than_between_agree_not_at_all() -> None:
    made = text_agreement([[far(2 * item), far(2 * item + 1)] for item in range(40)], seed=1)
    assert parts(made, "value") == [0, 0, 0]
    assert made.by_chance == 40
    high = 1 - 1 / (1 + 1.959964**2 / 40)
    assert_allclose(parts(made, "high"), [high] * 3, atol=1e-6)


@pytest.mark.parametrize(("canned", "by_chance"), [(6, 0), (7, 20)])
def test_equal_texts_are_no_agreement_where_a_tenth_of_all_different_items_have_equal_ones(
    canned: int, by_chance: int
) -> None:
    items = [["Thank you!"] * 2] * canned + [[far(item)] * 2 for item in range(20 - canned)]
    assert canned * (canned - 1) / (20 * 19) == pytest.approx(0.1, abs=0.025)
    assert text_agreement(items, seed=1).by_chance == by_chance


def test_a_seed_gives_the_same_figures_again_and_another_one_other_bounds() -> None:
    first, again, other = (text_agreement(TICKETS * 3, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.alpha.value == other.alpha.value
    assert (first.alpha.low, first.alpha.high) != (other.alpha.low, other.alpha.high)


def test_the_interval_is_that_of_items_drawn_again() -> None:
    """Items are drawn whole: pairs of two copies of one item are neither within nor between."""
    made = text_agreement(TICKETS, seed=1, draws=4_000)
    chance = random.Random(5)
    drawn = []
    for _ in range(4_000):
        picked = [chance.randrange(4) for _ in TICKETS]
        observed = [one for item in picked for one in within([TICKETS[item]])]
        expected = [
            characters(a, b)
            for one, other in combinations(picked, 2)
            if one != other
            for a, b in product(TICKETS[one], TICKETS[other])
        ]
        if expected:
            drawn.append(1 - np.mean(observed) / np.mean(expected))
    bounds = [parts(made, part)[2] for part in ("low", "high")]
    assert_allclose(bounds, np.percentile(drawn, (2.5, 97.5)), atol=0.02)


def test_two_items_are_too_few_to_be_drawn_again() -> None:
    made = text_agreement(TICKETS[:2], seed=1)
    assert made.alpha.value is not None
    assert made.alpha.low is None
    assert made.alpha.reason is not None
    assert made.alpha.reason.startswith("no interval: too few items; ")


def test_any_distance_may_be_given() -> None:
    def words(one: str, other: str) -> float:
        return float(set(one.split()) != set(other.split()))

    made = text_agreement([["a b", "b a"], ["c", "d"], ["e", "e"]], seed=1, distance=words)
    assert made.alpha.value == pytest.approx(1 - (1 / 3) / 1)


def test_a_baseline_of_other_distances_takes_the_place_of_other_items() -> None:
    made = text_agreement(TICKETS, seed=1, baseline=[0.1, 0.2, 0.2, 0.3])
    assert made.alpha.value == pytest.approx(1 - np.mean(within(TICKETS)) / 0.2)
    assert (made.baseline, made.by_chance) == (4, 3)
    assert made.ks.value == pytest.approx(0.25)


def test_a_part_of_many_pairs_is_drawn_and_comes_close_to_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(2)
    units = []
    for _ in range(60):
        draft = "".join(chance.choices("abcdefgh", k=20))
        units.append([draft[: chance.randrange(20)] + "".join(chance.choices("abcdefgh", k=6)) for _ in range(4)])
    whole = text_agreement(units, seed=1, draws=50)
    monkeypatch.setattr(free_text, "MOST_WITHIN", 200)
    monkeypatch.setattr(free_text, "MOST_BETWEEN", 2_000)
    part = text_agreement(units, seed=1, draws=50)
    assert (whole.pairs, whole.baseline) == (360, 10_000)
    assert (part.pairs, part.pairs_in_all, part.baseline) == (200, 360, 2_000)
    assert_allclose(parts(part, "value"), parts(whole, "value"), atol=0.06)


def test_the_work_is_bounded_by_the_texts_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    units = [[far(item, 1_000), far(item, 1_000)] for item in range(20)]
    monkeypatch.setattr(free_text, "MOST_WORK", 5_000_000)
    made = text_agreement(units, seed=1, draws=50)
    assert made.baseline == 5, "five million signs by signs"
    assert made.pairs == 20, "texts that are equal are compared at a glance"
    monkeypatch.setattr(free_text, "MOST_WORK", 10)
    assert text_agreement(units, seed=1).ks.reason == free_text.TOO_LONG


def test_nothing_is_ever_nan() -> None:
    for units in (TICKETS, [["", "a"], ["b", "c"]], [["a", "a"], ["b", "b"]], [["a", "b"], ["a", "b"]] * 3):
        for one in figures(text_agreement(units, seed=1, draws=100)):
            assert all(math.isfinite(part) for part in (one.value, one.low, one.high) if part is not None)
