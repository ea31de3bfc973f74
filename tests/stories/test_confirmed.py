"""A label that the agent saw confirmed is in the database."""

import asyncio

import pytest
from sqlalchemy import text as sql

from bot.surfaces import notes as sentences
from sandbox.web_api import METHODS
from storage.engine import make_sessions
from tests.house import DRAFT, House
from tests.stories.steps import held, label, listens, notes, posted, rows, second_bot, stored

AWAY = sentences.AWAY.format(button="Approve")
SAVED = "Saved: approved as is."

# Runs when a transaction that stored a label commits, and waits there for whoever holds this lock.
HOLD_COMMITS = """
CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql
AS 'BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER wait_at_commit AFTER INSERT ON label
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_commit();
"""


async def four_seconds() -> None:
    """Longer than Slack waits for an answer."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 4)


async def test_a_click_held_up_for_four_seconds_stores_nothing_and_says_so_once(house: House) -> None:
    draft = await house.draft()
    card = await house.card(draft)
    async with held(house, draft):
        outcome, _ = await asyncio.gather(house.ana.clicks("Approve", card), four_seconds())
    assert outcome.toast is None
    assert await notes(house, "ana") == [AWAY]
    assert await rows(house) == (0, 0)
    assert "Approve" in (await house.card(draft, seen_by="bea")).buttons
    await house.ana.clicks("Approve", card)
    assert await notes(house, "ana") == [AWAY, SAVED]
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_commit_that_is_held_for_four_seconds_confirms_nothing(house: House) -> None:
    draft = await house.draft()
    card = await house.card(draft)
    async with house.sessions.writing() as session:
        for statement in HOLD_COMMITS.strip().split(";\nCREATE"):
            statement = statement if statement.startswith("CREATE") else f"CREATE{statement}"
            await (await session.connection()).execute(sql(statement))
    other = make_sessions(house.url)
    async with other.writing() as session:
        await (await session.connection()).execute(sql("SELECT pg_advisory_xact_lock(7)"))
        outcome, _ = await asyncio.gather(house.ana.clicks("Approve", card), four_seconds())
    await other.close()
    assert outcome.toast is None
    assert await notes(house, "ana") == [AWAY]
    assert await rows(house) == (0, 0)
    await house.ana.clicks("Approve", card)
    assert await notes(house, "ana") == [AWAY, SAVED]
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)


async def test_every_confirmation_that_agents_read_has_its_row(house: House) -> None:
    drafts = []
    for number in range(4):
        drafts.append(await house.draft(f"{DRAFT} Case {number}."))
        house.moves(seconds=1)
    cards = [await house.card(draft) for draft in drafts]
    everybody = [(name, place) for name in ("ana", "bea", "chen") for place in range(4)]
    await asyncio.gather(*(house.people[name].clicks("Approve", cards[place]) for name, place in everybody))
    for name, place in everybody:
        found = await label(house, drafts[place], name)
        assert found is not None
        assert found.revision.text == f"{DRAFT} Case {place}."
        said = await notes(house, name)
        assert len(said) == 4
        kept = [await stored(house, draft, name) for draft in drafts]
        assert said.count(SAVED) == sum(row is not None and row[0] == "counted" for row in kept)
        assert sum("was first. Yours is kept as a second opinion." in one for one in said) == sum(
            row is not None and row[0] == "extra" for row in kept
        )


async def test_the_first_click_after_a_start_is_stored_while_slack_is_away(house: House) -> None:
    draft = await house.draft()
    card = await house.card(draft)
    for method in METHODS:
        await house.fault(method=method, kind="drop_before", times=1000)
    async with second_bot(house) as late:
        await listens(house, late)
        outcome = await house.ana.clicks("Approve", card)
        await late.tools.afterwards.done()
        assert outcome.toast is None
        assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
        found = await label(house, draft, "ana")
        assert found is not None
        assert not found.revision.verified
        assert await notes(house, "ana") == [SAVED]
        await house.http.delete("/control/faults")
        house.moves(seconds=4)  # after that Slack is asked again whose the token is
        await late.tools.doorkeeper.verify()
        second = await house.draft(f"{DRAFT} Another.")
        await house.ana.clicks("Approve", await house.card(second))
        await late.tools.afterwards.done()
        checked = await label(house, second, "ana")
        assert checked is not None
        assert checked.revision.verified


async def test_a_click_is_stored_though_nothing_that_is_said_arrives(house: House) -> None:
    draft = await house.draft()
    card = await house.card(draft)
    await house.fault(method="*", kind="drop_before", times=1000)
    outcome = await house.ana.clicks("Approve", card)
    await house.bot.tools.afterwards.done()
    assert outcome.toast is None
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
    assert await notes(house, "ana") == []
    await house.http.delete("/control/faults")
    await house.ana.clicks("Approve", card)
    assert await notes(house, "ana") == [SAVED]
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
    house.moves(minutes=1)
    await house.settles()
    assert len(await posted(house, f"#{draft} · done")) == 1
