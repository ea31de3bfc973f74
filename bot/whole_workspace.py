"""The erasure of a whole workspace, its audit trail as well: what a customer who leaves may ask for.

The row by which it is known goes last, so that what was cut short is gone on with. Messages in its Slack stay: there is
no token any more that could delete them.
"""

from collections.abc import Callable
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit
from bot.erasure import BATCH, check_named
from storage import compacting
from storage.engine import Sessions
from storage.models import Workspace
from storage.queries import channels, erasing
from storage.words import AuditAct

ROWS = 500  # of one transaction


async def erase(
    sessions: Sessions,
    team: str,
    *,
    now: Callable[[], datetime],
    by: str = audit.OPERATOR,
    gone_since: datetime | None = None,
) -> int:
    """Erase all that is stored of a workspace; how many rows. Raises NobodyNamed.

    `gone_since`: only while the app is uninstalled there since then; where it is installed again, what is left by then
    stays.
    """
    check_named(team)
    total, some = 0, 1
    while some:
        async with sessions.writing() as session:
            known = await channels.held_workspace(session, team)
            if gone_since is not None and not _left_by(known, gone_since):
                await _note(session, total, "installed again", where=team, by=by, now=now())
                break
            some = await erase_some(session, team)
            if not some:
                total += await channels.forget_workspace(session, team)
                await _note(session, total, "workspace", where=None, by=by, now=now())
        total += some
    await compacting.forget_log(sessions)
    return total


async def erase_some(session: AsyncSession, team: str) -> int:
    """Erase some of what is stored of a workspace; how many rows. 0: only the row is left by which it is known.

    Drafts go first and whole, so that others are of use where it stops.
    """
    numbers = await erasing.drafts_of(session, team, limit=BATCH)
    await erasing.locked(session, numbers, skip=False)
    await erasing.held_posts_of(session, numbers)
    gone = sum((await erasing.delete_drafts(session, numbers)).values()) if numbers else 0
    return gone or await erasing.delete_of_workspace(session, team, limit=ROWS)


def _left_by(known: Workspace | None, moment: datetime) -> bool:
    """Whether the workspace had taken the app out by then."""
    return known is not None and known.uninstalled_at is not None and known.uninstalled_at <= moment


async def _note(session: AsyncSession, rows: int, why: str, *, where: str | None, by: str, now: datetime) -> None:
    if rows:
        after = {"why": why, "rows": rows}
        await audit.note(session, AuditAct.ERASED, where, who=by, now=now, after=after)
