"""How long drafts are kept can be made shorter from a later time on, and taken back until then."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sqlmodel.sql.sqltypes.UTCDateTime()


def upgrade() -> None:
    op.add_column("channel", sa.Column("retention_before", sa.Integer(), nullable=True))
    op.add_column("channel", sa.Column("retention_from", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("channel", "retention_from")
    op.drop_column("channel", "retention_before")
