"""What each person sees, and how pages hear of changes."""

import asyncio

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.people import NotOnScreen, Person
from sandbox.server import Sandbox
from tests.sandbox.callers import NOON, Api, Json, field, text
from tests.sandbox.limit_samples import section


async def channel(person: Person, name: str) -> Json | None:
    return next((each for each in (await person.screen())["channels"] if each["name"] == name), None)


async def test_the_screen_names_people_channels_and_the_time(box: Sandbox, ana: Person) -> None:
    screen = await ana.screen()
    assert screen["now"] == NOON
    assert (screen["me"]["id"], screen["me"]["is_admin"]) == ("U0ANA", False)
    assert [user["name"] for user in screen["users"]] == ["Assay", "Ana", "Bea", "Lea"]


@pytest.mark.parametrize("flag", ["is_restricted", "is_stranger"])
async def test_guests_and_strangers_see_only_their_own_channels(
    box: Sandbox, http: httpx.AsyncClient, flag: str
) -> None:
    zoe = box.workspace.add_user("Zoe", is_restricted=flag == "is_restricted", is_stranger=flag == "is_stranger")
    assert await channel(Person(http, zoe.id, "Zoe"), "support") is None
    box.workspace.channel("C0SUPPORT").members[zoe.id] = None
    assert await channel(Person(http, zoe.id, "Zoe"), "support") is not None


async def test_colleagues_see_public_channels_and_not_private_ones(box: Sandbox, http: httpx.AsyncClient) -> None:
    box.workspace.add_channel("secret", private=True, members=["U0ANA"])
    lea = Person(http, "U0LEA", "Lea")
    support = await channel(lea, "support")
    assert support is not None
    assert support["member"] is False
    assert await channel(lea, "secret") is None


async def test_messages_are_unread_until_they_are_read(api: Api, ana: Person) -> None:
    sent = [await api.posts() for _ in range(3)]
    before = await channel(ana, "support")
    await api.http.post("/control/read", json={"user": "U0ANA", "channel": "C0SUPPORT", "ts": sent[1]})
    after = await channel(ana, "support")
    assert before is not None
    assert after is not None
    assert (before["unread"], after["unread"], after["last_ts"]) == (3, 1, sent[2])


async def test_messages_come_in_pages_oldest_first(box: Sandbox, api: Api, http: httpx.AsyncClient) -> None:
    box.world.rates.on = False
    sent = [await api.posts() for _ in range(5)]
    query: dict[str, str | int] = {"user": "U0ANA", "channel": "C0SUPPORT", "limit": 3}
    last = (await http.get("/control/messages", params=query)).json()
    first = (await http.get("/control/messages", params={**query, "before": sent[2]})).json()
    assert [message["ts"] for message in last["messages"]] == sent[2:]
    assert [message["ts"] for message in first["messages"]] == sent[:2]
    assert (last["more"], first["more"]) == (True, False)


async def test_a_thread_holds_its_parent_its_replies_and_ones_own_notes(api: Api, ana: Person, bea: Person) -> None:
    parent = await api.posts(text="Digest")
    digest = (await ana.reads("#support"))[-1]
    await api.posts(text="Figures", thread_ts=parent)
    await ana.says("Thanks", in_="#support", thread=digest)
    await api("chat.postEphemeral", channel="C0SUPPORT", user="U0ANA", text="Noted", thread_ts=parent)
    assert [m.text for m in await ana.reads_thread(digest)] == ["Digest", "Figures", "Thanks", "Noted"]
    assert [m.text for m in await bea.reads_thread(digest)] == ["Digest", "Figures", "Thanks"]
    assert [(m.text, m.reply_count) for m in await bea.reads("#support")] == [("Digest", 2)]
    note = await ana.last_private_note("#support")
    assert note is not None
    assert note.text == "Noted"


async def test_a_ping_is_recorded_with_its_message(api: Api, ana: Person) -> None:
    await api.posts([section("Hello <!channel>")], text="Hello")
    assert (await ana.reads("#support"))[-1].pings == ["<!channel>"]


async def test_all_words_of_a_message_are_read_in_order(api: Api, ana: Person) -> None:
    parts = [{"type": "text", "text": "was "}, {"type": "text", "text": "is", "style": {"bold": True}}]
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]}
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "n"}, {"type": "raw_number", "value": 31}]]}
    await api.posts([{"type": "header", "text": text("Title")}, rich, table])
    assert (await ana.reads("#support"))[-1].text_seen == "Title\nwas is\nn\n31"


async def test_fields_in_messages_are_known_by_their_label(api: Api, ana: Person) -> None:
    await api.posts([field("Reply"), section("Topic", accessory={"type": "users_select", "action_id": "u"})])
    assert (await ana.reads("#support"))[-1].fields == {"Reply": None, "Topic": None}


async def test_people_write_only_where_they_are(box: Sandbox, ana: Person, http: httpx.AsyncClient) -> None:
    await ana.says("hello\r\nthere", in_="#support")
    assert (await ana.reads("#support"))[-1].text == "hello\nthere"
    with pytest.raises(NotOnScreen, match="Lea is not in #support"):
        await Person(http, "U0LEA", "Lea").says("hi", in_="#support")
    await ana.leaves("#support")
    with pytest.raises(NotOnScreen, match="Ana is not in #support"):
        await ana.says("hi", in_="#support")


@pytest.mark.parametrize(
    ("act", "more", "why"),
    [
        ("say", {"text": "  "}, "There is nothing to send."),
        ("say", {"text": "x", "thread_ts": "1.0"}, "This thread is not there."),
        ("leave", {"who": "U0LEA"}, "Lea is not in #support."),
        ("rename", {"name": "#"}, "A channel needs a name."),
        ("invite", {"user": "U0LEA", "who": "U0BEA"}, "Lea is not in #support."),
        ("click", {"ts": "1.0", "action_id": "a"}, "Ana does not see this message."),
        ("submit", {"view_id": "V1"}, "This modal is not open."),
    ],
)
async def test_what_a_person_cannot_do_is_said_in_a_sentence(
    http: httpx.AsyncClient, act: str, more: Json, why: str
) -> None:
    answer = await http.post(f"/control/{act}", json={"user": "U0ANA", "channel": "C0SUPPORT", **more})
    assert (answer.status_code, answer.json()) == (409, {"error": why})


async def test_an_archived_channel_takes_nothing_more(box: Sandbox, ana: Person) -> None:
    box.workspace.channel("C0SUPPORT").archived = True
    with pytest.raises(NotOnScreen, match="archived"):
        await ana.says("hi", in_="#support")


async def test_a_conversation_with_the_bot_is_seen_by_its_person_alone(api: Api, ana: Person, bea: Person) -> None:
    await api("chat.postMessage", channel="U0ANA", text="Hello Ana")
    seen = await channel(ana, "Assay")
    assert seen is not None
    assert (seen["im"], seen["private"], seen["unread"]) == (True, True, 1)
    assert await channel(bea, "Assay") is None


class TestChanges:
    async def next_of(self, lines: "asyncio.Queue[str]") -> str:
        return await asyncio.wait_for(lines.get(), 2)

    async def listens(self, http: httpx.AsyncClient, user: str, lines: "asyncio.Queue[str]") -> None:
        async with http.stream("GET", "/control/events", params={"user": user}) as stream:
            async for line in stream.aiter_lines():
                if line:
                    await lines.put(line)

    async def test_a_page_hears_of_what_its_person_sees_and_of_nothing_else(
        self, box: Sandbox, http: httpx.AsyncClient, api: Api
    ) -> None:
        box.workspace.add_channel("secret", id="C0SECRET", private=True, members=["U0BEA", box.workspace.bot.id])
        lines: asyncio.Queue[str] = asyncio.Queue()
        task = asyncio.ensure_future(self.listens(http, "U0ANA", lines))
        assert (await self.next_of(lines)).startswith('data: {"version": ')
        await api.posts(channel="C0SECRET")
        await api("chat.postEphemeral", channel="C0SUPPORT", user="U0BEA", text="x")
        assert lines.empty()
        await api.posts()
        assert await self.next_of(lines) == f'data: {{"version": {box.world.version}}}'
        assert lines.empty()
        task.cancel()
        await asyncio.wait([task])


class TestControl:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("screen?user=U0NOBODY", 409),
            ("messages?user=U0ANA&channel=C0NONE", 409),
            ("messages?user=U0ANA&channel=C0SUPPORT&limit=x", 400),
            ("secrets", 404),
        ],
    )
    async def test_what_cannot_be_read_is_said(self, http: httpx.AsyncClient, path: str, status: int) -> None:
        answer = await http.get(f"/control/{path}")
        assert answer.status_code == status
        assert answer.json()["error"]

    @pytest.mark.parametrize("what", ["dance", "users"])
    async def test_what_cannot_be_done_is_said(self, http: httpx.AsyncClient, what: str) -> None:
        answer = await http.post(f"/control/{what}", json={})
        assert answer.status_code == 400
        assert answer.json()["error"]

    async def test_a_workspace_can_be_built_through_it(self, box: Sandbox, http: httpx.AsyncClient) -> None:
        made = (await http.post("/control/users", json={"name": "Ida", "is_admin": True})).json()
        placed = (await http.post("/control/channels", json={"name": "care", "members": [made["id"]]})).json()
        await http.post("/control/app", json={"request_url": "http://127.0.0.1:9/x", "scopes": ["chat:write"]})
        assert box.workspace.user(made["id"]).is_admin
        assert made["id"] in box.workspace.channel(placed["id"]).members
        assert (box.app.request_url, box.app.scopes) == ("http://127.0.0.1:9/x", {"chat:write"})

    async def test_the_clock_is_read_and_set(self, box: Sandbox, http: httpx.AsyncClient) -> None:
        assert (await http.get("/control/clock")).json() == {"now": NOON, "real": False}
        await http.post("/control/clock", json={"now": NOON + 60, "advance": 5})
        assert box.clock.now() == NOON + 65


def test_a_real_clock_moves_and_can_be_put_forward() -> None:
    clock = Clock.real()
    before = clock.now()
    clock.advance(3_600)
    assert 3_600 <= clock.now() - before < 3_660
    assert clock.is_real


def test_timestamps_grow_even_when_the_clock_goes_back() -> None:
    clock = Clock.at(NOON)
    workspace = Sandbox(clock=clock).workspace
    first = workspace.next_ts()
    clock.set(NOON - 60)
    assert float(workspace.next_ts()) > float(first)
