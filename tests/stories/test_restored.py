"""A backup is put back: what people hold from the time since meets nothing that is new."""

import sqlite3
from pathlib import Path

from sqlalchemy import make_url
from sqlmodel import col, select

from bot import restoring
from bot.surfaces.notes import GONE
from storage.engine import make_sessions
from storage.models import Audit
from storage.words import AuditAct, DeliveryState
from tests.databases import Postgres
from tests.house import DRAFT, House, running_bot
from tests.stories.steps import delivery, gone, listens, notes, rows, stored

OTHER = "Hello, your parcel is on its way."


async def backup(house: House, postgres: Postgres | None, folder: Path) -> str:
    """The URL of a whole copy."""
    database = make_url(house.url).database or ""
    if postgres is not None:
        async with gone(house, postgres):
            return postgres.url(postgres.create(template=database))
    file = folder / "backup.db"
    connection = sqlite3.connect(database)
    connection.execute(f"VACUUM INTO '{file}'")
    connection.close()
    return f"sqlite+aiosqlite:///{file}"


async def go_on(house: House, url: str) -> int:
    sessions = make_sessions(url)
    try:
        return await restoring.go_on(sessions, now=house.now())
    finally:
        await sessions.close()


async def test_an_old_button_finds_no_other_draft_and_what_is_open_again_can_be_answered(
    house: House, on_postgres: Postgres | None, tmp_path: Path
) -> None:
    kept = await house.draft()
    url = await backup(house, on_postgres, tmp_path)
    await house.ana.clicks("Approve", await house.card(kept))
    lost = await house.card(await house.draft(OTHER))
    assert await go_on(house, url) == 1
    async with running_bot(house.box, url, house.more) as bot:
        house.bot, house.url = bot, url
        await listens(house, bot)
        house.moves(minutes=1)
        await house.settles()
        new = await house.draft("Something else entirely.")
        assert new > restoring.LEAP
        await house.ana.clicks("Approve", lost)
        assert (await notes(house, "ana"))[-1] == GONE
        assert await rows(house) == (0, 0)
        await house.ana.clicks("Approve", await house.card(kept))  # it has its buttons again
        await house.settles()
        assert await stored(house, kept, "ana") == ("counted", "approved", DRAFT, 1)
        async with house.sessions.reading() as session:
            acts = (await session.exec(select(Audit).order_by(col(Audit.id).desc()))).all()
        assert acts[0].act == AuditAct.RESTORED
        assert (acts[0].id or 0) > restoring.LEAP
        await bot.tools.afterwards.done()


async def test_a_card_that_was_on_its_way_when_the_backup_was_made_gets_its_buttons_again_too(
    house: House, on_postgres: Postgres | None, tmp_path: Path
) -> None:
    await house.fault(method="chat.postMessage", kind="drop_after")
    kept = await house.draft()
    assert (await delivery(house, f"card:{kept}")).state == DeliveryState.AMBIGUOUS
    url = await backup(house, on_postgres, tmp_path)
    house.moves(minutes=5)
    await house.bot.tools.courier.look_up_unclear()
    await house.ana.clicks("Approve", await house.card(kept))
    await house.settles()
    assert await go_on(house, url) == 1
    async with running_bot(house.box, url, house.more) as bot:
        house.bot, house.url = bot, url
        await listens(house, bot)
        for _ in range(3):
            house.moves(minutes=5)
            await bot.tools.courier.look_up_unclear()
            await house.settles()
        await house.ana.clicks("Approve", await house.card(kept))
        await house.settles()
        assert await stored(house, kept, "ana") == ("counted", "approved", DRAFT, 1)
        await bot.tools.afterwards.done()
