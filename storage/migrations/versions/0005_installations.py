"""Many workspaces: each may install the app itself, and tokens of the API name the one that they are good for."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql")
STRING = sqlmodel.sql.sqltypes.AutoString()
MOMENT = sqlmodel.sql.sqltypes.UTCDateTime()


def upgrade() -> None:
    with op.batch_alter_table("workspace") as table:
        table.add_column(sa.Column("uninstalled_at", MOMENT, nullable=True))
        table.add_column(sa.Column("installed_by", STRING, nullable=True))
    op.create_table(
        "installation",
        sa.Column("team", STRING, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("installed_at", MOMENT, nullable=False),
        sa.Column("refreshing_until", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["team"], ["workspace.team"], name=op.f("fk_installation_team_workspace")),
        sa.PrimaryKeyConstraint("team", name=op.f("pk_installation")),
    )
    op.create_index(op.f("ix_installation_expires_at"), "installation", ["expires_at"])
    with op.batch_alter_table("token") as table:
        table.add_column(sa.Column("team", STRING, nullable=True))
    # A token that is bound to a channel is good for that channel's workspace; any other for the only one there is.
    op.execute(
        "UPDATE token SET team = coalesce((SELECT team FROM channel WHERE channel.id = token.channel_id), "
        "(SELECT min(team) FROM workspace HAVING count(*) = 1))"
    )


def downgrade() -> None:
    with op.batch_alter_table("token") as table:
        table.drop_column("team")
    op.drop_index(op.f("ix_installation_expires_at"), table_name="installation")
    op.drop_table("installation")
    with op.batch_alter_table("workspace") as table:
        table.drop_column("installed_by")
        table.drop_column("uninstalled_at")
