"""An audit trail that the database itself keeps, drafts that are erased and leave a tombstone, and how long they stay.

Numbers of drafts and revisions are never given again: whoever fetched a draft must not take another one for it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql")
STRING = sqlmodel.sql.sqltypes.AutoString()
MOMENT = sqlmodel.sql.sqltypes.UTCDateTime()

STANDS = "the audit trail is never changed"
# Without recursive triggers an INSERT OR REPLACE deletes unseen, so a number that is taken is refused as well.
ON_SQLITE = (
    f"""CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, '{STANDS}'); END""",
    f"""CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit
        WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, '{STANDS}'); END""",
    f"""CREATE TRIGGER audit_goes_with_its_workspace_only BEFORE DELETE ON audit
        WHEN OLD.team IS NULL OR NOT EXISTS (SELECT 1 FROM erasing WHERE erasing.team = OLD.team)
        BEGIN SELECT RAISE(ABORT, '{STANDS}'); END""",
)
ON_POSTGRESQL = (
    f"""CREATE FUNCTION audit_stands() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'DELETE' THEN
            IF EXISTS (SELECT 1 FROM erasing WHERE erasing.team = OLD.team) THEN RETURN OLD; END IF;
        END IF;
        RAISE EXCEPTION '{STANDS}' USING ERRCODE = 'restrict_violation';
        END $$""",
    """CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_stands()""",
    """CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_stands()""",
)
NUMBERED = ("draft", "revision")


def upgrade() -> None:
    op.create_table(
        "actor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team", STRING, nullable=False),
        sa.Column("user", STRING, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor")),
        sa.UniqueConstraint("team", "user", name=op.f("uq_actor_team_user")),
    )
    op.create_table(
        "erasing", sa.Column("team", STRING, nullable=False), sa.PrimaryKeyConstraint("team", name=op.f("pk_erasing"))
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("team", STRING, nullable=True),
        sa.Column("channel", STRING, nullable=True),
        sa.Column("act", STRING, nullable=False),
        sa.Column("who", STRING, nullable=False),
        sa.Column("about", STRING, nullable=True),
        sa.Column("before", JSON, nullable=True),
        sa.Column("after", JSON, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_team_id", "audit", ["team", "id"])
    op.create_table(
        "tombstone",
        sa.Column("draft_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("external_hash", STRING, nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("why", STRING, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_tombstone_channel_id_channel")),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_tombstone")),
        sa.UniqueConstraint("channel_id", "external_hash", name=op.f("uq_tombstone_channel_id_external_hash")),
    )
    op.create_index("ix_tombstone_channel_id_number", "tombstone", ["channel_id", "number"])
    op.create_index("ix_tombstone_channel_id_at", "tombstone", ["channel_id", "at"])
    with op.batch_alter_table("channel") as table:
        table.add_column(sa.Column("retention_days", sa.Integer(), nullable=True))
    # Not as a batch: on SQLite that copies the table, and generated columns cannot be copied.
    op.add_column("delivery", sa.Column("posted_in", STRING, nullable=True))
    # Whatever refers to what is erased is found along an index.
    threads = sa.text("parent IS NOT NULL")
    op.create_index("ix_delivery_parent", "delivery", ["parent"], sqlite_where=threads, postgresql_where=threads)
    op.create_index("ix_gold_label_id", "gold", ["label_id"])
    few = sa.text("kind = 'erasure'")
    op.create_index("ix_delivery_erasure", "delivery", ["state"], sqlite_where=few, postgresql_where=few)
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if on_sqlite:
        _number_anew(autoincrement=True)
    for statement in ON_SQLITE if on_sqlite else ON_POSTGRESQL:
        op.execute(statement)


def _number_anew(*, autoincrement: bool) -> None:
    """SQLite remembers the highest number ever given where the table was made so; it is made anew."""
    for name in NUMBERED:
        with op.batch_alter_table(name, recreate="always", table_kwargs={"sqlite_autoincrement": autoincrement}):
            pass


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.drop_table("audit")  # its triggers go with it
    if on_sqlite:
        _number_anew(autoincrement=False)
    else:
        op.execute("DROP FUNCTION audit_stands()")
    op.drop_table("erasing")
    op.drop_table("actor")
    op.drop_index("ix_delivery_erasure", "delivery")
    op.drop_index("ix_delivery_parent", "delivery")
    op.drop_index("ix_gold_label_id", "gold")
    op.execute("DELETE FROM delivery WHERE kind = 'erasure'")
    op.drop_column("delivery", "posted_in")
    with op.batch_alter_table("channel") as table:
        table.drop_column("retention_days")
    op.drop_table("tombstone")
