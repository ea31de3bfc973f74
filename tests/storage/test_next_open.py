"""What is sent next: within Slack's limits, of each workspace and channel in turn, however much waits."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import paces
from storage.engine import Sessions, make_sessions
from storage.models import Channel, Delivery, Draft
from storage.queries import deliveries, pace, redraws, turns
from storage.queries._core import add, table_of
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
        chosen = await turns.next_open(session, now)
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
        await deliveries.need_card(session, 2, needed=False)
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


async def test_replicas_whose_clocks_differ_a_little_share_a_bucket(sessions: Sessions) -> None:
    """One is half a second behind the other, and both knock ten times a second."""
    let = 0
    for tenth in range(100):
        for behind in (0.0, 0.5):
            async with sessions.writing() as session:
                let += await pace.spend(session, "T1", ONE_A_SECOND, AT + tenth / 10 - behind)
    assert let <= 12


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


async def test_processes_that_take_at_once_take_each_thing_once_and_spend_no_more_than_there_is(
    database: str, sessions: Sessions
) -> None:
    async with sessions.writing() as session:
        for number in range(1, 21):
            await channel(session, number)
            await waits(session, number, first=number * 1_000, count=10)
    others = [make_sessions(database, patience=30) for _ in range(4)]
    taken = [one for several in await asyncio.gather(*map(takes_all, others)) for one in several]
    for one in others:
        await one.close()
    assert len(set(taken)) == len(taken) == 15  # what a workspace takes at once


async def takes_all(sessions: Sessions) -> list[str]:
    """What a process takes until nothing is left for it, looking again where another one was faster."""
    taken, misses = list[str](), 0
    while misses < 20:
        one = await takes(sessions)
        taken, misses = ([*taken, one], 0) if one else (taken, misses + 1)
    return taken


async def takes(sessions: Sessions) -> str | None:
    async with sessions.writing() as session:
        chosen = await turns.next_open(session, NOON)
        one = await deliveries.take(session, chosen, now=NOON, slack_time=AT) if chosen else None
        if one is None:
            return None
        if await pace.spend(session, one.team, paces.limits_of(one), AT):
            return one.id
        await deliveries.put_back(session, one)
        return None


async def test_figures_wait_until_it_is_known_what_became_of_the_one_before(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        await channel(session, 1)
        thread = [("digest", None, 500), ("figures:1", "digest", 499), ("figures:2", "digest", 498)]
        for key, parent, priority in thread:
            row = Delivery(id=key, key=key, team="T1", channel_id=1, to="C1", due_at=NOON, kind=DeliveryKind.FIGURES)
            row.parent, row.priority = parent, priority
            await deliveries.add(session, row)

    async def becomes(state: DeliveryState) -> str | None:
        """What was taken last."""
        async with sessions.writing() as session:
            chosen = await turns.next_open(session, NOON + timedelta(minutes=1))
            taken = chosen and await deliveries.take(session, chosen, now=NOON, slack_time=AT)
            if taken:
                await deliveries.finish(session, taken, state, {"ts": "1.0"} if state == DeliveryState.SENT else {})
            return taken.id if taken else None

    assert await becomes(DeliveryState.SENT) == "digest"
    assert await becomes(DeliveryState.AMBIGUOUS) == "figures:1"
    assert await becomes(DeliveryState.SENT) is None
    async with sessions.writing() as session:
        first = await deliveries.get(session, "figures:1")
        assert first is not None
        await deliveries.finish(session, first, DeliveryState.FAILED, {})
    assert await becomes(DeliveryState.SENT) == "figures:2"


async def test_a_redraw_that_is_asked_for_again_while_it_is_under_way_is_not_stuck_when_slack_is_busy(
    sessions: Sessions,
) -> None:
    async with sessions.writing() as session:
        await channel(session, 1)
        await waits(session, 1, first=1, kind=DeliveryKind.REDRAW)
        chosen = await turns.next_open(session, NOON)
        assert chosen is not None
        taken = await deliveries.take(session, chosen, now=NOON, slack_time=AT)
        assert taken is not None
        again = Delivery(id="again", team="T1", key="redraw:1", channel_id=1, to="C1", due_at=NOON)
        await redraws.ask(session, again, now=NOON)
        assert await deliveries.finish(session, taken, DeliveryState.PENDING, {"due_at": NOON})


async def test_what_comes_next_is_found_along_indexes_however_much_waits(sessions: Sessions) -> None:
    """As the database plans it by itself, with all that was sent before in the same table."""
    async with sessions.writing() as session:
        await channel(session, 1)
        await channel(session, 2)
        await waits(session, 1, first=1, count=4_000)
        await session.exec(update(table_of(Delivery)).values(state=DeliveryState.SENT))
        await waits(session, 1, first=10_001, count=4_000)
        await waits(session, 2, first=20_001, count=4_000)
    told = await plan(sessions)
    for index in ("ix_delivery_lane", "ix_delivery_room", "ix_delivery_parent"):
        assert index in told
    assert "Seq Scan on delivery" not in told
    looks = [line for line in told.splitlines() if "SEARCH delivery" in line or "SCAN delivery" in line]
    assert [line for line in looks if "USING" not in line] == []


async def plan(sessions: Sessions) -> str:
    """How the database looks for what comes next."""
    asked: list[tuple[str, Any]] = []
    event.listen(
        sessions.reader.sync_engine,
        "before_cursor_execute",
        lambda _, __, statement, given, *___: asked.append((statement, given)),
    )
    async with sessions.reading() as session:
        postgres = session.get_bind().dialect.name == "postgresql"
        await turns.next_open(session, NOON)
        words, given = asked[-1]
        connection = await session.connection()
        told = (await connection.exec_driver_sql(f"EXPLAIN {'' if postgres else 'QUERY PLAN'} {words}", given)).all()
    return "\n".join(str(line) for line in told)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_what_comes_next_takes_sqlite_no_more_work_where_more_waits(sessions: Sessions) -> None:
    steps, figures = list[int](), 0
    async with sessions.writing() as session:
        await channel(session, 1)
    for first, count in ((1, 100), (1_001, 5_000)):
        async with sessions.writing() as session:
            await waits(session, 1, first=first, count=count)
        async with sessions.reading() as session:
            figures = 0

            def step() -> None:
                nonlocal figures
                figures += 1

            driver = (await (await session.connection()).get_raw_connection()).driver_connection
            assert driver is not None
            await driver.set_progress_handler(step, 20)
            assert await turns.next_open(session, NOON) is not None
            await driver.set_progress_handler(None, 0)
        steps.append(figures)
    assert steps[1] <= steps[0] * 1.1
