"""Turns whose role a report of personal data spoilt (`assist[PRIVATE_1]t`) get it back."""

import re
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

DRAFT = sa.table("draft", sa.column("id", sa.Integer), sa.column("conversation", sa.JSON))
PLACEHOLDER = re.compile(r"\[PRIVATE_[0-9]+\]")
ROLES = ("user", "assistant", "system")  # the likeliest first: of one that was struck out whole nothing is left


def upgrade() -> None:
    connection = op.get_bind()
    struck = sa.cast(DRAFT.c.conversation, sa.Text).contains("[PRIVATE_", autoescape=True)
    for number in connection.scalars(sa.select(DRAFT.c.id).where(struck)).all():  # few; their texts one at a time
        this = DRAFT.c.id == number
        turns = connection.scalars(sa.select(DRAFT.c.conversation).where(this)).one()
        right = _right([turn["role"] for turn in turns])
        mended = [turn | {"role": right[turn["role"]]} for turn in turns]
        if mended != turns:
            connection.execute(sa.update(DRAFT).where(this).values(conversation=mended))


def downgrade() -> None:
    """A role that is right again stays so."""


def _right(roles: Sequence[str]) -> Mapping[str, str]:
    """What each of a conversation's roles was. The same words were struck out of all of them, so two that differ now
    differed before."""
    right = {role: role for role in roles if role in ROLES}
    by_what_is_left = sorted(set(roles).difference(ROLES), key=lambda role: (-len(PLACEHOLDER.sub("", role)), role))
    for spoilt in by_what_is_left:
        left = re.compile(".+".join(map(re.escape, PLACEHOLDER.split(spoilt))))
        free = [role for role in ROLES if role not in right.values() and left.fullmatch(role)]
        right[spoilt] = free[0] if free else ROLES[0]
    return right
