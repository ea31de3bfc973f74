"""Assay's own labels.jsonl is read as the digest reads the database."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.label_files.labels import LabelFile, read_labels
from bot.label_files.measuring import counts_of
from bot.label_files.rows import LabelFileError, read_columns

ROW: Mapping[str, Any] = {
    "draft": 1,
    "external_id": "T-1",
    "agent": "U1",
    "kind": "counted",
    "revision": 1,
    "newest": True,
    "withdrawn": False,
    "in_slot": True,
    "second_look": False,
    "verdict": "approved",
    "escalation": None,
    "tags": [],
    "text": "Hello.",
    "draft_text": "Hello.",
    "exposed": False,
    "shared": True,
    "state": "settled",
}
TOMBSTONE = {"draft": 9, "erased": True, "at": "2026-11-20T09:00:00+00:00"}


def of(*rows: Mapping[str, Any], **options: Any) -> LabelFile:
    return read_labels([f"{json.dumps(row)}\n" for row in rows], **options)


def changed(**more: Any) -> dict[str, Any]:
    return {**ROW, **more}


def test_of_an_answer_that_was_changed_the_last_revision_counts() -> None:
    file = of(ROW, changed(agent="U2"), changed(revision=2, verdict="edited"), ROW)
    assert (file.units(), file.left_out, file.repeated) == ([["edited", "approved"]], {}, 0)


def test_what_was_said_after_another_could_be_seen_gives_way_to_what_was_said_before() -> None:
    file = of(ROW, changed(revision=2, verdict="rejected", exposed=True), changed(agent="U2"))
    assert file.units() == [["approved", "approved"]]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"kind": "imported", "in_slot": False, "shared": False}, "imported"),
        ({"kind": "extra", "in_slot": False}, "extra, late or second looks"),
        ({"second_look": True, "in_slot": False}, "extra, late or second looks"),
        ({"shared": False}, "to drafts that one person is asked for"),
        ({"state": "withdrawn"}, "to drafts that were taken back"),
        ({"withdrawn": True, "revision": 2}, "undone"),
        ({"exposed": True}, "given after another could be seen"),
        ({"verdict": "not_judged"}, "without a verdict on a draft"),
        ({"draft_text": None}, "without a verdict on a draft"),
        ({"draft": 9}, "erased"),
    ],
)
def test_every_answer_that_stands_apart_is_counted_by_why(more: Mapping[str, Any], why: str) -> None:
    file = of(TOMBSTONE, ROW, changed(agent="U2"), changed(agent="U3", **more))
    assert (file.units(), file.left_out) == ([["approved", "approved"]], {why: 1})
    assert counts_of(file)["left_out"] == {why: 1}


def test_an_answer_that_was_undone_is_none_whatever_it_said_before() -> None:
    file = of(ROW, changed(agent="U2"), changed(revision=2, withdrawn=True))
    assert (file.units(), file.left_out) == ([["approved"]], {"undone": 1})


def test_another_question_is_asked_by_naming_its_field() -> None:
    rows = [ROW, changed(agent="U2", escalation="Legal threat", tags=["b", "a"], verdict="edited", text="Bye.")]
    assert of(*rows, columns=read_columns(["label=escalation"])).units() == [["no", "yes"]]
    assert of(*rows, ours="tags", empty=True).units() == [["", "b|a"]]
    assert of(*rows, ours="text").units() == [["Bye."]]
    named = read_columns(["item=draft,annotator=agent,label=verdict"])
    assert of(*rows, columns=named).units() == of(*rows).units() == [["approved", "edited"]]


def test_other_files_are_read_row_by_row_as_they_were() -> None:
    row = {"item": "1", "annotator": "a", "label": "yes", "draft": 1, "kind": "x"}
    file = of(row)
    assert (file.units(), file.left_out, "left_out" in counts_of(file)) == ([["yes"]], None, False)
    with pytest.raises(LabelFileError, match=r"^Line 2 is no line of Assay's export"):
        of(ROW, row)


def test_an_export_without_a_blind_answer_says_what_it_has() -> None:
    with pytest.raises(LabelFileError, match=r"no blind answer .* Left out: 1 to drafts that one person is asked for"):
        of(changed(shared=False))
