"""Every row that holds words of a draft, its customer or its agents."""

from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Delivery, Draft, Gold, Label, Revision, Unsaved


async def about(session: AsyncSession, draft: Draft) -> list[SQLModel]:
    """The draft itself, what was answered to it, and the messages that were made of it."""
    found: list[SQLModel] = [draft]
    revisions = select(Revision).join(Label, col(Label.id) == Revision.label_id).where(Label.draft_id == draft.id)
    found += (await session.exec(revisions)).all()
    for kind in (Gold, Unsaved, Delivery):
        found += (await session.exec(select(kind).where(kind.draft_id == draft.id))).all()
    return found
