"""What holds between the blocks of a message or a view, beside the limits."""

import pytest

from sandbox.markdown import pieces
from sandbox.refusals import ApiError
from sandbox.rules import message_blocks, pings_in, view_body
from tests.sandbox.callers import Json, actions, button, field, modal, text
from tests.sandbox.limit_samples import cells, data_table, image, line, option, options, pie, section, select


def leaf(kind: str, **more: object) -> Json:
    line = {"type": "rich_text_section", "elements": [{"type": kind, **more}]}
    return {"type": "rich_text", "elements": [line]}


RIGHT_MESSAGES: dict[str, list[Json]] = {
    "no blocks": [],
    "every styled leaf": [leaf("text", text="was", style={"strike": True, "underline": True})],
    "a list": [{"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": []}]}],
    "a section with a menu": [section(accessory=select(initial_option=option(1)))],
    "a section with an image": [section(accessory=image())],
    "a table with numbers": [{"type": "table", "rows": [[{"type": "raw_number", "value": 1.5}, *cells(1)]]}],
    "a chart with lines": [line(series=2, points=3)],
}
RIGHT_MESSAGES["a list"][0]["elements"][0]["elements"] = leaf("text", text="one")["elements"]
WRONG_MESSAGES: dict[str, list[Json]] = {
    "null": [None],  # type: ignore[list-item]
    "an unknown block": [{"type": "marquee"}],
    "an unknown field": [section(colour="red")],
    "a misspelt field of an element": [actions(button(style="primery"))],
    "an empty section": [{"type": "section"}],
    "an empty text": [section("")],
    "a button without action_id": [actions({"type": "button", "text": text("Go")})],
    "a button with marked-up words": [actions(button(text={"type": "mrkdwn", "text": "*Go*"}))],
    "an empty actions block": [actions()],
    "the same block_id twice": [section(block_id="b"), section(block_id="b")],
    "the same action_id twice in a block": [actions(button(), button())],
    "an image without alt_text": [{"type": "image", "image_url": "https://x"}],
    "an image with a local address": [image(image_url="/x.png")],
    "a menu without options": [actions(select(options=[]))],
    "a menu with options and groups": [actions(select(option_groups=[]))],
    "two options of the same value": [actions(select(options=[option(1), option(1)]))],
    "an initial option that is not offered": [actions(select(initial_option=option(7)))],
    "an input in an actions block": [actions({"type": "plain_text_input", "action_id": "t"})],
    "an unknown rich text leaf": [leaf("blink", text="x")],
    "an empty cell": [{"type": "table", "rows": [cells(1, "")]}],
    "rows of different lengths": [{"type": "table", "rows": [cells(1), cells(2)]}],
    "a data_table with a header only": [data_table([cells(1)])],
    "a data_table with a rich header": [data_table([[leaf("text", text="x")], cells(1)])],
    "a pie with nothing in it": [pie(0)],
    "two lines of the same name": [{**line(), "chart": {**line()["chart"], "series": line()["chart"]["series"] * 2}}],
}
TYPED = {"type": "plain_text_input", "action_id": "text"}
WRONG_VIEWS: dict[str, Json] = {
    "no title": {"type": "modal", "blocks": [section()]},
    "no blocks": modal(),
    "a home tab": {**modal(section()), "type": "home"},
    "an unknown field": modal(section(), colour="red"),
    "markdown, which is for messages": modal({"type": "markdown", "text": "**x**"}),
    "a table, which is for messages": modal({"type": "table", "rows": [cells(1)]}),
    "the cursor in two fields": modal(
        field("A", {**TYPED, "focus_on_load": True}), field("B", {**TYPED, "focus_on_load": True})
    ),
    "a text longer than its field": modal(field(element={**TYPED, "initial_value": "four", "max_length": 3})),
    "a field that needs more than it takes": modal(field(element={**TYPED, "min_length": 4, "max_length": 3})),
    "inputs and nothing to submit them": {k: v for k, v in modal(field()).items() if k != "submit"},
}


@pytest.mark.parametrize("name", RIGHT_MESSAGES)
def test_a_right_message_is_taken(name: str) -> None:
    taken = message_blocks(RIGHT_MESSAGES[name])
    assert len({block["block_id"] for block in taken}) == len(taken)


@pytest.mark.parametrize("name", WRONG_MESSAGES)
def test_a_wrong_message_is_refused(name: str) -> None:
    with pytest.raises(ApiError, match="invalid_blocks"):
        message_blocks(WRONG_MESSAGES[name])


@pytest.mark.parametrize("name", WRONG_VIEWS)
def test_a_wrong_view_is_refused(name: str) -> None:
    with pytest.raises(ApiError, match="invalid_arguments"):
        view_body(WRONG_VIEWS[name])


def test_a_view_with_inputs_is_taken() -> None:
    view = view_body(modal(section(), field("A"), field("B", select(options=options(3)))))
    assert [block["block_id"] for block in view["blocks"]] == ["b1", "a", "b"]


@pytest.mark.parametrize("words", ["<!channel>", "<!here|here>", "<!everyone>", "<@U0ANA>", "<!subteam^S1>"])
def test_a_mention_pings_from_every_place_that_is_interpreted(words: str) -> None:
    assert pings_in(words, []) == [words]
    assert pings_in("", [section(f"Ask {words}")]) == [words]
    assert pings_in("", [{"type": "markdown", "text": f"Ask {words}"}]) == [words]


def test_mentions_in_rich_text_ping() -> None:
    assert pings_in("", [leaf("user", user_id="U0ANA")]) == ["<@U0ANA>"]
    assert pings_in("", [leaf("broadcast", range="here")]) == ["<!here>"]


@pytest.mark.parametrize("block", [{"type": "header", "text": text("<!channel>")}, leaf("text", text="<!channel>")])
def test_a_mention_in_plain_text_pings_nobody(block: Json) -> None:
    assert pings_in("@channel &lt;!channel&gt;", [block]) == []


@pytest.mark.parametrize(
    ("markdown", "count"),
    [
        ("One paragraph\n\nand another", 1),
        ("# One\n## Two", 2),
        ("- one\n- two\n\n1. three", 1),
        ("Text\n- a list\nText\n> a quote\n| a | table |\n", 5),
        ("```\n# code\n- code\n```\n```\nmore\n```", 2),
        ("#42 is no heading, -1 no list", 1),
    ],
)
def test_slack_makes_several_blocks_of_one_markdown_block(markdown: str, count: int) -> None:
    assert pieces(markdown) == count
