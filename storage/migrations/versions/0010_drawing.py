"""Draws of a card that are under way are counted, so that one which Slack does late is drawn over.

What waits for a message that failed for good, in whose thread it belongs, has failed with it.
"""

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
    message_failed = "parent IN (SELECT id FROM delivery WHERE state = 'failed' AND ts IS NULL)"
    op.execute(f"UPDATE delivery SET parent = NULL WHERE state = 'pending' AND kind = 'notice' AND {message_failed}")
    op.execute(
        "UPDATE delivery SET state = 'failed', error = 'thread_has_no_message' "
        f"WHERE state = 'pending' AND kind IN ('figures', 'called_off') AND {message_failed}"
    )


def downgrade() -> None:
    op.drop_column("delivery", "drawing")
