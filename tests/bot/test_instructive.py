"""The disputes that a lead reads first are those whose answers lie furthest apart."""

from bot.instructive import Contested, Said, most_instructive
from storage.words import Verdict

APPROVED, EDITED, REJECTED = Verdict.APPROVED, Verdict.EDITED, Verdict.REJECTED


def dispute(draft: int, *answers: Said, topic: str = "") -> Contested:
    return Contested(draft, topic or f"topic {draft}", answers)


ESCALATION = (Said(APPROVED, "Hello", None), Said(APPROVED, "Hello", "legal threat"))
REJECTION = (Said(APPROVED, "Hello there", None), Said(REJECTED, None, None))
FAR = (Said(EDITED, "You will get a refund today", None), Said(EDITED, "Please send us a photograph", None))
NEAR = (Said(EDITED, "You will get a refund today", None), Said(EDITED, "You will get a refund soon", None))


def test_escalation_weighs_more_than_rejection_and_that_more_than_words() -> None:
    found = [dispute(1, *NEAR), dispute(2, *FAR), dispute(3, *REJECTION), dispute(4, *ESCALATION)]
    assert most_instructive(found, most=4) == [4, 3, 2, 1]
    assert most_instructive(found, most=2) == [4, 3]


def test_each_topic_is_named_once_while_there_are_others() -> None:
    found = [
        dispute(1, *ESCALATION, topic="billing"),
        dispute(2, *ESCALATION, topic="billing"),
        dispute(3, *NEAR, topic="app"),
    ]
    assert most_instructive(found, most=2) == [1, 3]
    assert most_instructive(found, most=3) == [1, 3, 2]


def test_of_equals_the_first_comes_first() -> None:
    assert most_instructive([dispute(7, *FAR), dispute(5, *FAR)], most=2) == [7, 5]


def test_of_three_answers_the_two_furthest_apart_count() -> None:
    three = (*NEAR, Said(APPROVED, "Hello", "legal threat"))
    assert most_instructive([dispute(1, *REJECTION), dispute(2, *three)], most=1) == [2]


def test_nothing_in_dispute_is_nothing_to_read() -> None:
    assert most_instructive([], most=3) == []
    assert most_instructive([dispute(1)], most=3) == [1]
