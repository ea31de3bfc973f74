"""What is erased is found along indexes, whatever else there is."""

import re
from collections.abc import AsyncIterator

import pytest

from storage.engine import Sessions, make_sessions
from storage.queries import erasing, final_labels, labels
from tests.bench import years
from tests.bench.lately import TODAY, Lately
from tests.bench.sink import TEAM
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


async def test_what_is_left_of_a_workspace_is_deleted_along_indexes(sessions: Sessions) -> None:
    """A batch is one of thousands: none may read what other workspaces posted, nor all that this one did."""
    async with sessions.writing() as session:
        await along_indexes_if_any(session)
        while some := await erasing.drafts_of(session, TEAM, limit=50):
            await erasing.delete_drafts(session, some)
        asked = statements_of(sessions)
        while await erasing.delete_of_workspace(session, TEAM, limit=50):
            pass
        told = await planned(session, asked)
    history = "delivery|exposure|revision|gold|slot|announcement|draft|label"
    assert [line for line in told if re.search(rf"(Seq Scan on|SCAN) ({history})\b", line)] == []
    assert [line for line in told if "ix_delivery_parent (parent>" in line] == []


async def test_orders_to_take_messages_out_are_swept_along_indexes(sessions: Sessions) -> None:
    """Each minute, in the only writer, while there are any."""
    async with sessions.writing() as session:
        await along_indexes_if_any(session)
        asked = statements_of(sessions)
        await erasing.to_sweep(session)
        await erasing.sweep(session)
        assert len(asked) == 3
        told = await planned(session, asked)
    assert "ix_delivery_erasure" in "\n".join(told)
    assert [line for line in told if re.search("Seq Scan on delivery|^SCAN delivery$|ix_delivery_state", line)] == []


async def test_what_is_held_of_people_in_doubt_is_found_among_what_is_in_doubt(sessions: Sessions) -> None:
    """Each page of labels looks for it, and whoever Slack confirms is waited for in the only writer."""
    async with sessions.writing() as session:
        await along_indexes_if_any(session)
        asked = statements_of(sessions)
        await labels.confirm(session, 1, "U1")
        await labels.doubted(session, 1, "U1")
        await final_labels.first_held(session, 1)
        assert len(asked) == 4
        told = "\n".join(await planned(session, asked))
    assert "ix_revision_doubted" in told
    assert "ix_revision_channel_id_saved_at" not in told, told
