"""Each press and each window is allowed or refused on the server, whatever stands on the screen."""

import time
from collections.abc import Mapping

import pytest
from sqlmodel import col, select

from sandbox.people import Message, NotOnScreen, Person
from sandbox.sending import signature
from sandbox.workspace import OTHER_TEAM_ID, TEAM_ID
from storage.models import Member
from storage.queries import labels
from storage.queries.labels import Current
from tests.house import CUSTOMER, LEADS, SUPPORT, House, sets_up
from tests.stories.test_channel_life import does

SAVED = "Saved: approved as is."
EDITING, SETTLING, SETTING_UP = "Edit the reply", "Settle the dispute", "Set up Assay here"
NOT_AGENT = "You are not a reviewer of this channel. Lea and Lars can add you."
NOT_LEAD = "Only leads can do this here: Lea and Lars."
NOT_THEIRS = "/assay is not a valid command."  # our app is not in their workspace
NOT_ADMIN = "Only workspace admins can do this here: Max."
OUTSIDE = {"approve": NOT_AGENT, "edit": NOT_AGENT, "settle": NOT_LEAD}
ROLES = {
    "an agent": {"approve": SAVED, "edit": EDITING, "settle": NOT_LEAD, "setup": NOT_ADMIN},
    "a guest": {**OUTSIDE, "setup": NOT_ADMIN},
    "somebody of another company": {**OUTSIDE, "setup": NOT_THEIRS},
    "somebody who left the channel": {**OUTSIDE, "setup": "not in the channel"},
    "somebody who never was in the channel": {**OUTSIDE, "setup": "not in the channel"},
    "a lead": {"approve": SAVED, "edit": EDITING, "settle": SETTLING, "setup": NOT_ADMIN},
    "an admin": {"approve": SAVED, "edit": EDITING, "settle": NOT_LEAD, "setup": SETTING_UP},
}


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_do_this_and_no_more(shared_house: House, role: str) -> None:
    house = shared_house
    await _disputed(house)
    draft = await house.draft("Another draft, for somebody else.")
    person = await _somebody(house, role)
    tried = {
        "setup": await _sets_up(house, person),
        "edit": await _presses(house, person, "Edit", await _card(house, draft)),
        "approve": await _presses(house, person, "Approve", await _card(house, draft)),
        "settle": await _presses(house, person, "Settle 1 of 1", await _digest(house)),
    }
    assert tried == ROLES[role]
    async with house.sessions.reading() as session:
        assert (await labels.of(session, draft, person.id) is not None) == (tried["approve"] == SAVED)


async def test_a_lead_whose_own_answer_is_in_the_dispute_leaves_it_to_another(shared_house: House) -> None:
    house = shared_house
    await _disputed(house, second="lea")
    digest = await _digest(house)
    refused = await _presses(house, house.lea, "Settle 1 of 1", digest)
    assert refused == "Your own answer is part of this dispute, so another lead settles it: Lars."
    assert await _presses(house, house.lars, "Settle 1 of 1", digest) == SETTLING


async def test_the_only_lead_settles_a_dispute_that_holds_their_own_answer(shared_house: House) -> None:
    house = shared_house
    await sets_up(house, overlap="All of them", Leads=[house.lea.id])
    await _disputed(house, second="lea")
    assert await _presses(house, house.lea, "Settle 1 of 1", await _digest(house)) == SETTLING


async def test_a_dispute_is_left_to_no_lead_whose_account_has_ended(shared_house: House) -> None:
    house = shared_house
    await _disputed(house, second="lea")
    digest = await _digest(house)
    await does(house, "deactivate", who=house.lars.id)
    await house.lea.opens_home()
    await house.settles()
    page = await house.lea.home()
    assert "Settle (1)" in page.text
    assert "another lead settles" not in page.text
    assert await _presses(house, house.lea, "Settle 1 of 1", digest) == SETTLING


async def test_a_window_that_was_open_when_its_lead_joined_the_dispute_settles_nothing(shared_house: House) -> None:
    """Bea takes her answer back, Lea takes the place; then Lea goes back to the window."""
    house = shared_house
    draft = await _disputed(house)
    assert await _presses(house, house.lea, "Settle 1 of 1", await _digest(house), close=False) == SETTLING
    await house.bea.clicks("Undo", await _note(house.bea))
    await house.settles()
    await house.lea.clicks("Approve", await _card(house, draft))
    await house.settles()
    await house.ana.clicks("Undo", await _note(house.ana))
    await house.settles()
    await _rejects(house, house.chen, draft)
    await house.lea.fills({"Which answer stands?": "Answer A", "Why did the answers differ?": "An agent slipped"})
    outcome = await house.lea.submits()
    assert not outcome.closed
    assert list(outcome.errors.values()) == [
        "Not settled: the answers changed while you read them. "
        "Your text is still here: copy it, close this window, then press Settle again."
    ]


async def test_who_left_while_writing_keeps_the_text_and_reads_who_can_help(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Edit", await _card(house, draft))
    await house.ana.fills({"Reply": "All my work."})
    await house.ana.leaves("#support")
    outcome = await house.ana.submits()
    assert not outcome.closed
    assert list(outcome.errors.values()) == [
        "Not saved: you are not a reviewer of this channel any more; a lead can add you. "
        "Your text is still here: copy it before you close this window."
    ]
    modal = await house.ana.modal()
    assert modal is not None
    assert modal.fields["Reply"] == "All my work."
    assert await _label(house, draft, house.ana) is None


async def test_who_left_does_not_undo_or_change(house: House) -> None:
    draft = await house.draft()
    await _presses(house, house.ana, "Approve", await _card(house, draft))
    note = await _note(house.ana)
    await house.ana.leaves("#support")
    assert await _presses(house, house.ana, "Change", note) == NOT_AGENT
    label = await _label(house, draft, house.ana)
    assert label is not None
    assert not label.revision.withdrawn


async def test_who_comes_back_may_again(house: House) -> None:
    draft = await house.draft()
    await house.ana.leaves("#support")
    assert await _presses(house, house.ana, "Approve", await _card(house, draft)) == NOT_AGENT
    await house.max.invites(house.ana, to="#support")
    assert await _presses(house, house.ana, "Approve", await _card(house, draft)) == SAVED


async def test_somebody_unknown_is_looked_up_once(house: House) -> None:
    for _ in range(2):
        draft = await house.draft(f"A draft at {len(await house.traffic())}")
        assert await _presses(house, house.ana, "Approve", await _card(house, draft)) == SAVED
    asked = [one["request"] for one in await house.traffic() if one["method"] == "users.info"]
    assert [one["user"] for one in asked if one["user"] == house.ana.id] == [house.ana.id]


async def test_while_slack_is_away_somebody_unknown_is_let_in_and_looked_up_later(house: House) -> None:
    draft, later = await house.draft(), await house.draft("Another one.")
    for method in ("conversations.members", "users.info"):
        await house.fault(method=method, kind="drop_before", times=5)
    assert await _presses(house, house.gus, "Approve", await _card(house, draft)) == SAVED
    label = await _label(house, draft, house.gus)
    assert label is not None
    assert not label.revision.verified
    assert await _unverified(house) == [house.gus.id]
    await house.http.delete("/control/faults")
    await house.bot.tools.doorkeeper.verify()
    assert await _unverified(house) == []
    assert await _presses(house, house.gus, "Approve", await _card(house, later)) == NOT_AGENT


async def test_while_slack_wants_no_look_ups_the_next_stranger_is_let_in_without_one_and_looked_up_later(
    house: House,
) -> None:
    cards = [await _card(house, await house.draft(text)) for text in ("One draft.", "Another one.")]
    known = await _looked_up(house)
    await house.fault(method="users.info", kind="ratelimit", seconds=30)
    for who, card in zip((house.ana, house.bea), cards, strict=True):
        assert await _presses(house, who, "Approve", card) == SAVED
    assert await _looked_up(house) == known + 1
    assert sorted(await _unverified(house)) == sorted([house.ana.id, house.bea.id])
    house.moves(seconds=60)
    await house.bot.tools.doorkeeper.verify()
    assert await _looked_up(house) == known + 3
    assert await _unverified(house) == []


FROM_ELSEWHERE = "Slack does not say just now which channels you are in."


@pytest.mark.parametrize("silent", ["users.info", "conversations.members"])
async def test_while_slack_does_not_say_who_is_in_a_channel_nobody_reads_its_drafts_from_elsewhere(
    house: House, silent: str
) -> None:
    await house.draft()
    made = await house.http.post("/control/channels", json={"name": "lunch", "members": [house.zoe.id]})
    await house.fault(method=silent, kind="ratelimit", seconds=30)
    lunch = made.json()["id"]
    await house.zoe.types("/assay next", in_=lunch)
    note = await house.zoe.last_private_note(lunch)
    assert note is not None
    assert FROM_ELSEWHERE in note.text
    assert await house.zoe.modal() is None
    await house.zoe.uses("Review next draft")
    window = await house.zoe.modal()
    assert window is not None
    assert (FROM_ELSEWHERE in window.text, CUSTOMER in window.text) == (True, False)
    await house.zoe.closes(all=True)
    await house.zoe.opens_home()
    await house.settles()
    assert FROM_ELSEWHERE in (await house.zoe.home()).text
    assert await _unverified(house) == []


@pytest.mark.parametrize("act", ["settle", "digest", "stats"])
async def test_what_is_done_where_the_digest_comes_lets_nobody_into_its_channel_while_slack_is_away(
    shared_house: House, act: str
) -> None:
    house = shared_house
    await _disputed(house)
    await house.draft("Another one.")
    await house.max.invites(house.zoe, to=LEADS)
    await house.fault(method="conversations.members", kind="ratelimit", seconds=30)
    if act == "settle":
        assert await _presses(house, house.zoe, "Settle 1 of 1", await _digest(house)) == NOT_LEAD
    else:
        await house.zoe.types(f"/assay {act}", in_=LEADS)
    if act == "stats":
        note = await house.zoe.last_private_note(LEADS)
        assert note is not None
        assert FROM_ELSEWHERE in note.text
    await house.zoe.types("/assay next", in_=LEADS)
    note = await house.zoe.last_private_note(LEADS)
    assert note is not None
    assert FROM_ELSEWHERE in note.text
    assert await house.zoe.modal() is None
    assert await _unverified(house) == []


async def test_while_slack_is_away_an_admin_who_opens_a_channels_settings_in_home_is_not_let_in(house: House) -> None:
    await house.draft()
    made = await house.http.post("/control/users", json={"name": "Moe", "is_admin": True})
    moe = Person(house.http, id=made.json()["id"], name="Moe")
    await house.fault(method="conversations.members", kind="ratelimit", seconds=30)
    await moe.opens_home()
    await house.settles()
    await moe.clicks("Set up", on=await moe.home())
    assert await moe.modal() is not None
    assert await _unverified(house) == []


async def test_while_slack_is_away_somebody_unknown_who_types_next_in_the_channel_is_let_in(house: House) -> None:
    await house.draft()
    await house.fault(method="users.info", kind="ratelimit", seconds=30)
    await house.ana.types("/assay next", in_=SUPPORT)
    window = await house.ana.modal()
    assert window is not None
    assert CUSTOMER in window.text
    assert await _unverified(house) == [house.ana.id]


async def test_a_press_from_another_workspace_stores_nothing(house: House) -> None:
    """The same press, signed anew, from a workspace that has the same people by chance."""
    draft, other = await house.draft(), await house.draft("Another one.")
    first = await house.ana.clicks("Approve", await _card(house, draft))
    assert first.traffic is not None
    pressed = house.box.traffic.find(first.traffic)
    assert pressed
    assert pressed.raw
    body, headers = pressed.raw
    forged = body.replace(TEAM_ID.encode(), OTHER_TEAM_ID.encode())
    forged = forged.replace(f"%22value%22%3A+%22{draft}%22".encode(), f"%22value%22%3A+%22{other}%22".encode())
    assert OTHER_TEAM_ID.encode() in forged
    assert f"%22{other}%22".encode() in forged
    stamp = str(int(time.time()))
    signed = {"X-Slack-Request-Timestamp": stamp, "Content-Type": headers["Content-Type"]}
    signed["X-Slack-Signature"] = signature(house.box.app.signing_secret, stamp, forged)
    answer = await house.http.post(f"{house.bot.url}/slack/events", content=forged, headers=signed)
    assert answer.status_code == 200
    assert await house.read("ana") == "This draft is not here any more. Nothing was saved."
    assert await _label(house, other, house.ana) is None


async def _somebody(house: House, role: str) -> Person:
    named: Mapping[str, Person] = {
        "an agent": house.chen,
        "a guest": house.gus,
        "somebody who left the channel": house.chen,
        "somebody who never was in the channel": house.zoe,
        "a lead": house.lea,
        "an admin": house.max,
    }
    if role == "somebody who left the channel":
        await house.chen.leaves("#support")
    if role in named:
        return named[role]
    made = (await house.http.post("/control/users", json={"name": "Sam", "is_stranger": True})).json()
    for channel in ("#support", "#leads"):
        await house.max.invites(made["id"], to=channel)
    return Person(house.http, id=made["id"], name="Sam")


async def _disputed(house: House, *, second: str = "bea") -> int:
    """A draft that Ana approves and somebody else rejects, and the digest of the next morning that shows it."""
    draft = await house.draft()
    await house.ana.clicks("Approve", await _card(house, draft))
    await _rejects(house, house.people[second], draft)
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    return draft


async def _rejects(house: House, person: Person, draft: int) -> None:
    await person.clicks("Reject", await _card(house, draft))
    await person.fills({"Why can this draft not be used?": "Wrong facts"})
    assert (await person.submits()).closed
    await house.settles()


async def _card(house: House, draft: int) -> Message:
    return await house.card(draft, seen_by="max")


async def _digest(house: House) -> Message:
    return next(one for one in reversed(await house.max.reads(LEADS)) if "Settle 1 of 1" in one.buttons)


async def _presses(house: House, person: Person, button: str, on: Message, *, close: bool = True) -> str:
    """The title of the window that opened, or what was said."""
    await person.clicks(button, on)
    await house.settles()
    if (modal := await person.modal()) is not None:
        if close:
            await person.closes()
        return modal.title
    note = await person.last_private_note(on.channel)
    return _named(house, note.text) if note else ""


async def _sets_up(house: House, person: Person) -> str:
    try:
        tried = await person.types("/assay setup", in_=SUPPORT)
    except NotOnScreen:
        return "not in the channel"
    if tried.toast is not None:
        return tried.toast
    if (modal := await person.modal()) is not None:
        await person.closes()
        return modal.title
    return _named(house, (await _note(person)).text)


async def _note(person: Person) -> Message:
    note = await person.last_private_note(SUPPORT)
    assert note is not None
    return note


async def _label(house: House, draft: int, person: Person) -> Current | None:
    async with house.sessions.reading() as session:
        return await labels.of(session, draft, person.id)


async def _unverified(house: House) -> list[str]:
    async with house.sessions.reading() as session:
        return list((await session.exec(select(Member.user).where(col(Member.verified).is_(False)))).all())


def _named(house: House, text: str) -> str:
    for person in house.people.values():
        text = text.replace(f"<@{person.id}>", person.name)
    return text


async def _looked_up(house: House) -> int:
    return sum(one["method"] == "users.info" for one in await house.traffic())
