"""`/assay setup`: three fields to start with, all the rest behind *More…*, and nothing typed is ever lost."""

import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from bot import export
from bot.surfaces import command_help, setup_answers
from sandbox.people import Modal, NotOnScreen, Person
from sandbox.workspace import BOT_USER_ID, TEAM_ID
from storage.models import Channel, Guideline, Token
from storage.queries import channels, disputes, figures
from tests.databases import Postgres
from tests.house import CUSTOMER, DRAFT, ESCALATIONS, GUIDELINE, LEADS, NOON, SUPPORT, House, sets_up
from tests.houses import Houses
from tests.stories.steps import again, gone, label, leads_set_up, notes, one_database, posted

THREE = {"Digest goes to": LEADS, "Guideline": GUIDELINE}
EVERY_FIELD: dict[str, Any] = {
    "Digest comes at": "08:30",
    "Time zone": "Europe/Lisbon (UTC)",
    "Working days": ["Sunday", "Monday"],
    "Drafts that two people review": "2 in 10",
    "Second looks": [],
    "Cards that are open at a time": "3",
    "Escalations are told to": ESCALATIONS,
    "Reasons to escalate": "legal threat\n\n  safety  first ",
    "Topics that agents may flag": "fraud\nminors",
    "Wished-for mix of topics": "account: 12.5\n\nbilling/refund 40 %",
    "System message of the training data": "{guideline}\n{context.plan}",
    "Model": "draft-writer-2",
    "Drafts without a reply": [],
    "Drafts made from Slack messages": ["May leave as training data"],
}


async def stored(house: House, slack_id: str = SUPPORT) -> Channel:
    async with house.sessions.reading() as session:
        found = await channels.by_slack_id(session, TEAM_ID, slack_id)
    assert found is not None
    return found


async def opens(house: House, *, more: bool = False, who: Person | None = None) -> Modal:
    person = who or house.max
    await person.types("/assay setup", in_=SUPPORT)
    if more:
        await person.clicks("More…")
    modal = await person.modal()
    assert modal is not None
    return modal


async def test_three_fields_are_enough_and_the_rest_has_a_default(houses: Houses) -> None:
    async with houses.open(set_up=False) as house:
        modal = await opens(house)
        assert set(modal.fields) == {"Leads", "Digest goes to", "Digest comes at", "Guideline"}
        assert modal.buttons == ["More…"]
        await house.max.fills(THREE | {"Leads": ["Lea"]})
        assert (await house.max.submits()).closed
        channel = await stored(house)
        assert (channel.state, channel.time_zone, channel.working_days) == ("active", "Europe/Berlin", [0, 1, 2, 3, 4])
        assert (channel.open_cards, channel.overlap_share, channel.escalation_channel) == (10, None, None)
        assert (channel.reviewers, channel.second_looks, channel.exports_slack_drafts) == ([], True, False)


async def test_more_shows_every_field_and_keeps_what_was_typed(houses: Houses) -> None:
    async with houses.open(set_up=False) as house:
        await opens(house)
        await house.max.fills({"Guideline": "Typed before More."})
        await house.max.clicks("More…")
        modal = await house.max.modal()
        assert modal is not None
        assert modal.fields["Guideline"] == "Typed before More."
        assert modal.fields["Time zone"] == "Europe/Berlin (UTC+01:00)"
        filled: dict[str, Any] = EVERY_FIELD | {
            "Leads": ["Lea"],
            "Digest goes to": LEADS,
            "Who may review": ["Ana", "Bea"],
        }
        await house.max.searches("Time zone", "lisb")
        await house.max.fills({**filled, "Time zone": "Europe/Lisbon (UTC)"})
        assert (await house.max.submits()).closed
        channel = await stored(house)
        assert (channel.digest_time, channel.time_zone, channel.working_days) == ("08:30", "Europe/Lisbon", [0, 6])
        assert (channel.overlap_share, channel.second_looks, channel.open_cards) == (0.2, False, 3)
        assert channel.escalation_reasons == ["legal threat", "safety first"]
        assert channel.tags == ["fraud", "minors"]
        assert channel.targets == {"billing/refund": 0.4, "account": 0.125}
        assert channel.reviewers == [house.ana.id, house.bea.id]
        assert (channel.context_template, channel.model) == ("{guideline}\n{context.plan}", "draft-writer-2")
        assert (channel.writes_drafts, channel.exports_slack_drafts) == (False, True)


async def test_the_wished_mix_is_shown_again_as_one_would_type_it(house: House) -> None:
    await sets_up(house, **{"Wished-for mix of topics": "account: 12.5\n\nbilling/refund 40 %"})
    modal = await opens(house, more=True)
    assert modal.fields["Wished-for mix of topics"] == "billing/refund 40\naccount 12.5"
    assert (await house.max.submits()).closed
    assert (await notes(house, "max"))[-1] == "Saved, nothing was changed."
    await sets_up(house, **{"Wished-for mix of topics": ""})
    assert (await stored(house)).targets == {}


async def test_a_wished_topic_is_that_of_the_drafts_and_one_of_no_draft_is_named(house: House) -> None:
    for number, topic in enumerate(("billing/refund", "account", "billing/refund", "")):
        await house.draft(prompt=f"Question {number}", topic=topic)
    await sets_up(house, **{"Wished-for mix of topics": "Billing › Refund 25\nAccount 40\n<!here> 1"})
    assert (await stored(house)).targets == {"account": 0.4, "billing/refund": 0.25, "<!here>": 0.01}
    note = (await notes(house, "max"))[-1]
    assert note.startswith(
        "Saved. The new settings hold from now on. No draft here has yet, of the wished-for topics: “"
    )
    assert "here" in note
    assert "<!here>" not in note
    assert "ccount" not in note
    await sets_up(house, **{"Wished-for mix of topics": "ACCOUNT 45"})
    assert (await notes(house, "max"))[-1] == setup_answers.CHANGED


async def test_fields_that_are_not_shown_keep_what_the_channel_has(house: House) -> None:
    await sets_up(house, **{**EVERY_FIELD, "Time zone": "Europe/Berlin (UTC+01:00)"})
    before = await stored(house)
    await opens(house)
    await house.max.fills({"Guideline": "Be brief."})
    assert (await house.max.submits()).closed
    after = await stored(house)
    changed = {name for name in Channel.model_fields if getattr(before, name) != getattr(after, name)}
    assert changed == {"guideline", "settings_version"}


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("berlin", "Europe/Berlin (UTC+01:00)"),
        ("new york", "America/New_York (UTC-05:00)"),
        ("UTC", "UTC (UTC)"),
        ("kolk", "Asia/Kolkata (UTC+05:30)"),
        ("e", None),
        ("atlantis", None),
    ],
)
async def test_the_time_zones_are_searched_as_one_types(house: House, typed: str, first: str | None) -> None:
    await opens(house, more=True)
    found = await house.max.searches("Time zone", typed)
    assert len(found) <= 100
    assert (found[:1] == [first]) if first else (bool(found) == (typed == "e"))


WRONG = {
    "Topics that agents may flag": [
        ("fraud\nlegal|safety", "Not saved: “legal|safety” has a | in it, which stands between several in files. "),
        ("\n".join(f"topic {number}" for number in range(51)), "Not saved: there are 51 lines, and 50 are the most."),
        ("Fraud\nfraud", "Not saved: “Fraud” stands there twice."),
        ("x" * 76, f"Not saved: “{'x' * 76}” is longer than 75 characters."),
    ],
    "Wished-for mix of topics": [
        ("billing 60\naccount 50", "Not saved: together these are 110 %. Lower some: 100 % is everything."),
        (
            "billing 40\nthe rest",
            "Not saved: “the rest” is not a topic with a percentage. Write it as: billing/refund 20",
        ),
        ("billing 40\nBilling 20", "Not saved: “billing” stands there twice. Remove one of them."),
    ],
    "System message of the training data": [
        ("{customer}", "Not saved: {customer} is not known. Use {guideline}, {context} or {context.NAME}.")
    ],
    "Reasons to escalate": [("   \n ", "Not saved: write at least one, one a line.")],
}


@pytest.mark.parametrize(("field", "typed", "said"), [(f, t, s) for f, cases in WRONG.items() for t, s in cases])
async def test_nonsense_in_a_text_field_is_said_at_the_field(house: House, field: str, typed: str, said: str) -> None:
    before = await stored(house)
    await opens(house, more=True)
    await house.max.fills({field: typed, "Guideline": "Kept."})
    outcome = await house.max.submits()
    assert not outcome.closed
    assert [sentence for sentence in outcome.errors.values() if not sentence.startswith(said)] == []
    assert len(outcome.errors) == 1
    modal = await house.max.modal()
    assert modal is not None
    assert (modal.fields[field], modal.fields["Guideline"]) == (typed, "Kept.")
    assert await stored(house) == before


async def makes(house: House, name: str, **what: Any) -> str:
    made = await house.http.post("/control/channels", json={"name": name, "members": [house.max.id], **what})
    return str(made.json()["id"])


async def test_a_channel_in_which_nothing_can_be_posted_is_refused_at_the_field(house: House) -> None:
    elsewhere = await makes(house, "elsewhere")
    old, shared = await makes(house, "old"), await makes(house, "partners")
    for channel in (old, shared):
        await house.max.invites(house.box.workspace.bot.id, to=channel)
    await opens(house, more=True)
    (await house.http.post("/control/archive", json={"user": house.max.id, "channel": old})).raise_for_status()
    stranger = (await house.http.post("/control/users", json={"name": "Sam", "is_stranger": True})).json()["id"]
    await house.max.invites(stranger, to=shared)
    for place, said in (
        (elsewhere, "Not saved: Assay is not in that channel. Invite it there, then press Save again."),
        (old, "Not saved: that channel is archived."),
        (shared, "Not saved: people of another company are in that channel (Slack Connect), and would read this."),
    ):
        await house.max.fills({"Digest goes to": place})
        outcome = await house.max.submits()
        assert outcome.errors["digest_channel"].startswith(said), outcome
        assert "Everything you typed is still here." in outcome.errors["digest_channel"]
    await house.max.invites(house.box.workspace.bot.id, to=elsewhere)
    await house.max.fills({"Digest goes to": elsewhere})
    assert (await house.max.submits()).closed


async def test_a_channel_that_was_deleted_meanwhile_is_refused_at_the_field(house: House) -> None:
    await opens(house)
    (await house.http.post("/control/delete", json={"user": house.max.id, "channel": LEADS})).raise_for_status()
    outcome = await house.max.submits()
    assert outcome.errors["digest_channel"].startswith("Not saved: that channel was deleted, or it is private")


async def test_two_admins_at_once_read_whose_settings_came_in_between(house: House) -> None:
    house.box.workspace.user(house.lea.id).is_admin = True
    await opens(house)
    await opens(house, who=house.lea)
    await house.lea.fills({"Guideline": "Lea's guideline."})
    assert (await house.lea.submits()).closed
    await house.max.fills({"Guideline": "Max's guideline."})
    outcome = await house.max.submits()
    assert list(outcome.errors.values()) == [
        "Not saved: Lea saved other settings of this channel while this window was open. Everything you typed is "
        "still here: copy what you need, close the window, and type /assay setup again to start from theirs."
    ]
    modal = await house.max.modal()
    assert modal is not None
    assert modal.fields["Guideline"] == "Max's guideline."
    async with house.sessions.reading() as session:
        texts = [row.text for row in (await session.exec(select(Guideline).order_by(col(Guideline.version)))).all()]
    assert texts == [GUIDELINE, "Lea's guideline."]


async def test_saving_again_unchanged_says_so_and_makes_no_version(house: House) -> None:
    before = await stored(house)
    await opens(house, more=True)
    submitted = await house.max.submits()
    assert submitted.closed
    assert (await notes(house, "max"))[-1] == "Saved, nothing was changed."
    await again(house, submitted.traffic)
    assert await stored(house) == before
    await sets_up(house, Guideline="Another one.")
    assert (await notes(house, "max"))[-1] == "Saved. The new settings hold from now on."


async def test_with_the_database_away_every_word_stays(houses: Houses, on_postgres: Postgres | None) -> None:
    async with houses.open() as house:
        await opens(house)
        await house.max.fills({"Guideline": "Typed while it was away."})
        async with gone(house, on_postgres):
            outcome = await house.max.submits()
        assert list(outcome.errors.values()) == [
            "Not saved, the database is away. Your text is still here: press Save again."
        ]
        assert (await house.max.submits()).closed
        async with house.sessions.reading() as session:
            newest = await channels.guideline(session, 1)
        assert newest is not None
        assert newest.text == "Typed while it was away."


async def test_only_those_who_are_named_may_label(house: House) -> None:
    named: dict[str, Any] = {"Who may review": ["Bea"]}
    await sets_up(house, **named)
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    assert (await house.read("ana")).startswith("You are not a reviewer of this channel.")
    await house.bea.clicks("Approve", await house.card(draft))
    assert await house.read("bea") == "Saved: approved as is."


async def test_after_the_first_setup_the_channel_can_be_tried(houses: Houses) -> None:
    async with houses.open(set_up=False) as house:
        await opens(house)
        await house.max.fills(THREE | {"Leads": ["Lea"]})
        await house.max.submits()
        await house.settles()
        note = await house.max.last_private_note(SUPPORT)
        assert note is not None
        assert note.text.startswith(f"Ready. Drafts appear as cards in <#{SUPPORT}>. What happens next:")
        assert note.buttons == ["Send a sample draft", "Create an API token"]
        settings = house.bot.tools.settings
        assert f"curl -sS http://{settings.host}:{settings.port}/api/v1/drafts" in note.text_seen
        assert f'"channel": "{SUPPORT}"' in note.text_seen
        await house.max.clicks("Send a sample draft", note)
        await house.settles()
        (card,) = await posted(house, "A sample from Assay, to try the buttons. It is never counted.")
        await house.max.clicks("Send a sample draft", note)
        await house.settles()
        assert (await notes(house, "max"))[-1].startswith("A sample draft stands in the channel already.")
        assert len(await posted(house, "A sample from Assay")) == 1
        await house.ana.clicks("Approve", card)
        assert await house.read("ana") == "Saved: approved as is."
        await house.max.clicks("Send a sample draft", note)
        await house.settles()
        assert len(await posted(house, "A sample from Assay")) == 1  # the first is done, so it is one line


async def test_samples_are_in_no_figure_and_in_no_export(house: House) -> None:
    """Beside one real answer; a sample is escalated, edited and answered a second time."""
    await sets_up(house)
    note = await house.max.last_private_note(SUPPORT)
    assert note is not None
    for agent, window in (("ana", "Escalate"), ("bea", "Edit")):
        await house.max.clicks("Send a sample draft", note)
        await house.settles()
        (card,) = await posted(house, "A sample from Assay")
        await house.people[agent].clicks(window, card)
        filled = {"Why must a human take over?": "Safety"} if window == "Escalate" else {"Reply": "Quite another text."}
        await house.people[agent].fills(filled)
        assert (await house.people[agent].submits()).closed
        await house.settles()
        house.moves(seconds=5)
    await house.max.clicks("Send a sample draft", note)  # one that nobody answers
    await house.settles()
    house.moves(seconds=5)
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()
    house.moves(days=1)
    digest = await house.bot.tools.digests.text(await stored(house), house.now())
    assert "1 label yesterday, 1 answer settled, 0 drafts waiting." in digest
    async with house.sessions.reading() as session:
        bounds: Any = {"since": NOON.replace(year=2000), "until": NOON.replace(year=2100)}
        assert [row.draft for row in await figures.said(session, 1, **bounds)] == [draft]
        assert await figures.settled(session, 1, **bounds) == 1
        assert await figures.sampled(session, 1, **bounds) == {}
        assert await disputes.newest(session, 1, limit=9) == []


async def test_samples_are_not_exported(house: House, tmp_path: Path) -> None:
    note_after = await _sample_answered(house)
    assert note_after == "Saved: approved as is."
    channel = await stored(house)
    for form in export.Format:
        count = await export.write(house.sessions, channel, form, tmp_path / form.file)
        assert count.rows == 0


async def _sample_answered(house: House) -> str:
    await sets_up(house)
    note = await house.max.last_private_note(SUPPORT)
    assert note is not None
    await house.max.clicks("Send a sample draft", note)
    await house.settles()
    (card,) = await posted(house, "A sample from Assay")
    await house.ana.clicks("Approve", card)
    return await house.read("ana")


async def test_a_token_is_shown_once_and_works_for_this_channel_alone(house: House, capsys: Any) -> None:
    await sets_up(house)
    note = await house.max.last_private_note(SUPPORT)
    assert note is not None
    pressed = await house.max.clicks("Create an API token", note)
    modal = await house.max.modal()
    assert modal is not None
    secret = next(word for word in modal.text.split() if word.startswith("assay_"))
    sent = await house.sends({"channel": SUPPORT, "prompt": CUSTOMER, "draft": DRAFT}, token=secret)
    assert sent.status_code == 201, sent.text
    other = await house.sends({"channel": LEADS, "prompt": CUSTOMER, "draft": DRAFT}, token=secret)
    assert other.status_code == 422
    await again(house, pressed.traffic)
    await house.settles()
    async with house.sessions.reading() as session:
        made = [one for one in (await session.exec(select(Token))).all() if one.channel_id is not None]
    assert [(one.scopes, one.revoked_at) for one in made] == [(["drafts:write"], None)]
    messages = json.dumps([one.text_seen for one in await house.max.reads(SUPPORT)])
    out = capsys.readouterr()
    assert secret not in messages + out.out + out.err


async def test_a_token_whose_window_did_not_open_is_worth_nothing(house: House) -> None:
    await sets_up(house)
    note = await house.max.last_private_note(SUPPORT)
    assert note is not None
    await house.fault(method="views.open", kind="error", error="internal_error")
    await house.max.clicks("Create an API token", note)
    assert (await house.read("max")).startswith("The window could not be opened in time, so no token was made.")
    async with house.sessions.reading() as session:
        made = [one for one in (await session.exec(select(Token))).all() if one.channel_id is not None]
    assert [one.revoked_at is not None for one in made] == [True]


async def test_others_than_admins_make_no_token_and_see_no_window(house: House) -> None:
    await sets_up(house)
    note = await house.max.last_private_note(SUPPORT)
    assert note is not None
    house.box.workspace.user(house.max.id).is_admin = False
    house.box.workspace.user(house.max.id).is_owner = False
    await house.bot.tools.doorkeeper.learn_person(TEAM_ID, house.max.id)
    await house.max.clicks("Create an API token", note)
    assert (await house.read("max")).startswith("Only workspace admins can")
    assert await house.max.modal() is None
    with pytest.raises(NotOnScreen):
        await house.max.clicks("More…")


@one_database
async def test_any_reason_can_be_given_whatever_it_is_called(shared_house: House) -> None:
    """Also one that sounds like another choice of the menu; all are shown as they were written."""
    house = shared_house
    await sets_up(house, overlap="All of them", **{"Reasons to escalate": "none\nchosen\nEU law (GDPR)\niOS crash"})
    draft = await house.draft()
    given = []
    for agent, words in (("ana", "None"), ("bea", "iOS crash")):
        await house.people[agent].clicks("Edit", await house.card(draft, seen_by=agent))
        await house.people[agent].fills({"Reply": f"{agent} writes", "Must a human take over?": words})
        assert (await house.people[agent].submits()).closed
        answer = await label(house, draft, agent)
        given.append(answer.revision.escalation if answer else None)
    assert given == ["none", "iOS crash"]
    await house.settles()
    await house.lea.opens_home()
    await house.settles()
    await house.lea.clicks("Settle", on=await house.lea.home())
    await house.lea.fills({"Which answer stands?": "Answer A", "Must a human take over?": "EU law (GDPR)"})
    await house.lea.fills({"Why did the answers differ?": "The ticket is ambiguous"})
    assert (await house.lea.submits()).closed


@one_database
@pytest.mark.parametrize("who", ["gus", "the bot"])
async def test_neither_a_guest_nor_a_bot_can_be_made_a_lead(house: House, who: str) -> None:
    await opens(house)
    named = BOT_USER_ID if who == "the bot" else house.people[who].id
    await house.max.fills({"Leads": [house.lea.id, named]})
    outcome = await house.max.submits()
    assert list(outcome.errors.values()) == [setup_answers.NO_COLLEAGUES]
    assert (await stored(house)).leads == [house.lea.id, house.lars.id]


async def test_a_conversation_of_two_is_no_channel_to_set_up(house: House) -> None:
    world = house.box.world.workspace
    alone = world.direct(world.user(house.max.id)).id
    await house.max.types("/assay setup", in_=alone)
    assert await house.max.modal() is None
    note = await house.max.last_private_note(alone)
    assert note is not None
    assert note.text == command_help.NO_CHANNEL
    async with house.sessions.reading() as session:
        assert await channels.by_slack_id(session, TEAM_ID, alone) is None


MEMBERS = "conversations.members"


async def forgets_members(house: House) -> None:
    async with house.sessions.writing() as session:
        await session.exec(update(Channel).values(members_known=False, private=True))


async def learns(house: House) -> tuple[set[str], int]:
    """Channels whose members are known once the clock has asked, and how often Slack was asked for members."""
    before = sum(one["method"] == MEMBERS for one in await house.traffic())
    await house.bot.tools.doorkeeper.learn_places()
    async with house.sessions.reading() as session:
        known = (await session.exec(select(Channel.slack_id).where(col(Channel.members_known)))).all()
    return set(known), sum(one["method"] == MEMBERS for one in await house.traffic()) - before


@pytest.mark.parametrize("fault", ["foreign", "ratelimit", "status"])
async def test_who_is_told_of_escalations_is_asked_again_where_slack_did_not_say_it_when_that_was_set_up(
    house: House, fault: str, every_log: list[MutableMapping[str, Any]]
) -> None:
    await forgets_members(house)
    await house.fault(method=MEMBERS, kind=fault)
    await house.max.types("/assay setup", in_=SUPPORT)
    assert (await house.max.submits()).closed
    await house.settles()
    assert not [line for line in every_log if line["log_level"] == "error"]
    house.moves(minutes=10)
    assert await learns(house) == ({ESCALATIONS}, 1)
    assert await learns(house) == ({ESCALATIONS}, 0)


async def test_while_slack_does_not_say_whether_a_channel_is_private_it_stays_what_it_was(house: House) -> None:
    await forgets_members(house)
    await house.fault(method="conversations.info", kind="status")
    assert await learns(house) == (set(), 0)
    async with house.sessions.reading() as session:
        told = await channels.by_slack_id(session, TEAM_ID, ESCALATIONS)
    assert told is not None
    assert told.private
    assert await learns(house) == ({ESCALATIONS}, 1)


@pytest.mark.parametrize(("refused", "of_members"), [(MEMBERS, 2), ("conversations.info", 1)])
async def test_a_channel_that_slack_does_not_know_keeps_no_other_unlearned(
    house: House, refused: str, of_members: int
) -> None:
    await leads_set_up(house)
    await forgets_members(house)
    async with house.sessions.writing() as session:
        await session.exec(update(Channel).where(col(Channel.slack_id) == LEADS).values(escalation_channel=SUPPORT))
    await house.fault(method=refused, kind="error", error="channel_not_found")
    known, asked = await learns(house)
    assert (len(known), asked) == (1, of_members)
