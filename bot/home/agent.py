"""What an agent reads of their own work; never another's answer."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import beside, focus
from bot.beside import NOTHING, Beside
from bot.evidence import ROLLING
from bot.focus import Desk
from bot.surfaces.home import ANSWERS, Answered, Mine
from storage.queries import figures, labels, queues
from storage.queries.figures import Said
from storage.words import GoldKind


async def mine(session: AsyncSession, desk: Desk, *, team: str, now: datetime) -> Mine:
    """The queue, the pace, the last answers and the agreement of one agent over the channels of a desk."""
    progress = await focus.progress(session, desk, now)
    idle = progress.waiting + progress.second_looks == 0
    return Mine(
        channels=desk.channels,
        waiting=progress.waiting,
        second_looks=progress.second_looks,
        today=progress.today,
        week=await queues.answered_since(session, desk.agent, channels=desk.ids, since=focus.monday(desk, now)),
        usual_hour=await focus.usual_hour(session, desk, now) if idle else None,
        beside=await _beside(session, desk, now),
        answers=await _answers(session, desk, team),
    )


async def _answers(session: AsyncSession, desk: Desk, team: str) -> list[Answered]:
    given = await labels.last_of(session, desk.agent, team=team, limit=ANSWERS)
    return [
        Answered(
            draft,
            revision,
            by_lead=gold is not None and gold.kind == GoldKind.ADJUDICATED,
            open_to_me=draft.channel_id in desk.ids,
        )
        for _, revision, draft, gold in given
    ]


async def shared_answers(
    session: AsyncSession, channels: Sequence[int], *, until: datetime, agent: str | None = None
) -> list[Said]:
    """What was said of shared drafts in 28 days, in these channels; with an agent of those they answered."""
    since = until - ROLLING
    return [
        row
        for channel in channels
        for row in await figures.said(session, channel, since=since, until=until, shared=True, beside=agent)
    ]


async def _beside(session: AsyncSession, desk: Desk, now: datetime) -> Beside:
    """Up to yesterday: a number that moved with an answer just given would tell what the other one said."""
    until = focus.midnight(desk, now)
    rows = await shared_answers(session, desk.ids, until=until, agent=desk.agent)
    return beside.by_agent(rows, until - ROLLING).get(desk.agent, NOTHING)
