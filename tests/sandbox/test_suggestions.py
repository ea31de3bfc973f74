"""Fields whose options the app finds: asked as somebody types, chosen, kept."""

import asyncio
import json

import pytest
from aiohttp import web

from sandbox.people import NotOnScreen, Person
from sandbox.refusals import ApiError
from sandbox.rules import message_blocks, view_body
from tests.sandbox.callers import Api, Heard, Json, Listener, actions, field, home, modal, text
from tests.sandbox.desk import Desk
from tests.sandbox.limit_samples import option, section

TOPICS = ["Billing", "Billing › Refund", "Shipping"]


def topic(words: str) -> Json:
    return {"text": text(words), "value": words.lower()}


def search(kind: str = "external_select", **more: object) -> Json:
    return {"type": kind, "action_id": "topic", "min_query_length": 0, **more}


def finds(heard: Heard) -> web.Response:
    """A bot that finds topics by what is in them."""
    typed = heard.payload.get("value", "") if b"block_suggestion" in heard.body else None
    if typed is None:
        return web.Response()
    return web.json_response({"options": [topic(each) for each in TOPICS if typed.lower() in each.lower()]})


VIEW = modal(field("Topic", search()))


@pytest.fixture
async def searching(desk: Desk) -> Desk:
    desk.listener.answer = finds
    return desk


class TestAsking:
    async def test_the_app_is_asked_with_what_was_typed(self, searching: Desk) -> None:
        view = (await searching.opens(VIEW))["view"]
        assert await searching.ana.searches("Topic", "bill") == TOPICS[:2]
        sent = searching.listener.last
        assert (sent["type"], sent["value"]) == ("block_suggestion", "bill")
        assert (sent["block_id"], sent["action_id"]) == ("topic", "topic")
        assert sent["container"] == {"type": "view", "view_id": view["id"]}
        assert (sent["view"]["id"], sent["user"]["id"], sent["team"]["id"]) == (view["id"], "U0ANA", "T0SANDBOX1")
        assert not {"trigger_id", "response_url"} & set(sent)

    async def test_on_a_message_it_carries_the_message(self, searching: Desk) -> None:
        ts = await searching.api.posts([actions(search(placeholder=text("Topic")))])
        card = (await searching.ana.reads("#support"))[-1]
        assert await searching.ana.searches("Topic", "ship", on=card) == ["Shipping"]
        sent = searching.listener.last
        assert (sent["container"]["message_ts"], sent["channel"]["id"], sent["message"]["ts"]) == (ts, "C0SUPPORT", ts)

    @pytest.mark.parametrize(("more", "typed", "enough"), [({}, "bi", "bil"), ({"min_query_length": 2}, "b", "bi")])
    async def test_it_is_asked_only_when_enough_is_typed(
        self, searching: Desk, more: Json, typed: str, enough: str
    ) -> None:
        element = {"type": "external_select", "action_id": "topic", **more}
        await searching.opens(modal(field("Topic", element)))
        before = len(searching.listener.heard)
        with pytest.raises(NotOnScreen, match="Type at least"):
            await searching.ana.searches("Topic", typed)
        assert len(searching.listener.heard) == before
        assert await searching.ana.searches("Topic", enough) == TOPICS[:2]

    async def test_groups_are_offered_with_their_options(self, searching: Desk) -> None:
        await searching.opens(VIEW)
        searching.answers({"option_groups": [{"label": text("Money"), "options": [topic("Billing")]}]})
        assert await searching.ana.searches("Topic", "") == ["Billing"]

    async def test_finding_nothing_is_an_answer(self, searching: Desk) -> None:
        await searching.opens(VIEW)
        assert await searching.ana.searches("Topic", "zzz") == []

    async def test_only_a_field_that_searches_can_be_searched(self, searching: Desk) -> None:
        await searching.opens(modal(field("Reply")))
        with pytest.raises(NotOnScreen, match="no field reply/text here to search in"):
            await searching.ana.searches("Reply", "x")


class TestFailures:
    @pytest.mark.parametrize(
        "answer",
        [
            "",
            "ok",
            {"options": [option(1), option(1)]},
            {"options": [option(1, text=text("x" * 76))]},
            {"options": [], "option_groups": []},
            {"options": None},
            ["x"],
        ],
    )
    async def test_an_answer_that_is_no_list_of_options_is_told(self, searching: Desk, answer: object) -> None:
        await searching.opens(VIEW)
        searching.answers(answer)
        with pytest.raises(NotOnScreen, match="Couldn't load results"):
            await searching.ana.searches("Topic", "bill")
        entry = searching.box.traffic.entries[-1]
        assert (entry.kind, entry.status) == ("suggestion", 200)
        assert "[ERROR]" in str(entry.failure)

    async def test_an_app_that_is_slow_is_told(self, searching: Desk) -> None:
        await searching.opens(VIEW)
        searching.box.world.ack_seconds, searching.listener.hold = 0.1, asyncio.Event()
        with pytest.raises(NotOnScreen, match="Couldn't load results"):
            await searching.ana.searches("Topic", "bill")
        searching.listener.hold.set()
        assert searching.box.traffic.entries[-1].failure == "http_timeout"


class TestChoosing:
    async def test_the_chosen_option_is_stated_whole(self, searching: Desk) -> None:
        await searching.opens(VIEW)
        await searching.ana.fills({"Topic": "Billing › Refund"})
        await searching.ana.submits()
        assert searching.values["topic"]["topic"] == {
            "type": "external_select",
            "selected_option": topic("Billing › Refund"),
        }

    async def test_words_that_no_option_has_are_told_with_the_offers(self, searching: Desk) -> None:
        await searching.opens(VIEW)
        with pytest.raises(NotOnScreen, match="'Billing', 'Billing › Refund', not 'bill'"):
            await searching.ana.fills({"Topic": "bill"})

    async def test_only_what_was_offered_can_be_chosen(self, searching: Desk) -> None:
        view = (await searching.opens(VIEW))["view"]
        forged = {"user": "U0ANA", "view_id": view["id"], "values": {"topic": {"topic": "shipping"}}}
        assert (await searching.api.http.post("/control/submit", json=forged)).status_code == 409
        await searching.ana.searches("Topic", "ship")
        assert (await searching.api.http.post("/control/submit", json=forged)).json()["closed"]

    async def test_several_are_found_one_after_the_other(self, searching: Desk) -> None:
        await searching.opens(modal(field("Topics", search("multi_external_select", initial_options=[topic("Old")]))))
        assert (await searching.sees()).fields == {"Topics": ["Old"]}
        await searching.ana.fills({"Topics": ["Shipping", "Billing"]})
        await searching.ana.submits()
        stated = searching.values["topics"]["topic"]["selected_options"]
        assert stated == [topic("Shipping"), topic("Billing")]

    async def test_it_begins_with_its_initial_option(self, searching: Desk) -> None:
        await searching.opens(modal(field("Topic", search(initial_option=topic("Old")))))
        assert (await searching.sees()).fields == {"Topic": "Old"}
        await searching.ana.submits()
        assert searching.values["topic"]["topic"]["selected_option"] == topic("Old")

    async def test_an_update_with_the_same_ids_keeps_the_choice(self, searching: Desk) -> None:
        told = modal(field("Topic", search(), dispatch_action=True))
        view = (await searching.opens(told))["view"]
        await searching.ana.chooses("Topic", "Shipping")
        assert searching.listener.last["actions"][0]["selected_option"] == topic("Shipping")
        await searching.api("views.update", view_id=view["id"], view={**told, "title": text("Newer")})
        seen = await searching.sees()
        assert (seen.title, seen.fields) == ("Newer", {"Topic": "Shipping"})
        await searching.ana.submits()
        assert searching.values["topic"]["topic"]["selected_option"] == topic("Shipping")

    async def test_one_on_a_message_tells_the_app_and_stays_until_the_redraw(self, searching: Desk) -> None:
        blocks = [section("Topic", block_id="b", accessory=search())]
        ts = await searching.api.posts(blocks)
        await searching.ana.chooses("Topic", "Shipping", on=(await searching.ana.reads("#support"))[-1])
        sent = searching.listener.last
        assert sent["actions"][0]["selected_option"] == topic("Shipping")
        assert sent["state"]["values"]["b"]["topic"]["selected_option"] == topic("Shipping")
        assert (await searching.ana.reads("#support"))[-1].fields == {"Topic": "Shipping"}
        await searching.api("chat.update", channel="C0SUPPORT", ts=ts, text="A card", blocks=blocks)
        assert (await searching.ana.reads("#support"))[-1].fields == {"Topic": None}
        forged = {"user": "U0ANA", "channel": "C0SUPPORT", "ts": ts, "action_id": "topic", "selected": "shipping"}
        assert (await searching.api.http.post("/control/click", json=forged)).status_code == 409

    async def test_one_in_the_home_tells_the_app(self, api: Api, ana: Person, listener: Listener) -> None:
        listener.answer = finds
        await api("views.publish", user_id=ana.id, view=home(section("Topic", block_id="b", accessory=search())))
        await ana.chooses("Topic", "Billing", on=await ana.home())
        assert listener.last["view"]["state"]["values"]["b"]["topic"]["selected_option"] == topic("Billing")
        assert (await ana.home()).fields == {"Topic": "Billing"}


class TestShape:
    @pytest.mark.parametrize("kind", ["external_select", "multi_external_select"])
    def test_it_stands_where_selects_stand(self, kind: str) -> None:
        assert message_blocks([section(accessory=search(kind)), actions(search(kind))])
        assert view_body(modal(field("Topic", search(kind))))

    @pytest.mark.parametrize(
        "more", [{"options": [option(1)]}, {"min_query_length": -1}, {"min_query_length": "3"}, {"initial_option": 1}]
    )
    def test_a_wrong_one_is_refused(self, more: Json) -> None:
        with pytest.raises(ApiError):
            message_blocks([actions(search(**more))])


async def test_what_an_app_may_answer_is_what_it_reads_in_the_traffic(searching: Desk) -> None:
    await searching.opens(VIEW)
    await searching.ana.searches("Topic", "ship")
    rows = [json.loads(line) for line in (await searching.api.http.get("/control/traffic")).text.splitlines()]
    assert rows[-1]["answer"] == {"options": [topic("Shipping")]}
