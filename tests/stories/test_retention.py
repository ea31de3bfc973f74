"""A channel keeps drafts as long as its admin says; what is older goes, once, by itself."""

import asyncio
from collections.abc import MutableMapping, Sequence
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, keeping
from bot.retention import Keeper
from storage.errors import DatabaseAway
from storage.models import Tombstone
from storage.queries import channels, drafts, erasing
from storage.words import AuditAct, ErasedBecause
from tests.house import LEADS, SUPPORT, House
from tests.stories.steps import leads_set_up, posted, second_bot, takes_too_long
from tests.stories.test_audit import entries, said
from tests.stories.test_erasure import SECRET, lived, tables
from tests.stories.test_home import home

FIELD = "Keep drafts for this many days"


async def keeps(house: House, days: str | None, channel: str = SUPPORT) -> dict[str, str]:
    """The admin says how long drafts are kept; what the window complains of."""
    await house.max.types("/assay setup", in_=channel)
    await house.max.clicks("More…")
    await house.max.fills({FIELD: days})
    outcome = await house.max.submits()
    await house.settles()
    return dict(outcome.errors)


def keeper(house: House) -> Keeper:
    return house.bot.tools.keeper


async def test_what_is_older_goes_and_what_is_younger_stays(house: House) -> None:
    old = await lived(house)
    assert await keeps(house, "30") == {}
    house.moves(days=29)
    young = await house.draft("A younger draft.")
    assert await keeper(house).erase_due() == 0
    house.moves(days=2)
    assert await keeper(house).erase_due() == 1
    await house.settles()
    assert SECRET not in await tables(house)
    assert not await posted(house, SECRET)
    async with house.sessions.reading() as session:
        assert await drafts.get(session, old) is None
        assert await drafts.get(session, young) is not None
        tombstone = await session.get(Tombstone, old)
    assert tombstone is not None
    assert tombstone.why == ErasedBecause.RETENTION
    assert (await said(house, AuditAct.SETTINGS))[-1].startswith(
        f"<@{house.max.id}> set how long drafts are kept from no limit to 30 days (from <!date^"
    )
    assert (await said(house, AuditAct.ERASED))[-1] == (
        f"Assay erased 1 draft and 1 answer that were kept as long as the channel says · <#{SUPPORT}>"
    )
    assert (await entries(house, AuditAct.ERASED))[-1].who == audit.ITSELF
    assert "Retention: 1 draft erased this week" in (await home(house, "max")).text
    assert "Retention" not in (await home(house, "lea")).text


async def test_without_a_number_drafts_are_kept_for_ever(house: House) -> None:
    await house.draft()
    house.moves(days=4_000)
    assert await keeper(house).erase_due() == 0
    assert "Retention" not in (await home(house, "max")).text


async def test_a_number_can_be_taken_back_and_must_be_one(house: House) -> None:
    assert await keeps(house, "30") == {}
    assert "must be at most 3650" in " ".join((await keeps(house, "4000")).values())
    await house.max.fills({FIELD: None})
    assert (await house.max.submits()).closed
    async with house.sessions.reading() as session:
        assert (await channels.get(session, 1)).retention_days is None


async def test_a_shorter_limit_is_said_holds_after_three_days_and_erases_then(house: House) -> None:
    await house.draft()
    assert await keeps(house, "30") == {}
    house.moves(days=10)
    assert await keeps(house, "3") == {}
    note = await house.max.last_private_note(SUPPORT)
    assert note is not None
    assert "drafts in <#C0SUPPORT1> are kept for 3 days only" in note.text_seen
    assert "1 of the drafts that are here now goes then. Until then they are kept for 30 days." in note.text_seen
    assert "1 of the drafts that are here now goes then" in (await home(house, "max")).text
    assert "Keep as before" not in (await home(house, "lea")).text
    house.moves(days=2, hours=23)
    assert await keeper(house).erase_due() == 0
    house.moves(hours=1)
    assert await keeper(house).erase_due() == 1
    assert "Keep as before" not in (await home(house, "max")).text


@pytest.mark.parametrize("place", ["note", "home"])
async def test_a_shorter_limit_is_taken_back_by_any_admin_until_it_holds(house: House, place: str) -> None:
    draft = await house.draft()
    assert await keeps(house, "30") == {}
    house.moves(days=10)
    assert await keeps(house, "3") == {}
    if place == "home":
        page = await home(house, "max")
        await house.max.clicks("Keep as before", on=page)
        await house.settles()
        assert "Taken back: drafts in <#C0SUPPORT1> are kept for 30 days, as before." in (await house.max.home()).text
    else:
        await house.max.clicks("Keep as before", await house.max.last_private_note(SUPPORT))
        assert "are kept for 30 days, as before" in await house.read("max")
        note = await house.max.last_private_note(SUPPORT)
        assert note is not None
        assert note.buttons == ["Send a sample draft", "Create an API token"]
        assert "curl" in note.text_seen
    house.moves(days=10)
    assert await keeper(house).erase_due() == 0
    async with house.sessions.reading() as session:
        assert await drafts.get(session, draft) is not None
    assert (await said(house, AuditAct.SETTINGS))[-1] == (
        f"<@{house.max.id}> set how long drafts are kept from 3 days to 30 days · <#{SUPPORT}>"
    )


async def test_what_holds_already_cannot_be_taken_back_and_the_admin_reads_so(house: House) -> None:
    assert await keeps(house, "3") == {}
    note = await house.max.last_private_note(SUPPORT)
    house.moves(days=3)
    await house.max.clicks("Keep as before", note)
    assert (await house.read("max")).startswith("Nothing was changed: no shorter limit is to come any more.")


async def test_the_window_says_what_is_to_come_and_other_settings_do_not_put_it_off(house: House) -> None:
    assert await keeps(house, "3") == {}
    house.moves(days=2)
    await house.max.types("/assay setup", in_=SUPPORT)
    await house.max.clicks("More…")
    window = await house.max.modal()
    assert window is not None
    assert "are kept for 3 days only" in window.text
    assert "To take it back, write the old number below and save." in window.text
    await house.max.fills({"Guideline": "Be brief."})
    assert (await house.max.submits()).closed
    await house.draft()
    house.moves(days=1)
    async with house.sessions.reading() as session:
        assert keeping.days(await channels.get(session, 1), house.now()) == 3


async def test_what_takes_the_database_too_long_in_one_channel_keeps_no_others_drafts(
    house: House, every_log: list[MutableMapping[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    await leads_set_up(house)
    numbers = [await house.draft(channel=channel) for channel in (SUPPORT, LEADS)]
    for channel in (SUPPORT, LEADS):
        assert await keeps(house, "30", channel) == {}
    house.moves(days=35)
    found = erasing.older

    async def slow(session: AsyncSession, channel_id: int, **bounds: Any) -> Sequence[int]:
        if channel_id == 1:
            await takes_too_long(session)
        return await found(session, channel_id, **bounds)

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "older", slow)
        with pytest.raises(DatabaseAway):
            await keeper(house).erase_due()
    assert await left(house, numbers) == numbers[:1]
    (line,) = [line for line in every_log if line["event"] == "drafts were kept too long"]
    assert line["channel"] == SUPPORT
    assert await keeper(house).erase_due() == 1
    assert await left(house, numbers) == []


async def left(house: House, numbers: Sequence[int]) -> list[int]:
    """Those of the drafts that are still stored."""
    async with house.sessions.reading() as session:
        return [number for number in numbers if await drafts.get(session, number) is not None]


async def test_many_go_in_batches_and_two_replicas_erase_each_once(house: House) -> None:
    for first in range(0, 120, 40):
        many = [{"channel": "#support", "prompt": f"Hi {first + one}", "draft": "Hello"} for one in range(40)]
        assert (await house.sends(many)).status_code == 200
    await house.settles()
    assert await keeps(house, "1") == {}
    house.moves(days=4)
    async with second_bot(house) as other:
        erased = await asyncio.gather(keeper(house).erase_due(), other.tools.keeper.erase_due())
    assert sum(erased) == 120
    told = [(one.after or {})["draft"] for one in await entries(house, AuditAct.ERASED)]
    assert sum(told) == 120
    assert max(told) <= 50
