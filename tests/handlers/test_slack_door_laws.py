"""Laws of Slack's door: whatever is old, early, signed by others or of no shape reaches nothing."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.slack.tables import ACTIONS, EVENTS, SHORTCUTS, VIEWS
from sandbox.sending import signature
from sandbox.workspace import TEAM_ID
from tests.handlers.test_slack_door import FORM, knocks
from tests.house import SUPPORT, House
from tests.houses import Houses, Templates
from tests.stories.kept import Rows, all_rows, changed

FRESH = 300  # seconds, as Slack recommends: https://docs.slack.dev/authentication/verifying-requests-from-slack
few = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
PRESSED = urlencode({"payload": json.dumps({"type": "block_actions"})}).encode()
AS_IT_WAS: dict[str, Rows] = {}  # the rows of the house before anything came to its door

anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
# Times that are none, or not now.
old = st.integers(min_value=FRESH + 5, max_value=10**9).map(lambda ago: str(int(time.time()) - ago))
early = st.integers(min_value=FRESH + 5, max_value=10**9).map(lambda ahead: str(int(time.time()) + ahead))
# What a header may hold: of other signs the server itself says 400.
header = st.characters(
    min_codepoint=0x21, max_codepoint=0xFF, exclude_characters=[chr(one) for one in range(0x7F, 0xA1)]
)
odd = st.text(header, max_size=20).filter(lambda said: not (said.isascii() and said.isdecimal()))


@pytest.fixture(scope="module")
async def house(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One for all laws: nothing that they send may change it."""
    async with Houses(templates, None, tmp_path_factory.mktemp("door")).open() as opened:
        await opened.draft()
        AS_IT_WAS[opened.url] = await all_rows(opened)
        yield opened


async def comes(house: House, body: bytes, stamp: str, proof: str, kind: str = FORM) -> int:
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": proof, "Content-Type": kind}
    return (await knocks(house, body, headers)).status_code


def proven(house: House, stamp: str, body: bytes) -> str:
    return signature(house.box.app.signing_secret, stamp, body)


@given(body=st.binary(max_size=200), stamp=old | early)
@few
async def test_what_was_signed_too_long_ago_or_is_still_to_come_is_turned_away(
    house: House, body: bytes, stamp: str
) -> None:
    assert await comes(house, body, stamp, proven(house, stamp, body)) == 401


@given(stamp=odd)
@few
async def test_a_time_that_is_none_is_turned_away_though_it_is_signed(house: House, stamp: str) -> None:
    """A signature over it can be right: what is not a time is never fresh."""
    assert await comes(house, PRESSED, stamp, proven(house, stamp, PRESSED)) == 401


@given(body=st.binary(max_size=200), proof=st.text(header, max_size=80))
@few
async def test_a_signature_that_somebody_made_up_is_turned_away(house: House, body: bytes, proof: str) -> None:
    assert await comes(house, body, str(int(time.time())), proof) == 401


@given(body=st.binary(min_size=1, max_size=200), place=st.integers(min_value=0), bit=st.integers(0, 7))
@few
async def test_a_body_that_differs_in_one_bit_is_not_what_was_signed(
    house: House, body: bytes, place: int, bit: int
) -> None:
    stamp = str(int(time.time()))
    other = bytearray(body)
    other[place % len(body)] ^= 1 << bit
    assert await comes(house, bytes(other), stamp, proven(house, stamp, body)) == 401


@given(body=st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()), json_body=st.booleans())
@few
async def test_a_body_of_any_shape_is_answered_and_changes_nothing(house: House, body: bytes, json_body: bool) -> None:
    await _changes_nothing(house, body, "application/json" if json_body else FORM)


KINDS = {
    "block_actions": ("actions", "action_id", list(ACTIONS)),
    "view_submission": ("view", "callback_id", list(VIEWS)),
    "shortcut": ("", "callback_id", list(SHORTCUTS)),
    "message_action": ("", "callback_id", list(SHORTCUTS)),
    "event_callback": ("event", "type", list(EVENTS)),
}


@st.composite
def misshapen(draw: st.DrawFn) -> dict[str, Any]:
    """Something that is meant for one of our listeners, by nobody we know, with parts of any shape."""
    kind = draw(st.sampled_from(list(KINDS)))
    inner, named, ids = KINDS[kind]
    parts = st.dictionaries(st.sampled_from(PARTS), anything, max_size=5)
    about = draw(parts) | {named: draw(st.sampled_from(ids))}
    where = {"block_actions": [about], "view_submission": about, "event_callback": about}
    body = draw(parts) | ({inner: where[kind]} if inner else about) | {"type": kind}
    who = draw(st.sampled_from([{"id": "U0NOBODY001"}, {"id": "U0NOBODY001", "team_id": TEAM_ID}, None]))
    team = draw(st.sampled_from([{"id": TEAM_ID}, {"id": "T0NOWHERE1"}, None]))
    return {**body, "user": who, "team": team, "team_id": draw(st.sampled_from([TEAM_ID, "T0NOWHERE1"]))}


PARTS = [
    "value", "selected_option", "channel", "container", "message", "private_metadata", "state", "blocks", "hash",
    "trigger_id", "response_url", "action_ts", "tab", "user", "event_ts", "inviter", "tokens", "view", "text",
]  # fmt: skip


@given(payload=misshapen())
@settings(few, max_examples=150)
async def test_what_our_listeners_cannot_read_is_answered_and_changes_nothing(
    house: House, payload: dict[str, Any]
) -> None:
    if payload["type"] == "event_callback":
        await _changes_nothing(house, json.dumps(payload).encode(), "application/json")
    else:
        await _changes_nothing(house, urlencode({"payload": json.dumps(payload)}).encode(), FORM)


@given(text=st.text(max_size=30), channel=st.text(max_size=12) | st.just(SUPPORT), user=st.text(max_size=12))
@few
async def test_a_command_of_any_words_by_nobody_changes_nothing(
    house: House, text: str, channel: str, user: str
) -> None:
    said = {"command": "/assay", "text": text, "channel_id": channel, "user_id": user, "team_id": "T0NOWHERE1"}
    await _changes_nothing(house, urlencode(said, errors="replace").encode(), FORM)


async def _changes_nothing(house: House, body: bytes, kind: str) -> None:
    stamp = str(int(time.time()))
    answered = await comes(house, body, stamp, proven(house, stamp, body), kind)
    await house.bot.tools.afterwards.done()
    assert answered in (200, 400, 404), answered
    assert changed(AS_IT_WAS[house.url], await all_rows(house)) == []
