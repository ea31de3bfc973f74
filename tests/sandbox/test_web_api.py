"""Who may call what of the Web API, and what it answers."""

import httpx
import pytest

from sandbox.people import Person
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Json

METADATA = {"event_type": "draft_card", "event_payload": {"delivery_id": "d1"}}
NEEDS = {
    "chat:write": ("chat.postMessage", {"channel": "C0SUPPORT", "text": "x"}),
    "users:read": ("users.info", {"user": "U0ANA"}),
    "channels:read": ("conversations.info", {"channel": "C0SUPPORT"}),
    "channels:history": ("conversations.history", {"channel": "C0SUPPORT"}),
}


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-other", "invalid_auth")])
async def test_a_call_needs_the_apps_token(http: httpx.AsyncClient, token: str, error: str) -> None:
    assert (await Api(http, token)("auth.test"))["error"] == error


async def test_the_token_stops_working_with_the_uninstall(box: Sandbox, http: httpx.AsyncClient, api: Api) -> None:
    await http.post("/control/uninstall", json={})
    assert (await api("auth.test"))["error"] == "token_revoked"


@pytest.mark.parametrize("scope", NEEDS)
async def test_a_call_needs_its_scope(box: Sandbox, api: Api, scope: str) -> None:
    method, args = NEEDS[scope]
    assert (await api(method, **args))["ok"]
    box.app.scopes.remove(scope)
    answer = await api(method, **args)
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)
    assert scope not in answer["provided"].split(",")


async def test_unknown_methods_and_arguments_are_refused(api: Api) -> None:
    assert (await api("chat.shout"))["error"] == "unknown_method"
    answer = await api("users.info", user="U0ANA", client_msg_id="1")
    assert answer["response_metadata"]["messages"] == ["[ERROR] unknown argument: client_msg_id"]


async def test_forms_and_query_strings_are_taken_like_json(box: Sandbox, http: httpx.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {box.app.bot_token}"}
    form = {"channel": "C0SUPPORT", "text": "A card", "blocks": '[{"type": "divider"}]'}
    posted = (await http.post("/api/chat.postMessage", data=form, headers=headers)).json()
    assert posted["message"]["blocks"] == [{"type": "divider", "block_id": "b1"}]
    found = await http.get("/api/users.info", params={"user": "U0ANA"}, headers=headers)
    assert found.json()["user"]["real_name"] == "Ana"


async def test_auth_test_says_who_the_bot_is(box: Sandbox, api: Api) -> None:
    answer = await api("auth.test")
    assert (answer["team_id"], answer["user_id"]) == ("T0SANDBOX1", box.workspace.bot.id)


class TestMembership:
    async def test_a_channel_that_tells_who_joined_says_so_in_their_own_name(
        self, box: Sandbox, http: httpx.AsyncClient, api: Api, ana: Person
    ) -> None:
        billing = box.workspace.add_channel("billing", members=["U0ANA"])
        await http.post("/control/workspace", json={"tells_joins": True})
        await ana.invites(box.workspace.bot.id, to="#billing")
        (said,) = (await api("conversations.history", channel=billing.id, include_all_metadata=True))["messages"]
        assert (said["subtype"], said["user"], said["inviter"]) == ("channel_join", box.workspace.bot.id, "U0ANA")
        assert {"metadata", "bot_id"}.isdisjoint(said)

    async def test_the_bot_writes_only_where_it_is_a_member(self, box: Sandbox, api: Api) -> None:
        elsewhere = box.workspace.add_channel("elsewhere")
        assert (await api("chat.postMessage", channel=elsewhere.id, text="x"))["error"] == "not_in_channel"
        assert (await api("conversations.history", channel=elsewhere.id))["error"] == "not_in_channel"
        assert (await api("conversations.info", channel=elsewhere.id))["channel"]["is_member"] is False

    @pytest.mark.parametrize(
        "method", ["chat.postMessage", "conversations.info", "conversations.members", "conversations.history"]
    )
    async def test_a_private_channel_without_the_bot_does_not_exist(self, box: Sandbox, api: Api, method: str) -> None:
        secret = box.workspace.add_channel("secret", private=True, members=["U0ANA"])
        more = {"text": "x"} if method == "chat.postMessage" else {}
        assert (await api(method, channel=secret.id, **more))["error"] == "channel_not_found"

    async def test_nothing_is_written_in_an_archived_channel(self, box: Sandbox, api: Api) -> None:
        ts = await api.posts()
        box.workspace.channel("C0SUPPORT").archived = True
        assert (await api("chat.postMessage", channel="C0SUPPORT", text="x"))["error"] == "is_archived"
        assert (await api("chat.update", channel="C0SUPPORT", ts=ts, text="x"))["error"] == "is_archived"

    async def test_members_come_in_pages(self, api: Api) -> None:
        first = await api("conversations.members", channel="C0SUPPORT", limit=2)
        cursor = first["response_metadata"]["next_cursor"]
        second = await api("conversations.members", channel="C0SUPPORT", limit=2, cursor=cursor)
        assert first["members"] == ["U0ANA", "U0BEA"]
        assert (second["members"], second["response_metadata"]["next_cursor"]) == (["U0SANDBOT1"], "")

    async def test_channels_are_listed_by_kind(self, box: Sandbox, api: Api) -> None:
        box.workspace.add_channel("secret", private=True)
        box.workspace.add_channel("leads", private=True, members=[box.workspace.bot.id])
        answer = await api("conversations.list", types="public_channel,private_channel")
        assert [channel["name"] for channel in answer["channels"]] == ["support", "leads"]

    async def test_a_stranger_is_told_from_a_colleague(self, box: Sandbox, api: Api) -> None:
        zoe = box.workspace.add_user("Zoe", is_stranger=True)
        found: Json = (await api("users.info", user=zoe.id))["user"]
        assert found["is_stranger"] is True
        assert found["team_id"] != "T0SANDBOX1"

    async def test_the_time_zone_of_a_person_has_the_offset_of_the_day(self, box: Sandbox, api: Api) -> None:
        ida = box.workspace.add_user("Ida", tz="America/New_York")
        assert (await api("users.info", user=ida.id))["user"]["tz_offset"] == -5 * 3600


class TestMessages:
    async def test_a_text_is_always_required(self, api: Api) -> None:
        answer = await api("chat.postMessage", channel="C0SUPPORT", blocks=[{"type": "divider"}])
        assert answer["error"] == "no_text"

    async def test_only_the_apps_own_messages_can_be_changed(self, http: httpx.AsyncClient, api: Api) -> None:
        said = (await http.post("/control/say", json={"user": "U0ANA", "channel": "C0SUPPORT", "text": "hi"})).json()
        answer = await api("chat.update", channel="C0SUPPORT", ts=said["ts"], text="x")
        assert answer["error"] == "cant_update_message"
        assert (await api("chat.update", channel="C0SUPPORT", ts="1.000000", text="x"))["error"] == "message_not_found"

    async def test_an_update_without_blocks_drops_them(self, api: Api) -> None:
        ts = await api.posts([{"type": "divider"}])
        await api("chat.update", channel="C0SUPPORT", ts=ts, text="done")
        found = await api("conversations.history", channel="C0SUPPORT")
        assert (found["messages"][0]["text"], found["messages"][0]["blocks"]) == ("done", [])

    async def test_a_message_to_a_user_goes_to_their_conversation_with_the_bot(self, api: Api) -> None:
        first = await api("chat.postMessage", channel="U0ANA", text="Hello")
        second = await api("chat.postMessage", channel="U0ANA", text="Hello again")
        assert first["channel"].startswith("D")
        assert second["channel"] == first["channel"]

    async def test_an_app_without_a_messages_tab_writes_to_nobody_directly(self, box: Sandbox, api: Api) -> None:
        box.app.messages_tab = False
        assert (await api("chat.postMessage", channel="U0ANA", text="Hello"))["error"] == "messages_tab_disabled"

    async def test_metadata_is_read_back_only_when_asked_for(self, api: Api) -> None:
        await api.posts(metadata=METADATA)
        bare = await api("conversations.history", channel="C0SUPPORT")
        whole = await api("conversations.history", channel="C0SUPPORT", include_all_metadata=True)
        assert bare["messages"][0]["metadata"] == {**METADATA, "event_payload": {}}
        assert whole["messages"][0]["metadata"] == METADATA

    @pytest.mark.parametrize(
        ("given", "given_back"),
        [
            ({"type": "mrkdwn", "text": "R&D <@U0ANA>"}, "R&amp;D <@U0ANA>"),
            ({"type": "mrkdwn", "text": "R&amp;D"}, "R&amp;D"),
            ({"type": "plain_text", "text": "1 < 2"}, "1 &lt; 2"),
        ],
    )
    async def test_texts_of_blocks_are_given_back_with_entities(
        self, api: Api, ana: Person, given: Json, given_back: str
    ) -> None:
        await api.posts([{"type": "section", "text": given}])
        (message,) = (await api("conversations.history", channel="C0SUPPORT"))["messages"]
        assert message["blocks"][0]["text"]["text"] == given_back
        assert (await ana.reads("#support"))[0].text_seen == given["text"]

    async def test_history_is_newest_first_and_15_to_a_page(self, box: Sandbox, api: Api) -> None:
        box.world.rates.on = False
        sent = [await api.posts() for _ in range(20)]
        first = await api("conversations.history", channel="C0SUPPORT", limit=100)
        cursor = first["response_metadata"]["next_cursor"]
        second = await api("conversations.history", channel="C0SUPPORT", limit=100, cursor=cursor)
        assert [message["ts"] for message in first["messages"] + second["messages"]] == sent[::-1]
        assert (len(first["messages"]), first["has_more"], second["has_more"]) == (15, True, False)

    async def test_oldest_and_latest_are_outside_unless_inclusive(self, api: Api) -> None:
        sent = [await api.posts() for _ in range(3)]
        window: Json = {"channel": "C0SUPPORT", "oldest": sent[0], "latest": sent[2]}
        inner = await api("conversations.history", **window)
        outer = await api("conversations.history", **window, inclusive=True)
        assert [message["ts"] for message in inner["messages"]] == [sent[1]]
        assert len(outer["messages"]) == 3
        assert (await api("conversations.history", channel="C0SUPPORT", oldest="soon"))["error"] == "invalid_ts_oldest"

    async def test_replies_are_read_with_their_parent_and_not_in_the_channel(self, api: Api) -> None:
        parent = await api.posts()
        reply = await api.posts(thread_ts=parent)
        thread = await api("conversations.replies", channel="C0SUPPORT", ts=parent)
        channel = await api("conversations.history", channel="C0SUPPORT")
        assert [message["ts"] for message in thread["messages"]] == [parent, reply]
        assert [message["ts"] for message in channel["messages"]] == [parent]
        assert channel["messages"][0]["reply_count"] == 1

    async def test_a_reply_needs_its_thread(self, api: Api) -> None:
        answer = await api("chat.postMessage", channel="C0SUPPORT", text="x", thread_ts="1.000000")
        assert answer["error"] == "thread_not_found"

    @pytest.mark.parametrize(
        "metadata", ["x", {"event_type": "e"}, {"event_type": "e", "event_payload": [1]}, {**METADATA, "more": 1}]
    )
    async def test_metadata_has_a_type_and_a_payload(self, api: Api, metadata: object) -> None:
        answer = await api("chat.postMessage", channel="C0SUPPORT", text="x", metadata=metadata)
        assert answer["error"] == "invalid_metadata_format"

    async def test_a_permalink_leads_to_a_message_that_exists(self, box: Sandbox, api: Api) -> None:
        ts = await api.posts()
        found = await api("chat.getPermalink", channel="C0SUPPORT", message_ts=ts)
        assert found["permalink"].startswith(box.url)
        assert (await api("chat.getPermalink", channel="C0SUPPORT", message_ts="1.0"))["error"] == "message_not_found"


class TestDeleting:
    async def test_the_app_deletes_its_own_message(self, api: Api, ana: Person) -> None:
        ts = await api.posts()
        assert await api("chat.delete", channel="C0SUPPORT", ts=ts) == {"ok": True, "channel": "C0SUPPORT", "ts": ts}
        assert await ana.reads("#support") == []
        assert (await api("conversations.history", channel="C0SUPPORT"))["messages"] == []
        for method, more in (("chat.delete", {}), ("chat.update", {"text": "x"})):
            assert (await api(method, channel="C0SUPPORT", ts=ts, **more))["error"] == "message_not_found"

    async def test_it_deletes_nobody_elses_and_none_that_only_one_person_sees(
        self, http: httpx.AsyncClient, api: Api
    ) -> None:
        said = (await http.post("/control/say", json={"user": "U0ANA", "channel": "C0SUPPORT", "text": "hi"})).json()
        note = await api("chat.postEphemeral", channel="C0SUPPORT", user="U0ANA", text="x")
        for ts, error in (
            (said["ts"], "cant_delete_message"),
            (note["message_ts"], "message_not_found"),
            ("1.000000", "message_not_found"),
        ):
            assert (await api("chat.delete", channel="C0SUPPORT", ts=ts))["error"] == error
        assert (await api("chat.delete", channel="C0NOWHERE", ts="1.0"))["error"] == "channel_not_found"

    async def test_a_reply_is_gone_from_its_thread(self, api: Api) -> None:
        parent = await api.posts()
        reply = await api.posts(thread_ts=parent)
        assert (await api("chat.delete", channel="C0SUPPORT", ts=reply))["ok"]
        thread = await api("conversations.replies", channel="C0SUPPORT", ts=parent)
        assert [message["ts"] for message in thread["messages"]] == [parent]

    async def test_an_answered_message_leaves_a_line_above_its_thread(self, api: Api, ana: Person) -> None:
        parent = await api.posts(metadata=METADATA)
        reply = await api.posts(thread_ts=parent)
        assert (await api("chat.delete", channel="C0SUPPORT", ts=parent))["ok"]
        (left,) = (await api("conversations.history", channel="C0SUPPORT", include_all_metadata=True))["messages"]
        assert (left["subtype"], left["text"]) == ("tombstone", "This message was deleted.")
        assert "metadata" not in left
        assert "bot_id" not in left
        assert (await api("chat.delete", channel="C0SUPPORT", ts=parent))["error"] == "message_not_found"
        assert (await api("chat.update", channel="C0SUPPORT", ts=parent, text="x"))["error"] == "message_not_found"
        (card,) = await ana.reads("#support")
        assert card.text == "This message was deleted."
        assert [message.ts for message in await ana.reads_thread(card)] == [parent, reply]


class TestEphemeral:
    async def test_it_is_only_for_members_of_the_channel(self, api: Api) -> None:
        answer = await api("chat.postEphemeral", channel="C0SUPPORT", user="U0LEA", text="x")
        assert answer["error"] == "user_not_in_channel"

    async def test_it_is_in_no_history_and_cannot_be_updated(self, api: Api) -> None:
        posted = await api("chat.postEphemeral", channel="C0SUPPORT", user="U0ANA", text="x", metadata=METADATA)
        assert (await api("conversations.history", channel="C0SUPPORT"))["messages"] == []
        answer = await api("chat.update", channel="C0SUPPORT", ts=posted["message_ts"], text="y")
        assert answer["error"] == "message_not_found"
