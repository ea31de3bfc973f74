"""What the digest holds answers against: the mix of topics that a channel wishes for, and the work that edits took.

What agreement rests on is found however long the history is."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "effort",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("hter", sa.Float(), nullable=True),
        sa.Column("chrf", sa.Float(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_effort_revision_id_revision")),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_effort")),
    )
    with op.batch_alter_table("channel") as table:
        table.add_column(sa.Column("targets", JSON, nullable=False, server_default="{}"))
    with op.batch_alter_table("channel") as table:
        table.alter_column("targets", server_default=None, existing_type=JSON, existing_nullable=False)
    op.create_index(
        "ix_draft_shared",
        "draft",
        ["channel_id", "created_at"],
        sqlite_where=sa.text("shared = 1"),
        postgresql_where=sa.text("shared"),
    )


def downgrade() -> None:
    op.drop_index("ix_draft_shared", table_name="draft")
    with op.batch_alter_table("channel") as table:
        table.drop_column("targets")
    op.drop_table("effort")
