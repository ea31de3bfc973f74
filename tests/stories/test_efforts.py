"""The work that an edit took is measured after it was saved, once, whoever measures, and leaves with the labels."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.export import Format
from bot.measures.effort import measure
from sandbox.workspace import TEAM_ID
from storage.models import Effort
from storage.queries import channels, efforts, figures
from tests.house import DRAFT, House
from tests.stories.steps import label, one_database, second_bot
from tests.stories.test_promises import written

EDITED = DRAFT.replace("today", "yesterday")  # one of 15 words


async def edits(house: House, text: str = EDITED, *, draft: str = DRAFT, by: str = "ana") -> int:
    """Somebody saves an edit; the number of its revision."""
    number = await house.draft(draft, external_id=str(house.now()))
    agent = house.people[by]
    await agent.clicks("Edit", await house.card(number, seen_by=by))
    await agent.fills({"Reply": text})
    assert (await agent.submits()).closed
    await house.settles()
    house.moves(seconds=2)
    found = await label(house, number, by)
    assert found is not None
    assert found.revision.id is not None
    return found.revision.id


async def stored(house: House) -> list[Effort]:
    async with house.sessions.reading() as session:
        return list((await session.exec(select(Effort).order_by("revision_id"))).all())


async def measured(house: House) -> int:
    return await house.bot.tools.surveyor.measure_due()


async def test_an_edit_is_measured_at_a_tick_and_leaves_with_the_labels(house: House, tmp_path: Path) -> None:
    revision = await edits(house)
    assert await stored(house) == [], "the click did not wait for it"
    assert await measured(house) == 1
    assert await measured(house) == 0
    (found,) = await stored(house)
    assert found.hter == pytest.approx(1 / 15)
    assert (found.revision_id, found.reason) == (revision, None)
    assert found.chrf == pytest.approx(measure(DRAFT, EDITED).chrf)
    (row,), _ = await written(house, tmp_path, Format.LABELS)
    assert (row["hter"], row["chrf"]) == (found.hter, found.chrf)


async def test_what_is_stored_is_what_leaves_and_what_figures_read(house: House, tmp_path: Path) -> None:
    revision = await edits(house)
    async with house.sessions.writing() as session:
        await efforts.keep(session, [Effort(revision_id=revision, hter=0.5, chrf=None, reason="chrF: too long")])
    (row,), _ = await written(house, tmp_path, Format.LABELS)
    assert (row["hter"], row["chrf"]) == (0.5, None)
    async with house.sessions.reading() as session:
        channel = await channels.by_any_name(session, TEAM_ID, "#support")
        assert channel is not None
        assert channel.id is not None
        day = timedelta(days=1)
        said = await figures.said(session, channel.id, since=house.now() - day, until=house.now() + day)
    assert [one.hter for one in said] == [0.5]


async def test_approvals_undone_and_imported_answers_are_not_measured(house: House, tmp_path: Path) -> None:
    await house.ana.clicks("Approve", await house.card(await house.draft()))
    await house.settles()
    await edits(house, by="bea")
    note = await house.bea.last_private_note("C0SUPPORT1")
    assert note is not None
    await house.bea.clicks("Undo", note)
    await house.settles()
    assert await measured(house) == 1, "the edit before it was undone"
    assert [one.hter for one in await stored(house)] == [pytest.approx(1 / 15)]
    (approved, *_), _ = await written(house, tmp_path, Format.LABELS)
    assert (approved["verdict"], approved["hter"], approved["chrf"]) == ("approved", 0, 100)


async def test_a_change_of_mind_is_measured_anew(house: House) -> None:
    await edits(house)
    await measured(house)
    note = await house.ana.last_private_note("C0SUPPORT1")
    assert note is not None
    await house.ana.clicks("Change", note)
    await house.ana.fills({"Reply": EDITED.replace("Hello", "Good morning")})
    assert (await house.ana.submits()).closed
    await house.settles()
    assert await measured(house) == 1
    assert [one.hter for one in await stored(house)] == [pytest.approx(1 / 15), pytest.approx(3 / 16)]


@one_database
async def test_in_a_text_that_is_too_much_work_moved_words_are_not_looked_for(house: House) -> None:
    yes, no = " ".join(["yes"] * 40), " ".join(["no"] * 40)
    await edits(house, f"{no} {yes}", draft=f"{yes} {no}")
    await measured(house)
    (found,) = await stored(house)
    assert (found.hter, found.reason) == (1, "HTER: moved words were not looked for: too much was changed")
    assert found.chrf is not None


async def test_of_two_processes_that_measure_the_same_edit_the_first_one_stores_it(house: House) -> None:
    revision = await edits(house)
    async with house.sessions.reading() as session:
        span = {"since": house.now() - timedelta(days=1), "until": house.now() + timedelta(days=1)}
        (read,) = await efforts.unmeasured(session, **span, limit=5)
    assert (read.revision, read.draft, read.final) == (revision, DRAFT, EDITED)
    async with second_bot(house) as other:
        assert await other.tools.surveyor.measure_due() == 1, "who has read it, and is perhaps gone, holds nothing"
    async with house.sessions.writing() as session:
        await efforts.keep(session, [Effort(revision_id=revision, hter=0.9)])
    assert [one.hter for one in await stored(house)] == [pytest.approx(1 / 15)]


@one_database
async def test_what_is_older_than_28_days_is_not_measured_and_what_is_younger_is_found_after_a_restart(
    house: House,
) -> None:
    await edits(house)
    house.moves(days=20)
    kept = await edits(house)
    house.moves(days=10)
    async with second_bot(house) as other:
        assert await other.tools.surveyor.measure_due() == 1
    assert [one.revision_id for one in await stored(house)] == [kept]


@one_database
async def test_a_clock_that_was_set_back_hides_no_edit(house: House) -> None:
    assert await measured(house) == 0
    house.moves(hours=-3)
    await edits(house)
    assert await measured(house) == 1


@one_database
async def test_many_edits_are_measured_a_few_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.efforts.AT_ONCE", 2)
    revisions = [await edits(house) for _ in range(3)]
    assert [await measured(house) for _ in range(3)] == [2, 1, 0]
    assert [one.revision_id for one in await stored(house)] == revisions
