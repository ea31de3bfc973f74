"""What was reported as personal data, held against what is seen in the channel and what is stored: it is gone."""

from collections.abc import Iterable, Iterator

from sqlmodel import SQLModel

from storage import models
from tests.faults.kept import Found
from tests.faults.seen import everything
from tests.faults.stage import Stage
from tests.faults.tickets import NAME
from tests.house import SUPPORT

__all__ = ["models"]  # the tables are known once the models are imported


async def reported_names_are_not_seen(stage: Stage) -> Found:
    """On no card; what the bot told one person before, and messages in other channels, stay as they are."""
    cards = [one.text_seen for one in await everything(stage.people["max"], SUPPORT) if not one.ephemeral]
    return [f"{each}, and stands in the channel." for each in _standing(stage, cards)]


async def reported_names_are_not_stored(stage: Stage) -> Found:
    found = []
    for table in SQLModel.metadata.sorted_tables:
        rows = map(str, await stage.witness.rows(f'SELECT * FROM "{table.name}"'))
        found += [f"{each}, and stands in table {table.name}." for each in _standing(stage, rows)]
    return found


def _standing(stage: Stage, texts: Iterable[str]) -> Iterator[str]:
    gone = {one.name: draft for draft, one in stage.ledger.reports.items() if one.confirmed}
    there = {name for text in texts for name in NAME.findall(text)}
    return (f"{name} was reported in draft {gone[name]}" for name in sorted(there & gone.keys()))
