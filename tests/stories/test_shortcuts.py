"""Shortcuts: a draft of a message in Slack, and focus mode from anywhere; whoever uses one reads what became of it."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier
from sqlmodel import select

from bot import export
from bot.export import Count, Format
from sandbox.people import Message
from storage.models import Draft
from storage.queries import channels
from tests.databases import Postgres
from tests.house import LEADS, SUPPORT, House
from tests.houses import Houses
from tests.model_server import REPLY, ModelServer, model_server
from tests.stories.steps import again, gone, one_database, posted, removes
from tests.stories.test_erasure import erases
from tests.transports import IN_BOTH_TRANSPORTS

ASKS = "I was charged twice. Write to ana@example.com, please."
WRITING = f"The model is writing; the card will appear in <#{SUPPORT}>."
KNOWN = "There is a draft of this message already"


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as opened:
        yield opened


@pytest.fixture
async def asked_house(houses: Houses, server: ModelServer) -> AsyncIterator[House]:
    """Its drafts are written by a model."""
    async with houses.open(more=server.settings) as opened:
        yield opened


async def said(house: House, text: str = ASKS, *, by: str, in_: str = SUPPORT) -> Message:
    """A message of somebody, as Ana sees it."""
    await house.people[by].says(text, in_=in_)
    return (await house.ana.reads(in_))[-1]


async def drafts(house: House) -> list[Draft]:
    async with house.sessions.reading() as session:
        return list((await session.exec(select(Draft))).all())


async def exported(house: House) -> tuple[int, dict[str, int]]:
    count = Count()
    async with house.sessions.reading() as session:
        channel = (await channels.active(session))[0]
    async for _ in export.lines(house.sessions, channel, Format.TRL_SFT, count):
        pass
    return count.rows, dict(count.left_out)


async def test_the_whole_way_from_a_message_to_training_data(asked_house: House) -> None:
    house = asked_house
    message = await said(house, by="chen")
    assert (await house.ana.uses("Draft a reply", on=message)).toast is None
    assert await house.read("ana") == WRITING
    await house.bot.tools.writer.write_due()
    await house.settles()
    (draft,) = await drafts(house)
    assert draft.id is not None
    card = await house.card(draft.id)
    assert "from a Slack message" in card.text_seen
    assert "Write to [EMAIL_1], please." in card.text_seen
    assert REPLY in card.text_seen
    await house.bea.clicks("Approve", card)
    assert await house.read("bea") == "Saved: approved as is."
    assert await exported(house) == (0, {"made from a Slack message": 1})
    async with house.sessions.writing() as session:
        channel = (await channels.active(session))[0]
        channel.exports_slack_drafts = True
        session.add(channel)
    assert await exported(house) == (1, {})


@IN_BOTH_TRANSPORTS
async def test_without_a_model_the_card_asks_for_a_reply(house: House) -> None:
    message = await said(house, by="chen")
    await house.ana.uses("Draft a reply", on=message)
    assert await house.read("ana") == f"No model is set up, so the card in <#{SUPPORT}> asks for a reply."
    (draft,) = await drafts(house)
    assert draft.id is not None
    card = await house.card(draft.id)
    assert "Write the reply you would send" in card.text_seen
    assert f"archives/{SUPPORT}/p{message.ts.replace('.', '')}" in json.dumps(card.blocks)


@one_database
async def test_a_channel_that_asks_no_model_says_so(asked_house: House, server: ModelServer) -> None:
    house = asked_house
    async with house.sessions.writing() as session:
        channel = (await channels.active(session))[0]
        channel.writes_drafts = False
        session.add(channel)
    await house.ana.uses("Draft a reply", on=await said(house, by="chen"))
    assert await house.read("ana") == f"No model is asked in <#{SUPPORT}>, so the card there asks for a reply."
    assert await house.bot.tools.writer.write_due() == 0


async def test_a_message_becomes_one_draft_whoever_uses_the_shortcut_how_often(asked_house: House) -> None:
    house = asked_house
    message = await said(house, by="chen")
    first = await house.ana.uses("Draft a reply", on=message)
    await again(house, first.traffic)
    await house.bea.uses("Draft a reply", on=message)
    assert await house.read("bea") == f"{KNOWN}."
    await house.bot.tools.writer.write_due()
    await house.settles()
    await house.bea.uses("Draft a reply", on=message)
    note = await house.read("bea")
    assert note.startswith(f"{KNOWN}: <http")
    assert note.endswith("|open its card>.")
    assert len(await drafts(house)) == 1
    other = await said(house, by="chen")  # the same words again
    await house.ana.uses("Draft a reply", on=other)
    assert len(await drafts(house)) == 2


async def test_of_a_message_whose_draft_was_erased_none_is_made_again(house: House) -> None:
    message = await said(house, by="chen")
    await house.ana.uses("Draft a reply", on=message)
    await house.settles()
    (draft,) = await drafts(house)
    assert draft.id is not None
    await erases(house, draft.id)
    await house.ana.uses("Draft a reply", on=message)
    assert await house.read("ana") == "The draft of this message was erased, and none is made of it again."
    assert await drafts(house) == []


async def test_elsewhere_the_person_is_asked_for_which_channel(asked_house: House, server: ModelServer) -> None:
    """The message stands in the window: what nobody touches stays, what is taken out is not stored."""
    house = asked_house
    message = await said(house, by="lars", in_=LEADS)
    await house.ana.uses("Draft a reply", on=message)
    window = await house.ana.modal()
    assert window is not None
    assert window.fields["The customer's message"] == ASKS
    await house.ana.fills({"For which channel?": "support"})
    assert (await house.ana.submits()).closed
    assert await house.read("ana", LEADS) == WRITING
    (draft,) = await drafts(house)
    assert draft.conversation[0]["content"] == "I was charged twice. Write to [EMAIL_1], please."
    await house.ana.uses("Draft a reply", on=await said(house, "Ask Zoe Doe about it", by="lars", in_=LEADS))
    await house.ana.fills({"For which channel?": "support", "The customer's message": "Ask somebody about it"})
    assert (await house.ana.submits()).closed
    await house.settles()
    assert [one.conversation[0]["content"] for one in await drafts(house)][1] == "Ask somebody about it"


@one_database
async def test_a_window_is_refused_when_its_maker_may_label_no_more(house: House) -> None:
    await house.ana.uses("Draft a reply", on=await said(house, by="lars", in_=LEADS))
    await house.ana.fills({"For which channel?": "support"})
    await removes(house, "ana")
    await house.settles()
    outcome = await house.ana.submits()
    assert not outcome.closed
    (error,) = outcome.errors.values()
    assert error.startswith("Not saved: you are not a reviewer of this channel any more")
    assert await drafts(house) == []


@one_database
async def test_who_may_not_label_may_not_make_drafts(house: House) -> None:
    message = await said(house, by="chen")
    await house.gus.uses("Draft a reply", on=message)
    assert (await house.read("gus")).startswith("You are not a reviewer of this channel.")
    elsewhere = await said(house, by="chen", in_=LEADS)
    await house.gus.uses("Draft a reply", on=elsewhere)
    assert (await house.read("gus", LEADS)).startswith("You review no channel yet.")
    assert await drafts(house) == []


@one_database
async def test_what_cannot_become_a_draft_is_said_to_be(house: House) -> None:
    await house.draft()
    await house.ana.uses("Draft a reply", on=await house.card(1))
    assert await house.read("ana") == "An app wrote this message. Drafts are replies to what people write."
    for length, place, words in ((20_001, SUPPORT, "20,000 characters"), (3_001, LEADS, "3,000 characters")):
        await house.ana.uses("Draft a reply", on=await said(house, "x" * length, by="chen", in_=place))
        assert f"more than {words}" in await house.read("ana", place)
    assert len(await drafts(house)) == 1


@pytest.mark.parametrize(
    ("changed", "note", "made"),
    [
        ({"text": "", "files": [{"id": "F1"}]}, "This message is a file without text, and a draft holds text only.", 0),
        ({"text": " ", "files": []}, "This message has no text, so there is nothing to reply to.", 0),
        ({"text": "\u200b\u2800"}, "This message has no text, so there is nothing to reply to.", 0),
        ({"subtype": "bot_message"}, "An app wrote this message. Drafts are replies to what people write.", 0),
        ({"files": [{"id": "F1"}]}, "Its files are left out: a draft holds text only.", 1),
    ],
    ids=["a file", "nothing", "nothing to see", "an old bot", "a text with a file"],
)
@one_database
async def test_files_and_what_has_no_text(house: House, changed: dict[str, Any], note: str, made: int) -> None:
    """As Slack sends them; people of the sandbox share no files, so what one of them sent is changed."""
    outcome = await house.ana.uses("Draft a reply", on=await said(house, by="chen"))
    sent = next(one for one in await house.traffic() if one["id"] == outcome.traffic)["request"]
    before = len(await drafts(house))
    sent["message"] |= {"ts": "1800000000.000100"} | changed
    await _sends(house, sent)
    assert (await house.read("ana")).endswith(note)
    assert len(await drafts(house)) == before + made


async def test_while_the_database_is_away_the_shortcut_says_so(house: House, on_postgres: Postgres | None) -> None:
    message = await said(house, by="chen")
    async with gone(house, on_postgres):
        outcome = await house.ana.uses("Draft a reply", on=message)
        assert outcome.toast is None
        await house.bot.tools.afterwards.done()
        note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    assert note.text == "The database is away. Nothing was changed; try again in a minute."


@IN_BOTH_TRANSPORTS
async def test_the_next_draft_opens_from_anywhere(house: House) -> None:
    await house.draft()
    assert (await house.ana.uses("Review next draft")).toast is None
    window = await house.ana.modal()
    assert window is not None
    assert window.title == "Review"


@one_database
async def test_who_reviews_nothing_reads_so_in_a_window(house: House) -> None:
    assert (await house.zoe.uses("Review next draft")).toast is None
    await house.settles()
    window = await house.zoe.modal()
    assert window is not None
    assert "You review no channel yet." in window.text


@one_database
async def test_a_shortcut_of_another_version_is_answered_in_words(house: House) -> None:
    shortcuts = [{"callback_id": "assay_old", "name": "Old", "type": "message"}]
    (await house.http.post("/control/app", json={"shortcuts": shortcuts})).raise_for_status()
    assert (await house.ana.uses("Old", on=await said(house, by="chen"))).toast is None
    assert (await house.read("ana")).startswith("This shortcut is from another version")


async def test_drafts_of_slack_messages_are_made_harmless(house: House) -> None:
    await house.ana.uses("Draft a reply", on=await said(house, "<!channel> see <https://evil.example|this>", by="chen"))
    await house.settles()
    (draft,) = await drafts(house)
    assert draft.conversation[0]["content"] == "@channel see this (https://evil.example)"
    assert len(await posted(house, "this (https://evil.example)")) == 1


async def _sends(house: House, payload: dict[str, Any]) -> None:
    """What Slack would send, signed as Slack signs it."""
    body = urlencode({"payload": json.dumps(payload)})
    stamp = str(int(time.time()))
    signature = SignatureVerifier(house.box.app.signing_secret).generate_signature(timestamp=stamp, body=body)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature or "",
    }
    (await house.http.post(f"{house.bot.url}/slack/events", content=body, headers=headers)).raise_for_status()
