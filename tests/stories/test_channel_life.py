"""Channels are archived, deleted, renamed and left; people go; the app is uninstalled: nothing is lost or misplaced."""

import json
import time
from typing import Any

import pytest
from sqlmodel import col, select

from bot.health import channel_health
from handlers import doctor
from sandbox.sending import signature
from sandbox.workspace import BOT_USER_ID, TEAM_ID
from storage.models import Channel, Delivery, Exposure
from storage.queries import channels
from storage.words import ChannelState, DeliveryState
from tests.house import CUSTOMER, DRAFT, ESCALATIONS, LEADS, SUPPORT, House, sets_up
from tests.stories.steps import again, delivery, label, one_database, posted, second_bot

SUGGESTED = "I am sorry about the double charge."


async def does(house: House, what: str, channel: str = SUPPORT, **more: Any) -> None:
    body = {"user": house.max.id, "channel": channel, **more}
    (await house.http.post(f"/control/{what}", json=body)).raise_for_status()
    await house.settles()


async def stored(house: House, slack_id: str = SUPPORT) -> Channel:
    async with house.sessions.reading() as session:
        found = await channels.by_slack_id(session, TEAM_ID, slack_id)
    assert found is not None
    return found


async def found(house: House) -> list[str]:
    async with house.sessions.reading() as session:
        return [f"{one.sentence} {one.remedy}" for one in await channel_health(session, team=TEAM_ID)]


async def events(house: House, kind: str) -> list[int]:
    return [one["id"] for one in await house.traffic() if one["kind"] == "event" and one["method"] == kind]


async def hears(house: House, **event: Any) -> None:
    """An event of Slack's that the sandbox does not send by itself."""
    body = json.dumps({"type": "event_callback", "team_id": TEAM_ID, "api_app_id": "A", "event": event})
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(house.box.app.signing_secret, stamp, body.encode()),
    }
    answer = await house.http.post(f"{house.bot.url}/slack/events", content=body, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_what_goes_to_an_archived_channel_waits_and_goes_on_when_it_comes_back(house: House) -> None:
    draft = await house.draft()
    await house.sends({"channel": "#support", "prompt": CUSTOMER, "draft": "Second."})
    await does(house, "archive")
    assert (await stored(house)).state == ChannelState.ARCHIVED
    refused = await house.sends({"channel": "#support", "prompt": CUSTOMER, "draft": "Third."})
    assert refused.status_code == 422
    assert refused.json()["detail"] == (
        "#support is archived. Unarchive it in Slack and send this again, or name another channel."
    )
    tried = len(await house.traffic())
    await house.withdraws(draft)
    house.moves(seconds=30)
    await house.settles()
    assert (await delivery(house, f"redraw:{draft}")).state == DeliveryState.PENDING
    assert [one["method"] for one in (await house.traffic())[tried:]] == []  # not even tried
    assert await found(house) == [
        "#support is archived: 1 draft waits there, and it takes no new ones. "
        "Unarchive #support in Slack: everything goes on by itself."
    ]
    await does(house, "unarchive")
    house.moves(seconds=10)
    await house.settles()
    assert (await stored(house)).state == ChannelState.ACTIVE
    assert len(await posted(house, "Second.")) == 1
    assert (await delivery(house, f"redraw:{draft}")).state == DeliveryState.SENT
    assert await found(house) == []


async def test_a_card_on_its_way_when_the_channel_was_archived_comes_when_it_is_back(house: House) -> None:
    """The event is lost: Slack's refusal of the post says the same."""
    (await house.http.post("/control/app", json={"events": []})).raise_for_status()
    await does(house, "archive")
    await house.sends({"channel": "#support", "prompt": CUSTOMER, "draft": DRAFT})
    await house.settles()
    assert (await stored(house)).state == ChannelState.ARCHIVED
    assert (await delivery(house, "card:1")).state == DeliveryState.PENDING
    await does(house, "unarchive")
    await hears(house, type="channel_unarchive", channel=SUPPORT, user=house.max.id, event_ts="1.0")
    house.moves(seconds=10)
    await house.settles()
    assert len(await posted(house, SUGGESTED)) == 1


async def test_who_takes_the_bot_out_and_invites_it_again_finds_everything(house: House) -> None:
    await does(house, "leave", who=BOT_USER_ID)
    assert (await stored(house)).state == ChannelState.GONE
    refused = await house.sends({"channel": "#support", "prompt": CUSTOMER, "draft": DRAFT})
    assert refused.status_code == 422
    assert "Invite Assay there and send this again" in refused.json()["detail"]
    await does(house, "invite", who=BOT_USER_ID)
    channel = await stored(house)
    assert (channel.state, channel.guideline) == (ChannelState.ACTIVE, 1)
    await house.draft()
    assert len(await posted(house, SUGGESTED)) == 1


async def test_a_renamed_channel_is_known_by_its_new_name(house: House) -> None:
    await does(house, "rename", name="helpdesk")
    sent = await house.sends({"channel": "#helpdesk", "prompt": CUSTOMER, "draft": DRAFT})
    assert sent.status_code == 201
    assert (await house.sends({"channel": "#support", "prompt": CUSTOMER, "draft": DRAFT})).status_code == 422


async def test_a_channel_of_the_same_name_as_a_deleted_one_takes_its_drafts(house: House) -> None:
    made = await house.http.post("/control/channels", json={"name": "night", "members": [house.max.id]})
    night = made.json()["id"]
    await does(house, "invite", channel=night, who=BOT_USER_ID)
    await does(house, "delete", channel=night)
    assert (await stored(house, night)).state == ChannelState.GONE
    await does(house, "rename", name="night")
    assert (await house.sends({"channel": "#night", "prompt": CUSTOMER, "draft": DRAFT})).status_code == 201


async def test_events_that_come_late_or_twice_change_nothing(house: House) -> None:
    await does(house, "archive")
    await does(house, "unarchive")
    for event in await events(house, "channel_archive"):
        await again(house, event)
    assert (await stored(house)).state == ChannelState.ACTIVE
    await does(house, "rename", name="helpdesk")
    await does(house, "delete")
    for kind in ("channel_rename", "channel_unarchive", "channel_archive", "channel_deleted"):
        for event in await events(house, kind):
            await again(house, event)
    await hears(house, type="channel_left", channel=SUPPORT, actor_id=house.max.id, event_ts="1.0")
    channel = await stored(house)
    assert (channel.state, channel.name) == (ChannelState.GONE, "helpdesk")


async def test_while_slack_cannot_tell_an_event_that_closes_a_channel_is_told_again(house: House) -> None:
    await house.fault(method="conversations.info", kind="status", status=503, times=2)
    await does(house, "archive")
    assert (await stored(house)).state == ChannelState.ACTIVE
    (await house.http.post("/control/clock", json={"retry": True})).raise_for_status()
    assert (await stored(house)).state == ChannelState.ARCHIVED


async def test_while_slack_cannot_tell_an_event_that_opens_or_renames_a_channel_is_believed(house: House) -> None:
    await does(house, "archive")
    await house.fault(method="conversations.info", kind="status", status=503, times=2)
    await does(house, "unarchive")
    assert (await stored(house)).state == ChannelState.ACTIVE
    await does(house, "rename", name="helpdesk")
    assert ((await stored(house)).state, (await stored(house)).name) == (ChannelState.ACTIVE, "helpdesk")


@pytest.mark.parametrize("ends_with", ["unarchive", "invite"])
async def test_a_late_event_while_slack_cannot_tell_shuts_no_open_channel(house: House, ends_with: str) -> None:
    if ends_with == "unarchive":
        await does(house, "archive")
        await does(house, "unarchive")
    else:
        await does(house, "leave", who=BOT_USER_ID)
        await does(house, "invite", who=BOT_USER_ID)
    (late,) = await events(house, "channel_archive") or await events(house, "member_left_channel")
    await house.fault(method="conversations.info", kind="ratelimit", seconds=5)
    assert (await again(house, late))["status"] == 503
    assert (await stored(house)).state == ChannelState.ACTIVE
    house.moves(seconds=10)
    await house.draft()
    assert len(await posted(house, SUGGESTED)) == 1


async def test_the_digest_of_an_archived_channel_comes_to_the_labelling_channel_and_says_so(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    await does(house, "archive", channel=LEADS)
    assert (await found(house))[0].startswith("#leads is archived, so the digest of #support comes to #support itself.")
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    (digest,) = await posted(house, "Labelling digest")
    assert digest.text_seen.endswith(
        "#leads is archived, so this comes here. A workspace admin can choose another one with `/assay setup`."
    )
    assert len(await house.max.reads_thread(digest)) == 3  # itself, agreement, the drafts
    await house.max.types("/assay setup", in_=SUPPORT)
    modal = await house.max.modal()
    assert modal is not None
    assert "#leads is archived, so the digest of #support comes to #support itself." in modal.text


async def test_an_escalation_is_told_in_the_labelling_channel_when_its_own_is_gone(house: House) -> None:
    draft, other = await house.draft(), await house.draft("Another.")
    await does(house, "delete", channel=ESCALATIONS)
    house.moves(seconds=5)
    await house.ana.clicks("Escalate", await house.card(draft))
    modal = await house.ana.modal()
    assert modal is not None
    await house.ana.fills({"Why must a human take over?": "Safety"})
    await house.ana.submits()
    assert (await house.read("ana")).endswith("The escalation channel is closed, so this channel is told at once.")
    (notice,) = await posted(house, "Needs a human: safety")
    assert "#escalations was deleted, or Assay was taken out of it, so this comes here." in notice.text_seen
    assert await label(house, other, "ana") is None


async def test_a_notice_on_its_way_to_a_channel_that_closes_is_turned_and_counts_as_seen_by_all(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Escalate", await house.card(draft))
    await house.ana.fills({"Why must a human take over?": "Safety"})
    (await house.http.post("/control/app", json={"events": []})).raise_for_status()
    await does(house, "delete", channel=ESCALATIONS)
    await house.ana.submits()
    await house.settles()
    (notice,) = await posted(house, "Needs a human: safety")
    assert "so this comes here." in notice.text_seen
    assert (await stored(house, ESCALATIONS)).state == ChannelState.GONE
    async with house.sessions.reading() as session:
        seen = (await session.exec(select(Exposure).where(col(Exposure.draft_id) == draft))).all()
    assert None in {one.channel_id for one in seen}


async def test_where_all_who_may_review_have_left_the_admins_are_told(house: House) -> None:
    named: dict[str, Any] = {"Who may review": ["Ana", "Bea"]}
    await sets_up(house, **named)
    await does(house, "leave", who=house.ana.id)
    assert await found(house) == []  # Bea is still there
    await does(house, "leave", who=house.bea.id)
    assert await found(house) == [
        "Everybody who may review in #support has left it: nobody is asked about its drafts. "
        "A workspace admin can name others, or everybody, with /assay setup in #support."
    ]


async def test_a_lead_who_left_is_said_to_the_admins_and_the_digest_goes_on(house: House) -> None:
    await does(house, "leave", who=house.lea.id)
    (finding,) = await found(house)
    assert finding == (
        f"<@{house.lea.id}> leads #support and has left it. Digests go on. "
        "A workspace admin can name others with /assay setup in #support, or invite them again."
    )
    await house.max.types("/assay setup", in_=SUPPORT)
    modal = await house.max.modal()
    assert modal is not None
    assert "leads #support and has left it" in modal.text
    await does(house, "invite", who=house.lea.id)
    assert await found(house) == []


async def test_leads_whose_accounts_ended_are_said_too(house: House) -> None:
    for person in (house.lea, house.lars):
        await does(house, "deactivate", who=person.id)
    (finding,) = await found(house)
    assert "have left it. Nobody else leads it. Digests go on." in finding


async def test_a_late_event_does_not_take_a_persons_right_away(house: House) -> None:
    draft = await house.draft()
    await does(house, "leave", who=house.ana.id)
    house.moves(seconds=60)
    await does(house, "invite", who=house.ana.id)
    (left,) = await events(house, "member_left_channel")
    await again(house, left)
    await house.ana.clicks("Approve", await house.card(draft))
    assert await house.read("ana") == "Saved: approved as is."


REMOVED = f"Assay was removed from {TEAM_ID}, the workspace of #support."


async def test_after_the_app_was_uninstalled_nothing_is_posted_and_nothing_is_lost(house: House) -> None:
    await house.sends({"channel": "#support", "prompt": CUSTOMER, "draft": DRAFT})
    await house.bot.tools.afterwards.done()
    (await house.http.post("/control/uninstall", json={})).raise_for_status()
    await house.settles()
    refused = await house.sends({"channel": "#support", "prompt": CUSTOMER, "draft": "Second."})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("Assay was removed from the workspace of #support.")
    house.moves(days=1)
    assert await house.bot.tools.digests.post_due() == 0
    assert (await found(house))[0].startswith(REMOVED)
    house.box.app.installed = True
    async with second_bot(house):  # installed again, and started
        house.moves(seconds=10)
    await house.settles()
    assert (await house.sends({"channel": "#support", "prompt": CUSTOMER, "draft": "Second."})).status_code == 201


async def test_a_post_that_is_refused_because_the_app_is_out_waits(house: House) -> None:
    (await house.http.post("/control/app", json={"events": []})).raise_for_status()
    (await house.http.post("/control/uninstall", json={})).raise_for_status()
    await house.sends({"channel": "#support", "prompt": CUSTOMER, "draft": DRAFT})
    await house.settles()
    assert (await delivery(house, "card:1")).state == DeliveryState.PENDING
    async with house.sessions.reading() as session:
        assert list(await channels.removed_teams(session)) == [TEAM_ID]
        # The operator put the token into the environment: at a word of Slack's nothing of theirs is erased.
        assert list(await channels.uninstalled(session, before=house.now())) == []
    house.box.app.installed = True
    async with second_bot(house) as bot:
        await bot.tools.courier.deliver_due()
    assert len(await posted(house, SUGGESTED)) == 1


async def test_a_revoked_token_of_somebody_else_is_no_uninstall(house: House) -> None:
    await hears(house, type="tokens_revoked", tokens={"oauth": ["U0ANA"], "bot": ["U0OTHERBOT"]}, event_ts="1.0")
    await hears(house, type="app_uninstalled", event_ts="1.0")  # an old one: Slack knows the token
    async with house.sessions.reading() as session:
        assert list(await channels.removed_teams(session)) == []


@one_database
async def test_the_doctor_says_what_admins_must_mend(house: House) -> None:
    settings = house.bot.tools.settings
    assert [one.words async for one in doctor.contents(settings)] == ["Nothing has to be mended in any of them."]
    await does(house, "archive")
    (finding,) = [one async for one in doctor.contents(settings)]
    assert finding.words.startswith("#support is archived: 0 drafts wait there")
    async with house.sessions.reading() as session:
        assert (await session.exec(select(Delivery).where(col(Delivery.state) == DeliveryState.FAILED))).all() == []
