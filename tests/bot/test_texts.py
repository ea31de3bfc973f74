"""What counts as the same text, how long it is to Slack, and where it may be cut."""

import unicodedata
from typing import Literal
from unicodedata import combining

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.texts import beginning, capitalised, cut, in_pieces, normalised, reach, same, shortened, slack_length, visible

FAMILY = "👩\u200d👩\u200d👧"
FRAGMENTS = [
    *"a b.\n\r\t<>&;\xa0\u0301\u0338\u037e",
    *[
        "&amp;",
        "&lt;",
        "&gt;",
        "&am",
        "lt;",
        "\r\n",
        "  \n",
        "é",
        "e\u0301",
        FAMILY,
        "🇩🇪",
        "👍🏽",
        "한글",
        "각",
        "हिन्दी",
    ],
]
hostile = st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
limits = st.integers(2, 30)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize(
    "formatting_only",
    [
        "Hi Ana,\r\nyour refund <b>",
        "Hi Ana,\ryour refund <b>",
        "Hi Ana,  \nyour refund <b>\n\n",
        "\n \nHi Ana,\nyour refund <b>",
        "Hi\xa0Ana,\nyour refund <b>",
        "Hi Ana,\nyour refund &lt;b&gt;",
        "Hi Ana,\nyour refund &amp;lt;b&amp;gt;",
    ],
)
def test_a_change_of_formatting_is_no_edit(formatting_only: str) -> None:
    assert same("Hi Ana,\nyour refund <b>", formatting_only)


UNSEEN = [
    "",
    " \n",
    "\xa0",
    "\u200b",
    "\u202e",
    "\u2060\u200d",
    "\u3164",
    "\u2800",
    "\ufeff",
    "\xad",
    "\u0301",
    "\x7f\x1b",
]


@pytest.mark.parametrize("text", UNSEEN)
def test_what_nobody_can_see_is_empty(text: str) -> None:
    assert not visible(text * 3)
    assert visible(f"{text}.{text}")


@pytest.mark.parametrize("text", ["-", "0", "語", "각", "ह", "👍🏽", "🇩🇪", FAMILY, "#\ufe0f\u20e3", "\u28ff", "\ue000"])
def test_every_writing_and_every_sign_is_seen(text: str) -> None:
    assert visible(text)


@pytest.mark.parametrize("edited", ["Hi ana", "Hi  Ana", "Hi\nAna", "Hi Ana.", "Hi A\u200bna", ""])
def test_a_change_of_words_marks_or_lines_is_an_edit(edited: str) -> None:
    assert not same("Hi Ana", edited)


def test_a_letter_and_its_accent_are_the_same_in_one_code_point_or_two() -> None:
    assert same("café", "cafe\u0301")


@given(hostile)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


def _taken_apart_to_marks(char: str) -> bool:
    return not combining(char) and all(map(combining, unicodedata.normalize("NFKD", char)))


# One mark, two in one sign, and what becomes marks once it is taken apart.
MARKS = ["\u0301", "\u0344", *filter(_taken_apart_to_marks, map(chr, range(0x110000)))]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("apart", ["NFD", "NFKD"])
def test_no_more_marks_are_sorted_at_once_than_any_language_has(mark: str, apart: Literal["NFD", "NFKD"]) -> None:
    rows: list[int] = []

    def sort(piece: str) -> str:
        rows.append(_longest_row(unicodedata.normalize(apart, piece)))
        return piece

    in_pieces("a" + mark * 400 + "b" + (mark + "\u0316") * 400, sort, apart=apart)
    assert max(rows) <= 30


def _longest_row(text: str) -> int:
    return max(map(len, "".join("m" if combining(char) else " " for char in text).split(" ")))


@given(hostile)
def test_whatever_slack_does_to_a_text_it_stays_the_same(text: str) -> None:
    assert same(text, escaped(text))
    assert same(text, escaped(escaped(text)))
    assert same(text, text.strip())
    assert same(text, text.replace("\r\n", "\n").replace("\r", "\n"))
    assert same(text, unicodedata.normalize("NFC", text))


@given(st.text(alphabet="abc ÄÖ,.!🎉\n"))
def test_clean_text_is_already_normal(text: str) -> None:
    clean = "\n".join(line.rstrip() for line in text.split("\n")).strip()
    assert normalised(clean) == clean


def test_slack_counts_an_emoji_as_two() -> None:
    assert [slack_length(text) for text in ("", "abc", "é", "🎉", FAMILY)] == [0, 3, 1, 2, 8]


@given(st.text(alphabet=st.characters(), max_size=50), st.integers(-1, 60))
def test_reach_is_the_furthest_that_fits(text: str, limit: int) -> None:
    end = reach(text, limit)
    assert slack_length(text[:end]) <= max(limit, 0)
    assert end == len(text) or slack_length(text[: end + 1]) > limit


@given(hostile, st.integers(-2, 60), st.sampled_from(["…", "", " (more)", "🎉"]))
def test_a_shortened_text_is_never_longer_than_allowed(text: str, limit: int, tail: str) -> None:
    short = shortened(text, limit, tail=tail)
    assert slack_length(short) <= max(limit, 0)
    if slack_length(text) <= limit:
        assert short == text
    else:
        assert short.endswith(tail) or limit < slack_length(tail)


def test_a_text_that_fits_is_not_shortened_and_another_ends_in_the_tail() -> None:
    assert shortened("Hello Ana", 9) == "Hello Ana"
    assert shortened("Hello Ana", 8) == "Hello A…"
    assert shortened("Hello Ana", 7) == "Hello…"
    assert shortened("Hello Ana", 3, tail=" (more)") == "Hel"
    assert shortened("Hello Ana", 0) == ""


@pytest.mark.parametrize(
    "whole",
    [
        FAMILY,
        "👍🏽",
        "🇩🇪",
        "e\u0301\u0323",
        "1\ufe0f\u20e3",
        "नि",
        "\u1100\u1161\u11a8",
        "\r\n",
        "🏴\U000e0067\U000e007f",
    ],
)
def test_no_cut_goes_through_a_character(whole: str) -> None:
    text = "ab" + whole + "cd"
    for limit in range(2, slack_length(text)):
        assert beginning(text, limit) in ("ab", "ab" + whole, "ab" + whole + "c")
    assert cut(whole * 3, slack_length(whole) + 1) == [whole] * 3


def test_flags_are_cut_between_two_of_them() -> None:
    assert beginning("🇩🇪🇫🇷🇮🇹", 11) == "🇩🇪🇫🇷"
    assert beginning("🇩🇪🇫🇷🇮🇹", 3) == ""


@given(hostile, limits)
def test_pieces_joined_give_the_text_and_each_fits(text: str, limit: int) -> None:
    pieces = cut(text, limit)
    assert "".join(pieces) == text
    assert all(0 < slack_length(piece) <= limit for piece in pieces)


@given(st.text(alphabet="ab \n", max_size=300), limits)
def test_there_are_no_more_than_twice_as_many_pieces_as_needed(text: str, limit: int) -> None:
    assert len(cut(text, limit)) <= 2 * len(text) / limit + 1


def test_a_cut_prefers_a_line_break_to_a_space_and_a_space_to_a_word() -> None:
    assert cut("one two\nthree four", 12) == ["one two\n", "three four"]
    assert cut("one two three", 9) == ["one two ", "three"]
    assert cut("onetwothree", 6) == ["onetwo", "three"]
    assert cut("a\nonetwothree", 8) == ["a\nonetwo", "three"]


def test_a_character_longer_than_the_limit_is_cut_at_last() -> None:
    assert cut(FAMILY, 3) == ["👩\u200d", "👩\u200d", "👧"]
    with pytest.raises(ValueError, match="two units"):
        cut("text", 1)


@pytest.mark.timeout(5)
def test_a_row_of_marks_that_no_language_has_does_not_take_minutes() -> None:
    row = "a" + "\u0315\u0316" * 24_000
    assert same(row, f"{row} ")
    assert not same(row, f"{row}b")


@pytest.mark.parametrize(
    ("written", "shown"),
    [("legal threat", "Legal threat"), ("VIP customer", "VIP customer"), ("iOS crash", "iOS crash"), ("", "")],
)
def test_a_reason_begins_with_a_capital_unless_its_first_word_has_one(written: str, shown: str) -> None:
    assert capitalised(written) == shown
