"""A text is known again though words were struck out of it."""

import pytest

from bot.striking import struck_from


@pytest.mark.parametrize(
    ("shown", "now", "is_it"),
    [
        ("Dear Jo, hello.", "Dear Jo, hello. ", True),
        ("Dear Jo, hello.", "Dear [PRIVATE_1], hello.", True),
        ("Jo and Al and Jo", "[PRIVATE_1] and [PRIVATE_2] and [PRIVATE_1]", True),
        ("Write to [EMAIL_1], Jo.", "Write to [EMAIL_1], [PRIVATE_1].", True),
        ("Dear Jo, hello. Bye.", "Dear [PRIVATE_1], hello.", False),
        ("Bye. Dear Jo, hello.", "Dear [PRIVATE_1], hello.", False),
        ("Jo or Al and Jo", "[PRIVATE_1] and [PRIVATE_2] and [PRIVATE_1]", False),
        ("ab", "ab[PRIVATE_1]b", False),
        ("Dear Jo", "Dear Al", False),
    ],
)
def test_what_was_struck_out_may_be_anything_and_all_else_stands_where_it_stood(
    shown: str, now: str, *, is_it: bool
) -> None:
    assert struck_from(shown, now) is is_it
