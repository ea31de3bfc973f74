"""Drafts, the reviews that they need, and the model that writes them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.models.columns import NEVER_AGAIN, json_column, text_column
from storage.words import DraftOrigin, DraftState, WritingState

_SHARED, _SHARED_1 = text("shared"), text("shared = 1")  # as each database is asked for it


class Draft(SQLModel, table=True):
    """The model's proposed reply with its conversation and context, redacted."""

    __table_args__ = (
        UniqueConstraint("channel_id", "external_id"),
        UniqueConstraint("channel_id", "content_hash"),
        Index("ix_draft_channel_id_state", "channel_id", "state"),
        Index("ix_draft_channel_id_topic_place", "channel_id", "topic", "place"),
        Index("ix_draft_channel_id_ticket", "channel_id", "ticket"),
        Index("ix_draft_channel_id_created_at", "channel_id", "created_at"),
        # Drafts with two reviews are few: what agreement rests on is read from them, whatever the history.
        Index("ix_draft_shared", "channel_id", "created_at", sqlite_where=_SHARED_1, postgresql_where=_SHARED),
        NEVER_AGAIN,
    )

    id: int | None = Field(default=None, primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
    external_id: str | None = None
    content_hash: str | None = None  # identifies a draft that came without an external id
    body_hash: str  # tells an equal repeat from a conflict
    conversation: list[dict[str, str]] = json_column()
    text: str | None = text_column(nullable=True)  # None: a blank
    model: str | None = None
    context: dict[str, Any] = json_column()
    topic: str = ""
    source: str | None = None
    ticket: str | None = None
    url: str | None = text_column(nullable=True)
    priority: int = 0
    uncertainty: float | None = None
    language: str | None = None
    origin: str = DraftOrigin.API
    state: str = DraftState.OPEN
    reviews: int  # how many slots it has; none when it came with a reply from elsewhere
    shared: bool  # chosen at random for overlap
    overlap_probability: float
    place: int  # its number within channel and topic, from 0; -1 outside of the draw
    placeholders: dict[str, str] = json_column()  # keyed hash -> placeholder, never a value
    redacted: dict[str, int] = json_column()
    redactor: str
    created_at: datetime
    state_at: datetime


_FREE = text("label_id IS NULL")


class Slot(SQLModel, table=True):
    """One review that a draft needs; the lease says who has it open, the label who answered.

    A slot with a trigger is a second look: offered in Home and in focus mode only, and never needed.
    """

    __table_args__ = (
        UniqueConstraint("draft_id", "number"),
        # Free slots are few, whatever the history: queues are read from them.
        Index("ix_slot_draft_id_free", "draft_id", sqlite_where=_FREE, postgresql_where=_FREE),
    )

    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="draft.id")
    number: int
    trigger: str | None = None
    leased_by: str | None = None
    leased_until: datetime | None = None
    label_id: int | None = Field(default=None, foreign_key="label.id", unique=True)


class Writing(SQLModel, table=True):
    """A draft for which the model is asked, and what came of it: the queue of the model client."""

    __table_args__ = (
        Index("ix_writing_state_due_at", "state", "due_at"),
        Index("ix_writing_finished_at", "finished_at"),
    )

    draft_id: int = Field(foreign_key="draft.id", primary_key=True)
    state: str = WritingState.WAITING
    model: str
    attempts: int = 0
    due_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    milliseconds: int | None = None  # of the attempt that succeeded
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None  # in the currency of the prices that are set; None where none are
    error: str | None = None
