"""What the model is told before the conversation."""

import pytest

from bot.system_message import system_message

CONTEXT = {"plan": "Pro", "seats": 7, "tags": ["vip"], "app.version": "4.2"}
LINES = "plan: Pro\nseats: 7\napp.version: 4.2"


def test_without_a_template_the_guideline_comes_before_the_context() -> None:
    assert system_message("Be kind.\n", CONTEXT) == f"Be kind.\n\n{LINES}"
    assert system_message("Be kind.", {}) == "Be kind."
    assert system_message("", CONTEXT, " \n") == LINES


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("Follow this: {guideline}", "Follow this: Be kind."),
        ("{context}\n--\n{guideline}\n", f"{LINES}\n--\nBe kind."),
        ("{context.plan} with {context.seats} seats, {context.tags}", 'Pro with 7 seats, ["vip"]'),
        ("App {context.app.version}", "App 4.2"),
        ("{context.region} {context.} {CONTEXT} {} {other} {{guideline}}", None),
        ('Answer as JSON: {"reply": "…"}', None),
    ],
)
def test_a_template_is_filled_in_and_what_it_does_not_know_stays(template: str, message: str | None) -> None:
    expected = template.replace("{{guideline}}", "{Be kind.}") if message is None else message
    assert system_message("Be kind.", CONTEXT, template) == expected


def test_what_is_filled_in_is_not_read_again() -> None:
    context = {"plan": "{guideline} \\1 {context}"}
    assert system_message("{context.plan}", context, "{context.plan}|{guideline}") == (
        "{guideline} \\1 {context}|{context.plan}"
    )
