"""What Slack refuses as things stand waits until they are mended; what nobody can mend is told to somebody."""

import pytest

from sandbox.workspace import BOT_USER_ID
from storage.queries import labels
from storage.words import DeliveryState
from tests.house import DRAFT, ESCALATIONS, LEADS, SUPPORT, House, sets_up
from tests.houses import Houses
from tests.stories.steps import (
    delivery,
    escalates,
    leads_set_up,
    notes,
    one_database,
    posted,
    removes,
    second_bot,
    told_directly,
)
from tests.stories.test_home import home
from tests.stories.test_posted_once import POST, comes_in, looks, one_card_that_works, state

REFUSALS = [
    "invalid_auth",
    "not_authed",
    "missing_scope",
    "ekm_access_denied",
    "team_access_not_granted",
    "restricted_action",
    "restricted_action_read_only_channel",
]
CLOSED = ["not_in_channel", "is_archived", "channel_not_found"]  # nothing is asked until the channel comes back


async def refuses(house: House, error: str, *, times: int = 1, method: str = POST) -> None:
    await house.fault(method=method, kind="error", error=error, times=times)


async def calls(house: House, method: str = POST) -> int:
    return sum(one["method"] == method for one in await house.traffic())


@one_database
async def test_a_card_that_is_refused_for_now_waits_and_is_posted_later(house: House) -> None:
    await refuses(house, "missing_scope")
    await comes_in(house)
    for error in REFUSALS:
        await refuses(house, error)
        await looks(house, after=3600)
        waiting = await delivery(house, "card:1")
        assert (waiting.state, waiting.error) == (DeliveryState.PENDING, error)
    assert await posted(house, DRAFT) == []
    await looks(house, after=3600)
    assert (await delivery(house, "card:1")).error is None
    await one_card_that_works(house)


async def test_while_slack_wants_no_changes_none_is_asked_for_in_any_channel_however_short_the_wait(
    house: House,
) -> None:
    await leads_set_up(house)
    here, there = await house.draft(), await house.draft(channel=LEADS)
    await house.fault(method="chat.update", kind="ratelimit", seconds=4)
    await house.withdraws(here)
    house.moves(seconds=2)
    await house.withdraws(there)
    for moved, called in ((3, 1), (1, 1), (3, 3)):  # each is drawn five seconds after it was withdrawn
        house.moves(seconds=moved)
        await house.settles()
        assert await calls(house, "chat.update") == called
    assert "Approve" not in [*(await house.card(here)).buttons, *(await house.card(there, channel=LEADS)).buttons]


@one_database
async def test_a_refusal_is_asked_about_less_and_less_often_and_at_least_every_hour(house: House) -> None:
    await refuses(house, "invalid_auth", times=1_000)
    await comes_in(house)
    waits = []
    for _ in range(14):
        row = await delivery(house, "card:1")
        waits.append((row.due_at - house.now()).total_seconds())
        house.moves(seconds=waits[-1])
        assert await house.bot.tools.courier.deliver_due() == 1
    assert all(0.9 * longest <= wait <= longest for wait, longest in zip(waits, [10, 20, 40, 80], strict=False))
    assert all(0.9 * 3600 <= wait <= 3600 for wait in waits[9:])


async def test_one_refusal_is_enough_for_all_that_waits_for_the_channel(house: House) -> None:
    await refuses(house, "restricted_action", times=1_000)
    before = await calls(house)
    many = [{"channel": SUPPORT, "prompt": f"Case {number}", "draft": DRAFT} for number in range(8)]
    await house.sends(many)
    await house.settles()
    assert await calls(house) == before + 1


async def test_who_invites_assay_again_gets_the_cards_at_once(house: House) -> None:
    await refuses(house, "restricted_action", times=1_000)
    await comes_in(house)
    for _ in range(5):
        await looks(house, after=3600)
    assert await state(house) == DeliveryState.PENDING
    await house.http.delete("/control/faults")
    for what in ("leave", "invite"):
        act = {"user": house.max.id, "channel": SUPPORT, "who": BOT_USER_ID}
        (await house.http.post(f"/control/{what}", json=act)).raise_for_status()
    await house.settles()
    await one_card_that_works(house)


@one_database
@pytest.mark.parametrize("error", CLOSED)
async def test_a_channel_that_refused_and_is_there_after_all_gets_its_cards(house: House, error: str) -> None:
    await refuses(house, error)
    await comes_in(house)
    waiting = await delivery(house, "card:1")
    assert (waiting.state, waiting.error) == (DeliveryState.PENDING, error)
    for what in ("leave", "invite"):
        act = {"user": house.max.id, "channel": SUPPORT, "who": BOT_USER_ID}
        (await house.http.post(f"/control/{what}", json=act)).raise_for_status()
    await house.settles()
    await one_card_that_works(house)


async def test_a_start_with_a_new_token_brings_what_waited(house: House) -> None:
    await refuses(house, "token_revoked", times=3)
    await comes_in(house)
    house.moves(seconds=10)
    await house.settles()
    assert await state(house) == DeliveryState.PENDING
    await house.http.delete("/control/faults")
    async with second_bot(house) as fresh:
        assert await fresh.tools.courier.deliver_due() == 1
    await one_card_that_works(house)


@one_database
async def test_a_card_whose_message_is_wrong_is_given_up_with_the_reason(house: House) -> None:
    await refuses(house, "msg_blocks_too_long")
    await comes_in(house)
    row = await delivery(house, "card:1")
    assert (row.state, row.error) == (DeliveryState.FAILED, "msg_blocks_too_long")
    assert await posted(house, DRAFT) == []  # a card without buttons would be no use


@one_database
async def test_a_digest_whose_blocks_are_refused_comes_as_text(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    house.moves(days=1)
    await refuses(house, "invalid_blocks")
    await house.bot.tools.digests.post_due()
    await house.settles()
    (digest,) = await posted(house, "Labelling digest", LEADS)
    assert digest.buttons == []


@one_database
@pytest.mark.parametrize("error", ["missing_scope", "restricted_action"])
async def test_leads_are_told_directly_where_an_escalation_cannot_be_announced(house: House, error: str) -> None:
    draft = await house.draft()
    await refuses(house, error)
    await escalates(house, draft)
    for lead in ("lea", "lars"):
        (told,) = await told_directly(house, lead)
        assert f"<#{ESCALATIONS}> could not be told this, so you are." in told
        assert "Needs a human: legal threat" in told
    assert await told_directly(house, "ana") == []
    await looks(house, after=3600)
    assert len(await posted(house, "Needs a human: legal threat", ESCALATIONS)) == 1
    assert len(await told_directly(house, "lea")) == 1


@one_database
async def test_leads_are_told_directly_where_an_escalation_failed_for_good(house: House) -> None:
    draft = await house.draft()
    await refuses(house, "msg_too_long", times=2)
    await escalates(house, draft)
    assert (await delivery(house, f"notice:{draft}")).state == DeliveryState.FAILED
    (told,) = await told_directly(house, "lea")
    assert "Needs a human: legal threat" in told


async def test_who_was_told_directly_has_seen_the_answer(houses: Houses) -> None:
    async with houses.open(set_up=False) as house:
        house.box.world.workspace.channels[ESCALATIONS].kind = "private"
        for name in ("lea", "lars", "bea"):
            await removes(house, name, ESCALATIONS)
        await sets_up(house)
        draft = await house.draft()
        await refuses(house, "restricted_action")
        await escalates(house, draft)
        async with house.sessions.reading() as session:
            exposed = {name: await labels.is_exposed(session, draft, house.people[name].id) for name in ("lea", "bea")}
        assert exposed == {"lea": True, "bea": False}


@one_database
async def test_a_redraw_goes_on_through_an_outage_of_hours(house: House) -> None:
    draft = await house.draft()
    await house.fault(method="chat.update", kind="status", times=1_000)
    await house.fault(method="response_url", kind="drop_before", times=1_000)
    await house.ana.clicks("Approve", await house.card(draft))
    for _ in range(40):
        await looks(house, after=600)
    assert (await house.card(draft)).buttons
    tried = await calls(house, "chat.update")
    assert 6 < tried < 25
    await house.http.delete("/control/faults")
    for _ in range(7):
        await looks(house, after=600)
    assert not (await house.card(draft)).buttons


async def withdraws_at_once(house: House, drafts: list[int]) -> None:
    headers = {"Authorization": f"Bearer {house.token}"}
    for draft in drafts:
        await house.http.post(f"{house.bot.url}/api/v1/drafts/{draft}/withdraw", headers=headers)


async def test_cards_that_nobody_needs_any_more_keep_no_other_waiting(house: House) -> None:
    before = await calls(house), await calls(house, "chat.update")
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    batch = [{"channel": "#support", "prompt": f"Question {one}", "draft": f"Reply {one}"} for one in range(30)]
    taken = await house.sends(batch)
    await house.bot.tools.afterwards.done()
    assert await house.bot.tools.courier.deliver_due() == 0
    await withdraws_at_once(house, [int(one["id"]) for one in taken.json()])
    await house.sends({"channel": "#support", "prompt": "Another one", "draft": "Needed."})
    house.moves(seconds=31)
    await house.bot.tools.courier.deliver_due()
    assert len(await posted(house, "Needed.")) == 1
    await house.settles()
    assert len(await posted(house, "Reply")) == 0
    assert (await calls(house), await calls(house, "chat.update")) == (before[0] + 2, before[1])


async def test_a_card_that_was_called_off_is_posted_where_somebody_undoes_their_answer(house: House) -> None:
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    draft = await house.draft()
    await house.ana.types("/assay next", in_=SUPPORT)
    await house.ana.submits()
    await house.ana.closes()
    assert (await delivery(house, f"card:{draft}")).state == DeliveryState.CANCELLED
    await house.ana.clicks("Change", on=await home(house, "ana"))
    await house.ana.clicks("Undo my answer")
    house.moves(seconds=31)
    await house.settles()
    (card,) = await posted(house, DRAFT)
    await house.bea.clicks("Approve", card)
    assert await notes(house, "bea") == ["Saved: approved as is."]
