"""The first message in a channel says what this is, once, and offers the next step to whoever can take it."""

import pytest
from sqlmodel import col, select

from sandbox.people import Message
from sandbox.workspace import BOT_USER_ID, TEAM_ID
from storage.models import Delivery
from storage.queries import channels
from storage.words import DeliveryState
from tests.house import ESCALATIONS, LEADS, SUPPORT, House
from tests.houses import Houses
from tests.stories.steps import notes, posted, rows
from tests.stories.test_posted_once import looks

HELLO = "Hello, I am Assay."


async def hello(house: House, channel: str = SUPPORT) -> Message:
    (message,) = await posted(house, HELLO, channel)
    return message


async def test_the_first_message_says_what_this_is_and_that_nothing_is_sent(house: House) -> None:
    message = await hello(house)
    assert "Nothing is ever sent to customers." in message.text_seen
    assert "your answer is hidden from the others until theirs is in" in message.text_seen
    assert message.buttons == ["Set up", "See an example"]
    assert "Nothing is ever sent to customers." in message.text  # for those who hear it


async def test_it_comes_once_however_often_the_bot_is_invited(house: House) -> None:
    for _ in range(2):
        body = {"user": house.max.id, "channel": SUPPORT, "who": BOT_USER_ID}
        (await house.http.post("/control/leave", json=body)).raise_for_status()
        await house.max.invites(BOT_USER_ID, to=SUPPORT)
        await house.settles()
    await hello(house)


@pytest.mark.parametrize("lost", ["drop_before", "drop_after"])
async def test_it_comes_once_though_slack_said_nothing_and_the_channel_says_who_joined(house: House, lost: str) -> None:
    """What Slack writes in our name stands where our message is looked for, and bears no mark of ours."""
    (await house.http.post("/control/workspace", json={"tells_joins": True})).raise_for_status()
    made = await house.http.post("/control/channels", json={"name": "second", "members": [house.max.id]})
    second = made.json()["id"]
    await house.fault(method="chat.postMessage", kind=lost)
    await house.max.invites(BOT_USER_ID, to=second)
    await house.settles()
    for seconds in (5, 60, 60):
        await looks(house, after=seconds)
    assert len(await posted(house, "has joined the channel", second)) == 1
    await hello(house, second)
    async with house.sessions.reading() as session:
        told = (await session.exec(select(Delivery).where(col(Delivery.to) == second))).one()
    assert (told.state, told.error) == (DeliveryState.SENT, None)


async def test_a_channel_that_serves_another_gets_none(house: House) -> None:
    """The digest's channel was deleted from our memory of it: it is met anew, and stays quiet."""
    made = await house.http.post("/control/channels", json={"name": "night", "members": [house.max.id]})
    night = made.json()["id"]
    async with house.sessions.writing() as session:
        support = await channels.by_any_name(session, TEAM_ID, "#support")
        assert support is not None
        support.digest_channel = night
        session.add(support)
    await house.max.invites(BOT_USER_ID, to=night)
    await house.settles()
    assert await posted(house, HELLO, night) == []


async def test_an_admin_sets_up_from_it_and_others_read_who_can(houses: Houses) -> None:
    async with houses.open(set_up=False) as house:
        message = await hello(house)
        await house.max.clicks("Set up", message)
        modal = await house.max.modal()
        assert modal is not None
        assert modal.title == "Set up Assay here"
        await house.ana.clicks("Set up", message)
        assert await house.ana.modal() is None
        assert await house.read("ana") == f"Only workspace admins can do this here: <@{house.max.id}>."


async def test_the_example_is_private_and_cannot_be_answered(house: House) -> None:
    before = await rows(house)
    await house.ana.clicks("See an example", await hello(house))
    await house.settles()
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    assert "An example that only you see." in note.text_seen
    assert "I am sorry about the double charge." in note.text_seen
    assert note.buttons == []
    assert await notes(house, "bea") == []
    assert await rows(house) == before


async def test_the_channels_for_digest_and_escalations_were_invited_to_first_and_greet_too(house: House) -> None:
    """Nobody can know yet what they are for."""
    for channel in (LEADS, ESCALATIONS):
        await hello(house, channel)
