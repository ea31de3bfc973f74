"""One label an agent and draft, whatever Slack, the agent or the network repeats."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import event, insert
from sqlmodel import select

from bot.surfaces.notes import OVERTAKEN
from storage.engine import make_sessions
from storage.models import Seen
from storage.queries import seen
from tests.house import DRAFT, NOON, SUPPORT, House
from tests.stories.steps import again, held, listens, notes, rows, second_bot, stored, until
from tests.transports import IN_BOTH_TRANSPORTS

EDITED = DRAFT.replace("today", "yesterday")
APPROVED = "Saved: approved as is."
SAVED = "Saved: your edit (1 word changed)."
UNDONE = "Undone. Your answer is taken back."


async def presses_note(house: House, button: str) -> int | None:
    """Ana presses a button on her newest note."""
    await house.settles()
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    return (await house.ana.clicks(button, note)).traffic


async def test_the_same_click_at_two_processes_is_one_label(house: House) -> None:
    draft = await house.draft()
    card = await house.card(draft)
    async with second_bot(house) as other:
        async with held(house, draft):
            # Both processes have the click before either can store it.
            traffic = (await house.ana.clicks("Approve", card, wait=False)).traffic
            await listens(house, other)
            repeat = asyncio.create_task(again(house, traffic))
            await house.http.get(f"{other.url}/api/v1/openapi.json")
        assert (await repeat)["status"] == 200
        await house.http.post("/control/idle", json={})
        await other.tools.afterwards.done()
        assert await notes(house, "ana") == [APPROVED, APPROVED]
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
    assert await rows(house) == (1, 1)


async def test_the_same_submission_at_two_processes_is_one_label(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.settles()
    await house.ana.fills({"Reply": EDITED})
    async with second_bot(house) as other:
        async with held(house, draft):
            traffic = (await house.ana.submits(wait=False)).traffic
            await listens(house, other)
            repeat = asyncio.create_task(again(house, traffic))
            await house.http.get(f"{other.url}/api/v1/openapi.json")
        assert (await repeat)["answer"] == {}  # the window closes
        await house.http.post("/control/idle", json={})
        await other.tools.afterwards.done()
        assert await house.ana.modal() is None
        assert await notes(house, "ana") == [SAVED, SAVED]
    assert await stored(house, draft, "ana") == ("counted", "edited", EDITED, 1)
    assert await rows(house) == (1, 1)


async def test_two_agents_at_two_processes_share_one_slot(house: House) -> None:
    draft = await house.draft()
    card = await house.card(draft)
    async with second_bot(house) as other:
        async with held(house, draft):
            await house.ana.clicks("Approve", card, wait=False)
            await listens(house, other)
            await house.bea.clicks("Approve", card, wait=False)
        await house.http.post("/control/idle", json={})
        await other.tools.afterwards.done()
        kept = [await stored(house, draft, name) for name in ("ana", "bea")]
        assert sorted(row[0] for row in kept if row) == ["counted", "extra"]
        first, second = ("ana", "bea") if kept[0] and kept[0][0] == "counted" else ("bea", "ana")
        assert await notes(house, first) == [APPROVED]
        kept_as = f"<@{house.people[first].id}> was first. Yours is kept as a second opinion. Kept: approved as is."
        assert await notes(house, second) == [kept_as]
    assert await rows(house) == (2, 2)


async def test_what_was_pressed_is_known_again_for_seven_days_and_then_forgotten_without_its_answer(
    house: House,
) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()
    old, young = [
        [{"key": f"press:{age}:{number}", "at": house.now() - timedelta(days=age)} for number in range(count)]
        for age, count in ((8, 2_500), (6, 300))
    ]
    async with house.sessions.writing() as session:
        await (await session.connection()).execute(insert(Seen), old + young)
    before = await keys(house)
    assert await house.bot.tools.keeper.forget_presses() == 2_500
    assert await keys(house) == before - {one["key"] for one in old}
    assert await house.bot.tools.keeper.forget_presses() == 0
    house.moves(days=8)
    await house.bot.tools.keeper.forget_presses()
    assert await keys(house) == set()
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)


async def test_a_million_keys_are_forgotten_along_an_index(database: str) -> None:
    sessions = make_sessions(database)
    asked: list[tuple[str, Any]] = []
    async with sessions.writing() as session:
        connection = await session.connection()
        event.listen(
            sessions.writer.sync_engine,
            "before_cursor_execute",
            lambda _, __, statement, given, *___: asked.append((statement, given)),
        )
        await seen.forget(session, NOON, limit=1_000)
        ((words, given),) = asked
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        how = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        plan = (await connection.exec_driver_sql(f"{how} {words}", given)).all()
    await sessions.close()
    assert "ix_seen_at" in "\n".join(str(line[-1]) for line in plan)


async def keys(house: House) -> set[str]:
    async with house.sessions.reading() as session:
        return set((await session.exec(select(Seen.key))).all())


async def test_a_double_click_is_one_label(house: House) -> None:
    draft = await house.draft()
    card = await house.card(draft)
    await house.bea.clicks("Edit", card)  # she has it open, so nothing is settled by chance
    await asyncio.gather(*(house.ana.clicks("Approve", card) for _ in range(3)))
    assert await notes(house, "ana") == [APPROVED] * 3
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
    assert await rows(house) == (1, 1)


@IN_BOTH_TRANSPORTS
async def test_an_equal_submission_after_an_unseen_commit_is_success(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.settles()
    await house.ana.fills({"Reply": EDITED})
    async with held(house, draft):
        house.box.world.ack_seconds = 0.5  # Slack gives up before the bot can commit
        outcome = await house.ana.submits()
        assert (outcome.closed, outcome.error) == (False, "We had some trouble connecting. Try again?")
    house.box.world.ack_seconds = 3

    async def committed() -> bool:
        return await rows(house) == (1, 1)

    await until(committed)
    window = await house.ana.modal()
    assert window is not None
    assert window.fields["Reply"] == EDITED
    assert (await house.ana.submits()).closed
    assert await notes(house, "ana") == [SAVED, SAVED]
    assert await stored(house, draft, "ana") == ("counted", "edited", EDITED, 1)
    assert await rows(house) == (1, 1)


@IN_BOTH_TRANSPORTS
async def test_an_old_click_that_comes_again_changes_nothing(house: House) -> None:
    draft = await house.draft()
    traffic = (await house.ana.clicks("Approve", await house.card(draft))).traffic
    await presses_note(house, "Change")
    await house.ana.fills({"Reply": EDITED})
    await house.ana.submits()
    await again(house, traffic)
    await house.settles()
    # Signatures count whole seconds of the machine's clock: within one, nobody knows which of the two came first.
    signed = {SAVED, OVERTAKEN}
    assert (await notes(house, "ana"))[-1] in ({SAVED} if house.bot.tools.settings.over_socket else signed)
    assert await stored(house, draft, "ana") == ("counted", "edited", EDITED, 2)


@IN_BOTH_TRANSPORTS
async def test_a_click_that_comes_again_after_its_undo_is_not_called_saved(house: House) -> None:
    draft = await house.draft()
    traffic = (await house.ana.clicks("Approve", await house.card(draft))).traffic
    await presses_note(house, "Undo")
    await again(house, traffic)
    await house.settles()
    assert (await notes(house, "ana"))[-1] == OVERTAKEN
    assert await rows(house) == (1, 2)


async def test_a_double_click_on_undo_reads_as_one(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    await asyncio.gather(*(house.ana.clicks("Undo", note) for _ in range(2)))
    await house.settles()
    assert set(await notes(house, "ana")) == {UNDONE}
    assert await rows(house) == (1, 2)


async def test_an_old_undo_that_comes_again_takes_nothing_back(house: House) -> None:
    draft = await house.draft()
    card = await house.card(draft)
    await house.ana.clicks("Approve", card)
    traffic = await presses_note(house, "Undo")
    await again(house, traffic)
    assert set(await notes(house, "ana")) == {UNDONE}
    assert await rows(house) == (1, 2)
    await house.settles()
    await house.ana.clicks("Approve", await house.card(draft))
    await again(house, traffic)
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 3)
    assert (await notes(house, "ana"))[-1] == APPROVED
