"""Shortcuts: what the bot receives, what the person reads."""

import asyncio

import pytest
from aiohttp import web

from sandbox.people import NotOnScreen, Person
from sandbox.rules import message_blocks
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Listener, modal
from tests.sandbox.limit_samples import section

WORDS = "How do I get my money back?"


class TestGlobal:
    async def test_it_has_a_trigger_and_no_place(self, box: Sandbox, ana: Person, listener: Listener) -> None:
        outcome = await ana.uses("Review next draft")
        sent = listener.last
        assert outcome.toast is None
        assert (sent["type"], sent["callback_id"]) == ("shortcut", "assay_next")
        assert sent["user"] == {"id": "U0ANA", "username": "ana", "team_id": "T0SANDBOX1"}
        assert float(sent["action_ts"]) >= box.clock.now()
        assert not {"channel", "message", "response_url", "api_app_id"} & set(sent)

    async def test_its_trigger_opens_a_modal(self, api: Api, ana: Person, listener: Listener) -> None:
        await ana.uses("assay_next")
        assert (await api("views.open", trigger_id=listener.last["trigger_id"], view=modal(section())))["ok"]
        assert await ana.modal() is not None


class TestOnMessages:
    async def test_it_carries_the_message(self, box: Sandbox, ana: Person, listener: Listener) -> None:
        """Also of a channel that the app is not in and whose history it may not read."""
        box.workspace.channel("C0SUPPORT").members.pop(box.workspace.bot.id)
        box.app.scopes -= {"channels:history"}
        ts = await ana.says(WORDS, in_="#support")
        await ana.uses("Draft a reply", on=(await ana.reads("#support"))[-1])
        sent = listener.last
        assert (sent["type"], sent["callback_id"], sent["message_ts"]) == ("message_action", "assay_draft", ts)
        assert sent["channel"] == {"id": "C0SUPPORT", "name": "support"}
        assert (sent["message"]["text"], sent["message"]["user"], sent["message"]["ts"]) == (WORDS, "U0ANA", ts)
        assert "api_app_id" not in sent

    async def test_what_a_person_typed_comes_as_text_and_as_blocks(self, ana: Person, listener: Listener) -> None:
        await ana.says("Is 1 &lt; 2, <@U0BEA>? See <https://example.com|this &amp; that>", in_="#support")
        await ana.uses("Draft a reply", on=(await ana.reads("#support"))[-1])
        (block,) = listener.last["message"]["blocks"]
        assert message_blocks([block]) == [block]
        assert block["elements"][0]["elements"] == [
            {"type": "text", "text": "Is 1 < 2, "},
            {"type": "user", "user_id": "U0BEA"},
            {"type": "text", "text": "? See "},
            {"type": "link", "url": "https://example.com", "text": "this & that"},
        ]
        assert "&lt;" in listener.last["message"]["text"]

    async def test_a_card_comes_with_its_blocks(self, api: Api, ana: Person, listener: Listener) -> None:
        await api.posts([section("A card", block_id="b")])
        await ana.uses("assay_draft", on=(await ana.reads("#support"))[-1])
        assert listener.last["message"]["blocks"] == [section("A card", block_id="b")]
        assert listener.last["message"]["bot_id"]

    async def test_its_address_takes_a_private_answer(
        self, api: Api, ana: Person, bea: Person, listener: Listener
    ) -> None:
        await bea.says(WORDS, in_="#support")
        await ana.uses("Draft a reply", on=(await ana.reads("#support"))[-1])
        assert (await api.http.post(listener.last["response_url"], json={"text": "On it"})).text == "ok"
        assert (await ana.reads("#support"))[-1].text == "On it"
        assert (await bea.reads("#support"))[-1].text == WORDS
        replaced = await api.http.post(listener.last["response_url"], json={"text": "x", "replace_original": True})
        assert replaced.json()["error"] == "message_not_found"

    async def test_a_private_note_has_none(self, api: Api, ana: Person) -> None:
        await api("chat.postEphemeral", channel="C0SUPPORT", user="U0ANA", text="Saved")
        note = await ana.last_private_note("#support")
        with pytest.raises(NotOnScreen, match="have no shortcuts"):
            await ana.uses("Draft a reply", on=note)


class TestFailures:
    async def test_silence_is_told_to_the_person(self, box: Sandbox, ana: Person, listener: Listener) -> None:
        box.world.ack_seconds, listener.hold = 0.1, asyncio.Event()
        outcome = await ana.uses("Review next draft")
        listener.hold.set()
        assert outcome.toast == "Operation timed out. Apps need to respond within three seconds."
        assert [each["text"] for each in (await ana.screen())["toasts"]] == [outcome.toast]

    async def test_an_error_is_told_to_the_person(self, ana: Person, listener: Listener) -> None:
        listener.answer = lambda _heard: web.Response(status=500)
        outcome = await ana.uses("Review next draft")
        assert outcome.toast == 'Review next draft failed with the error "dispatch_failed".'


class TestWhatIsOffered:
    async def test_each_kind_in_its_own_place(self, ana: Person) -> None:
        await ana.says(WORDS, in_="#support")
        with pytest.raises(NotOnScreen, match="no global shortcut 'Draft a reply'; there is 'Review next draft'"):
            await ana.uses("Draft a reply")
        with pytest.raises(NotOnScreen, match="no message shortcut 'assay_next'; there is 'Draft a reply'"):
            await ana.uses("assay_next", on=(await ana.reads("#support"))[-1])

    async def test_nothing_without_the_scope_for_commands(self, box: Sandbox, api: Api, ana: Person) -> None:
        box.app.scopes.remove("commands")
        with pytest.raises(NotOnScreen, match="there is nothing"):
            await ana.uses("Review next draft")
        forged = await api.http.post("/control/shortcut", json={"user": "U0ANA", "callback_id": "assay_next"})
        assert forged.json() == {"error": "There is no global shortcut assay_next; there is nothing."}

    async def test_what_the_app_says_it_has(self, api: Api, ana: Person, listener: Listener) -> None:
        await api.http.post("/control/app", json={"shortcuts": [{"callback_id": "other", "name": "Other"}]})
        await ana.uses("Other")
        assert listener.last["callback_id"] == "other"
