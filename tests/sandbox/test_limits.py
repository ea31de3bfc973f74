"""Each row of the limits, at the limit and one above."""

import json

import pytest

from sandbox.limits import MOST, ROWS
from sandbox.refusals import ApiError
from sandbox.rules import home_body, message_blocks, suggested, view_body
from tests.sandbox.callers import Api
from tests.sandbox.limit_samples import ANSWERS, HOMES, MESSAGES, VIEWS, spread

THROUGH_THE_API = {"message.text", "update.text", "metadata.bytes", "views.stacked", "file.bytes", "file.alt_txt"}
OWN_ERRORS = {
    "message.block_text": "msg_blocks_too_long",
    "view.bytes": "view_too_large",
    **dict.fromkeys(ANSWERS, "invalid_options"),
}
SAMPLES = {**MESSAGES, **VIEWS, **HOMES, **ANSWERS}
HELD_BY_ANOTHER = {"data_table.text"}  # a message holds less text than one data_table may


def refusal(name: str, size: int) -> str | None:
    try:
        if name in HOMES:
            home_body(HOMES[name](size))
        elif name in ANSWERS:
            suggested(ANSWERS[name](size))
        elif name in VIEWS:
            view_body(VIEWS[name](size))
        else:
            message_blocks(MESSAGES[name](size))
    except ApiError as error:
        return error.error
    return None


def test_every_row_of_the_limits_is_tested() -> None:
    assert {row.name for row in ROWS} == set(SAMPLES) | THROUGH_THE_API


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - HELD_BY_ANOTHER))
def test_what_is_at_the_limit_is_taken(name: str) -> None:
    assert refusal(name, MOST[name]) is None


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_what_is_one_above_the_limit_is_refused(name: str) -> None:
    usual = "invalid_blocks" if name in MESSAGES else "invalid_arguments"
    assert refusal(name, MOST[name] + 1) == OWN_ERRORS.get(name, usual)


def test_a_data_table_at_its_limit_is_refused_for_the_whole_message() -> None:
    assert refusal("data_table.text", MOST["data_table.text"]) == "msg_blocks_too_long"


async def test_a_message_text_of_40_000_characters_is_taken_and_one_more_is_refused(api: Api) -> None:
    assert (await api("chat.postMessage", channel="C0SUPPORT", text="x" * 40_000))["ok"]
    longer = await api("chat.postMessage", channel="C0SUPPORT", text="x" * 40_001)
    assert longer["error"] == "msg_too_long"


async def test_an_update_takes_a_text_of_4_000_characters_and_no_more(api: Api) -> None:
    where = {"channel": "C0SUPPORT", "ts": await api.posts()}
    assert (await api("chat.update", **where, text="x" * 4_000))["ok"]
    assert (await api("chat.update", **where, text="x" * 4_001))["error"] == "msg_too_long"


async def test_metadata_of_1_024_bytes_is_taken_and_one_more_is_refused(api: Api) -> None:
    bare = len(json.dumps({"event_type": "e", "event_payload": {"x": ""}}))
    for size, error in ((1_024, None), (1_025, "metadata_too_large")):
        metadata = {"event_type": "e", "event_payload": {"x": "x" * (size - bare)}}
        answer = await api("chat.postMessage", channel="C0SUPPORT", text="A card", metadata=metadata)
        assert answer.get("error") == error


async def test_what_slack_refuses_is_told_with_a_json_pointer(api: Api) -> None:
    blocks = [{"type": "divider"}, *MESSAGES["header.text"](151)]
    answer = await api("chat.postMessage", channel="C0SUPPORT", text="A card", blocks=blocks)
    said = "[ERROR] must be less than 151 characters [json-pointer:/blocks/1/text/text]"
    assert answer == {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": [said]}}


async def test_the_text_of_all_blocks_counts_together(api: Api) -> None:
    answer = await api("chat.postMessage", channel="C0SUPPORT", text="A card", blocks=spread(13_201))
    assert answer["error"] == "msg_blocks_too_long"
