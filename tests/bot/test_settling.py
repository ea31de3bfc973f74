"""When answers to one draft agree enough to be gold, and which of them stands."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settling import Answer, Settled, settle
from storage.words import GoldKind, Verdict

APPROVED, EDITED, REJECTED, NOT_JUDGED = Verdict.APPROVED, Verdict.EDITED, Verdict.REJECTED, Verdict.NOT_JUDGED
DRAFT = "We have refunded the second payment of your plan today, and we are sorry for it"
NEAR = DRAFT.replace("today", "yesterday")  # one word of fifteen
FAR = "Please write to the app store: only they can give you your money back"


def said(label: int, verdict: Verdict = APPROVED, text: str | None = DRAFT, escalation: str | None = None) -> Answer:
    return Answer(label, verdict, text, escalation)


answers = st.builds(
    said,
    st.integers(1, 9),
    st.sampled_from(list(Verdict)),
    st.sampled_from([None, DRAFT, NEAR, FAR]),
    st.sampled_from([None, "other", "legal threat"]),
)


@given(answers)
def test_a_single_answer_is_gold_whatever_it_says(answer: Answer) -> None:
    assert settle([answer], likeness=1) == Settled(GoldKind.SINGLE, answer)


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        (said(1), said(2), True),
        (said(1), said(2, EDITED, NEAR), True),
        (said(1, EDITED, NEAR), said(2, EDITED, DRAFT), True),
        (said(1), said(2, EDITED, FAR), False),
        (said(1), said(2, escalation="other"), False),
        (said(1, escalation="other"), said(2, escalation="legal threat"), True),
        (said(1), said(2, REJECTED, None), False),
        (said(1), said(2, REJECTED, DRAFT), False),
        (said(1, REJECTED, None), said(2, REJECTED, None), True),
        (said(1, REJECTED, FAR), said(2, REJECTED, DRAFT), True),
        (said(1, NOT_JUDGED, None, "other"), said(2, NOT_JUDGED, None, "safety"), True),
        (said(1, NOT_JUDGED, None, "other"), said(2, APPROVED, DRAFT, "other"), False),
        (said(1, NOT_JUDGED, None, "other"), said(2, REJECTED, None), False),
    ],
)
def test_two_answers_are_gold_where_they_say_the_same(first: Answer, second: Answer, alike: bool) -> None:
    found = settle([first, second], likeness=0.9)
    assert found == (Settled(GoldKind.CONSENSUS, first) if alike else None)
    assert (settle([second, first], likeness=0.9) is not None) == alike


def test_texts_are_alike_at_the_threshold_itself() -> None:
    one, other = said(1, EDITED, "a b c d e f g h i j"), said(2, EDITED, "a b c d e f g h i x")
    assert settle([one, other], likeness=0.9) is not None
    assert settle([one, other], likeness=0.91) is None


def test_of_three_the_one_in_the_middle_stands() -> None:
    middle = said(2, EDITED, "a b c d e f g h i j")
    left, right = said(1, EDITED, "x b c d e f g h i j"), said(3, EDITED, "a b c d e f g h i y")
    for order in permutations([left, middle, right]):
        assert settle(order, likeness=0.8) == Settled(GoldKind.CONSENSUS, middle)


def test_two_near_ones_do_not_outvote_a_third() -> None:
    assert settle([said(1), said(2), said(3, EDITED, FAR)], likeness=0.9) is None


def test_the_earliest_of_equals_stands() -> None:
    first, second = said(7, EDITED, NEAR), said(3)
    assert settle([first, second], likeness=0.9) == Settled(GoldKind.CONSENSUS, first)


@given(st.lists(answers, min_size=2, max_size=4), st.floats(0, 1))
def test_gold_is_one_of_the_answers_and_its_order_decides_nothing_else(given: list[Answer], likeness: float) -> None:
    found = settle(given, likeness=likeness)
    assert (found is None) == (settle(given[::-1], likeness=likeness) is None)
    assert found is None or found.answer in given


@given(answers, st.integers(2, 4))
def test_the_same_answer_several_times_is_a_consensus(answer: Answer, times: int) -> None:
    assert settle([answer] * times, likeness=1) == Settled(GoldKind.CONSENSUS, answer)
