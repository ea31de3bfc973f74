"""Tokens of the API that name no workspace are good for the one that there is, where there is only one."""

from collections.abc import Sequence

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Of several, whose they are nobody can tell: they are refused, and the answer says what to do.
    op.execute(
        "UPDATE token SET team = (SELECT min(team) FROM workspace) "
        "WHERE team IS NULL AND (SELECT count(*) FROM workspace) = 1"
    )


def downgrade() -> None:
    """A token that names its workspace is read by the version before as well."""
