"""The HTTP API: tokens and what they asked for, webhooks and what they must be told."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from storage.models.columns import list_column, text_column
from storage.words import DeliveryState


class Token(SQLModel, table=True):
    """A bearer token of the HTTP API; only its hash is kept."""

    id: int | None = Field(default=None, primary_key=True)
    team: str | None = None  # the workspace that it is good for; None: made before there was any
    name: str
    hash: str = Field(unique=True)
    scopes: list[str] = list_column()
    channel_id: int | None = Field(default=None, foreign_key="channel.id")
    created_at: datetime
    revoked_at: datetime | None = None


class Allowance(SQLModel, table=True):
    """How many requests of a token were given out to replicas in a minute, a portion at a time."""

    token_id: int = Field(foreign_key="token.id", primary_key=True, ondelete="CASCADE")
    minute: int  # since 1970
    used: int


class Answered(SQLModel, table=True):
    """What a request with an Idempotency-Key was answered, for its repeats within a day."""

    token_id: int = Field(foreign_key="token.id", primary_key=True, ondelete="CASCADE")
    key: str = Field(primary_key=True)  # keyed hashes, as the next: they may name somebody who is erased
    asked: str  # method, address and body
    status: int
    body: str = text_column()  # encrypted where keys are set: it may hold a webhook's secret
    at: datetime = Field(index=True)


class Webhook(SQLModel, table=True):
    """An address that is told what happens in a workspace, or in one channel of it."""

    id: int | None = Field(default=None, primary_key=True)
    team: str = Field(index=True)
    channel_id: int | None = Field(default=None, foreign_key="channel.id", ondelete="CASCADE")
    url: str = text_column()
    events: list[str] = list_column()
    secret: str = text_column()  # encrypted where keys are set (bot/vault)
    created_at: datetime
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    rests_until: datetime | None = None  # nothing is sent before: it failed just now
    disabled_at: datetime | None = None
    disabled_why: str | None = text_column(nullable=True)


_WAITING = text("state IN ('pending', 'sending')")


class Announcement(SQLModel, table=True):
    """The outbox of webhooks: one row for each thing that one must be told; what it says is drawn when it is sent."""

    __table_args__ = (
        # What is not done is found by its webhook, in the order in which it is due, however much was done.
        Index(
            "ix_announcement_waiting",
            "webhook_id",
            "due_at",
            "number",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_announcement_webhook_id_number", "webhook_id", "number"),
        Index("ix_announcement_draft_id", "draft_id"),
        Index("ix_announcement_label_id", "label_id"),
    )

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)  # travels as webhook-id, the same in each attempt
    webhook_id: int = Field(foreign_key="webhook.id", ondelete="CASCADE")
    event: str
    draft_id: int = Field(foreign_key="draft.id", ondelete="CASCADE")
    label_id: int | None = Field(default=None, foreign_key="label.id", ondelete="CASCADE")
    revision: int | None = None
    state: str = DeliveryState.PENDING
    attempts: int = 0
    at: datetime = Field(index=True)
    due_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    status: int | None = None  # of the last answer
    error: str | None = text_column(nullable=True)
