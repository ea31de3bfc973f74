"""After a difference: what is stored, what went between people, Slack and bots, and what the bots said, as files."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from storage import models
from tests.faults.stage import Stage

__all__ = ["keep", "models"]  # the tables are known once the models are imported


async def keep(stage: Stage, folder: Path, difference: str) -> None:
    """A file a table, one of the traffic, one of the last words of each bot, and what differs."""
    _write(folder, {"difference": [{"said": difference}]})
    _write(folder, {table.name: await _rows(stage, table.name) for table in SQLModel.metadata.sorted_tables})
    _write(folder, {"traffic": [one.shown() for one in stage.box.traffic.entries]})
    _write(folder, {one.name: [{"said": line} for line in one.said] for one in stage.lived})


async def _rows(stage: Stage, table: str) -> list[Mapping[str, Any]]:
    return [row._mapping for row in await stage.witness.rows(f'SELECT * FROM "{table}"')]


def _write(folder: Path, files: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        lines = (json.dumps(dict(row), default=str, ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines))
