"""manifest.yml asks for what the listeners and the calls of the bot need, and for nothing else."""

import re
from pathlib import Path
from typing import Any

import yaml

from bot import outbox
from bot.surfaces.charts import Chart, Line
from bot.surfaces.composed import composed
from handlers import manifest
from handlers.slack.tables import COMMANDS, EVENTS, SHORTCUTS
from sandbox.api_people import READ_SCOPE
from sandbox.app import AppConfig
from sandbox.web_api import METHODS
from storage.queries import channels
from tests.house import ESCALATIONS, LEADS, SUPPORT, House
from tests.stories.steps import escalates, told_directly

ROOT = Path(__file__).parents[1]
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
SCOPES: dict[str, list[str]] = MANIFEST["oauth_config"]["scopes"]
HEARD = ("interactivity", "event_subscriptions")
HISTORY = {"public": "channels:history", "private": "groups:history"}
FILES = {"files:write"}
KINDS = {SUPPORT: "public", LEADS: "public", ESCALATIONS: "public"}
ANSWERED_IN_CHANNELS = ("conversations.info", "conversations.members", "conversations.history", "conversations.replies")


def test_the_commands_of_the_manifest_are_those_that_are_answered() -> None:
    (command,) = MANIFEST["features"]["slash_commands"]
    source = (ROOT / "handlers" / "slack" / "app.py").read_text(encoding="utf-8")
    assert re.findall(r'app\.command\("([^"]+)"\)', source) == [command["command"]]
    assert command["usage_hint"].strip("[]").split(" | ") == list(COMMANDS)


def test_the_shortcuts_of_the_manifest_are_those_that_are_answered() -> None:
    offered = MANIFEST["features"]["shortcuts"]
    assert sorted(one["callback_id"] for one in offered) == sorted(SHORTCUTS)
    assert {(one["callback_id"], one["name"], one["type"]) for one in offered} == {
        (one.callback_id, one.name, one.type) for one in AppConfig().shortcuts
    }
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in offered)


def test_the_events_of_the_manifest_are_those_that_are_heard() -> None:
    assert sorted(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == sorted(EVENTS)


def test_the_doctor_looks_for_the_scopes_of_the_manifest() -> None:
    assert set(SCOPES["bot"]) == manifest.SCOPES
    assert set(SCOPES["bot_optional"]) == manifest.OPTIONAL_SCOPES


def test_a_filled_in_manifest_is_the_same_with_another_address() -> None:
    filled = yaml.safe_load(manifest.filled_in("https://bot.example.org/"))
    assert filled == yaml.safe_load(
        (ROOT / "manifest.yml").read_text(encoding="utf-8").replace("assay.example.com", "bot.example.org")
    )


def test_a_manifest_for_socket_mode_has_no_address_and_is_else_the_same() -> None:
    socket = yaml.safe_load(manifest.for_socket())
    assert socket["settings"]["socket_mode_enabled"] is True
    assert "http" not in manifest.for_socket()
    whole = yaml.safe_load(manifest.filled_in(manifest.EXAMPLE))
    whole["settings"]["socket_mode_enabled"] = True
    for place in (whole["features"]["slash_commands"][0], *(whole["settings"][name] for name in HEARD)):
        place.pop("url", None)
        place.pop("request_url", None)
        place.pop("message_menu_options_url", None)
    whole["oauth_config"].pop("redirect_urls")
    assert socket == whole


def test_every_address_is_the_one_that_listens() -> None:
    features, settings = MANIFEST["features"], MANIFEST["settings"]
    addresses = {
        features["slash_commands"][0]["url"],
        settings["interactivity"]["request_url"],
        settings["interactivity"]["message_menu_options_url"],
        settings["event_subscriptions"]["request_url"],
    }
    assert addresses == {"https://assay.example.com/slack/events"}
    assert MANIFEST["oauth_config"]["redirect_urls"] == ["https://assay.example.com/slack/oauth_redirect"]
    assert settings["interactivity"]["is_enabled"]


def test_the_manifest_keeps_slacks_lengths_and_offers_only_what_exists() -> None:
    display = MANIFEST["display_information"]
    assert len(display["name"]) <= 35
    assert len(display["description"]) <= 140
    assert set(MANIFEST["features"]) == {"app_home", "bot_user", "shortcuts", "slash_commands"}
    assert MANIFEST["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }
    assert len(MANIFEST["features"]["slash_commands"][0]["description"]) <= 2_000


async def test_a_whole_story_needs_the_scopes_of_the_manifest_and_no_other(shared_house: House) -> None:
    """In a public and in a private channel, with an unclear post that is looked for, and a chart as a picture."""
    house = shared_house
    made = await house.http.post(
        "/control/channels", json={"name": "quiet", "private": True, "members": [house.max.id]}
    )
    quiet = made.json()["id"]
    await house.max.invites(house.box.workspace.bot.id, to=quiet)
    await house.max.types("/assay setup", in_=quiet)
    await house.max.closes()
    await house.fault(method="chat.postMessage", kind="drop_after")
    draft = await house.draft()
    house.moves(minutes=5)
    await house.bot.tools.courier.look_up_unclear()
    await house.settles()
    await house.ana.clicks("Approve", await house.card(draft))
    await house.ana.types("/assay help", in_=SUPPORT)
    await house.settles()
    house.box.app.plain = {"charts"}
    async with house.sessions.writing() as session:
        message = composed("Digest", [Chart("Agreement", ["18 Nov"], [Line("alpha", [0.7])])])
        channel = await channels.get(session, 1)
        await outbox.digest(session, channel, key="1", messages=[message, message], now=house.now())
    await house.settles()
    needed = {scope for one in await house.traffic() for scope in _scopes(one, {quiet: "private"})}
    optional = {*HISTORY.values(), *FILES}
    assert needed - optional == set(SCOPES["bot"])
    assert needed & optional >= FILES
    assert optional == set(SCOPES["bot_optional"])


async def test_with_the_scopes_of_the_manifest_alone_nothing_is_refused(house: House) -> None:
    scopes = {"scopes": SCOPES["bot"], "events": list(EVENTS), "commands": ["/assay"]}
    (await house.http.post("/control/app", json=scopes)).raise_for_status()
    draft = await house.draft()
    await house.bea.clicks("Approve", await house.card(draft))
    assert await house.read("bea") == "Saved: approved as is."
    refused = [one["method"] for one in await house.traffic() if _error(one) == "missing_scope"]
    assert refused == []


async def test_with_the_tabs_of_the_manifest_leads_can_be_told_directly(house: House) -> None:
    house.box.app.messages_tab = MANIFEST["features"]["app_home"]["messages_tab_enabled"]
    draft = await house.draft()
    await house.fault(method="chat.postMessage", kind="error", error="restricted_action")
    await escalates(house, draft)
    assert len(await told_directly(house, "lea")) == 1


def _error(one: dict[str, Any]) -> str | None:
    return one["answer"].get("error") if isinstance(one["answer"], dict) else None


def _scopes(one: dict[str, Any], private: dict[str, str]) -> set[str]:
    """What Slack asks for to let this exchange happen."""
    kind = (KINDS | private).get(str(one["request"].get("channel")), "public")
    if one["kind"] == "command":
        return {"commands"}
    if one["kind"] == "event":
        return {READ_SCOPE["public"]}
    if one["from"] != "bot" or one["method"] not in METHODS:
        return set()
    if one["method"] in ANSWERED_IN_CHANNELS:
        reads = one["method"] in ("conversations.info", "conversations.members")
        return {READ_SCOPE[kind] if reads else HISTORY[kind]}
    scope = METHODS[one["method"]].scope
    return {scope} if scope else set()
