"""What a team needs that works in it all day: tags, notes, second looks, a model's queue, settings of a channel."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql")
STRING = sqlmodel.sql.sqltypes.AutoString()
MOMENT = sqlmodel.sql.sqltypes.UTCDateTime()
TAGS = '["personal data", "legal", "safety", "discrimination", "medical", "financial hardship", "minors"]'

# Table, column, its type, and what rows that are there already hold; None: nothing, and so may new ones.
COLUMNS = (
    ("channel", "tags", JSON, TAGS),
    ("channel", "reviewers", JSON, "[]"),
    ("channel", "second_looks", sa.Boolean(), sa.true()),
    ("channel", "context_template", sa.Text(), None),
    ("channel", "writes_drafts", sa.Boolean(), sa.true()),
    ("channel", "model", STRING, None),
    ("channel", "exports_slack_drafts", sa.Boolean(), sa.false()),
    ("channel", "settings_version", sa.Integer(), "0"),
    ("draft", "origin", STRING, "api"),
    ("gold", "tags", JSON, "[]"),
    ("revision", "tags", JSON, "[]"),
    ("revision", "note", sa.Text(), None),
    ("slot", "trigger", STRING, None),
    ("workspace", "removed_at", MOMENT, None),
)
TABLES = tuple(dict.fromkeys(table for table, *_ in COLUMNS))


def upgrade() -> None:
    op.create_table(
        "unsaved",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("agent", STRING, nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_unsaved_draft_id_draft")),
        sa.PrimaryKeyConstraint("draft_id", "agent", name=op.f("pk_unsaved")),
    )
    op.create_table(
        "writing",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("state", STRING, nullable=False),
        sa.Column("model", STRING, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("cost", sa.Float(), nullable=True),
        sa.Column("error", STRING, nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_writing_draft_id_draft")),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_writing")),
    )
    op.create_index("ix_writing_state_due_at", "writing", ["state", "due_at"])
    op.create_index("ix_writing_finished_at", "writing", ["finished_at"])
    for name in TABLES:
        _add_columns(name)
    free = sa.text("label_id IS NULL")
    op.create_index("ix_slot_draft_id_free", "slot", ["draft_id"], sqlite_where=free, postgresql_where=free)


def _add_columns(name: str) -> None:
    """Rows that are there get a value; from then on each new row has to bring its own."""
    mine = [row[1:] for row in COLUMNS if row[0] == name]
    with op.batch_alter_table(name) as table:
        for column, kind, held in mine:
            table.add_column(sa.Column(column, kind, nullable=held is None, server_default=held))
    with op.batch_alter_table(name) as table:
        for column, kind, held in mine:
            if held is not None:
                table.alter_column(column, server_default=None, existing_type=kind, existing_nullable=False)


def downgrade() -> None:
    # A second look would become a review that the draft needs.
    op.execute("UPDATE label SET kind = 'extra' WHERE id IN (SELECT label_id FROM slot WHERE trigger IS NOT NULL)")
    op.execute("DELETE FROM slot WHERE trigger IS NOT NULL")
    op.drop_index("ix_slot_draft_id_free", "slot")
    for name in reversed(TABLES):
        with op.batch_alter_table(name) as table:
            for owner, column, *_ in reversed(COLUMNS):
                if owner == name:
                    table.drop_column(column)
    op.drop_table("writing")
    op.drop_table("unsaved")
