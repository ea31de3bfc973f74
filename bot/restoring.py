"""After a backup was put back: what Slack and readers know from the time since meets nothing that is new."""

from datetime import datetime

from bot import audit, outbox
from storage.engine import Sessions
from storage.queries import drafts, numbers
from storage.words import AuditAct

LEAP = 1_000_000  # more than came since any backup
BATCH = 100  # cards of one transaction


async def go_on(sessions: Sessions, *, now: datetime) -> int:
    """Let numbers begin where none was ever given, and open cards be drawn anew; how many cards.

    A button in Slack, and a reader's place in a list, hold a number. Of what came since the backup it would be another
    row's by and by.
    """
    async with sessions.writing() as session:
        await numbers.leap(session, LEAP)
        await audit.note(session, AuditAct.RESTORED, None, who=audit.OPERATOR, now=now)
    drawn, last = 0, 0
    while True:
        async with sessions.writing() as session:
            found = await drafts.with_open_cards(session, after=last, limit=BATCH)
            for draft, channel in found:
                last = draft.id or 0
                if held := await drafts.locked(session, last):  # as it is by now
                    await outbox.redraw(session, channel, held, now=now)
        if not found:
            return drawn
        drawn += len(found)
