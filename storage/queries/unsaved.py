"""What somebody typed in focus mode and did not save."""

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Unsaved
from storage.queries._core import put


async def get(session: AsyncSession, draft_id: int, agent: str) -> Unsaved | None:
    return await session.get(Unsaved, (draft_id, agent))


async def keep(session: AsyncSession, unsaved: Unsaved) -> None:
    """Keep the text, in place of what was kept before."""
    await put(session, unsaved, key=("draft_id", "agent"))
