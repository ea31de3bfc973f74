"""HTER against published examples, its bounds, and the reference that others compute with."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sacrebleu.metrics.ter import TER

from bot.measures.hter import MOST_WORDS, MOST_WORK, Hter, hter

WORDS = some.lists(some.sampled_from(["we", "refund", "you", "today", "Sorry", "the", "fee"]), max_size=12)


def test_the_example_of_snover_2006() -> None:
    draft = "THIS WEEK THE SAUDIS denied information published in the new york times"
    final = "SAUDI ARABIA denied THIS WEEK information published in the AMERICAN new york times"
    assert hter(draft, final).value == pytest.approx(4 / 13)


@pytest.mark.parametrize(
    ("draft", "final", "rate"),
    [("d e f g h a b c", "a b c d e f g h", 0.125), ("", "a", 1), ("a", "", 1), ("", "", 0), ("Hello", "hello", 0)],
)
def test_a_move_is_one_change_and_empty_texts_have_their_rate(draft: str, final: str, rate: float) -> None:
    assert hter(draft, final).value == rate


@given(WORDS, WORDS)
def test_it_is_what_sacrebleu_says(draft: list[str], final: list[str]) -> None:
    said = TER().sentence_score(" ".join(draft), [" ".join(final)]).score / 100
    assert hter(" ".join(draft), "  ".join(final)).value == pytest.approx(said)


def test_beyond_its_bounds_moved_words_are_removed_and_added_ones() -> None:
    longest = [f"w{number}" for number in range(MOST_WORDS)]
    assert hter(" ".join(longest), " ".join(longest)) == Hter(0)
    grown, shrunk = (
        hter(" ".join(longest), " ".join(["one", *longest])),
        hter(" ".join(["one", *longest]), " ".join(longest)),
    )
    assert (grown.value, shrunk.value) == (1 / (MOST_WORDS + 1), 1 / MOST_WORDS)
    assert grown.reason == shrunk.reason == "moved words were not looked for: more than 2,000 words"
    gone = hter(" ".join(["one", *longest]), "")
    assert gone.value == MOST_WORDS + 1


def test_many_moved_words_of_a_long_text_are_not_looked_for() -> None:
    words = [f"w{number}" for number in range(100)]
    other = [f"v{number}" for number in range(100)]
    assert hter(" ".join(words), " ".join(other)).value == 1, "nothing can have been moved"
    fits = MOST_WORK // 100 // 2
    # Each word of a moved block is taken out at one place and put in at another.
    few, many = ([*words[block : block + 30], *words[:block], *words[block + 30 :]] for block in (5, fits + 1))
    assert hter(" ".join(few), " ".join(words)).value == 0.01
    assert hter(" ".join(many), " ".join(words)) == Hter(0.52, "moved words were not looked for: too much was changed")
