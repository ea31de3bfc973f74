"""What is erased is found along indexes, whatever else there is."""

import re
from collections.abc import AsyncIterator

import pytest

from storage.engine import Sessions, make_sessions
from storage.queries import erasing
from tests.bench import years
from tests.bench.lately import TODAY, Lately
from tests.plans import along_indexes_if_any, planned, statements_of

FEW = Lately(single=20, shared=5, disputed=1, waiting=2)


@pytest.fixture
async def sessions(database: str) -> AsyncIterator[Sessions]:
    sessions = make_sessions(await years.assay(database, labels=40, lately=FEW))
    yield sessions
    await sessions.close()


async def test_what_hangs_on_drafts_is_deleted_along_indexes(sessions: Sessions) -> None:
    async with sessions.writing() as session:
        await along_indexes_if_any(session)
        some = await erasing.older(session, 1, before=TODAY, limit=3)
        asked = statements_of(sessions)
        gone = await erasing.delete_drafts(session, some)
        assert (gone["draft"], gone["label"] >= 3) == (3, True)
        told = await planned(session, asked)
    assert [line for line in told if re.search(r"Seq Scan|^SCAN", line)] == []
