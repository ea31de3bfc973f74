"""A delivery is claimed by one process, also where two take it at the same moment."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.engine import Sessions, make_sessions
from storage.models import Channel, Delivery
from storage.queries import deliveries, turns
from storage.words import DeliveryKind, DeliveryState
from tests.databases import somebody_waits
from tests.stories.steps import until

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


async def claims(sessions: Sessions) -> Delivery | None:
    async with sessions.writing() as session:
        return await _taken(session)


async def _taken(session: AsyncSession) -> Delivery | None:
    chosen = await turns.next_open(session, NOON)
    return await deliveries.take(session, chosen, now=NOON, slack_time=None) if chosen else None


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_who_waits_for_a_claim_to_end_does_not_claim_the_same_delivery(database: str) -> None:
    one, other = make_sessions(database), make_sessions(database)
    async with one.writing() as session:
        session.add(Channel(id=1, team="T1", slack_id="C1", name="support", created_at=NOON))
        await session.flush()
        session.add(
            Delivery(id="1", team="T1", key="notice:1", kind=DeliveryKind.NOTICE, channel_id=1, to="C1", due_at=NOON)
        )
    async with one.writing() as session:
        won = await _taken(session)
        second = asyncio.create_task(claims(other))
        await until(lambda: somebody_waits(one))  # it has chosen the same row, and waits for it
    assert won is not None
    assert await second is None
    async with one.reading() as session:
        row = await deliveries.get(session, "1")
    assert row is not None
    assert (row.state, row.attempts) == (DeliveryState.SENDING, 1)
    await one.close()
    await other.close()
