"""Modals: three on top of one another, filled, submitted, answered, closed."""

import json
from typing import Any

import pytest
from aiohttp import web

from sandbox.people import Modal, NotOnScreen, Person
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Json, Listener, actions, button, field, modal, text
from tests.sandbox.limit_samples import options, section, select

CARD = [actions(button("Edit", "draft:edit"))]
REPLY = {"type": "plain_text_input", "action_id": "text", "multiline": True, "initial_value": "Hello"}
EDIT = modal(
    field("Reply", REPLY),
    field("Note", {"type": "plain_text_input", "action_id": "note"}, optional=True),
    callback_id="draft:edit",
    private_metadata="d1",
)
SLACKS_ERROR = "We had some trouble connecting. Try again?"


class Desk:
    """Ana at a card whose trigger opens modals; what the bot hears is in `heard`."""

    def __init__(self, box: Sandbox, api: Api, ana: Person, listener: Listener) -> None:
        self.box, self.api, self.ana, self.listener = box, api, ana, listener

    async def trigger(self) -> str:
        card = (await self.ana.reads("#support"))[-1]
        await self.ana.clicks("Edit", card)
        return str(self.listener.last["trigger_id"])

    async def opens(self, view: Json = EDIT) -> Json:
        answer = await self.api("views.open", trigger_id=await self.trigger(), view=view)
        return answer

    async def sees(self) -> Modal:
        modal = await self.ana.modal()
        assert modal is not None
        return modal

    def answers(self, body: Any) -> None:
        self.listener.answer = lambda _heard: web.Response(
            text=body if isinstance(body, str) else json.dumps(body), content_type="application/json"
        )

    @property
    def values(self) -> Json:
        values: Json = self.listener.last["view"]["state"]["values"]
        return values


@pytest.fixture
async def desk(box: Sandbox, api: Api, ana: Person, listener: Listener) -> Desk:
    await api.posts(CARD)
    return Desk(box, api, ana, listener)


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

    async def test_a_chosen_option_that_is_gone_is_forgotten(self, desk: Desk) -> None:
        menu = field("Topic", select(options=options(3)))
        view = (await desk.opens(modal(menu)))["view"]
        await desk.ana.fills({"Topic": "Option 2"})
        desk.answers({"response_action": "errors", "errors": {"topic": "Not this one"}})
        await desk.ana.submits()
        await desk.api("views.update", view_id=view["id"], view=modal(field("Topic", select(options=options(1)))))
        assert (await desk.sees()).fields == {"Topic": None}


class TestSubmission:
    async def test_untouched_fields_are_sent_as_they_began(self, desk: Desk) -> None:
        await desk.opens()
        outcome = await desk.ana.submits()
        assert outcome.closed
        assert desk.values == {
            "reply": {"text": {"type": "plain_text_input", "value": "Hello"}},
            "note": {"note": {"type": "plain_text_input", "value": None}},
        }
        view = desk.listener.last["view"]
        assert (view["callback_id"], view["private_metadata"]) == ("draft:edit", "d1")

    @pytest.mark.parametrize(
        ("typed", "sent"), [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a \n", "a \n"), (" & <b>", " & <b>")]
    )
    async def test_typed_text_arrives_as_a_browser_hands_it_over(self, desk: Desk, typed: str, sent: str) -> None:
        await desk.opens()
        await desk.ana.fills({"Reply": typed})
        await desk.ana.submits()
        assert desk.values["reply"]["text"]["value"] == sent

    async def test_a_field_of_one_line_has_no_line_ends(self, desk: Desk) -> None:
        await desk.opens()
        await desk.ana.fills({"Note": "a\nb"})
        await desk.ana.submits()
        assert desk.values["note"]["note"]["value"] == "ab"

    async def test_a_required_field_left_empty_never_reaches_the_bot(self, desk: Desk) -> None:
        await desk.opens()
        before = len(desk.listener.heard)
        await desk.ana.fills({"Reply": ""})
        outcome = await desk.ana.submits()
        assert outcome.errors == {"reply": "Please complete this required field."}
        assert len(desk.listener.heard) == before
        assert (await desk.sees()).error_at("Reply") == "Please complete this required field."

    @pytest.mark.parametrize(
        ("element", "typed", "taken"),
        [
            ({"type": "plain_text_input", "max_length": 3}, "abc", True),
            ({"type": "plain_text_input", "max_length": 3}, "abcd", False),
            ({"type": "plain_text_input"}, "x" * 3_000, True),
            ({"type": "plain_text_input"}, "x" * 3_001, False),
            ({"type": "plain_text_input", "min_length": 3}, "ab", False),
            ({"type": "email_text_input"}, "ana@example.com", True),
            ({"type": "email_text_input"}, "ana", False),
            ({"type": "url_text_input"}, "https://example.com", True),
            ({"type": "url_text_input"}, "example", False),
            ({"type": "number_input", "is_decimal_allowed": False, "max_value": "10"}, "10", True),
            ({"type": "number_input", "is_decimal_allowed": False, "max_value": "10"}, "11", False),
            ({"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}, "0", False),
            ({"type": "number_input", "is_decimal_allowed": False}, "1.5", False),
            ({"type": "number_input", "is_decimal_allowed": True}, "1.5", True),
            ({"type": "number_input", "is_decimal_allowed": True}, "many", False),
            ({"type": "timepicker"}, "09:30", True),
            ({"type": "timepicker"}, "9", False),
            ({"type": "datepicker"}, "2026-11-22", True),
        ],
    )
    async def test_a_field_takes_what_slack_would_take(
        self, desk: Desk, element: Json, typed: str, taken: bool
    ) -> None:
        await desk.opens(modal(field("Value", {**element, "action_id": "v"})))
        await desk.ana.fills({"Value": typed})
        assert (await desk.ana.submits()).closed is taken

    async def test_choices_are_sent_whole(self, desk: Desk) -> None:
        boxes = {"type": "checkboxes", "action_id": "c", "options": options(3)}
        people = {"type": "multi_users_select", "action_id": "u"}
        channel = {"type": "conversations_select", "action_id": "k", "filter": {"include": ["public"]}}
        await desk.opens(modal(field("Why", boxes), field("Leads", people), field("Where", channel)))
        await desk.ana.fills({"Why": ["Option 2", "Option 0"], "Leads": ["Bea"], "Where": "#support"})
        await desk.ana.submits()
        assert desk.values["why"]["c"]["selected_options"] == [options(3)[0], options(3)[2]]
        assert desk.values["leads"]["u"]["selected_users"] == ["U0BEA"]
        assert desk.values["where"]["k"]["selected_conversation"] == "C0SUPPORT"

    async def test_only_what_is_offered_can_be_chosen(self, desk: Desk) -> None:
        await desk.opens(modal(field("Why", select(options=options(2)))))
        view_id = (await desk.sees()).id
        with pytest.raises(NotOnScreen, match="Option 1"):
            await desk.ana.fills({"Why": "Option 9"})
        forged = {"user": "U0ANA", "view_id": view_id, "values": {"why": {"s": "9"}}}
        assert (await desk.api.http.post("/control/submit", json=forged)).status_code == 409

    async def test_a_view_without_inputs_has_nothing_to_submit(self, desk: Desk) -> None:
        await desk.opens({key: held for key, held in modal(section()).items() if key != "submit"})
        with pytest.raises(NotOnScreen, match="nothing to submit"):
            await desk.ana.submits()


class TestAnswers:
    async def test_errors_stand_at_their_fields_and_the_text_stays(self, desk: Desk) -> None:
        await desk.opens()
        desk.answers({"response_action": "errors", "errors": {"reply": "Not saved. Press Save again."}})
        await desk.ana.fills({"Reply": "My words"})
        outcome = await desk.ana.submits()
        seen = await desk.sees()
        assert (outcome.closed, outcome.errors) == (False, {"reply": "Not saved. Press Save again."})
        assert (seen.error_at("Reply"), seen.fields["Reply"]) == ("Not saved. Press Save again.", "My words")

    @pytest.mark.parametrize(
        "answer",
        [
            {"response_action": "errors", "errors": {"text": "an action_id"}},
            {"response_action": "errors", "errors": {}},
            {"response_action": "errors", "errors": {"reply": ""}},
            {"response_action": "shout"},
            {"response_action": "update", "view": {"type": "modal"}},
            {"ok": True},
            ["not", "an", "object"],
            "OK",
        ],
    )
    async def test_an_answer_slack_does_not_understand_is_an_error_for_the_user(self, desk: Desk, answer: Any) -> None:
        await desk.opens()
        desk.answers(answer)
        await desk.ana.fills({"Reply": "My words"})
        outcome = await desk.ana.submits()
        assert (outcome.closed, outcome.error) == (False, SLACKS_ERROR)
        assert (await desk.sees()).fields["Reply"] == "My words"

    async def test_a_bot_that_is_away_leaves_the_modal_with_the_text_in_it(self, desk: Desk) -> None:
        await desk.opens()
        desk.box.app.request_url = None
        await desk.ana.fills({"Reply": "My words"})
        assert (await desk.ana.submits()).error == SLACKS_ERROR
        assert (await desk.sees()).fields["Reply"] == "My words"

    async def test_update_shows_the_next_view_in_its_place(self, desk: Desk) -> None:
        await desk.opens()
        before = (await desk.sees()).id
        desk.answers({"response_action": "update", "view": modal(field("Next"))})
        assert not (await desk.ana.submits()).closed
        seen = await desk.sees()
        assert (seen.id, list(seen.fields)) == (before, ["Next"])

    async def test_push_shows_another_view_on_top(self, desk: Desk) -> None:
        await desk.opens()
        desk.answers({"response_action": "push", "view": modal(field("Next"))})
        await desk.ana.submits()
        assert len((await desk.ana.screen())["modals"]) == 2

    async def test_clear_closes_everything(self, desk: Desk) -> None:
        await desk.opens()
        await desk.opens()
        desk.answers({"response_action": "clear"})
        assert (await desk.ana.submits()).closed
        assert await desk.ana.modal() is None


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
