"""Drafts in several inputs: nothing is lost on the way to the modal and back."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.chunks import CHUNK, LONGEST, PARTS, TYPED_LIMIT, Part, rejoin, split
from bot.texts import same, slack_length

FRAGMENTS = [
    *[
        "Dear Ana, ",
        "your refund is on its way. ",
        "See <b> & &lt;i&gt; below.\n",
        "\n\n",
        "\r\n\r\n",
        "\r",
        "   ",
        "\t",
    ],
    *[
        "    code()\n",
        "x" * 700,
        "é" * 900,
        "🎉" * 500,
        "e\u0301" * 300,
        "👩\u200d👩\u200d👧" * 90,
        "ご返金します。" * 150,
        "\xa0",
        "<\u0338",
    ],
]
drafts = st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join)
texts = st.one_of(drafts, st.text())


def values(text: str) -> list[str]:
    return [part.text for part in split(text)]


def joined(parts: list[Part]) -> str:
    return "".join(part.before + part.text + part.after for part in parts)


def slack_like(value: str) -> str:
    """Everything at once that Slack or a browser may do to a value nobody edited."""
    value = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")
    value = "\n".join(line.rstrip() for line in value.split("\n")).strip()
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_the_figures_fit_one_another() -> None:
    assert LONGEST == PARTS * CHUNK == 48_000
    assert CHUNK < TYPED_LIMIT


@given(texts)
def test_parts_joined_give_the_text_byte_for_byte(text: str) -> None:
    parts = split(text)
    assert joined(parts) == text
    assert all(slack_length(part.text) <= CHUNK for part in parts)
    assert all(part.text for part in parts) or len(parts) == 1
    assert all(not (part.before + part.after).strip() for part in parts)


@given(
    st.integers(LONGEST - 300, LONGEST),
    st.integers(1, 2_500),
    st.sampled_from([" ", "\n\n", ". ", "🎉", "e\u0301", "。"]),
)
def test_the_longest_texts_fit_into_the_parts(length: int, stride: int, mark: str) -> None:
    text = (("x" * stride + mark) * (length // stride + 1))[:length]
    text = text[: length - (slack_length(text) - len(text))]
    assume(slack_length(text) <= LONGEST)
    parts = split(text)
    assert len(parts) <= PARTS
    assert joined(parts) == text
    near = slack_length(text) > LONGEST - PARTS
    assert all(slack_length(part.text) <= CHUNK + near for part in parts)


def test_the_longest_text_with_an_emoji_across_every_cut_still_fits() -> None:
    text = "a" + "🎉" * ((LONGEST - 2) // 2) + "b"
    assert slack_length(text) == LONGEST
    parts = split(text)
    assert len(parts) == PARTS
    assert max(slack_length(part.text) for part in parts) == CHUNK + 1
    assert joined(parts) == text


def test_a_text_beyond_the_longest_is_still_split_without_loss() -> None:
    text = "🎉a" * LONGEST
    assert joined(split(text)) == text


def test_a_short_text_is_one_part() -> None:
    assert split("Hi Ana,\n\nbye\n") == [Part("", "Hi Ana,\n\nbye", "\n")]
    assert split("") == [Part("", "", "")]
    assert split(" \n ") == [Part(" \n ", "", "")]
    assert split("x" * CHUNK + "\n" * 5_000) == [Part("", "x" * CHUNK, "\n" * 5_000)]


@pytest.mark.parametrize(
    ("boundary", "text", "after"),
    [
        ("\n\n", "w" * 1_500, "\n\n"),
        (".\n", "w" * 1_500 + ".", "\n"),
        (". ", "w" * 1_500 + ".", " "),
        (".”  ", "w" * 1_500 + ".”", "  "),
        ("。", "w" * 1_500 + "。", ""),
        (" ", "w" * 1_500, " "),
        ("", "w" * 1_500 + "v" * 900, ""),
    ],
)
def test_a_part_ends_at_the_best_boundary_within_reach(boundary: str, text: str, after: str) -> None:
    assert split("w" * 1_500 + boundary + "v" * 1_500)[0] == Part("", text, after)


def test_a_paragraph_is_better_than_a_later_line_and_a_line_than_a_later_word() -> None:
    words = "word " * 120  # 600 characters
    assert split(f"{words}{words}{words}A\n\n{words}B\n{words}")[0].text.endswith("A")
    assert split(f"{words}{words}{words}A\n{words}B. {words}")[0].text.endswith("A")


def test_a_cut_without_a_boundary_goes_between_characters() -> None:
    assert split("e\u0301" * 1_201)[0].text == "e\u0301" * 1_200
    assert split("x" + "e\u0301" * 1_300)[0].text == "x" + "e\u0301" * 1_199
    assert split("a" + "\u0301" * 3_000)[0].text == "a" + "\u0301" * 2_399


@given(texts)
def test_values_that_nobody_touched_give_the_text_back(text: str) -> None:
    initial = values(text)
    assert rejoin(text, initial) == text
    assert rejoin(text, [None] * len(initial)) == text
    assert rejoin(text, [*initial, None]) == text
    assert rejoin(text, [*initial, " \n"]) == text


@given(texts)
def test_what_slack_does_to_untouched_values_changes_no_byte(text: str) -> None:
    assert rejoin(text, [slack_like(value) for value in values(text)]) == text


@given(drafts, st.data())
def test_a_changed_part_leaves_the_bytes_of_all_others(text: str, data: st.DataObject) -> None:
    parts = split(text)
    place = data.draw(st.integers(0, len(parts) - 1))
    typed: list[str | None] = [slack_like(part.text) for part in parts]
    typed[place] = "Something else."
    assume(not same(parts[place].text, "Something else."))
    head, tail = joined(parts[:place]), joined(parts[place + 1 :])
    assert rejoin(text, typed) == head + parts[place].before + "Something else." + parts[place].after + tail


@given(drafts, st.data())
def test_an_emptied_part_is_gone_and_no_other(text: str, data: st.DataObject) -> None:
    text = f"{text}\n\n{'More words. ' * 250}"  # several parts, whatever was drawn
    parts = split(text)
    place = data.draw(st.integers(0, len(parts) - 1))
    typed: list[str | None] = [None] * len(parts)
    typed[place] = data.draw(st.sampled_from(["", " ", "\n"]))
    kept = [part for part in parts if part is not parts[place]]
    rest = "".join(part.text + part.after for part in kept[:-1]) + kept[-1].text
    assert rejoin(text, typed) == parts[0].before + rest + parts[-1].after


LONG = "one " * 500 + "\n\n" + "two " * 500 + "end\n"


def test_a_part_taken_out_takes_its_white_space_along() -> None:
    first, second = values(LONG)
    assert rejoin(LONG, ["", None]) == second + "\n"
    assert rejoin(LONG, [None, ""]) == first + "\n"
    assert rejoin(LONG, ["", "", "Short."]) == "Short."
    assert rejoin(LONG, ["", ""]) == ""


@pytest.mark.parametrize(
    ("original", "typed", "whole"),
    [
        ("", ["Hi"], "Hi"),
        ("", [None], ""),
        ("Hi", ["Hi", "Bye"], "Hi\n\nBye"),
        ("Hi\n", [None, "Bye"], "Hi\n\nBye"),
        ("Hi\r\n\r\n", [None, "Bye\n"], "Hi\r\n\r\nBye\n"),
        ("  Hi", ["Hello", None], "  Hello"),
        ("Tom &amp; Ana", ["Tom & Ana"], "Tom &amp; Ana"),
        ("Tom & Ana", ["Tom & Bea"], "Tom & Bea"),
    ],
)
def test_one_part_and_its_spare(original: str, typed: list[str | None], whole: str) -> None:
    assert rejoin(original, typed) == whole


@pytest.mark.parametrize("typed", [[], ["a", "b", "c"]])
def test_values_of_another_text_are_refused(typed: list[str | None]) -> None:
    with pytest.raises(ValueError, match="values for a text of 1 parts"):
        rejoin("Hi", typed)
