"""What is found, kind by kind.

All values are invented: reserved domains, documentation addresses, test cards, fictitious phone numbers.
"""

import pytest

from bot.redaction import Redactor, find

KEY = b"a key for tests"
CARD = "4111 1111 1111 1111"
SLACK_TOKEN = "xoxb-" + "0123456789-abcdefGHIJ"  # in two pieces, so that scanners of repositories stay calm
STRIPE_KEY = "sk_" + "live_0123456789abcdef"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
HASH = "0f1e2d3c4b5a6978" + "8796a5b4c3d2e1f00f1e2d3c"
KEY_BLOCK = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEowIBAAKC\nAQEA0123\n"


def redact(text: str, region: str | None = None) -> str:
    return Redactor(KEY, region=region).redact(text)


def found(text: str, region: str | None = None) -> list[tuple[str, str]]:
    return [(span.kind.value, text[span.start : span.end]) for span in find(text, region=region)]


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Write to Jane.Doe+x@mail.example.com.", "Write to [EMAIL_1]."),
        ("<mailto:jane@example.com|jane@example.com>", "<mailto:[EMAIL_1]|[EMAIL_1]>"),
        ("jane [at] example [dot] com", "[EMAIL_1]"),
        ("jane(at)example.com", "[EMAIL_1]"),
        ('"jane doe"@example.com', "[EMAIL_1]"),
        ("jane@[192.0.2.7]", "[EMAIL_1]"),
        ("'jane@example.com'", "'[EMAIL_1]'"),
        ("mail=jane@example.com", "mail=[EMAIL_1]"),
        ("jane&#64;example.com or jane @ example.com", "[EMAIL_1] or [EMAIL_2]"),
        ("?to=jane%2540example.com", "?to=[EMAIL_1]"),
        ("jane@example。com", "[EMAIL_1]"),
        ("(+1) 202-555-0143 is mine", "[PHONE_1] is mine"),
    ],
)
def test_an_email_address_is_replaced(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize("text", ["@jane", "a @ b", "jane@localhost", "@example.com", '"@example.com', "(at) home"])
def test_an_at_sign_alone_is_no_address(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "number",
    [
        "+1 (202) 555-0143",
        "+44 20 7946 0958",
        "+442079460958",
        "0049 30 901820",
        "020 7946 0958",
        "07700 900123",
        "(202) 555-0143",
        "202-555-0143",
        "202.555.0143",
        "1-800-555-0143",
        "2025550143",
        "+46 (0)8 555 501 23",
        "202-555-0143 ext 12",
        "202-555-0143x459",
    ],
)
def test_a_phone_number_of_a_telling_form_is_replaced_anywhere(number: str) -> None:
    assert redact(f"It was {number}, I think.") == "It was [PHONE_1], I think."


def test_two_phone_numbers_in_a_row_are_two() -> None:
    assert redact("07700 900123 07700 900456") == "[PHONE_1] [PHONE_2]"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Call me on 555 0143", "Call me on [PHONE_1]"),
        ("71-33-52-22 office", "[PHONE_1] office"),
        ("Number?\n655 437 108", "Number?\n[PHONE_1]"),
        ("there are 655 437 108 of them", "there are 655 437 108 of them"),
        ("room 555 0143 is free", "room 555 0143 is free"),
    ],
)
def test_any_other_number_is_a_phone_number_where_words_or_its_line_say_so(text: str, redacted: str) -> None:
    assert redact(text) == redacted


def test_numbers_far_apart_are_each_looked_at() -> None:
    assert redact(f"202-555-0143 {'and so on ' * 20} {CARD}").startswith("[PHONE_1] and")
    assert redact(f"202-555-0143 {'and so on ' * 20} {CARD}").endswith("[CARD_1]")


def test_values_glued_to_each_other_are_all_replaced() -> None:
    assert redact("+12025550143" * 12) == "".join(["[PHONE_1]"] * 12)
    assert redact(("AKIA" + "ABCDEFGHIJKLMNOP") * 12) == "[SECRET_1]"


def test_a_region_makes_its_own_numbers_telling() -> None:
    assert found("we said 32 12 34 56 then", region="DK") == [("PHONE", "32 12 34 56")]
    assert found("we said 32 12 34 56 then") == []
    assert found("we said 99999999999999 then", region="XX") == []


@pytest.mark.parametrize(
    "text",
    [
        "order 2025550143",
        "ticket no. 2025550143",
        "ORDER-12345 and INV-2024-000123",
        "tracking number is 1029384756",
        "ids 114-3941689-8772232 and #2025550143",
        "on 2024-01-15 10:30 and 15.01.2024, 01/15/2024, 2024-01-15T10:30:00Z",
        "call between 2019-2024 or 2023 2024",
        "call me on 20240115 or 15012024",
        "ring 01.05.24 10.30",
        "$1,234.56 or 1 234 567,89 EUR or 12 345 678 kr, call me",
        "versions 1.2.3 and v10.0.19045.1, at 10:30:45",
        "1712345678 and 1712345678901",
        "sizes 10 12 14 16 18",
        "ISBN 978-0-306-40615-7, Springfield 12345-6789",
        "open 09.00-17.00",
        "+1000000 points",
        "+0000000",
        "call 1.234.567 times",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    ],
)
def test_order_ids_dates_amounts_and_versions_stay(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "number",
    [CARD, "4111111111111111", "4111-1111-1111-1111", "4111.1111.1111.1111", "3782 822463 10005", "30569309025904"],
)
def test_a_card_number_is_replaced_whatever_follows_it(number: str) -> None:
    assert redact(f"It is {number} 12/26") == "It is [CARD_1] 12/26"


def test_a_card_number_glued_to_words_is_replaced() -> None:
    assert redact("card4111111111111111exp") == "card[CARD_1]exp"


def test_a_mistyped_card_number_is_replaced_where_a_word_calls_it_a_card() -> None:
    assert redact("my card 4111 1111 1111 1112") == "my card [CARD_1]"
    assert redact("it is 4111 1111 1111 1112") == "it is 4111 1111 1111 1112"
    assert redact("order 676770000009") == "order 676770000009"


@pytest.mark.parametrize(
    "number",
    [
        "DE89370400440532013000",
        "de89 3704 0044 0532 0130 00",
        "GB29 NWBK 6016 1331 9268 19",
        "GB29-NWBK-60161331926819",
    ],
)
def test_an_iban_is_replaced_and_the_words_behind_it_stay(number: str) -> None:
    assert redact(f"to {number} by noon") == "to [IBAN_1] by noon"


def test_a_mistyped_iban_is_replaced_behind_its_name() -> None:
    assert redact("IBAN: DE88 3704 0044 0532 0130 00") == "IBAN: [IBAN_1]"
    assert found("part GB28 NWBK 6016 1331 9268 19") == []


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "203.0.113.255", "2001:db8::1", "2001:0DB8:0:0:0:0:0:1", "::ffff:192.0.2.1"]
)
def test_an_ip_address_is_replaced(address: str) -> None:
    assert redact(f"from {address} today") == "from [IP_1] today"


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "::1",
        "0.0.0.0",
        "255.255.255.0",
        "version 1.2.3.4",
        "300.1.1.1",
        "std::a::b",
        "1:2:3",
        "12:30:45::x",
    ],
)
def test_an_address_that_leads_to_nobody_stays(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "number",
    [
        "123-45-6789",
        "912-70-1234",
        "SSN 123456789",
        "AB123456C",
        "ab 12 34 56 c",
        "86 095 742 719",
        "Steuer-ID 86095742719",
        "1 85 05 78 006 084 91",
        "12345678Z",
        "X1234567L",
        "RSSMRA85T10A562S",
        "BSN 111222333",
        "811228-9874",
        "samordningsnummer 701063-2391",
        "131052-308T",
        "01015010033",
        "CPR 010190-1234",
        "010180-0008",
        "PESEL 44051401359",
        "529.982.247-25",
        "SIN 130 692 544",
        "756.9217.0769.85",
        "85.07.30-033.28",
        "11010519491231002X",
        "ID number 8001015009087",
        "passport number C01X00T47",
        "driver's license: D1234567",
    ],
)
def test_a_national_id_is_replaced(number: str) -> None:
    assert "[NATIONAL_ID_1]" in redact(f"That is {number}.")
    assert not any(map(str.isdecimal, redact(number).replace("[NATIONAL_ID_1]", "")))


@pytest.mark.parametrize(
    "text",
    [
        "ticket AB123456C",
        "order 811228-9874",
        "123456789",
        "item 12345678A",
        "000-00-0000",
        "AB123456E",
        "990101-0000000",
    ],
)
def test_what_only_looks_like_a_national_id_is_none(text: str) -> None:
    assert "NATIONAL_ID" not in {kind for kind, _ in found(text)}


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("AKIA" + "IOSFODNN7EXAMPLE", "[SECRET_1]"),
        ("ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789", "[SECRET_1]"),
        (SLACK_TOKEN, "[SECRET_1]"),
        (f"({STRIPE_KEY})", "([SECRET_1])"),
        ("whsec_" + "abcdefgh123", "[SECRET_1]"),
        ("AIza" + "SyA1234567890abcdefghijklmnopqrstuv", "[SECRET_1]"),
        (JWT, "[SECRET_1]"),
        ("Authorization: Bearer abc123def456", "Authorization: Bearer [SECRET_1]"),
        ("Authorization: Basic YWJjOmRlZg==", "Authorization: Basic [SECRET_1]"),
        ("password: hunter2", "password: [SECRET_1]"),
        ("password: swordfish", "password: [SECRET_1]"),
        ("password: null7)", "password: [SECRET_1])"),
        ("password: ab(1)c", "password: [SECRET_1]"),
        ("password: summer(", "password: [SECRET_1]"),
        ("password is hunter2!", "password is [SECRET_1]!"),
        ('{"api_key": "abcdef"}', '{"api_key": "[SECRET_1]"}'),
        ("my PIN is 1234", "my PIN is [SECRET_1]"),
        ("CVV 123", "CVV [SECRET_1]"),
        ("Your verification code is 482913", "Your verification code is [SECRET_1]"),
        ("d41d8cd98f00b204" + "e9800998ecf8427e", "[SECRET_1]"),
        ("aB3dE5fG7hI9" + "jK1lM3nO5pQ7rS9t", "[SECRET_1]"),
        (f"{KEY_BLOCK}-----END RSA PRIVATE KEY-----\nbye", "[SECRET_1]\nbye"),
        (KEY_BLOCK, "[SECRET_1]"),
    ],
)
def test_a_secret_is_replaced(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "Password: must be at least 8",
        "the password is not working",
        "My PIN is blocked",
        "my shopping 1234",
        "the token is 12 characters",
        "key: up",
        "use code SAVE20",
        "how-to-reset-your-password-in-2024-for-new-users-v2-3",
        "the bearer of bad news",
        "password: ...",
        "def is_genuine(body: bytes, secret: str) -> bool:",
        "class Login:\n    password: str\n    token: None",
        "api_token = get_token(user)",
        'token = os.environ["TOKEN"]',
        "secret: null, token: true",
        "00000000000000000000000000000000",
    ],
)
def test_talk_of_passwords_is_no_secret(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("https://user:pa55@example.com/x", "https://[SECRET_1]@example.com/x"),
        ("https://shop.example/reset?token=abc&lang=en", "https://shop.example/reset?token=[SECRET_1]&lang=en"),
        ("https://shop.example/?email=a@example.com&x=1", "https://shop.example/?email=[EMAIL_1]&x=1"),
        ("https://shop.example/?u=a%40example.com", "https://shop.example/?u=[EMAIL_1]"),
        ("https://shop.example/?name=Jane&x=1", "https://shop.example/?name=[DETAIL_1]&x=1"),
        ("https://shop.example/?phone=%2B12025550143", "https://shop.example/?phone=[PHONE_1]"),
        ("https://wa.me/12025550143", "https://wa.me/[PHONE_1]"),
        ("https://shop.example/call/+12025550143", "https://shop.example/call/[PHONE_1]"),
        ("shop.example.com/u?dob=1990-01-01", "shop.example.com/u?dob=[DETAIL_1]"),
        (f"https://git.example.com/a/b/commit/{HASH}", "https://git.example.com/a/b/commit/[SECRET_1]"),
        (f"git.example.com/a/b/commit/{HASH}/x?y=1", "git.example.com/a/b/commit/[SECRET_1]/x?y=1"),
        (f"https://shop.example/?sig=a/{HASH}", "https://shop.example/?[SECRET_1]"),
    ],
)
def test_personal_data_in_a_link_is_replaced_and_the_link_stays(text: str, redacted: str) -> None:
    assert redact(text) == redacted


def test_a_plain_link_is_found_and_stays() -> None:
    text = "see https://example.com/orders/2025550143?p=9876543210, or www.example.com/faq."
    assert found(text) == [
        ("URL", "https://example.com/orders/2025550143?p=9876543210"),
        ("URL", "www.example.com/faq"),
    ]
    assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "４１１１ １１１１ １１１１ １１１１",
        "4111\u200b1111\u200b1111\u200b1111",
        "4111\u20131111\u20131111\u20131111",
        "4111\u00a01111\u20091111 1111",
        "4111\ud8001111\x0011111111",
        "\u0664\u0661\u0661\u0661111111111111",
    ],
)
def test_odd_characters_do_not_hide_a_number(text: str) -> None:
    assert redact(f"é {text}!") == "é [CARD_1]!"


def test_odd_characters_do_not_hide_an_address() -> None:
    assert redact("ja\u200bne.doe＠example．com") == "[EMAIL_1]"


def test_overlapping_finds_become_one_of_the_stronger_kind() -> None:
    assert found("4111111111111111@example.com") == [("CARD", "4111111111111111@example.com")]
