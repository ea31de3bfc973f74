"""A draft that comes without a reply is written by the model: once, redacted, paid for; or people are asked."""

import asyncio
import json
import logging
import random
import re
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest
from sqlmodel import col, select

from bot import export, harmless
from bot.export import Count, Format
from bot.model import Model
from bot.writing import ATTEMPTS, LATE, NO_MODEL, NOT_NEEDED, STUCK, USED_UP, Writer, pause_after
from handlers.serve import running
from sandbox.people import Message
from sandbox.rules import pings_in
from storage.models import Draft, Writing
from storage.queries import channels, writings
from storage.words import WritingState
from tests.databases import somebody_waits
from tests.house import CUSTOMER, GUIDELINE, SUPPORT, House, settings
from tests.houses import Houses
from tests.model_server import (
    KEY,
    REPLY,
    Behaviour,
    ModelServer,
    drops,
    model_server,
    refuses,
    says,
    streams,
    waits_for,
)
from tests.stories.steps import held, one_database, posted, second_bot, until
from tests.stories.test_erasure import erases
from tests.stories.test_killed import served
from tests.stories.test_report import halted

NOT_WRITTEN = "The model did not answer, so please write the reply."


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as opened:
        yield opened


@pytest.fixture
async def house(houses: Houses, server: ModelServer) -> AsyncIterator[House]:
    prices = {"ASSAY_MODEL_PRICE_IN": 2.0, "ASSAY_MODEL_PRICE_OUT": 10.0}
    async with houses.open(more=server.settings | prices) as opened:
        yield opened


async def wanted(house: House, **fields: Any) -> int:
    """A draft that came in without a reply."""
    return await house.draft(None, **fields)


async def written(house: House) -> int:
    """The model is asked for all that is due, and cards are posted; how many drafts were taken up."""
    taken = await house.bot.tools.writer.write_due()
    await house.settles()
    return taken


async def wanted_and_written(house: House) -> int:
    draft = await wanted(house, prompt="Another question")
    await written(house)
    return draft


async def cards(house: House, draft: int) -> list[Message]:
    return await posted(house, f"#{draft}")


async def row(house: House, draft: int) -> Writing:
    async with house.sessions.reading() as session:
        return (await session.exec(select(Writing).where(col(Writing.draft_id) == draft))).one()


async def stored(house: House, draft: int) -> Draft:
    async with house.sessions.reading() as session:
        return (await session.exec(select(Draft).where(col(Draft.id) == draft))).one()


async def configures(house: House, **changed: object) -> None:
    async with house.sessions.writing() as session:
        channel = (await channels.active(session))[0]
        for name, value in changed.items():
            setattr(channel, name, value)
        session.add(channel)


async def exported(house: House) -> list[dict[str, object]]:
    async with house.sessions.reading() as session:
        channel = (await channels.active(session))[0]
    return [json.loads(line) async for line in export.lines(house.sessions, channel, Format.TRL_SFT, Count())]


async def test_the_whole_way_from_a_question_to_training_data(house: House, server: ModelServer) -> None:
    draft = await wanted(house, context={"plan": "Pro"})
    assert await cards(house, draft) == []  # not before there is something to review
    headers = {"Authorization": f"Bearer {house.token}"}
    found = (await house.http.get(f"{house.bot.url}/api/v1/drafts/{draft}", headers=headers)).json()
    assert (found["card"], found["card_waits_for"]) == (None, "model")
    await house.ana.types("/assay next", in_=SUPPORT)
    window = await house.ana.modal()
    assert window is not None
    assert "Nothing waits for you." in window.text
    await house.ana.closes()
    assert await written(house) == 1
    assert REPLY in (await house.card(draft)).text_seen
    await house.ana.clicks("Approve", await house.card(draft))
    assert await house.read("ana") == "Saved: approved as is."
    (row_,) = await exported(house)
    assert row_["completion"] == [{"role": "assistant", "content": REPLY}]
    # It is trained on what it was asked.
    assert row_["prompt"] == server.asked[0]["messages"]
    assert server.asked[0]["messages"] == [
        {"role": "system", "content": f"{GUIDELINE}\n\nplan: Pro"},
        {"role": "user", "content": CUSTOMER},
    ]


async def test_what_it_took_is_written_down(house: House) -> None:
    draft = await wanted(house)
    await written(house)
    found = await row(house, draft)
    assert (found.state, found.model, found.attempts, found.error) == (WritingState.WRITTEN, "support-1", 1, None)
    assert (found.prompt_tokens, found.completion_tokens) == (120, 30)
    assert found.cost == pytest.approx(120 * 2e-6 + 30 * 10e-6)
    await house.max.opens_home()
    await house.settles()
    page = await house.max.home()
    assert re.search(r"Model: 1 reply in the last 28 days, \d\.\d seconds each, 150 tokens, cost 0\.00", page.text)
    assert found.milliseconds is not None
    assert (await stored(house, draft)).model == "support-1-0811"


@one_database
async def test_the_channel_says_which_model_how_and_whether(house: House, server: ModelServer) -> None:
    await configures(house, model="billing-2", context_template="Plan {context.plan}. {guideline}")
    await wanted(house, context={"plan": "Pro"})
    await written(house)
    assert server.asked[0]["model"] == "billing-2"
    assert server.asked[0]["messages"][0]["content"] == f"Plan Pro. {GUIDELINE}"
    await configures(house, writes_drafts=False)
    blank = await wanted(house, prompt="Another question")
    assert "Write the reply you would send" in (await house.card(blank)).text_seen
    assert len(server.asked) == 1


@one_database
async def test_a_draft_with_a_reply_asks_no_model(house: House, server: ModelServer) -> None:
    await house.draft("A reply")
    assert (await written(house), server.asked) == (0, [])


async def test_a_stream_becomes_a_card_as_well(house: House, server: ModelServer) -> None:
    server.usual = streams("Hello, ", "I am **sorry**.")
    draft = await wanted(house)
    await written(house)
    assert (await stored(house, draft)).text == "Hello, I am **sorry**."


async def test_what_the_model_says_is_redacted_with_the_drafts_placeholders(house: House, server: ModelServer) -> None:
    """A value of the customer keeps its placeholder; one that was made up gets a number that means nothing else yet."""
    asks = "I am ana@example.com. My colleague [EMAIL_2] agrees."
    first = await wanted(house, prompt=asks, group="T-1")
    server.usual = says("We wrote to ana@example.com and to boss@example.net.")
    await written(house)
    draft = await stored(house, first)
    assert server.asked[0]["messages"][-1]["content"] == "I am [EMAIL_1]. My colleague [EMAIL_2] agrees."
    assert draft.text == "We wrote to [EMAIL_1] and to [EMAIL_3]."
    assert draft.redacted == {"EMAIL": 3}
    second = await wanted(house, prompt="boss@example.net here", group="T-1")
    assert (await stored(house, second)).conversation[0]["content"] == "[EMAIL_3] here"


async def test_what_the_model_says_pings_nobody(house: House, server: ModelServer) -> None:
    evil = "<!channel> ask <@U0ANA> or @here at https://evil.example/x"
    server.usual = says(evil, model="<!here>")
    draft = await wanted(house)
    await written(house)
    card = await house.card(draft)
    assert pings_in(card.text, card.blocks) == []
    assert harmless.in_markdown(evil) in card.text_seen
    assert evil not in card.text_seen


async def test_a_model_that_is_away_is_asked_again_later_each_time(house: House, server: ModelServer) -> None:
    server.plan.extend([refuses(500), drops])
    draft = await wanted(house)
    assert await written(house) == 1
    assert await written(house) == 0  # not at once
    house.moves(seconds=5)
    assert await written(house) == 1
    house.moves(seconds=20)
    assert await written(house) == 1
    assert REPLY in (await house.card(draft)).text_seen
    assert (await row(house, draft)).attempts == 3


async def test_a_model_that_stays_away_leaves_a_blank_that_says_so(houses: Houses, server: ModelServer) -> None:
    """Also when the card is drawn again."""
    server.usual = refuses(503)
    async with houses.open(overlap="All of them", more=server.settings) as house:
        draft = await wanted(house)
        for _ in range(ATTEMPTS):
            await written(house)
            house.moves(minutes=5)
        assert await written(house) == 0
        assert len(server.asked) == ATTEMPTS
        assert NOT_WRITTEN in (await house.card(draft)).text_seen
        await house.ana.clicks("Write", await house.card(draft))
        await house.ana.fills({"Write the reply you would send": "Hello."})
        assert (await house.ana.submits()).closed
        assert await house.read("ana") == "Saved: your reply."
        assert NOT_WRITTEN in (await house.card(draft)).text_seen
        found = await row(house, draft)
        assert (found.state, found.error) == (WritingState.FAILED, "The model's server is not well (503).")


@one_database
async def test_a_key_that_is_refused_is_not_tried_again(house: House, server: ModelServer) -> None:
    server.usual = refuses(401)
    draft = await wanted(house)
    await written(house)
    assert NOT_WRITTEN in (await house.card(draft)).text_seen
    house.moves(minutes=30)
    assert (await written(house), len(server.asked)) == (0, 1)


@one_database
async def test_a_model_that_asks_to_wait_is_left_alone_by_all_drafts(house: House, server: ModelServer) -> None:
    server.plan.append(refuses(429, Retry_After="120"))
    await wanted(house)
    await written(house)
    await wanted(house, prompt="Another question")
    assert (await written(house), len(server.asked)) == (0, 1)
    house.moves(seconds=121)
    assert (await written(house), len(server.asked)) == (2, 3)


async def test_a_model_is_asked_again_in_a_minute_though_the_clock_was_set_back_an_hour(
    house: House, server: ModelServer
) -> None:
    server.plan.append(refuses(429, Retry_After="120"))
    draft = await wanted(house)
    await written(house)
    house.moves(hours=-1)
    assert await written(house) == 0
    house.moves(minutes=1)
    assert await written(house) == 1
    assert REPLY in (await house.card(draft)).text_seen


async def test_a_day_has_no_more_tokens_than_it_has(houses: Houses, server: ModelServer) -> None:
    async with houses.open(more=server.settings | {"ASSAY_MODEL_DAILY_TOKENS": 200}) as house:
        drafts = []
        for number in range(3):
            drafts.append(await wanted(house, prompt=f"Question {number}"))
            await written(house)
        assert len(server.asked) == 2  # 150 tokens each: the second began while some were left
        assert NOT_WRITTEN in (await house.card(drafts[2])).text_seen
        assert (await row(house, drafts[2])).error == USED_UP
        house.moves(hours=12)
        tomorrow = await wanted(house, prompt="Question 4")
        await written(house)
        assert REPLY in (await house.card(tomorrow)).text_seen


@one_database
async def test_tokens_of_useless_answers_count(house: House, server: ModelServer) -> None:
    server.plan.extend([says(""), says(None)])
    draft = await wanted(house)
    for _ in range(3):
        await written(house)
        house.moves(minutes=5)
    found = await row(house, draft)
    assert (found.state, found.prompt_tokens, found.completion_tokens) == (WritingState.WRITTEN, 360, 90)


async def test_a_server_that_counts_absurdly_costs_no_reply(houses: Houses, server: ModelServer) -> None:
    most = 2**31 - 1
    absurd = {"prompt_tokens": most, "completion_tokens": most}
    server.plan.extend([says("", usage=absurd), says(REPLY, usage=absurd), says(REPLY)])
    async with houses.open(more=server.settings | {"ASSAY_MODEL_DAILY_TOKENS": 10**12}) as house:
        draft = await wanted(house)
        await written(house)
        house.moves(minutes=5)
        await written(house)
        found = await row(house, draft)
        assert (found.state, found.prompt_tokens, found.completion_tokens) == (WritingState.WRITTEN, most, most)
        assert (await row(house, await wanted_and_written(house))).state == WritingState.WRITTEN


async def test_what_nobody_foresaw_is_a_failed_attempt(
    house: House, monkeypatch: pytest.MonkeyPatch, every_log: list[MutableMapping[str, Any]]
) -> None:
    async def breaks(*_given: object, **_named: object) -> None:
        raise KeyError("a customer's words")

    draft = await wanted(house)
    with monkeypatch.context() as patched:
        patched.setattr(Model, "reply", breaks)
        assert await written(house) == 1
        found = await row(house, draft)
        assert (found.state, found.attempts, found.error) == (WritingState.WAITING, 1, "Assay failed (KeyError).")
    with monkeypatch.context() as patched:
        patched.setattr(Writer, "_fill", breaks)
        house.moves(minutes=1)
        assert await written(house) == 1
        found = await row(house, draft)
        assert (found.state, found.attempts, found.prompt_tokens) == (WritingState.WAITING, 2, 120)
    assert [one["event"] for one in every_log].count("an attempt to write a draft failed in Assay") == 2
    assert "customer's words" not in str(every_log)
    house.moves(minutes=5)
    await written(house)
    assert REPLY in (await house.card(draft)).text_seen


async def test_two_bots_ask_for_each_draft_once(house: House, server: ModelServer) -> None:
    drafts = [await wanted(house, prompt=f"Question {number}") for number in range(12)]
    async with second_bot(house) as other:
        await asyncio.gather(house.bot.tools.writer.write_due(), other.tools.writer.write_due())
        await written(house)
    asked = [one["messages"][-1]["content"] for one in server.asked]
    assert sorted(asked) == sorted(f"Question {number}" for number in range(12))
    assert [(await row(house, draft)).attempts for draft in drafts] == [1] * 12


@pytest.mark.parametrize(
    "answer", [says(REPLY), says(""), refuses(401), None], ids=["written", "useless", "refused", "withdrawn before"]
)
@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_draft_that_is_erased_while_its_reply_comes_holds_nobody_up(
    house: House, server: ModelServer, answer: Behaviour | None
) -> None:
    draft = await wanted(house)
    if answer is None:
        await house.withdraws(draft)
    else:
        server.usual = answer
    async with held(house, draft):
        erasing = asyncio.create_task(erases(house, draft))
        await until(lambda: somebody_waits(house.sessions))
        writing = asyncio.create_task(house.bot.tools.writer.write_due())
        await until(lambda: somebody_waits(house.sessions, 2))
    assert await writing == 1
    assert (await erasing).drafts == 1
    assert await cards(house, draft) == []


@one_database
async def test_no_more_than_so_many_are_asked_at_once(houses: Houses, server: ModelServer) -> None:
    free = asyncio.Event()
    server.usual = waits_for(free, says(REPLY))
    async with houses.open(more=server.settings | {"ASSAY_MODEL_CONCURRENCY": 3}) as house:
        for number in range(7):
            await wanted(house, prompt=f"Question {number}")
        first = asyncio.create_task(house.bot.tools.writer.write_due())
        await until(lambda: _is(server.at_once == 3))
        assert await house.bot.tools.writer.write_due() == 0  # the next tick finds no room
        free.set()
        assert await first == 7
        assert server.most_at_once == 3


@one_database
async def test_a_slow_answer_holds_up_nobody_else(house: House, server: ModelServer) -> None:
    free = asyncio.Event()
    server.plan.append(waits_for(free, says(REPLY)))
    await wanted(house)
    slow = asyncio.create_task(house.bot.tools.writer.write_due())
    await server.arrived.wait()
    other = await wanted(house, prompt="Another question")
    assert await written(house) == 1
    assert REPLY in (await house.card(other)).text_seen
    free.set()
    await slow


async def test_a_bot_that_stops_gives_back_what_it_asked_for(house: House, server: ModelServer) -> None:
    free = asyncio.Event()
    server.plan.append(waits_for(free, says("Nobody heard this.")))
    async with second_bot(house) as other:
        draft = await wanted(house)
        asking = asyncio.create_task(other.tools.writer.write_due())
        await server.arrived.wait()
    await asking
    assert await written(house) == 1
    free.set()
    assert REPLY in (await house.card(draft)).text_seen
    assert len(await cards(house, draft)) == 1


async def test_a_bot_that_stops_while_it_takes_a_draft_up_waits_for_no_model(
    house: House, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = asyncio.Event()
    server.plan.append(waits_for(free, says("Nobody heard this.")))
    draft = await wanted(house)
    async with second_bot(house) as other:
        async with halted(monkeypatch, writings, "claim_next") as come:
            asking = asyncio.create_task(other.tools.writer.write_due())
            await come.wait()
            stopping = asyncio.create_task(other.tools.writer.stop())
        async with asyncio.timeout(10):
            await stopping
        await asking
    assert (await row(house, draft)).state == WritingState.WAITING
    free.set()


async def test_a_bot_that_was_killed_is_stood_in_for_and_its_late_answer_dropped(
    house: House, server: ModelServer
) -> None:
    free = asyncio.Event()
    server.plan.append(waits_for(free, says("Too late.")))
    draft = await wanted(house)
    async with second_bot(house) as lost:
        late = asyncio.create_task(lost.tools.writer.write_due())
        await server.arrived.wait()
        assert await written(house) == 0
        house.moves(seconds=STUCK.total_seconds())
        assert await written(house) == 1
        free.set()
        await late
    await house.settles()
    (card,) = await cards(house, draft)
    assert REPLY in card.text_seen
    found = await row(house, draft)
    assert (found.state, found.attempts, found.error) == (WritingState.WRITTEN, 2, LATE)
    assert (found.prompt_tokens, found.completion_tokens) == (240, 60)  # both were paid for
    assert (await stored(house, draft)).text == REPLY


@one_database
async def test_a_process_that_is_killed_while_it_asks_is_stood_in_for(houses: Houses, server: ModelServer) -> None:
    """Nothing that it wrote to its log holds the key."""
    free = asyncio.Event()
    server.plan.extend([refuses(500), waits_for(free, says("Nobody heard this."))])
    async with houses.open(more=server.settings | {"ASSAY_LOG": "debug"}) as house:
        async with served(house) as process:
            drafts = [await wanted(house, prompt=f"Question {number}") for number in range(2)]
            await until(lambda: _is(server.at_once == 1 and len(server.asked) == 2))
            await process.dies()
            assert process.process.stdout is not None
            log = (await process.process.stdout.read()).decode()
        house.moves(seconds=STUCK.total_seconds())
        assert await written(house) == 2
        free.set()
        for draft in drafts:
            (card,) = await cards(house, draft)
            assert REPLY in card.text_seen
    assert "the model wrote nothing" in log
    assert KEY not in log


@one_database
async def test_an_answer_after_the_blank_went_out_changes_nothing(house: House, server: ModelServer) -> None:
    free = asyncio.Event()
    server.plan.extend([waits_for(free, says("Too late.")), refuses(404)])
    draft = await wanted(house)
    async with second_bot(house) as lost:
        late = asyncio.create_task(lost.tools.writer.write_due())
        await server.arrived.wait()
        house.moves(seconds=STUCK.total_seconds())
        await written(house)
        assert NOT_WRITTEN in (await house.card(draft)).text_seen
        free.set()
        await late
    await house.settles()
    assert (await stored(house, draft)).text is None
    found = await row(house, draft)
    assert found.state == WritingState.FAILED
    assert found.error is not None
    assert found.error.endswith(LATE)


@one_database
async def test_a_late_failure_does_not_end_what_another_bot_has_under_way(house: House, server: ModelServer) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    server.plan.extend([waits_for(first, refuses(404)), waits_for(second, says(REPLY))])
    draft = await wanted(house)
    async with second_bot(house) as lost:
        late = asyncio.create_task(lost.tools.writer.write_due())
        await until(lambda: _is(server.at_once == 1))
        house.moves(seconds=STUCK.total_seconds())
        asking = asyncio.create_task(house.bot.tools.writer.write_due())
        await until(lambda: _is(server.at_once == 2))
        first.set()
        await late
    assert (await row(house, draft)).state == WritingState.ASKING
    second.set()
    await asking
    await house.settles()
    (card,) = await cards(house, draft)
    assert REPLY in card.text_seen


async def test_a_draft_that_was_withdrawn_meanwhile_gets_nothing(house: House, server: ModelServer) -> None:
    free = asyncio.Event()
    server.plan.append(waits_for(free, says(REPLY)))
    asked_for = await wanted(house)
    asking = asyncio.create_task(house.bot.tools.writer.write_due())
    await server.arrived.wait()
    await house.withdraws(asked_for)
    free.set()
    await asking
    not_yet = await wanted(house, prompt="Another question")
    await house.withdraws(not_yet)
    await written(house)
    for draft in (asked_for, not_yet):
        assert await cards(house, draft) == []
        assert (await stored(house, draft)).text is None
        assert (await row(house, draft)).error == NOT_NEEDED
    assert len(server.asked) == 1


@one_database
async def test_a_bot_that_lost_its_model_asks_people(house: House) -> None:
    draft = await wanted(house)
    without = settings(house.box, house.url)
    async with running(without, now=house.now, port=0, ticking=False) as bot:
        assert await bot.tools.writer.write_due() == 1
    await house.settles()
    assert NOT_WRITTEN in (await house.card(draft)).text_seen
    assert (await row(house, draft)).error == NO_MODEL


@one_database
async def test_nothing_that_is_logged_or_stored_holds_the_key(
    house: House,
    server: ModelServer,
    caplog: pytest.LogCaptureFixture,
    every_log: list[MutableMapping[str, Any]],
) -> None:
    bad = [refuses(401), refuses(500), refuses(429), drops, says(None)]
    server.plan.extend(bad)
    with caplog.at_level(logging.INFO):
        drafts = [await wanted(house, prompt=f"Question {number}") for number in range(len(bad))]
        await written(house)
    errors = [(await row(house, draft)).error for draft in drafts]
    assert len([one for one in every_log if one["event"] == "the model wrote nothing"]) == len(bad)
    assert all(errors)
    told = f"{every_log}{caplog.text}{errors}{house.bot.tools!r}{vars(house.bot.tools.writer)}"
    assert KEY not in told
    assert "Question" not in told


def test_pauses_grow_and_differ() -> None:
    chances = random.Random(1)
    for attempts, longest in ((1, 5), (2, 20), (3, 80), (4, 300), (9, 300)):
        drawn = [pause_after(attempts, chance=chances.random()) for _ in range(100)]
        assert longest / 2 <= min(drawn) < max(drawn) <= longest
        assert len(set(drawn)) > 50


async def _is(happened: bool) -> bool:
    return happened
