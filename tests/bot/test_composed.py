"""Charts and tables in a message: within Slack's limits whatever they hold, and in every way they may have to go."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.surfaces.blocks import Block, context, header, label, section
from bot.surfaces.charts import Chart, Line, chart_block, chart_lines
from bot.surfaces.composed import Part, composed, noted, plainer, to_draw, to_send
from bot.surfaces.tables import Number, Table, data_table, plain_table, table_lines
from sandbox.rules import message_blocks

DAYS = ("17 Nov", "18 Nov", "19 Nov")
AGREEMENT = Chart(
    "Agreement on the verdict",
    DAYS,
    (Line("Agreement", (0.62, None, 0.7)), Line("low", (0.5, None, 0.61)), Line("high", (0.71, None, 0.8))),
    x_label="Day",
    y_label="alpha",
    alt="Agreement on the verdict went from 0.62 to 0.7 in three days.",
)
TOPICS = Table(
    "Agreement by topic",
    ("Topic", "Drafts", "Approved"),
    (("Refunds", 31, Number(0.74, "74 %")), ("Invoices", 1_200, None)),
)
WORDS = [header("Labelling digest"), section("Agents agree well."), context(label("How to read this"))]

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
numbers = st.none() | st.integers(-(10**13), 10**13) | st.floats()
cells = numbers | words | st.builds(Number, st.floats(), words)


def charts(most: int = 22) -> st.SearchStrategy[Chart]:
    lines = st.lists(st.builds(Line, words, st.lists(numbers, max_size=most)), max_size=8)
    ends = st.none() | st.floats()
    kinds = st.sampled_from(["line", "bar"])
    names = st.lists(words, max_size=most)
    return st.builds(
        Chart, words, names, lines, x_label=words, y_label=words, alt=words, kind=kinds, floor=ends, ceiling=ends
    )


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Also ragged ones, and ones far too long: short rows are repeated."""
    rows = draw(st.lists(st.lists(cells, max_size=24), max_size=3)) * draw(st.sampled_from([1, 120]))
    return Table(draw(words), draw(st.lists(words, max_size=24)), rows, draw(st.booleans()))


blocks = st.builds(section, st.sampled_from(["x", "y" * 2_900])) | st.builds(header, st.just("A header"))
parts: st.SearchStrategy[list[Part]] = st.lists(charts() | tables() | blocks, max_size=6)


def every_way(message: dict[str, Any]) -> list[dict[str, Any]]:
    """What is sent at each step until the text alone, with files for all pictures."""
    ways = []
    step: dict[str, Any] | None = message
    while step is not None:
        ways.append(to_send({**step, "files": [f"F{at:010d}" for at in range(len(to_draw(step)))]}))
        step = plainer(step)
    return ways


@given(parts)
def test_no_way_of_sending_breaks_a_limit_whatever_the_parts_hold(given_parts: list[Part]) -> None:
    message = json.loads(json.dumps(composed("Labelling digest", given_parts), allow_nan=False))
    ways = every_way(message)
    for way in ways:
        message_blocks(way.get("blocks"))
        assert len(str(way["text"])) <= 4_000
    assert ways[-1] == {"text": message["text"]}


@given(st.lists(blocks, max_size=60))
def test_words_alone_go_in_one_way_and_as_far_as_they_fit(given_blocks: list[Block]) -> None:
    message = composed("Labelling digest", given_blocks)
    assert set(message) == {"text", "blocks"}
    assert len(every_way(message)) == 2
    message_blocks(message["blocks"])


def test_a_chart_and_a_table_go_first_as_slacks_own_then_as_a_picture_then_in_words_then_as_text() -> None:
    message = composed("Labelling digest", [*WORDS, AGREEMENT, TOPICS])
    kinds = [[block["type"] for block in way.get("blocks", ())] for way in every_way(message)]
    said = ["header", "section", "context"]
    assert kinds == [
        [*said, "data_visualization", "data_table"],
        [*said, "image", "rich_text", "table"],
        [*said, "context", "rich_text", "table"],
        [],
    ]


def test_only_the_way_with_pictures_needs_them_drawn() -> None:
    message = composed("Labelling digest", [AGREEMENT, TOPICS])
    assert to_draw(message) == []
    pictured = json.loads(json.dumps(plainer(message)))
    (drawn,) = to_draw(pictured)
    assert (drawn.title, [*drawn.categories], [*drawn.lines[0].values]) == (AGREEMENT.title, [*DAYS], [0.62, None, 0.7])
    pictured["files"] = ["F0000000001"]
    assert to_draw(pictured) == []
    (image,) = [block for block in to_send(pictured)["blocks"] if block["type"] == "image"]
    assert image == {"type": "image", "alt_text": AGREEMENT.alt, "slack_file": {"id": "F0000000001"}}
    without = plainer(pictured)
    assert without is not None
    assert to_draw(without) == []


def test_the_text_holds_every_figure() -> None:
    assert composed("*Labelling digest*", [*WORDS, AGREEMENT, TOPICS])["text"].split("\n") == [
        "*Labelling digest*",
        "Agreement on the verdict",
        "17 Nov: 0.62 (0.5 to 0.71)",
        "19 Nov: 0.7 (0.61 to 0.8)",
        "Agreement by topic",
        "Refunds: Drafts 31, Approved 74 %",
        "Invoices: Drafts 1,200, Approved –",
    ]


def test_names_that_others_chose_do_nothing_in_the_text() -> None:
    table = Table("Topics", ("Topic", "n"), (("<!channel> *now*", 1),))
    assert "<!channel>" not in composed("x", [table])["text"]


def test_the_words_of_a_message_have_their_room_before_a_long_table() -> None:
    long = replace(TOPICS, rows=[(f"Topic {at} " + "x" * 100, at, None) for at in range(300)])
    message = composed("x", [section("a"), long, section("b" * 2_900)])
    shown = message["blocks"]
    assert [block["type"] for block in shown] == ["section", "data_table", "context", "section"]
    left_out = 301 - len(shown[1]["rows"])
    assert shown[2]["elements"][0]["text"] == f"{left_out} more rows are not shown."


def test_a_third_chart_and_a_second_plain_table_are_told_in_lines() -> None:
    message = composed("x", [AGREEMENT, AGREEMENT, AGREEMENT, TOPICS, TOPICS])
    native, pictured, *_ = every_way(message)
    assert [block["type"] for block in native["blocks"]].count("data_visualization") == 2
    assert [block["type"] for block in pictured["blocks"]].count("table") == 1
    for way in (native, pictured):
        assert "19 Nov: 0.7 (0.61 to 0.8)" in json.dumps(way["blocks"])
    assert "Refunds: Drafts 31, Approved 74 %" in json.dumps(pictured["blocks"])


def test_a_note_is_added_in_every_way() -> None:
    ways = every_way(noted(composed("x", [*WORDS, AGREEMENT, TOPICS]), "This came *here*."))
    for way in ways[:-1]:
        assert way["blocks"][-1]["elements"][0]["text"] == "This came *here*."
    assert str(ways[-1]["text"]).endswith("\nThis came *here*.")


def test_slacks_chart_leaves_out_categories_with_a_gap() -> None:
    block = chart_block(AGREEMENT)
    assert block == {
        "type": "data_visualization",
        "title": "Agreement on the verdict",
        "chart": {
            "type": "line",
            "series": [
                {"name": "Agreement", "data": [{"label": "17 Nov", "value": 0.62}, {"label": "19 Nov", "value": 0.7}]},
                {"name": "low", "data": [{"label": "17 Nov", "value": 0.5}, {"label": "19 Nov", "value": 0.61}]},
                {"name": "high", "data": [{"label": "17 Nov", "value": 0.71}, {"label": "19 Nov", "value": 0.8}]},
            ],
            "axis_config": {"categories": ["17 Nov", "19 Nov"], "x_label": "Day", "y_label": "alpha"},
        },
    }


def test_lines_that_share_no_category_leave_the_first() -> None:
    block = chart_block(Chart("t", ("a", "b"), (Line("one", (1, None)), Line("two", (None, 2)))))
    assert block is not None
    assert [one["name"] for one in block["chart"]["series"]] == ["one"]


def test_of_many_categories_the_last_are_drawn_and_the_first_bars() -> None:
    many = Chart("t", [f"day {at}" for at in range(25)], [Line("n", range(25))])
    line, bar = chart_block(many), chart_block(replace(many, kind="bar"))
    assert line is not None
    assert bar is not None
    assert line["chart"]["axis_config"]["categories"] == [f"day {at}" for at in range(5, 25)]
    assert bar["chart"]["axis_config"]["categories"] == [f"day {at}" for at in range(20)]


def test_names_that_are_alike_once_shortened_are_told_apart() -> None:
    long = "support-large-2026-11-"
    block = chart_block(Chart("t", [f"{long}{at}" for at in range(3)], [Line("n", (1, 2, 3))]))
    assert block is not None
    names = block["chart"]["axis_config"]["categories"]
    assert len(set(names)) == 3
    assert names[1].endswith(" (2)")


def test_what_has_no_value_is_not_drawn() -> None:
    nothing = Chart("t", DAYS, (Line("n", (None, float("nan"), float("inf"))),))
    assert chart_block(nothing) is None
    assert chart_lines(nothing) == []
    empty = replace(TOPICS, rows=())
    assert (data_table(empty), plain_table(empty), table_lines(empty)) == (None, None, [])
    assert composed("x", [nothing, empty]) == {"text": "x", "blocks": []}


def test_numbers_stand_on_the_right_and_sort_by_their_value() -> None:
    sorted_, plain = data_table(TOPICS), plain_table(TOPICS)
    assert sorted_ is not None
    assert plain is not None
    assert sorted_["rows"][1] == [
        {"type": "raw_text", "text": "Refunds"},
        {"type": "raw_number", "text": "31", "value": 31},
        {"type": "raw_number", "text": "74 %", "value": 0.74},
    ]
    assert sorted_["row_header_column_index"] == 0
    assert plain["column_settings"] == [{"align": "left"}, {"align": "right"}, {"align": "right"}]
