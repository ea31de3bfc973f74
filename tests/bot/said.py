"""Rows made by hand, as the figures read them, and what is computed from them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.figures import Counts, Evidence, Figures, compute
from bot.figures.rows import Window
from bot.measures.strata import Stratum
from storage.words import LabelKind, Verdict

UNTIL = datetime(2026, 11, 18, tzinfo=UTC)
WINDOW = Window(date(2026, 11, 18), UNTIL - timedelta(days=28), UNTIL - timedelta(days=1), UNTIL)
YESTERDAY = UNTIL - timedelta(hours=12)
COUNTS = Counts(gold=0, waiting=4)


@dataclass(frozen=True)
class Said:
    """A revision: an approval of yesterday, blind, in the slot of a shared draft."""

    draft: int = 1
    agent: str = "ana"
    verdict: str = Verdict.APPROVED
    escalation: str | None = None
    tags: Sequence[str] = ()
    saved_at: datetime = YESTERDAY
    opened_at: datetime | None = None
    came_in: datetime = YESTERDAY - timedelta(hours=1)
    topic: str = ""
    probability: float = 0.4
    model: str | None = "one"
    blank: bool = False
    shared: bool = True
    kind: str = LabelKind.COUNTED
    in_slot: bool = True
    second_look: bool = False
    withdrawn: bool = False
    exposed: bool = False
    wanted: bool = True
    edit_rate: float | None = 0.0
    hter: float | None = None
    revision: int = 0


def drawn(rows: Sequence[Said]) -> Mapping[Stratum, int]:
    """The shared drafts among them, as if no other had been chosen."""
    strata = {row.draft: (row.topic, row.probability) for row in rows if row.shared}
    return Counter(strata.values())


def made(rows: Sequence[Said], *, counts: Counts = COUNTS, window: Window = WINDOW, **more: Any) -> Figures:
    """Their figures; `more` is further evidence."""
    return compute(Evidence(rows, counts, **{"sampled": drawn(rows), "share": 0.4, **more}), window, seed=1)
