"""Modals: three on top of one another, updated, clicked in, closed."""

import pytest

from sandbox.people import NotOnScreen, Person
from tests.sandbox.callers import Json, actions, button, field, modal, text
from tests.sandbox.desk import EDIT, REPLY, Desk
from tests.sandbox.limit_samples import options, section, select

WRITTEN = {"type": "plain_text_input", "action_id": "note"}


class TestStack:
    async def test_three_views_are_the_most(self, desk: Desk) -> None:
        answers = [await desk.opens() for _ in range(4)]
        assert [answer.get("error") for answer in answers] == [None, None, None, "push_limit_reached"]
        assert len((await desk.ana.screen())["modals"]) == 3

    async def test_a_view_is_pushed_from_an_open_view_only(self, desk: Desk) -> None:
        pushed = await desk.api("views.push", trigger_id=await desk.trigger(), view=EDIT)
        assert pushed["error"] == "not_found"

    async def test_a_pushed_view_knows_its_root_and_closing_it_shows_the_one_below(self, desk: Desk) -> None:
        root = (await desk.opens(modal(section(), actions(button("More", "more")), title=text("Root"))))["view"]
        await desk.ana.clicks("More")
        trigger = desk.listener.last["trigger_id"]
        pushed = (await desk.api("views.push", trigger_id=trigger, view=EDIT))["view"]
        assert (pushed["root_view_id"], pushed["previous_view_id"]) == (root["id"], root["id"])
        await desk.ana.closes()
        assert (await desk.sees()).title == "Root"

    async def test_views_of_others_are_not_seen(self, desk: Desk, bea: Person) -> None:
        await desk.opens()
        assert await bea.modal() is None

    async def test_a_closed_view_cannot_be_updated(self, desk: Desk) -> None:
        view = (await desk.opens())["view"]
        await desk.ana.closes()
        assert (await desk.api("views.update", view_id=view["id"], view=EDIT))["error"] == "not_found"


class TestUpdates:
    async def test_an_old_hash_is_a_conflict(self, desk: Desk) -> None:
        view = (await desk.opens())["view"]
        first = await desk.api("views.update", view_id=view["id"], hash=view["hash"], view=EDIT)
        second = await desk.api("views.update", view_id=view["id"], hash=view["hash"], view=EDIT)
        assert first["ok"]
        assert second["error"] == "hash_conflict"

    async def test_a_view_is_found_by_its_external_id(self, desk: Desk) -> None:
        await desk.opens({**EDIT, "external_id": "x1"})
        assert (await desk.api("views.update", external_id="x1", view={**EDIT, "title": text("New")}))["ok"]
        assert (await desk.sees()).title == "New"

    async def test_a_field_with_the_same_ids_keeps_what_was_in_it(self, desk: Desk) -> None:
        """As in Slack: a new initial value needs a new block_id."""
        view = (await desk.opens())["view"]
        newer = modal(field("Reply", {**REPLY, "initial_value": "Newer"}))
        await desk.api("views.update", view_id=view["id"], view=newer)
        assert (await desk.sees()).fields["Reply"] == "Hello"
        newer["blocks"][0]["block_id"] = "reply:2"
        await desk.api("views.update", view_id=view["id"], view=newer)
        assert (await desk.sees()).fields["Reply"] == "Newer"

    async def test_what_an_update_put_into_a_new_field_is_told_once_somebody_changes_it(self, desk: Desk) -> None:
        view = (await desk.opens())["view"]
        newer = field("Reply", {**REPLY, "initial_value": "Newer"}, block_id="reply:2")
        updated = await desk.api("views.update", view_id=view["id"], view=modal(newer, EDIT["blocks"][1]))
        assert updated["view"]["state"]["values"] == {"note": {"note": {"type": "plain_text_input", "value": None}}}
        await desk.ana.fills({"Reply": "Newest"})
        await desk.ana.submits()
        assert desk.values["reply:2"]["text"]["value"] == "Newest"

    async def test_a_chosen_option_that_is_gone_is_forgotten(self, desk: Desk) -> None:
        menu = field("Topic", select(options=options(3)))
        view = (await desk.opens(modal(menu)))["view"]
        await desk.ana.fills({"Topic": "Option 2"})
        desk.answers({"response_action": "errors", "errors": {"topic": "Not this one"}})
        await desk.ana.submits()
        await desk.api("views.update", view_id=view["id"], view=modal(field("Topic", select(options=options(1)))))
        assert (await desk.sees()).fields == {"Topic": None}


class TestUpdatesFromWithin:
    """A click in a modal is answered by another body of the same modal."""

    async def clicks(self, desk: Desk) -> str:
        """Ana wrote in two fields, chose, and clicked; the view's hash as the click told it."""
        menu = actions(select(options=options(3), placeholder=text("Topic")), button("More", "more"), block_id="a")
        side = section("Tone", block_id="tone", accessory=select(options=options(3)))
        await desk.opens(modal(field("Reply", REPLY), field("Note", WRITTEN), menu, side))
        await desk.ana.fills({"Reply": "Mine", "Note": "Typed", "Topic": "Option 2", "Tone": "Option 1"})
        await desk.ana.clicks("More")
        return str(desk.listener.last["view"]["hash"])

    async def shows(self, desk: Desk, *blocks: Json, **more: str) -> Json:
        view_id = desk.listener.last["view"]["id"]
        return await desk.api("views.update", view_id=view_id, view=modal(*blocks), **more)

    async def test_what_was_typed_and_chosen_stays_where_the_ids_stay(self, desk: Desk) -> None:
        await self.clicks(desk)
        menu = actions(select(options=options(3), placeholder=text("Topic")), block_id="a")
        side = section("Tone", block_id="tone", accessory=select(options=options(3)))
        await self.shows(desk, side, menu, field("Reply", {**REPLY, "initial_value": "Newer"}))
        assert (await desk.sees()).fields == {"Tone": "Option 1", "Topic": "Option 2", "Reply": "Mine"}
        await desk.ana.submits()
        assert set(desk.values) == {"tone", "a", "reply"}

    @pytest.mark.parametrize(
        "other",
        [
            field("Reply", {**REPLY, "action_id": "text:2", "initial_value": "Newer"}),
            field("Reply", {**REPLY, "initial_value": "Newer"}, block_id="reply:2"),
        ],
    )
    async def test_another_id_begins_anew(self, desk: Desk, other: Json) -> None:
        await self.clicks(desk)
        await self.shows(desk, other)
        assert (await desk.sees()).fields == {"Reply": "Newer"}

    async def test_what_was_left_out_once_is_gone(self, desk: Desk) -> None:
        await self.clicks(desk)
        await self.shows(desk, section("Wait"))
        await self.shows(desk, field("Reply", REPLY), field("Note", WRITTEN))
        assert (await desk.sees()).fields == {"Reply": "Hello", "Note": None}

    async def test_another_kind_of_field_under_the_same_ids_begins_anew(self, desk: Desk) -> None:
        await self.clicks(desk)
        await self.shows(desk, field("Reply", {"type": "email_text_input", "action_id": "text"}))
        assert (await desk.sees()).fields == {"Reply": None}

    async def test_the_hash_of_the_click_is_good_until_the_view_is_another(self, desk: Desk) -> None:
        told = await self.clicks(desk)
        assert (await self.shows(desk, field("Reply", REPLY), hash=told))["ok"]
        assert (await self.shows(desk, field("Reply", REPLY), hash=told))["error"] == "hash_conflict"
        desk.answers({"response_action": "errors", "errors": {"reply": "Not yet"}})
        now = (await desk.sees()).hash
        await desk.ana.submits()
        assert (await self.shows(desk, field("Reply", REPLY), hash=now))["ok"]

    async def test_the_answer_to_a_submission_makes_it_another_view_too(self, desk: Desk) -> None:
        told = await self.clicks(desk)
        newer = field("Reply", {**REPLY, "initial_value": "Next"}, block_id="reply:2")
        desk.answers({"response_action": "update", "view": modal(newer, field("Note", WRITTEN))})
        await desk.ana.submits()
        assert (await desk.sees()).fields == {"Reply": "Next", "Note": "Typed"}
        assert (await self.shows(desk, field("Reply", REPLY), hash=told))["error"] == "hash_conflict"


class TestExternalIds:
    async def test_no_two_views_have_the_same(self, desk: Desk) -> None:
        await desk.opens({**EDIT, "external_id": "x1"})
        assert (await desk.opens({**EDIT, "external_id": "x1"}))["error"] == "duplicate_external_id"
        second = (await desk.opens({**EDIT, "external_id": "x2"}))["view"]
        taken = await desk.api("views.update", view_id=second["id"], view={**EDIT, "external_id": "x1"})
        assert taken["error"] == "duplicate_external_id"

    async def test_the_submission_carries_it_and_closing_frees_it(self, desk: Desk) -> None:
        await desk.opens({**EDIT, "external_id": "x1"})
        await desk.ana.submits()
        assert desk.listener.last["view"]["external_id"] == "x1"
        assert (await desk.opens({**EDIT, "external_id": "x1"}))["ok"]


class TestClosing:
    async def test_the_bot_hears_of_it_only_when_it_asked(self, desk: Desk) -> None:
        await desk.opens()
        before = len(desk.listener.heard)
        await desk.ana.closes()
        assert len(desk.listener.heard) == before

    @pytest.mark.parametrize("all", [False, True])
    async def test_the_bot_hears_whether_all_were_closed(self, desk: Desk, all: bool) -> None:
        await desk.opens({**EDIT, "notify_on_close": True})
        await desk.ana.closes(all=all)
        assert (desk.listener.last["type"], desk.listener.last["is_cleared"]) == ("view_closed", all)
        assert await desk.ana.modal() is None

    async def test_nobody_closes_what_is_not_open(self, desk: Desk) -> None:
        with pytest.raises(NotOnScreen, match="no modal open"):
            await desk.ana.closes()


class TestClicksInModals:
    async def test_what_was_typed_so_far_is_sent_along(self, desk: Desk) -> None:
        await desk.opens(modal(field("Reply", REPLY), actions(button("Skip", "skip"))))
        await desk.ana.fills({"Reply": "Half"})
        await desk.ana.clicks("Skip")
        sent = desk.listener.last
        assert sent["container"] == {"type": "view", "view_id": sent["view"]["id"]}
        assert desk.values["reply"]["text"]["value"] == "Half"
        assert (await desk.sees()).fields["Reply"] == "Half"

    async def test_a_field_tells_the_app_at_once_only_when_it_says_so(self, desk: Desk) -> None:
        told = field("Told", select(options=options(2)), dispatch_action=True)
        await desk.opens(modal(told, field("Untold", select(options=options(2)))))
        await desk.ana.chooses("Told", "Option 1")
        assert desk.values["told"]["s"]["selected_option"] == options(2)[1]
        with pytest.raises(NotOnScreen, match="tells the app nothing"):
            await desk.ana.chooses("Untold", "Option 1")
