"""Channels that companies share (Slack Connect): what comes over them is our installation's, whoever did it."""

from typing import Any

import pytest

from handlers.slack.payloads import Form, Press
from handlers.slack.reading import event_heard, installation
from sandbox.people import Person
from sandbox.workspace import OTHER_TEAM_ID, TEAM_ID
from storage.models import Revision
from storage.queries import channels, labels, people
from storage.words import LabelKind
from tests.house import SUPPORT, House
from tests.stories.neighbours import neighbours
from tests.stories.steps import rows, stored
from tests.transports import IN_BOTH_TRANSPORTS

REPLY = "Written by Sam, who is of another company."


async def stranger(house: House) -> Person:
    """Somebody of a workspace that has not let us in, in our channel."""
    made = (await house.http.post("/control/users", json={"name": "Sam", "is_stranger": True})).json()
    await house.max.invites(made["id"], to="#support")
    return Person(house.http, id=made["id"], name="Sam")


def hosts(house: House) -> None:
    """From now on the channel is another company's, who share it with ours."""
    house.box.world.workspace.channel(SUPPORT).host = OTHER_TEAM_ID


def told(house: House, kind: str) -> dict[str, Any]:
    """The last request of this kind."""
    return dict(next(one.request for one in reversed(house.box.traffic.entries) if one.kind == kind))


async def present(house: House, user: str) -> bool | None:
    async with house.sessions.reading() as session:
        channel = await channels.by_slack_id(session, TEAM_ID, SUPPORT)
        assert channel is not None
        found = await people.member(session, channel.id or 0, user)
    return found.present if found else None


@IN_BOTH_TRANSPORTS
async def test_who_leaves_a_channel_that_another_company_hosts_answers_nothing_there_any_more(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()
    assert await present(house, house.ana.id)
    hosts(house)
    await house.ana.leaves("#support")
    event = told(house, "event")
    assert (event["team_id"], event["authorizations"][0]["team_id"]) == (OTHER_TEAM_ID, TEAM_ID)
    assert await present(house, house.ana.id) is False


async def test_our_own_people_work_in_a_channel_that_another_company_hosts(house: House) -> None:
    hosts(house)
    await house.ana.leaves("#support")
    await house.max.invites(house.ana.id, to="#support")
    assert await present(house, house.ana.id)
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({"Reply": "Mine."})
    assert (await house.ana.submits()).closed
    await house.settles()
    assert await stored(house, draft, "ana") == ("counted", "edited", "Mine.", 1)


async def test_a_channel_of_another_company_that_is_archived_is_closed_here_too(house: House) -> None:
    hosts(house)
    (await house.http.post("/control/archive", json={"user": house.max.id, "channel": SUPPORT})).raise_for_status()
    await house.settles()
    async with house.sessions.reading() as session:
        channel = await channels.by_slack_id(session, TEAM_ID, SUPPORT)
        everywhere = [one.team for one in await channels.every(session)]
    assert channel is not None
    assert channel.state == "archived"
    assert set(everywhere) == {TEAM_ID}


@IN_BOTH_TRANSPORTS
async def test_a_window_of_somebody_of_another_company_is_kept_by_our_installation_and_never_counts(
    house: House,
) -> None:
    """Slack names their workspace in it. They were let in while it could not say who they are."""
    sam, draft = await stranger(house), await house.draft()
    for method in ("users.info", "conversations.members"):
        await house.fault(method=method, kind="status", status=500, times=100)
    async with house.sessions.writing() as session:
        await people.forget_person(session, TEAM_ID, sam.id)
    await sam.clicks("Edit", await house.card(draft, seen_by="max"))
    await house.settles()
    await sam.fills({"Reply": REPLY})
    assert (await sam.submits()).closed
    await house.settles()
    sent = told(house, "submission")
    assert (sent["team"]["id"], sent["view"]["app_installed_team_id"]) == (OTHER_TEAM_ID, TEAM_ID)
    async with house.sessions.reading() as session:
        kept = await labels.of(session, draft, sam.id)
    assert kept is not None
    assert (kept.revision.text, kept.revision.verified) == (REPLY, False)
    await house.http.delete("/control/faults")
    await house.bot.tools.doorkeeper.verify()
    async with house.sessions.reading() as session:
        kept = await labels.of(session, draft, sam.id)
    assert kept is not None
    assert kept.label.kind == LabelKind.REFUSED


async def test_a_press_of_somebody_of_another_company_is_refused_by_who_can_help(house: House) -> None:
    sam, draft = await stranger(house), await house.draft()
    await sam.clicks("Approve", await house.card(draft, seen_by="max"))
    await house.settles()
    pressed = told(house, "action")
    assert (pressed["team"]["id"], pressed["user"]["team_id"]) == (TEAM_ID, OTHER_TEAM_ID)
    note = await sam.last_private_note(SUPPORT)
    assert note is not None
    assert "You are not a reviewer of this channel." in note.text
    assert await rows(house) == (0, 0)


async def test_people_of_another_company_have_our_commands_in_their_own_workspace_only(house: House) -> None:
    sam = await stranger(house)
    assert (await sam.types("/assay next", in_=SUPPORT)).toast == "/assay is not a valid command."


async def test_with_both_companies_served_each_window_reaches_the_workspace_that_opened_it(house: House) -> None:
    """Nora's workspace has let us in, too, with a channel of the same id: her window is ours, which we showed her."""
    draft = await house.draft()
    async with neighbours(house) as theirs:
        nora = house.box.world.workspace.add_user("Nora", is_stranger=True)
        nora.team_id = theirs.team
        await house.max.invites(nora.id, to="#support")
        person = Person(house.http, id=nora.id, name="Nora")
        for method in ("users.info", "conversations.members"):
            await house.fault(method=method, kind="status", status=500, times=100)
        async with house.sessions.writing() as session:
            await people.forget_person(session, TEAM_ID, nora.id)
        await person.clicks("Edit", await house.card(draft, seen_by="max"))
        await house.settles()
        await person.fills({"Reply": REPLY})
        assert (await person.submits()).closed
        assert told(house, "submission")["team"]["id"] == theirs.team
        await house.settles()
        async with house.sessions.reading() as session:
            kept = await labels.of(session, draft, nora.id)
            assert kept is not None
            revision = await session.get_one(Revision, kept.revision.id)
            assert (await channels.get(session, revision.channel_id)).team == TEAM_ID


OURS, THEIRS = {"id": "T1"}, {"id": "T2", "domain": "theirs"}


@pytest.mark.parametrize(
    ("body", "team"),
    [
        ({"team": OURS}, "T1"),
        ({"team": THEIRS, "view": {"app_installed_team_id": "T1"}}, "T1"),
        ({"team": OURS, "view": {"app_installed_team_id": None}}, "T1"),
        ({"team": None, "view": {"app_installed_team_id": "T1"}}, "T1"),
        ({"team_id": "T2", "authorizations": [{"team_id": "T1"}]}, "T1"),
        ({"team_id": "T2", "authorizations": [{"team_id": None}]}, "T2"),
        ({"team_id": "T2", "authorizations": []}, "T2"),
        ({"team_id": "T2"}, "T2"),
    ],
)
def test_which_installation_a_message_of_slack_is_for(body: dict[str, Any], team: str) -> None:
    assert installation(body) == team


def test_readers_name_the_installation() -> None:
    view = {"id": "V1", "hash": "1", "type": "modal", "blocks": [], "app_installed_team_id": "T1"}
    action = {"action_id": "a", "action_ts": "1.0", "value": "7"}
    pressed = {"team": THEIRS, "user": {"id": "U1"}, "trigger_id": "t", "view": view, "actions": [action]}
    assert (Press.read(pressed).team, Form.read(pressed).team) == ("T1", "T1")
    event = {"team_id": "T2", "authorizations": [{"team_id": "T1"}], "event": {"type": "member_left_channel"}}
    assert event_heard(event)["team_id"] == "T1"
    assert event["team_id"] == "T2"
