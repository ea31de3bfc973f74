"""From what an agent submitted to a verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.verdicts import Judgement, approval, rejection, reply
from storage.words import Verdict

DRAFT = "Hello,  I have refunded it.\r\nKind regards "
judgements = st.builds(
    Judgement,
    st.sampled_from(list(Verdict)),
    st.none() | st.text(max_size=8),
    st.none() | st.just("other"),
    st.none() | st.just("unsafe"),
)


def test_approving_keeps_the_draft_and_asks_for_nobody() -> None:
    assert approval(DRAFT) == Judgement(Verdict.APPROVED, DRAFT, None, None)


@pytest.mark.parametrize(
    "typed", [DRAFT, "Hello,  I have refunded it.\nKind regards", " Hello,  I have refunded it.\nKind regards\n"]
)
def test_a_reply_that_nobody_changed_approves_the_draft_with_its_own_bytes(typed: str) -> None:
    assert reply(DRAFT, typed) == approval(DRAFT)


def test_a_changed_reply_is_an_edit_as_it_was_typed() -> None:
    assert reply(DRAFT, " Hello. ") == Judgement(Verdict.EDITED, " Hello. ")
    assert reply(None, "Hello.") == Judgement(Verdict.EDITED, "Hello.")


@pytest.mark.parametrize("typed", [None, "", " \n\t", "\u200b\ufeff", "\u0301"])
def test_an_escalation_without_a_reply_judges_nothing(typed: str | None) -> None:
    assert reply(DRAFT, typed, escalation="other") == Judgement(Verdict.NOT_JUDGED, None, "other")


def test_a_reply_can_be_escalated_too() -> None:
    assert reply(DRAFT, "Hello.", escalation="other") == Judgement(Verdict.EDITED, "Hello.", "other")
    assert reply(DRAFT, DRAFT, escalation="other") == Judgement(Verdict.APPROVED, DRAFT, "other")


@pytest.mark.parametrize(("typed", "kept"), [(None, None), (" ", None), ("\u2800", None), ("Better. ", "Better. ")])
def test_a_rejection_has_a_reason_and_perhaps_a_better_reply(typed: str | None, kept: str | None) -> None:
    assert rejection("unsafe", typed) == Judgement(Verdict.REJECTED, kept, None, "unsafe")


@pytest.mark.parametrize(
    ("draft", "text", "rate"),
    [
        ("one two three four", "one two three five", 0.25),
        ("one two", "one &amp; two ", 1 / 3),
        ("a &lt; b", "a < b", 0.0),
        (None, "one", None),
        ("one", None, None),
    ],
)
def test_the_edit_rate_is_the_share_of_words_changed(draft: str | None, text: str | None, rate: float | None) -> None:
    assert Judgement(Verdict.EDITED, text).edit_rate(draft) == (None if rate is None else pytest.approx(rate))


@given(judgements, judgements)
def test_to_say_the_same_is_mutual(one: Judgement, other: Judgement) -> None:
    assert one.equals(one)
    assert one.equals(other) == other.equals(one)


@pytest.mark.parametrize(
    "other",
    [
        Judgement(Verdict.REJECTED, "Hello there", "other"),
        Judgement(Verdict.EDITED, "Hello", "other"),
        Judgement(Verdict.EDITED, None, "other"),
        Judgement(Verdict.EDITED, "Hello there", "legal threat"),
        Judgement(Verdict.EDITED, "Hello there", None),
        Judgement(Verdict.EDITED, "Hello there", "other", "unsafe"),
    ],
)
def test_each_part_of_an_answer_counts(other: Judgement) -> None:
    said = Judgement(Verdict.EDITED, "Hello there", "other")
    assert not said.equals(other)
    assert said.equals(Judgement(Verdict.EDITED, " Hello there\r\n", "other"))
