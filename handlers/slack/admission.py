"""Each press and form is allowed or refused on the server, whatever the screen offered."""

from dataclasses import dataclass

from bot.membership import Standing, leads_of
from bot.surfaces import notes
from handlers.tools import Tools
from storage.models import Channel, Draft
from storage.queries import drafts


@dataclass(frozen=True)
class Admitted:
    """A person who may act on a draft."""

    draft: Draft
    channel: Channel
    standing: Standing


@dataclass(frozen=True)
class Refused:
    """Why somebody may not: as a private note, and in words for a field, where mentions are not drawn."""

    note: str
    words: str


async def to_draft(tools: Tools, *, draft_id: int, team: str, user: str, lead: bool = False) -> Admitted | Refused:
    """The draft and its channel for somebody who may act on it, or why not."""
    async with tools.sessions.reading() as session:
        draft, channel = await drafts.find_with_channel(session, draft_id) or (None, None)
        known = await tools.doorkeeper.known(session, channel, user) if channel else None
    if draft is None or channel is None or channel.team != team:
        return Refused(notes.GONE, notes.GONE_MODAL)
    # What leads press stands in other channels as well: that says nothing of who is in this one.
    standing = known or await tools.doorkeeper.look_up(channel, user, seen=not lead)
    if lead and not standing.lead:
        return Refused(notes.leads_only(leads_of(channel)), notes.NOT_LEAD)
    if not lead and not standing.agent:
        others = [lead for lead in leads_of(channel) if lead != user]
        return Refused(notes.refused(others), notes.REFUSED)
    return Admitted(draft, channel, standing)
