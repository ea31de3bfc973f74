"""For each row of the limits: a message or a view that is as large as a number says."""

import json
from collections.abc import Callable

from tests.sandbox.callers import Json, actions, button, field, home, modal, text

Blocks = list[Json]


def mrkdwn(words: str) -> Json:
    return {"type": "mrkdwn", "text": words}


def section(words: str = "Hello", **more: object) -> Json:
    return {"type": "section", "text": mrkdwn(words), **more}


def option(number: int, **more: object) -> Json:
    return {"text": text(f"Option {number}"), "value": str(number), **more}


def options(count: int) -> Blocks:
    return [option(number) for number in range(count)]


def select(**more: object) -> Json:
    return {"type": "static_select", "action_id": "s", "options": options(2), **more}


def grouped(count: int, label: str = "g") -> Json:
    groups = [{"label": text(label), "options": [option(number)]} for number in range(count)]
    return {"type": "static_select", "action_id": "s", "option_groups": groups}


def cells(count: int, words: str = "x") -> Blocks:
    return [{"type": "raw_text", "text": words}] * count


def data_table(rows: list[Blocks], **more: object) -> Json:
    return {"type": "data_table", "caption": "c", "rows": rows, **more}


def image(**more: object) -> Json:
    return {"type": "image", "image_url": "https://x", "alt_text": "a chart", **more}


def url(length: int) -> str:
    return "https://" + "x" * (length - 8)


def pie(count: int = 1, label: str = "a") -> Json:
    points = [{"label": label, "value": 1}] * count
    return {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": points}}


def line(series: int = 1, points: int = 1, **axes: str) -> Json:
    labels = [str(number) for number in range(points)]
    data = [{"label": label, "value": 1} for label in labels]
    lines = [{"name": f"s{number}", "data": data} for number in range(series)]
    chart = {"type": "line", "series": lines, "axis_config": {"categories": labels, **axes}}
    return {"type": "data_visualization", "title": "t", "chart": chart}


def asked(**words: int) -> Blocks:
    lengths = {"title": 1, "text": 1, "confirm": 1, "deny": 1, **words}
    return [actions(button(confirm={name: text("x" * length) for name, length in lengths.items()}))]


def typed(**more: object) -> Json:
    return modal(field(element={"type": "plain_text_input", "action_id": "t", "multiline": True, **more}))


def wide(size: int) -> Json:
    """A view of exactly `size` bytes."""
    blocks = [section("x" * 2_900) for _ in range(85)]
    view = modal(*blocks)
    spare = size - len(json.dumps(view, separators=(",", ":")).encode())
    for block in blocks:
        more = max(-2_899, min(100, spare))
        block["text"]["text"] = "x" * (2_900 + more)
        spare -= more
    return view


def spread(total: int) -> Blocks:
    """Sections with so many characters of text in all."""
    whole, rest = divmod(total, 3_000)
    return [section("x" * 3_000)] * whole + ([section("x" * rest)] if rest else [])


MESSAGES: dict[str, Callable[[int], Blocks]] = {
    "message.blocks": lambda n: [{"type": "divider"}] * n,
    "message.expanded_blocks": lambda n: [{"type": "markdown", "text": "# A heading\n" * n}],
    "message.block_text": spread,
    "message.tables": lambda n: [{"type": "table", "rows": [cells(1)]}] * n,
    "message.charts": lambda n: [pie()] * n,
    "block_id": lambda n: [section(block_id="b" * n)],
    "action_id": lambda n: [actions(button(action_id="a" * n))],
    "section.text": lambda n: [section("x" * n)],
    "section.fields": lambda n: [{"type": "section", "fields": [mrkdwn("x")] * n}],
    "section.field": lambda n: [{"type": "section", "fields": [mrkdwn("x" * n)]}],
    "header.text": lambda n: [{"type": "header", "text": text("x" * n)}],
    "context.elements": lambda n: [{"type": "context", "elements": [mrkdwn("x")] * n}],
    "context.text": lambda n: [{"type": "context", "elements": [mrkdwn("x" * n)]}],
    "actions.elements": lambda n: [actions(*(button(action_id=f"a{number}") for number in range(n)))],
    "input.label": lambda n: [field(label="x" * n, block_id="b")],
    "input.hint": lambda n: [field(hint=text("x" * n))],
    "markdown.text": lambda n: [{"type": "markdown", "text": "x" * n}],
    "image.image_url": lambda n: [image(image_url=url(n))],
    "image.alt_text": lambda n: [image(alt_text="x" * n)],
    "image.title": lambda n: [image(title=text("x" * n))],
    "table.rows": lambda n: [{"type": "table", "rows": [cells(1)] * n}],
    "table.cells": lambda n: [{"type": "table", "rows": [cells(n)]}],
    "table.column_settings": lambda n: [{"type": "table", "rows": [cells(1)], "column_settings": [None] * n}],
    "table.text": lambda n: [{"type": "table", "rows": [cells(1, "x" * n)]}],
    "data_table.rows": lambda n: [data_table([cells(1)] * n)],
    "data_table.cells": lambda n: [data_table([cells(n)] * 2)],
    "data_table.text": lambda n: [data_table([cells(1), cells(1, "x" * (n - 1))])],
    "data_table.page_size": lambda n: [data_table([cells(1)] * 2, page_size=n)],
    "chart.title": lambda n: [{**pie(), "title": "x" * n}],
    "chart.segments": lambda n: [pie(n)],
    "chart.series": lambda n: [line(series=n)],
    "chart.points": lambda n: [line(points=n)],
    "chart.label": lambda n: [pie(label="x" * n)],
    "chart.axis_label": lambda n: [line(y_label="x" * n)],
    "button.text": lambda n: [actions(button("x" * n))],
    "button.value": lambda n: [actions(button(value="x" * n))],
    "button.url": lambda n: [actions(button(url=url(n)))],
    "button.accessibility_label": lambda n: [actions(button(accessibility_label="x" * n))],
    "placeholder": lambda n: [actions(select(placeholder=text("x" * n)))],
    "select.options": lambda n: [actions(select(options=options(n)))],
    "select.option_groups": lambda n: [actions(grouped(n))],
    "option_group.label": lambda n: [actions(grouped(1, "x" * n))],
    "option.text": lambda n: [actions(select(options=[option(1, text=text("x" * n))]))],
    "option.value": lambda n: [actions(select(options=[option(1, value="x" * n)]))],
    "option.description": lambda n: [actions(select(options=[option(1, description=text("x" * n))]))],
    "overflow.options": lambda n: [actions({"type": "overflow", "action_id": "o", "options": options(n)})],
    "checkboxes.options": lambda n: [actions({"type": "checkboxes", "action_id": "c", "options": options(n)})],
    "radio_buttons.options": lambda n: [actions({"type": "radio_buttons", "action_id": "r", "options": options(n)})],
    "confirm.title": lambda n: asked(title=n),
    "confirm.text": lambda n: asked(text=n),
    "confirm.confirm": lambda n: asked(confirm=n),
    "confirm.deny": lambda n: asked(deny=n),
}
VIEWS: dict[str, Callable[[int], Json]] = {
    "modal.blocks": lambda n: modal(*[{"type": "divider"}] * n),
    "view.bytes": wide,
    "view.title": lambda n: modal(section(), title=text("x" * n)),
    "view.submit": lambda n: modal(section(), submit=text("x" * n)),
    "view.close": lambda n: modal(section(), close=text("x" * n)),
    "view.callback_id": lambda n: modal(section(), callback_id="x" * n),
    "view.external_id": lambda n: modal(section(), external_id="x" * n),
    "view.private_metadata": lambda n: modal(section(), private_metadata="x" * n),
    "plain_text_input.max_length": lambda n: typed(max_length=n),
    "plain_text_input.initial_value": lambda n: typed(initial_value="x" * n),
}
ANSWERS: dict[str, Callable[[int], Json]] = {
    "suggestions.options": lambda n: {"options": options(n)},
    "suggestions.option_groups": lambda n: {"option_groups": grouped(n)["option_groups"]},
}
HOMES: dict[str, Callable[[int], Json]] = {"home.blocks": lambda n: home(*[{"type": "divider"}] * n)}
