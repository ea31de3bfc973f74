"""What is of a channel is found by it: what was posted, who saw an answer, and answers of which nobody knows yet whose."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_delivery_channel_id_parent", "delivery", ["channel_id", "parent"])
    seen = sa.text("channel_id IS NOT NULL")
    op.create_index("ix_exposure_channel_id", "exposure", ["channel_id"], sqlite_where=seen, postgresql_where=seen)
    op.create_index(
        "ix_revision_doubted",
        "revision",
        ["channel_id"],
        sqlite_where=sa.text("verified IS 0"),
        postgresql_where=sa.text("verified IS false"),
    )


def downgrade() -> None:
    op.drop_index("ix_revision_doubted", "revision")
    op.drop_index("ix_exposure_channel_id", "exposure")
    op.drop_index("ix_delivery_channel_id_parent", "delivery")
