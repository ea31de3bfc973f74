"""Two weeks in a SQLite file go to PostgreSQL: people see the same as before, and old cards still work."""

import os
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot import export
from bot.export import Format
from handlers.demo import play
from handlers.demo.show import SCRIPT_MORNING
from handlers.demo.world import World, world
from sandbox.sight import Message
from storage import migrate
from storage.queries import channels
from tests.databases import Postgres
from tests.house import DRAFT, SUPPORT, Furnished, House, open_house
from tests.stories.steps import rows, until
from tests.stories.test_killed import served

pytestmark = [pytest.mark.xdist_group("weeks moved"), pytest.mark.timeout(900)]

DAYS = 14
READERS = ("ana", "bea", "farah", "lea", "max")


@dataclass(frozen=True)
class Weeks:
    """What was played, nobody there any more; `url` is its file."""

    url: str
    left: Furnished


@pytest.fixture(scope="module")
async def weeks(tmp_path_factory: pytest.TempPathFactory) -> Weeks:
    file = tmp_path_factory.mktemp("weeks") / "assay.db"
    begins = SCRIPT_MORNING - timedelta(days=DAYS + 1)
    async with world(seed=1, database=file, begins=begins) as made:
        async for _ in play.days(made, SCRIPT_MORNING, count=DAYS):
            pass
        return Weeks(f"sqlite+aiosqlite:///{file}", _left(made, f"sqlite+aiosqlite:///{file}"))


def _left(made: World, url: str) -> Furnished:
    people = {one.name.lower(): one for one in (made.lead, made.admin, *(person for _, person in made.colleagues))}
    return Furnished(url, made.box.slack, people, made.token)


async def test_two_weeks_that_are_moved_show_and_export_the_same_and_go_on(
    weeks: Weeks, postgres: Postgres, tmp_path: Path
) -> None:
    async with open_house(weeks.left, weeks.url) as house:
        before = await everything_seen(house, tmp_path)
    assert len(before["digest"].splitlines()) > 20
    assert min(len(before[form].splitlines()) for form in (Format.TRL_SFT, Format.LABELS)) > 50
    url = postgres.url(postgres.create())
    await moves(weeks.url, url)
    async with open_house(weeks.left, url) as house:
        after = await everything_seen(house, tmp_path)
        assert [name for name in before if before[name] != after[name]] == []
        await goes_on(house)
    assert await migrate.matches_models(url)


async def moves(source: str, target: str) -> None:
    command, environment = str(Path(sys.executable).with_name("assay")), os.environ | {"ASSAY_DATABASE_URL": source}
    process = await create_subprocess_exec(command, "move", "--to", target, env=environment, stdout=PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0
    assert b"counts and contents are equal" in said


async def everything_seen(house: House, folder: Path) -> dict[str, Any]:
    """Everybody's Home, the digest of the day, and the bytes of every export."""
    async with house.sessions.reading() as session:
        (channel,) = await channels.in_any_workspace(session, SUPPORT)
    seen: dict[str, Any] = {"digest": await house.bot.tools.digests.text(channel, house.now())}
    for form in Format:
        await export.write(house.sessions, channel, form, folder / form.file)
        seen[form] = (folder / form.file).read_bytes()
    for name in READERS:
        seen[f"Home of {name}"] = (await house.people[name].opens_home()).blocks
    return seen


async def goes_on(house: House) -> None:
    """`assay serve` on the moved database: an old card is approved, the approval undone, a new draft comes in."""
    labels, revisions = await rows(house)
    async with served(house) as bot:
        card = next(one for one in await house.ana.reads(SUPPORT) if "Approve" in one.buttons)
        older = await house.ana.last_private_note(SUPPORT)
        await house.ana.clicks("Approve", card)
        await until(partial(_hears, house, "Saved", after=older))
        assert await rows(house) == (labels + 1, revisions + 1)
        note = await house.ana.last_private_note(SUPPORT)
        await house.ana.clicks("Undo", note)
        await until(partial(_hears, house, "Undone"))
        assert await rows(house) == (labels + 1, revisions + 2)
        headers = {"Authorization": f"Bearer {house.token}"}
        body = {"channel": "#support", "prompt": "Hello", "draft": DRAFT}
        taken = await house.http.post(f"{bot.url}/api/v1/drafts", json=body, headers=headers)
        assert taken.status_code == 201, taken.text


async def _hears(house: House, words: str, *, after: Message | None = None) -> bool:
    """The newest note to Ana has these words, and is another one than she read before."""
    note = await house.ana.last_private_note(SUPPORT)
    return note is not None and words in note.text and (after is None or note.ts != after.ts)
