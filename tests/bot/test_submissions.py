"""What a draft must look like as it comes in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot import texts
from bot.chunks import LONGEST
from bot.submissions import CONVERSATION_LONGEST, DEEPEST, Submission

LEAST = {"channel": "#support", "prompt": "Help"}


def taken(**fields: Any) -> Submission:
    return Submission.model_validate(LEAST | fields)


def refusal(**fields: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        taken(**fields)
    return str(refused.value.errors()[0]["msg"])


def nested(levels: int) -> Any:
    return "x" if levels == 0 else {"deeper": nested(levels - 1)}


def test_a_prompt_is_a_conversation_of_one_message() -> None:
    assert taken().turns == [{"role": "user", "content": "Help"}]
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    assert Submission.model_validate({"channel": "C1", "conversation": said}).turns == said


@pytest.mark.parametrize(
    "fields",
    [{"prompt": None}, {"conversation": [{"role": "user", "content": "Hi"}]}],
    ids=["neither", "both"],
)
def test_there_is_either_a_prompt_or_a_conversation(fields: dict[str, Any]) -> None:
    assert "either conversation or prompt" in refusal(**fields)


def test_a_conversation_says_something() -> None:
    assert "conversation is empty" in refusal(prompt=None, conversation=[])


def test_a_conversation_has_a_length_and_a_number_of_turns() -> None:
    whole = [{"role": "user", "content": "x" * (CONVERSATION_LONGEST // 200)}] * 200
    assert len(taken(prompt=None, conversation=whole).turns) == 200
    longer = [*whole[:-1], {"role": "user", "content": "x" * (CONVERSATION_LONGEST // 200 + 1)}]
    assert "more than 96,000 characters" in refusal(prompt=None, conversation=longer)
    assert "at most 200" in refusal(prompt=None, conversation=[{"role": "user", "content": "x"}] * 201)


@pytest.mark.parametrize(("character", "units"), [("x", 1), ("語", 1), ("🎉", 2)])
def test_a_draft_is_as_long_as_slack_counts_it(character: str, units: int) -> None:
    fits = character * (LONGEST // units)
    assert taken(draft=fits).draft == fits
    assert "more than 48,000 characters" in refusal(draft=fits + character)


def test_a_draft_of_control_characters_would_be_too_heavy_for_a_window() -> None:
    assert "too many control characters" in refusal(draft="." + "\x01" * 40_000)
    assert taken(draft="語" * LONGEST).draft is not None


@pytest.mark.parametrize("draft", ["", " \n", "\u200b", "\u3164\u0301"])
def test_a_blank_is_left_out_and_not_sent_empty(draft: str) -> None:
    assert taken().draft is None
    assert "leave it out" in refusal(draft=draft)


@pytest.mark.parametrize("words", [" \n", "\u200b", "\u3164\u0301"])
def test_a_conversation_in_which_nobody_says_anything_is_empty(words: str) -> None:
    assert refusal(prompt=words) == "Value error, prompt is empty"
    assert "conversation is empty" in refusal(prompt=None, conversation=[{"role": "user", "content": words}])


def test_context_is_nested_no_deeper_than_it_says() -> None:
    assert taken(context={"a": nested(DEEPEST - 1)}).context
    assert "nested deeper than 8 levels" in refusal(context={"a": nested(DEEPEST)})
    listed: Any = "x"
    for _ in range(DEEPEST):
        listed = [listed]
    assert "nested deeper" in refusal(context={"a": listed})


@pytest.mark.parametrize("name", ["draft", "prompt", "topic", "model", "external_id"])
@pytest.mark.parametrize("character", [0, 0xD800, 0xDFFF])
def test_what_no_database_can_hold_is_refused_in_every_field(name: str, character: int) -> None:
    assert "no text can have" in refusal(**{name: f"a{chr(character)}b"})


def test_what_no_database_can_hold_is_refused_in_names_and_lists() -> None:
    assert "no text can have" in refusal(context={"a\0": 1})
    assert "no text can have" in refusal(context={"a": ["x", {"b": "\ud834"}]})


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": ""},
        {"channel": "x" * 201},
        {"external_id": ""},
        {"model": "x" * 201},
        {"topic": "x" * 201},
        {"url": "x" * 2_001},
        {"language": "x" * 36},
        {"priority": 101},
        {"priority": 1.5},
        {"uncertainty": -0.1},
        {"context": {str(number): 1 for number in range(51)}},
        {"conversation": [{"role": "robot", "content": "x"}], "prompt": None},
        {"conversation": [{"role": "user", "content": ""}], "prompt": None},
        {"conversation": [{"role": "user", "content": "x", "name": "y"}], "prompt": None},
        {"colour": "red"},
        {"draft": 5},
    ],
    ids=str,
)
def test_names_types_and_sizes_are_held_to(fields: dict[str, Any]) -> None:
    assert refusal(**fields)


plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)
seen = plain.filter(texts.visible)


@given(prompt=seen, draft=seen, context=st.dictionaries(plain, plain, max_size=5))
def test_any_text_that_can_be_stored_is_taken_as_it_is(prompt: str, draft: str, context: dict[str, str]) -> None:
    submission = taken(prompt=prompt, draft=draft, context=context)
    assert (submission.turns[0]["content"], submission.draft, submission.context) == (prompt, draft, context)
