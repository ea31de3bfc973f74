"""Columns become submissions, whatever they are called."""

from typing import Any

import pytest

from bot.import_files import Line
from bot.import_rows import MappingError, Reader, Refused, Row, columns_of, parse_mapping


def read(values: dict[str, Any], *, mapping: dict[str, str] | None = None, dotted: bool = True) -> Row | Refused:
    return Reader("C1", mapping or {}, dotted).read(Line(7, values))


def row(values: dict[str, Any], **how: Any) -> Row:
    found = read(values, **how)
    assert isinstance(found, Row), found
    return found


def test_every_column_finds_its_place() -> None:
    values = {
        "external_id": 12,
        "customer": " Help ",
        "draft": "Hello",
        "topic": "billing",
        "source": "email",
        "url": "https://desk.example/7",
        "group": "T-1",
        "model": "m-1",
        "language": "en",
        "priority": "5",
        "context.plan": "Pro",
        "context": {"seats": 7},
        "reply": "Hi",
        "annotator": "Kim",
        "Other": "x",
    }
    found = row(values)
    sent = found.submission
    assert (found.number, sent.channel, sent.external_id, sent.prompt) == (7, "C1", "12", " Help ")
    assert (sent.draft, sent.topic, sent.source, sent.url) == ("Hello", "billing", "email", "https://desk.example/7")
    assert (sent.group, sent.model, sent.language, sent.priority) == ("T-1", "m-1", "en", 5)
    assert sent.context == {"plan": "Pro", "seats": 7}
    assert found.past is not None
    assert (found.past.reply, found.past.annotator) == ("Hi", "Kim")


def test_an_empty_cell_is_no_value() -> None:
    found = row({"customer": "Help", "draft": " ", "priority": "", "reply": "\n", "annotator": "Kim", "context.a": ""})
    assert (found.submission.draft, found.submission.priority, found.submission.context) == (None, 0, {})
    assert found.past is None
    unseen = row({"customer": "Help", "draft": "\u200b", "reply": "\ufeff"})
    assert (unseen.submission.draft, unseen.past) == (None, None)
    past = row({"customer": "Help", "reply": "Hi"}).past
    assert past is not None
    assert past.annotator == "imported"


def test_json_may_bring_a_whole_conversation() -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    assert row({"conversation": turns}).submission.turns == turns


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"draft": "Hello"}, "customer: is empty"),
        ({"draft": "Hello", "customer": "\u3164"}, "customer: is empty"),
        ({"customer": "Hi", "draft": "x" * 48_001}, "draft: has more than 48,000 characters"),
        ({"customer": "Hi", "reply": "x" * 48_001}, "reply: has more than 48,000 characters"),
        ({"customer": "x" * 96_001}, "the row: conversation has more than 96,000 characters"),
        ({"customer": "Hi", "priority": "high"}, "priority: must be a whole number"),
        ({"customer": "Hi", "priority": 101}, "priority: must be at most 100"),
        ({"customer": "Hi", "url": "notaurl"}, "url: must begin with https:// or http://"),
        ({"customer": ["Hi"]}, "customer: must be a text"),
        ({"customer": True}, "customer: must be a text"),
        ({"customer": "Hi", "external_id": float("nan")}, "external_id: must be a text, or a number that has an end"),
        ({"customer": "Hi", "external_id": float("inf")}, "external_id: must be a text, or a number that has an end"),
        ({"customer": "Hi", "external_id": 10**400}, "external_id: must have at most 200 characters"),
        ({"customer": "Hi", "context": "Pro"}, "context: must be an object of names and values"),
        ({"customer": "Hi", "context": [1]}, "context: must be an object of names and values"),
        ({"customer": "Hi", "language": "as Ana speaks"}, "language: must be the short name of a language"),
        ({"customer": "a\0b"}, "the row: holds a character that no text can have"),
        ({"customer": "Hi", "reply": "a\0b"}, "the row: holds a character that no text can have"),
        ({"customer": "Hi", "conversation": [{"role": "user", "content": "x"}]}, "give either conversation or prompt"),
    ],
)
def test_a_row_that_is_wrong_says_which_column_and_why(values: dict[str, Any], reason: str) -> None:
    found = read(values)
    assert isinstance(found, Refused)
    assert reason in found.reason
    assert (found.number, found.values) == (7, values)


def test_names_are_mapped_and_paths_lead_into_objects() -> None:
    mapping = parse_mapping(["external_id=id, customer=messages.0.body", "context.plan=account.plan,draft=a.b"])
    values = {"id": 3, "messages": [{"body": "Help"}], "account": {"plan": "Pro"}, "a.b": "Hello", "draft": "unused"}
    sent = row(values, mapping=mapping).submission
    assert (sent.external_id, sent.prompt, sent.context, sent.draft) == ("3", "Help", {"plan": "Pro"}, "Hello")
    reader = Reader("C1", mapping, dotted=True)
    reader.read(Line(1, {"messages": [], "account": 5, "id": 1, "a.b": "", "topic": "x", "modle": "y"}))
    assert reader.never_filled == {"customer", "context.plan", "draft"}
    assert [*reader.unused] == ["modle"]


def test_an_empty_context_is_none() -> None:
    assert row({"customer": "Hi", "context": ""}).submission.context == {}
    assert row({"customer": "Hi", "context": None}).submission.context == {}
    assert row({"customer": "Hi", "context": "Pro"}, mapping={"topic": "context"}).submission.topic == "Pro"


def test_a_path_that_counts_further_than_any_list_leads_nowhere() -> None:
    mapping = parse_mapping([f"topic=messages.{'9' * 5_000}.x"])
    assert row({"customer": "Hi", "messages": ["a"]}, mapping=mapping).submission.topic == ""


def test_columns_named_like_ours_need_no_mapping_and_letter_case_does_not_count() -> None:
    names = ["Customer", "DRAFT", "Context.Plan", "Ticket", "", "topic"]
    assert columns_of(names, {"topic": "Ticket"}) == {
        "customer": "Customer",
        "draft": "DRAFT",
        "context.Plan": "Context.Plan",
        "topic": "Ticket",
    }


@pytest.mark.parametrize(
    ("names", "mapping", "words"),
    [
        (["draft"], {}, "No column says what the customer wrote. The file has draft: name yours with --map customer="),
        (["Body"], {"customer": "body"}, "The file has no column body. It has Body."),
    ],
)
def test_a_file_whose_columns_do_not_fit_says_which_there_are(
    names: list[str], mapping: dict[str, str], words: str
) -> None:
    with pytest.raises(MappingError) as error:
        columns_of(names, mapping)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("customer", "maps nothing"),
        ("customer=", "maps nothing"),
        ("Body=customer", "has no column Body"),
        ("context.=x", "has no column context."),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(part: str, words: str) -> None:
    with pytest.raises(MappingError, match=words):
        parse_mapping([part])


def test_a_row_that_was_mended_in_the_wrong_place_is_told_where() -> None:
    refused = read({"assay_unread": "T2,My bill,Hello", "assay_line": 3})
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("assay_unread: this row could not be read before; write its cells into")
