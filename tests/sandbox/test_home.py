"""The app's Home: published for each person, opened, clicked in."""

import pytest

from sandbox.people import NotOnScreen, Person
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Json, Listener, actions, button, field, home, modal, text
from tests.sandbox.desk import REPLY
from tests.sandbox.limit_samples import options, section, select

QUEUE = home(section("12 drafts wait"), actions(button("Settle", "settle"), block_id="a"), callback_id="home")
MENU = {"type": "actions", "block_id": "m", "elements": [select(placeholder=text("Channel"))]}


async def publishes(api: Api, view: Json = QUEUE, user: str = "U0ANA", **more: str) -> Json:
    return await api("views.publish", user_id=user, view=view, **more)


class TestPublishing:
    async def test_each_person_has_a_home_of_their_own(self, api: Api, ana: Person, bea: Person) -> None:
        await publishes(api)
        assert (await ana.home()).text == "12 drafts wait\nSettle"
        assert (await ana.home()).buttons == ["Settle"]
        assert (await bea.home()).text == ""

    async def test_it_keeps_its_id_and_gets_another_hash(self, api: Api) -> None:
        first, second = (await publishes(api))["view"], (await publishes(api))["view"]
        assert first["id"] == second["id"] == second["root_view_id"]
        assert first["hash"] != second["hash"]
        assert (first["type"], first["callback_id"], first["state"]) == ("home", "home", {"values": {}})

    async def test_an_old_hash_is_a_conflict(self, api: Api) -> None:
        first = (await publishes(api))["view"]["hash"]
        assert (await publishes(api, hash=first))["ok"]
        assert (await publishes(api, hash=first))["error"] == "hash_conflict"
        assert (await publishes(api, user="U0BEA", hash=first))["error"] == "hash_conflict"

    async def test_it_keeps_what_was_chosen_in_it(self, api: Api, ana: Person) -> None:
        await publishes(api, home(MENU))
        await ana.chooses("Channel", "Option 1", on=await ana.home())
        await publishes(api, home(section("Newer"), MENU))
        assert (await ana.home()).fields == {"Channel": "Option 1"}

    @pytest.mark.parametrize(
        "more", [{"title": text("Home")}, {"submit": text("Save")}, {"close": text("Close")}, {"notify_on_close": True}]
    )
    async def test_it_has_nothing_that_only_modals_have(self, api: Api, more: Json) -> None:
        assert (await publishes(api, {**QUEUE, **more}))["error"] == "invalid_arguments"

    async def test_a_modal_is_no_home_and_a_home_no_modal(self, api: Api, ana: Person, listener: Listener) -> None:
        assert (await publishes(api, modal(section())))["error"] == "invalid_arguments"
        await publishes(api)
        await ana.clicks("Settle", on=await ana.home())
        opened = await api("views.open", trigger_id=listener.last["trigger_id"], view=QUEUE)
        assert opened["error"] == "invalid_arguments"

    async def test_fields_in_it_need_nothing_to_submit_them(self, api: Api) -> None:
        assert (await publishes(api, home(field("Reply", REPLY))))["ok"]

    async def test_an_external_id_is_one_persons(self, api: Api) -> None:
        named = {**QUEUE, "external_id": "home"}
        assert (await publishes(api, named))["ok"]
        assert (await publishes(api, named))["ok"]
        assert (await publishes(api, named, user="U0BEA"))["error"] == "duplicate_external_id"

    @pytest.mark.parametrize("user", ["U0NOBODY", "U0SANDBOT1"])
    async def test_only_people_have_one(self, api: Api, user: str) -> None:
        answer = await publishes(api, user=user)
        assert answer["error"] == "invalid_arguments"
        assert answer["response_metadata"]["messages"] == ["[ERROR] invalid `user_id`"]

    async def test_an_app_without_a_home_tab_cannot(self, box: Sandbox, api: Api, ana: Person) -> None:
        box.app.home_tab = False
        assert (await publishes(api))["error"] == "not_enabled"
        with pytest.raises(NotOnScreen, match="Assay has no tab called home"):
            await ana.opens_home()

    async def test_it_is_not_updated_as_modals_are(self, api: Api) -> None:
        view = (await publishes(api))["view"]
        assert (await api("views.update", view_id=view["id"], view=modal(section())))["error"] == "not_found"


class TestOpening:
    async def test_the_app_hears_of_it_with_what_it_published(self, api: Api, ana: Person, listener: Listener) -> None:
        await ana.opens_home()
        first = listener.last["event"]
        assert (first["type"], first["user"], first["tab"], "view" in first) == (
            "app_home_opened",
            "U0ANA",
            "home",
            False,
        )
        assert first["channel"].startswith("D")
        published = await publishes(api)
        await ana.opens_home()
        assert listener.last["event"]["view"] == published["view"]

    async def test_the_conversation_with_the_app_is_its_other_tab(
        self, api: Api, ana: Person, listener: Listener
    ) -> None:
        await publishes(api)
        answer = await api.http.post("/control/home", json={"user": ana.id, "tab": "messages"})
        event = listener.last["event"]
        assert (event["tab"], event["channel"], "view" in event) == ("messages", answer.json()["channel"], False)
        assert (await api("chat.postMessage", channel=ana.id, text="Hi"))["channel"] == event["channel"]

    async def test_looking_is_not_opening(self, ana: Person, listener: Listener) -> None:
        await ana.home()
        assert listener.heard == []


class TestClicks:
    async def test_a_click_has_a_view_and_a_trigger_and_no_channel(
        self, api: Api, ana: Person, listener: Listener
    ) -> None:
        view = (await publishes(api))["view"]
        outcome = await ana.clicks("Settle", on=await ana.opens_home())
        sent = listener.last
        assert outcome.toast is None
        assert (sent["type"], sent["container"]) == ("block_actions", {"type": "view", "view_id": view["id"]})
        assert (sent["actions"][0]["action_id"], sent["view"]["type"]) == ("settle", "home")
        assert not {"channel", "message", "response_url"} & set(sent)

    async def test_its_trigger_opens_a_modal_and_pushes_none(self, api: Api, ana: Person, listener: Listener) -> None:
        await publishes(api)
        await ana.clicks("Settle", on=await ana.home())
        pushed = await api("views.push", trigger_id=listener.last["trigger_id"], view=modal(section()))
        await ana.clicks("Settle", on=await ana.home())
        opened = await api("views.open", trigger_id=listener.last["trigger_id"], view=modal(section()))
        assert (pushed["error"], opened["ok"]) == ("not_found", True)

    async def test_what_stands_in_its_fields_is_sent_along(self, api: Api, ana: Person, listener: Listener) -> None:
        await publishes(api, home(MENU, field("Reply", REPLY), actions(button("Settle", "settle"), block_id="a")))
        seen = await ana.home()
        await ana.chooses("Channel", "Option 1", on=seen)
        assert listener.last["actions"][0]["selected_option"] == options(2)[1]
        await ana.fills({"Reply": "Words"}, on=seen)
        await ana.clicks("Settle", on=seen)
        values = listener.last["view"]["state"]["values"]
        assert values["m"]["s"]["selected_option"] == options(2)[1]
        assert values["reply"]["text"]["value"] == "Words"

    async def test_nobody_clicks_in_the_home_of_another(self, api: Api) -> None:
        view = (await publishes(api))["view"]
        click = {"user": "U0BEA", "view_id": view["id"], "action_id": "settle"}
        assert (await api.http.post("/control/click", json=click)).status_code == 409

    async def test_a_button_that_moved_is_found_and_one_that_is_gone_is_not(
        self, api: Api, ana: Person, listener: Listener
    ) -> None:
        await publishes(api)
        old = await ana.home()
        await publishes(api, home(actions(button("Settle", "settle:2"))))
        await ana.clicks("Settle", on=old)
        assert listener.last["actions"][0]["action_id"] == "settle:2"
        await publishes(api, home(section("Nothing waits")))
        with pytest.raises(NotOnScreen, match="on the Home"):
            await ana.clicks("Settle", on=old)

    async def test_it_cannot_be_submitted_or_closed(self, api: Api) -> None:
        view = (await publishes(api))["view"]
        for act in ("submit", "close"):
            answer = await api.http.post(f"/control/{act}", json={"user": "U0ANA", "view_id": view["id"]})
            assert answer.json() == {"error": "This modal is not open."}
