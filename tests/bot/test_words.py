"""Differences as a person sees them: in words."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import Kind, Piece, changed_words, diff, edit_rate, likeness, tokens

FRAGMENTS = [
    *["your ", "refund", " is ", "Ana", ",", ".", "!", " ", "\n\n", "  ", "don't", "’", "1,200.50", "-", "...", "_"],
    *["e\u0301", "\u0301", "हिन्दी", "返金", "สวัสดี", "🎉", "👩\u200d👧", "🇩🇪", "👍🏽", "\t"],
]
texts = st.one_of(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join), st.text(max_size=40))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi Ana, don't wait!", ["Hi", "Ana", ",", "don't", "wait", "!"]),
        ("it’s 1,200.50 at 10:30.", ["it’s", "1,200.50", "at", "10:30", "."]),
        ("“Well...” (re-open)", ["“", "Well", "...", "”", "(", "re", "-", "open", ")"]),
        ("cafe\u0301 हिन्दी", ["cafe\u0301", "हिन्दी"]),
        ("返金。ガ", ["返", "金", "。", "ガ"]),
        ("👩\u200d👧👍🏽🇩🇪🇫🇷 ok", ["👩\u200d👧", "👍🏽", "🇩🇪", "🇫🇷", "ok"]),
        (" \n\t", []),
        ("", []),
    ],
)
def test_tokens_are_words_and_marks(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@given(texts)
def test_tokens_leave_out_white_space_only(text: str) -> None:
    assert "".join(tokens(text)) == "".join(text.split())


def test_the_edit_rate_is_the_share_of_tokens_that_differ() -> None:
    assert edit_rate("", "") == 0
    assert edit_rate("", "Hi") == 1
    assert edit_rate("one two three four", "one 2 three four") == 0.25
    assert edit_rate("one two", "one two three four") == 0.5
    assert edit_rate("one two", "one\n\n two") == 0


@given(texts, texts)
def test_the_edit_rate_is_symmetric_and_between_nought_and_one(a: str, b: str) -> None:
    assert 0 <= edit_rate(a, b) <= 1
    assert edit_rate(a, b) == edit_rate(b, a)
    assert (edit_rate(a, b) == 0) == (tokens(a) == tokens(b))


@pytest.mark.parametrize(
    ("after", "count"),
    [
        ("Your refund is on its way.", 0),
        ("Your refund is on its way!", 0),
        ("Your money is on its way.", 1),
        ("Your refund of $20 is on its way.", 3),
        ("Your refund is on the way. 🎉", 2),
        ("", 6),
    ],
)
def test_changed_words_are_those_a_person_would_count(after: str, count: int) -> None:
    assert changed_words("Your refund is on its way.", after) == count


@given(texts, texts, texts)
def test_changed_words_are_a_distance(a: str, b: str, c: str) -> None:
    assert changed_words(a, a) == 0
    assert changed_words(a, b) == changed_words(b, a)
    assert changed_words(a, c) <= changed_words(a, b) + changed_words(b, c)


def test_likeness_sees_no_formatting() -> None:
    assert likeness("Tom & Ana\r\n", "Tom &amp; Ana") == 1
    assert likeness("", "") == 1
    assert likeness("yes", "no") == 0
    assert likeness("one two three four", "one two three 4") == 0.75


@given(texts, texts)
def test_a_diff_holds_both_texts_to_the_byte(before: str, after: str) -> None:
    pieces = diff(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != Kind.ADDED) == before
    assert "".join(piece.text for piece in pieces if piece.kind != Kind.REMOVED) == after
    assert all(piece.text for piece in pieces)


@given(texts, texts)
def test_neighbours_in_a_diff_differ_in_kind_and_the_removed_comes_first(before: str, after: str) -> None:
    kinds = [piece.kind for piece in diff(before, after)]
    assert all(one != two for one, two in pairwise(kinds))
    assert (Kind.ADDED, Kind.REMOVED) not in pairwise(kinds)


@given(texts)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert diff(text, text) == ([Piece(Kind.KEPT, text)] if text else [])


@given(
    st.lists(st.sampled_from(["your", "refund", "it's", ",", "soon"])),
    st.lists(st.sampled_from(["your", "money", ",", "soon"])),
)
def test_a_diff_cuts_no_word(before: list[str], after: list[str]) -> None:
    pieces = diff(" ".join(before), " ".join(after))
    assert [token for piece in pieces if piece.kind != Kind.ADDED for token in tokens(piece.text)] == before
    assert [token for piece in pieces if piece.kind != Kind.REMOVED for token in tokens(piece.text)] == after


def shown(before: str, after: str) -> str:
    marks = {Kind.KEPT: "{}", Kind.REMOVED: "[-{}-]", Kind.ADDED: "[+{}+]"}
    return "".join(marks[piece.kind].format(piece.text) for piece in diff(before, after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("It was issued.", "It will be issued.", "It [-was-][+will be+] issued."),
        ("a refund", "a full refund", "a [+full +]refund"),
        ("a full refund", "a refund", "a [-full -]refund"),
        ("Hi Ana, bye", "Dear Bea, bye", "[-Hi Ana-][+Dear Bea+], bye"),
        ("Hi Ana, we wait", "Dear Bea, they wait", "[-Hi Ana, we-][+Dear Bea, they+] wait"),
        ("one\ntwo", "one\n\ntwo", "one\n[+\n+]two"),
        ("", "new", "[+new+]"),
        ("$1,200.50", "$1,300.50", "$[-1,200.50-][+1,300.50+]"),
    ],
)
def test_a_diff_reads_well(before: str, after: str, expected: str) -> None:
    assert shown(before, after) == expected


def test_texts_too_different_to_compare_whole_keep_their_beginning_their_end_and_their_bytes() -> None:
    before = "始" + "甲乙" * 10_000 + "終"
    after = "始" + "丙丁" * 10_000 + "終"
    pieces = diff(before, after)
    assert [piece.kind for piece in pieces] == [Kind.KEPT, Kind.REMOVED, Kind.ADDED, Kind.KEPT]
    assert "".join(piece.text for piece in pieces if piece.kind != Kind.REMOVED) == after


def test_a_change_far_into_a_very_long_text_is_found() -> None:
    before, after = "甲" * 30_000 + "乙" + "丙" * 17_000, "甲" * 30_000 + "丁" + "丙" * 17_000
    assert shown(before, after) == "甲" * 30_000 + "[-乙-][+丁+]" + "丙" * 17_000
