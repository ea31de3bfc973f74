"""What is sent next: within Slack's limits, of each workspace and channel in turn, however much waits."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import paces
from storage.engine import Sessions, make_sessions
from storage.models import Channel, Delivery, Draft
from storage.queries import deliveries, pace
from storage.queries._core import add
from storage.queries.pace import Limit
from storage.words import ChannelState, DeliveryKind, DeliveryState

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
AT = NOON.timestamp()
ONE_A_SECOND = [Limit("chat.postMessage", "C1", every=1.0, burst=2)]


@pytest.fixture
async def sessions(database: str) -> AsyncIterator[Sessions]:
    opened = make_sessions(database)
    yield opened
    await opened.close()


async def channel(session: AsyncSession, number: int, *, team: str = "T1", open_cards: int = 1_000) -> None:
    found = Channel(id=number, team=team, slack_id=f"C{number}", name=f"c{number}", created_at=NOON)
    found.state, found.open_cards = ChannelState.ACTIVE, open_cards
    session.add(found)
    await session.flush()


async def waits(
    session: AsyncSession, number: int, *, first: int, count: int = 1, team: str = "T1", kind: str = DeliveryKind.CARD
) -> None:
    """So many deliveries wait in a channel, each of its own draft."""
    numbers = range(first, first + count)
    drafts = [_draft(number, one) for one in numbers]
    await add(session, Draft, drafts)
    rows = [
        {
            "id": f"{one:032x}",
            "key": f"{kind}:{one}",
            "kind": kind,
            "state": DeliveryState.PENDING,
            "team": team,
            "channel_id": number,
            "to": f"C{number}",
            "draft_id": one,
            "priority": 0,
            "wanted": 1,
            "attempts": 0,
            "looks": 0,
            "takes_room": False,
            "due_at": NOON,
        }
        for one in numbers
    ]
    await add(session, Delivery, rows)


def _draft(channel_id: int, number: int) -> dict[str, object]:
    made = Draft(
        id=number, channel_id=channel_id, body_hash="", reviews=1, shared=False, overlap_probability=0.0,
        place=number, redactor="1", created_at=NOON, state_at=NOON, conversation=[], context={}, placeholders={},
        redacted={}, external_id=str(number),
    )  # fmt: skip
    return made.model_dump()


async def sends(sessions: Sessions, now: datetime) -> str | None:
    """Where the next delivery goes, which then has arrived."""
    async with sessions.writing() as session:
        chosen = await deliveries.next_open(session, now)
        taken = await deliveries.take(session, chosen, now=now, slack_time=None) if chosen else None
        if taken is None:
            return None
        assert await pace.spend(session, taken.team, paces.limits_of(taken), now.timestamp())
        await deliveries.finish(session, taken, DeliveryState.SENT, {})
        return taken.to


async def test_a_channel_with_thousands_of_cards_makes_no_other_wait(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        await channel(session, 1)
        await channel(session, 2)
        await channel(session, 3, team="T2")
        await waits(session, 1, first=1, count=3_000)
        await waits(session, 2, first=5_001)
        await waits(session, 3, first=6_001, team="T2")
    assert await sends(sessions, NOON) is not None
    served = [await sends(sessions, NOON) for _ in range(3)]
    assert {"C2", "C3"} < {*served, "C1"}
    assert served.count("C1") <= 1


async def test_workspaces_and_channels_take_turns(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        for number in range(1, 5):
            await channel(session, number, team="T1" if number < 4 else "T2")
            await waits(session, number, first=number * 1_000, count=50, team="T1" if number < 4 else "T2")
    served = Counter[str]()
    for second in range(8):
        while (to := await sends(sessions, NOON + timedelta(seconds=second))) is not None:
            served[to] += 1
    assert set(served) == {"C1", "C2", "C3", "C4"}
    assert max(served.values()) - min(served.values()) <= 1


async def test_a_channel_takes_one_post_a_second_after_a_burst_of_two(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        await channel(session, 1)
        await waits(session, 1, first=1, count=50)
    sent = []
    for tenth in range(100):
        while await sends(sessions, NOON + timedelta(seconds=tenth / 10)):
            sent.append(tenth)
    assert sent[:2] == [0, 0]
    assert len(sent) == 11


async def test_no_more_cards_are_posted_than_may_stand_open(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        await channel(session, 1, open_cards=3)
        await waits(session, 1, first=1, count=9)
    later = [NOON + timedelta(minutes=minute) for minute in range(9)]
    assert [await sends(sessions, now) for now in later] == ["C1"] * 3 + [None] * 6
    async with sessions.writing() as session:
        await deliveries.takes_room(session, 2, takes=False)
    assert [await sends(sessions, now) for now in later] == ["C1"] + [None] * 8


async def test_a_full_channel_still_takes_what_is_no_card(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        await channel(session, 1, open_cards=1)
        await waits(session, 1, first=1, count=2)
        await waits(session, 1, first=11, kind=DeliveryKind.NOTICE)
    later = [NOON + timedelta(minutes=minute) for minute in range(3)]
    assert [await sends(sessions, now) for now in later] == ["C1", "C1", None]


async def test_what_slack_closed_in_one_workspace_is_open_in_another(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        await channel(session, 1)
        await channel(session, 3, team="T2")
        await waits(session, 1, first=1)
        await waits(session, 3, first=11, team="T2")
        await pace.close(session, "T1", pace.EVERY, "", since=AT, until=AT + 60)
    assert await sends(sessions, NOON) == "C3"
    assert await sends(sessions, NOON + timedelta(seconds=59)) is None
    assert await sends(sessions, NOON + timedelta(seconds=60)) == "C1"


async def test_a_clock_that_is_set_back_opens_what_another_had_closed(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        assert await pace.spend(session, "T1", ONE_A_SECOND, AT + 3600)
        assert await pace.spend(session, "T1", ONE_A_SECOND, AT)
        assert await pace.spend(session, "T1", ONE_A_SECOND, AT)
        assert not await pace.spend(session, "T1", ONE_A_SECOND, AT)


@given(st.lists(st.integers(min_value=0, max_value=3_000), max_size=60), st.integers(1, 5), st.sampled_from([0.2, 1.2]))
def test_a_bucket_never_lets_more_through_than_slack_allows(waited: list[int], burst: int, every: float) -> None:
    """The law of the bucket, on its arithmetic; the statements are held against it below."""
    opens, now, let = 0.0, 0.0, list[float]()
    for milliseconds in waited:
        now += milliseconds / 1_000
        if opens <= now:
            opens = max(opens, now - (burst - 1) * every) + every
            let.append(now)
    for first, start in enumerate(let):
        for last, end in enumerate(let[first:], 1):
            assert last <= burst + (end - start) / every + 1e-6


@pytest.mark.parametrize("burst", [1, 2, 5])
async def test_the_statements_keep_the_law_of_the_bucket(sessions: Sessions, burst: int) -> None:
    limit = [Limit("m", "", every=1.0, burst=burst)]
    opens, now, let, wanted = 0.0, AT, list[bool](), list[bool]()
    for step in (0, 0, 0, 0.5, 0.6, 0.1, 2.5, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0.99, 0.02):
        now += step
        wanted.append(opens <= now)
        if opens <= now:
            opens = max(opens, now - (burst - 1)) + 1
        async with sessions.writing() as session:
            let.append(await pace.spend(session, "T1", limit, now))
    assert let == wanted


async def test_what_comes_next_is_found_along_indexes_however_much_waits(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        await channel(session, 1)
        await channel(session, 2)
        await waits(session, 1, first=1, count=4_000)
        await waits(session, 2, first=5_001, count=4_000)
    asked: list[tuple[str, Any]] = []
    event.listen(
        sessions.reader.sync_engine,
        "before_cursor_execute",
        lambda _, __, statement, given, *___: asked.append((statement, given)),
    )
    async with sessions.reading() as session:
        postgres = session.get_bind().dialect.name == "postgresql"
        if postgres:
            await session.exec(text("SET LOCAL enable_seqscan = off"))  # type: ignore[call-overload]
        await deliveries.next_open(session, NOON)
        words, given = asked[-1]
        connection = await session.connection()
        plan = (await connection.exec_driver_sql(f"EXPLAIN {'' if postgres else 'QUERY PLAN'} {words}", given)).all()
    told = "\n".join(str(line) for line in plan)
    assert "ix_delivery_lane" in told
    assert "ix_delivery_room" in told
    assert "Seq Scan on delivery" not in told
    assert "SCAN delivery" not in told
