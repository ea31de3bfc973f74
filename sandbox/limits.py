"""The limits of Slack, one row each, with where the number comes from. Nothing here but data.

Sources: `sdk` constants of slack_sdk 3.47; `docs` reference pages of docs.slack.dev; `spec` the collected limits of
the slackblocks project; `seen` measured or reported by others on issue threads, not published by Slack;
`ours` stricter than Slack on purpose.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    name: str
    most: int
    source: str


ROWS = (
    Limit("message.blocks", 50, "sdk"),
    Limit("message.expanded_blocks", 50, "seen: archestra #4980, a markdown block counts as what it is made into"),
    Limit("message.text", 40_000, "docs: chat.postMessage truncates; ours: refused"),
    Limit("message.block_text", 13_200, "seen: bolt-js #2509, metabase #79908"),
    Limit("message.tables", 1, "docs"),
    Limit("update.text", 4_000, "docs: chat.update, msg_too_long"),
    Limit("metadata.bytes", 1_024, "ours: no size is published"),
    Limit("modal.blocks", 100, "sdk"),
    Limit("home.blocks", 100, "sdk; docs: home tab views"),
    Limit("view.bytes", 250_000, "docs: view_too_large"),
    Limit("view.title", 24, "sdk"),
    Limit("view.submit", 24, "sdk"),
    Limit("view.close", 24, "sdk"),
    Limit("view.callback_id", 255, "sdk"),
    Limit("view.external_id", 255, "docs"),
    Limit("view.private_metadata", 3_000, "sdk"),
    Limit("views.stacked", 3, "docs: push_limit_reached"),
    Limit("block_id", 255, "sdk"),
    Limit("action_id", 255, "sdk"),
    Limit("section.text", 3_000, "sdk"),
    Limit("section.fields", 10, "sdk"),
    Limit("section.field", 2_000, "spec"),
    Limit("header.text", 150, "sdk"),
    Limit("context.elements", 10, "sdk"),
    Limit("context.text", 3_000, "docs"),
    Limit("actions.elements", 25, "sdk"),
    Limit("input.label", 2_000, "sdk"),
    Limit("input.hint", 2_000, "sdk"),
    Limit("markdown.text", 12_000, "sdk"),
    Limit("image.image_url", 3_000, "sdk"),
    Limit("image.alt_text", 2_000, "sdk"),
    Limit("image.title", 2_000, "sdk"),
    Limit("file.bytes", 4 * 2**20, "ours: Slack takes 1 GB"),
    Limit("file.alt_txt", 1_000, "docs: files.getUploadURLExternal"),
    Limit("table.rows", 100, "spec"),
    Limit("table.cells", 20, "spec"),
    Limit("table.column_settings", 20, "spec"),
    Limit("table.text", 10_000, "spec"),
    Limit("data_table.rows", 201, "docs: a header and 1 to 200 rows"),
    Limit("data_table.cells", 20, "docs"),
    Limit("data_table.text", 20_000, "docs; the total of a message is the tighter one"),
    Limit("data_table.page_size", 100, "docs"),
    Limit("chart.title", 50, "docs"),
    Limit("chart.segments", 12, "docs"),
    Limit("chart.series", 12, "docs"),
    Limit("chart.points", 20, "docs"),
    Limit("chart.label", 20, "docs"),
    Limit("chart.axis_label", 50, "docs"),
    Limit("message.charts", 2, "seen: vercel/chat #696"),
    Limit("button.text", 75, "sdk"),
    Limit("button.value", 2_000, "sdk"),
    Limit("button.url", 3_000, "sdk"),
    Limit("button.accessibility_label", 75, "sdk"),
    Limit("placeholder", 150, "sdk"),
    Limit("select.options", 100, "sdk"),
    Limit("select.option_groups", 100, "sdk"),
    Limit("suggestions.options", 100, "docs: select menu of an external data source"),
    Limit("suggestions.option_groups", 100, "docs: select menu of an external data source"),
    Limit("option_group.label", 75, "sdk"),
    Limit("option.text", 75, "sdk"),
    Limit("option.value", 150, "sdk; older SDKs and docs say 75"),
    Limit("option.description", 75, "sdk"),
    Limit("overflow.options", 5, "sdk"),
    Limit("checkboxes.options", 10, "spec; the SDK passes more"),
    Limit("radio_buttons.options", 10, "spec; the SDK passes more"),
    Limit("plain_text_input.max_length", 3_000, "docs"),
    Limit("plain_text_input.initial_value", 3_000, "ours: only reports exist on what Slack does above"),
    Limit("confirm.title", 100, "sdk"),
    Limit("confirm.text", 300, "sdk"),
    Limit("confirm.confirm", 30, "sdk"),
    Limit("confirm.deny", 30, "sdk"),
)
MOST = {row.name: row.most for row in ROWS}
