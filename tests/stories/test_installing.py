"""Workspaces install the app themselves; each sees its own, tokens are kept locked and fresh, and go when it goes."""

import asyncio
import base64
import hashlib
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import structlog
from sqlalchemy import text
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, installing, tokens, whole_workspace
from bot.delivery import Courier
from bot.errors import NotNow
from bot.installing import ONE_TRY, Installer, relock
from bot.surfaces.audit import sentence
from bot.tokens import Scope
from bot.vault import NoKey, Vault, new_key
from sandbox.people import NotOnScreen
from sandbox.sending import signature
from storage.engine import make_sessions
from storage.errors import DatabaseAway
from storage.models import Delivery, Installation
from storage.queries import audits, channels, installations, webhooks
from storage.words import AuditAct, DeliveryKind, DeliveryState
from tests.databases import somebody_waits
from tests.house import DRAFT
from tests.stories.steps import on_postgresql, until
from tests.stories.test_report import halted
from tests.street import Household, Street, open_street

ACME, BETA = "C0ACME0001", "C0BETA0001"


@pytest.fixture
async def street(database: str) -> AsyncIterator[Street]:
    async with open_street(database) as opened:
        yield opened


@pytest.fixture
async def rotating(database: str) -> AsyncIterator[Street]:
    """Tokens end after twelve hours."""
    async with open_street(database, rotating=True) as opened:
        yield opened


async def installation(street: Street, team: str) -> Installation | None:
    async with street.sessions.reading() as session:
        return await installations.of(session, team)


async def two(street: Street) -> tuple[Household, Household]:
    acme = await street.moves_in("Acme Care", channel=ACME)
    beta = await street.moves_in("Beta Help", channel=BETA)
    await acme.sets_up()
    await beta.sets_up()
    return acme, beta


async def test_a_workspace_installs_the_app_and_labels_its_first_draft(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    await acme.sets_up()
    assert (await acme.sends()).status_code == 201
    await acme.ana.clicks("Approve", await acme.card())
    await street.settles()
    note = await acme.ana.last_private_note("#support")
    assert note is not None
    assert note.text == "Saved: approved as is."


async def test_the_page_says_what_comes_next(street: Street) -> None:
    await street.moves_in("Acme Care", channel=ACME)
    page = await street.installs(street.households[0].max)
    assert "Assay is in Acme Care" in page.text
    assert "/invite @Assay" in page.text
    style = hashlib.sha256(page.text.split("<style>")[1].split("</style>")[0].encode()).digest()
    policy = page.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{base64.b64encode(style).decode()}'" in policy, "its own style is allowed, nothing else"
    assert policy.startswith("default-src 'none'")
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


async def test_two_workspaces_with_channels_of_one_name_see_nothing_of_each_other(street: Street) -> None:
    acme, beta = await two(street)
    assert (await acme.sends("For Acme alone.")).status_code == 201
    assert (await beta.sends("For Beta alone.")).status_code == 201
    assert "For Acme alone." in (await acme.card("For Acme alone.")).text_seen
    seen = " ".join(one.text_seen for one in await acme.ana.reads("#support"))
    assert "For Beta alone." not in seen
    refused = await acme.sends("Across", channel=beta.support)
    assert refused.status_code == 422
    assert "There is no channel" in refused.text


async def test_whoever_installs_it_is_an_admin_though_slack_does_not_say_so(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    assert not await street.bot.tools.doorkeeper.is_admin(acme.team, acme.ana.id)
    await street.http.post("/control/uninstall", json={"team": acme.team, "user": acme.max.id})
    await street.settles()
    assert (await street.installs(acme.ana)).status_code == 200
    assert await street.bot.tools.doorkeeper.is_admin(acme.team, acme.ana.id)
    street.moves(hours=25)  # their role is asked of Slack again
    assert await street.bot.tools.doorkeeper.is_admin(acme.team, acme.ana.id)


async def test_who_says_no_reads_that_nothing_was_installed(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    page = await street.installs(acme.max, allow=False)
    assert "You did not let Assay into your workspace." in page.text


async def test_a_visit_that_did_not_begin_here_installs_nothing(street: Street) -> None:
    """Somebody sends a victim their own code: the victim's browser has no cookie, or another one."""
    acme = await street.moves_in("Acme Care", channel=ACME)
    before = len(await street.traffic("oauth.v2.access"))
    address, cookie = await street.begins()
    back = await acme.max.installs(address)
    _, another = await street.begins()
    for kept in ("", another, cookie[:-1]):
        page = await street.comes_back(back, kept)
        assert page.status_code == 400
        assert "this visit did not begin here" in page.text
    assert len(await street.traffic("oauth.v2.access")) == before
    assert (await street.comes_back(back, cookie)).status_code == 200


async def test_a_visit_that_took_too_long_installs_nothing(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    address, cookie = await street.begins()
    back = await acme.max.installs(address)
    street.moves(minutes=11)
    page = await street.comes_back(back, cookie)
    assert page.status_code == 400
    assert "more than ten minutes ago" in page.text


async def test_a_page_that_is_opened_twice_installs_once(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    before = len(await street.traffic("oauth.v2.access"))
    address, cookie = await street.begins()
    back = await acme.max.installs(address)
    pages = await asyncio.gather(*(street.comes_back(back, cookie) for _ in range(3)))
    assert sorted(page.status_code for page in pages) == [200, 400, 400]
    assert len(await street.traffic("oauth.v2.access")) == before + 1


async def test_the_code_of_one_visit_is_no_good_with_the_state_of_another(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    address, cookie = await street.begins()
    back = await acme.max.installs(address)
    other, other_cookie = await street.begins()
    state = parse_qs(urlsplit(other).query)["state"][0]
    page = await street.comes_back(re.sub(r"state=[^&]+", f"state={state}", back), cookie)
    assert page.status_code == 400
    assert (await street.comes_back(back, other_cookie)).status_code == 400


async def test_slack_away_in_the_middle_is_said_in_words(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    await street.http.post("/control/faults", json={"method": "oauth.v2.access", "kind": "status", "status": 500})
    page = await street.installs(acme.max)
    assert page.status_code == 400
    assert "Slack did not finish it" in page.text
    assert 'href="/slack/install"' in page.text


async def test_tokens_are_nowhere_in_plain_text(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    words = [token.word for token in street.box.app.tokens.of(acme.team)]
    assert words
    async with street.sessions.reading() as session:
        rows = (await session.exec(text("SELECT * FROM installation"))).all()  # type: ignore[call-overload]
    assert not any(word in str([*map(tuple, rows)]) for word in words)
    stored = await installation(street, acme.team)
    assert stored is not None
    with pytest.raises(NoKey):
        Vault((new_key(),)).opened(stored.token)


async def test_a_workspace_that_uninstalls_the_app_leaves_no_token_and_others_go_on(street: Street) -> None:
    acme, beta = await two(street)
    await street.http.post("/control/uninstall", json={"team": acme.team, "user": acme.max.id})
    await street.settles()
    assert await installation(street, acme.team) is None
    with pytest.raises(NotNow):
        await street.bot.tools.slack.of(acme.team)
    assert (await acme.sends()).status_code == 422
    assert (await beta.sends()).status_code == 201
    assert DRAFT in (await beta.card()).text_seen


async def test_a_week_after_an_uninstall_nothing_is_stored_of_the_workspace_and_all_of_others(street: Street) -> None:
    acme, beta = await two(street)
    assert (await acme.sends("For Acme alone.")).status_code == 201
    assert (await beta.sends("For Beta alone.")).status_code == 201
    await street.http.post("/control/uninstall", json={"team": acme.team, "user": acme.max.id})
    street.moves(days=6, hours=23)
    assert await street.bot.tools.keeper.erase_uninstalled() == 0
    street.moves(hours=2)
    assert await street.bot.tools.keeper.erase_uninstalled() > 0
    assert await street.bot.tools.keeper.erase_uninstalled() == 0
    assert await left_of(street, acme.team) | await left_of(street, acme.max.id) == set()
    async with street.sessions.reading() as session:
        assert await channels.every(session, team=acme.team) == []
        assert [one.team for one in await channels.workspaces(session)] == [beta.team]
    assert "For Beta alone." in (await beta.card("For Beta alone.")).text_seen


async def test_a_workspace_that_comes_back_within_the_week_finds_everything(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    await acme.sets_up()
    await street.http.post("/control/uninstall", json={"team": acme.team, "user": acme.max.id})
    street.moves(days=3)
    assert (await street.installs(acme.max)).status_code == 200
    street.moves(days=30)
    assert await street.bot.tools.keeper.erase_uninstalled() == 0
    assert (await acme.channel()).guideline == 1


async def left_of(street: Street, word: str) -> set[str]:
    """The tables that name the workspace, or somebody."""
    found = set()
    async with street.sessions.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            rows = (await (await session.connection()).execute(table.select())).all()
            found |= {table.name for row in rows if word in str(tuple(row))}
    return found


async def uninstalls(street: Street, household: Household) -> datetime:
    """More than a week ago; until when it was so, as the clock reads that erases it."""
    assert (await household.sends("For Acme alone.")).status_code == 201
    await street.http.post("/control/uninstall", json={"team": household.team, "user": household.max.id})
    street.moves(days=8)
    return street.now() - timedelta(days=7)


async def test_an_erasure_that_is_killed_in_each_transaction_is_gone_on_with(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, _ = await two(street)
    await uninstalls(street, acme)
    done, some = list[int](), whole_workspace.erase_some

    async def dies_in_the_second(session: AsyncSession, team: str) -> int:
        if done:
            raise Killed
        done.append(await some(session, team))
        return done[0]

    monkeypatch.setattr(whole_workspace, "erase_some", dies_in_the_second)
    for _ in range(40):
        done.clear()
        with suppress(Killed):
            await street.bot.tools.keeper.erase_uninstalled()
        left = await left_of(street, acme.team)
        assert not left or "workspace" in left, "it is known as long as anything is stored of it"
    assert left == set()


async def test_a_workspace_whose_erasure_fails_keeps_no_other_from_being_erased(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted(await two(street), key=lambda one: one.team)
    for one in (first, second):
        await uninstalls(street, one)
    some = whole_workspace.erase_some

    async def not_the_first(session: AsyncSession, team: str) -> int:
        if team == first.team:
            raise DatabaseAway("statement timeout")
        return await some(session, team)

    with monkeypatch.context() as patched, structlog.testing.capture_logs() as logged:
        patched.setattr(whole_workspace, "erase_some", not_the_first)
        with pytest.raises(DatabaseAway):
            await street.bot.tools.keeper.erase_uninstalled()
    assert [one["team"] for one in logged if one["event"] == "a workspace was kept too long"] == [first.team]
    assert await left_of(street, second.team) == set()
    assert await street.bot.tools.keeper.erase_uninstalled() > 0


class Killed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("transactions", [0, 1, 5, 40])
async def test_a_workspace_that_comes_back_while_it_is_erased_keeps_what_is_left_and_works(
    street: Street, transactions: int
) -> None:
    acme, beta = await two(street)
    since = await uninstalls(street, acme)
    for _ in range(transactions):
        async with street.sessions.writing() as session:
            await whole_workspace.erase_some(session, acme.team)
    assert (await street.installs(acme.max)).status_code == 200
    left = await left_of(street, acme.team)
    now = street.bot.tools.keeper.now
    assert await whole_workspace.erase(street.sessions, acme.team, now=now, by=audit.ITSELF, gone_since=since) == 0
    assert await left_of(street, acme.team) == left
    await acme.sets_up()
    assert (await acme.sends("From now on.")).status_code == 201
    await acme.ana.clicks("Approve", await acme.card("From now on."))
    await street.settles()
    note = await acme.ana.last_private_note("#support")
    assert note is not None
    assert note.text == "Saved: approved as is."
    assert (await beta.sends()).status_code == 201


@on_postgresql
async def test_who_installs_the_app_while_a_transaction_erases_waits_for_it_and_stays(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, _ = await two(street)
    await uninstalls(street, acme)
    installing, some = list[asyncio.Task[httpx.Response]](), whole_workspace.erase_some

    async def meanwhile(session: AsyncSession, team: str) -> int:
        gone = await some(session, team)
        if not installing:
            installing.append(asyncio.create_task(street.installs(acme.max)))
            await until(lambda: somebody_waits(street.sessions))
        return gone

    monkeypatch.setattr(whole_workspace, "erase_some", meanwhile)
    assert await street.bot.tools.keeper.erase_uninstalled() > 0
    assert (await installing[0]).status_code == 200
    assert await street.bot.tools.keeper.erase_uninstalled() == 0
    assert {"workspace", "installation", "channel"} <= await left_of(street, acme.team)
    async with street.sessions.reading() as session:
        told = [sentence(one, str) for one in await audits.newest(session, acme.team, limit=2)]
    assert told[0].startswith("Assay erased what was stored of the workspace, until it was installed again")


async def test_an_old_story_of_an_uninstall_does_not_end_a_new_installation(street: Street) -> None:
    """Slack's events come late: the app was installed again before it was heard that it went."""
    acme = await street.moves_in("Acme Care", channel=ACME)
    await street.http.post("/control/uninstall", json={"team": acme.team, "user": acme.max.id})
    told = [one for one in await street.traffic("app_uninstalled") if one["status"] == 200]
    assert (await street.installs(acme.max)).status_code == 200
    await street.http.post("/control/redeliver", json={"team": acme.team, "id": told[-1]["id"]})
    assert await installation(street, acme.team) is not None
    async with street.sessions.reading() as session:
        assert acme.team not in await channels.removed_teams(session)


NO_WORD = [
    {"kind": "ratelimit", "seconds": 5},
    {"kind": "status", "status": 503},
    {"kind": "drop_before"},
    {"kind": "error", "error": "invalid_auth"},  # as Slack once said to everybody
]


@pytest.mark.parametrize("away", NO_WORD)
async def test_an_old_story_of_an_uninstall_ends_no_new_installation_while_slack_cannot_tell(
    street: Street, away: dict[str, Any]
) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    await acme.sets_up()
    await street.http.post("/control/uninstall", json={"team": acme.team, "user": acme.max.id})
    told = [*await street.traffic("tokens_revoked"), *await street.traffic("app_uninstalled")]
    street.moves(minutes=1)
    assert (await street.installs(acme.max)).status_code == 200
    for one in told:
        await street.http.post("/control/faults", json={"method": "auth.test", **away})
        await street.http.post("/control/redeliver", json={"team": acme.team, "id": one["id"]})
    assert (await acme.sends()).status_code == 201
    street.moves(days=8)
    assert await street.bot.tools.keeper.erase_uninstalled() == 0


@pytest.mark.parametrize("away", NO_WORD[:3])
async def test_an_uninstall_of_which_slack_cannot_say_more_is_told_again(street: Street, away: dict[str, Any]) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    street.moves(minutes=1)
    await street.http.post("/control/faults", json={"method": "auth.test", "times": 4, **away})
    await street.http.post("/control/uninstall", json={"team": acme.team, "user": acme.max.id})
    assert [one["status"] for one in await street.traffic("app_uninstalled")] == [503, 503]
    assert await installation(street, acme.team) is not None
    await street.http.post("/control/clock", json={"retry": True})
    assert await installation(street, acme.team) is None


async def uninstalls_unheard(street: Street, household: Household) -> None:
    """Every process is down while Slack tells of it, and the next post is refused."""
    url, street.box.app.request_url = street.box.app.request_url, "http://127.0.0.1:9/slack/events"
    await street.http.post("/control/uninstall", json={"team": household.team, "user": household.max.id})
    street.box.app.request_url = url
    assert (await household.sends("Another one.")).status_code == 201
    await street.settles()
    assert (await household.sends("Refused.")).status_code == 422


async def test_an_uninstall_that_was_never_heard_of_is_made_good_for(street: Street) -> None:
    acme, beta = await two(street)
    assert (await beta.sends()).status_code == 201
    await uninstalls_unheard(street, acme)
    street.moves(days=6)
    assert await street.bot.tools.keeper.erase_uninstalled() == 0
    street.moves(days=2)
    asked = len(await street.traffic("auth.test"))
    assert await street.bot.tools.keeper.erase_uninstalled() > 0
    assert len(await street.traffic("auth.test")) == asked + 1
    assert await left_of(street, acme.team) == set()
    assert DRAFT in (await beta.card()).text_seen


@pytest.mark.parametrize("away", NO_WORD)
async def test_nothing_is_erased_while_slack_does_not_say_again_that_the_app_is_out(
    street: Street, away: dict[str, Any]
) -> None:
    acme, _ = await two(street)
    await uninstalls_unheard(street, acme)
    street.moves(days=8)
    await street.http.post("/control/faults", json={"method": "auth.test", **away})
    with structlog.testing.capture_logs() as logged:
        assert await street.bot.tools.keeper.erase_uninstalled() == 0
    assert [one["team"] for one in logged if "not erased" in one["event"]] == [acme.team]
    assert await street.bot.tools.keeper.erase_uninstalled() > 0


async def test_a_workspace_whose_token_slack_refused_by_mistake_is_not_erased_and_works_on(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    await acme.sets_up()
    await street.http.post(
        "/control/faults", json={"method": "chat.postMessage", "kind": "error", "error": "account_inactive"}
    )
    assert (await acme.sends()).status_code == 201
    await street.settles()
    assert (await acme.sends("Later.")).status_code == 422
    street.moves(days=8)
    assert await street.bot.tools.keeper.erase_uninstalled() == 0
    assert DRAFT in (await acme.card()).text_seen
    assert (await acme.sends("Later.")).status_code == 201


async def test_an_uninstall_that_says_its_time_in_whole_seconds_is_believed(street: Street) -> None:
    """Slack's documentation shows it without an `event_ts`."""
    acme = await street.moves_in("Acme Care", channel=ACME)
    street.moves(minutes=1)
    for token in street.box.app.tokens.of(acme.team):
        token.revoked = True
    await hears_of_the_end(street, acme, "app_uninstalled")
    assert await installation(street, acme.team) is None


async def loses_its_token(street: Street, household: Household) -> None:
    """Slack revokes it, the next post is refused, and then Slack tells of that: the app was not uninstalled."""
    for token in street.box.app.tokens.of(household.team):
        token.revoked = True
    assert (await household.sends("Another one.")).status_code == 201
    await street.settles()
    await hears_of_the_end(street, household, "tokens_revoked", tokens={"oauth": [], "bot": [household.bot_user]})


async def hears_of_the_end(street: Street, household: Household, kind: str, **event: Any) -> None:
    """The bot hears of it, with a time in whole seconds."""
    now = int(street.now().timestamp())
    told = {"type": "event_callback", "team_id": household.team, "event_time": now, "event": {"type": kind, **event}}
    body, stamp = json.dumps(told), str(int(time.time()))
    signed = signature(street.box.app.signing_secret, stamp, body.encode())
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signed, "Content-Type": "application/json"}
    answer = await street.http.post(f"{street.bot.url}/slack/events", content=body, headers=headers)
    assert answer.status_code == 200


async def test_a_workspace_whose_token_was_revoked_and_that_uninstalled_nothing_is_not_erased(street: Street) -> None:
    acme, _ = await two(street)
    street.moves(minutes=1)
    await loses_its_token(street, acme)
    assert await installation(street, acme.team) is None
    street.moves(days=8)
    assert await street.bot.tools.keeper.erase_uninstalled() == 0
    assert (await street.installs(acme.max)).status_code == 200
    assert (await acme.sends()).status_code == 201


async def test_an_uninstall_that_was_presumed_is_told_in_the_trail_and_erased_in_time_once_it_is_heard_of(
    street: Street,
) -> None:
    acme, _ = await two(street)
    street.moves(minutes=1)
    await loses_its_token(street, acme)
    await hears_of_the_end(street, acme, "app_uninstalled")
    async with street.sessions.reading() as session:
        told = [one.act for one in await audits.newest(session, acme.team, limit=20)]
    assert told.count("uninstalled") == 1
    street.moves(days=8)
    assert await street.bot.tools.keeper.erase_uninstalled() > 0


async def test_an_installation_while_slack_is_asked_about_an_uninstall_stays(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    street.moves(minutes=1)
    async with halted(monkeypatch, installing, "take_out") as come:
        uninstalling = asyncio.create_task(
            street.http.post("/control/uninstall", json={"team": acme.team, "user": acme.max.id})
        )
        await come.wait()
        street.moves(seconds=1)
        assert (await street.installs(acme.max)).status_code == 200
    await uninstalling
    assert await installation(street, acme.team) is not None
    async with street.sessions.reading() as session:
        assert acme.team not in await channels.removed_teams(session)


async def test_a_post_that_was_refused_with_the_old_token_takes_no_workspace_out_that_installed_the_app_since(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    await acme.sets_up()
    refused = {"method": "chat.postMessage", "kind": "error", "error": "token_revoked"}
    await street.http.post("/control/faults", json=refused)
    async with halted(monkeypatch, Courier, "_shut") as come:
        assert (await acme.sends()).status_code == 201
        await come.wait()
        street.moves(seconds=1)
        assert (await street.installs(acme.max)).status_code == 200
    street.moves(minutes=1)
    await street.settles()
    assert DRAFT in (await acme.card()).text_seen
    assert (await acme.sends("Later.")).status_code == 201


async def test_what_waited_is_posted_when_the_app_is_installed_again(street: Street) -> None:
    acme, _ = await two(street)
    assert (await acme.sends()).status_code == 201
    street.box.app.tokens.of(acme.team)  # known before it ends
    await street.http.post("/control/uninstall", json={"team": acme.team, "user": acme.max.id})
    await street.settles()
    assert (await street.installs(acme.max)).status_code == 200
    await acme.max.invites(acme.bot_user, to="#support")
    street.moves(minutes=1)
    assert DRAFT in (await acme.card()).text_seen


async def test_a_token_is_refreshed_before_it_expires_and_the_bot_works_on(rotating: Street) -> None:
    acme = await rotating.moves_in("Acme Care", channel=ACME)
    await acme.sets_up()
    first = await installation(rotating, acme.team)
    assert await _refreshes(rotating) == 0
    rotating.moves(hours=10, minutes=1)
    assert await _refreshes(rotating) == 1
    second = await installation(rotating, acme.team)
    assert first is not None
    assert second is not None
    assert second.token != first.token
    rotating.moves(hours=3)  # the first one is dead
    assert (await acme.sends()).status_code == 201
    assert DRAFT in (await acme.card()).text_seen


async def test_replicas_that_refresh_at_once_use_a_refresh_token_once(rotating: Street) -> None:
    acme = await rotating.moves_in("Acme Care", channel=ACME)
    rotating.moves(hours=11)
    await asyncio.gather(*(_refreshes(rotating) for _ in range(5)))
    used = [one for one in await rotating.traffic("oauth.v2.access") if one["request"].get("grant_type")]
    assert len(used) == 1
    assert await installation(rotating, acme.team) is not None


async def test_a_replica_that_died_while_it_refreshed_is_followed_by_another(rotating: Street) -> None:
    acme = await rotating.moves_in("Acme Care", channel=ACME)
    rotating.moves(hours=11)
    async with rotating.sessions.writing() as session:
        claimed = await installations.claim_expiring(
            session, before=rotating.now() + 2 * ONE_TRY, now=rotating.now(), until=rotating.now() + ONE_TRY
        )
    assert claimed is None, "two minutes are not two hours"
    installer = rotating.bot.tools.installer
    assert installer is not None
    assert await installer._claimed() is not None  # and then it dies
    assert await _refreshes(rotating) == 0
    rotating.moves(minutes=1, seconds=1)
    assert await _refreshes(rotating) == 1
    assert await installation(rotating, acme.team) is not None


async def test_slack_away_while_a_token_is_refreshed_is_tried_again(rotating: Street) -> None:
    acme = await rotating.moves_in("Acme Care", channel=ACME)
    rotating.moves(hours=11)
    await rotating.http.post("/control/faults", json={"method": "oauth.v2.access", "kind": "drop_before"})
    first = await installation(rotating, acme.team)
    assert await _refreshes(rotating) == 1
    rotating.moves(minutes=6)
    assert await _refreshes(rotating) == 1
    second = await installation(rotating, acme.team)
    assert first is not None
    assert second is not None
    assert second.token != first.token


async def test_a_card_that_an_expired_token_could_not_post_comes_after_the_refresh(rotating: Street) -> None:
    """The bot was down for half a day."""
    acme = await rotating.moves_in("Acme Care", channel=ACME)
    await acme.sets_up()
    rotating.moves(hours=13)
    assert (await acme.sends()).status_code == 201
    await rotating.settles()
    async with rotating.sessions.reading() as session:
        (card,) = (await session.exec(select(Delivery).where(Delivery.kind == DeliveryKind.CARD))).all()
    assert card.state == DeliveryState.PENDING
    assert await _refreshes(rotating) == 1
    assert DRAFT in (await acme.card()).text_seen


async def test_a_new_key_takes_the_old_ones_place_without_a_new_installation(database: str) -> None:
    old, new = new_key(), new_key()
    async with AsyncExitStack() as stack:
        street = await stack.enter_async_context(open_street(database, keys=old))
        acme = await street.moves_in("Acme Care", channel=ACME)
        installer = street.bot.tools.installer
        assert installer is not None
        async with street.sessions.writing() as session:
            assert await relock(session, Vault((new, old)), now=street.now()) == (1, 0)
        stored = await installation(street, acme.team)
        assert stored is not None
        assert Vault((new,)).opened(stored.token) in {one.word for one in street.box.app.tokens.of(acme.team)}


async def with_a_token_that_is_due(street: Street) -> Household:
    """A workspace whose token is to be refreshed now."""
    acme = await street.moves_in("Acme Care", channel=ACME)
    await acme.sets_up()
    street.moves(hours=10, minutes=30)
    return acme


@contextmanager
def once_slack_gave(patch: pytest.MonkeyPatch, deed: Callable[[Installer], Awaitable[None]]) -> Iterator[None]:
    """In the block it is done as soon as Slack has given a token for a refresh token, before that is stored."""
    asked = Installer._asked

    async def then_done(installer: Installer, **arguments: str) -> Any:
        given = await asked(installer, **arguments)
        if arguments.get("grant_type"):  # an installation asks too
            await deed(installer)
        return given

    with patch.context() as patched:
        patched.setattr(Installer, "_asked", then_done)
        yield


async def works_by_its_new_token(street: Street, acme: Household) -> None:
    """The first token is dead, the second one posts, and was changed for a third."""
    street.moves(hours=10, minutes=30)
    assert await _refreshes(street) == 1
    street.moves(hours=2)
    assert (await acme.sends()).status_code == 201
    assert DRAFT in (await acme.card()).text_seen


async def test_keys_that_are_changed_while_slack_gives_a_new_token_do_not_cost_it(
    rotating: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = await with_a_token_that_is_due(rotating)

    async def keys_change(installer: Installer) -> None:
        async with rotating.sessions.writing() as session:
            assert await relock(session, installer.vault, now=rotating.now()) == (1, 0)

    with once_slack_gave(monkeypatch, keys_change):
        assert await _refreshes(rotating) == 1
    await works_by_its_new_token(rotating, acme)


@on_postgresql
async def test_a_token_is_not_refreshed_while_keys_are_changed(
    rotating: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = await with_a_token_that_is_due(rotating)

    async def changes_keys() -> None:
        async with rotating.sessions.writing() as session:
            await relock(session, rotating.bot.tools.vault, now=rotating.now())

    async with halted(monkeypatch, webhooks, "page") as come:
        changing = asyncio.create_task(changes_keys())
        await come.wait()
        assert await _refreshes(rotating) == 0
    await changing
    assert await _refreshes(rotating) == 1
    await works_by_its_new_token(rotating, acme)


async def test_a_new_token_that_the_database_did_not_take_is_stored_by_the_next_tick(
    rotating: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = await with_a_token_that_is_due(rotating)
    other = make_sessions(rotating.bot.tools.settings.database_url)
    async with AsyncExitStack() as busy:
        busy.push_async_callback(other.close)

        async def another_holds_it(_: Installer) -> None:
            await installations.held(await busy.enter_async_context(other.writing()))

        with once_slack_gave(monkeypatch, another_holds_it), pytest.raises(DatabaseAway):
            await _refreshes(rotating)
    rotating.moves(minutes=2)  # its claim is over: another replica might try the used one
    assert await _refreshes(rotating) == 0
    await works_by_its_new_token(rotating, acme)


async def test_a_new_token_of_a_workspace_that_installs_the_app_meanwhile_is_dropped(
    rotating: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = await with_a_token_that_is_due(rotating)

    async def installs_it(_: Installer) -> None:
        assert (await rotating.installs(acme.max)).status_code == 200

    with once_slack_gave(monkeypatch, installs_it), structlog.testing.capture_logs() as logged:
        assert await _refreshes(rotating) == 1
    assert [one["team"] for one in logged if "was dropped" in one["event"]] == [acme.team]
    await works_by_its_new_token(rotating, acme)


async def test_a_workspace_that_slack_gives_a_new_token_is_not_out_whatever_was_refused_before(
    rotating: Street,
) -> None:
    acme = await rotating.moves_in("Acme Care", channel=ACME)
    await acme.sets_up()
    refusal = {"method": "chat.postMessage", "kind": "error", "error": "account_inactive"}
    await rotating.http.post("/control/faults", json=refusal)
    assert (await acme.sends()).status_code == 201
    await rotating.settles()
    assert (await acme.sends("Later.")).status_code == 422
    rotating.moves(hours=10, minutes=30)
    assert await _refreshes(rotating) == 1
    assert (await acme.sends("Later.")).status_code == 201
    async with rotating.sessions.reading() as session:
        known = await channels.workspace(session, acme.team)
    assert known is not None
    assert (known.removed_at, known.uninstalled_at) == (None, None)
    await rotating.settles()
    assert DRAFT in (await acme.card()).text_seen


async def lists(street: Street, token: str) -> tuple[int, str]:
    """What a token reads of channels."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = await street.http.get(f"{street.bot.url}/api/v1/channels", headers=headers)
    return answer.status_code, answer.text


async def test_a_token_from_before_the_first_installation_reaches_no_workspace(street: Street) -> None:
    async with street.sessions.writing() as session:
        token = await tokens.create(session, "made early", scopes=[Scope.ADMIN], now=street.now())
    assert ACME not in (await lists(street, token))[1]
    acme, beta = await two(street)
    for _ in (acme, beta):
        status, said = await lists(street, token)
        assert status == 403
        assert "This token was made before Assay was in a workspace, so it is good for none. Make one now: " in said
        await whole_workspace.erase(street.sessions, acme.team, now=street.now)


async def test_no_webhook_is_made_before_the_first_installation_for_it_would_never_be_told(street: Street) -> None:
    async with street.sessions.writing() as session:
        token = await tokens.create(session, "made early", scopes=[Scope.ADMIN], now=street.now())
    headers, body = {"Authorization": f"Bearer {token}"}, {"url": "https://8.8.8.8/hook", "events": ["gold.settled"]}
    answer = await street.http.post(f"{street.bot.url}/api/v1/webhooks", json=body, headers=headers)
    assert (answer.status_code, "Assay is in no workspace yet." in answer.text) == (409, True)
    async with street.sessions.reading() as session:
        assert list(await webhooks.page(session, None, channel_id=None)) == []


async def test_a_token_follows_the_only_workspace_to_no_other_one(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    await acme.sets_up()
    async with street.sessions.writing() as session:
        token = await tokens.create(session, "of the only one", scopes=[Scope.ADMIN], now=street.now())
    beta = await street.moves_in("Beta Help", channel=BETA)
    await beta.sets_up()
    status, said = await lists(street, token)
    assert (status, ACME in said, BETA in said) == (200, True, False)
    await whole_workspace.erase(street.sessions, acme.team, now=street.now)
    status, said = await lists(street, token)
    assert (status, BETA in said) == (401, False)


async def test_who_installs_it_again_is_what_they_were(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    await acme.sets_up()
    assert (await street.installs(acme.ana)).status_code == 200
    await acme.ana.types("/assay setup", in_="#support")
    assert await acme.ana.modal() is None
    note = await acme.ana.last_private_note(acme.support)
    assert note is not None
    assert note.text.startswith("Only workspace admins can do this here")
    async with street.sessions.reading() as session:
        known = await channels.workspace(session, acme.team)
        told = (await audits.newest(session, acme.team, limit=1))[0]
    assert known is not None
    assert known.installed_by == acme.max.id
    assert told.act == AuditAct.INSTALLED


async def test_what_becomes_of_others_stands_in_nobodys_trail(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    beta = await street.moves_in("Beta Help", channel=BETA)
    await acme.sets_up()
    async with street.sessions.writing() as session:
        await relock(session, street.bot.tools.vault, now=street.now())
    await whole_workspace.erase(street.sessions, acme.team, now=street.now)
    async with street.sessions.reading() as session:
        theirs = await audits.newest(session, beta.team, limit=10)
        every = await audits.newest(session, None, limit=1)
    assert [one.act for one in theirs] == [AuditAct.KEYS_ROTATED, AuditAct.INSTALLED]
    assert theirs[0].after is None  # nor how many there are
    assert every[0].act == AuditAct.ERASED


async def test_a_member_whose_workspace_asks_for_approval_is_not_let_in_by_slack(street: Street) -> None:
    acme = await street.moves_in("Acme Care", channel=ACME)
    await street.http.post("/control/workspace", json={"team": acme.team, "approval": True})
    with pytest.raises(NotOnScreen, match="has to approve"):
        await street.installs(acme.ana)


async def _refreshes(street: Street) -> int:
    installer = street.bot.tools.installer
    assert installer is not None
    return await installer.refresh_due()
