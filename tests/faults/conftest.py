"""What is left after a day without faults: what each check must find no difference in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.ledger import Answer
from tests.faults.stage import Stage, staged
from tests.house import DRAFT, Furnished
from tests.houses import Houses
from tests.stories.test_webhooks import listening, makes, tells


@pytest.fixture
async def stage(houses: Houses, tmp_path: Path) -> AsyncIterator[Stage]:
    """After a day without faults: one draft, edited by Ana, and a second one that Bea has open."""
    async with listening(houses) as (house, hook):
        await makes(house, hook.url)
        draft, second = await house.draft(external_id="A1"), await house.draft("Another one.", external_id="A2")
        await house.ana.clicks("Edit", await house.card(draft))
        await house.ana.fills({"Reply": f"{DRAFT} Bye."})
        await house.ana.submits()
        await house.bea.clicks("Edit", await house.card(second))
        await house.ana.opens_home()
        await house.settles()
        await tells(house)
        left = Furnished(house.url, house.box.slack, house.people, house.token)
    async with staged(left, tmp_path, seed=1, size=1, server=None) as made:
        made.ledger.means(made.people["ana"].id, draft, Answer("edited", f"{DRAFT} Bye.")).confirmed = True
        made.subscriber.came = hook.came
        made.engineer.token = house.token
        yield made


@pytest.fixture
async def answering(stage: Stage) -> AsyncIterator[Stage]:
    """The same with a process of the bot, for what is asked over the API."""
    await stage.starts()
    yield stage
    await stage.ends_all()
