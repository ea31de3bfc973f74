"""Which words read alike, and where they stand in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alike import as_read, places, reading
from bot.harmless import in_mrkdwn, in_plain

ALIKE = [
    ("O\u2019Brien", "O'Brien"),
    ("O\u00b4Brien", "O'Brien"),
    ("Anne\u2011Marie", "Anne-Marie"),
    ("Anne\u2013Marie", "Anne-Marie"),
    ("\u8fbb\U000e0100 \u5065", "\u8fbb \u5065"),
    ("Rene\ufe0f Dube", "Rene Dube"),
    ("Ada\U000e0041 Quill", "Ada Quill"),
    ("Ada\u3164 Quill", "Ada Quill"),
    ("Ada\u180b Quill", "Ada Quill"),
    ("Ada\ufffb Quill", "Ada Quill"),
    ("Ada\x08 Quill", "Ada Quill"),
    ("Ada\u0085Quill", "Ada Quill"),
    ("Quil\u00adl", "Quill"),
    ("Ada\u17b4 Quill", "Ada Quill"),
    ("Ada\U0001d173 Qu\U0001bca0ill", "Ada Quill"),
    ("O\uff40Brien", "O'Brien"),
    ("O\u0374Brien", "O'Brien"),
    ("O\u1fefBrien", "O'Brien"),
    ("O\u1ffdBrien", "O'Brien"),
    ("Anne\ufe58Marie", "Anne-Marie"),
    ("Anne\ufe31Marie", "Anne-Marie"),
    ("Anne\ufe32Marie", "Anne-Marie"),
    ("4711\u207b22", "4711-22"),
    ("4711\u208b22", "4711\u221222"),
    ("\u0130smail", "ismail"),
    ("\u0645\u062d\u0645\u0640\u062f", "\u0645\u062d\u0645\u062f"),
    ("STRAUSS", "Strau\u00df"),
    ("Quimby &amp; Sons", "Quimby & Sons"),
    ("\u1112\u1161\u11ab", "\ud55c"),
    ("\uff21\uff44\uff41", "Ada"),
    ("ﾔﾏﾀﾞ", "ヤマダ"),
    ("ㄱㅣ", "기"),
    ("\uffa1\uffdc", "기"),
    ("\U00011099\U000110ba", "\U0001109a"),
]
PIECES = [
    *"aZéßİＡﬁ한한がねिन&;*_~|`@#./>:-’´‑—∗½¯",
    *(" ", "\n", "\t", "\u00a0", "\u0301", "\u0308", "\u0323", "\u0307", "\u200b", "\u00ad", "\ufe0f", "\U000e0100"),
    *("&amp;", "&lt;", "&am", "lt;", "www.", "://", "mailto:", "<!here", "😀"),
    # Half width and other old encodings, a stroke that composes with `<`, marks beyond the basic plane, a long row.
    *("ﾀ", "ﾞ", "ﾊﾟ", "ㄱ", "ㅏ", "ㄳ", "ﾡ", "ￂ", "\u0338", "\u0f73", "\U00011099", "\U000110ba", "\U00010a0f"),
    "\u0301\U00010a0f\u0316" * 12,
]
hostile = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_a_person_reads_alike_is_found_by_either(one: str, other: str) -> None:
    for written, asked in ((one, other), (other, one)):
        text = f"I am {written}, hello."
        assert as_read(asked) in as_read(text)
        assert [text[start:end] for start, end in places(text, [asked])[asked]] == [written]


@pytest.mark.parametrize(("one", "other"), [("Pérez", "Perez"), ("Jörg", "Joerg"), ("Jose", "Jose\u0301"), ("I", "ı")])
def test_another_spelling_is_another_word(one: str, other: str) -> None:
    assert as_read(one) != as_read(other)
    assert places(f"I am {one}.", [other]) == {}


@given(hostile)
def test_letter_by_letter_a_text_reads_as_it_does_as_a_whole(text: str) -> None:
    assert " ".join(reading(text).text.split()) == as_read(text)


@given(hostile, st.tuples(st.integers(0, 60), st.integers(1, 8)))
def test_what_is_read_in_a_text_has_a_place_in_it(text: str, part: tuple[int, int]) -> None:
    start, length = part
    for word in (text[start : start + length], as_read(text)[start : start + length]):
        read = as_read(word)
        assert bool(places(text, [word])) == bool(read and read in as_read(text))


@given(hostile)
def test_a_text_reads_alike_once_it_is_made_harmless(text: str) -> None:
    assert as_read(in_mrkdwn(text)) == as_read(in_plain(text)) == as_read(text)


def test_a_word_is_found_with_the_signs_that_belong_to_its_last_letter_and_no_more() -> None:
    text = "Dear Rene\u0301\u200b, and Rene\u0301 \u2014"
    assert [text[start:end] for start, end in places(text, ["ren\u00e9"])["ren\u00e9"]] == [
        "Rene\u0301\u200b",
        "Rene\u0301",
    ]


def test_each_word_has_its_own_places_and_what_nobody_sees_is_no_word() -> None:
    text = "Anna Maria Lopez, and Maria"
    found = places(text, ["Anna  Maria", "maria lopez", "Maria", "Lena", "\u200b"])
    assert found == {"Anna  Maria": [(0, 10)], "maria lopez": [(5, 16)], "Maria": [(5, 10), (22, 27)]}
    assert places(text, ["\u200b\u200b"]) == {}


@pytest.mark.timeout(5)
def test_a_row_of_marks_that_no_language_has_is_read_at_once() -> None:
    row = "a" + "\u0315\u0316" * 24_000
    assert places(f"{row} Ada Quill", ["Ada Quill"]) == {"Ada Quill": [(48_002, 48_011)]}
