"""A story tells a bot that makes a mistake from one that does not: it fails for the one and passes for the other."""

from collections.abc import Awaitable, Callable

import pytest

from sandbox.faults import Fault
from sandbox.people import Person
from sandbox.server import Sandbox
from tests.sandbox.bots import (
    SAVED,
    Bot,
    DefaultClientBot,
    EchoingBot,
    ForgetfulBot,
    LateBot,
    PackingBot,
    SlowBot,
    running,
)

Story = Callable[[Sandbox, Bot, Person], Awaitable[None]]


async def a_card_is_posted_once_though_the_connection_drops(box: Sandbox, bot: Bot, ana: Person) -> None:
    box.world.faults.add(Fault("chat.postMessage", "drop_after"))
    await bot.posts()
    assert len(await ana.reads("#support")) == 1


async def an_approval_is_answered_privately_at_once(_box: Sandbox, bot: Bot, ana: Person) -> None:
    await bot.posts()
    card = (await ana.reads("#support"))[-1]
    outcome = await ana.clicks("Approve", card)
    note = await ana.last_private_note("#support")
    assert outcome.toast is None
    assert note is not None
    assert note.text_seen == SAVED


async def a_long_draft_can_be_edited(_box: Sandbox, bot: Bot, ana: Person) -> None:
    await bot.posts()
    await ana.clicks("Edit", (await ana.reads("#support"))[-1])
    modal = await ana.modal()
    assert modal is not None
    assert modal.fields["Reply"].startswith("Hello")


async def a_customers_words_ping_nobody(_box: Sandbox, bot: Bot, ana: Person) -> None:
    await bot.posts()
    assert (await ana.reads("#support"))[-1].pings == []


async def somebody_who_joins_is_known_though_the_database_was_away(_box: Sandbox, bot: Bot, ana: Person) -> None:
    bot.database_away = True
    await ana.invites("U0LEA", to="#support")
    assert bot.joined == ["U0LEA"]


PAIRS = [
    (a_card_is_posted_once_though_the_connection_drops, DefaultClientBot),
    (an_approval_is_answered_privately_at_once, SlowBot),
    (a_long_draft_can_be_edited, PackingBot),
    (a_long_draft_can_be_edited, LateBot),
    (a_customers_words_ping_nobody, EchoingBot),
    (somebody_who_joins_is_known_though_the_database_was_away, ForgetfulBot),
]


@pytest.mark.parametrize(("story", "_wrong"), PAIRS)
async def test_the_right_bot_passes_the_story(box: Sandbox, ana: Person, story: Story, _wrong: type[Bot]) -> None:
    async with running(box) as bot:
        await story(box, bot, ana)


@pytest.mark.parametrize(("story", "wrong"), PAIRS)
async def test_the_wrong_bot_fails_the_story(box: Sandbox, ana: Person, story: Story, wrong: type[Bot]) -> None:
    box.world.ack_seconds = 0.3
    async with running(box, wrong) as bot:
        with pytest.raises(AssertionError):
            await story(box, bot, ana)


async def test_the_slow_bots_user_reads_slacks_own_error(box: Sandbox, ana: Person) -> None:
    box.world.ack_seconds = 0.3
    async with running(box, SlowBot) as bot:
        await bot.posts()
        outcome = await ana.clicks("Approve", (await ana.reads("#support"))[-1])
        assert outcome.toast == "Something went wrong with that button. Try again."
        assert [toast["text"] for toast in (await ana.screen())["toasts"]] == [outcome.toast]
