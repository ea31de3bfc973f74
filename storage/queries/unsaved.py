"""What somebody typed in focus mode and did not save."""

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Unsaved
from storage.queries._core import put


async def get(session: AsyncSession, draft_id: int, agent: str) -> Unsaved | None:
    return await session.get(Unsaved, (draft_id, agent))


async def keep(session: AsyncSession, unsaved: Unsaved) -> None:
    """Keep the text, in place of what was kept before."""
    await put(session, unsaved, key=("draft_id", "agent"))


async def discard(session: AsyncSession, draft_id: int, agent: str) -> None:
    """Nothing is kept any more; the row stays, so that no window that shows an older edition is taken for a new one."""
    kept = await get(session, draft_id, agent)
    if kept is not None:
        kept.text = kept.note = kept.chosen = None
        kept.edition += 1
        session.add(kept)
