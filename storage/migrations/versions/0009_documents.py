"""Documents keep the order of their names on PostgreSQL too.

A ticket's context is told to a model, and exported, in the order in which it came. JSONB forgets that order, and how a
number was written: the same database exported other bytes than on SQLite. Nothing looks into documents by SQL.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _turn("jsonb", "json")


def downgrade() -> None:
    _turn("json", "jsonb")


def _turn(old: str, new: str) -> None:
    """Every document there is, also of tables that have no part in this change."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    columns = sa.text(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND data_type = :old ORDER BY 1, 2"
    )
    for table, column in connection.execute(columns, {"old": old}).all():
        op.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {new} USING "{column}"::{new}')
