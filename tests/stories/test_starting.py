"""A process listens before it asks anything of Slack: one that is slow keeps no click waiting."""

import asyncio
import signal
import socket
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import delete, update

from bot import whole_workspace
from bot.errors import NotYet
from bot.workspaces import NOT_INSTALLED
from handlers import serve
from handlers.serve import running
from handlers.stopping import Signals
from sandbox.workspace import BOT_USER_ID, TEAM_ID
from storage.errors import DatabaseAway
from storage.models import Channel, Delivery, Token, Workspace
from storage.queries import channels
from storage.words import DeliveryState
from tests.house import DRAFT, House, running_bot, settings
from tests.stories.steps import delivery, listens, one_database, posted, second_bot, stored, until
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


async def test_who_is_asked_to_stop_while_it_starts_waits_for_no_answer_of_slack(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stops_while_it_starts(house, monkeypatch, serve, "learn")


async def stops_while_it_starts(house: House, monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> None:
    """A process is asked to stop where it waits for Slack, and its start is over though Slack has not answered."""
    signals = Signals()
    bot = running(settings(house.box, house.url), now=house.now, signals=signals, port=0, ticking=False)
    async with AsyncExitStack() as replica, halted(monkeypatch, place, name) as come:
        starting = asyncio.create_task(replica.enter_async_context(bot))
        await come.wait()
        signals.take(signal.SIGTERM)
        await starting


OLD = "A secret of the workspace before."


async def moved_from(house: House, team: str) -> None:
    """The token of the environment was another workspace's until now: what is stored is of that one."""
    async with house.sessions.writing() as session:
        for model in (Workspace, Channel, Token, Delivery):
            await session.exec(update(model).values(team=team))


async def posts_to(house: House, url: str) -> None:
    headers, body = {"Authorization": f"Bearer {house.token}"}, {"channel": "#support", "prompt": OLD, "draft": DRAFT}
    answer = await house.http.post(f"{url}/api/v1/drafts", json=body, headers=headers)
    assert answer.status_code == 201, answer.text


async def was_tried(house: House) -> bool:
    return (await delivery(house, "card:1")).attempts > 0


async def test_nothing_is_posted_before_it_is_known_whose_the_token_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await moved_from(house, "T0BEFORE")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    async with AsyncExitStack() as replica:
        async with halted(monkeypatch, serve, "learn") as come:
            starting = asyncio.create_task(replica.enter_async_context(running_bot(house.box, house.url, port=port)))
            await come.wait()
            await posts_to(house, f"http://127.0.0.1:{port}")
            await until(lambda: was_tried(house))
        await (await starting).tools.afterwards.done()
    assert not await posted(house, OLD)


async def test_where_slack_was_away_at_start_it_is_asked_whose_the_token_is_before_anything_is_posted(
    house: House,
) -> None:
    await moved_from(house, "T0BEFORE")
    await house.fault(method="auth.test", kind="drop_before")
    async with second_bot(house) as bot:
        await posts_to(house, bot.url)
        for _ in range(3):
            await bot.tools.afterwards.done()
            await bot.tools.courier.deliver_due()
            house.moves(seconds=4)
    assert not await posted(house, OLD)
    assert (await delivery(house, "card:1")).error == NOT_INSTALLED


async def test_what_waits_for_slack_to_say_whose_the_token_is_is_posted_once_it_has(house: House) -> None:
    await house.fault(method="auth.test", kind="drop_before")
    async with second_bot(house) as bot:
        await posts_to(house, bot.url)
        await bot.tools.afterwards.done()
        assert (await delivery(house, "card:1")).state == DeliveryState.PENDING
        house.moves(seconds=4)
        await bot.tools.courier.deliver_due()
    assert len(await posted(house, OLD)) == 1


async def test_slack_is_asked_once_for_all_who_wait_and_not_again_at_once(house: House) -> None:
    async def asked() -> int:
        return len([one for one in await house.traffic() if one["method"] == "auth.test"])

    before = await asked()
    await house.fault(method="auth.test", kind="drop_before")
    async with second_bot(house) as bot:
        clients = bot.tools.slack
        for _ in range(3):
            with pytest.raises(NotYet, match="of which workspace the token is"):
                await clients.of(TEAM_ID)
        assert await asked() == before + 1
        house.moves(seconds=4)
        found = await asyncio.gather(*(clients.of(TEAM_ID) for _ in range(5)))
        assert (set(found), await asked()) == ({clients.bare}, before + 2)


@pytest.mark.parametrize("fault", [{"kind": "drop_before"}, {"kind": "error", "error": "invalid_auth"}])
async def test_an_invitation_that_comes_before_slack_has_said_who_the_bot_is_is_told_again(
    house: House, fault: dict[str, str]
) -> None:
    async with house.sessions.writing() as session:
        await session.exec(delete(Workspace))
    made = await house.http.post("/control/channels", json={"name": "fresh", "members": [house.max.id]})
    fresh = made.json()["id"]
    await house.fault(method="auth.test", **fault)
    async with second_bot(house) as bot:
        await listens(house, bot)
        await house.max.invites(BOT_USER_ID, to=fresh)
        house.moves(seconds=4)
        await house.http.post("/control/clock", json={"retry": True})
        await bot.tools.afterwards.done()
        told = [one["status"] for one in await house.traffic() if one["method"] == "member_joined_channel"]
    assert (told[-2:], len(await posted(house, "I am Assay", fresh))) == ([503, 200], 1)


async def test_an_invitation_after_the_workspace_was_erased_beside_the_bot_is_told_again(house: House) -> None:
    made = await house.http.post("/control/channels", json={"name": "fresh", "members": [house.max.id]})
    fresh = made.json()["id"]
    await whole_workspace.erase(house.sessions, TEAM_ID, now=house.now)
    await house.max.invites(BOT_USER_ID, to=fresh)
    assert house.bot.tools.slack.whose is not None
    await house.bot.tools.slack.whose.ask_until_known()
    await house.http.post("/control/clock", json={"retry": True})
    await house.settles()
    told = [one["status"] for one in await house.traffic() if one["method"] == "member_joined_channel"]
    assert (told[-2:], len(await posted(house, "I am Assay", fresh))) == ([503, 200], 1)


async def test_slack_is_not_asked_whose_the_token_is_before_the_time_that_it_asks_to_wait(house: House) -> None:
    await house.fault(method="auth.test", kind="ratelimit", seconds=30)
    async with second_bot(house) as bot:
        clients, before = bot.tools.slack, await house.traffic()
        for _ in range(5):
            with pytest.raises(NotYet):
                await clients.of(TEAM_ID)
            house.moves(seconds=5)
        assert await house.traffic() == before
        house.moves(seconds=6)
        assert await clients.of(TEAM_ID) is clients.bare


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


async def test_where_everything_waits_and_nobody_presses_the_clock_asks_whose_the_token_is(house: House) -> None:
    async with house.sessions.writing() as session:
        await channels.remove_workspace(session, TEAM_ID, house.now())
    await house.fault(method="auth.test", kind="drop_before")
    async with second_bot(house) as bot:
        assert bot.tools.slack.whose is not None
        house.moves(seconds=60)
        await bot.tools.slack.whose.ask_until_known()
    async with house.sessions.reading() as session:
        assert list(await channels.removed_teams(session)) == []
