"""What somebody typed in focus mode and did not save."""

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Unsaved
from storage.queries._core import put


async def get(session: AsyncSession, draft_id: int, agent: str) -> Unsaved | None:
    return await session.get(Unsaved, (draft_id, agent))


async def keep(session: AsyncSession, unsaved: Unsaved) -> None:
    """Keep the text, in place of what was kept before."""
    await put(session, unsaved, key=("draft_id", "agent"))


async def set_behind(session: AsyncSession, draft_id: int, agent: str, *, answer: int) -> None:
    """The saved answer of this number stands over what is kept, as if it had been saved after it."""
    kept = await get(session, draft_id, agent)
    if kept is not None:
        kept.base = min(kept.base, answer - 1)
        session.add(kept)
