"""Every row that holds words of a draft, its customer or its agents."""

from sqlalchemy import bindparam
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Delivery, Draft, Gold, Label, Revision, Unsaved


async def held(session: AsyncSession, draft: Draft) -> list[SQLModel]:
    """The draft itself, what was answered to it, and the messages that were made of it.

    Whoever would send one of those messages waits until the transaction ends (SQLite has one writer anyway).
    """
    # Held before anything is read: whoever held one until now may have made another one of it.
    await session.exec(_HOLD_MESSAGES, params={"draft": draft.id})
    found: list[SQLModel] = [draft]
    revisions = select(Revision).join(Label, col(Label.id) == Revision.label_id).where(Label.draft_id == draft.id)
    found += (await session.exec(revisions)).all()
    for kind in (Gold, Unsaved, Delivery):
        found += (await session.exec(select(kind).where(kind.draft_id == draft.id))).all()
    return found


_HOLD_MESSAGES = (
    select(Delivery.id)
    .where(col(Delivery.draft_id) == bindparam("draft"), col(Delivery.body).is_not(None))
    .order_by(col(Delivery.id))
    .with_for_update()
)
