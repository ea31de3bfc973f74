"""What goes to Slack, what came from it, and the digests."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Computed, Index, Integer, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.models.columns import json_column
from storage.words import NOBODY, DeliveryKind, DeliveryState

_IN_THREADS = text("parent IS NOT NULL")
_ERASURES = text("kind = 'erasure'")  # few, whatever the history
_WAITS = text("lane IS NOT NULL")
_LANE = (
    "CASE WHEN state = 'pending' THEN team || '/' || \"to\" || '/' || "
    "CASE kind WHEN 'card' THEN 'card' WHEN 'redraw' THEN 'redraw' WHEN 'erasure' THEN 'redraw' ELSE 'post' END "
    "ELSE NULL END"
)


class Delivery(SQLModel, table=True):
    """The outbox: one row for each thing that must reach Slack once."""

    __table_args__ = (
        Index("ix_delivery_state_due_at", "state", "due_at"),
        Index("ix_delivery_draft_id", "draft_id"),
        # What waits for one place, the most urgent first: found without a look at all that waits elsewhere.
        Index(
            "ix_delivery_lane",
            "lane",
            "turn",
            "due_at",
            "draft_id",
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index(
            "ix_delivery_room", "channel_id", sqlite_where=text("takes_room = 1"), postgresql_where=text("takes_room")
        ),
        # For whoever deletes channels; with what stands in threads told apart.
        Index("ix_delivery_channel_id_parent", "channel_id", "parent"),
        Index("ix_delivery_parent", "parent", sqlite_where=_IN_THREADS, postgresql_where=_IN_THREADS),
        Index("ix_delivery_erasure", "state", sqlite_where=_ERASURES, postgresql_where=_ERASURES),
    )

    id: str = Field(primary_key=True)  # travels in the message's metadata
    team: str  # the workspace that it goes to
    key: str = Field(unique=True)
    kind: str = DeliveryKind.CARD
    state: str = DeliveryState.PENDING
    channel_id: int = Field(foreign_key="channel.id")
    to: str  # the Slack channel it goes to, or the person
    draft_id: int | None = Field(default=None, foreign_key="draft.id")
    parent: str | None = Field(default=None, foreign_key="delivery.id")  # posted in this one's thread
    body: dict[str, Any] | None = json_column(nullable=True)  # None: drawn from the draft when it is sent
    priority: int = 0
    wanted: int = 1  # raised by each request for a redraw; a redraw that finds it raised goes again
    # Of a redraw: draws that were begun, by the outbox or through presses, and whose end nobody knows.
    drawing: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    attempts: int = 0
    looks: int = 0  # how often an ambiguous one was looked for in the channel
    due_at: datetime
    started_at: datetime | None = None  # when the last try began; a draw through a press is one
    slack_time: float | None = None  # what Slack's clock said when the last try began, in seconds since 1970
    takes_room: bool = False  # a card that is in its channel, or may be, and waits for an answer
    ts: str | None = None
    posted_in: str | None = None  # Slack's conversation that it stands in: of a direct message nothing else tells that
    error: str | None = None
    lane: str | None = Field(default=None, sa_column=Column(Text, Computed(_LANE, persisted=True)))  # while it waits
    turn: int | None = Field(default=None, sa_column=Column(Integer, Computed("-priority", persisted=True)))

    @property
    def is_direct(self) -> bool:
        """Whether it goes to one person, who may be erased since, not to a channel."""
        return self.to.startswith(("U", "W", NOBODY))


class Pace(SQLModel, table=True):
    """One of Slack's limits as all replicas share it: how soon a method may be called again.

    A token bucket as a single moment (the generic cell rate algorithm): each call moves it on by an interval, and
    calls are let through until it is a burst ahead. From `since` until `opens_at` it is closed; before `since`, by a
    clock that was set back or is another replica's, it is open.
    """

    team: str = Field(primary_key=True)
    method: str = Field(primary_key=True)  # of the Web API; * for every one
    place: str = Field(primary_key=True)  # a Slack channel; empty for the whole workspace
    since: float  # seconds since 1970, as the next one
    opens_at: float


class Seen(SQLModel, table=True):
    """The key of each interaction that was acted on, so that a repeat is not acted on again; for seven days."""

    key: str = Field(primary_key=True)
    at: datetime = Field(index=True)


class Digest(SQLModel, table=True):
    """One digest for a channel and a local date, whatever number of clocks tick."""

    __table_args__ = (UniqueConstraint("channel_id", "date"),)

    id: int | None = Field(default=None, primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
    date: date
    quiet: bool  # nothing had happened, nothing was posted
    seed: int
    figures: dict[str, Any] = json_column()
    made_at: datetime
