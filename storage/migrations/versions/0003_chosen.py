"""Focus mode keeps what was chosen in menus, not only what was typed, when somebody goes on without saving."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("unsaved") as table:
        table.add_column(sa.Column("chosen", JSON, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("unsaved") as table:
        table.drop_column("chosen")
