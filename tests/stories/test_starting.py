"""A process listens before it asks anything of Slack: one that is slow keeps no click waiting."""

import asyncio
import socket
from contextlib import AsyncExitStack

import pytest

from handlers import serve
from handlers.serve import running
from storage.errors import DatabaseAway
from tests.house import DRAFT, House, running_bot
from tests.stories.steps import one_database, stored
from tests.stories.test_installing import rotating
from tests.stories.test_report import halted
from tests.street import Street

__all__ = ["rotating"]
pytestmark = one_database


async def test_a_click_is_answered_before_slack_has_said_who_the_bot_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await house.draft()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    async with AsyncExitStack() as replica:
        async with halted(monkeypatch, serve, "learn") as come:
            bot = running_bot(house.box, house.url, port=port)
            starting = asyncio.create_task(replica.enter_async_context(bot))
            await come.wait()
            house.box.app.request_url = f"http://127.0.0.1:{port}/slack/events"
            await house.ana.clicks("Approve", await house.card(draft))
            assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
        await starting


async def test_a_process_whose_start_the_database_ends_listens_no_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]

    async def is_away(*_: object) -> None:
        raise DatabaseAway("gone")

    async with AsyncExitStack() as replica:
        with monkeypatch.context() as patched:
            patched.setattr(serve, "learn", is_away)
            with pytest.raises(DatabaseAway):
                await replica.enter_async_context(running_bot(house.box, house.url, port=port))
    socket.create_server(("127.0.0.1", port)).close()


async def test_tokens_that_are_due_are_not_waited_for(rotating: Street) -> None:
    for name in ("Acme Care", "Beta Help"):
        await rotating.moves_in(name, channel=f"C0{name[:4].upper()}01")
    rotating.moves(hours=10, minutes=30)
    before = len(await rotating.traffic("oauth.v2.access"))
    settings, clock = rotating.bot.tools.settings, rotating.box.clock
    async with running(settings, now=rotating.now, steady=clock.now, port=0, ticking=False) as bot:
        assert len(await rotating.traffic("oauth.v2.access")) == before
        assert bot.tools.installer is not None
        assert await bot.tools.installer.refresh_due() == 2
