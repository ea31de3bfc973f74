"""A database without room: nothing is half stored, the text stays in the window, and with room again it is saved."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count

from bot.surfaces import notes as sentences
from storage.errors import DatabaseAway
from storage.models import Seen
from tests.house import DRAFT, House
from tests.stories.steps import one_database, rows, stored

pytestmark = one_database

LONG = " ".join([DRAFT] * 60)  # more than a page of 4,096 bytes holds, as is what Ana writes
WRITTEN = "Grüße für Sören: " + "öäü" * 800
ROOM = 2**30  # pages


@asynccontextmanager
async def full(house: House) -> AsyncIterator[None]:
    """SQLite takes no page more, as on a full disk. The limit is the connection's own, and there is one that writes."""
    await _takes(house, 1)  # as many as there are: SQLite does not go below
    with suppress(DatabaseAway):
        for number in count():  # until the pages that are free are filled
            async with house.sessions.writing() as session:
                session.add(Seen(key=f"{number} {LONG}", at=house.now()))
    try:
        yield
    finally:
        await _takes(house, ROOM)


async def _takes(house: House, pages: int) -> None:
    async with house.sessions.writing() as session:
        await (await session.connection()).exec_driver_sql(f"PRAGMA max_page_count = {pages}")


async def test_that_is_full_keeps_the_text_in_the_window(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({"Reply": WRITTEN})
    async with full(house):
        outcome = await house.ana.submits()
        assert not outcome.closed
        assert list(outcome.errors.values()) == [sentences.AWAY_MODAL.format(button="Save")]
        window = await house.ana.modal()
        assert window is not None
        assert window.fields["Reply"] == WRITTEN
        assert await rows(house) == (0, 0)
    assert (await house.ana.submits()).closed
    assert await stored(house, draft, "ana") == ("counted", "edited", WRITTEN, 1)


async def test_that_is_full_tells_a_helpdesk_to_send_again(house: House) -> None:
    bodies = [{"channel": "#support", "external_id": f"T{one}", "prompt": LONG, "draft": LONG} for one in range(9)]
    async with full(house):
        refused = await house.sends(bodies)
        assert refused.status_code == 503
        assert "Nothing was stored; send it again" in refused.json()["detail"]
    assert [one["status"] for one in (await house.sends(bodies)).json()] == ["created"] * 9
