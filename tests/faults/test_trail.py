"""The check of the audit trail can fail: an entry that is missing, doubled or wrong is named, whatever it tells of."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import tokens
from bot.tokens import Scope
from storage.words import AuditAct
from tests.faults.ledger import Reported
from tests.faults.stage import Stage, staged
from tests.faults.trail import the_trail_is_complete
from tests.house import SUPPORT, Furnished, House
from tests.houses import Houses
from tests.stories.steps import escalates, one_database
from tests.stories.test_home import CHOICE, WHY, answers, disputed, home

pytestmark = one_database
TOLD = [
    AuditAct.SETTLED,
    AuditAct.WITHDRAWN,
    AuditAct.LABEL_UNDONE,
    AuditAct.LABEL_CHANGED,
    AuditAct.CALLED_OFF,
    AuditAct.SETTINGS,
    AuditAct.ERASED,
    AuditAct.TOKEN_MADE,
    AuditAct.TOKEN_ENDED,
    AuditAct.REPORTED,
]
NAME = "Zebulon Quimby"
GUARDS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"


@pytest.fixture
async def stage(houses: Houses, tmp_path: Path) -> AsyncIterator[Stage]:
    """After a day on which everything was done that the trail tells of."""
    async with houses.open(overlap="All of them") as house:
        await _settles(house)
        await house.max.types("/assay setup", in_=SUPPORT)
        await house.max.clicks("More…")
        await house.max.fills({"Drafts that two people review": "None", "Guideline": "Be brief."})
        assert (await house.max.submits()).closed
        await _changes_its_mind(house)
        await _erases(house)
        await house.withdraws(await house.draft("A draft that nobody needs.", external_id="B9"))
        reported = await _reports(house)
        await house.max.clicks("End", on=await home(house, "max"))
        await house.settles()
        left = Furnished(house.url, house.box.slack, house.people, house.token)
    async with staged(left, tmp_path, seed=1, size=1, server=None) as made:
        made.ledger.reports[reported] = Reported(NAME, confirmed=True)
        yield made


async def _settles(house: House) -> None:
    await disputed(house, "ana", "bea", 1)
    await house.lea.clicks("Settle", on=await home(house, "lea"))
    await house.lea.fills({CHOICE: "Answer A", WHY: "An agent slipped"})
    assert (await house.lea.submits()).closed
    await house.settles()


async def _erases(house: House) -> None:
    await house.draft("A draft of somebody who asks to be forgotten.", group="case-7")
    async with house.sessions.writing() as session:
        token = await tokens.create(session, "steward", scopes=[Scope.ADMIN], now=house.now())
    body = {"channel": SUPPORT, "ticket": "case-7", "really": True}
    headers = {"Authorization": f"Bearer {token}"}
    (await house.http.post(f"{house.bot.url}/api/v1/erasures", json=body, headers=headers)).raise_for_status()
    await house.settles()


async def _changes_its_mind(house: House) -> None:
    """An answer changed, one undone, and an escalation that is called off."""
    changed, undone, called = [await house.draft(f"Reply {number}.", prompt=f"Case {number}") for number in range(3)]
    await answers(house, changed, "ana")
    note = await house.ana.last_private_note(SUPPORT)
    await house.ana.clicks("Change", note)
    await house.ana.fills({"This draft is": "Good with my changes", "Reply": "Another reply."})
    assert (await house.ana.submits()).closed
    await answers(house, undone, "bea")
    await house.bea.clicks("Undo", await house.bea.last_private_note(SUPPORT))
    await house.settles()
    await escalates(house, called)
    await house.ana.clicks("Undo", await house.ana.last_private_note(SUPPORT))
    await house.settles()


async def _reports(house: House) -> int:
    draft = await house.draft(f"Dear {NAME}, it is done.")
    await house.bea.clicks("Report personal data", await house.card(draft))
    await house.bea.fills({"Words that are personal data, one a line": NAME})
    assert (await house.bea.submits()).closed
    await house.settles()
    return draft


@contextmanager
def by_hand(stage: Stage, statement: str, act: AuditAct) -> Iterator[None]:
    """Whoever owns the database can take its guards away; what was done so is turned back at the end."""
    kept = Path(shutil.copy(stage.witness.path, f"{stage.witness.path}.kept"))
    with sqlite3.connect(stage.witness.path) as connection:
        for (guard,) in connection.execute(GUARDS).fetchall():
            connection.execute(f"DROP TRIGGER {guard}")
        assert connection.execute(statement, (act,)).rowcount > 0
    connection.close()
    yield
    kept.replace(stage.witness.path)


async def test_a_day_on_which_everything_was_done_is_told_whole(stage: Stage) -> None:
    assert await the_trail_is_complete(stage) == []


async def test_an_entry_that_is_missing_or_stands_there_twice_is_found(stage: Stage) -> None:
    last = "WHERE id IN (SELECT max(id) FROM audit WHERE act = ?)"
    columns = "at, team, channel, act, who, about, before, after"
    for act in TOLD:
        with by_hand(stage, f"DELETE FROM audit {last}", act):
            assert await the_trail_is_complete(stage), act
        with by_hand(stage, f"INSERT INTO audit ({columns}) SELECT {columns} FROM audit {last}", act):
            assert await the_trail_is_complete(stage), act
    assert await the_trail_is_complete(stage) == []


async def test_an_entry_about_somebody_else_is_found(stage: Stage) -> None:
    for act in TOLD[:7]:
        with by_hand(stage, "UPDATE audit SET who = 'operator' WHERE act = ?", act):
            assert await the_trail_is_complete(stage), act


async def test_a_decision_that_is_told_otherwise_is_found(stage: Stage) -> None:
    with by_hand(stage, "UPDATE audit SET after = '{}' WHERE act = ?", AuditAct.SETTLED):
        (difference,) = await the_trail_is_complete(stage)
    assert difference.startswith("Of draft 1 the trail tells {}; stored is {'verdict': ")
