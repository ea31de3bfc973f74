"""The wished-for mix is read as people write it, and what is shown again reads the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import targets


@pytest.mark.parametrize(
    ("line", "topic", "share"),
    [
        ("billing 40", "billing", 0.4),
        ("billing: 40%", "billing", 0.4),
        ("billing :40 %", "billing", 0.4),
        ("billing/refund\t12,5", "billing/refund", 0.125),
        ("/billing/refund/ 12.25 %", "billing/refund", 0.1225),
        ("late delivery, tier 2: 7", "late delivery, tier 2", 0.07),
        ("2024 100", "2024", 1.0),
        ("nobody asks for it 0", "nobody asks for it", 0.0),
        ("too much 250", "too much", 2.5),
    ],
)
def test_a_topic_and_its_percentage_are_read(line: str, topic: str, share: float) -> None:
    assert targets.read(line) == [(topic, share)]


@pytest.mark.parametrize(
    "line", ["billing", "40", ": 40", "/ 40 %", "billing40", "billing forty", "billing 12.345", "billing -5", "b 1000"]
)
def test_a_line_that_is_no_topic_with_a_percentage_keeps_its_words(line: str) -> None:
    assert targets.read(f"{line}\naccount 10") == [("account", 0.1), (line, None)]


@pytest.mark.parametrize(
    ("typed", "topic"),
    [
        ("Billing", "billing"),
        ("BILLING/refund", "billing/refund"),
        ("Billing › Refund", "billing/refund"),
        ("Billing › Late fee", "billing/Late fee"),
        ("Late delivery", "late_delivery"),
        ("account", "account"),
        ("Account", "Account"),
        ("Bill", "Bill"),
        ("Toys › Games", "Toys › Games"),
    ],
)
def test_a_name_is_that_of_the_drafts_where_only_its_looks_differ(typed: str, topic: str) -> None:
    known = ["billing/refund", "late_delivery", "account/a", "Account"]
    assert targets.as_drafts_have_them([(typed, 0.2)], known) == [(topic, 0.2)]


def test_what_no_draft_lies_under_is_named() -> None:
    wished = {"billing": 0.5, "billing/refund": 0.1, "bill": 0.2, "billing/refund/late": 0.2}
    assert targets.of_no_draft(wished, ["billing/refund"]) == ["bill", "billing/refund/late"]


topics = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1).map(lambda one: one.strip(" :/"))
shares = st.integers(0, 10_000).map(lambda hundredths: hundredths / 10_000)


@given(st.dictionaries(topics.filter(bool), shares))
def test_what_is_shown_again_reads_the_same(stored: dict[str, float]) -> None:
    assert targets.read(targets.written(stored)) == targets.listed(stored)
