"""What an admin typed is read without loss, and what a field does not take is found."""

from dataclasses import replace

import pytest

from bot import wishes
from bot.wishes import Complaint, Wishes, Wrong

PLAIN = Wishes(
    leads=["U0LEA"],
    digest_channel="C0LEADS001",
    digest_time="09:00",
    guideline="Be kind.",
    time_zone="Europe/Berlin",
    working_days=[0, 1],
    overlap_share=None,
    open_cards=10,
    escalation_channel=None,
    escalation_reasons=["safety"],
    tags=["legal"],
    targets=[("billing", 0.4)],
    reviewers=[],
    second_looks=True,
    context_template=None,
    model=None,
    writes_drafts=True,
    exports_slack_drafts=False,
    retention_days=None,
)


def test_what_was_not_sent_stays_as_it_was() -> None:
    assert wishes.read({}, PLAIN) == PLAIN
    assert wishes.read({"guideline": "Other."}, PLAIN) == replace(PLAIN, guideline="Other.")


@pytest.mark.parametrize(
    ("name", "typed", "read"),
    [
        ("tags", " fraud \n\nminors\t at risk\r\n", ["fraud", "minors at risk"]),
        ("tags", None, []),
        ("targets", "account: 20\n\n billing/refund  40 %\n", [("billing/refund", 0.4), ("account", 0.2)]),
        ("targets", None, []),
        ("working_days", ["6", "0"], [0, 6]),
        ("overlap_share", "auto", None),
        ("overlap_share", "0.2", 0.2),
        ("open_cards", "3", 3),
        ("open_cards", "many", 0),
        ("open_cards", "², ", 0),
        ("open_cards", None, 0),
        ("second_looks", [], False),
        ("writes_drafts", ["yes"], True),
        ("context_template", "  ", None),
        ("context_template", "\u200b", None),
        ("guideline", "\u200b \u3164", ""),
        ("escalation_reasons", "legal\n\u200b\n \u3164", ["legal"]),
        ("model", " gpt ", "gpt"),
        ("reviewers", None, []),
        ("escalation_channel", None, None),
    ],
)
def test_a_field_is_read(name: str, typed: object, read: object) -> None:
    assert getattr(wishes.read({name: typed}, PLAIN), name) == read


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("tags", ["a|b"], Complaint(Wrong.BAR, "a|b")),
        ("tags", ["A", "b", "a"], Complaint(Wrong.TWICE, "A")),
        ("tags", ["x" * 76], Complaint(Wrong.LONG_LINE, "x" * 76)),
        ("tags", [str(number) for number in range(51)], Complaint(Wrong.MANY_LINES, "51")),
        ("tags", [f"{number:02} {'x' * 72}" for number in range(50)], Complaint(Wrong.LONG)),
        ("targets", [("billing", 0.5), ("40 %", None)], Complaint(Wrong.TARGET, "40 %")),
        ("targets", [("Billing", 0.2), ("account", 0.2), ("billing", 0.1)], Complaint(Wrong.TWICE, "Billing")),
        ("targets", [("billing", 0.7), ("account", 0.305)], Complaint(Wrong.TOO_MUCH, "100.5")),
        ("targets", [(str(number), 0.01) for number in range(51)], Complaint(Wrong.MANY_LINES, "51")),
        ("targets", [(f"{number:02} {'x' * 72}", 0.01) for number in range(50)], Complaint(Wrong.LONG)),
        ("escalation_reasons", [], Complaint(Wrong.EMPTY)),
        ("open_cards", 0, Complaint(Wrong.NUMBER)),
        ("open_cards", 101, Complaint(Wrong.NUMBER)),
        ("time_zone", "Mars/Base", Complaint(Wrong.ZONE, "Mars/Base")),
        ("guideline", "x" * 3_001, Complaint(Wrong.LONG)),
        ("context_template", "{guideline} {context.} {}", Complaint(Wrong.PLACEHOLDER, "{context.}")),
        ("context_template", "x" * 3_001, Complaint(Wrong.LONG)),
    ],
)
def test_what_a_field_does_not_take_is_found(name: str, value: object, complaint: Complaint) -> None:
    changed: Wishes = replace(PLAIN, **{name: value})  # type: ignore[arg-type]
    assert wishes.complaints(changed) == {name: complaint}


def test_every_placeholder_that_is_known_is_taken() -> None:
    template = "{guideline}\n{context}\n{context.plan} and {context.app.version}, { not closed"
    assert wishes.complaints(replace(PLAIN, context_template=template)) == {}


def test_shares_that_make_up_everything_are_taken() -> None:
    thirds = [("a", 0.1), ("b", 0.2), ("c", 0.7)]  # as floats they add up to more than 1
    assert wishes.complaints(replace(PLAIN, targets=thirds)) == {}


def test_white_space_around_the_guideline_is_no_difference() -> None:
    assert wishes.same(PLAIN, replace(PLAIN, guideline="Be kind.  \n"))
    assert not wishes.same(PLAIN, replace(PLAIN, guideline="Be brief."))
    assert not wishes.same(PLAIN, replace(PLAIN, open_cards=9))
