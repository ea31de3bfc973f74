"""The next draft that the model is asked for: found along an index, and taken over from whoever came to nothing."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlmodel import col, select

from storage.engine import Sessions, make_sessions
from storage.models import Draft
from storage.queries import writings
from tests.bench import years
from tests.bench.lately import NOW, Lately
from tests.plans import along_indexes_if_any, planned, statements_of

STUCK = timedelta(minutes=10)


@pytest.fixture
async def sessions(database: str) -> AsyncIterator[Sessions]:
    """Some drafts wait for the model."""
    made = make_sessions(
        await years.assay(database, labels=4, lately=Lately(single=2, shared=1, disputed=0, waiting=1))
    )
    async with made.writing() as session:
        drafts = (await session.exec(select(Draft.id).order_by(col(Draft.id)).limit(3))).all()
        for minutes, number in enumerate(reversed(drafts)):
            await writings.add_all(session, {number or 0: "m"}, now=NOW + timedelta(minutes=minutes))
    yield made
    await made.close()


async def claims(sessions: Sessions, minutes: float) -> int | None:
    now = NOW + timedelta(minutes=minutes)
    async with sessions.writing() as session:
        claimed = await writings.claim_next(session, now=now, stuck_since=now - STUCK)
    async with sessions.reading() as session:
        assert await writings.due(session, now=now, stuck_since=now - STUCK, most=9) <= 2
    return claimed.draft_id if claimed else None


async def test_what_was_due_first_is_taken_first_also_where_somebody_came_to_nothing(sessions: Sessions) -> None:
    first, second = await claims(sessions, 1), await claims(sessions, 1)
    assert first is not None
    assert second is not None
    assert first > second
    assert await claims(sessions, 1) is None
    assert [await claims(sessions, 12) for _ in range(4)][:2] == [first, second]
    assert await claims(sessions, 12) is None


async def test_what_was_taken_before_the_clock_was_set_back_is_taken_again(sessions: Sessions) -> None:
    first = await claims(sessions, 180)
    assert await claims(sessions, 175) != first
    assert await claims(sessions, 0.5) == first


async def test_the_next_one_is_found_without_sorting_what_waits(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        await along_indexes_if_any(session)
        asked = statements_of(sessions)
        assert await writings.claim_next(session, now=NOW, stuck_since=NOW - STUCK)
        told = "\n".join(await planned(session, asked))
    assert len(re.findall(r"ix_writing_state_due_at", told)) == 2, told
    assert not re.search("MULTI-INDEX|Bitmap|Seq Scan on writing", told), told
