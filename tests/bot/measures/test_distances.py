"""Distances between texts and chrF against published examples and the libraries that others compute with."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from numpy.testing import assert_array_equal
from rapidfuzz.distance import OSA, DamerauLevenshtein, Levenshtein
from sacrebleu.metrics.chrf import CHRF

from bot.measures import distances
from bot.measures.distances import CHRF_SIGNATURE, MOST_CHARACTERS, characters, characters_pairwise, chrf
from bot.measures.hter import hter
from tests.bot.measures.test_free_text import TICKETS

TEXTS = some.text("ab cd", max_size=12)


@pytest.mark.parametrize(
    ("one", "other", "edits"), [("kitten", "sitting", 3), ("intention", "execution", 5), ("CA", "ABC", 3)]
)
def test_the_classic_examples_of_edit_distance(one: str, other: str, edits: int) -> None:
    assert characters(one, other) == pytest.approx(edits / max(len(one), len(other)))


def test_neighbours_that_changed_places_are_two_edits_and_replacing_costs_one() -> None:
    """So it is Levenshtein's distance, not Damerau's, not optimal string alignment, not with replacing at two."""
    assert [one.distance("CA", "ABC") for one in (Levenshtein, OSA, DamerauLevenshtein)] == [3, 3, 2]
    assert Levenshtein.distance("intention", "execution", weights=(1, 1, 2)) == 8
    assert characters("ab", "ba") == 1


@given(some.lists(some.tuples(TEXTS, TEXTS)), some.booleans())
def test_many_pairs_at_once_are_each_pair_alone(pairs: list[tuple[str, str]], close: bool) -> None:
    ones, others = [one for one, _ in pairs], [other for _, other in pairs]
    assert_array_equal(characters_pairwise(ones, others, close=close), [characters(*pair) for pair in pairs])


def test_close_or_not_long_texts_have_the_same_distance() -> None:
    text = "".join(chr(97 + (number * number) % 23) for number in range(3_000))
    other = text[500:] + text[:700]
    one, another = (characters_pairwise([text], [other], close=close)[0] for close in (True, False))
    assert one == another == characters(text, other)


def test_the_edits_of_four_tickets_have_their_hter() -> None:
    assert [hter(*edits).value for edits in TICKETS] == pytest.approx([0.375, 5 / 6, 6 / 11, 0])


def test_chrf_has_the_signature_that_sacrebleu_prints() -> None:
    printed = CHRF()
    printed.sentence_score("a", ["b"])
    assert str(printed.get_signature()).startswith(f"{CHRF_SIGNATURE}|version:")


@given(some.text(max_size=40), some.text(max_size=40))
def test_chrf_is_what_sacrebleu_says_of_whatever_was_typed(draft: str, final: str) -> None:
    expected = 100 if draft == final else CHRF().sentence_score(draft, [final]).score
    assert chrf(draft, final).value == pytest.approx(expected)
    assert hter(draft, final).value >= 0


def test_chrf_of_one_letter_more() -> None:
    """By hand: of "abc" and "abcd" the runs shared are 3 of 3 and 4, 2 of 2 and 3, 1 of 1 and 2; longer runs count
    only where both texts have them. Precision 1, recall (3/4 + 2/3 + 1/2) / 3 = 23/36, beta 2."""
    recall = 23 / 36
    assert chrf("abc", "abcd").value == pytest.approx(100 * 5 * recall / (4 + recall))


def test_chrf_has_roles_and_equal_texts_have_all_of_it() -> None:
    assert chrf("abc", "abcd") != chrf("abcd", "abc")
    assert (chrf("", "").value, chrf("", "a").value, chrf("a", "").value) == (100, 0, 0)


def test_beyond_its_bound_chrf_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chrf("a" * (MOST_CHARACTERS + 1), "a").reason == "more than 60,000 characters"
    assert chrf("a", "b" * (MOST_CHARACTERS + 1)).value is None
    monkeypatch.setattr(distances, "MOST_CHARACTERS", 3)
    assert chrf("abcd", "abcd").value == 100
