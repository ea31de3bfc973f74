"""Somebody is erased while they, or others, press just then: neither is lost, and nobody is named again."""

import asyncio
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import disputes, erasure, membership
from bot.delivery.posting import Poster
from bot.surfaces.notes import NOTHING_TO_UNDO
from sandbox.workspace import TEAM_ID
from storage.models import Actor
from storage.queries import audits, deliveries, erasing, texts
from storage.queries._core import add_each_once
from storage.words import SOMEBODY
from tests.databases import somebody_waits
from tests.house import DRAFT, ESCALATIONS, SUPPORT, House, sets_up
from tests.stories.steps import delivery, escalates, forgets, notes, on_postgresql, posted, told_directly, until
from tests.stories.test_erased_under_way import ends
from tests.stories.test_erasure import SECRET, eraser, erases, tables
from tests.stories.test_failed_threads import undoes
from tests.stories.test_leads_are_told import NOWHERE
from tests.stories.test_report import halted, told
from tests.stories.test_who_they_were import approves, slack_is_away, slack_is_back

REFUSED = "restricted_action"


@on_postgresql
async def test_whoever_is_erased_while_a_colleague_calls_their_escalation_off_is_not_named_again(
    shared_house: House,
) -> None:
    house = shared_house
    await escalates(house, await house.draft(DRAFT))
    await also_escalates(house, 1)
    await undoes(house)
    note = await house.bea.last_private_note(SUPPORT)
    assert note is not None
    async with house.sessions.writing() as session:
        await erasure.forget_person(session, TEAM_ID, house.ana.id, now=house.now())
        undone = asyncio.create_task(house.bea.clicks("Undo", note))
        await until(lambda: somebody_waits(house.sessions))
    assert (await undone).error is None
    await ends(house)
    assert house.ana.id not in await tables(house)
    (notice,) = await posted(house, f"Called off by <@{house.bea.id}>", ESCALATIONS)
    assert f"raised by {SOMEBODY}" in notice.text_seen


@on_postgresql
async def test_whoever_is_erased_while_they_call_their_own_escalation_off_is_named_no_more_and_both_are_done(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await escalates(house, await house.draft(DRAFT))
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    async with halted(monkeypatch, deliveries, "notices") as come:
        undone = asyncio.create_task(house.ana.clicks("Undo", note))
        await come.wait()
        forgotten = asyncio.create_task(forgets(house, "ana"))
        await until(lambda: somebody_waits(house.sessions))
    assert (await undone).error is None
    await forgotten
    await ends(house)
    assert house.ana.id not in await tables(house)
    (notice,) = await posted(house, f"Called off by {SOMEBODY}", ESCALATIONS)
    assert f"raised by {SOMEBODY}" in notice.text_seen


async def also_escalates(house: House, draft: int) -> None:
    await house.bea.clicks("Escalate", await house.card(draft, seen_by="bea"))
    await house.bea.fills({"Why must a human take over?": "Safety"})
    assert (await house.bea.submits()).closed
    await house.settles()


@on_postgresql
@pytest.mark.parametrize("answer", [SECRET, "words of their own"])
async def test_words_that_are_reported_while_somebody_is_erased_come_back_into_no_message(
    shared_house: House, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    house = shared_house
    await house.draft(DRAFT, prompt=f"I am {SECRET}.")
    await house.ana.clicks("Edit", await house.card(1))
    await house.ana.fills({"Reply": f"Dear {answer},", "Must a human take over?": "Safety"})
    assert (await house.ana.submits()).closed
    await house.settles()
    assert SECRET in str((await delivery(house, "notice:1")).body)
    async with halted(monkeypatch, texts, "held") as come:
        report = asyncio.create_task(told(house, SECRET, "bea"))
        await come.wait()
        erased = asyncio.create_task(forgets(house, "ana"))
        await until(lambda: somebody_waits(house.sessions))
    await erased
    assert (await report).closed
    await ends(house)
    assert [one for one in (SECRET, house.ana.id) if one in await tables(house)] == []
    (notice,) = await posted(house, "Needs a human", ESCALATIONS)
    assert "I am [PRIVATE_1]." in notice.text_seen


@on_postgresql
async def test_whoever_undoes_an_answer_while_they_are_erased_is_named_no_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await escalates(house, await house.draft(DRAFT))
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    async with halted(monkeypatch, audits, "forget_person") as come:
        forgotten = asyncio.create_task(forgets(house, "ana"))
        await come.wait()
        undone = asyncio.create_task(house.ana.clicks("Undo", note))
        await until(lambda: somebody_waits(house.sessions))
    await forgotten
    assert (await undone).error is None
    await ends(house)
    assert (await notes(house, "ana"))[-1] == NOTHING_TO_UNDO
    notice = str((await delivery(house, "notice:1")).body)
    assert f"raised by {SOMEBODY}" in notice
    assert house.ana.id not in notice


@on_postgresql
async def test_somebody_and_a_draft_that_they_answered_are_erased_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await escalates(house, await house.draft(DRAFT))
    async with halted(monkeypatch, erasing, "delete_drafts") as come:
        erased = asyncio.create_task(erases(house, 1))
        await come.wait()
        forgotten = asyncio.create_task(forgets(house, "ana"))
        await until(lambda: somebody_waits(house.sessions))
    assert (await erased).drafts == 1
    await forgotten
    assert house.ana.id not in await tables(house)


@on_postgresql
async def test_whoever_reports_words_while_they_are_erased_has_reported_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.draft(f"Dear {SECRET},")

    async def then_erased(session: AsyncSession, model: type[Actor], rows: list[dict[str, str]]) -> None:
        await add_each_once(session, model, rows)
        monkeypatch.setattr(audits, "add_each_once", add_each_once)
        await forgets(house, "ana")

    assert (await told(house, "Dear")).closed  # from now on the trail knows her
    monkeypatch.setattr(audits, "add_each_once", then_erased)
    assert (await told(house, SECRET)).closed
    assert SECRET not in await tables(house)


@on_postgresql
async def test_a_lead_who_is_told_of_an_escalation_while_they_are_erased_is_named_nowhere(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sets_up(house, **NOWHERE)
    await house.draft(DRAFT)
    async with halted(monkeypatch, audits, "forget_person") as come:
        forgotten = asyncio.create_task(eraser(house).forget_person(TEAM_ID, house.lea.id))
        await come.wait()
        await escalates(house, 1)
    await forgotten
    assert house.lea.id not in await tables(house)


@pytest.mark.parametrize("how", [None, {"kind": "ratelimit", "seconds": 5}, {"kind": "error", "error": REFUSED}])
async def test_what_a_lead_is_told_just_when_they_are_erased_does_not_stay_in_slack(
    house: House, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any] | None
) -> None:
    await sets_up(house, **NOWHERE | {"Leads": [house.lea.id]})
    await house.draft(DRAFT)
    async with halted(monkeypatch, Poster, "_say") as come:
        escalated = asyncio.create_task(escalates(house, 1))
        await come.wait()
        await eraser(house).forget_person(TEAM_ID, house.lea.id)
        if how is not None:
            await house.fault(method="chat.postMessage", **how)
    await escalated
    house.moves(minutes=3)
    await house.bot.tools.courier.look_up_unclear()
    await house.settles()
    assert house.lea.id not in await tables(house)
    assert await told_directly(house, "lea") == []


@on_postgresql
async def test_somebody_is_erased_while_an_answer_of_theirs_is_vouched_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await house.draft(DRAFT)
    await slack_is_away(house)
    await approves(house, "ana", draft)
    await slack_is_back(house)
    async with halted(monkeypatch, membership, "vouch") as come:
        verifying = asyncio.create_task(house.bot.tools.doorkeeper.verify())
        await come.wait()
        forgotten = asyncio.create_task(forgets(house, "ana"))
        await until(lambda: somebody_waits(house.sessions))
    await verifying
    await forgotten
    assert house.ana.id not in await tables(house)


@on_postgresql
async def test_a_lead_who_opens_a_dispute_while_they_are_erased_is_known_of_and_can_be_erased_again(
    house: House,
) -> None:
    draft, erases_people = await house.draft(DRAFT), eraser(house)
    async with house.sessions.writing() as session:
        await disputes.opened(session, draft, house.lars.id, house.now())
        await erases_people.forget_person(TEAM_ID, house.lars.id)
    assert await erases_people.known_of(TEAM_ID, house.lars.id) == 1
    await erases_people.forget_person(TEAM_ID, house.lars.id)
    assert house.lars.id not in await tables(house)
