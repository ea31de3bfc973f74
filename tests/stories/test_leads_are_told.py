"""Where no escalation channel is set up, each lead is told of an escalation directly."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import func

from bot.surfaces import home_admin
from storage.models import Delivery
from storage.queries import labels
from storage.words import DeliveryState
from tests.house import ESCALATIONS, SUPPORT, House, sets_up
from tests.stories.steps import delivery, escalates, forgets, one_database, posted, told_directly
from tests.stories.test_failed_threads import undoes
from tests.stories.test_home import POST, home

pytestmark = one_database
NOWHERE: dict[str, Any] = {"Escalations are told to": None}


async def test_each_lead_is_told_once_and_the_agent_reads_so(house: House) -> None:
    await sets_up(house, **NOWHERE)
    draft = await house.draft()
    await house.ana.clicks("Escalate", await house.card(draft))
    window = await house.ana.modal()
    assert window is not None
    assert "The leads are told at once, each directly." in window.text
    await house.ana.closes()
    await escalates(house, draft)
    assert "The leads are told at once, each directly." in await house.read("ana")
    for lead in ("lea", "lars"):
        (told,) = await told_directly(house, lead)
        assert told.startswith("*Needs a human: legal threat*")
    assert await told_directly(house, "bea") == []
    async with house.sessions.reading() as session:
        exposed = {name: await labels.is_exposed(session, draft, house.people[name].id) for name in ("lea", "bea")}
    assert exposed == {"lea": True, "bea": False}


async def test_it_is_called_off_and_told_again_in_the_same_thread(house: House) -> None:
    await sets_up(house, **NOWHERE)
    draft = await house.draft()
    await escalates(house, draft)
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    before = {lead: await told_directly(house, lead) for lead in ("lea", "lars")}
    await house.ana.clicks("Undo", note)
    await house.settles()
    for lead, (told,) in before.items():
        called_off = (
            f"*Called off by <@{house.ana.id}>: no human is needed any more.*\n~{told.partition(' · raised')[0]}~"
        )
        assert (await told_directly(house, lead))[0] == called_off
    await escalates(house, draft)
    for lead in ("lea", "lars"):
        first, off, again = await told_directly(house, lead)
        assert off == f"<@{house.ana.id}> has changed this answer: no human is needed any more."
        assert again == first


async def test_a_lead_who_cannot_be_told_keeps_nobody_else_from_it(house: House) -> None:
    await sets_up(house, **NOWHERE)
    draft = await house.draft()
    await house.fault(method="chat.postMessage", kind="error", error="channel_not_found", times=1)
    await escalates(house, draft)
    told = [await told_directly(house, lead) for lead in ("lea", "lars")]
    assert sorted(map(len, told)) == [0, 1]
    states = [(await delivery(house, f"notice:{draft}:0:{house.people[lead].id}")).state for lead in ("lea", "lars")]
    assert sorted(states) == sorted([DeliveryState.FAILED, DeliveryState.SENT])


@pytest.mark.parametrize("gap", [2, 7])
async def test_a_thread_that_an_older_version_began_goes_on_in_its_order(house: House, gap: int) -> None:
    await sets_up(house, **NOWHERE)
    draft = await house.draft()
    await escalates(house, draft)
    await undoes(house)
    async with house.sessions.writing() as session:
        counted = func.replace(Delivery.key, f"notice:{draft}:1:", f"notice:{draft}:{gap}:")  # it counted all rows
        await session.exec(update(Delivery).values(key=counted))
    await escalates(house, draft)
    calls = ["Needs a human" in one for one in await told_directly(house, "lea")]
    assert calls == [True, False, True]


async def test_leads_who_were_told_in_the_channels_place_read_that_it_was_called_off(house: House) -> None:
    draft = await house.draft()
    await house.fault(method="chat.postMessage", kind="error", error="msg_too_long", times=2)
    await escalates(house, draft)
    unheard = f"<#{ESCALATIONS}> could not be told this, so you are."
    for lead in ("lea", "lars"):
        (told,) = await told_directly(house, lead)
        assert told.startswith(unheard)
        assert "*Needs a human: legal threat*" in told
    await undoes(house)
    for lead in ("lea", "lars"):
        (told,) = await told_directly(house, lead)
        assert told.startswith(unheard)
        assert f"*Called off by <@{house.ana.id}>: no human is needed any more.*" in told
    await escalates(house, draft)
    assert len(await posted(house, "Needs a human: legal threat", ESCALATIONS)) == 1


async def test_what_did_not_reach_somebody_alone_is_no_channel_to_invite_assay_to(house: House) -> None:
    await sets_up(house, **NOWHERE)
    draft = await house.draft()
    await house.fault(method=POST, kind="error", error="channel_not_found")
    await escalates(house, draft)
    assert f"{home_admin.LEFT}\nPost again" in (await home(house, "max")).text
    await house.fault(method="chat.delete", kind="error", error="channel_not_found")
    for lead in ("lea", "lars"):
        await forgets(house, lead)
    await house.settles()
    page = await home(house, "max")
    assert "*Removal of what was erased* · to somebody who was erased" in page.text
    assert f"{home_admin.STAYS}\nPost again" in page.text
    assert home_admin.NOT_IN not in page.text


async def test_where_something_between_lets_no_notice_through_leads_are_told_and_admins_see_it(house: House) -> None:
    draft = await house.draft()
    await house.fault(method=POST, kind="foreign", status=403, times=1_000)
    await escalates(house, draft)
    for _ in range(12):
        house.moves(seconds=66)
        await house.bot.tools.courier.look_up_unclear()
        await house.settles()
    page = await home(house, "max")
    assert (home_admin.TRIED in page.text or home_admin.UNCLEAR in page.text, "Post again" in page.text) == (True, True)
    (await house.http.delete("/control/faults")).raise_for_status()
    house.moves(hours=1)
    await house.settles()
    for lead in ("lea", "lars"):
        (told,) = await told_directly(house, lead)
        assert told.startswith(f"<#{ESCALATIONS}> could not be told this, so you are.")
