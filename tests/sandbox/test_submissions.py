"""Modals that are filled and submitted, and what the bot's answer does to them."""

from typing import Any

import pytest

from sandbox.people import NotOnScreen
from tests.sandbox.callers import Json, field, modal
from tests.sandbox.desk import Desk
from tests.sandbox.limit_samples import options, section, select

SLACKS_ERROR = "We had some trouble connecting. Try again?"


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
