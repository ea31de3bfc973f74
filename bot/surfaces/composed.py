"""A message with charts and tables that is kept in several ways, for workspaces that take less than others.

It can be stored as JSON: `text` and the richest `blocks`, and under `plainer` the blocks to send where those are
refused. `step` counts refusals, `files` are the pictures that were uploaded for the present step, `tries` the
vain attempts with them. After the last blocks comes the text alone. `notes` are the lines that were added below, so
that they can be added again to what is above them when that is made anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from bot import harmless, texts
from bot.surfaces.blocks import Block, Message, context, mrkdwn, plain, rich
from bot.surfaces.charts import Chart, chart_block, chart_lines, one_line, tidy
from bot.surfaces.tables import CAPTION, Table, data_table, plain_table, table_lines

Part: TypeAlias = Block | Chart | Table

BLOCKS, ROOM = 48, 10_000  # of 50 blocks and about 13,200 characters: something may still be added to a message
CHARTS = 2  # more are refused, which Slack documents nowhere
TEXT_LIMIT = 4_000  # what Slack advises for the text that notifications show
ALT_LIMIT = 1_000
IN_LINES = 2_500
ASIDE = 250  # for what is said beside a table
READ = ("text", "caption", "title", "label", "name", "alt_text")


def composed(text: str, parts: Sequence[Part]) -> Message:
    """The message of these parts in every way that it may have to be sent.

    `text` is marked up and harmless already; every figure of the charts and tables is added to it in lines, as far
    as 4,000 characters hold them. The blocks among the parts are valid and no charts or tables themselves. What is too
    much for one message is left out at the end: whole blocks, rows of tables (which is told).
    """
    ways = [_page(parts, way) for way in (_native, _pictured, _bare)]
    richest, *others = [blocks for at, blocks in enumerate(ways) if blocks not in ways[:at]]
    message: Message = {"text": _with_figures(text, parts), "blocks": richest}
    return message | ({"plainer": others} if others else {})


def to_send(message: Message) -> Message:
    """The text, and the blocks of the present step."""
    blocks = _present(message)
    files = iter(message.get("files", ()))
    if blocks is None:
        return {"text": message["text"]}
    return {"text": message["text"], "blocks": [_filled(block, files) for block in blocks]}


def to_draw(message: Message) -> list[Chart]:
    """The charts of which pictures must be uploaded before the message can be sent."""
    if message.get("files"):
        return []
    return [Chart.stored(block["chart"]) for block in _present(message) or () if _is_picture(block)]


def alt_text(chart: Chart) -> str:
    """What stands for the chart where it cannot be seen."""
    return one_line(chart.spoken, ALT_LIMIT)


def plainer(message: Message) -> Message | None:
    """The message after its blocks were refused; None when the text alone was."""
    if _present(message) is None:
        return None
    kept = {name: value for name, value in message.items() if name not in ("files", "tries")}
    return kept | {"step": message.get("step", 0) + 1}


def noted(message: Message, line: str) -> Message:
    """The message with a marked-up line below, in whichever way it is sent."""
    foot = context(mrkdwn(line))
    added = {"text": f"{message['text']}\n{line}", "blocks": [*message["blocks"], foot]}
    added["notes"] = [*message.get("notes", ()), line]
    ways = [[*blocks, foot] for blocks in message.get("plainer", ())]
    return {**message, **added} | ({"plainer": ways} if ways else {})


def _present(message: Message) -> list[Block] | None:
    ways: list[list[Block] | None] = [message.get("blocks"), *message.get("plainer", ()), None]
    step: int = message.get("step", 0)
    return ways[min(step, len(ways) - 1)]


def _is_picture(block: Block) -> bool:
    return block["type"] == "image" and "chart" in block


def _filled(block: Block, files: Any) -> Block:
    if not _is_picture(block):
        return block
    return {name: held for name, held in block.items() if name != "chart"} | {"slack_file": {"id": next(files)}}


@dataclass
class _Page:
    """Blocks as far as they fit."""

    room: int
    places: int
    blocks: list[Block] = field(default_factory=list)

    def holds(self, kind: str) -> int:
        return sum(block["type"] == kind for block in self.blocks)

    def put(self, blocks: Sequence[Block]) -> None:
        size = _letters(blocks)
        if size <= self.room and len(blocks) <= self.places:
            self.blocks += blocks
            self.room -= size
            self.places -= len(blocks)


def _page(parts: Sequence[Part], way: Callable[[_Page, Chart | Table], list[Block]]) -> list[Block]:
    """What was written in words has its room first; charts and tables share the rest."""
    words = _Page(ROOM, BLOCKS)
    for part in parts:
        if isinstance(part, dict):
            words.put([part])
    page, kept = _Page(words.room, words.places), list(words.blocks)
    for part in parts:
        if not isinstance(part, dict):
            page.put(way(page, part))
        elif kept and part is kept[0]:
            page.blocks.append(kept.pop(0))
    return page.blocks


def _native(page: _Page, part: Chart | Table) -> list[Block]:
    if isinstance(part, Table):
        table = data_table(part, room=page.room - ASIDE)
        return [table, *_left_out(part, table)] if table else []
    chart = chart_block(part) if page.holds("data_visualization") < CHARTS else None
    return [chart] if chart else _in_lines(chart_lines(part))


def _pictured(page: _Page, part: Chart | Table) -> list[Block]:
    """Charts as pictures that are still to be drawn, tables as plain ones."""
    if isinstance(part, Table):
        return _plainly(page, part)
    if not chart_lines(part) or page.holds("image") >= CHARTS:
        return _in_lines(chart_lines(part))
    return [{"type": "image", "alt_text": alt_text(part), "chart": asdict(tidy(part))}]


def _bare(page: _Page, part: Chart | Table) -> list[Block]:
    """Charts in words, tables as plain ones."""
    if isinstance(part, Table):
        return _plainly(page, part)
    return [context(plain(part.spoken, limit=ALT_LIMIT))] if chart_lines(part) else []


def _plainly(page: _Page, table: Table) -> list[Block]:
    """A message takes one plain table; further ones are lines."""
    if page.holds("table"):
        return _in_lines(table_lines(table))
    made = plain_table(table, room=page.room - ASIDE)
    return [_title(table.caption), made, *_left_out(table, made)] if made else []


def _title(words: str) -> Block:
    return rich([(one_line(words, CAPTION, "Table"), {"bold": True})])


def _in_lines(lines: Sequence[str]) -> list[Block]:
    """The first line bold, the others below it."""
    if not lines:
        return []
    return [rich([(f"{lines[0]}\n", {"bold": True}), ("\n".join(_cut(lines[1:], IN_LINES)), {})])]


def _left_out(table: Table, made: Block) -> list[Block]:
    more = len(table.rows) - len(made["rows"]) + 1
    return [context(plain(f"{_rows(more)} not shown."))] if more else []


def _rows(count: int) -> str:
    return f"{count:,} more {'row is' if count == 1 else 'rows are'}"


def _with_figures(text: str, parts: Sequence[Part]) -> str:
    lines = [line for part in parts for line in _lines(part)]
    room = TEXT_LIMIT - texts.slack_length(text) - 1
    return "\n".join([text, *_cut([harmless.in_mrkdwn(" ".join(line.split())) for line in lines], room)])


def _lines(part: Part) -> list[str]:
    if isinstance(part, Chart):
        return chart_lines(part)
    return table_lines(part) if isinstance(part, Table) else []


def _cut(lines: Sequence[str], room: int) -> list[str]:
    """The lines that fit, and how many do not."""
    tail = "… {} more."
    kept: list[str] = []
    for line in lines:
        room -= texts.slack_length(line) + 1
        if room < len(tail) + 5:
            break
        kept.append(line)
    return kept if len(kept) == len(lines) else [*kept, tail.format(f"{len(lines) - len(kept):,}")]


def _letters(node: object) -> int:
    """All that Slack may count of what a person reads."""
    if isinstance(node, list | tuple):
        return sum(map(_letters, node))
    if not isinstance(node, dict):
        return 0
    read = sum(texts.slack_length(held) for name, held in node.items() if name in READ and isinstance(held, str))
    return read + sum(_letters(held) for held in node.values())
