"""Tables as values, and what Slack can show of them: a table to sort and page, a plain one, and lines of text."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot import texts
from bot.surfaces.blocks import Block
from bot.surfaces.charts import NOTHING, figure, one_line

COLUMNS, CELL, CAPTION = 20, 150, 150  # columns that Slack takes; characters of ours, so that several rows always fit
SORTED_ROWS, PLAIN_ROWS, A_PAGE = 201, 100, 15  # rows with the header; rows shown at first
ROOM = 10_000  # characters of a plain table; a message holds about 13,200 in all


@dataclass(frozen=True)
class Number:
    """A number that is sorted by its value and read as it is shown: 0.74 as `74 %`."""

    value: float
    shown: str


Cell: TypeAlias = str | int | float | Number | None


@dataclass(frozen=True)
class Table:
    """Rows under a header; a None is a cell with nothing in it. With `row_header` the first column names its row."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    row_header: bool = True


def data_table(table: Table, *, room: int = ROOM) -> Block | None:
    """Slack's table that readers sort and page, with as many rows as `room` characters hold; None for no row."""
    caption = one_line(table.caption, CAPTION, "Table")
    rows = _rows(table, SORTED_ROWS, room - texts.slack_length(caption))
    made: Block = {"type": "data_table", "caption": caption, "rows": rows, "page_size": A_PAGE}
    return made | ({"row_header_column_index": 0} if table.row_header else {}) if len(rows) > 1 else None


def plain_table(table: Table, *, room: int = ROOM) -> Block | None:
    """Slack's plain table, which has no caption; None for no row. A message holds one."""
    rows = _rows(table, PLAIN_ROWS, room)
    if len(rows) < 2:
        return None
    sides = [{"align": "right" if cell["type"] == "raw_number" else "left"} for cell in rows[1]]
    return {"type": "table", "rows": rows, "column_settings": sides}


def table_lines(table: Table) -> list[str]:
    """The caption, then each row on a line as plain words; nothing for no row."""
    lines = [_line(table, row) for row in table.rows if row]
    return [table.caption, *lines] if lines else []


def _line(table: Table, row: Sequence[Cell]) -> str:
    """`Refunds: drafts 31, agreement 0.62`."""
    pairs = [f"{name} {words}".strip() for name, words in zip(table.header, map(shown, row), strict=False)]
    if not table.row_header:
        return ", ".join(pairs)
    return ": ".join(part for part in (shown(row[0]), ", ".join(pairs[1:])) if part)


def shown(cell: Cell) -> str:
    """A cell as it is read."""
    if isinstance(cell, Number):
        cell = cell.shown
    if isinstance(cell, int | float):
        cell = figure(cell) if math.isfinite(cell) else None
    return cell if cell is not None and texts.visible(cell) else NOTHING


def _rows(table: Table, most: int, room: int) -> list[list[Block]]:
    """The header and the first rows that fit; all as wide as the header."""
    wide = len(table.header[:COLUMNS])
    made: list[list[Block]] = []
    for row, make in [(table.header, _text), *((row, _cell) for row in table.rows)][:most]:
        cells = _made(make, [*row[:wide], *[None] * (wide - len(row))])
        room -= sum(texts.slack_length(cell["text"]) for cell in cells)
        if room < 0 or not wide:
            break
        made.append(cells)
    return made


def _made(make: Callable[[Cell], Block], cells: Sequence[Cell]) -> list[Block]:
    return [make(cell) for cell in cells]


def _text(cell: Cell) -> Block:
    return {"type": "raw_text", "text": one_line(shown(cell), CELL)}


def _cell(cell: Cell) -> Block:
    value = cell.value if isinstance(cell, Number) else cell
    if isinstance(value, str) or value is None or not math.isfinite(value):
        return _text(cell)
    return {**_text(cell), "type": "raw_number", "value": value}
