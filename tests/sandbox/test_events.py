"""What the bot hears of channels, and how often it is tried."""

import asyncio

import httpx
import pytest
from aiohttp import web

from sandbox.clock import Clock
from sandbox.people import NotOnScreen, Person
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Heard, Listener, home
from tests.sandbox.limit_samples import section

LEA = "U0LEA"


def broken(_heard: Heard) -> web.Response:
    return web.Response(status=500)


def nums(listener: Listener) -> list[str | None]:
    return [heard.headers.get("x-slack-retry-num") for heard in listener.heard]


async def test_the_bot_hears_who_joins(ana: Person, listener: Listener) -> None:
    await ana.invites(LEA, to="#support")
    body = listener.last
    assert (body["type"], body["team_id"]) == ("event_callback", "T0SANDBOX1")
    assert body["event"] == {
        "type": "member_joined_channel",
        "user": LEA,
        "channel": "C0SUPPORT",
        "channel_type": "C",
        "inviter": "U0ANA",
        "team": "T0SANDBOX1",
        "event_ts": body["event"]["event_ts"],
    }


async def test_the_bot_hears_of_its_own_invitation(box: Sandbox, ana: Person, listener: Listener) -> None:
    box.workspace.add_channel("billing", members=["U0ANA"])
    await ana.invites(box.workspace.bot.id, to="#billing")
    assert listener.last["event"]["user"] == box.workspace.bot.id


async def test_the_bot_hears_nothing_of_channels_it_is_not_in(box: Sandbox, ana: Person, listener: Listener) -> None:
    box.workspace.add_channel("billing", members=["U0ANA"])
    await ana.invites("U0BEA", to="#billing")
    assert listener.heard == []


@pytest.mark.parametrize(
    ("act", "more", "kind"),
    [
        ("leave", {}, "member_left_channel"),
        ("leave", {"who": "U0BEA"}, "member_left_channel"),
        ("leave", {"who": "U0SANDBOT1"}, "member_left_channel"),
        ("archive", {}, "channel_archive"),
        ("rename", {"name": "care"}, "channel_rename"),
        ("uninstall", {}, "app_uninstalled"),
    ],
)
async def test_the_bot_hears_of_what_happens_to_its_channels(
    http: httpx.AsyncClient, listener: Listener, act: str, more: dict[str, str], kind: str
) -> None:
    answer = await http.post(f"/control/{act}", json={"user": "U0ANA", "channel": "C0SUPPORT", **more})
    assert answer.status_code == 200
    assert listener.last["event"]["type"] == kind


async def test_private_channels_have_names_of_their_own_for_events(
    box: Sandbox, http: httpx.AsyncClient, listener: Listener
) -> None:
    leads = box.workspace.add_channel("leads", private=True, members=["U0ANA", box.workspace.bot.id])
    await http.post("/control/archive", json={"user": "U0ANA", "channel": leads.id})
    assert listener.last["event"]["type"] == "group_archive"


@pytest.mark.parametrize(("private", "kind"), [(False, "channel"), (True, "group")])
async def test_the_bot_hears_how_channels_end_and_come_back(
    box: Sandbox, http: httpx.AsyncClient, api: Api, listener: Listener, private: bool, kind: str
) -> None:
    leads = box.workspace.add_channel("leads", private=private, members=[LEA, box.workspace.bot.id])
    act = {"user": LEA, "channel": leads.id}
    for name, heard, archived in (("archive", "archive", True), ("unarchive", "unarchive", False)):
        assert (await http.post(f"/control/{name}", json=act)).status_code == 200
        event = listener.last["event"]
        assert (event["type"], event["channel"], event["user"]) == (f"{kind}_{heard}", leads.id, LEA)
        shown = await api("conversations.info", channel=leads.id)
        assert shown["channel"]["is_archived"] is archived
    await http.post("/control/archive", json=act)
    assert (await http.post("/control/delete", json=act)).status_code == 200
    event = listener.last["event"]
    assert (event["type"], event["channel"]) == (f"{kind}_deleted", leads.id)
    assert (await api("conversations.info", channel=leads.id))["error"] == "channel_not_found"
    assert (await api("chat.postMessage", channel=leads.id, text="x"))["error"] == "channel_not_found"
    assert box.workspace.add_channel("leads").id != leads.id


@pytest.mark.parametrize(
    ("act", "user", "why"),
    [
        ("delete", "U0ANA", "Ana is no admin: only admins delete channels."),
        ("unarchive", "U0ANA", "#support is not an archived channel of Ana."),
        ("deactivate", "U0SANDBOT1", "Apps are uninstalled, not deactivated."),
    ],
)
async def test_what_does_not_happen_to_channels_and_people(
    http: httpx.AsyncClient, listener: Listener, act: str, user: str, why: str
) -> None:
    answer = await http.post(f"/control/{act}", json={"user": user, "channel": "C0SUPPORT"})
    assert (answer.status_code, answer.json()) == (409, {"error": why})
    assert listener.heard == []


async def test_an_answer_to_a_click_in_a_channel_that_is_gone_is_refused(
    http: httpx.AsyncClient, ana: Person, listener: Listener
) -> None:
    await ana.types("/assay", in_="#support")
    address = listener.heard[-1].form["response_url"]
    await http.post("/control/delete", json={"user": LEA, "channel": "C0SUPPORT"})
    answer = await http.post(address, json={"text": "Saved"})
    assert (answer.status_code, answer.json()["error"]) == (404, "channel_not_found")


class TestDeactivation:
    async def test_a_person_leaves_every_channel(
        self, box: Sandbox, http: httpx.AsyncClient, api: Api, listener: Listener
    ) -> None:
        box.workspace.add_channel("leads", private=True, members=["U0ANA", box.workspace.bot.id])
        box.workspace.add_channel("elsewhere", members=["U0ANA"])
        await http.post("/control/deactivate", json={"user": LEA, "who": "U0ANA"})
        told = [heard.payload["event"] for heard in listener.heard]
        assert [(event["type"], event["user"], event["channel_type"]) for event in told] == [
            ("member_left_channel", "U0ANA", "C"),
            ("member_left_channel", "U0ANA", "G"),
        ]
        assert "U0ANA" not in (await api("conversations.members", channel="C0SUPPORT"))["members"]

    async def test_little_more_than_the_name_is_told_of_them(self, http: httpx.AsyncClient, api: Api) -> None:
        await http.post("/control/deactivate", json={"user": "U0ANA"})
        shown = (await api("users.info", user="U0ANA"))["user"]
        assert (shown["deleted"], shown["profile"]["real_name"]) == (True, "Ana")
        assert not {"tz", "is_admin", "is_restricted"} & set(shown)
        assert [each["deleted"] for each in (await api("users.list"))["members"]] == [False, True, False, False]

    async def test_they_can_do_nothing_more(self, http: httpx.AsyncClient, api: Api, ana: Person) -> None:
        await http.post("/control/deactivate", json={"user": "U0ANA"})
        with pytest.raises(NotOnScreen, match="The account of Ana is deactivated"):
            await ana.screen()
        assert (await http.get("/control/screen")).json()["me"]["name"] == "Bea"
        published = await api("views.publish", user_id="U0ANA", view=home(section()))
        assert published["error"] == "invalid_arguments"

    async def test_the_conversation_with_the_app_still_takes_messages(self, http: httpx.AsyncClient, api: Api) -> None:
        before = await api("chat.postMessage", channel="U0ANA", text="Hello")
        await http.post("/control/deactivate", json={"user": "U0ANA"})
        after = await api("chat.postMessage", channel="U0ANA", text="Hello again")
        assert (after["ok"], after["channel"]) == (True, before["channel"])


@pytest.mark.parametrize("missing", ["subscription", "scope"])
async def test_an_event_needs_its_subscription_and_its_scope(
    box: Sandbox, ana: Person, listener: Listener, missing: str
) -> None:
    if missing == "scope":
        box.app.scopes.remove("channels:read")
    else:
        box.app.events.remove("member_joined_channel")
    await ana.invites(LEA, to="#support")
    assert listener.heard == []


class TestRetries:
    async def test_three_come_at_once_after_a_minute_and_after_five(
        self, http: httpx.AsyncClient, ana: Person, listener: Listener
    ) -> None:
        listener.answer = broken
        await ana.invites(LEA, to="#support")
        assert nums(listener) == [None, "1"]
        for seconds, expected in ((59, 2), (1, 3), (239, 3), (1, 4), (3_600, 4)):
            await http.post("/control/clock", json={"advance": seconds})
            assert len(listener.heard) == expected
        assert nums(listener) == [None, "1", "2", "3"]
        assert len({heard.payload["event_id"] for heard in listener.heard}) == 1

    async def test_they_end_with_the_first_success(
        self, http: httpx.AsyncClient, ana: Person, listener: Listener
    ) -> None:
        listener.answer = lambda _heard: web.Response(status=500 if len(listener.heard) < 2 else 200)
        await ana.invites(LEA, to="#support")
        answer = await http.post("/control/clock", json={"retry": True})
        assert (nums(listener), answer.json()["retries"]) == ([None, "1"], 0)

    async def test_all_that_wait_can_be_sent_at_once(
        self, http: httpx.AsyncClient, ana: Person, listener: Listener
    ) -> None:
        listener.answer = broken
        await ana.invites(LEA, to="#support")
        await http.post("/control/clock", json={"retry": True})
        assert nums(listener) == [None, "1", "2"]

    async def test_the_bot_can_ask_for_none(self, ana: Person, listener: Listener) -> None:
        listener.answer = lambda _heard: web.Response(status=500, headers={"X-Slack-No-Retry": "1"})
        await ana.invites(LEA, to="#support")
        assert nums(listener) == [None]

    async def test_a_status_is_told_as_the_reason(self, ana: Person, listener: Listener) -> None:
        listener.answer = broken
        await ana.invites(LEA, to="#support")
        assert listener.heard[-1].headers["x-slack-retry-reason"] == "http_error"

    async def test_a_lost_connection_is_told_as_the_reason(self, ana: Person, listener: Listener) -> None:
        listener.dropping = True
        await ana.invites(LEA, to="#support")
        assert listener.heard[-1].headers["x-slack-retry-reason"] == "connection_failed"

    async def test_silence_is_told_as_the_reason(self, box: Sandbox, ana: Person, listener: Listener) -> None:
        listener.hold = asyncio.Event()
        box.world.ack_seconds = 0.1
        await ana.invites(LEA, to="#support")
        listener.hold.set()
        assert listener.heard[-1].headers["x-slack-retry-reason"] == "http_timeout"

    async def test_with_a_real_clock_they_come_by_themselves(self) -> None:
        box = Sandbox(clock=Clock.real())
        box.workspace.add_channel("support", id="C0SUPPORT", members=[box.workspace.add_user("Ana", id="U0ANA").id])
        box.workspace.channel("C0SUPPORT").members[box.workspace.bot.id] = None
        box.workspace.add_user("Lea", id=LEA)
        box.events.pauses = (0.0, 0.01, 0.02)
        await box.start()
        async with Listener() as listener, httpx.AsyncClient(base_url=box.url) as http:
            box.app.request_url, listener.answer = listener.url, broken
            await Person(http, "U0ANA", "Ana").invites(LEA, to="#support")
            heard = [await asyncio.wait_for(listener.arrivals.get(), 2) for _ in range(4)]
        await box.stop()
        assert [each.headers.get("x-slack-retry-num") for each in heard] == [None, "1", "2", "3"]
