"""A card, a digest, a notice is posted once, whatever happens between here and Slack."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.delivery import Courier
from bot.delivery.posting import Poster
from storage.engine import make_sessions
from storage.queries import deliveries, drafts, turns
from storage.words import DeliveryState
from tests.databases import somebody_waits
from tests.house import CUSTOMER, DRAFT, ESCALATIONS, LEADS, SUPPORT, House
from tests.stories.steps import delivery, notes, one_database, posted, second_bot, stored, takes_too_long, until
from tests.stories.test_report import halted

POST = "chat.postMessage"
CARD = "card:1"


async def comes_in(house: House) -> None:
    """A draft is stored and its card is tried once."""
    answer = await house.sends({"channel": "#support", "prompt": "Hello", "draft": DRAFT})
    assert answer.json()["id"] == "1"
    await house.settles()


async def looks(house: House, *, after: float) -> None:
    """Time passes, the bot looks for what is unclear, then sends what is due."""
    house.moves(seconds=after)
    await house.bot.tools.courier.look_up_unclear()
    await house.settles()


async def state(house: House, key: str = CARD) -> str:
    return (await delivery(house, key)).state


async def days_pass(house: House) -> None:
    for _ in range(20):
        await looks(house, after=300)


async def one_card_that_works(house: House) -> None:
    """The card stands in the channel once and is answered as any other."""
    await days_pass(house)
    (card,) = await posted(house, DRAFT)
    assert await state(house) == DeliveryState.SENT
    assert (await delivery(house, CARD)).ts == card.ts
    await house.ana.clicks("Approve", card)
    assert await notes(house, "ana") == ["Saved: approved as is."]
    assert await stored(house, 1, "ana") == ("counted", "approved", DRAFT, 1)
    await days_pass(house)
    assert len(await posted(house, "#1 · done")) == 1


@pytest.mark.parametrize("waits", ["for Slack", "for a look"])
async def test_a_card_waits_a_minute_at_most_once_the_clock_was_set_back(house: House, waits: str) -> None:
    fault = {"kind": "ratelimit", "seconds": 30} if waits == "for Slack" else {"kind": "drop_before"}
    await house.fault(method=POST, **fault)
    await comes_in(house)
    assert await posted(house, DRAFT) == []
    house.moves(hours=-1)
    await looks(house, after=0)
    for _ in range(3):
        await looks(house, after=60)
    assert len(await posted(house, DRAFT)) == 1
    await one_card_that_works(house)


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "foreign_after"])
async def test_a_card_that_slack_took_unseen_is_found_not_repeated(house: House, kind: str) -> None:
    await house.fault(method=POST, kind=kind)
    await comes_in(house)
    assert await state(house) == DeliveryState.AMBIGUOUS
    assert len(await posted(house, DRAFT)) == 1
    await looks(house, after=5)
    assert await state(house) == DeliveryState.SENT
    await one_card_that_works(house)


async def test_a_history_that_lags_is_asked_again_before_a_card_is_repeated(house: House) -> None:
    await house.fault(method=POST, kind="drop_after")
    await house.fault(method="conversations.history", kind="history_lag", seconds=30)
    await comes_in(house)
    await looks(house, after=5)
    assert await state(house) == DeliveryState.AMBIGUOUS
    assert len(await posted(house, DRAFT)) == 1
    await looks(house, after=60)
    assert await state(house) == DeliveryState.SENT
    await one_card_that_works(house)


@pytest.mark.parametrize("kind", ["drop_before", "foreign"])
async def test_a_card_that_never_arrived_is_posted_after_two_looks(house: House, kind: str) -> None:
    await house.fault(method=POST, kind=kind)
    await comes_in(house)
    await looks(house, after=5)
    assert await posted(house, DRAFT) == []
    await looks(house, after=60)
    await one_card_that_works(house)


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_without_the_history_scope_nothing_is_ever_repeated(house: House, kind: str) -> None:
    scopes = sorted(house.box.app.scopes - {"channels:history"})
    (await house.http.post("/control/app", json={"scopes": scopes})).raise_for_status()
    await house.fault(method=POST, kind=kind)
    await comes_in(house)
    await days_pass(house)
    assert len(await posted(house, DRAFT)) == (1 if kind == "drop_after" else 0)
    row = await delivery(house, CARD)
    assert row.state == DeliveryState.FAILED
    assert row.error == "Delivery uncertain: missing_scope."
    assert row.attempts == 1


@pytest.mark.parametrize(
    ("place", "deed"),
    [(drafts, "find_with_channel"), (deliveries, "finish")],
    ids=["before Slack was asked", "when Slack had answered"],
)
async def test_a_database_that_was_away_makes_no_card_uncertain_where_nobody_may_read_the_history(
    house: House, monkeypatch: pytest.MonkeyPatch, place: Any, deed: str
) -> None:
    scopes = sorted(house.box.app.scopes - {"channels:history"})
    (await house.http.post("/control/app", json={"scopes": scopes})).raise_for_status()

    async def is_away(session: AsyncSession, *_: Any, **__: Any) -> None:
        patched.undo()
        await takes_too_long(session)

    with monkeypatch.context() as patched:
        patched.setattr(place, deed, is_away)
        await comes_in(house)
    await one_card_that_works(house)


async def test_a_process_killed_between_claim_and_post_loses_no_card(house: House) -> None:
    house.box.world.rates.on = False
    await house.fault(method=POST, kind="ratelimit", seconds=1)
    await comes_in(house)  # asked to wait, so the row is there to be claimed
    house.moves(seconds=1)
    async with house.sessions.writing() as session:
        claimed = await turns.next_open(session, house.now())
        assert claimed is not None
        claimed = await deliveries.take(session, claimed, now=house.now(), slack_time=None)
    assert claimed is not None
    await looks(house, after=60)
    assert await state(house) == DeliveryState.SENDING  # it may be under way still
    assert await posted(house, DRAFT) == []
    await days_pass(house)
    await one_card_that_works(house)


async def killed_while_it_posts(house: House, *, late: float = 0) -> None:
    """Slack has the post and does it so many seconds later, when nobody waits for the answer any more."""
    await house.fault(method=POST, kind="ratelimit", seconds=1)
    await house.fault(method=POST, kind="delay", seconds=0.5)
    await comes_in(house)
    house.moves(seconds=1)
    killed = asyncio.create_task(house.bot.tools.courier.deliver_due())

    async def under_way() -> bool:
        return house.box.world.faults.waiting == []

    async def arrived() -> bool:
        return len(await posted(house, DRAFT)) == 1

    await until(under_way)
    killed.cancel()
    house.moves(seconds=late)
    await until(arrived)


async def test_a_process_killed_between_post_and_commit_doubles_no_card(house: House) -> None:
    await killed_while_it_posts(house)
    assert await state(house) == DeliveryState.SENDING
    await looks(house, after=121)
    assert await state(house) == DeliveryState.SENT
    await one_card_that_works(house)


@one_database
@pytest.mark.parametrize("late", [31, 85])
async def test_a_card_that_slack_takes_up_to_a_minute_and_a_half_late_is_found_not_repeated(
    house: House, late: float
) -> None:
    await killed_while_it_posts(house, late=late)
    await looks(house, after=121 - late)
    await one_card_that_works(house)


async def test_slack_is_asked_again_only_after_the_wait_it_wishes(house: House) -> None:
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    await comes_in(house)
    await looks(house, after=29)
    assert await posted(house, DRAFT) == []
    assert await state(house) == DeliveryState.PENDING
    calls = [one for one in await house.traffic() if one["method"] == POST and "#1" in json.dumps(one["request"])]
    assert [one["status"] for one in calls] == [429]
    await looks(house, after=1)
    assert await state(house) == DeliveryState.SENT
    await one_card_that_works(house)


async def test_two_processes_that_deliver_at_once_post_one_card(house: House) -> None:
    house.box.world.rates.on = False
    await house.fault(method=POST, kind="ratelimit", seconds=1)
    await comes_in(house)
    house.moves(seconds=1)
    async with second_bot(house) as other:
        tried = await asyncio.gather(house.bot.tools.courier.deliver_due(), other.tools.courier.deliver_due())
    assert sum(tried) == 1
    await one_card_that_works(house)


async def test_a_notice_that_slack_took_unseen_is_found_not_repeated(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Escalate", await house.card(draft))
    await house.ana.fills({"Why must a human take over?": "Legal threat"})
    await house.fault(method=POST, kind="drop_after")
    await house.ana.submits()
    await house.settles()
    await days_pass(house)
    assert len(await posted(house, "Needs a human: legal threat", ESCALATIONS)) == 1
    assert await state(house, f"notice:{draft}") == DeliveryState.SENT
    told = "Saved: a human must take over. The escalation channel is told at once."
    assert await notes(house, "ana") == [told]


async def test_a_digest_and_its_thread_that_slack_took_unseen_are_found_not_repeated(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    house.moves(days=1)
    await house.fault(method=POST, kind="drop_after", times=2)
    await house.bot.tools.digests.post_due()
    await house.settles()
    await days_pass(house)
    (digest,) = await posted(house, "Labelling digest", LEADS)
    thread = [one.text.splitlines()[0] for one in await house.lea.reads_thread(digest)]
    assert thread == [digest.text.splitlines()[0], "How far agents agree", "The drafts"]


async def test_a_channel_shows_ten_open_cards_and_the_next_one_when_one_is_answered(house: House) -> None:
    many = [{"channel": SUPPORT, "prompt": CUSTOMER, "draft": f"{DRAFT} Case {number}."} for number in range(12)]
    sent = await house.sends(many)

    async def shown() -> list[int]:
        for _ in many:  # a post a second is what Slack takes
            await house.settles()
            house.moves(seconds=1)
        cards = [one for one in await house.ana.reads(SUPPORT) if "Approve" in one.buttons]
        return [int(card.text_seen.split("· #")[1].split()[0]) for card in cards]

    numbers = [int(item["id"]) for item in sent.json()]
    assert await shown() == numbers[:10]
    await house.ana.clicks("Approve", await house.card(numbers[3]))
    assert await shown() == [*numbers[:3], *numbers[4:11]]


@pytest.mark.parametrize("first", ["withdrawing", "delivering"])
@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)  # SQLite has one writer
async def test_a_draft_that_is_withdrawn_while_its_card_is_taken_keeps_no_place_in_its_channel(
    house: House, first: str
) -> None:
    await house.fault(method=POST, kind="ratelimit", seconds=5)
    await comes_in(house)
    house.moves(seconds=6)
    both = [house.withdraws(1), house.bot.tools.courier.deliver_due()]
    waiting = []
    async with card_held(house):
        for one in both if first == "withdrawing" else reversed(both):
            waiting.append(asyncio.create_task(one))
            await until(lambda: somebody_waits(house.sessions, len(waiting)))
    await asyncio.gather(*waiting)
    await days_pass(house)
    assert not any(card.buttons for card in await posted(house, "#1 "))
    async with house.sessions.reading() as session:
        assert await turns.cards_shown(session, (await delivery(house, CARD)).channel_id) == 0


@asynccontextmanager
async def card_held(house: House) -> AsyncIterator[None]:
    """Until the block ends, whoever would change the card's delivery waits for another process."""
    other = make_sessions(house.url)
    try:
        async with other.writing() as session:
            assert await deliveries.held_one(session, (await delivery(house, CARD)).id)
            yield
    finally:
        await other.close()


@one_database
async def test_one_refusal_for_haste_slows_the_whole_channel_down(house: House) -> None:
    """Ten cards in one channel: each second one is taken, and the rest does not knock meanwhile."""
    await house.sends([{"channel": "#support", "prompt": CUSTOMER, "draft": f"{DRAFT} {n}"} for n in range(10)])
    for _ in range(10):
        await house.settles()
        house.moves(seconds=1)
    answers = [one["status"] for one in await house.traffic() if one["method"] == POST]
    assert len(await posted(house, DRAFT)) == 10
    assert answers.count(429) <= 9


@one_database
@pytest.mark.parametrize("ahead", [-3_600, -100, 100, 3_600])
async def test_the_clock_of_whatever_answers_in_slacks_place_is_not_slacks(house: House, ahead: float) -> None:
    await house.fault(method=POST, kind="foreign_after", status=502, seconds=ahead, times=3)
    for number in range(4):
        await house.sends({"channel": "#support", "prompt": f"Hello {number}", "draft": f"{DRAFT} {number}."})
        await house.settles()
    await days_pass(house)
    assert [len(await posted(house, f"{DRAFT} {number}.")) for number in range(4)] == [1] * 4


FOREIGN = [
    (404, "application/json", '{"status": 404, "error": "Not Found", "path": "/"}'),
    (403, "application/json", '{"error": "forbidden"}'),
    (200, "application/json", '{"error": "blocked by policy"}'),
    (200, "application/json", '{"ok": true}'),
    (200, "application/json", '{"ok": true, "ts": null, "channel": 7}'),
    (200, "application/json", '{"ok": NaN}'),
    (200, "application/json", '{"ok": "false"}'),
    (200, "application/json; charset=hex", '{"ok": true}'),
    (200, "application/gzip", "no Slack"),
]


@one_database
@pytest.mark.parametrize("when", ["foreign", "foreign_after"])
@pytest.mark.parametrize(("status", "content", "said"), FOREIGN, ids=range(len(FOREIGN)))
async def test_what_answers_in_slacks_place_makes_no_card_fail_or_come_twice(
    house: House, status: int, content: str, said: str, when: str
) -> None:
    await house.fault(method=POST, kind=when, status=status, type=content, error=said)
    await comes_in(house)
    await one_card_that_works(house)


async def may_change(house: House) -> bool:
    return "Change" in (await house.ana.home()).buttons


async def test_a_card_that_is_needed_again_before_it_is_called_off_is_posted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.fault(method=POST, kind="ratelimit", seconds=30)
    await comes_in(house)
    await house.ana.types("/assay next", in_=SUPPORT)
    house.moves(seconds=31)
    async with halted(monkeypatch, Courier, "_end_and_take") as read:
        async with halted(monkeypatch, Poster, "_message") as taken:
            delivering = asyncio.create_task(house.bot.tools.courier.deliver_due())
            await taken.wait()
            await house.ana.submits()
            await house.ana.closes()
        await read.wait()
        await house.ana.opens_home()
        await until(lambda: may_change(house))
        await house.ana.clicks("Change", on=await house.ana.home())
        await house.ana.clicks("Undo my answer")
    await delivering
    await days_pass(house)
    (card,) = await posted(house, DRAFT)
    await house.bea.clicks("Approve", card)
    assert await notes(house, "bea") == ["Saved: approved as is."]
