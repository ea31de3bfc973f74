"""Several workspaces in one Slack: what belongs to one is unknown in the other."""

from dataclasses import dataclass

import httpx
import pytest

from sandbox.people import NotOnScreen, Person
from sandbox.server import Sandbox
from sandbox.workspace import BOT_USER_ID, TEAM_ID
from tests.sandbox.callers import Api, Json, Listener, actions, asks, button, home
from tests.sandbox.desk import EDIT

CARD = [actions(button("Edit", "draft:edit"))]
HERE = {"channel": "C0SUPPORT"}


@dataclass
class Acme:
    """Another workspace that has the app: #care, with Zoe, Yan (admin) and the bot in it."""

    team: str
    bot: str
    channel: str
    api: Api
    zoe: Person
    yan: Person


@pytest.fixture
async def acme(http: httpx.AsyncClient) -> Acme:
    made = await asks(http, "workspaces", name="Acme Care", install=True)
    team = made["id"]
    people = {name: await asks(http, "users", team=team, name=name, is_admin=name == "Yan") for name in ("Zoe", "Yan")}
    inside = [*(each["id"] for each in people.values()), made["bot_user"]]
    channel = await asks(http, "channels", team=team, name="care", members=inside)
    zoe, yan = (Person(http, each["id"], name, team) for name, each in people.items())
    return Acme(team, made["bot_user"], channel["id"], Api(http, made["token"]), zoe, yan)


async def test_each_token_speaks_for_its_workspace(api: Api, acme: Acme, box: Sandbox) -> None:
    first, second = await api("auth.test"), await acme.api("auth.test")
    assert (first["team_id"], first["team"], first["user_id"]) == (TEAM_ID, "Sandbox", BOT_USER_ID)
    assert (second["team_id"], second["team"], second["user_id"]) == (acme.team, "Acme Care", acme.bot)
    assert (first["url"], second["url"]) == (f"{box.url}/", f"{box.url}/{acme.team}/")
    assert first["bot_id"] != second["bot_id"]


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("conversations.info", "channel_not_found"),
        ("conversations.members", "channel_not_found"),
        ("conversations.history", "channel_not_found"),
        ("chat.postMessage", "channel_not_found"),
        ("chat.update", "channel_not_found"),
        ("chat.delete", "channel_not_found"),
        ("chat.postEphemeral", "channel_not_found"),
    ],
)
async def test_a_channel_of_another_workspace_does_not_exist(api: Api, acme: Acme, method: str, error: str) -> None:
    more: Json = {"text": "x"} if method.startswith("chat.") and method != "chat.delete" else {}
    more |= {"ts": "1.000000"} if method in ("chat.update", "chat.delete") else {}
    more |= {"user": "U0ANA"} if method == "chat.postEphemeral" else {}
    assert (await api(method, channel=acme.channel, **more))["error"] == error
    assert (await acme.api(method, channel="C0SUPPORT", **more))["error"] == error


async def test_a_person_of_another_workspace_does_not_exist(api: Api, acme: Acme) -> None:
    assert (await api("users.info", user=acme.zoe.id))["error"] == "user_not_found"
    assert (await acme.api("users.info", user="U0ANA"))["error"] == "user_not_found"
    assert (await acme.api("chat.postMessage", channel="U0ANA", text="Hello"))["error"] == "channel_not_found"
    assert (await acme.api("views.publish", user_id="U0ANA", view=home()))["error"] == "invalid_arguments"
    listed = [each["id"] for each in (await acme.api("users.list"))["members"]]
    assert set(listed) == {acme.bot, acme.zoe.id, acme.yan.id}


async def test_people_and_channels_are_listed_by_workspace(api: Api, acme: Acme) -> None:
    named = [each["name"] for each in (await acme.api("conversations.list"))["channels"]]
    assert named == ["care"]
    assert {each["team_id"] for each in (await acme.api("users.list"))["members"]} == {acme.team}
    assert (await acme.api("conversations.info", channel=acme.channel))["channel"]["context_team_id"] == acme.team


async def test_a_card_is_seen_in_its_workspace_only(api: Api, acme: Acme, ana: Person) -> None:
    posted = await acme.api("chat.postMessage", channel=acme.channel, text="A card")
    assert posted["message"]["team"] == acme.team
    assert [each.text for each in await acme.zoe.reads("#care")] == ["A card"]
    assert await ana.reads("#support") == []
    with pytest.raises(NotOnScreen, match="There is no channel"):
        await ana.reads(acme.channel)


async def test_nobody_acts_in_another_workspace(http: httpx.AsyncClient, acme: Acme) -> None:
    stranger = Person(http, "U0ANA", "Ana", acme.team)
    with pytest.raises(NotOnScreen, match="There is no user U0ANA"):
        await stranger.screen()
    with pytest.raises(NotOnScreen, match="There is no workspace T0NOWHERE"):
        await Person(http, "U0ANA", "Ana", "T0NOWHERE").screen()


async def test_what_the_app_hears_names_the_workspace(acme: Acme, ana: Person, listener: Listener) -> None:
    await acme.api("chat.postMessage", channel=acme.channel, text="A card", blocks=CARD)
    (card,) = await acme.zoe.reads("#care")
    await acme.zoe.clicks("Edit", card)
    click = listener.last
    assert (click["team"], click["user"]["team_id"]) == ({"id": acme.team, "domain": "acme-care"}, acme.team)
    assert click["message"]["bot_id"] == (await acme.api("auth.test"))["bot_id"]
    await acme.zoe.types("/assay help", in_="#care")
    assert listener.heard[-1].form["team_id"] == acme.team
    assert listener.heard[-1].form["team_domain"] == "acme-care"
    await acme.zoe.leaves("#care")
    assert (listener.last["team_id"], listener.last["authorizations"][0]["user_id"]) == (acme.team, acme.bot)
    await ana.leaves("#support")
    assert (listener.last["team_id"], listener.last["event"]["team"]) == (TEAM_ID, TEAM_ID)


async def test_tickets_of_one_workspace_are_worth_nothing_in_another(
    api: Api, acme: Acme, ana: Person, listener: Listener, http: httpx.AsyncClient
) -> None:
    await api.posts(CARD)
    await ana.clicks("Edit", (await ana.reads("#support"))[0])
    await acme.api("chat.postMessage", channel=acme.channel, text="A card", blocks=CARD)
    (card,) = await acme.zoe.reads("#care")
    await acme.zoe.clicks("Edit", card)
    trigger, address = listener.last["trigger_id"], listener.last["response_url"]
    assert (await api("views.open", trigger_id=trigger, view=EDIT))["error"] == "invalid_trigger_id"
    opened = await acme.api("views.open", trigger_id=trigger, view=EDIT)
    assert (opened["view"]["team_id"], opened["view"]["app_installed_team_id"]) == (acme.team, acme.team)
    assert (await api("views.update", view_id=opened["view"]["id"], view=EDIT))["error"] == "not_found"
    assert (await http.post(address, json={"text": "Saved."})).status_code == 200
    note = await acme.zoe.last_private_note("#care")
    assert note is not None
    assert note.text == "Saved."
    assert await ana.last_private_note("#support") is None
    assert await ana.modal() is None


async def test_the_same_ids_in_two_workspaces_are_two_channels(
    http: httpx.AsyncClient, api: Api, acme: Acme, ana: Person
) -> None:
    await asks(http, "channels", team=acme.team, name="support", id="C0SUPPORT", members=[acme.zoe.id, acme.bot])
    await acme.api("chat.postMessage", **HERE, text="For Acme")
    await api.posts()
    assert [each.text for each in await ana.reads("#support")] == ["A card"]
    assert [each.text for each in await acme.zoe.reads("#support")] == ["For Acme"]


async def test_each_workspace_has_limits_of_its_own(api: Api, acme: Acme) -> None:
    answers = [await api("users.list") for _ in range(21)]
    assert [each["ok"] for each in answers] == [True] * 20 + [False]
    assert (await acme.api("users.list"))["ok"]


async def test_a_fault_may_strike_one_workspace_only(http: httpx.AsyncClient, api: Api, acme: Acme) -> None:
    await asks(http, "faults", method="*", kind="error", error="fatal_error", times=2, team=acme.team)
    assert (await api("auth.test"))["ok"]
    assert (await acme.api("auth.test"))["error"] == "fatal_error"
    assert (await api("auth.test"))["ok"]


async def test_files_are_of_one_workspace(http: httpx.AsyncClient, box: Sandbox, api: Api, acme: Acme) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"0" * 8
    assert (await api("files.getUploadURLExternal", filename="chart.png", length=len(picture)))["ok"]
    asked = await acme.api("files.getUploadURLExternal", filename="chart.png", length=len(picture))
    assert (await http.post(asked["upload_url"], content=picture)).status_code == 200
    done = {"files": [{"id": asked["file_id"]}]}
    assert (await api("files.completeUploadExternal", **done))["error"] == "file_not_found"
    assert (await acme.api("files.completeUploadExternal", **done))["ok"]
    box.clock.advance(2)
    image = {"type": "image", "alt_text": "Chart", "slack_file": {"id": asked["file_id"]}}
    assert (await api("chat.postMessage", **HERE, text="x", blocks=[image]))["error"] == "invalid_blocks"
    assert (await acme.api("chat.postMessage", channel=acme.channel, text="x", blocks=[image]))["ok"]
    for user, status in ((acme.zoe.id, 200), ("U0ANA", 404)):
        assert (await http.get(f"/files/{asked['file_id']}", params={"user": user})).status_code == status


async def test_the_traffic_says_which_workspace_it_is_about(box: Sandbox, api: Api, acme: Acme) -> None:
    await acme.api("auth.test")
    await api("auth.test")
    await Api(api.http, "xoxb-other")("auth.test")
    assert [each.team for each in box.traffic.entries][-3:] == [acme.team, TEAM_ID, None]


async def test_a_link_to_a_message_leads_to_its_workspace(http: httpx.AsyncClient, box: Sandbox, acme: Acme) -> None:
    posted = await acme.api("chat.postMessage", channel=acme.channel, text="A card")
    where = f"/?team={acme.team}&channel={acme.channel}&message={posted['ts']}"
    found = await acme.api("chat.getPermalink", channel=acme.channel, message_ts=posted["ts"])
    assert found["permalink"] == f"{box.url}{where}"
    digits = posted["ts"].replace(".", "")
    archived = await http.get(f"/{acme.team}/archives/{acme.channel}/p{digits}")
    assert archived.headers["Location"] == where
    assert (await http.get(f"/{acme.team}/")).headers["Location"] == f"/?team={acme.team}"


async def test_a_twin_has_the_same_workspaces_and_shares_nothing(box: Sandbox, acme: Acme) -> None:
    await acme.api("chat.postMessage", channel=acme.channel, text="A card")
    twin = box.slack.twin()
    there = twin.of(acme.team).world
    assert [each.text for each in there.workspace.channels[acme.channel].messages.values()] == ["A card"]
    assert there.stage is twin.first.stage is not box.slack.stage
    assert there.traffic.entries is twin.stage.traffic.entries is not box.traffic.entries
    assert there.clock is there.rates.clock is there.workspace.clock
    there.app.tokens.by_word.clear()
    assert (await acme.api("auth.test"))["ok"]


class TestWithoutTheApp:
    @pytest.fixture
    async def bare(self, http: httpx.AsyncClient) -> Person:
        """Zoe's workspace, which has never seen the app."""
        team = (await asks(http, "workspaces", name="Bare"))["id"]
        zoe = await asks(http, "users", team=team, name="Zoe")
        await asks(http, "channels", team=team, name="care", members=[zoe["id"]])
        return Person(http, zoe["id"], "Zoe", team)

    async def test_there_is_nothing_of_the_app_to_see(self, bare: Person, listener: Listener) -> None:
        screen = await bare.screen()
        assert (screen["app"]["installed"], screen["commands"], screen["shortcuts"]) == (False, [], [])
        assert [each["name"] for each in screen["users"]] == ["Zoe"]
        said = await bare.types("/assay help", in_="#care")
        assert said.toast == "/assay is not a valid command."
        with pytest.raises(NotOnScreen, match="not installed"):
            await bare.opens_home()
        with pytest.raises(NotOnScreen, match="There is no user"):
            await bare.invites("U0SANDBOT2", to="#care")
        assert listener.heard == []
