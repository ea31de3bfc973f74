"""Whom Slack refuses is no reviewer; what was taken while it was away counts when it has said who they are."""

import asyncio
import json
from typing import Any

import pytest
from sqlmodel import delete

from bot import export, labelling, membership
from bot.export import Count, Format
from bot.membership import Doorkeeper
from sandbox.people import Person as Somebody
from sandbox.workspace import TEAM_ID
from storage.models import Member, Person
from storage.queries import channels, people
from tests.house import DRAFT, SUPPORT, House
from tests.stories.steps import again, label, on_postgresql, one_database, removes, stored
from tests.stories.test_erasure import channel_of
from tests.stories.test_report import halted

NOT_AGENT = "You are not a reviewer of this channel."
SAVED = "Saved: approved as is."
LOOK_UPS = ("conversations.members", "users.info")


async def slack_is_away(house: House) -> None:
    for method in LOOK_UPS:
        await house.fault(method=method, kind="drop_before", times=1_000)


async def slack_is_back(house: House) -> None:
    await house.http.delete("/control/faults")


async def approves(house: House, person: str, draft: int) -> str:
    await house.people[person].clicks("Approve", await house.card(draft, seen_by="max"))
    return await house.read(person)


async def leaves_unheard(house: House) -> int:
    """Ana is taken out, and Slack does not get the event of it through; with its number Slack can send it again."""
    url, house.box.app.request_url = house.box.app.request_url, "http://127.0.0.1:9/slack/events"
    await removes(house, "ana")
    house.box.app.request_url = url
    sent = [one["id"] for one in await house.traffic() if one["method"] == "member_left_channel"]
    return int(sent[-1])


async def exported(house: House, form: Format) -> tuple[list[dict[str, Any]], Count]:
    async with house.sessions.reading() as session:
        channel = await channels.by_any_name(session, TEAM_ID, SUPPORT)
    assert channel is not None
    count = Count()
    return [json.loads(line) async for line in export.lines(house.sessions, channel, form, count)], count


async def has_role(house: House, person: Somebody, **flags: bool) -> None:
    (await house.http.post("/control/role", json={"who": person.id, **flags})).raise_for_status()


@one_database
@pytest.mark.parametrize("error", ["user_not_found", "user_not_visible"])
async def test_somebody_whom_slack_does_not_know_is_refused(house: House, error: str) -> None:
    draft = await house.draft()
    await house.fault(method="users.info", kind="error", error=error)
    assert (await approves(house, "gus", draft)).startswith(NOT_AGENT)
    assert await label(house, draft, "gus") is None


@one_database
async def test_in_a_channel_that_slack_does_not_show_us_nobody_is_let_in_by_a_guess(house: House) -> None:
    draft = await house.draft()
    await house.fault(method="conversations.members", kind="error", error="channel_not_found")
    assert (await approves(house, "ana", draft)).startswith(NOT_AGENT)


async def test_who_left_stays_out_while_slack_is_away(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({"Reply": "Mine"})
    await removes(house, "ana")
    async with house.sessions.writing() as session:
        await session.exec(delete(Person))  # her role was never asked for
    await slack_is_away(house)
    for _ in range(2):
        outcome = await house.ana.submits()
        assert "Not saved: you are not a reviewer" in "".join(outcome.errors.values())
    assert await label(house, draft, "ana") is None


async def test_a_guest_who_was_let_in_does_not_count_when_slack_is_back(house: House) -> None:
    draft, other = await house.draft(), await house.draft("Another one.")
    await slack_is_away(house)
    assert await approves(house, "gus", draft) == SAVED
    assert await approves(house, "ana", other) == SAVED
    for form in (Format.TRL_SFT, Format.LABELS):
        rows, count = await exported(house, form)
        assert (rows, count.left_out) == ([], {"not verified yet": 2})
    await slack_is_back(house)
    await house.bot.tools.doorkeeper.verify()
    assert await stored(house, draft, "gus") == ("refused", "approved", DRAFT, 1)
    rows, count = await exported(house, Format.TRL_SFT)
    assert [row["meta"]["draft"] for row in rows] == [other]
    assert count.left_out == {}
    rows, count = await exported(house, Format.LABELS)
    assert [row["draft"] for row in rows] == [other]
    assert count.left_out == {"not from a reviewer": 1}
    house.moves(seconds=5)
    await house.settles()
    assert await approves(house, "bea", draft) == SAVED  # the card is open again
    assert await stored(house, draft, "bea") == ("counted", "approved", DRAFT, 1)


@pytest.mark.parametrize(
    ("who", "there", "kind"), [("ana", True, "counted"), ("ana", False, "refused"), ("gus", True, "refused")]
)
async def test_an_answer_that_is_stored_just_after_slack_said_whose_it_is_counts_or_does_not_as_any_other(
    house: House, monkeypatch: pytest.MonkeyPatch, who: str, there: bool, kind: str
) -> None:
    draft = await house.draft()
    await slack_is_away(house)
    async with halted(monkeypatch, labelling, "record") as come:
        pressing = asyncio.create_task(approves(house, who, draft))
        await come.wait()
        if not there:
            await leaves_unheard(house)
        await slack_is_back(house)
        await house.bot.tools.doorkeeper.verify()
    assert await pressing == SAVED
    await house.bot.tools.doorkeeper.verify()
    assert await stored(house, draft, who) == (kind, "approved", DRAFT, 1)
    counts = kind == "counted"
    for form, left_out in ((Format.TRL_SFT, {}), (Format.LABELS, {"not from a reviewer": 1})):
        rows, count = await exported(house, form)
        assert (len(rows), count.left_out) == (1 if counts else 0, {} if counts else left_out)


async def test_a_click_after_slack_is_back_settles_what_was_taken_before(house: House) -> None:
    draft, other = await house.draft(), await house.draft("Another one.")
    await slack_is_away(house)
    assert await approves(house, "gus", draft) == SAVED
    await slack_is_back(house)
    assert (await approves(house, "gus", other)).startswith(NOT_AGENT)
    assert await stored(house, draft, "gus") == ("refused", "approved", DRAFT, 1)


async def test_an_agent_who_answered_and_left_while_slack_was_away_still_counts(house: House) -> None:
    draft = await house.draft()
    await slack_is_away(house)
    assert await approves(house, "ana", draft) == SAVED
    await removes(house, "ana")
    await slack_is_back(house)
    await house.bot.tools.doorkeeper.verify()
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
    rows, _ = await exported(house, Format.LABELS)
    assert [row["draft"] for row in rows] == [draft]


async def test_who_left_after_an_answer_counts_though_that_is_heard_late_and_slack_was_asked_in_vain_meanwhile(
    house: House,
) -> None:
    draft = await house.draft()
    await slack_is_away(house)
    assert await approves(house, "ana", draft) == SAVED
    house.moves(seconds=30)
    left = await leaves_unheard(house)
    house.moves(seconds=30)
    await house.bot.tools.doorkeeper.verify()
    await again(house, left)
    await slack_is_back(house)
    await house.bot.tools.doorkeeper.verify()
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)


async def test_who_left_before_an_answer_does_not_count_though_that_is_heard_late(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    await house.ana.fills({"Reply": "Mine"})
    left = await leaves_unheard(house)
    async with house.sessions.writing() as session:
        await session.exec(delete(Member))  # nothing was known of her
    house.moves(seconds=30)
    await slack_is_away(house)
    assert (await house.ana.submits()).closed
    assert (await stored(house, draft, "ana") or ())[:1] == ("counted",)
    await again(house, left)
    await slack_is_back(house)
    await house.bot.tools.doorkeeper.verify()
    assert (await stored(house, draft, "ana") or ())[:1] == ("refused",)


async def test_who_was_no_reviewer_and_becomes_one_may_answer_again(house: House) -> None:
    draft = await house.draft()
    await slack_is_away(house)
    assert await approves(house, "gus", draft) == SAVED
    note = await house.gus.last_private_note(SUPPORT)
    await slack_is_back(house)
    await house.bot.tools.doorkeeper.verify()
    await has_role(house, house.gus, is_restricted=False)
    house.moves(seconds=5)
    await house.settles()
    assert note is not None
    assert await approves(house, "gus", draft) == SAVED
    assert (await stored(house, draft, "gus") or ())[:2] == ("counted", "approved")


async def test_who_says_the_same_once_they_are_a_reviewer_is_kept_beside_who_was_first(house: House) -> None:
    draft = await house.draft()
    await slack_is_away(house)
    assert await approves(house, "gus", draft) == SAVED
    await slack_is_back(house)
    await house.bot.tools.doorkeeper.verify()
    assert (await stored(house, draft, "gus") or ())[:1] == ("refused",)
    house.moves(seconds=5)
    await house.settles()
    card = await house.card(draft)
    await house.fault(method="response_url", kind="drop_before", times=20)
    await house.fault(method="chat.update", kind="error", error="internal_error", times=20)
    await house.bea.clicks("Approve", card)
    await house.settles()
    await has_role(house, house.gus, is_restricted=False)
    house.moves(seconds=5)
    await house.gus.clicks("Approve", card)
    assert "was first" in await house.read("gus")
    assert (await stored(house, draft, "gus") or ())[:2] == ("extra", "approved")


@one_database
async def test_a_guest_from_now_on_is_refused_at_the_next_click(house: House) -> None:
    first, second = await house.draft(), await house.draft("Another one.")
    assert await approves(house, "ana", first) == SAVED
    await has_role(house, house.ana, is_restricted=True)
    assert (await approves(house, "ana", second)).startswith(NOT_AGENT)


@one_database
async def test_a_role_is_looked_up_again_after_a_day_and_holds_while_slack_is_away(house: House) -> None:
    house.box.app.events.discard("user_change")
    drafts = [await house.draft(f"Number {number}.") for number in range(4)]
    assert await approves(house, "ana", drafts[0]) == SAVED
    await has_role(house, house.ana, is_restricted=True)
    house.moves(hours=23)
    assert await approves(house, "ana", drafts[1]) == SAVED
    await slack_is_away(house)
    house.moves(hours=2)
    assert await approves(house, "ana", drafts[2]) == SAVED
    answer = await label(house, drafts[2], "ana")
    assert answer is not None
    assert answer.revision.verified  # it is known who she was yesterday
    await slack_is_back(house)
    assert (await approves(house, "ana", drafts[3])).startswith(NOT_AGENT)


@one_database
async def test_an_admin_who_is_one_no_more_does_not_set_channels_up(house: House) -> None:
    await has_role(house, house.max, is_admin=False)
    await house.max.types("/assay setup", in_=SUPPORT)
    assert await house.max.modal() is None
    assert "Only workspace admins" in await house.read("max")


async def last_event(house: House, kind: str, number: int = -1) -> int:
    sent = [one["id"] for one in await house.traffic() if one["kind"] == "event" and one["method"] == kind]
    return int(sent[number])


async def test_a_change_that_is_told_again_gives_no_right_back(house: House) -> None:
    assert await house.bot.tools.doorkeeper.is_admin(TEAM_ID, house.max.id)
    for is_admin in (False, True, False):
        house.moves(seconds=2)
        await has_role(house, house.max, is_admin=is_admin)
    made_admin = await last_event(house, "user_change", -2)
    house.moves(seconds=2)
    await again(house, made_admin)
    assert not await house.bot.tools.doorkeeper.is_admin(TEAM_ID, house.max.id)
    await slack_is_away(house)
    assert (await again(house, made_admin))["status"] == 503  # Slack will tell of it again
    assert not await house.bot.tools.doorkeeper.is_admin(TEAM_ID, house.max.id)
    await house.max.types("/assay setup", in_=SUPPORT)
    assert await house.max.modal() is None


async def test_of_two_changes_that_come_in_the_wrong_order_the_later_holds(house: House) -> None:
    """Gus was a guest, was made a member by mistake, and is a guest again before the first of it is heard."""
    draft = await house.draft()
    assert (await approves(house, "gus", draft)).startswith(NOT_AGENT)
    house.moves(seconds=2)
    url, house.box.app.request_url = house.box.app.request_url, "http://127.0.0.1:9/slack/events"
    await has_role(house, house.gus, is_restricted=False)
    house.box.app.request_url = url
    house.moves(seconds=2)
    await has_role(house, house.gus, is_restricted=True)
    house.moves(seconds=2)
    await again(house, await last_event(house, "user_change", -2))
    assert (await approves(house, "gus", draft)).startswith(NOT_AGENT)


@on_postgresql
async def test_of_two_events_that_come_at_once_the_later_holds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = await house.draft()
    assert (await approves(house, "zoe", draft)).startswith(NOT_AGENT)
    house.moves(seconds=1)
    come, go, deed = asyncio.Event(), asyncio.Event(), people.hear_of_member

    async def first_waits(*args: Any, **more: Any) -> Any:
        if not come.is_set():
            come.set()
            await go.wait()
        return await deed(*args, **more)

    monkeypatch.setattr(people, "hear_of_member", first_waits)
    coming = asyncio.create_task(house.max.invites(house.zoe.id, to="#support"))
    await come.wait()
    house.moves(seconds=1)
    await removes(house, "zoe")
    go.set()
    await coming
    assert (await approves(house, "zoe", draft)).startswith(NOT_AGENT)


async def test_who_leaves_while_slack_is_asked_about_them_is_out_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, other = await house.draft(), await house.draft("Another one.")
    assert await approves(house, "ana", draft) == SAVED
    house.moves(hours=25)
    async with halted(monkeypatch, Doorkeeper, "_keep") as come:  # Slack has said that she is there
        clicking = asyncio.create_task(house.ana.clicks("Approve", await house.card(other, seen_by="max")))
        await come.wait()
        house.moves(seconds=1)
        await removes(house, "ana")
    await clicking
    assert (await house.read("ana")).startswith(NOT_AGENT)
    assert await label(house, other, "ana") is None
    house.moves(hours=3)
    assert not (await house.bot.tools.doorkeeper.standing(await channel_of(house), house.ana.id)).agent


@pytest.mark.parametrize("as_what", ["admin", "somebody in a channel"])
async def test_who_loses_a_role_while_slack_is_asked_about_it_has_lost_it(
    house: House, monkeypatch: pytest.MonkeyPatch, as_what: str
) -> None:
    doorkeeper = house.bot.tools.doorkeeper
    assert await doorkeeper.is_admin(TEAM_ID, house.max.id)
    house.moves(hours=25)

    async def asked() -> bool:
        if as_what == "admin":
            return await doorkeeper.is_admin(TEAM_ID, house.max.id)
        return (await doorkeeper.standing(await channel_of(house), house.max.id)).admin

    place = membership if as_what == "admin" else Doorkeeper
    async with halted(monkeypatch, place, "_put_person" if as_what == "admin" else "_keep") as come:
        asking = asyncio.create_task(asked())
        await come.wait()  # Slack has said that he is an admin
        house.moves(seconds=1)
        await has_role(house, house.max, is_admin=False)
    assert not await asking
    assert not await doorkeeper.is_admin(TEAM_ID, house.max.id)
