"""Over Socket Mode nothing is lost when the connection ends, falls silent or is replaced, nor when the bot stops."""

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from pydantic import SecretStr
from sqlmodel import col, select

from bot.errors import MissingSettings
from bot.surfaces import notes as sentences
from handlers.http.ndjson import BODY_LIMIT
from handlers.serve import Running, running
from handlers.slack.shapes import DEEPEST, LARGEST
from handlers.slack.socket import PING_EVERY, REFUSED, SILENCE, Socket
from sandbox import sending, socket_mode
from sandbox.acts import CLICK_FAILED
from storage.models import Member
from tests.house import DRAFT, SUPPORT, House, running_bot, settings
from tests.houses import Houses
from tests.stories.steps import gone, held, notes, one_database, rows, second_bot, stored, until
from tests.stories.test_odd_payloads import nested
from tests.stories.test_starting import stops_while_it_starts

# The transport is the same on every database.
pytestmark = one_database

EDITED = DRAFT.replace("today", "yesterday")
APPROVED = "Saved: approved as is."
SAVED = "Saved: your edit (1 word changed)."


@pytest.fixture
async def house(houses: Houses) -> AsyncIterator[House]:
    async with houses.open(socket=True) as opened:
        yield opened


def line(house: House) -> Socket:
    assert house.bot.socket is not None
    return house.bot.socket


async def tells(house: House, do: str, **more: Any) -> list[dict[str, Any]]:
    """What Slack does to its connections; those that are left."""
    answer = await house.http.post("/control/socket", json={"do": do, **more})
    answer.raise_for_status()
    return list(answer.json()["links"])


async def links(house: House) -> list[int]:
    return [each["link"] for each in await tells(house, "list")]


async def is_ready(house: House, bot: Running) -> tuple[int, str]:
    answer = await house.http.get(f"{bot.url}/readyz")
    return answer.status_code, answer.json()["status"]


async def ends(house: House) -> None:
    """Until the bot has noticed that its connection ended."""

    async def noticed() -> bool:
        return not line(house).connected

    await until(noticed)


class TestWhatSlackWouldNotSend:
    """The limits of what comes over HTTP hold here, too."""

    @pytest.mark.parametrize(
        "changes",
        [{"user": 7}, {"actions": "draft:approve"}, {"actions": []}, {"view": []}, {"state": nested(DEEPEST)}],
        ids=lambda changes: next(iter(changes)),
    )
    async def test_is_not_read_and_the_line_stays(
        self, house: House, every_log: list[MutableMapping[str, Any]], changes: dict[str, Any]
    ) -> None:
        draft = await house.draft()
        traffic = (await house.ana.clicks("Approve", await house.card(draft))).traffic
        assert traffic is not None
        pressed = house.box.traffic.find(traffic)
        assert pressed
        raw = urlencode({"payload": json.dumps({**pressed.request, **changes})}).encode()
        before = await links(house)
        house.box.slack.stage.ack_seconds = 0.3
        form = {"Content-Type": sending.FORM}
        assert await socket_mode.carry(house.box.slack.stage, raw, form) == ("", "http_timeout")
        assert [one for one in every_log if "not of its shape" in one["event"]] != []
        house.box.slack.stage.ack_seconds = 3.0
        other = await house.draft("Another one.")
        assert (await house.ana.clicks("Approve", await house.card(other))).toast is None
        assert await links(house) == before
        assert await rows(house) == (2, 2)

    async def test_as_deep_as_may_be_is_read(self, house: House) -> None:
        draft = await house.draft()
        traffic = (await house.ana.clicks("Approve", await house.card(draft))).traffic
        pressed = house.box.traffic.find(traffic or 0)
        assert pressed
        raw = urlencode({"payload": json.dumps({**pressed.request, "more": nested(DEEPEST - 1)})}).encode()
        form = {"Content-Type": sending.FORM}
        assert (await socket_mode.carry(house.box.slack.stage, raw, form))[1] is None

    async def test_in_a_message_too_large_ends_the_line_and_the_next_one_is_dialled(self, house: House) -> None:
        assert LARGEST == BODY_LIMIT
        draft = await house.draft()
        link = house.box.slack.stage.links.next()
        assert link is not None
        await link.ws.send_str(json.dumps({"type": "interactive", "envelope_id": "1", "payload": "x" * LARGEST}))
        await ends(house)
        await line(house).watch()
        assert (await house.ana.clicks("Approve", await house.card(draft))).toast is None
        assert await rows(house) == (1, 1)


class TestAConnectionThatEnds:
    async def test_between_a_click_and_its_answer_costs_nothing(self, house: House) -> None:
        """Slack says that something went wrong; the note and the card say what became of the click."""
        draft, other = await house.draft(), await house.draft("Another one.")
        await tells(house, "lose_ack")
        assert (await house.ana.clicks("Approve", await house.card(draft))).toast == CLICK_FAILED
        assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
        assert await notes(house, "ana") == [APPROVED]
        assert (await house.card(draft)).buttons == []
        await ends(house)
        assert await is_ready(house, house.bot) == (503, "the socket to Slack is not connected")
        await line(house).watch()
        assert await is_ready(house, house.bot) == (200, "ok")
        assert (await house.ana.clicks("Approve", await house.card(other))).toast is None
        assert await rows(house) == (2, 2)

    async def test_between_a_submission_and_its_answer_leaves_the_text_in_the_window(self, house: House) -> None:
        draft = await house.draft()
        await house.ana.clicks("Edit", await house.card(draft))
        await house.ana.fills({"Reply": EDITED})
        await tells(house, "lose_ack")
        outcome = await house.ana.submits()
        assert (outcome.closed, outcome.error) == (False, "We had some trouble connecting. Try again?")
        await ends(house)
        await line(house).watch()
        window = await house.ana.modal()
        assert window is not None
        assert window.fields["Reply"] == EDITED
        assert (await house.ana.submits()).closed
        assert await notes(house, "ana") == [SAVED, SAVED]
        assert await rows(house) == (1, 1)

    async def test_is_replaced_before_it_goes_when_slack_asks(self, house: House) -> None:
        """A click that is under way is answered on the old one."""
        draft, other = await house.draft(), await house.draft("Another one.")
        await house.ana.clicks("Approve", await house.card(other))
        await house.settles()
        before = len(await notes(house, "ana"))
        async with held(house, draft):
            pressed = asyncio.create_task(house.ana.clicks("Approve", await house.card(draft)))

            async def sent() -> bool:
                return any(each["waiting"] for each in await tells(house, "list"))

            await until(sent)
            await tells(house, "disconnect", reason="refresh_requested")

            async def replaced() -> bool:
                await line(house).watch()
                return 2 in await links(house)

            await until(replaced)
            assert line(house).connected
        assert (await pressed).toast is None
        assert (await notes(house, "ana"))[before:] == [APPROVED]
        assert await links(house) == [2]
        assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)

    async def test_is_noticed_by_a_bot_that_ticks(self, house: House) -> None:
        async with running(settings(house.box, house.url), port=0):
            assert await links(house) == [1, 2]
            await tells(house, "drop", link=2)

            async def replaced() -> bool:
                return await links(house) == [1, 3]

            await until(replaced)


class TestASilentConnection:
    async def test_is_replaced_by_the_watchdog(self, house: House) -> None:
        draft = await house.draft()
        await tells(house, "freeze")
        house.moves(seconds=PING_EVERY.total_seconds())
        await line(house).watch()  # asks, and nothing comes back
        house.moves(seconds=SILENCE.total_seconds() - 1)
        await line(house).watch()
        assert await links(house) == [1]
        house.moves(seconds=1)
        await line(house).watch()
        await house.settles()
        assert await links(house) == [2]
        assert (await house.ana.clicks("Approve", await house.card(draft))).toast is None
        assert await notes(house, "ana") == [APPROVED]

    @pytest.mark.parametrize("life", ["a pong", "a message"])
    async def test_is_told_from_one_that_is_only_quiet(self, house: House, life: str) -> None:
        """A clock that jumps ends no connection, either."""
        draft = await house.draft()
        house.moves(seconds=PING_EVERY.total_seconds())
        if life == "a message":
            await tells(house, "freeze")
        await line(house).watch()
        if life == "a message":
            house.box.world.links.joined[0].thawed.set()
            await house.ana.clicks("Approve", await house.card(draft))
        else:

            async def answered() -> bool:
                return bool((await tells(house, "list"))[0]["pings"])

            await until(answered)
            await house.http.get(f"{house.bot.url}/healthz")
        house.moves(hours=1)
        await line(house).watch()
        assert await links(house) == [1]

    async def test_is_no_longer_trusted_while_slack_is_away(self, house: House) -> None:
        await tells(house, "freeze")
        house.moves(seconds=PING_EVERY.total_seconds())
        await line(house).watch()
        await house.fault(method="apps.connections.open", kind="status", status=503)
        house.moves(seconds=SILENCE.total_seconds())
        await line(house).watch()
        assert not line(house).connected


class TestAClockThatIsSetBack:
    async def test_keeps_no_lost_connection_from_being_replaced(self, house: House) -> None:
        house.moves(hours=-1)
        await tells(house, "drop", link=1)
        await ends(house)
        await line(house).watch()
        assert line(house).connected

    async def test_ends_a_wait_that_slack_asked_for(self, house: House) -> None:
        await house.fault(method="apps.connections.open", kind="ratelimit", seconds=90)
        async with second_bot(house) as late:
            assert late.socket is not None
            house.moves(hours=-1)
            await late.socket.watch()
            assert late.socket.connected

    @pytest.mark.parametrize("asked", [False, True])
    async def test_hides_no_silent_connection(self, house: House, asked: bool) -> None:
        await tells(house, "freeze")
        if asked:
            house.moves(seconds=PING_EVERY.total_seconds())
            await line(house).watch()
        house.moves(hours=-1)
        await line(house).watch()  # asks, if it was not asked before
        house.moves(seconds=SILENCE.total_seconds() - 1)
        await line(house).watch()
        assert await links(house) == [1]
        house.moves(seconds=1)
        await line(house).watch()
        await house.settles()
        assert await links(house) == [2]


class TestStarting:
    @pytest.mark.parametrize(("token", "word"), [("xapp-wrong", "invalid_auth"), ("bot", "not_allowed_token_type")])
    async def test_a_wrong_app_token_is_one_sentence(self, house: House, token: str, word: str) -> None:
        wrong = SecretStr(house.box.app.bot_token if token == "bot" else token)
        changed = settings(house.box, house.url).model_copy(update={"slack_app_token": wrong})
        with pytest.raises(MissingSettings) as refused:
            async with running(changed, port=0):
                pass
        assert str(refused.value) == REFUSED.format(word=word)

    async def test_who_is_asked_to_stop_meanwhile_waits_for_no_connection(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await stops_while_it_starts(house, monkeypatch, Socket, "_dialled")

    async def test_while_slack_is_away_the_bot_tries_again_ever_more_rarely(self, house: House) -> None:
        await house.fault(method="apps.connections.open", kind="drop_before", times=4)
        async with second_bot(house) as late:
            assert late.socket is not None
            assert await is_ready(house, late) == (503, "the socket to Slack is not connected")
            tries = []
            for _ in range(32):
                await late.socket.watch()
                tries.append(await _dials(house))
                house.moves(seconds=1)
            when = [second for second in range(1, 32) if tries[second] > tries[second - 1]]
            assert when == [2, 6, 14, 30]
            assert await is_ready(house, late) == (200, "ok")

    async def test_slacks_wish_to_wait_is_kept(self, house: House) -> None:
        await house.fault(method="apps.connections.open", kind="ratelimit", seconds=90)
        async with second_bot(house) as late:
            assert late.socket is not None
            for seconds, connected in ((89, False), (1, True)):
                house.moves(seconds=seconds)
                await late.socket.watch()
                assert late.socket.connected is connected

    async def test_a_bot_waits_for_one_of_the_ten_connections(self, house: House) -> None:
        """And keeps the one that it has, though Slack asked to go, until it has another."""
        async with AsyncExitStack() as taken:
            session = await taken.enter_async_context(aiohttp.ClientSession())
            others = [await _one_more(house, session) for _ in range(9)]
            async with second_bot(house) as late:
                assert late.socket is not None
                assert not late.socket.connected
                await tells(house, "disconnect", link=1)
                house.moves(minutes=1)
                before = await _dials(house)

                async def tried() -> bool:
                    await line(house).watch()
                    return await _dials(house) > before

                await until(tried)
                assert line(house).connected
                await others[0].close()
                house.moves(minutes=1)
                await line(house).watch()
                await house.settles()
                assert line(house).connected
                assert 1 not in await links(house)
                await others[1].close()
                house.moves(minutes=1)
                await late.socket.watch()
                assert late.socket.connected

    async def test_nothing_is_taken_from_outside(self, house: House) -> None:
        """Not even what is signed as Slack signs."""
        draft = await house.draft()
        await house.ana.clicks("Approve", await house.card(draft))
        pressed = next(one for one in reversed(house.box.traffic.entries) if one.kind == "action")
        assert pressed.raw is not None
        body, headers = pressed.raw
        assert headers["X-Slack-Signature"] == sending.signature(
            house.box.app.signing_secret, headers["X-Slack-Request-Timestamp"], body
        )
        answer = await house.http.post(f"{house.bot.url}/slack/events", content=body, headers=dict(headers))
        assert answer.status_code == 404


class TestStopping:
    async def test_dials_no_more_though_the_clock_ticks_still(self, house: House) -> None:
        assert house.bot.socket is not None
        await house.bot.socket.stop()
        before = await _dials(house)
        for _ in range(2):
            house.moves(minutes=2)
            await house.bot.socket.watch()
        assert (await _dials(house), await links(house)) == (before, [])


class TestTheDatabase:
    async def test_that_is_away_is_said_and_events_come_again(self, house: House) -> None:
        draft = await house.draft()
        card = await house.card(draft)
        await house.ana.clicks("Edit", card)
        await house.ana.fills({"Reply": EDITED})
        async with gone(house, None):
            outcome = await house.ana.submits()
            assert list(outcome.errors.values()) == [sentences.AWAY_MODAL.format(button="Save")]
            assert (await house.ana.clicks("Approve", card)).toast is None
            await house.ana.types("/assay setup", in_=SUPPORT)
            assert sentences.AWAY_COMMAND in await notes(house, "ana")
            house.box.world.ack_seconds = 0.3
            await house.max.invites(house.zoe, to=SUPPORT)
            house.box.world.ack_seconds = 3
        assert await _attempts(house) == [(None, 0), (None, 1)]
        await house.http.post("/control/clock", json={"retry": True})
        assert await _attempts(house) == [(None, 0), (None, 1), (200, 2)]
        async with house.sessions.reading() as session:
            (zoe,) = (await session.exec(select(Member).where(col(Member.user) == house.zoe.id))).all()
        assert zoe.present
        assert (await house.ana.submits()).closed
        assert await rows(house) == (1, 1)


class TestTwoBots:
    async def test_share_the_clicks_and_each_is_handled_once(self, house: House) -> None:
        drafts = []
        for number in range(6):
            drafts.append(await house.draft(f"{DRAFT} Case {number}."))
            house.moves(seconds=1)
        cards = [await house.card(draft) for draft in drafts]
        async with second_bot(house) as other:
            assert len(await links(house)) == 2
            for place in range(4):
                assert (await house.people["ana" if place % 2 else "bea"].clicks("Approve", cards[place])).toast is None
            await other.tools.afterwards.done()
            assert [await notes(house, name) for name in ("ana", "bea")] == [[APPROVED] * 2] * 2
            assert await rows(house) == (4, 4)
        assert await links(house) == [1]
        for card in cards[4:]:
            assert (await house.chen.clicks("Approve", card)).toast is None
        assert await rows(house) == (6, 6)

    async def test_a_clean_stop_finishes_what_was_taken_and_what_comes_meanwhile(self, house: House) -> None:
        drafts = [await house.draft(), await house.draft("Another one.")]
        cards = [await house.card(draft) for draft in drafts]
        async with AsyncExitStack() as stop:
            other = await stop.enter_async_context(running_bot(house.box, house.url))
            await tells(house, "disconnect", link=1)  # from now on everything goes to the other
            async with held(house, drafts[0]):
                calls = len(await house.traffic())
                pressed = [asyncio.create_task(house.ana.clicks("Approve", cards[0]))]

                async def taken() -> bool:
                    """Ana is unknown, so the listener asks Slack before it stores."""
                    return any(one["method"] == "conversations.members" for one in (await house.traffic())[calls:])

                await until(taken)
                stopping = asyncio.create_task(stop.aclose())
                pressed.append(asyncio.create_task(house.bea.clicks("Approve", cards[1])))

                async def both() -> bool:
                    return [each["waiting"] for each in await tells(house, "list")] == [0, 2]

                await until(both)
            await stopping
        assert [outcome.toast for outcome in await asyncio.gather(*pressed)] == [None, None]
        assert [await notes(house, name) for name in ("ana", "bea")] == [[APPROVED]] * 2
        assert await rows(house) == (2, 2)
        assert other.socket is not None
        assert not other.socket.connected
        assert await links(house) == [1]


async def _dials(house: House) -> int:
    """How often an address was asked for."""
    return len([one for one in await house.traffic() if one["method"] == "apps.connections.open"])


async def _one_more(house: House, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """Another connection of the app, a minute later."""
    house.moves(minutes=1)
    opened = await house.bot.tools.slack.bare.apps_connections_open(app_token=house.box.app.app_token)
    return await session.ws_connect(opened["url"])


async def _attempts(house: House) -> list[tuple[int | None, int]]:
    """How often an event was sent at last, and what was answered."""
    events = [one for one in await house.traffic() if one["kind"] == "event"]
    event = events[-1]["request"]["event_id"]
    return [
        (one["status"], int(one["request"].get("X-Slack-Retry-Num", 0)))
        for one in events
        if one["request"]["event_id"] == event
    ]
