"""Slack's limits, shared by all replicas; what waits is found by its place, however much waits elsewhere."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STRING = sqlmodel.sql.sqltypes.AutoString()
LANE = (
    "CASE WHEN state = 'pending' THEN team || '/' || \"to\" || '/' || "
    "CASE kind WHEN 'card' THEN 'card' WHEN 'redraw' THEN 'redraw' WHEN 'erasure' THEN 'redraw' ELSE 'post' END ELSE NULL END"
)
WAITS = sa.text("lane IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "pace",
        sa.Column("team", STRING, nullable=False),
        sa.Column("method", STRING, nullable=False),
        sa.Column("place", STRING, nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("opens_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("team", "method", "place", name=op.f("pk_pace")),
    )
    with op.batch_alter_table("delivery") as table:
        table.add_column(sa.Column("team", STRING, nullable=False, server_default=""))
        table.add_column(sa.Column("slack_time", sa.Float(), nullable=True))
        table.add_column(sa.Column("takes_room", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE delivery SET team = (SELECT team FROM channel WHERE channel.id = delivery.channel_id)")
    op.execute(
        "UPDATE delivery SET takes_room = (1 = 1) WHERE kind = 'card' AND state IN ('sending', 'sent', 'ambiguous') "
        "AND draft_id IN (SELECT id FROM draft WHERE state = 'open')"
    )
    with op.batch_alter_table("delivery") as table:
        table.alter_column("team", server_default=None, existing_type=STRING, existing_nullable=False)
        table.alter_column("takes_room", server_default=None, existing_type=sa.Boolean(), existing_nullable=False)
        table.add_column(sa.Column("lane", sa.Text(), sa.Computed(LANE, persisted=True), nullable=True))
        table.add_column(sa.Column("turn", sa.Integer(), sa.Computed("-priority", persisted=True), nullable=True))
    op.create_index(
        "ix_delivery_lane",
        "delivery",
        ["lane", "turn", "due_at", "draft_id"],
        sqlite_where=WAITS,
        postgresql_where=WAITS,
    )
    op.create_index(
        "ix_delivery_room",
        "delivery",
        ["channel_id"],
        sqlite_where=sa.text("takes_room = 1"),
        postgresql_where=sa.text("takes_room"),
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_room", table_name="delivery")
    op.drop_index("ix_delivery_lane", table_name="delivery")
    with op.batch_alter_table("delivery") as table:
        table.drop_column("turn")
        table.drop_column("lane")
        table.drop_column("takes_room")
        table.drop_column("slack_time")
        table.drop_column("team")
    op.drop_table("pace")
