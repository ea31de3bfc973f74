"""Every row that holds words of a draft, its customer or its agents, and the messages that quote them."""

from collections.abc import Sequence

from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Delivery, Draft, Gold, Label, Revision, Unsaved
from storage.queries import deliveries
from storage.words import DeliveryKind


async def held(session: AsyncSession, draft: Draft) -> list[SQLModel]:
    """The draft itself, and what was answered to it."""
    found: list[SQLModel] = [draft]
    revisions = select(Revision).join(Label, col(Label.id) == Revision.label_id).where(Label.draft_id == draft.id)
    found += (await session.exec(revisions)).all()
    for kind in (Gold, Unsaved):
        found += (await session.exec(select(kind).where(kind.draft_id == draft.id))).all()
    return found


async def quoting(session: AsyncSession, draft: Draft) -> Sequence[Delivery]:
    """The messages that quote the draft; that it is called off is said in words of ours alone.

    Whoever would send one of them waits until the transaction ends (SQLite has one writer anyway).
    """
    said = (col(Delivery.body).is_not(None), col(Delivery.kind) != DeliveryKind.CALLED_OFF)
    return await deliveries.held(session, col(Delivery.draft_id) == draft.id, *said)
