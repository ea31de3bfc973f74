"""What is late is seen, however much waits elsewhere."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.engine import Sessions, make_sessions
from storage.models import Channel, Delivery, Workspace
from storage.queries import backlog
from storage.queries.backlog import MOST
from storage.words import ChannelState, DeliveryKind

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)


@pytest.fixture
async def sessions(database: str) -> AsyncIterator[Sessions]:
    """A channel that works, one that is archived, and one of a workspace that took the app out."""
    made = make_sessions(database)
    async with made.writing() as session:
        for team, gone in (("T1", None), ("T2", NOON)):
            named: dict[str, Any] = {
                "bot_user": "UBOT",
                "bot_id": "BBOT",
                "name": "Desk",
                "url": "https://d.slack.com/",
            }
            session.add(Workspace(team=team, checked_at=NOON, removed_at=gone, **named))
        states = ("T1", ChannelState.ACTIVE), ("T1", ChannelState.ARCHIVED), ("T2", ChannelState.ACTIVE)
        for number, (team, state) in enumerate(states, 1):
            row = Channel(id=number, team=team, slack_id=f"C{number}", name="desk", state=state, created_at=NOON)
            session.add(row)
    yield made
    await made.close()


@pytest.mark.parametrize("full", [("T1", 1), ("T1", 2), ("T2", 3)], ids=["works", "archived", "removed"])
async def test_a_post_is_seen_to_be_late_behind_more_cards_than_are_counted(
    sessions: Sessions, full: tuple[str, int]
) -> None:
    team, number = full
    columns = 'team, kind, state, channel_id, "to", priority, wanted, drawing, attempts, looks, due_at, takes_room'
    numbers = f"WITH RECURSIVE n(one) AS (SELECT 1 UNION ALL SELECT one + 1 FROM n WHERE one < {MOST})"
    async with sessions.writing() as session:
        session.add(Delivery(id="first", key="first", team=team, channel_id=number, to=f"C{number}", due_at=NOON))
        late = NOON + AN_HOUR
        session.add(
            Delivery(id="late", key="late", kind=DeliveryKind.NOTICE, team="T1", channel_id=1, to="C1", due_at=late)
        )
        await session.flush()
        many = f"{numbers} SELECT 'm' || one, 'm' || one, {columns} FROM delivery, n WHERE id = 'first'"
        await (await session.connection()).exec_driver_sql(f"INSERT INTO delivery (id, key, {columns}) {many}")
    async with sessions.reading() as session:
        found = await backlog.oldest_due(session, NOON + 2 * AN_HOUR)
    assert found == {DeliveryKind.NOTICE: late} | ({DeliveryKind.CARD: NOON} if number == 1 else {})
