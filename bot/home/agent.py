"""What an agent reads of their own work; never another's answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import beside, focus
from bot.beside import UNCOMPARED, Compared
from bot.evidence import ROLLING
from bot.focus import Desk
from bot.surfaces.home import ANSWERS, Answered, Mine
from storage.queries import figures, golds, labels, queues
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


async def compared(
    session: AsyncSession, channels: Sequence[int], *, until: datetime, agent: str | None = None
) -> Mapping[str, Compared]:
    """People's answers of 28 days beside others', in these channels; with an agent on drafts they answered.

    `until` is a midnight: a number that moved with an answer just given would tell what the other one said.
    """
    since = until - ROLLING
    rows, outcomes = [], []
    for channel in channels:
        rows += await figures.said(session, channel, since=since, until=until, shared=True, beside=agent)
        outcomes += await golds.of_shared(session, channel, since=since, until=until, beside=agent)
    return beside.by_agent(rows, since, outcomes)


async def _beside(session: AsyncSession, desk: Desk, now: datetime) -> Compared:
    until = focus.midnight(desk, now)
    return (await compared(session, desk.ids, until=until, agent=desk.agent)).get(desk.agent, UNCOMPARED)
