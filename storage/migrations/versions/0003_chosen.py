"""Focus mode keeps what was chosen in menus, not only what was typed, when somebody goes on without saving.

It knows by numbers, not by time, what is newer: what was kept, or an answer, or what another window kept.
"""

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
NUMBERS = (("base", "0"), ("edition", "1"))
NEWEST = """
    UPDATE unsaved SET base = coalesce((
        SELECT max(revision.number) FROM revision JOIN label ON label.id = revision.label_id
        WHERE label.draft_id = unsaved.draft_id AND label.agent = unsaved.agent AND revision.saved_at < unsaved.at
    ), 0)
"""


def upgrade() -> None:
    with op.batch_alter_table("unsaved") as table:
        table.add_column(sa.Column("chosen", JSON, nullable=True))
        for name, held in NUMBERS:
            table.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default=held))
    with op.batch_alter_table("unsaved") as table:
        for name, _ in NUMBERS:
            table.alter_column(name, server_default=None, existing_type=sa.Integer(), existing_nullable=False)
    op.execute(NEWEST)


def downgrade() -> None:
    with op.batch_alter_table("unsaved") as table:
        for name in ("edition", "base", "chosen"):
            table.drop_column(name)
