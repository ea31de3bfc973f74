"""Draws of a card that are under way are counted, so that one which Slack does late is drawn over."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # The default stays: a process of the version before adds rows without this column meanwhile.
    op.add_column("delivery", sa.Column("drawing", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("delivery", "drawing")
