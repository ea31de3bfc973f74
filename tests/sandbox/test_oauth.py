"""How the app comes into a workspace, by a person who lets it in, and how its tokens end."""

import json
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from sandbox.acts import CLICK_FAILED
from sandbox.people import NotOnScreen, Person
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Json, Listener, actions, asks, button

BACK = "https://assay.example/slack/oauth_redirect"
SCOPE = "chat:write,commands"
HALF_A_DAY = 12 * 3600


@dataclass
class Door:
    """Zoe (a member) and Yan (an admin) of a workspace without the app, and the app's own calls."""

    box: Sandbox
    http: httpx.AsyncClient
    team: str
    zoe: Person
    yan: Person

    def address(self, **more: str) -> str:
        asked = {"client_id": self.box.app.client_id, "scope": SCOPE, "state": "s1", "redirect_uri": BACK, **more}
        return f"/oauth/v2/authorize?{urlencode({name: held for name, held in asked.items() if held})}"

    async def code(self, who: Person | None = None, **more: str) -> str:
        sent = await (who or self.zoe).installs(self.address(**more))
        return parse_qs(urlsplit(sent).query)["code"][0]

    async def access(self, *, secret: str | None = None, **form: str) -> Json:
        auth = (self.box.app.client_id, self.box.app.client_secret if secret is None else secret)
        answer: Json = (await self.http.post("/api/oauth.v2.access", data=form, auth=auth)).json()
        return answer

    async def installed(self) -> Json:
        given = await self.access(code=await self.code(), redirect_uri=BACK)
        assert given["ok"], given
        return given

    async def renewed(self, refresh_token: str) -> Json:
        return await self.access(grant_type="refresh_token", refresh_token=refresh_token)

    def api(self, given: Json) -> Api:
        return Api(self.http, given["access_token"])


@pytest.fixture
async def door(box: Sandbox, http: httpx.AsyncClient) -> Door:
    box.app.redirect_urls = {BACK}
    team = (await asks(http, "workspaces", name="Acme Care"))["id"]
    zoe = await asks(http, "users", team=team, name="Zoe")
    yan = await asks(http, "users", team=team, name="Yan", is_admin=True)
    people = [Person(http, each["id"], name, team) for each, name in ((zoe, "Zoe"), (yan, "Yan"))]
    return Door(box, http, team, *people)


class TestThePage:
    async def test_it_shows_what_the_app_asks_for_and_who_can_let_it_in(self, door: Door) -> None:
        page = await door.http.get(door.address(state='"><script>'))
        assert page.status_code == 200
        assert all(words in page.text for words in ("Install Assay", "chat:write", "Acme Care", "Zoe", "Yan (admin)"))
        assert "<script>" not in page.text
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]

    @pytest.mark.parametrize(
        ("wrong", "why"),
        [
            ({"client_id": "1.2"}, "invalid_client_id"),
            ({"scope": ""}, "no_scopes"),
            ({"scope": "chat:write,admin"}, "invalid_scope"),
            ({"user_scope": "chat:write"}, "invalid_scope"),
            ({"redirect_uri": "https://elsewhere.example/"}, "bad_redirect_uri"),
            ({"redirect_uri": f"{BACK}s"}, "bad_redirect_uri"),
            ({"team": "T0NOWHERE"}, "There is no workspace T0NOWHERE."),
        ],
    )
    async def test_who_asks_wrongly_is_sent_nowhere(self, door: Door, wrong: dict[str, str], why: str) -> None:
        with pytest.raises(NotOnScreen, match=why):
            await door.zoe.installs(door.address(**wrong))

    async def test_the_way_back_may_lead_below_the_one_that_is_registered(self, door: Door) -> None:
        sent = await door.zoe.installs(door.address(redirect_uri=f"{BACK}/acme?x=1"))
        query = parse_qs(urlsplit(sent).query)
        assert sent.startswith(f"{BACK}/acme?x=1&")
        assert (query["x"], query["state"]) == (["1"], ["s1"])

    async def test_who_cancels_is_sent_back_with_an_error_and_the_state(self, door: Door) -> None:
        sent = await door.zoe.installs(door.address(), allow=False)
        assert sent == f"{BACK}?error=access_denied&state=s1"

    @pytest.mark.parametrize("role", ["is_restricted", "is_stranger", "is_bot"])
    async def test_only_members_install_apps(self, door: Door, role: str) -> None:
        gus = await asks(door.http, "users", team=door.team, name="Gus", **{role: True})
        with pytest.raises(NotOnScreen, match="only members install apps"):
            await Person(door.http, gus["id"], "Gus", door.team).installs(door.address())

    async def test_where_apps_are_approved_only_admins_install_them(self, door: Door) -> None:
        await asks(door.http, "workspace", team=door.team, approval=True)
        with pytest.raises(NotOnScreen, match="An admin of Acme Care has to approve Assay first"):
            await door.zoe.installs(door.address())
        assert await door.code(door.yan)


class TestTheCode:
    async def test_it_is_changed_for_a_token_of_that_workspace(self, door: Door) -> None:
        given = await door.installed()
        assert given == {
            "ok": True,
            "access_token": given["access_token"],
            "token_type": "bot",
            "scope": SCOPE,
            "bot_user_id": "U0SANDBOT2",
            "app_id": door.box.app.app_id,
            "team": {"id": door.team, "name": "Acme Care"},
            "enterprise": None,
            "authed_user": {"id": door.zoe.id},
            "is_enterprise_install": False,
        }
        assert given["access_token"].startswith("xoxb-")
        answer = await door.api(given)("auth.test")
        assert (answer["team_id"], answer["user_id"]) == (door.team, "U0SANDBOT2")
        assert [each["name"] for each in (await door.zoe.screen())["users"]] == ["Zoe", "Yan", "Assay"]

    async def test_a_token_may_what_was_asked_for_and_no_more(self, door: Door) -> None:
        api = door.api(await door.installed())
        answer = await api.raw("users.info", user=door.zoe.id)
        assert (answer.json()["error"], answer.json()["needed"]) == ("missing_scope", "users:read")
        assert answer.headers["x-oauth-scopes"] == SCOPE

    async def test_it_is_good_for_one_token(self, door: Door) -> None:
        code = await door.code()
        assert (await door.access(code=code, redirect_uri=BACK))["ok"]
        assert (await door.access(code=code, redirect_uri=BACK))["error"] == "code_already_used"

    async def test_it_is_good_for_ten_minutes(self, door: Door) -> None:
        first, second = await door.code(), await door.code()
        door.box.clock.advance(600)
        assert (await door.access(code=first, redirect_uri=BACK))["ok"]
        door.box.clock.advance(1)
        assert (await door.access(code=second, redirect_uri=BACK))["error"] == "invalid_code"

    @pytest.mark.parametrize(
        ("form", "error"),
        [
            ({"code": "1.2.3"}, "invalid_code"),
            ({}, "invalid_code"),
            ({"redirect_uri": "https://elsewhere.example/"}, "bad_redirect_uri"),
            ({"redirect_uri": ""}, "bad_redirect_uri"),
            ({"grant_type": "password"}, "invalid_grant_type"),
            ({"grant_type": "refresh_token", "refresh_token": "xoxe-1-none"}, "invalid_refresh_token"),
            ({"grant_type": "refresh_token"}, "invalid_refresh_token"),
        ],
    )
    async def test_what_is_wrong_is_said_and_uses_nothing_up(
        self, door: Door, form: dict[str, str], error: str
    ) -> None:
        right = {"code": await door.code(), "redirect_uri": BACK}
        wrong = form if "code" in form or not form else {**right, **form}
        assert (await door.access(**wrong))["error"] == error
        assert (await door.access(**right))["ok"]

    async def test_the_app_says_who_it_is_in_a_header_or_in_the_form(self, door: Door) -> None:
        right = {"code": await door.code(), "redirect_uri": BACK}
        assert (await door.access(secret="guessed", **right))["error"] == "bad_client_secret"
        post = door.http.post
        for headers in ({"Authorization": "Basic not-base64"}, {}):
            answer = await post("/api/oauth.v2.access", data=right, headers=headers)
            assert answer.json()["error"] == "invalid_client_id"
        app = {"client_id": door.box.app.client_id, "client_secret": door.box.app.client_secret}
        assert (await post("/api/oauth.v2.access", data={**right, **app})).json()["ok"]

    async def test_without_a_way_back_the_first_one_registered_is_taken(self, door: Door) -> None:
        sent = await door.zoe.installs(door.address(redirect_uri=""))
        assert sent.startswith(f"{BACK}?")
        code = parse_qs(urlsplit(sent).query)["code"][0]
        assert (await door.access(code=code, redirect_uri=BACK))["error"] == "bad_redirect_uri"
        assert (await door.access(code=code))["ok"]

    async def test_no_secret_stands_in_the_traffic(self, door: Door) -> None:
        door.box.app.token_rotation = True
        code = await door.code()
        given = await door.access(code=code, redirect_uri=BACK)
        renewed = await door.renewed(given["refresh_token"])
        await door.api(renewed)("auth.test")
        seen = json.dumps([each.shown() for each in door.box.traffic.entries])
        told = [each[name] for each in (given, renewed) for name in ("access_token", "refresh_token")]
        assert not [secret for secret in (code, door.box.app.client_secret, *told) if secret in seen]


class TestTokens:
    async def test_installed_once_more_the_app_has_a_new_token_and_the_old_one_works_too(self, door: Door) -> None:
        first, second = await door.installed(), await door.installed()
        assert first["access_token"] != second["access_token"]
        assert [(await door.api(each)("auth.test"))["ok"] for each in (first, second)] == [True, True]

    async def test_a_token_is_revoked_alone_and_the_last_one_takes_the_app_with_it(
        self, door: Door, listener: Listener
    ) -> None:
        first, second = await door.installed(), await door.installed()
        assert (await door.api(first)("auth.revoke", test=True)) == {"ok": True, "revoked": False}
        assert (await door.api(first)("auth.revoke")) == {"ok": True, "revoked": True}
        await door.box.world.idle()
        assert [(await door.api(each)("auth.test")).get("error") for each in (first, second)] == ["token_revoked", None]
        assert [heard.payload["event"]["type"] for heard in listener.heard] == ["tokens_revoked"]
        assert listener.last["event"]["tokens"] == {"oauth": [], "bot": ["U0SANDBOT2"]}
        await door.api(second)("auth.revoke")
        await door.box.world.idle()
        kinds = [heard.payload["event"]["type"] for heard in listener.heard]
        assert kinds == ["tokens_revoked", "tokens_revoked", "app_uninstalled"]
        assert {heard.payload["team_id"] for heard in listener.heard} == {door.team}

    async def test_the_app_uninstalls_itself_in_one_workspace(self, door: Door, api: Api, listener: Listener) -> None:
        given = await door.installed()
        app = {"client_id": door.box.app.client_id, "client_secret": "guessed"}
        assert (await door.api(given)("apps.uninstall", **app))["error"] == "bad_client_secret"
        door.box.clock.advance(60)
        app["client_secret"] = door.box.app.client_secret
        assert (await door.api(given)("apps.uninstall", **app)) == {"ok": True, "uninstalled": True}
        await door.box.world.idle()
        assert (await door.api(given)("auth.test"))["error"] == "token_revoked"
        assert (await api("auth.test"))["ok"]
        assert (listener.last["event"]["type"], listener.last["team_id"]) == ("app_uninstalled", door.team)

    async def test_a_person_uninstalls_the_app_and_it_hears_no_more(
        self, door: Door, api: Api, listener: Listener
    ) -> None:
        given = await door.installed()
        members = [door.zoe.id, given["bot_user_id"]]
        care = await asks(door.http, "channels", team=door.team, name="care", members=members)
        await door.api(given)("chat.postMessage", channel=care["id"], text="A card", blocks=[actions(button())])
        await asks(door.http, "uninstall", team=door.team)
        assert [heard.payload["event"]["type"] for heard in listener.heard] == ["tokens_revoked", "app_uninstalled"]
        assert (await door.api(given)("auth.test"))["error"] == "token_revoked"
        await asks(door.http, "role", team=door.team, who=door.zoe.id, is_admin=True)
        (card,) = await door.zoe.reads("#care")
        assert (await door.zoe.clicks("Approve", card)).toast == CLICK_FAILED
        assert len(listener.heard) == 2
        assert (await api("auth.test"))["ok"]
        assert await door.installed()


class TestRotation:
    @pytest.fixture(autouse=True)
    def rotating(self, door: Door) -> None:
        door.box.app.token_rotation = True

    async def test_a_token_ends_after_twelve_hours(self, door: Door, api: Api) -> None:
        given = await door.installed()
        assert (given["expires_in"], given["access_token"][:12]) == (HALF_A_DAY, "xoxe.xoxb-1-")
        assert given["refresh_token"].startswith("xoxe-1-")
        door.box.clock.advance(HALF_A_DAY - 1)
        assert (await door.api(given)("auth.test"))["ok"]
        door.box.clock.advance(1)
        assert (await door.api(given)("auth.test"))["error"] == "token_expired"
        assert (await api("auth.test"))["ok"]  # given before rotation was switched on

    async def test_a_refresh_token_brings_a_new_token_for_another_twelve_hours(self, door: Door) -> None:
        given = await door.installed()
        door.box.clock.advance(HALF_A_DAY + 3600)
        renewed = await door.renewed(given["refresh_token"])
        assert (renewed["team"]["id"], renewed["scope"], renewed["expires_in"]) == (door.team, SCOPE, HALF_A_DAY)
        assert "authed_user" not in renewed
        assert (await door.api(given)("auth.test"))["error"] == "token_expired"
        assert (await door.api(renewed)("auth.test"))["team_id"] == door.team
        assert (await door.renewed(renewed["refresh_token"]))["ok"]

    async def test_a_refresh_token_is_good_for_one_use_and_the_traffic_shows_the_race(self, door: Door) -> None:
        given = await door.installed()
        first, second = await door.renewed(given["refresh_token"]), await door.renewed(given["refresh_token"])
        assert (first["ok"], second["error"]) == (True, "invalid_refresh_token")
        assert [(await door.api(each)("auth.test"))["ok"] for each in (given, first)] == [True, True]
        asked = [each for each in door.box.traffic.entries if each.request.get("grant_type") == "refresh_token"]
        assert [each.answer.get("error") for each in asked] == [None, "invalid_refresh_token"]

    async def test_an_expired_token_still_means_that_the_app_is_installed(self, door: Door) -> None:
        await door.installed()
        door.box.clock.advance(HALF_A_DAY)
        assert (await door.zoe.screen())["app"]["installed"]

    async def test_uninstalled_the_app_renews_nothing(self, door: Door) -> None:
        given = await door.installed()
        await asks(door.http, "uninstall", team=door.team)
        assert (await door.renewed(given["refresh_token"]))["error"] == "invalid_refresh_token"
