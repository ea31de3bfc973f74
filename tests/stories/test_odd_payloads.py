"""Presses, windows and events that say too little, or come from another version: each gets its sentence."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.surfaces import notes
from handlers.slack.shapes import DEEPEST
from sandbox.workspace import TEAM_ID
from storage.models import Draft
from storage.queries import channels
from tests.handlers.test_slack_door import signed
from tests.house import SUPPORT, House
from tests.stories.steps import label, one_database, rows

pytestmark = one_database
Json = dict[str, Any]
MISSING = object()
TYPED = {"reply:1:0:0": {"text": {"type": "plain_text_input", "value": "All my work."}}}


def press(house: House, action: str, value: object, **changes: object) -> Json:
    button: dict[str, object] = {"type": "button", "action_id": action, "action_ts": "1.1", "text": {"text": "Approve"}}
    if value is not MISSING:
        button["value"] = value
    body = {
        "type": "block_actions",
        "team": {"id": TEAM_ID},
        "user": {"id": house.ana.id},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": SUPPORT},
        "channel": {"id": SUPPORT},
        "trigger_id": "1.2.3",
        "actions": [button],
        **changes,
    }
    return {name: given for name, given in body.items() if given is not MISSING}


def nested(levels: int) -> Json:
    """Objects in one another, so many in all."""
    made: Json = {}
    for _ in range(levels - 1):
        made = {"in": made}
    return made


def window(house: House, callback: str, metadata: object, **changes: object) -> Json:
    view = {
        "id": "V1",
        "type": "modal",
        "hash": "1.a",
        "callback_id": callback,
        "private_metadata": metadata,
        "submit": {"type": "plain_text", "text": "Save"},
        "blocks": [{"type": "input", "block_id": "reply:1:0:0", "element": {"action_id": "text"}}],
        "state": {"values": TYPED},
        **changes,
    }
    view = {name: given for name, given in view.items() if given is not MISSING}
    return {
        "type": "view_submission",
        "team": {"id": TEAM_ID},
        "user": {"id": house.ana.id},
        "trigger_id": "1.2.3",
        "view": view,
    }


async def comes(house: House, payload: Json) -> Json:
    """What is answered to it; never a failure."""
    answer = await signed(house, urlencode({"payload": json.dumps(payload)}).encode())
    assert answer.status_code == 200, (payload, answer.text)
    await house.bot.tools.afterwards.done()
    return dict(answer.json()) if answer.text.startswith("{") else {}


async def test_a_button_that_does_not_say_what_it_is_about_is_from_an_older_version(house: House) -> None:
    await house.draft()
    actions = ("draft:approve", "draft:edit", "draft:undo", "draft:change", "dispute:settle")
    for action in actions:
        for value in ("abc", "", MISSING, None, "9" * 23, "-1", "٣"):
            before = len(await house.traffic())
            await comes(house, press(house, action, value))
            (said,) = [one for one in (await house.traffic())[before:] if one["method"] == "chat.postEphemeral"]
            assert said["request"]["text"] == notes.UNKNOWN
    assert await rows(house) == (0, 0)


async def test_a_press_without_its_parts_fails_nobody(house: House) -> None:
    await house.draft()
    odd: list[dict[str, object]] = [
        {"trigger_id": MISSING},
        {"actions": [{"type": "button", "action_id": "draft:edit"}]},
        {"channel": None},
        {"container": None},
        {"user": MISSING},
        {"team": None},
    ]
    for changes in odd:
        for action in ("draft:edit", "focus:skip", "something:else"):
            await comes(house, press(house, action, "1", **changes))
    assert await rows(house) == (0, 0)


@pytest.mark.parametrize(
    "callback", ["draft:edit", "draft:change", "draft:escalate", "draft:reject", "focus:draft", "dispute:settle"]
)
async def test_a_window_of_another_version_keeps_what_was_typed(house: House, callback: str) -> None:
    await house.draft()
    later = {"draft": 1, "base": 0, "at": 1, "more": 2}
    strange = ['{"draft": "x", "base": 0, "at": 1}', '{"draft": 99999999999, "base": 0, "at": 1}', "[]", "7", "nothing"]
    for metadata in ("", "{}", json.dumps(later), MISSING, None, *strange):
        answer = await comes(house, window(house, callback, metadata))
        said = [notes.UNKNOWN_MODAL]
        if metadata == "{}" and callback == "focus:draft":
            said.append(notes.still_here(notes.GONE_MODAL))
        assert answer["response_action"] == "errors"
        assert answer["errors"]["reply:1:0:0"] in said
    assert await label(house, 1, "ana") is None


@pytest.mark.parametrize("value", [5, {}, {"a": "b"}, True, [7], ["a"]], ids=str)
async def test_a_text_of_another_kind_is_from_another_version(house: House, value: object) -> None:
    draft = await house.draft()
    opened = json.dumps({"draft": draft, "base": 0, "at": 1})
    typed = {"reply:1:0:0": {"text": {"type": "plain_text_input", "value": value}}}
    answer = await comes(house, window(house, "draft:edit", opened, state={"values": typed}))
    assert answer["errors"] == {"reply:1:0:0": notes.UNKNOWN_MODAL}
    assert await label(house, draft, "ana") is None


HALF = "\ud800"


async def test_half_a_letter_in_what_tells_messages_apart_costs_no_answer(house: House) -> None:
    draft = await house.draft()
    container = {"type": "message", "message_ts": HALF, "channel_id": SUPPORT}
    button = {"type": "button", "action_id": "draft:approve", "value": f"{draft}", "action_ts": HALF}
    await comes(house, press(house, "draft:approve", f"{draft}", container=container))
    assert await rows(house) == (1, 1)
    await comes(house, press(house, "draft:approve", f"{draft}", actions=[button]))
    opened = json.dumps({"draft": draft, "base": 1, "at": 1})
    await comes(house, window(house, "draft:edit", opened, hash=HALF) | {"trigger_id": None})
    assert await rows(house) == (1, 2)


ODD: list[Json] = [
    {"blocks": [{"type": "input", "block_id": 7}]},
    {"blocks": [{"type": "input", "block_id": {"id": "reply:1:0:0"}}]},
    {"blocks": [{"type": "input", "block_id": "reply:1:0:0", "element": {"initial_value": 7}}]},
    {"state": {"values": {"tags:1:0": {"t": {"selected_options": [{"value": {}}]}}}}},
]


@pytest.mark.parametrize("callback", ["draft:edit", "draft:reject", "focus:draft", "channel:setup"])
@pytest.mark.parametrize("changes", ODD, ids=range(len(ODD)))
async def test_parts_of_a_window_of_another_kind_are_of_another_version(
    house: House, callback: str, changes: Json
) -> None:
    opened = json.dumps({"draft": await house.draft(), "base": 0, "at": 1})
    answer = await comes(house, window(house, callback, opened, **changes))
    assert answer["response_action"] in ("errors", "update")
    assert await rows(house) == (0, 0)


async def test_a_message_for_a_draft_stays_in_a_window_of_another_version(house: House) -> None:
    typed = {"message:1": {"text": {"type": "plain_text_input", "value": "Help."}}}
    chosen = {"channel:1": {"channel": {"type": "static_select", "selected_option": {"value": "1"}}}}
    whole = {"channel": SUPPORT, "ts": "1.1", "thread": "1.1", "reply_url": None, "files": 0}
    inputs = [
        {"type": "input", "block_id": name, "element": {"action_id": "text"}} for name in ("message:1", "channel:1")
    ]
    numbered = json.dumps(whole | {"channel": 1})
    for metadata in ("", "{}", "[]", "null", numbered, json.dumps(whole | {"more": 1}), MISSING, None):
        sent = window(house, "draft:make", metadata, blocks=inputs, state={"values": typed | chosen})
        answer = await comes(house, sent)
        assert answer == {"response_action": "errors", "errors": {"message:1": notes.UNKNOWN_MODAL}}
    for number in ("9" * 23, "99", "abc", ""):
        other = {"channel:1": {"channel": {"type": "static_select", "selected_option": {"value": number}}}}
        sent = window(house, "draft:make", json.dumps(whole), blocks=inputs, state={"values": typed | other})
        assert "errors" in await comes(house, sent)
    async with house.sessions.reading() as session:
        assert await session.get(Draft, 1) is None


async def test_a_setup_of_a_channel_that_is_not_there_keeps_what_was_typed(house: House) -> None:
    overlap = {"overlap": {"share": {"type": "static_select", "selected_option": {"value": "0.1"}}}}
    for metadata in ("", "{}", json.dumps({"channel": 99, "time_zone": "UTC"})):
        state = {"values": {**TYPED, **overlap}}
        answer = await comes(house, window(house, "channel:setup", metadata, state=state))
        assert answer == {"response_action": "errors", "errors": {"reply:1:0:0": notes.UNKNOWN_MODAL}}


async def test_a_window_without_fields_says_it_in_its_place(house: House) -> None:
    for callback in ("draft:edit", "focus:draft", "an:older:one"):
        answer = await comes(house, window(house, callback, "", blocks=[], state=MISSING))
        assert answer["response_action"] == "update"
        assert notes.UNKNOWN_WINDOW in json.dumps(answer["view"], ensure_ascii=False)


async def test_an_event_that_names_nobody_changes_nothing(house: House) -> None:
    for event in ({"type": "member_joined_channel", "channel": SUPPORT}, {"type": "user_change", "user": {}}):
        told = {"type": "event_callback", "team_id": TEAM_ID, "event": event}
        answer = await signed(house, json.dumps(told).encode(), "application/json")
        assert answer.status_code == 200


@pytest.mark.parametrize("written", ["-1e17", "1e17", "1e400", "nan", "-62135596801", "soon"])
async def test_an_event_that_says_no_time_that_there_is_changes_nothing(house: House, written: str) -> None:
    for event in (
        {"type": "app_uninstalled"},
        {"type": "member_left_channel", "channel": SUPPORT, "user": house.ana.id},
        {"type": "user_change", "user": {"id": house.ana.id, "deleted": True}},
    ):
        told = {"type": "event_callback", "team_id": TEAM_ID, "event_time": written}
        body = json.dumps(told | {"event": event | {"event_ts": written}})
        assert (await signed(house, body.encode(), "application/json")).status_code == 200
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    assert await label(house, draft, "ana") is not None


async def test_what_a_window_does_not_offer_is_not_stored(house: House) -> None:
    draft = await house.draft()
    opened = json.dumps({"draft": draft, "base": 0, "at": 1})
    forged: dict[str, tuple[str, Json]] = {
        "draft:reject": ("reject", {"type": "static_select", "selected_option": {"value": "because"}}),
        "draft:escalate": ("escalation", {"type": "static_select", "selected_option": {"value": "because"}}),
        "draft:edit": ("tags", {"type": "multi_static_select", "selected_options": [{"value": "because"}]}),
    }
    for callback, (name, element) in forged.items():
        block = f"{name}:{draft}:0"
        blocks = [{"type": "input", "block_id": one} for one in ("reply:1:0:0", block)]
        state = {"values": {**TYPED, block: {"chosen": element}}}
        answer = await comes(house, window(house, callback, opened, blocks=blocks, state=state))
        assert answer["errors"] == {block: notes.NOT_OFFERED.format(button="Save")}
    assert await label(house, draft, "ana") is None


async def test_a_choice_that_was_not_made_is_asked_for_at_its_field(house: House) -> None:
    draft = await house.draft()
    opened = json.dumps({"draft": draft, "base": 0, "at": 1})
    asked = {"draft:reject": ("reject", notes.WHY_REJECTED), "draft:escalate": ("escalation", notes.WHY_HUMAN)}
    for callback, (name, sentence) in asked.items():
        block = f"{name}:{draft}:0"
        for element in ({"type": "static_select", "selected_option": None}, None):
            blocks = [{"type": "input", "block_id": one} for one in ("reply:1:0:0", block)]
            state = {"values": {**TYPED, **({block: {"chosen": element}} if element else {})}}
            answer = await comes(house, window(house, callback, opened, blocks=blocks, state=state))
            assert answer["errors"] == {block: sentence.format(button="Save")}
    assert await label(house, draft, "ana") is None


async def test_an_answer_keeps_a_reason_and_topics_that_are_offered_no_more(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Escalate", await house.card(draft))
    await house.ana.fills({"Why must a human take over?": "Legal threat", "Topics to flag": ["Legal"]})
    await house.ana.submits()
    await house.settles()
    async with house.sessions.writing() as session:
        channel = await channels.by_slack_id(session, TEAM_ID, SUPPORT)
        assert channel is not None
        channel.escalation_reasons, channel.tags = ["other"], ["safety"]
        session.add(channel)
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    await house.ana.clicks("Change", note)
    await house.ana.fills({"Note": "Still so."})
    assert (await house.ana.submits()).closed
    found = await label(house, draft, "ana")
    assert found is not None
    assert (found.revision.escalation, found.revision.tags, found.revision.note) == (
        "legal threat",
        ["legal"],
        "Still so.",
    )


async def test_more_in_the_window_of_another_channel_shows_nothing(house: House) -> None:
    """A button of the one channel, in a window that says it is about the other."""
    await house.bot.tools.doorkeeper.standings(TEAM_ID, house.max.id)
    view = {"id": "V1", "type": "modal", "hash": "1.a", "callback_id": "channel:setup", "blocks": []}
    about = {"private_metadata": json.dumps({"channel": 2, "version": 0, "time_zone": "UTC"})}
    before = len(await house.traffic())
    await comes(house, press(house, "setup:more", "1", user={"id": house.max.id}, view=view | about))
    said = [one for one in (await house.traffic())[before:] if one["method"].startswith("views.")]
    assert notes.UNKNOWN in json.dumps([one["request"] for one in said], ensure_ascii=False)
    assert "Guideline" not in json.dumps(said)


async def test_post_again_without_a_count_is_from_an_older_version(house: House) -> None:
    for value in ("", "x", "x:", "x:y", "x:-1"):
        before = len(await house.traffic())
        await comes(house, press(house, "delivery:again", value, user={"id": house.max.id}))
        (said,) = [one for one in (await house.traffic())[before:] if one["method"] == "chat.postEphemeral"]
        assert said["request"]["text"] == notes.UNKNOWN


async def test_parts_of_another_kind_than_slacks_are_refused_in_words(house: House) -> None:
    """Bolt would fail at them, and Slack would send them again."""
    odd: list[Json] = [
        window(house, "draft:edit", "{}", type=MISSING),
        press(house, "draft:edit", "1", user=7),
        press(house, "draft:edit", "1", actions=[]),
        press(house, "draft:edit", "1", actions="draft:edit"),
        press(house, "draft:edit", "1", state=nested(DEEPEST)),
        press(house, "draft:approve", "1", user={"id": "U\ud800"}),
        press(house, "draft:approve", "1", user={"id": "U\0"}),
        press(house, "draft:approve", "1", user={"id": 7}),
        press(house, "draft:approve", "1", channel={"id": "C\udfff"}),
        window(house, "draft:edit", "{}", blocks="blocks"),
        window(house, "draft:edit", "{}", blocks=["block"]),
    ]
    for payload in odd:
        answer = await signed(house, urlencode({"payload": json.dumps(payload)}).encode())
        assert answer.status_code == 400, payload
        assert answer.json()["detail"].endswith("Nothing was done.")
    assert await rows(house) == (0, 0)
