"""What a lead reads of the channels they lead."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import focus, outbox
from bot.beside import UNCOMPARED
from bot.evidence import ROLLING
from bot.focus import Desk
from bot.home.agent import compared
from bot.membership import leads_of
from bot.surfaces.home_lead import DIGESTS, DISPUTES, Colleague, Led, Reported
from storage.models import Draft
from storage.queries import channels, delivery_problems, digests, disputes, drafts, figures, people, queues
from storage.queries.disputes import Disputed

COUNTED = 200  # disputes; beyond that it is said that there are more


async def led(session: AsyncSession, desk: Desk, *, team: str, now: datetime) -> Led:
    """Everything, but for the order of names, which only Slack knows."""
    found = await disputes.oldest(session, desk.ids, limit=COUNTED)
    named = {one for channel in desk.channels for one in leads_of(channel)}
    gone = await people.outsiders(session, team, named)
    leads = {channel.id: set(leads_of(channel)) - gone for channel in desk.channels}
    open_to_me = [one for one in found if _may_settle(one, leads[one.channel], desk.agent)]
    return Led(
        channels=desk.channels,
        disputes=await _drafts(session, open_to_me[:DISPUTES]),
        disputed=len(open_to_me),
        more_than=len(found) == COUNTED,
        left_to_others=len(found) - len(open_to_me),
        second_looks=await queues.second_looks(session, channels=desk.ids),
        digests=await _reported(session, desk, team, now),
        people=await _people(session, desk, now),
        read_at=now,
    )


def _may_settle(one: Disputed, leads: set[str], lead: str) -> bool:
    """A lead leaves a dispute that holds their own answer to a lead who is no part of it, where there is one."""
    return lead not in one.agents or leads <= one.agents


async def _drafts(session: AsyncSession, found: Sequence[Disputed]) -> list[Draft]:
    rows = [await drafts.get(session, one.draft) for one in found]
    return [row for row in rows if row is not None]


async def _reported(session: AsyncSession, desk: Desk, team: str, now: datetime) -> list[Reported]:
    by_id = {channel.id: channel for channel in desk.channels}
    rows = await digests.posted(session, desk.ids, since=(now - ROLLING).date(), limit=DIGESTS)
    keys = {f"digest:{row.channel_id}:{row.date.isoformat()}": row for row in rows}
    posts = await delivery_problems.by_keys(session, list(keys))
    workspace = await channels.workspace(session, team)
    return [
        Reported(row.date, by_id[row.channel_id], _first_sentence(posts[key].body), outbox.link(workspace, posts[key]))
        for key, row in keys.items()
        if key in posts
    ]


def _first_sentence(body: dict[str, object] | None) -> str:
    """What the digest said first, below its heading."""
    lines = str((body or {}).get("text", "")).split("\n")
    sentence, stop, _ = (lines[1] if len(lines) > 1 else "").partition(". ")
    return sentence + stop.strip()


async def colleague(session: AsyncSession, desk: Desk, user: str, now: datetime) -> Colleague:
    """One person as a lead reads of them, in the channels of the lead's desk."""
    counted = await figures.answers_by_agent(session, desk.ids, since=now - ROLLING)
    beside = await compared(session, desk.ids, until=focus.midnight(desk, now), agent=user)
    return Colleague(user, counted.get(user, 0), beside.get(user, UNCOMPARED))


async def _people(session: AsyncSession, desk: Desk, now: datetime) -> list[Colleague]:
    counted = await figures.answers_by_agent(session, desk.ids, since=now - ROLLING)
    beside = await compared(session, desk.ids, until=focus.midnight(desk, now))
    return [Colleague(user, count, beside.get(user, UNCOMPARED)) for user, count in sorted(counted.items())]
