"""The next announcement is found by an index of what is not sent yet, and by one process at a time."""

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from storage.engine import Sessions, make_sessions
from storage.models import Announcement, Channel, Draft, Webhook
from storage.queries import announcements, webhooks
from storage.queries.announcements import AT_A_TIME
from storage.words import DeliveryState, WebhookEvent
from tests.databases import somebody_waits
from tests.stories.steps import until

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
STUCK = NOON - timedelta(minutes=2)


@pytest.fixture
async def sessions(database: str) -> AsyncIterator[Sessions]:
    """A draft, two webhooks that are told of it, and one of another workspace."""
    made = make_sessions(database)
    async with made.writing() as session:
        session.add(Channel(id=1, team="T1", slack_id="C1", name="support", created_at=NOON))
        await session.flush()
        common: dict[str, Any] = {
            "conversation": [],
            "context": {},
            "placeholders": {},
            "redacted": {},
            "redactor": "1",
        }
        shape: dict[str, Any] = {
            "body_hash": "x",
            "reviews": 1,
            "shared": False,
            "overlap_probability": 0.0,
            "place": 0,
        }
        session.add(Draft(id=1, channel_id=1, created_at=NOON, state_at=NOON, **common, **shape))
        for number, team in ((1, "T1"), (2, "T1"), (3, "T2")):
            row = Webhook(id=number, team=team, url="https://hooks.example.com", secret="s", created_at=NOON)
            session.add(row)
    yield made
    await made.close()


async def happens(sessions: Sessions, webhook: int, *names: str, **more: Any) -> None:
    common = {"webhook_id": webhook, "event": WebhookEvent.GOLD_SETTLED, "draft_id": 1, "attempts": 0}
    common |= {"state": DeliveryState.PENDING, "at": NOON, "due_at": NOON}
    async with sessions.writing() as session:
        await announcements.add(session, [{**common, **more, "id": name} for name in names])


async def test_a_month_is_sent_again_some_at_a_time_and_what_has_come_since_is_left_alone(sessions: Sessions) -> None:
    many = 2 * AT_A_TIME + 1_000
    await happens(sessions, 1, "first", state=DeliveryState.SENT)
    row = "webhook_id, event, draft_id, state, attempts, at, due_at"
    numbers = f"WITH RECURSIVE n(one) AS (SELECT 2 UNION ALL SELECT one + 1 FROM n WHERE one < {many})"
    async with sessions.writing() as session:
        told = f"{numbers} SELECT 'm' || one, {row} FROM announcement, n"
        await (await session.connection()).exec_driver_sql(f"INSERT INTO announcement (id, {row}) {told}")

    async with sessions.reading() as session:
        last = await announcements.last_of(session, 1)
    await happens(sessions, 1, "since")

    async def again(since: datetime, after: int) -> tuple[int, int | None]:
        async with sessions.writing() as session:
            return await announcements.again_since(session, 1, since, now=NOON, after=after, last=last)

    ends = [0, AT_A_TIME, 2 * AT_A_TIME, many]
    assert [await again(NOON, after) for after in ends] == [
        (AT_A_TIME, AT_A_TIME),
        (AT_A_TIME, 2 * AT_A_TIME),
        (1_000, many),
        (0, None),
    ]
    assert await again(NOON + timedelta(seconds=1), 0) == (0, AT_A_TIME)
    async with sessions.writing() as session:
        assert await announcements.again(session, 1, ["first", "m7", "other"], now=NOON) == 2


async def claims(sessions: Sessions, now: datetime = NOON, /, **named: Collection[str]) -> Announcement | None:
    async with sessions.writing() as session:
        return await announcements.claim_next(session, now=now, stuck_since=now - timedelta(minutes=2), **named)


async def test_webhooks_take_turns_and_none_has_more_than_two_under_way(sessions: Sessions) -> None:
    await happens(sessions, 1, "a", "b", "c")
    await happens(sessions, 2, "d")
    claimed = [found.id if (found := await claims(sessions)) else None for _ in range(4)]
    assert claimed == ["a", "d", "b", None]
    assert (await claims(sessions, NOON + timedelta(minutes=3))) is not None  # those came to nothing


async def test_what_was_taken_before_the_clock_was_set_back_is_taken_again(sessions: Sessions) -> None:
    await happens(sessions, 1, "a", "b", "c")
    later = NOON + timedelta(hours=3)
    assert [(await claims(sessions, later)) is not None for _ in range(3)] == [True, True, False]
    slightly = later - timedelta(minutes=1)  # as far as the clocks of two replicas may be apart
    assert await claims(sessions, slightly) is None
    assert [found and found.id for found in [await claims(sessions) for _ in range(3)]] == ["a", "b", None]


async def test_whoever_has_less_under_way_comes_first_and_whoever_was_served_comes_last(sessions: Sessions) -> None:
    await happens(sessions, 1, "a", "b", "c")
    await happens(sessions, 2, "d", "e")
    await happens(sessions, 3, "f", "g", "h")
    asked: list[dict[str, Collection[str]]] = [{"served": ["T1"]}, {}, {"full": ["T2"]}, {}, {"full": ["T1", "T2"]}]
    claimed = [found.id if (found := await claims(sessions, NOON, **named)) else None for named in asked]
    assert claimed == ["f", "a", "d", "g", None]
    async with sessions.reading() as session:
        given: dict[str, Any] = {"now": NOON, "stuck_since": STUCK, "most": 9}
        assert await announcements.due(session, **given) == 2
        assert await announcements.due(session, **given, full=["T1"]) == 0


async def test_what_rests_is_switched_off_or_not_due_is_not_claimed(sessions: Sessions) -> None:
    await happens(sessions, 1, "a")
    await happens(sessions, 2, "b")
    await happens(sessions, 2, "c", due_at=NOON + timedelta(hours=1))
    async with sessions.writing() as session:
        await webhooks.failed(session, 1, since=NOON, rests_until=NOON + timedelta(seconds=5))
    assert [found and found.id for found in (await claims(sessions), await claims(sessions))] == ["b", None]
    async with sessions.writing() as session:
        assert await webhooks.disable(session, 1, "why", now=NOON)
        assert not await webhooks.disable(session, 1, "again", now=NOON)
    assert await claims(sessions, NOON + timedelta(seconds=30)) is None


async def test_the_next_one_is_found_by_the_index_of_what_is_not_sent(sessions: Sessions, kind: str) -> None:
    asked: list[tuple[str, Any]] = []
    async with sessions.writing() as session:
        if kind == "postgresql":
            await session.exec(text("SET LOCAL enable_seqscan = off"))  # type: ignore[call-overload]
        event.listen(
            sessions.writer.sync_engine,
            "before_cursor_execute",
            lambda _, __, statement, given, *___: asked.append((statement, given)),
        )
        await announcements.claim_next(session, now=NOON, stuck_since=STUCK)
        ((words, given),) = asked
        connection = await session.connection()
        explain = "EXPLAIN QUERY PLAN" if kind == "sqlite" else "EXPLAIN"
        plan = (await connection.exec_driver_sql(f"{explain} {words}", given)).all()
    assert str(plan).count("ix_announcement_waiting") >= 2, plan


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_who_waits_for_a_claim_to_end_does_not_claim_the_same_one(sessions: Sessions, database: str) -> None:
    await happens(sessions, 1, "a")
    other = make_sessions(database)
    async with sessions.writing() as session:
        won = await announcements.claim_next(session, now=NOON, stuck_since=STUCK)
        second = asyncio.create_task(claims(other))
        await until(lambda: somebody_waits(sessions))
    assert won is not None
    assert await second is None
    await other.close()


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_click_that_tells_a_webhook_does_not_wait_for_its_failure_to_be_written_down(
    sessions: Sessions, database: str
) -> None:
    other = make_sessions(database)
    async with sessions.writing() as failing, other.writing() as clicking:
        assert await webhooks.locked(failing, 1)
        assert [one.id for one in await webhooks.of_channel(clicking, "T1", 1)] == [1, 2]
    await other.close()


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_click_that_tells_a_webhook_does_not_fail_because_it_is_deleted(
    sessions: Sessions, database: str
) -> None:
    other = make_sessions(database)

    async def deletes() -> None:
        async with other.writing() as session:
            await webhooks.remove(session, 1)

    async with sessions.writing() as session:
        assert [one.id for one in await webhooks.of_channel(session, "T1", 1)] == [1, 2]
        deleting = asyncio.create_task(deletes())
        await until(lambda: somebody_waits(sessions))
        row = {"webhook_id": 1, "event": WebhookEvent.GOLD_SETTLED, "draft_id": 1, "attempts": 0, "id": "a"}
        await announcements.add(session, [row | {"state": DeliveryState.PENDING, "at": NOON, "due_at": NOON}])
    await deleting
    assert await claims(sessions) is None
    await other.close()
