"""Home: what waits for somebody and what they can do about it, for each role; drawn only for whoever looks."""

import asyncio

import pytest

from bot.home.drawing import AGAIN, TRIES
from bot.surfaces import home_admin, notes
from bot.surfaces.home import AWAY
from sandbox.people import Home, NotOnScreen, Person
from sandbox.workspace import TEAM_ID
from storage.models import Person as Role
from storage.queries import people
from storage.words import DeliveryState
from tests.house import DRAFT, ESCALATIONS, LEADS, SUPPORT, House, sets_up
from tests.houses import Houses
from tests.stories import steps
from tests.stories.steps import delivery, gone, one_database, posted, removes, stored

OTHER = "Please call us, we cannot do this by mail and have to hear from you first."
SECRET = "Marzipan"
CHOICE, WHY = "Which answer stands?", "Why did the answers differ?"
POST, PUBLISH = "chat.postMessage", "views.publish"


async def home(house: House, person: str) -> Home:
    """Somebody opens Home; what they see once the bot has drawn it."""
    await house.people[person].opens_home()
    return await seen(house, person)


async def seen(house: House, person: str) -> Home:
    """What stands on somebody's Home after the bot has done its work."""
    await house.settles()
    return await house.people[person].home()


async def answers(house: House, draft: int, person: str, *, text: str | None = None) -> None:
    who = house.people[person]
    await who.clicks("Edit" if text else "Approve", await house.card(draft, seen_by=person))
    if text:
        await who.fills({"Reply": text})
        assert (await who.submits()).closed
    await house.settles()


async def disputed(house: House, one: str, other: str, number: int) -> int:
    draft = await house.draft(f"{DRAFT} {number}", prompt=f"Question number {number}")
    await answers(house, draft, one)
    await answers(house, draft, other, text=f"{OTHER} {number}")
    return draft


async def publishes(house: House) -> int:
    return sum(one["method"] == PUBLISH for one in await house.traffic())


async def drawn_for(house: House) -> set[str]:
    """Whose Home was ever published."""
    return {one["request"]["user_id"] for one in await house.traffic() if one["method"] == PUBLISH}


async def card_fails(house: House) -> str:
    """A card that Slack refuses; the key of its delivery."""
    await house.fault(method=POST, kind="error", error="invalid_blocks")
    return f"card:{await house.draft('A card that does not arrive.')}"


async def second_admin(house: House) -> Person:
    made = await house.http.post("/control/users", json={"name": "Moe", "is_admin": True})
    house.people["moe"] = Person(house.http, id=made.json()["id"], name="Moe")
    return house.people["moe"]


async def test_an_agent_sees_what_waits_and_what_they_said_and_changes_it_there(house: House) -> None:
    first, second = await house.draft(prompt="The older question"), await house.draft(prompt="The newer question")
    await answers(house, first, "ana")
    house.moves(minutes=1)
    page = await home(house, "ana")
    assert "*1 draft waits for you*" in page.text
    assert "1 reviewed today · 1 this week" in page.text
    assert f"#{first}* · approved as is · " in page.text
    assert "The older question" in page.text
    assert f"#{second}" not in page.text
    assert page.buttons == ["Start reviewing (1)", "Change"]
    await house.ana.clicks("Change", on=page)
    await house.ana.fills({"This draft is": "Good with my changes", "Reply": f"{DRAFT} Bye."})
    told = await steps.notes(house, "ana")
    assert (await house.ana.submits()).closed
    page = await seen(house, "ana")
    assert page.text.startswith("Saved: your edit (1 word changed). It replaces your earlier answer.")
    assert f"#{first}* · edited · " in page.text
    assert await steps.notes(house, "ana") == told  # said in Home, so not in the channel too
    assert await stored(house, first, "ana") == ("counted", "edited", f"{DRAFT} Bye.", 2)
    assert await drawn_for(house) == {house.ana.id}
    assert "Saved:" not in (await home(house, "ana")).text


async def test_reviewing_begins_in_home_and_home_keeps_up_with_it(house: House) -> None:
    for number in (1, 2):
        await house.draft(prompt=f"Question {number}")
    await house.bea.types("/assay next", in_=SUPPORT)
    await house.bea.submits()
    await house.settles()
    assert await drawn_for(house) == set()  # Bea never opened hers
    page = await home(house, "ana")
    await house.ana.clicks("Start reviewing (1)", on=page)
    assert (await house.ana.submits()).error is None
    page = await seen(house, "ana")
    assert "*Nothing waits for you.*" in page.text
    assert "1 reviewed today" in page.text
    assert page.buttons == ["Change"]


async def test_an_answer_that_cannot_be_changed_says_why(shared_house: House) -> None:
    house = shared_house
    draft = await disputed(house, "ana", "bea", 1)
    undone = await house.draft("Another reply.", prompt="Another question")
    await answers(house, undone, "ana")
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    await house.ana.clicks("Undo", note)
    await settles_first(house, await home(house, "lea"), "lea")
    page = await home(house, "ana")
    assert f"#{undone}* · undone · " in page.text
    assert f"#{draft}* · approved as is · settled by a lead · " in page.text
    assert "Change" not in page.buttons


@one_database
async def test_an_answer_given_in_focus_mode_can_be_undone_from_home(house: House) -> None:
    draft = await house.draft()
    await house.ana.types("/assay next", in_=SUPPORT)
    await house.ana.submits()
    await house.ana.closes()
    page = await home(house, "ana")
    await house.ana.clicks("Change", on=page)
    await house.ana.clicks("Undo my answer")
    await house.settles()
    window = await house.ana.modal()
    assert window is not None
    assert "Undone. Your answer is taken back." in window.text
    assert f"#{draft}* · undone · " in (await house.ana.home()).text
    assert "Approve" in (await house.card(draft)).buttons


@one_database
async def test_who_is_no_admin_any_more_ends_no_token_from_an_old_home(house: House) -> None:
    page = await home(house, "max")
    house.box.workspace.user(house.max.id).is_admin = False  # and Slack never said so
    house.moves(days=2)
    await house.max.clicks("End", on=page)
    await house.settles()
    note = await house.max.modal()
    assert note is not None
    assert home_admin.ADMINS_ONLY in note.text


@one_database
async def test_home_lists_the_last_twenty_answers_the_newest_first(house: House) -> None:
    sent = await house.sends(
        [{"channel": SUPPORT, "prompt": f"Question {n}", "draft": f"Answer {n}."} for n in range(23)]
    )
    await house.ana.types("/assay next", in_=SUPPORT)
    for _ in sent.json():
        await house.ana.submits()
    page = await home(house, "ana")
    assert page.buttons == ["Change"] * 20
    assert page.text.index("Question 22") < page.text.index("Question 3")
    assert "Question 2\n" not in page.text


async def test_nobody_reads_in_home_what_another_said(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft()
    await answers(house, draft, "ana", text=f"{DRAFT} {SECRET}")
    for name in ("bea", "chen", "lea", "max", "gus"):
        page = await home(house, name)
        assert SECRET not in page.text
        assert f"#{draft}" not in page.text
    assert "2 drafts wait" not in (await home(house, "bea")).text


async def test_agreement_is_said_in_words_with_its_interval_and_only_of_days_that_are_over(shared_house: House) -> None:
    house = shared_house
    house.box.world.rates.on = False
    for number in range(4):
        one = await house.draft(f"{DRAFT} {number}", prompt=f"Question {number}")
        await answers(house, one, "ana")
        await answers(house, one, "bea")
    await disputed(house, "ana", "bea", 5)
    await disputed(house, "ana", "chen", 6)
    alone = await house.draft("Only Ana answers this one.")
    await answers(house, alone, "ana")
    today = (await home(house, "ana")).text
    assert "No shared draft can be compared yet. About 30 more shared drafts until this means something." in today
    house.moves(days=1)
    page = (await home(house, "ana")).text
    assert "On 4 of 6 shared drafts you agreed with the other. Over many drafts that would be 30 to 90 in 100." in page
    assert "About 24 more shared drafts until this means something." in page
    assert "`0 ┄┄┄┄┄┄━━━━━━━●━━━━━┄┄ 100`" in page
    few = (await home(house, "chen")).text
    assert "Only 1 shared draft can be compared so far, too few for a number." in few
    assert " in 100" not in few
    for other in ("bea", "chen"):
        assert house.people[other].id not in page


async def settles_first(house: House, page: Home, lead: str) -> None:
    who = house.people[lead]
    await who.clicks("Settle", on=page)
    await who.fills({CHOICE: "Answer A", WHY: "An agent slipped"})
    assert (await who.submits()).closed


async def test_a_lead_settles_the_oldest_dispute_in_home_and_leaves_their_own_to_another(shared_house: House) -> None:
    house = shared_house
    first = await disputed(house, "ana", "bea", 1)
    house.moves(minutes=5)
    second = await disputed(house, "chen", "bea", 2)
    own = await disputed(house, "lea", "bea", 3)
    page = await home(house, "lea")
    assert "Settle (2)" in page.text
    assert page.buttons.count("Settle") == 2
    assert page.text.index(f"#{first}*\nQuestion number 1") < page.text.index(f"#{second}*\nQuestion number 2")
    assert f"*Billing › Refund · #{own}*\n" not in page.text
    assert "1 holds an answer of yours: another lead settles." in page.text
    assert "Settle (3)" in (await home(house, "lars")).text
    await settles_first(house, page, "lea")
    page = await seen(house, "lea")
    assert page.text.startswith(notes.SETTLED.format(draft=1))
    assert "Settle (1)" in page.text
    assert f"#{first}*\n" not in page.text


async def test_a_lead_reads_the_last_digests_and_people_in_the_order_of_names(shared_house: House) -> None:
    house = shared_house
    house.box.world.rates.on = False
    for number in range(5):
        one = await house.draft(f"{DRAFT} {number}", prompt=f"Question {number}")
        for name in ("bea", "ana"):
            await answers(house, one, name)
    one = await house.draft("One more reply.", prompt="One more question")
    for name in ("chen", "ana"):
        await answers(house, one, name)
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    page = await home(house, "lea")
    ana, bea, chen = (f"<@{house.people[name].id}> · " for name in ("ana", "bea", "chen"))
    assert f"{ana}6 answers in 28 days · agreed with the other on 6 of 6 shared drafts" in page.text
    assert f"{bea}5 answers in 28 days · agreed with the other on 5 of 5 shared drafts" in page.text
    assert f"{chen}1 answer in 28 days\n" in page.text
    assert page.text.index(ana) < page.text.index(bea) < page.text.index(chen)
    (digest,) = await posted(house, "Labelling digest", LEADS)
    assert f"/archives/{LEADS}/p{digest.ts.replace('.', '')}|Thursday 19 November>" in page.text
    assert "Too early to say how far agents agree: 6 of 30 shared drafts." in page.text
    assert "People" not in (await home(house, "ana")).text.split("\n")


async def test_what_did_not_arrive_is_posted_again_once_though_two_admins_press(house: House) -> None:
    key = await card_fails(house)
    moe = await second_admin(house)
    pages = {name: await home(house, name) for name in ("max", "moe")}
    for page in pages.values():
        assert "Did not arrive" in page.text
        assert f"{home_admin.REFUSED_OTHERWISE.format(error='invalid_blocks')}\nPost again" in page.text
    assert "Did not arrive" not in (await home(house, "lea")).text
    # Both press what they see; the second press meets a delivery that is under way or done.
    await asyncio.gather(house.max.clicks("Post again", on=pages["max"]), moe.clicks("Post again", on=pages["moe"]))
    told = [(await seen(house, name)).text.split("\n")[0] for name in pages]
    assert sorted(told) == sorted([home_admin.AGAIN, home_admin.ALREADY])
    assert (await delivery(house, key)).state == DeliveryState.SENT
    assert len(await posted(house, "A card that does not arrive.")) == 1
    assert "Did not arrive" not in (await home(house, "max")).text


async def test_only_an_admin_posts_again_sets_up_and_ends_tokens(house: House) -> None:
    """Somebody who was one when Home was drawn, and is none any more when they press."""
    key = await card_fails(house)
    page = await home(house, "max")
    async with house.sessions.writing() as session:
        await people.put_person(
            session, Role(team=TEAM_ID, user=house.max.id, admin=False, outsider=False, checked_at=house.now())
        )
    refusals = {
        "Post again": home_admin.ADMINS_ONLY,
        "End": home_admin.ADMINS_ONLY,
        "Set up": "whoever runs Assay can name you in ASSAY_ADMINS.",
    }
    for button, refusal in refusals.items():
        await house.max.clicks(button, on=page)
        await house.settles()
        window = await house.max.modal()
        assert window is not None
        assert window.text.endswith(refusal)
        await house.max.closes()
    assert (await delivery(house, key)).state == DeliveryState.FAILED
    assert (await house.sends({"channel": SUPPORT, "prompt": "Hi", "draft": "Hello"})).status_code == 201


async def test_an_admin_ends_a_token_and_its_user_is_refused(house: House) -> None:
    page = await home(house, "max")
    assert "*helpdesk* · drafts:write · every channel · since " in page.text
    await house.max.clicks("End", on=page)
    now = await seen(house, "max")
    assert now.text.startswith(home_admin.ENDED)
    assert "helpdesk" not in now.text
    assert (await house.sends({"channel": SUPPORT, "prompt": "Hi", "draft": "Hello"})).status_code == 401


async def test_an_admin_makes_a_token_in_home_and_it_is_listed_there(house: House) -> None:
    page = await home(house, "max")
    await house.max.clicks("Create an API token", on=page)
    window = await house.max.modal()
    assert window is not None
    assert f"*A token for <#{SUPPORT}>*" in window.text
    secret = next(word for word in window.text.split() if word.startswith("assay_"))
    await house.max.closes()
    assert "support, made in Slack* · drafts:write · <#C0SUPPORT1> only" in (await seen(house, "max")).text
    sent = await house.sends({"channel": SUPPORT, "prompt": "Hi", "draft": "Hello"}, token=secret)
    assert sent.status_code == 201


@one_database
async def test_home_offers_a_token_for_whichever_channel_takes_drafts(houses: Houses) -> None:
    async with houses.open(set_up=False) as house:
        assert "Create an API token" not in (await home(house, "max")).text
        await sets_up(house)
        await house.max.types("/assay setup", in_=LEADS)
        await house.max.fills({"Leads": [house.max.id], "Digest goes to": LEADS, "Guideline": "Other rules."})
        assert (await house.max.submits()).closed
        page = await home(house, "max")
        assert list(page.field("Create an API token for…").options) == ["leads", "support"]
        await house.max.chooses("Create an API token for…", "leads", on=page)
        window = await house.max.modal()
        assert window is not None
        assert f"*A token for <#{LEADS}>*" in window.text
        await house.max.closes()
        assert f"leads, made in Slack* · drafts:write · <#{LEADS}> only" in (await seen(house, "max")).text


async def test_an_admin_sees_every_channel_and_sets_one_up_from_home(house: House) -> None:
    await house.draft()
    page = await home(house, "max")
    assert "*#support* · set up · guideline v1 · digest at 09:00 (Europe/Berlin) · 1 waiting" in page.text
    assert "*#leads* · digests come here" in page.text
    assert "*#escalations* · escalations are told here" in page.text
    assert "Last digest: none in the last 28 days" in page.text
    await house.max.clicks("Set up", on=page)
    window = await house.max.modal()
    assert window is not None
    assert "Leads" in window.fields


@one_database
async def test_a_setup_from_home_says_in_its_window_what_comes_next(houses: Houses) -> None:
    """Its admin need not be in the channel, so nothing can be said there."""
    async with houses.open(set_up=False) as house:
        await removes(house, "max", ESCALATIONS)
        page = await home(house, "max")
        assert "*#escalations* · not set up yet" in page.text
        await house.max.clicks("Set up", on=page)  # the first one
        await house.max.fills({"Leads": ["Lea"], "Guideline": "Be kind."})
        await house.max.submits()
        window = await house.max.modal()
        assert window is not None
        assert f"*Ready.* Drafts appear as cards in <#{ESCALATIONS}>." in window.text
        assert "curl -sS" in window.text
        assert "*#escalations* · set up · guideline v1" in (await seen(house, "max")).text
        await house.max.clicks("Send a sample draft")
        await house.settles()
        assert any("A sample from Assay" in one.text_seen for one in await house.ana.reads(ESCALATIONS))
        note = await house.max.modal()
        assert note is not None
        assert "A sample draft is on its way to the channel. It is never counted: answer it as you like." in note.text
        await house.max.closes()
        await house.max.clicks("Create an API token")
        token = await house.max.modal()
        assert token is not None
        assert "This is shown once, to you alone" in token.text


@one_database
async def test_what_an_admin_must_act_on_stands_first(house: House) -> None:
    (await house.http.post("/control/archive", json={"user": house.max.id, "channel": ESCALATIONS})).raise_for_status()
    await removes(house, "lea")
    await house.settles()
    page = await home(house, "max")
    assert "Needs an admin" in page.text
    assert "#escalations is archived, so escalations in #support are told in #support itself." in page.text
    assert f"<@{house.lea.id}> leads #support and has left it." in page.text


@one_database
async def test_a_delivery_that_stays_unclear_is_shown_after_ten_minutes(house: House) -> None:
    await house.fault(method=POST, kind="drop_before")
    await house.fault(method="conversations.history", kind="error", error="internal_error", times=50)
    await house.draft("Nobody knows whether it came.")
    await house.settles()
    assert "Did not arrive" not in (await home(house, "max")).text
    house.moves(minutes=11)
    await house.bot.tools.courier.look_up_unclear()
    page = await home(house, "max")
    assert home_admin.UNCLEAR in page.text
    await house.max.clicks("Post again", on=page)
    await house.settles()
    assert len(await posted(house, "Nobody knows whether it came.")) == 1


async def test_what_is_looked_for_is_not_posted_again_meanwhile_however_often_it_was(house: House) -> None:
    await house.fault(method=POST, kind="foreign", times=4)
    await house.fault(method=POST, kind="drop_after")
    key = f"card:{await house.draft('Is it there?')}"
    while (await delivery(house, key)).attempts < 5:
        house.moves(seconds=66)
        await house.bot.tools.courier.look_up_unclear()
        await house.settles()
    assert (await delivery(house, key)).state == DeliveryState.AMBIGUOUS
    await house.max.clicks("Post again", on=await home(house, "max"))
    await house.settles()
    house.moves(minutes=2)
    await house.bot.tools.courier.look_up_unclear()
    await house.settles()
    assert (await delivery(house, key)).state == DeliveryState.SENT
    assert len(await posted(house, "Is it there?")) == 1


async def test_a_card_that_nobody_needs_any_more_is_cancelled_and_no_problem(house: House) -> None:
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    draft = await house.draft()
    await house.withdraws(draft)
    house.moves(seconds=31)
    await house.settles()
    assert (await delivery(house, f"card:{draft}")).state == DeliveryState.CANCELLED
    assert "Did not arrive" not in (await home(house, "max")).text


@one_database
async def test_somebody_with_several_roles_in_several_channels_has_all_of_them_at_once(house: House) -> None:
    await house.max.types("/assay setup", in_=LEADS)
    await house.max.fills({"Leads": [house.max.id], "Digest goes to": LEADS, "Guideline": "Other rules."})
    await house.max.submits()
    await house.draft()
    await house.draft("Another reply.", channel=LEADS)
    page = await home(house, "max")
    assert "*2 drafts wait for you*" in page.text
    for part in ("Review", "Settle", "Digests", "People", "Channels", "API tokens", "Health", "Your last answers"):
        assert part in page.text.split("\n")
    assert {"Start reviewing (2)", "Set up", "End"} <= set(page.buttons)


async def test_who_has_no_role_reads_what_this_is_and_who_can_add_them(house: House) -> None:
    page = await home(house, "zoe")
    assert f"• <#{SUPPORT}> · <@{house.lea.id}> or <@{house.lars.id}> can add you" in page.text
    assert page.buttons == []
    assert "Guests do not review." in (await home(house, "gus")).text


@one_database
async def test_a_home_that_slack_asks_to_wait_with_is_drawn_later_and_once(house: House) -> None:
    await house.fault(method=PUBLISH, kind="ratelimit", seconds=30)
    assert (await home(house, "ana")).text == ""
    homes = house.bot.tools.homes
    house.moves(seconds=29)
    assert await homes.draw_waiting() == 0
    house.moves(seconds=1)
    assert await homes.draw_waiting() == 1
    assert "Review" in (await house.ana.home()).text
    assert await homes.draw_waiting() == 0


async def test_while_slack_wants_no_homes_of_a_workspace_none_is_drawn_by_any_replica(house: House) -> None:
    await house.fault(method=PUBLISH, kind="ratelimit", seconds=30)
    await home(house, "ana")
    asked = await publishes(house)
    async with steps.second_bot(house) as other:
        for who, bot in (("bea", house.bot), ("chen", other)):
            house.moves(seconds=1)
            await steps.listens(house, bot)
            await house.people[who].opens_home()
            await bot.tools.afterwards.done()
        assert await publishes(house) == asked
        house.moves(seconds=29)
        for bot in (house.bot, other):
            await bot.tools.homes.draw_waiting()
        for who in ("ana", "bea", "chen"):
            assert "Review" in (await house.people[who].home()).text
    assert await publishes(house) == asked + 3


@one_database
async def test_a_home_that_others_waits_hold_up_is_drawn_however_often_they_do(house: House) -> None:
    await house.fault(method=PUBLISH, kind="ratelimit", seconds=30, times=TRIES + 3)
    for _ in range(TRIES + 3):
        await home(house, "ana")  # whoever opens Home anew is asked for anew
        await home(house, "bea")
        house.moves(seconds=31)
    await house.bot.tools.homes.draw_waiting()
    assert "Review" in (await house.bea.home()).text


@one_database
async def test_a_home_that_waits_for_slack_waits_no_longer_when_the_clock_is_set_back(house: House) -> None:
    await house.fault(method=PUBLISH, kind="ratelimit", seconds=30)
    await home(house, "ana")
    house.moves(hours=-1)
    assert await house.bot.tools.homes.draw_waiting() == 1
    assert "Review" in (await house.ana.home()).text


@one_database
async def test_a_home_that_slack_never_takes_is_given_up_and_drawn_when_it_is_opened_again(house: House) -> None:
    await house.fault(method=PUBLISH, kind="drop_before", times=TRIES + 1)
    await home(house, "ana")
    tried = 0
    for _ in range(2 * TRIES):
        house.moves(seconds=AGAIN)
        tried += await house.bot.tools.homes.draw_waiting()
    assert tried == TRIES
    assert "Review" in (await home(house, "ana")).text


@one_database
async def test_a_home_that_was_drawn_meanwhile_is_drawn_anew_from_what_is_known_now(house: House) -> None:
    """What the person looked at when they opened it is not the newest any more."""
    page = await home(house, "ana")
    await house.fault(method=PUBLISH, kind="error", error="hash_conflict")
    await house.draft()
    page = await home(house, "ana")
    assert "*1 draft waits for you*" in page.text
    sent = [one["request"] for one in await house.traffic() if one["method"] == PUBLISH]
    assert ["hash" in one for one in sent] == [False, True, False]


@one_database
async def test_opened_many_times_at_once_it_is_drawn_twice_at_most(house: House) -> None:
    await home(house, "ana")
    before = len([one for one in await house.traffic() if one["method"] == PUBLISH])
    await house.fault(method=PUBLISH, kind="delay", seconds=0.3)
    await asyncio.gather(*(house.ana.opens_home() for _ in range(5)))
    await house.settles()
    after = [one for one in await house.traffic() if one["method"] == PUBLISH]
    assert 1 <= len(after) - before <= 2


@one_database
async def test_while_the_database_is_away_home_says_so_and_comes_back(house: House) -> None:
    await home(house, "ana")
    async with gone(house, None):
        await house.ana.opens_home()
        await house.bot.tools.afterwards.done()
        assert (await house.ana.home()).text == AWAY
    assert "Review" in (await home(house, "ana")).text


@one_database
async def test_the_other_tab_draws_nothing(house: House) -> None:
    await house.http.post("/control/home", json={"user": house.ana.id, "tab": "messages"})
    await house.settles()
    assert await drawn_for(house) == set()


async def test_stats_are_the_sentences_of_home_for_one_channel_and_only_for_the_one_who_asks(house: House) -> None:
    draft = await house.draft()
    await answers(house, draft, "ana")
    said = await stats(house, "ana")
    assert "1 reviewed today · 1 this week" in said
    assert "No shared draft can be compared yet." in said
    assert "leads" not in said
    said = await stats(house, "lea")
    assert f"• <@{house.ana.id}> · 1 answer in 28 days" in said
    assert "nothing to settle" in said
    assert f"{house.lea.id}> and <@{house.lars.id}> can add you." in await stats(house, "gus")
    assert "2 drafts" not in said


async def stats(house: House, person: str) -> str:
    await house.people[person].types("/assay stats", in_=SUPPORT)
    return await house.read(person)


@one_database
async def test_before_anything_is_set_up_home_says_what_to_do(houses: Houses) -> None:
    async with houses.open(set_up=False) as house:
        assert "a workspace admin types /assay setup there." in (await home(house, "ana")).text
        page = await home(house, "max")
        assert "*#support* · not set up yet" in page.text
        with pytest.raises(NotOnScreen):
            page.button("Start reviewing")
