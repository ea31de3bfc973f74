"""The last twelve weeks of a channel, the same wherever they are asked for: what a digest is made of."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import SQLModel

from bot.figures.weeks import WEEKS
from storage.models import Delivery, Draft, Gold, Label, Revision, Slot
from storage.queries._core import table_of
from storage.words import DeliveryState, DraftState, GoldKind, Verdict
from tests.bench.items import TOPICS
from tests.bench.prepared import AGENTS
from tests.bench.sink import TEAM

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
TODAY = NOW.replace(hour=0)
DAYS = WEEKS * 7
MODELS = ("drafter-1", "drafter-2", "drafter-3")
VERDICTS = (*[Verdict.APPROVED] * 6, *[Verdict.EDITED] * 3, Verdict.REJECTED)
TAGS = ("legal", "personal data")
REPLY = "Thank you for writing. The parcel is on its way and comes within two days."
CHANGED = "Thank you. Your parcel left today and comes in two days."

# What the rows of a table have in common; objects of their own for each row would take most of the time.
LIKE: dict[type[SQLModel], dict[str, Any]] = {
    type(row): {name: held for name, held in row.model_dump().items() if table_of(type(row)).c[name].computed is None}
    for row in (
        Draft(
            channel_id=0,
            body_hash="0" * 64,
            conversation=[{"role": "user", "content": "Where is my parcel?"}],
            text=REPLY,
            model=MODELS[0],
            context={},
            topic=TOPICS[0],
            state=DraftState.SETTLED,
            reviews=1,
            shared=False,
            overlap_probability=0.1,
            place=0,
            placeholders={},
            redacted={},
            redactor="1",
            created_at=NOW,
            state_at=NOW,
        ),
        Slot(draft_id=0, number=1),
        Label(draft_id=0, agent=""),
        Revision(label_id=0, number=1, channel_id=0, guideline=1, saved_at=NOW),
        Gold(draft_id=0, channel_id=0, verdict=Verdict.APPROVED, text=REPLY, settled_at=NOW),
        Delivery(id="", team=TEAM, key="", state=DeliveryState.SENT, channel_id=0, to="", due_at=NOW),
    )
}

Row = dict[str, Any]
Rows = dict[type[SQLModel], list[Row]]


@dataclass(frozen=True)
class Lately:
    """How much the last twelve weeks of each channel hold; a third of it the 28 days of agreement."""

    single: int = 7_200  # drafts that one person answered
    shared: int = 900  # that two answered
    disputed: int = 20  # of those
    waiting: int = 200  # that nobody answered yet


def rows_of(lately: Lately, channel: int, numbers: Iterator[int]) -> Rows:
    """Every row of these weeks, by tables; whatever needs a number gets its next one."""
    draw = random.Random(channel)
    rows: Rows = defaultdict(list)
    for place in range(lately.single + lately.shared + lately.waiting):
        answered, reviews = place < lately.single + lately.shared, 2 if place < lately.shared else 1
        state = DraftState.DISPUTED if place < lately.disputed else DraftState.SETTLED
        draft = _draft(draw, channel, next(numbers), reviews, state if answered else DraftState.OPEN)
        for model, row in ((Draft, draft), (Delivery, _card(draft)), (Gold, _gold(draft))):
            rows[model] += [LIKE[model] | row] if model != Gold or draft["state"] == DraftState.SETTLED else []
        for number, agent in enumerate(draw.sample(AGENTS, reviews), 1):
            slot = {"id": next(numbers), "draft_id": draft["id"], "number": number}
            if answered:
                slot["label_id"] = slot["id"]
                rows[Label].append(LIKE[Label] | {"id": slot["id"], "draft_id": draft["id"], "agent": agent})
                rows[Revision].append(LIKE[Revision] | _said(draw, draft, slot["id"]))
            rows[Slot].append(LIKE[Slot] | slot)
    return rows


def _draft(draw: random.Random, channel: int, number: int, reviews: int, state: DraftState) -> Row:
    came_in = TODAY - timedelta(seconds=draw.randrange(3_600, DAYS * 86_400))
    return {
        "id": number,
        "channel_id": channel,
        "external_id": f"new-{number}",
        "model": draw.choice(MODELS),
        "topic": draw.choice(TOPICS),
        "reviews": reviews,
        "shared": reviews > 1,
        "place": number,
        "state": state,
        "created_at": came_in,
        "state_at": came_in,
    }


def _card(draft: Row) -> Row:
    number, channel = draft["id"], draft["channel_id"]
    return {
        "id": f"card-{number}",
        "key": f"card:{number}",
        "channel_id": channel,
        "to": f"C0BENCH{channel:02d}",
        "draft_id": number,
        "due_at": draft["created_at"],
        "ts": f"{number}.000001",
    }


def _said(draw: random.Random, draft: Row, number: int) -> Row:
    """An answer that came within an hour."""
    verdict, saved = draw.choice(VERDICTS), draft["created_at"] + timedelta(seconds=draw.randrange(60, 3_600))
    return {
        "id": number,
        "label_id": number,
        "channel_id": draft["channel_id"],
        "verdict": verdict,
        "text": {Verdict.APPROVED: REPLY, Verdict.EDITED: CHANGED}.get(verdict),
        "escalation": "urgent" if draw.random() < 0.08 else None,
        "tags": [draw.choice(TAGS)] if draw.random() < 0.1 else [],
        "edit_rate": {Verdict.APPROVED: 0.0, Verdict.EDITED: 0.5}.get(verdict),
        "opened_at": saved - timedelta(seconds=30),
        "saved_at": saved,
    }


def _gold(draft: Row) -> Row:
    kind = GoldKind.CONSENSUS if draft["shared"] else GoldKind.SINGLE
    settled = draft["created_at"] + timedelta(hours=1)
    return {"draft_id": draft["id"], "channel_id": draft["channel_id"], "kind": kind, "settled_at": settled}
