"""The shapes of Block Kit's blocks: which fields each has, and how long they may be."""

from sandbox.block_elements import (
    BLOCK_ID,
    GROUP,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_INPUT,
    IN_SECTION,
    OPTION,
    either,
    plain,
)
from sandbox.limits import MOST
from sandbox.shapes import Check, anything, boolean, choice, fields, kinds, many, nullable, number, string, whole

STYLE = fields({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
NAME = string(least=1)


def leaf(kind: str, required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return fields({"type": choice(kind), **required}, {"style": STYLE, **(optional or {})})


LEAVES = kinds(
    {
        "text": leaf("text", {"text": NAME}),
        "link": leaf("link", {"url": NAME}, {"text": string(), "unsafe": boolean}),
        "emoji": leaf("emoji", {"name": NAME}, {"unicode": string()}),
        "user": leaf("user", {"user_id": NAME}),
        "usergroup": leaf("usergroup", {"usergroup_id": NAME}),
        "channel": leaf("channel", {"channel_id": NAME}),
        "broadcast": leaf("broadcast", {"range": choice("here", "channel", "everyone")}),
        "color": leaf("color", {"value": NAME}),
        "date": leaf("date", {"timestamp": whole(0, 10**11), "format": NAME}, {"url": string(), "fallback": string()}),
    }
)
BORDER = whole(0, 1)
LINES = fields({"type": choice("rich_text_section"), "elements": many(LEAVES)})
RICH = {
    "rich_text_section": LINES,
    "rich_text_quote": fields({"type": choice("rich_text_quote"), "elements": many(LEAVES)}, {"border": BORDER}),
    "rich_text_preformatted": fields(
        {"type": choice("rich_text_preformatted"), "elements": many(LEAVES)},
        {"border": BORDER, "language": string()},
    ),
    "rich_text_list": fields(
        {"type": choice("rich_text_list"), "style": choice("bullet", "ordered"), "elements": many(LINES)},
        {"indent": whole(0, 8), "offset": whole(0, 10_000), "border": BORDER},
    ),
}


def block(kind: str, required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return fields({"type": choice(kind), **required}, {"block_id": BLOCK_ID, **(optional or {})})


def number_cell(required: dict[str, Check]) -> Check:
    return fields({"type": choice("raw_number"), "value": number, **required}, {} if required else {"text": NAME})


RAW_TEXT = fields({"type": choice("raw_text"), "text": NAME})
RICH_TEXT = block("rich_text", {"elements": many(kinds(RICH))})
CELL = kinds({"raw_text": RAW_TEXT, "raw_number": number_cell({}), "rich_text": RICH_TEXT})
COLUMN = nullable(fields({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean}))
SECTION_BODY: dict[str, Check] = {
    "text": either(MOST["section.text"]),
    "fields": many(either(MOST["section.field"]), MOST["section.fields"]),
    "accessory": IN_SECTION,
    "expand": boolean,
}
LABEL = string(MOST["chart.label"], least=1)
POINT = fields({"label": LABEL, "value": number})
SEGMENT = many(POINT, MOST["chart.segments"])
SERIES = many(
    fields({"name": LABEL, "data": many(POINT, MOST["chart.points"])}),
    MOST["chart.series"],
)
AXES = fields(
    {"categories": many(LABEL, MOST["chart.points"])},
    {
        "x_label": string(MOST["chart.axis_label"]),
        "y_label": string(MOST["chart.axis_label"]),
    },
)
CHART = kinds(
    {
        "pie": fields({"type": choice("pie"), "segments": SEGMENT}),
        **{
            kind: fields({"type": choice(kind), "series": SERIES, "axis_config": AXES})
            for kind in ("bar", "area", "line")
        },
    }
)
IMAGE_URL = string(MOST["image.image_url"], least=1, pattern=r"https?://\S+")
SLACK_FILE = fields({"id": string(pattern=r"F[A-Z0-9]{8,}")})  # only by id, and in messages only: stricter than Slack
COMMON: dict[str, Check] = {
    "section": block("section", {}, SECTION_BODY),
    "divider": block("divider", {}),
    "header": block("header", {"text": plain(MOST["header.text"])}),
    "context": block("context", {"elements": many(IN_CONTEXT, MOST["context.elements"])}),
    "actions": block("actions", {"elements": many(IN_ACTIONS, MOST["actions.elements"])}),
    "image": block(
        "image",
        {
            "image_url": IMAGE_URL,
            "alt_text": string(MOST["image.alt_text"], least=1),
        },
        {"title": plain(MOST["image.title"])},
    ),
    "rich_text": RICH_TEXT,
    "input": block(
        "input",
        {"label": plain(MOST["input.label"]), "element": IN_INPUT},
        {"hint": plain(MOST["input.hint"]), "optional": boolean, "dispatch_action": boolean},
    ),
}
ONLY_IN_MESSAGES: dict[str, Check] = {
    "markdown": block("markdown", {"text": string(MOST["markdown.text"], least=1)}),
    "table": block(
        "table",
        {"rows": many(many(CELL, MOST["table.cells"]), MOST["table.rows"])},
        {"column_settings": many(COLUMN, MOST["table.column_settings"])},
    ),
    "data_table": block(
        "data_table",
        {"caption": NAME, "rows": many(many(CELL, MOST["data_table.cells"]), MOST["data_table.rows"], least=2)},
        {
            "page_size": whole(1, MOST["data_table.page_size"]),
            "row_header_column_index": whole(0, MOST["data_table.cells"] - 1),
        },
    ),
    "image": block(
        "image",
        {"alt_text": string(MOST["image.alt_text"], least=1)},
        {"image_url": IMAGE_URL, "slack_file": SLACK_FILE, "title": plain(MOST["image.title"])},
    ),
    "data_visualization": block("data_visualization", {"title": string(MOST["chart.title"], least=1), "chart": CHART}),
}
IN_MESSAGE = many(kinds({**COMMON, **ONLY_IN_MESSAGES}), MOST["message.blocks"], least=0)
IN_MODAL = many(kinds(COMMON), MOST["modal.blocks"])
IN_HOME = many(kinds(COMMON), MOST["home.blocks"])
NAMED: dict[str, Check] = {
    "callback_id": string(MOST["view.callback_id"]),
    "external_id": string(MOST["view.external_id"]),
    "private_metadata": string(MOST["view.private_metadata"]),
}
HOME = fields({"type": choice("home"), "blocks": IN_HOME}, NAMED)
VIEW = fields(
    {"type": choice("modal"), "title": plain(MOST["view.title"]), "blocks": IN_MODAL},
    {
        "submit": plain(MOST["view.submit"]),
        "close": plain(MOST["view.close"]),
        **NAMED,
        "clear_on_close": boolean,
        "notify_on_close": boolean,
    },
)
SUGGESTED = fields(
    {},
    {
        "options": many(OPTION, MOST["suggestions.options"], least=0),
        "option_groups": many(GROUP, MOST["suggestions.option_groups"], least=0),
    },
)
METADATA = fields({"event_type": string(255, least=1), "event_payload": anything})
