"""A story tells a bot that makes a mistake from one that does not: it ends otherwise for the one than for the other."""

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from sandbox.people import Person
from sandbox.server import Sandbox
from tests.sandbox import workspace_stories, wrong_bots, wrong_tenants
from tests.sandbox.bot_stories import Scene, Story
from tests.sandbox.bots import Bot, running
from tests.sandbox.mistakes import MISTAKES, Wrong

Opened = Callable[[type[Bot]], AbstractAsyncContextManager[Scene]]
ROWS = [row for mistake in MISTAKES for row in mistake.bots]
ENDINGS = {row.story: row.should for row in ROWS}


@pytest.fixture
def scene(box: Sandbox, ana: Person, bea: Person) -> Opened:
    @asynccontextmanager
    async def opened(kind: type[Bot]) -> AsyncIterator[Scene]:
        async with running(box, kind) as host:
            yield Scene(box, host, ana, bea)

    return opened


@pytest.mark.parametrize(("story", "should"), ENDINGS.items(), ids=lambda each: getattr(each, "__name__", ""))
async def test_with_the_right_bot_a_story_ends_well(scene: Opened, story: Story, should: object) -> None:
    async with scene(Bot) as right:
        assert await story(right) == should
        assert not [each for each in right.refusals() if each != "ratelimited"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.bot.__name__)
async def test_with_the_wrong_bot_people_see_what_it_does_wrong(scene: Opened, row: Wrong) -> None:
    async with scene(row.bot) as wrong:
        wrong.box.world.ack_seconds = row.ack_seconds
        assert await row.story(wrong) == row.sees != row.should
        if row.refusal:
            assert row.refusal in " ".join(wrong.refusals())


def test_each_mistake_has_a_bot_or_a_reason_why_nobody_sees_it() -> None:
    assert [mistake.number for mistake in MISTAKES] == [*range(1, len(MISTAKES) + 1)]
    assert len(MISTAKES) >= 25
    assert [mistake.words for mistake in MISTAKES if not (mistake.bots or mistake.hidden)] == []
    assert all(row.should == ENDINGS[row.story] for row in ROWS)


async def test_the_right_bot_is_let_into_a_workspace(scene: Opened) -> None:
    async with scene(Bot) as right:
        assert await workspace_stories.the_app_is_installed(right) == workspace_stories.THERE


def test_each_wrong_bot_stands_in_the_table() -> None:
    known = [*inspect.getmembers(wrong_bots, inspect.isclass), *inspect.getmembers(wrong_tenants, inspect.isclass)]
    made = [kind for _, kind in known if issubclass(kind, Bot)]
    assert {row.bot for row in ROWS} == set(made) - {Bot}
