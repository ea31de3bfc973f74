"""All values are invented: reserved domains, documentation addresses, test cards, fictitious phone numbers."""

import math
from collections.abc import Collection, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction import MOST_LEVELS, VERSION, JsonLike, Kind, Redactor, Span, find
from bot.striking import Reading, strike_all

KEY = b"a key for tests"
CARD = "4111 1111 1111 1111"


def redact(text: str, region: str | None = None) -> str:
    return Redactor(KEY, region=region).redact(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane@Example.com", "jane@example.com"),
        (CARD, "4111-1111-1111-1111"),
        ("DE89370400440532013000", "de89 3704 0044 0532 0130 00"),
        ("+1 202 555 0143", "+1-202-555-0143"),
        ("2001:db8::1", "2001:DB8::1"),
        ("123-45-6789", "123 45 6789"),
    ],
)
def test_two_spellings_of_one_value_share_a_placeholder(one: str, other: str) -> None:
    first, second = redact(f"{one} | {other}").split(" | ")
    assert first == second


def test_a_region_makes_home_and_international_spellings_one() -> None:
    assert redact("+44 7700 900123, 07700 900123", region="GB") == "[PHONE_1], [PHONE_1]"


def test_different_values_have_different_numbers() -> None:
    assert redact("a@example.com b@example.com a@example.com") == "[EMAIL_1] [EMAIL_2] [EMAIL_1]"


def test_a_ticket_keeps_its_placeholders_without_keeping_values() -> None:
    first = Redactor(KEY)
    first.redact("a@example.com")
    later = Redactor(KEY, first.known)
    assert later.redact("b@example.com, a@example.com") == "[EMAIL_2], [EMAIL_1]"
    assert "example" not in str(later.known)
    assert sorted(later.known.values()) == ["[EMAIL_1]", "[EMAIL_2]"]


def test_another_key_gives_other_hashes() -> None:
    one, other = Redactor(KEY), Redactor(b"another")
    one.redact("a@example.com")
    other.redact("a@example.com")
    assert one.known.keys().isdisjoint(other.known)


def test_placeholders_in_a_text_stay_and_their_numbers_are_not_given_again() -> None:
    assert redact("[EMAIL_1] a@example.com [EMAIL_2]") == "[EMAIL_1] [EMAIL_3] [EMAIL_2]"
    assert redact("password: [SECRET_1]") == "password: [SECRET_1]"


def test_a_huge_number_in_a_placeholder_does_not_push_the_next_one_up() -> None:
    assert redact("[EMAIL_999999] [EMAIL_0] a@example.com") == "[EMAIL_999999] [EMAIL_0] [EMAIL_1]"


def test_words_that_somebody_names_break_no_placeholder_now_or_later() -> None:
    redactor = Redactor(KEY)
    words = ["Ma", "email", "1]", "Riva", "zoe [email_1]"]
    text = "Ma, Email, 1] and [EMAIL_1], [PRIVATE_7]; Zoe [EMAIL_1]."
    assert strike_all(redactor, text, words) == (
        "[PRIVATE_1], [PRIVATE_2], [PRIVATE_3] and [EMAIL_1], [PRIVATE_7]; [PRIVATE_4]."
    )
    assert [word for word in words if not redactor.struck(word)] == ["Riva"]
    assert Redactor(KEY, redactor.known).redact("Email or [EMAIL_1], ma") == "[PRIVATE_2] or [EMAIL_1], [PRIVATE_1]"


def test_words_that_somebody_names_are_struck_out_of_numbers_too() -> None:
    value = {"account": 5512, "paid": 12.5, "first": True, "none": None, "years": [5512, 30]}
    left = {"account": "[PRIVATE_1]", "paid": "[PRIVATE_2]", "years": ["[PRIVATE_1]", 30]}
    assert strike_all(Redactor(KEY), value, ["5512", "12.5", "True"]) == value | left


def test_words_that_somebody_names_are_struck_out_of_names_where_they_stand_by_themselves() -> None:
    value = {
        "plan": "An",
        "of An": {"an_": [{"An-Li": 1}]},
        "An": 1,
        "AN": 2,
        "安An安": 3,
        "[PRIVATE_7]": 4,
        "Canada": 5,
    }
    left = {
        "plan": "[PRIVATE_1]",
        "of [PRIVATE_1]": {"[PRIVATE_1]_": [{"[PRIVATE_1]-Li": 1}]},
        "[PRIVATE_1]": 1,
        "[PRIVATE_1] (2)": 2,
        "安[PRIVATE_1]安": 3,
        "[PRIVATE_7]": 4,
        "Canada": 5,
    }
    struck = strike_all(Redactor(KEY), value, ["An", "private"], Reading(named=True))
    assert list(struck.items()) == list(left.items())
    assert strike_all(Redactor(KEY), value, ["An"]).keys() == value.keys()


def test_of_words_that_overlap_nothing_is_left_now_or_later() -> None:
    redactor = Redactor(KEY)
    words = ["Anna Maria", "Maria Lopez", "Maria"]
    assert strike_all(redactor, ["Dear Anna Maria Lopez,"], words) == ["Dear [PRIVATE_1],"]
    later = Redactor(KEY, redactor.known)
    assert later.redact("Anna Maria Lopez, Anna Maria, Maria Lopez, Maria, Anna") == (
        "[PRIVATE_1], [PRIVATE_2], [PRIVATE_3], [PRIVATE_4], Anna"
    )
    assert Redactor(KEY, dict(list(redactor.known.items())[1:3])).redact("Anna Maria Lopez") == "[PRIVATE_1]"


@pytest.mark.parametrize(
    ("named", "later"),
    [
        ("山田太郎", "山田太郎様、"),
        ("สมชาย", "คุณสมชายครับ"),
        ("김철수", "김철수님, "),
        ("Quimby", "_Quimby_様 and Quimbyさん"),
        (
            "서울특별시 강남구 테헤란로 123길 45, 101동 1203호",
            "서울특별시 강남구 테헤란로 123길 45, 101동 1203호입니다.",
        ),
        ("श्रीमती राजेन्द्र प्रसाद श्रीवास्तव", "श्रीमती राजेन्द्र प्रसाद श्रीवास्तव, नमस्ते"),
        ("C/O Quimby_Sons", "(C/O Quimby_Sons)"),
        ("ﾔﾏﾀﾞ", "ヤマダさん"),
        # Many marks, which belong to their letters: in words with blanks, and in a script without.
        (
            "राजेश कुमार श्रीवास्तव, १२ महात्मा गांधी मार्ग, नई दिल्ली",
            "नमस्ते राजेश कुमार श्रीवास्तव, १२ महात्मा गांधी मार्ग, नई दिल्ली।",
        ),
        ("வெங்கடேஸ்வரன் ராமகிருஷ்ணன் சுப்பிரமணியன்", "(வெங்கடேஸ்வரன் ராமகிருஷ்ணன் சுப்பிரமணியன்)"),
        ("مُحَمَّدُ بْنُ عَبْدِ اللهِ الْهَاشِمِيُّ", "السيد مُحَمَّدُ بْنُ عَبْدِ اللهِ الْهَاشِمِيُّ"),
        ("ที่อยู่ที่นี่ ที่ซึ่งมีผู้อยู่ที่นั่น", "คุณที่อยู่ที่นี่ ที่ซึ่งมีผู้อยู่ที่นั่นครับ"),
        ("\U00011103\U00011127 " * 20 + "\U00011103", "\U00011103\U00011127 " * 20 + "\U00011103!"),
        ("Z" + "\u0336\u0337" * 40 + "oe", "Dear Z" + "\u0336\u0337" * 40 + "oe,"),
        (" ".join(["a"] * 32), "(" + " ".join(["a"] * 32) + ")"),
    ],
)
def test_words_that_somebody_named_are_struck_in_later_texts_with_what_is_glued_to_them(named: str, later: str) -> None:
    redactor = Redactor(KEY)
    strike_all(redactor, named, [named])
    left = Redactor(KEY, redactor.known).redact(later)
    assert left == later.replace(named, "[PRIVATE_1]").replace("ヤマダ", "[PRIVATE_1]")
    assert "[PRIVATE_1]" in left


def test_a_word_is_found_behind_a_mark_that_belongs_to_no_letter() -> None:
    redactor = Redactor(KEY)
    strike_all(redactor, "Quimby", ["Quimby"])
    assert Redactor(KEY, redactor.known).redact("Dear \u0301Quimby") == "Dear \u0301[PRIVATE_1]"


@pytest.mark.parametrize(
    ("named", "later"),
    [("علي", "عليّ"), ("דוד", "דודִ"), ("Иван", "Иван\u0301"), ("Quimby", "Quimby\u0332"), ("Ada Zeb", "Ada Zeb\u20dd")],
)
def test_a_name_is_found_where_its_last_letter_has_a_mark_more(named: str, later: str) -> None:
    redactor = Redactor(KEY)
    strike_all(redactor, named, [named])
    assert Redactor(KEY, redactor.known).redact(f"Dear {later}, hello") == "Dear [PRIVATE_2], hello"


@pytest.mark.parametrize("before", ["", "-", "—"])
@pytest.mark.parametrize("after", ["-", "-plan", "-22", "— or me", "–\n- or me", "-- or me", "."])
def test_a_sign_beside_a_name_stays_and_the_name_keeps_its_placeholder(before: str, after: str) -> None:
    redactor = Redactor(KEY)
    strike_all(redactor, "Ada Quimby", ["Ada Quimby"])
    left = Redactor(KEY, redactor.known).redact(f"{before}Ada Quimby{after}")
    assert left == f"{before}[PRIVATE_1]{after}"


def test_a_word_within_a_longer_one_is_another_word_later() -> None:
    redactor = Redactor(KEY)
    strike_all(redactor, "Ada أحمد", ["Ada", "أحمد"])
    assert Redactor(KEY, redactor.known).redact("Canada وأحمد, Ada's") == "Canada وأحمد, [PRIVATE_1]'s"


NAMED = ["Ada Quill", "Quill", "山田太郎", "c/o", "b. a"]
WORDS_AND_NAMES = st.lists(
    st.sampled_from([*NAMED, *"ab 山.", "Ada ", "Quil", "l", "[EMAIL_1]", " c", "/o"]), max_size=50
)


@given(*[WORDS_AND_NAMES.map("".join)] * 4)
def test_where_a_text_is_as_the_clean_draft_nothing_is_to_be_struck(head: str, old: str, new: str, tail: str) -> None:
    redactor = Redactor(KEY)
    draft = strike_all(redactor, [*NAMED, head + old + tail], NAMED)[-1]
    for text in (head + new + tail, draft[: len(head)] + new + draft[len(head) :], head + tail, draft):
        assert Redactor(KEY, redactor.known).redact(text, clean=draft) == Redactor(KEY, redactor.known).redact(text)


def test_a_name_to_which_an_edit_gives_its_first_its_middle_or_its_last_word_is_struck() -> None:
    redactor = Redactor(KEY)
    strike_all(redactor, "Ada Maria Quill", ["Ada Maria Quill"])
    for draft in ("Dear Maria Quill, hello", "Dear Ada Quill, hello", "Dear Ada Maria, hello"):
        assert redactor.redact("Dear Ada Maria Quill, hello", clean=draft) == "Dear [PRIVATE_1], hello"


def test_words_are_tried_again_only_near_the_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    redactor = Redactor(KEY)
    draft = strike_all(redactor, "we are sorry, Ada. " * 2_000, ["Zoe", "Ada"])
    tried: list[int] = []
    once = Redactor._known_run

    def counted(self: Redactor, words: Sequence[tuple[bytes, bytes]], private: Collection[str]) -> int:
        tried.append(len(words))
        return once(self, words, private)

    monkeypatch.setattr(Redactor, "_known_run", counted)
    edited = draft[:20_000] + " Ada, " + draft[20_000:]
    assert redactor.redact(edited, clean=draft) == draft[:20_000] + " [PRIVATE_1], " + draft[20_000:]
    assert len(tried) < 50
    assert redactor.redact("-" * 20_000 + "Ada" + "-=" * 10_000) == "-" * 20_000 + "[PRIVATE_1]" + "-=" * 10_000
    assert len(tried) < 200


def test_finds_are_counted_by_kind() -> None:
    redactor = Redactor(KEY)
    redactor.redact("a@example.com a@example.com 192.0.2.1 https://example.com/")
    assert redactor.counts == {"EMAIL": 2, "IP": 1}
    assert Redactor(KEY).counts == {}


def test_everything_in_a_nested_value_is_redacted() -> None:
    value: JsonLike = {
        "conversation": [{"role": "user", "content": "I am a@example.com"}],
        "context": {"a@example.com": [4111111111111111, 4111111111111111.0, 5, True, None, 1.5, math.inf, 10**30, -1]},
    }
    assert Redactor(KEY).redact_all(value) == {
        "conversation": [{"role": "user", "content": "I am [EMAIL_1]"}],
        "context": {"[EMAIL_1]": ["[CARD_1]", "[CARD_1]", 5, True, None, 1.5, math.inf, 10**30, -1]},
    }


def test_a_fields_name_says_what_its_value_is() -> None:
    value: JsonLike = {
        "phoneNumber": 5550143,
        "order_id": 2025550143,
        "password": "hunter2",
        "ssn": "123456789",
        "created_at": 1712345678,
        "text": "655 437 108",
        "ticket": "a long story " * 10 + "call 555 0143",
    }
    assert Redactor(KEY).redact_all(value) == {
        "phoneNumber": "[PHONE_1]",
        "order_id": 2025550143,
        "password": "[SECRET_1]",
        "ssn": "[NATIONAL_ID_1]",
        "created_at": 1712345678,
        "text": "[PHONE_2]",
        "ticket": "a long story " * 10 + "call [PHONE_1]",
    }


@pytest.mark.parametrize(
    "value",
    [{"password": "tulip rose"}, {"apiKey": "Zz9!" * 40}, {"Authorization": "Bearer abcdefgh"}, {"cookie": "s=1"}],
)
def test_a_field_that_is_called_a_credential_is_one_whatever_it_looks_like(value: dict[str, JsonLike]) -> None:
    assert list(Redactor(KEY, {}).redact_all(value).values()) == ["[SECRET_1]"]  # type: ignore[union-attr]


def test_a_number_below_zero_hides_nothing() -> None:
    assert Redactor(KEY, {}).redact_all({"phone": -4_155_550_123}) == {"phone": "[PHONE_1]"}


def test_keys_that_become_equal_keep_both_values() -> None:
    value: JsonLike = {"a@example.com": 1, "A@example.com": 2, "A@Example.com": 3}
    assert Redactor(KEY).redact_all(value) == {"[EMAIL_1]": 1, "[EMAIL_1] (2)": 2, "[EMAIL_1] (3)": 3}


def test_a_placeholder_in_a_later_string_is_not_given_to_an_earlier_one() -> None:
    assert Redactor(KEY).redact_all(["a@example.com", "[EMAIL_1]"]) == ["[EMAIL_2]", "[EMAIL_1]"]


def test_a_value_nested_too_deep_is_refused() -> None:
    value: Any = "a@example.com"
    for _ in range(MOST_LEVELS + 1):
        value = [value]
    with pytest.raises(ValueError, match="deeper than 64"):
        Redactor(KEY).redact_all(value)


def test_the_rules_have_a_version() -> None:
    assert VERSION == "1"


PIECES = st.sampled_from(
    [
        *(
            "a@example.com",
            CARD,
            "+1 202-555-0143",
            "123-45-6789",
            "192.0.2.1",
            "2001:db8::1",
            "DE89370400440532013000",
        ),
        *(
            "https://",
            "u:p@",
            "?token=",
            "&name=",
            "password: ",
            "PIN is ",
            "[EMAIL_1]",
            "[PHONE_7]",
            "[",
            "]",
            "(",
            ")",
        ),
        *(
            "@",
            ".",
            ":",
            "/",
            "-",
            " ",
            "\n",
            "x",
            "é",
            "\u200b",
            "\ud800",
            "１",
            "0",
            "7",
            "42",
            "order ",
            "call ",
            "=",
        ),
        *("xoxb-", "Bearer ", "4111", "1111 ", "-----BEGIN PRIVATE KEY-----", "ab12", "\x00", '"', "%40"),
    ]
)
TEXTS = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=60)


@given(TEXTS)
def test_redacting_again_changes_nothing(text: str) -> None:
    once = redact(text)
    again = Redactor(KEY)
    assert again.redact(once) == once
    assert again.counts == {}


NUMBERS = st.from_regex(r"[0-9]{17}[0-9X]|[0-9]{6}[-+][0-9]{3,7}[0-9A-Z]|[A-Z]{1,6}[0-9]{6,13}[A-Z]?", fullmatch=True)


@given(NUMBERS | st.text("0123456789 .-+/AZ", max_size=40))
def test_no_number_makes_a_check_fail_with_an_error(text: str) -> None:
    assert all(span.end <= len(text) for span in find(text, region="GB"))


@given(TEXTS)
def test_finds_are_ordered_lie_in_the_text_and_never_overlap(text: str) -> None:
    at = 0
    for span in find(text):
        assert at <= span.start < span.end <= len(text)
        at = span.end


@given(TEXTS)
def test_the_map_holds_each_placeholder_once(text: str) -> None:
    redactor = Redactor(KEY)
    redactor.redact(text)
    assert len(set(redactor.known.values())) == len(redactor.known)


HOSTILE = ["1", "1 ", "1-", "@", "a@", "a@b.", ".", "a.", "[", "[at]", "(1)", "A1", "::", "1.1.", "//", "?token=b&"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_hostile_text_is_searched_to_its_end(piece: str) -> None:
    """A pattern that is not bounded would run into the suite's time limit here."""
    text = (piece * 48_000)[:47_980] + "\nzoe@example.com"
    assert find(text)[-1] == Span(47_981, len(text), Kind.EMAIL)
