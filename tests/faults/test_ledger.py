"""The judge of the fault tests: which histories can be true to what people saw, and which cannot."""

import pytest

from tests.faults.kept import histories
from tests.faults.ledger import Answer, Ledger, Said, contradiction

APPROVED, EDITED, UNDONE = Answer("approved", "Hello."), Answer("edited", "Hello, Ana."), Answer("", withdrawn=True)


def said(*answers: Answer, confirmed: bool = True) -> list[Said]:
    return [Said(one, confirmed) for one in answers]


def unsure(*answers: Answer) -> list[Said]:
    return said(*answers, confirmed=False)


@pytest.mark.parametrize(
    ("meant", "stored"),
    [
        (said(APPROVED), [APPROVED]),
        (said(APPROVED, UNDONE, EDITED), [APPROVED, UNDONE, EDITED]),
        (unsure(APPROVED), []),
        (unsure(APPROVED), [APPROVED]),
        (unsure(APPROVED) + said(APPROVED), [APPROVED]),
        (unsure(APPROVED) + said(EDITED), [APPROVED, EDITED]),
        (unsure(APPROVED) + said(EDITED), [EDITED]),
        (said(UNDONE), []),
    ],
    ids=["once", "each", "never came", "came unseen", "the same again", "both", "the second", "nothing to undo"],
)
def test_a_history_that_can_be_true_is_accepted(meant: list[Said], stored: list[Answer]) -> None:
    assert contradiction(meant, stored) is None


@pytest.mark.parametrize(
    ("meant", "stored"),
    [
        (said(APPROVED), []),
        (said(EDITED), [APPROVED]),
        (said(Answer("edited", "Hello,  Ana.")), [EDITED]),
        (said(APPROVED), [APPROVED, APPROVED]),
        (said(APPROVED), [APPROVED, EDITED]),
        (said(APPROVED, UNDONE), [APPROVED]),
        (said(APPROVED, EDITED), [EDITED, APPROVED]),
        ([], [APPROVED]),
        (unsure(APPROVED, APPROVED), [APPROVED, APPROVED]),
    ],
    ids=["lost", "another", "a space lost", "twice", "more", "undo lost", "reversed", "nobody's", "a repeat stored"],
)
def test_a_history_that_cannot_be_true_is_named(meant: list[Said], stored: list[Answer]) -> None:
    assert contradiction(meant, stored) is not None


def test_saving_the_same_again_takes_a_slot_that_came_free_and_is_no_second_answer() -> None:
    bea, chen = ("bea", 1, "approved", "Hello.", None, False), ("chen", 1, "approved", "Hello.", None, False)
    undone = (*bea[:5], True)
    assert histories([bea, chen, undone, chen]) == {("bea", 1): [APPROVED, UNDONE], ("chen", 1): [APPROVED]}
    assert histories([bea, undone, chen, chen])["chen", 1] == [APPROVED, APPROVED]
    assert histories([bea, chen, undone, chen, chen])["chen", 1] == [APPROVED, APPROVED]


def test_what_was_seen_called_off_or_erased_keeps_no_new_draft_waiting() -> None:
    ledger = Ledger(accepted={f"ticket-{draft}": draft for draft in range(1, 6)})
    ledger.means("ana", 1, APPROVED)
    ledger.withdrawals[2], ledger.erasures[3] = True, False
    assert ledger.unseen() == {4, 5}
