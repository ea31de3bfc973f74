"""Socket Mode is as strict as Slack's: who may connect, what goes over a connection, and what counts as an answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx
import pytest

from sandbox.acts import CLICK_FAILED
from sandbox.people import Outcome, Person
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Json, actions, button

LEA = "U0LEA"


@dataclass
class Wire:
    """One connection of an app that writes its own frames."""

    ws: aiohttp.ClientWebSocketResponse
    hello: Json

    async def receives(self) -> Json:
        received: Json = await self.ws.receive_json(timeout=5)
        return received

    async def acknowledges(self, envelope: Json, payload: Json | None = None) -> None:
        ack = {"envelope_id": envelope["envelope_id"]}
        await self.ws.send_json(ack if payload is None else {**ack, "payload": payload})


Connect = Callable[[], Awaitable[Wire]]


@pytest.fixture
def opening(box: Sandbox, http: httpx.AsyncClient) -> Api:
    """The app in Socket Mode, with the token that opens connections."""
    box.app.socket_mode = True
    return Api(http, box.app.app_token)


@pytest.fixture
async def connects(opening: Api) -> AsyncIterator[Connect]:
    async with AsyncExitStack() as closing:
        session = await closing.enter_async_context(aiohttp.ClientSession())

        async def connect() -> Wire:
            ws = await session.ws_connect((await opening("apps.connections.open"))["url"], autoping=False)
            closing.push_async_callback(ws.close)
            return Wire(ws, await ws.receive_json(timeout=5))

        yield connect


@pytest.fixture
async def card(api: Api) -> None:
    await api.posts([actions(button())])


async def tells(http: httpx.AsyncClient, do: str, **more: Any) -> list[Json]:
    answer = await http.post("/control/socket", json={"do": do, **more})
    answer.raise_for_status()
    links: list[Json] = answer.json()["links"]
    return links


async def clicks(person: Person) -> Outcome:
    return await person.clicks("Approve", (await person.reads("#support"))[-1])


class TestWhoMayConnect:
    async def test_only_the_app_token_opens_a_connection_and_it_does_nothing_else(
        self, box: Sandbox, http: httpx.AsyncClient, opening: Api
    ) -> None:
        for token, word in (
            (box.app.bot_token, "not_allowed_token_type"),
            ("xapp-1", "invalid_auth"),
            ("", "not_authed"),
        ):
            assert (await Api(http, token)("apps.connections.open"))["error"] == word
        assert (await opening("chat.postMessage", channel="C0SUPPORT", text="x"))["error"] == "not_allowed_token_type"
        assert (await opening("apps.connections.open"))["url"].startswith("ws://127.0.0.1:")

    async def test_an_app_without_socket_mode_gets_no_address(self, box: Sandbox, opening: Api) -> None:
        box.app.socket_mode = False
        assert (await opening("apps.connections.open"))["error"] == "socket_mode_not_enabled"

    async def test_an_address_is_good_for_one_connection(self, box: Sandbox, opening: Api) -> None:
        url = (await opening("apps.connections.open"))["url"]
        async with aiohttp.ClientSession() as session:
            await (await session.ws_connect(url)).close()
            for stale in (url, f"{box.url}/link/?ticket=made-up", f"{box.url}/link/"):
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await session.ws_connect(stale)
                assert refused.value.status == 403

    async def test_slack_says_hello_and_how_many_there_are(self, connects: Connect) -> None:
        first, second = await connects(), await connects()
        assert (first.hello["type"], first.hello["num_connections"]) == ("hello", 1)
        assert (second.hello["num_connections"], second.hello["debug_info"]["host"]) == (2, "applink-sandbox")

    async def test_an_eleventh_connection_is_sent_away(
        self, http: httpx.AsyncClient, box: Sandbox, connects: Connect
    ) -> None:
        wires = [await connects() for _ in range(10)]
        box.clock.advance(60)
        late = await connects()
        assert (late.hello["type"], late.hello["reason"]) == ("disconnect", "too_many_websockets")
        assert (await late.ws.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
        assert len(await tells(http, "list")) == len(wires)

    async def test_addresses_are_given_out_once_a_minute_after_the_first_ten(self, box: Sandbox, opening: Api) -> None:
        for _ in range(10):
            assert (await opening("apps.connections.open"))["ok"]
        refused = await opening.raw("apps.connections.open")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
        box.clock.advance(60)
        assert (await opening("apps.connections.open"))["ok"]


async def test_what_all_workspaces_send_goes_over_the_connections_of_the_app(
    http: httpx.AsyncClient, box: Sandbox, connects: Connect, ana: Person
) -> None:
    wire = await connects()
    world = box.slack.add("Acme Care")
    box.slack.install(world, box.app.may("T0SANDBOX1"))
    zoe = world.workspace.add_user("Zoe")
    world.workspace.add_channel("care", members=[zoe.id, world.workspace.bot.id])
    person = Person(http, zoe.id, "Zoe", world.team.id)
    teams = []
    for acting, channel in ((person, "#care"), (ana, "#support")):
        typed = asyncio.create_task(acting.types("/assay help", in_=channel))
        envelope = await wire.receives()
        teams.append(envelope["payload"]["team_id"])
        await wire.acknowledges(envelope)
        assert (await typed).toast is None
    left = asyncio.create_task(person.leaves("#care"))
    event = await wire.receives()
    await wire.acknowledges(event)
    await left
    assert teams == ["T0SANDBOX2", "T0SANDBOX1"]
    assert (event["type"], event["payload"]["team_id"]) == ("events_api", "T0SANDBOX2")


@pytest.mark.usefixtures("card")
class TestEnvelopes:
    async def test_a_click_waits_for_its_acknowledgement(self, connects: Connect, ana: Person) -> None:
        wire = await connects()
        pressed = asyncio.create_task(clicks(ana))
        envelope = await wire.receives()
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("interactive", True)
        assert envelope["payload"]["actions"][0]["action_id"] == "draft:approve"
        assert "retry_attempt" not in envelope
        await wire.ws.send_json({"envelope_id": "another"})
        assert not pressed.done()
        await wire.acknowledges(envelope)
        assert (await pressed).toast is None

    async def test_a_command_is_answered_by_what_comes_with_the_acknowledgement(
        self, connects: Connect, ana: Person
    ) -> None:
        wire = await connects()
        typed = asyncio.create_task(ana.types("/assay help me", in_="#support"))
        envelope = await wire.receives()
        assert (envelope["type"], envelope["payload"]["text"]) == ("slash_commands", "help me")
        await wire.acknowledges(envelope, {"text": "Ask Lea.", "response_type": "ephemeral"})
        assert (await typed).toast is None
        note = await ana.last_private_note("#support")
        assert note is not None
        assert note.text == "Ask Lea."

    async def test_an_event_that_is_not_acknowledged_comes_again_and_says_so(
        self, box: Sandbox, connects: Connect, ana: Person
    ) -> None:
        box.world.ack_seconds = 0.1
        wire = await connects()
        invited = asyncio.create_task(ana.invites(LEA, to="#support"))
        first, second = await wire.receives(), await wire.receives()
        await wire.acknowledges(second, {"text": "events take no answer"})
        await invited
        assert (first["type"], first["retry_attempt"], first["retry_reason"]) == ("events_api", 0, "")
        assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
        assert first["accepts_response_payload"] is False
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
        assert first["envelope_id"] != second["envelope_id"]
        assert box.traffic.entries[-1].answer == {}

    async def test_only_the_connection_it_went_over_acknowledges_an_envelope(
        self, box: Sandbox, connects: Connect, ana: Person
    ) -> None:
        box.world.ack_seconds = 0.2
        wires = [await connects(), await connects()]
        asked = {asyncio.create_task(wire.receives()): wire for wire in wires}
        pressed = asyncio.create_task(clicks(ana))
        (got,), _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        other = next(wire for wire in wires if wire is not asked[got])
        await other.acknowledges(await got)
        assert (await pressed).toast == CLICK_FAILED
        await _end(asked)

    async def test_each_envelope_goes_to_one_connection_and_each_connection_gets_some(
        self, connects: Connect, ana: Person
    ) -> None:
        wires = [await connects(), await connects()]
        counts = [0, 0]

        async def works(place: int) -> None:
            while True:
                envelope = await wires[place].receives()
                counts[place] += 1
                await wires[place].acknowledges(envelope)

        working = [asyncio.create_task(works(place)) for place in (0, 1)]
        for _ in range(4):
            assert (await clicks(ana)).toast is None
        assert counts == [2, 2]
        await _end(working)

    async def test_the_same_request_can_be_sent_once_more(
        self, http: httpx.AsyncClient, connects: Connect, ana: Person
    ) -> None:
        wire = await connects()
        pressed = asyncio.create_task(clicks(ana))
        first = await wire.receives()
        await wire.acknowledges(first)
        repeat = asyncio.create_task(http.post("/control/redeliver", json={"id": (await pressed).traffic}))
        second = await wire.receives()
        await wire.acknowledges(second)
        assert (await repeat).json()["status"] == 200
        assert second["payload"] == first["payload"]

    @pytest.mark.usefixtures("opening")
    async def test_without_a_connection_a_click_fails(self, ana: Person) -> None:
        assert (await clicks(ana)).toast == CLICK_FAILED

    async def test_the_traffic_is_that_of_http(self, box: Sandbox, connects: Connect, ana: Person) -> None:
        wire = await connects()
        pressed = asyncio.create_task(clicks(ana))
        await wire.acknowledges(await wire.receives())
        await pressed
        entry = box.traffic.entries[-1]
        assert (entry.sender, entry.kind, entry.method, entry.status) == ("user", "action", "draft:approve", 200)
        assert entry.answer == {}
        assert box.app.app_token not in json.dumps([each.shown() for each in box.traffic.entries])


@pytest.mark.usefixtures("card")
class TestFaults:
    async def test_a_connection_can_end_without_a_word(
        self, http: httpx.AsyncClient, connects: Connect, ana: Person
    ) -> None:
        wire = await connects()
        pressed = asyncio.create_task(clicks(ana))
        await wire.receives()
        assert await tells(http, "drop") == []
        assert (await pressed).toast == CLICK_FAILED
        assert (await wire.ws.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)

    async def test_an_acknowledgement_can_be_lost_with_its_connection(
        self, http: httpx.AsyncClient, connects: Connect, ana: Person
    ) -> None:
        wire = await connects()
        await tells(http, "lose_ack")
        pressed = asyncio.create_task(clicks(ana))
        await wire.acknowledges(await wire.receives())
        assert (await pressed).toast == CLICK_FAILED
        assert await tells(http, "list") == []

    async def test_a_frozen_connection_looks_open_and_is_silent(
        self, box: Sandbox, http: httpx.AsyncClient, connects: Connect, ana: Person
    ) -> None:
        box.world.ack_seconds = 0.1
        wire = await connects()
        assert [link["frozen"] for link in await tells(http, "freeze")] == [True]
        await wire.ws.ping(b"are you there")
        assert (await clicks(ana)).toast == CLICK_FAILED
        with pytest.raises(TimeoutError):
            await wire.ws.receive(timeout=0.1)
        assert [link["frozen"] for link in await tells(http, "list")] == [True]

    async def test_pings_are_answered_on_both_sides(self, http: httpx.AsyncClient, connects: Connect) -> None:
        wire = await connects()
        await wire.ws.ping(b"from the app")
        pong = await wire.ws.receive(timeout=5)
        assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"from the app")
        await tells(http, "ping")
        asked = await wire.ws.receive(timeout=5)
        assert asked.type is aiohttp.WSMsgType.PING
        await wire.ws.pong(asked.data)
        await wire.ws.ping(b"the pong was read before this")
        await wire.ws.receive(timeout=5)
        assert [link["pongs"] for link in await tells(http, "list")] == [1]

    @pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
    async def test_a_connection_that_is_asked_to_go_may_still_acknowledge_but_gets_nothing_more(
        self, http: httpx.AsyncClient, connects: Connect, ana: Person, reason: str
    ) -> None:
        old = await connects()
        pressed = asyncio.create_task(clicks(ana))
        envelope = await old.receives()
        await tells(http, "disconnect", reason=reason)
        assert (await old.receives())["reason"] == reason
        await old.acknowledges(envelope)
        assert (await pressed).toast is None
        assert (await clicks(ana)).toast == CLICK_FAILED
        new = await connects()
        pressed = asyncio.create_task(clicks(ana))
        await new.acknowledges(await new.receives())
        assert (await pressed).toast is None

    async def test_a_disabled_link_ends_socket_mode(
        self, http: httpx.AsyncClient, connects: Connect, opening: Api
    ) -> None:
        await connects()
        assert await tells(http, "disconnect", reason="link_disabled") == []
        assert (await opening("apps.connections.open"))["error"] == "socket_mode_not_enabled"

    @pytest.mark.parametrize("wish", [{"do": "dance"}, {"do": "disconnect", "reason": "boredom"}])
    async def test_what_there_is_not_is_refused(
        self, http: httpx.AsyncClient, connects: Connect, wish: dict[str, str]
    ) -> None:
        await connects()
        assert (await http.post("/control/socket", json=wish)).status_code == 409


async def _end(tasks: Any) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
