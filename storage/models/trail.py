"""The audit trail, and what is left of what was erased."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.models.columns import NEVER_AGAIN, json_column
from storage.words import AuditAct, ErasedBecause


class Actor(SQLModel, table=True):
    """A person by the number that the audit trail knows them by. Who is erased is emptied here; the trail stands."""

    __table_args__ = (UniqueConstraint("team", "user"),)

    id: int | None = Field(default=None, primary_key=True)
    team: str
    user: str | None = None  # None: erased


class Audit(SQLModel, table=True):
    """What was done, by whom and when. The database itself refuses to change a row, and to delete one.

    The one exception: the rows of a workspace that stands in `erasing`.
    """

    __table_args__ = (Index("ix_audit_team_id", "team", "id"), NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    team: str | None = None  # None: done to the whole of Assay
    channel: str | None = None  # Slack's id
    act: str = AuditAct.SETTINGS
    who: str  # person:NUMBER (an actor), token:NUMBER, operator, or assay itself
    about: str | None = None  # draft:NUMBER, token:NUMBER, webhook:NUMBER
    before: dict[str, Any] | None = json_column(nullable=True)
    after: dict[str, Any] | None = json_column(nullable=True)


class Erasing(SQLModel, table=True):
    """A workspace whose audit trail may be deleted until this transaction ends: the row is never committed."""

    team: str = Field(primary_key=True)


class Tombstone(SQLModel, table=True):
    """A draft that was erased: that it was, when and why, and nothing of what it held."""

    __table_args__ = (
        UniqueConstraint("channel_id", "external_hash"),
        Index("ix_tombstone_channel_id_number", "channel_id", "number"),
        Index("ix_tombstone_channel_id_at", "channel_id", "at"),
    )

    draft_id: int = Field(primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
    external_hash: str | None = None  # of its external id, keyed, so that it is known again when it is sent again
    number: int  # its place among the numbers of revisions: whoever reads on from a revision meets it
    why: str = ErasedBecause.TICKET
    at: datetime
