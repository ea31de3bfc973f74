"""What the last weeks hold is read along indexes, whatever PostgreSQL guesses of a table."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.engine import make_sessions
from storage.models import Channel
from storage.queries import announcements, answers, backlog, closings, drafts, exports, figures, labels, wordings
from storage.queries.channels import CLOSED
from storage.words import DeliveryKind
from tests.bench import years
from tests.bench.lately import TODAY, Lately
from tests.bench.sink import TEAM
from tests.databases import Postgres
from tests.plans import along_indexes_if_any, planned, statements_of

SINCE = TODAY - timedelta(days=28)
WEEKS = [TODAY - timedelta(weeks=back) for back in range(12, -1, -1)]
FEW = Lately(single=100, shared=30, disputed=3, waiting=5)  # so few that PostgreSQL would rather read all of them


async def test_no_table_is_read_whole_for_the_last_weeks(postgres: Postgres) -> None:
    sessions = make_sessions(await years.assay(postgres.url(postgres.create()), labels=400, lately=FEW))
    async with sessions.reading() as session:
        asked = statements_of(sessions)
        await figures.said(session, 1, since=SINCE, until=TODAY)
        await figures.said(session, 1, since=SINCE, until=TODAY, shared=True, beside="U1")
        await figures.answers_by_agent(session, [1, 2], since=SINCE)
        await figures.imported(session, 1, since=SINCE, until=TODAY)
        await figures.tallies(session, 1, WEEKS)
        await figures.settled_by_period(session, 1, WEEKS)
        assert len([one for one in asked if "FROM" in one[0]]) == 6
        told = "\n".join(await planned(session, asked))
    await sessions.close()
    assert "Index" in told
    assert not [way for way in ("Seq Scan", "Hash Join", "Merge Join") if way in told], told


async def test_what_waits_is_counted_along_indexes(postgres: Postgres) -> None:
    sessions = make_sessions(await years.assay(postgres.url(postgres.create()), labels=400, lately=FEW))
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    async with sessions.reading() as session:
        await along_indexes_if_any(session)
        asked = statements_of(sessions)
        await backlog.deliveries(session, failed_since=now)
        await backlog.oldest_due(session, now)
        await backlog.writings(session, now)
        await backlog.cards(session)
        await backlog.newest_digests(session)
        await backlog.unsent(session)
        await closings.waited_for(session, [DeliveryKind.NOTICE])
        await closings.unheard(session)
        assert len([one for one in asked if "FROM" in one[0]]) == 4 + 1 + 3 + 1 + 1 + 3 + 1 + 2
        told = "\n".join(await planned(session, asked))
    await sessions.close()
    # Channels and workspaces are few; of what has a history no table is read whole.
    assert not re.search(r"Seq Scan on (draft|delivery|digest|writing)\b", told), told
    assert "uq_digest_channel_id_date" in told


async def test_a_page_of_an_export_reads_and_sorts_nothing_else_on_sqlite(tmp_path: Path) -> None:
    """Else each page reads and sorts what is left of the channel, and twice the rows take four times as long."""
    sessions = make_sessions(await years.assay(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}", labels=400, lately=FEW))
    async with sessions.reading() as session:
        asked = statements_of(sessions)
        assert await exports.golds(session, 1, after=5, limit=10)
        assert await exports.labels(session, 1, after=5, limit=10)
        assert await labels.drafts_in_doubt(session, 1, range(6, 16)) == frozenset()
        assert len(asked) == 3
        told = await planned(session, asked)
    await sessions.close()
    assert [line for line in told if re.search("B-TREE|^SCAN|revision USING INDEX ix_revision_channel", line)] == []


async def test_a_page_of_what_customers_wrote_reads_and_sorts_nothing_else_on_sqlite(tmp_path: Path) -> None:
    """Whoever looks for a customer reads all of it, page by page, as an export does."""
    sessions = make_sessions(await years.assay(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}", labels=400, lately=FEW))
    async with sessions.reading() as session:
        asked = statements_of(sessions)
        for only in (None, 1):
            assert len(await wordings.page(session, TEAM, channel_id=only, after=5, limit=10)) == 10
        assert len(asked) == 2 * 4
        told = await planned(session, asked)
    await sessions.close()
    assert "SEARCH draft USING INTEGER PRIMARY KEY (rowid>?)" in told
    assert [line for line in told if re.search("B-TREE|^SCAN|draft USING INDEX ix_draft_channel", line)] == []


async def test_drafts_with_two_reviews_are_found_among_themselves_on_sqlite(tmp_path: Path) -> None:
    """Whatever comes in asks how many there are, in the only writer; a channel may have imported a million others."""
    sessions = make_sessions(await years.assay(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}", labels=400, lately=FEW))
    async with sessions.reading() as session:
        asked = statements_of(sessions)
        assert await drafts.shared_so_far(session, 1, enough=20) == 20
        assert await figures.sampled(session, 1, since=SINCE, until=TODAY)
        assert len(asked) == 2
        told = await planned(session, asked)
    await sessions.close()
    looks = [line for line in told if line.startswith("SEARCH")]
    assert looks == ["SEARCH draft USING INDEX ix_draft_shared (channel_id=? AND created_at>?)"] * 2


async def test_whoever_opens_a_draft_looks_at_its_slots_only(database: str) -> None:
    """SQLite looked at every slot that was free, in the only writer."""
    sessions = make_sessions(await years.assay(database, labels=40, lately=FEW))
    async with sessions.writing() as session:
        await along_indexes_if_any(session)
        asked = statements_of(sessions)
        await drafts.lease(session, 1, agent="U1", now=TODAY, until=TODAY)
        told = "\n".join(await planned(session, asked))
    await sessions.close()
    assert re.search(r"sqlite_autoindex_slot_1 \(draft_id=\?|Index Cond: \(draft_id = ", told), told


async def test_what_webhooks_were_told_is_counted_and_deleted_along_indexes(database: str) -> None:
    sessions = make_sessions(await years.assay(database, labels=40, lately=FEW))
    async with sessions.writing() as session:
        await along_indexes_if_any(session)
        asked = statements_of(sessions)
        await announcements.waiting(session, [1, 2])
        await announcements.delete_some(session, 1)
        await announcements.forget(session, TODAY, limit=10)
        await answers.forget(session, TODAY, limit=10)
        assert len(asked) == 4
        told = "\n".join(await planned(session, asked))
    await sessions.close()
    assert re.search("ix_announcement_waiting", told), told
    assert not re.search("Seq Scan|SCAN|TEMP B-TREE", told), told


async def test_webhooks_that_fail_are_counted_by_what_waits_and_not_by_what_was_told(database: str) -> None:
    sessions = make_sessions(await years.assay(database, labels=40, lately=FEW))
    async with sessions.reading() as session:
        await along_indexes_if_any(session)
        asked = statements_of(sessions)
        await backlog.webhooks(session)
        assert len(asked) == 1
        told = "\n".join(await planned(session, asked))
    await sessions.close()
    assert "ix_announcement_waiting" in told, told
    assert "ix_announcement_webhook_id_number" not in told, told


async def test_what_waits_for_closed_channels_is_found_along_indexes_on_sqlite(tmp_path: Path) -> None:
    """It is looked for every five seconds, where something is found by the only writer; nothing that was sent goes."""
    sessions = make_sessions(await years.assay(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}", labels=400, lately=FEW))
    async with sessions.reading() as session:
        asked = statements_of(sessions)
        await closings.waited_for(session, [DeliveryKind.NOTICE])
        await closings.unheard(session)
        now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        for state in CLOSED:
            place = Channel(id=1, team="T1", slack_id="C1", name="returns", state=state, created_at=now)
            await closings.held_for(session, place, [DeliveryKind.NOTICE])
        assert len(asked) == 3 + 2 * 2
        told = await planned(session, asked)
    await sessions.close()
    assert "ix_delivery_lane" in "\n".join(told)
    assert [line for line in told if line.startswith("SCAN delivery")] == []
