"""Answers to drafts, what became of them, and what they rest on."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.models.columns import NEVER_AGAIN, json_column, list_column, text_column
from storage.words import GoldKind, LabelKind, Verdict

_DOUBTED, _DOUBTED_0 = text("verified IS false"), text("verified IS 0")  # as each database is asked for it
_OF_A_CHANNEL = text("channel_id IS NOT NULL")


class Label(SQLModel, table=True):
    """One agent's answer to one draft; what it says is its newest revision."""

    __table_args__ = (UniqueConstraint("draft_id", "agent"), Index("ix_label_agent", "agent", "id"))

    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="draft.id")
    agent: str
    kind: str = LabelKind.COUNTED
    newest: int = 1  # number of the newest revision


class Revision(SQLModel, table=True):
    """What a label said at one time. Rows are only ever added."""

    __table_args__ = (
        UniqueConstraint("label_id", "number"),
        Index("ix_revision_channel_id_saved_at", "channel_id", "saved_at"),
        # Who said it is in doubt: of few, and not for long, whatever the history.
        Index("ix_revision_doubted", "channel_id", sqlite_where=_DOUBTED_0, postgresql_where=_DOUBTED),
        NEVER_AGAIN,
    )

    id: int | None = Field(default=None, primary_key=True)
    label_id: int = Field(foreign_key="label.id")
    number: int
    channel_id: int = Field(foreign_key="channel.id")
    verdict: str = Verdict.APPROVED
    text: str | None = text_column(nullable=True)
    escalation: str | None = None
    reject_reason: str | None = None
    tags: list[str] = list_column()
    note: str | None = text_column(nullable=True)
    withdrawn: bool = False  # an undo
    exposed: bool = False  # saved after its author could have seen another's answer
    verified: bool = True  # false: membership could not be looked up at the time
    edit_rate: float | None = None
    guideline: int = 0
    sent_at: datetime | None = None  # when it was last said, in whole seconds of Slack's clock, where that is told
    opened_at: datetime | None = None
    saved_at: datetime


class Effort(SQLModel, table=True):
    """How much work a revision's text was, measured afterwards; approvals as they stand took none and have no row."""

    revision_id: int = Field(foreign_key="revision.id", primary_key=True)
    hter: float | None = None
    chrf: float | None = None  # 0 to 100
    reason: str | None = None


class Unsaved(SQLModel, table=True):
    """What an agent typed in focus mode before going on without saving; it stands there when they come back."""

    draft_id: int = Field(foreign_key="draft.id", primary_key=True)
    agent: str = Field(primary_key=True)
    text: str | None = text_column(nullable=True)  # None: nobody touched it
    note: str | None = text_column(nullable=True)
    chosen: dict[str, Any] | None = json_column(nullable=True)  # in menus: values by the revision's columns
    base: int = 0  # the newest revision of the agent's answer then: what was saved after it stands over this
    edition: int = 1  # how often it was kept: a window that shows an older one does not show this
    at: datetime


class Exposure(SQLModel, table=True):
    """From `at` on others than `source` could have seen an answer: `agent` only, a channel's members, or all."""

    __table_args__ = (
        Index("ix_exposure_draft_id", "draft_id"),
        Index("ix_exposure_channel_id", "channel_id", sqlite_where=_OF_A_CHANNEL, postgresql_where=_OF_A_CHANNEL),
    )

    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="draft.id")
    agent: str | None = None  # None: everybody but the source
    source: str | None = None
    channel_id: int | None = Field(default=None, foreign_key="channel.id")  # seen only by its members
    at: datetime


class Gold(SQLModel, table=True):
    """The settled answer of a draft."""

    __table_args__ = (
        Index("ix_gold_channel_id_settled_at", "channel_id", "settled_at"),
        Index("ix_gold_label_id", "label_id"),  # looked at for each label that is erased
    )

    draft_id: int = Field(foreign_key="draft.id", primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
    kind: str = GoldKind.SINGLE
    verdict: str
    text: str | None = text_column(nullable=True)
    escalation: str | None = None
    tags: list[str] = list_column()
    label_id: int | None = Field(default=None, foreign_key="label.id")
    settled_by: str | None = None
    reason: str | None = None
    note: str | None = text_column(nullable=True)
    guideline: int = 0
    settled_at: datetime
