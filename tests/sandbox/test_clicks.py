"""Clicks and commands: what the bot receives, what the person reads, what cannot be done."""

import asyncio
import json
import time

import httpx
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from sandbox.people import NotOnScreen, Person
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Json, Listener, actions, button, modal, text
from tests.sandbox.limit_samples import options, section, select

CARD = [section("Hello", block_id="draft"), actions(button(value="1", style="primary"), block_id="a")]


async def test_a_click_is_signed_as_slack_signs(box: Sandbox, api: Api, ana: Person, listener: Listener) -> None:
    await api.posts(CARD)
    await ana.clicks("Approve", (await ana.reads("#support"))[-1])
    heard = listener.heard[-1]
    assert SignatureVerifier(box.app.signing_secret).is_valid_request(heard.body, heard.headers)
    assert abs(time.time() - int(heard.headers["x-slack-request-timestamp"])) < 60


async def test_a_click_carries_what_slacks_own_would(api: Api, ana: Person, listener: Listener) -> None:
    ts = await api.posts(CARD)
    await ana.clicks("Approve", (await ana.reads("#support"))[-1])
    sent = listener.last
    clicked = sent["actions"][0]
    assert (sent["type"], sent["user"]["id"], sent["channel"]["id"]) == ("block_actions", "U0ANA", "C0SUPPORT")
    assert sent["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C0SUPPORT",
        "is_ephemeral": False,
    }
    assert (clicked["action_id"], clicked["block_id"], clicked["value"]) == ("draft:approve", "a", "1")
    assert clicked["text"] == text("Approve")
    assert sent["message"]["blocks"] == CARD
    assert sent["state"] == {"values": {}}


async def test_a_click_on_a_private_note_carries_no_message(api: Api, ana: Person, listener: Listener) -> None:
    await api("chat.postEphemeral", channel="C0SUPPORT", user="U0ANA", text="Saved", blocks=[actions(button("Undo"))])
    note = await ana.last_private_note("#support")
    await ana.clicks("Undo", note)
    assert listener.last["container"]["is_ephemeral"] is True
    assert "message" not in listener.last


async def test_a_choice_in_a_message_is_sent_whole_and_stays_until_the_redraw(
    api: Api, ana: Person, bea: Person, listener: Listener
) -> None:
    menu = actions(select(options=options(3), placeholder=text("Topic")), block_id="m")
    ts = await api.posts([menu])
    click = {"user": "U0ANA", "channel": "C0SUPPORT", "ts": ts, "action_id": "s", "selected": "2"}
    await api.http.post("/control/click", json=click)
    assert listener.last["actions"][0]["selected_option"] == options(3)[2]
    assert listener.last["state"]["values"]["m"]["s"]["selected_option"] == options(3)[2]
    assert (await ana.reads("#support"))[-1].fields == {"Topic": "Option 2"}
    assert (await bea.reads("#support"))[-1].fields == {"Topic": None}
    await api("chat.update", channel="C0SUPPORT", ts=ts, text="A card", blocks=[menu])
    assert (await ana.reads("#support"))[-1].fields == {"Topic": None}


async def test_an_overflow_entry_is_clicked_by_its_words(api: Api, ana: Person, listener: Listener) -> None:
    await api.posts([actions({"type": "overflow", "action_id": "more", "options": options(3)})])
    await ana.clicks("Option 1", (await ana.reads("#support"))[-1])
    assert listener.last["actions"][0]["selected_option"]["value"] == "1"


class TestWhatCannotBeClicked:
    async def test_nothing_but_what_is_on_the_message(self, api: Api, ana: Person, listener: Listener) -> None:
        await api.posts(CARD)
        card = (await ana.reads("#support"))[-1]
        with pytest.raises(NotOnScreen, match="Approve"):
            await ana.clicks("Reject", card)
        forged = {"user": "U0ANA", "channel": "C0SUPPORT", "ts": card.ts, "action_id": "draft:approve", "value": "2"}
        answer = await api.http.post("/control/click", json=forged)
        assert (answer.status_code, listener.heard) == (409, [])

    async def test_not_somebody_elses_private_note(self, api: Api, bea: Person) -> None:
        blocks = [actions(button("Undo", "undo"))]
        posted = await api("chat.postEphemeral", channel="C0SUPPORT", user="U0ANA", text="Saved", blocks=blocks)
        click = {"user": "U0BEA", "channel": "C0SUPPORT", "ts": posted["message_ts"], "action_id": "undo"}
        answer = await api.http.post("/control/click", json=click)
        assert (answer.status_code, answer.json()) == (409, {"error": "Bea does not see this message."})
        assert await bea.last_private_note("#support") is None
        assert await bea.reads("#support") == []

    async def test_not_in_a_private_channel_of_others(self, box: Sandbox, api: Api, bea: Person) -> None:
        secret = box.workspace.add_channel("secret", private=True, members=["U0ANA", box.workspace.bot.id])
        await api.posts(CARD, channel=secret.id)
        with pytest.raises(NotOnScreen, match="sees no #secret"):
            await bea.reads("#secret")

    async def test_a_button_that_was_redrawn_away(self, api: Api, ana: Person) -> None:
        ts = await api.posts(CARD)
        old = (await ana.reads("#support"))[-1]
        await api("chat.update", channel="C0SUPPORT", ts=ts, text="done", blocks=[section("done")])
        with pytest.raises(NotOnScreen, match="there is no button"):
            await ana.clicks("Approve", old)

    async def test_a_button_that_was_redrawn_elsewhere_is_found(
        self, api: Api, ana: Person, listener: Listener
    ) -> None:
        ts = await api.posts(CARD)
        old = (await ana.reads("#support"))[-1]
        newer = [actions(button(value="2"), block_id="a2")]
        await api("chat.update", channel="C0SUPPORT", ts=ts, text="A card", blocks=newer)
        await ana.clicks("Approve", old)
        assert listener.last["actions"][0]["value"] == "2"


class TestFailures:
    async def test_a_refused_connection_is_told_to_the_user(self, box: Sandbox, api: Api, ana: Person) -> None:
        await api.posts(CARD)
        outcome = await ana.clicks("Approve", (await ana.reads("#support"))[-1])
        assert outcome.toast == "Something went wrong with that button. Try again."
        assert box.traffic.entries[-1].failure == "connection_failed"

    async def test_every_status_but_200_is_told_to_the_user(self, api: Api, ana: Person, listener: Listener) -> None:
        listener.answer = lambda _heard: web.Response(status=404)
        await api.posts(CARD)
        outcome = await ana.clicks("Approve", (await ana.reads("#support"))[-1])
        assert outcome.toast == "Something went wrong with that button. Try again."

    async def test_a_toast_goes_when_it_is_dismissed(self, api: Api, ana: Person) -> None:
        await api.posts(CARD)
        await ana.clicks("Approve", (await ana.reads("#support"))[-1])
        (toast,) = (await ana.screen())["toasts"]
        await api.http.post("/control/dismiss", json={"user": "U0ANA", "toast": toast["id"]})
        assert (await ana.screen())["toasts"] == []


class TestRepetition:
    async def test_two_clicks_can_be_under_way_at_once(self, api: Api, ana: Person, listener: Listener) -> None:
        listener.hold = asyncio.Event()
        await api.posts(CARD)
        card = (await ana.reads("#support"))[-1]
        await ana.clicks("Approve", card, wait=False)
        await ana.clicks("Approve", card, wait=False)
        idle = asyncio.ensure_future(api.http.post("/control/idle", json={}))
        listener.hold.set()
        await asyncio.wait_for(idle, 2)
        first, second = (heard.payload for heard in listener.heard)
        assert first["actions"][0]["action_ts"] != second["actions"][0]["action_ts"]
        assert first["trigger_id"] != second["trigger_id"]

    async def test_a_redelivery_is_the_same_request_byte_for_byte(
        self, api: Api, ana: Person, listener: Listener
    ) -> None:
        await api.posts(CARD)
        outcome = await ana.clicks("Approve", (await ana.reads("#support"))[-1])
        again = await api.http.post("/control/redeliver", json={"id": outcome.traffic})
        first, second = listener.heard
        assert again.json()["status"] == 200
        assert first.body == second.body
        assert first.headers["x-slack-signature"] == second.headers["x-slack-signature"]

    async def test_only_what_went_to_the_bot_is_redelivered(self, api: Api) -> None:
        await api.posts(CARD)
        answer = await api.http.post("/control/redeliver", json={"id": 1})
        assert answer.status_code == 409


class TestTriggers:
    @pytest.fixture
    async def trigger(self, api: Api, ana: Person, listener: Listener) -> str:
        await api.posts(CARD)
        await ana.clicks("Approve", (await ana.reads("#support"))[-1])
        return str(listener.last["trigger_id"])

    async def test_a_trigger_opens_one_view(self, api: Api, ana: Person, trigger: str) -> None:
        assert (await api("views.open", trigger_id=trigger, view=modal(section())))["ok"]
        again = await api("views.open", trigger_id=trigger, view=modal(section()))
        assert again["error"] == "exchanged_trigger_id"
        assert len((await ana.screen())["modals"]) == 1

    @pytest.mark.parametrize(("seconds", "error"), [(3.0, None), (3.001, "expired_trigger_id")])
    async def test_a_trigger_lives_three_seconds(
        self, box: Sandbox, api: Api, trigger: str, seconds: float, error: str | None
    ) -> None:
        box.clock.advance(seconds)
        answer = await api("views.open", trigger_id=trigger, view=modal(section()))
        assert answer.get("error") == error

    async def test_an_invented_trigger_is_refused(self, api: Api) -> None:
        answer = await api("views.open", trigger_id="1.2.3", view=modal(section()))
        assert answer["error"] == "invalid_trigger_id"


class TestCommands:
    async def test_a_command_carries_its_text_and_place(self, ana: Person, listener: Listener) -> None:
        outcome = await ana.types("/assay setup now", in_="#support")
        form = listener.heard[-1].form
        assert outcome.toast is None
        assert (form["command"], form["text"], form["channel_name"]) == ("/assay", "setup now", "support")

    @pytest.mark.parametrize("answer", ["Hello Ana", '{"response_type": "ephemeral", "text": "Hello Ana"}'])
    async def test_the_answer_is_shown_to_its_user_alone(
        self, ana: Person, bea: Person, listener: Listener, answer: str
    ) -> None:
        listener.answer = lambda _heard: web.Response(text=answer)
        await ana.types("/assay", in_="#support")
        note = await ana.last_private_note("#support")
        assert note is not None
        assert note.text_seen == "Hello Ana"
        assert await bea.reads("#support") == []

    async def test_a_failed_command_says_so(self, ana: Person, listener: Listener) -> None:
        listener.answer = lambda _heard: web.Response(status=500)
        assert (await ana.types("/assay", in_="#support")).toast == '/assay failed with the error "dispatch_failed".'

    async def test_an_unknown_command_never_reaches_the_bot(self, ana: Person, listener: Listener) -> None:
        assert (await ana.types("/other", in_="#support")).toast == "/other is not a valid command."
        assert listener.heard == []


async def test_the_traffic_tells_everything_in_order_and_no_token(
    box: Sandbox, http: httpx.AsyncClient, api: Api, ana: Person, listener: Listener
) -> None:
    await api.posts(CARD)
    await ana.clicks("Approve", (await ana.reads("#support"))[-1])
    response = await http.get("/control/traffic")
    rows: list[Json] = [json.loads(line) for line in response.text.splitlines()]
    assert [(row["from"], row["kind"], row["status"]) for row in rows] == [("bot", "api", 200), ("user", "action", 200)]
    assert box.app.bot_token not in response.text
    assert box.app.signing_secret not in response.text
    assert (await http.get("/control/traffic", params={"after": 2})).text == ""
