"""Each check of the fault tests can fail: what it looks for is done on purpose, and it names it."""

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.faults import checks, exported, kept, seen, struck, tickets, told
from tests.faults.homes import home_shows_what_is_stored
from tests.faults.ledger import Answer, Reported, Said
from tests.faults.people import number_on
from tests.faults.stage import Stage, staged
from tests.house import DRAFT, ESCALATIONS, LEADS, SUPPORT, Furnished
from tests.houses import Houses
from tests.stories.steps import one_database
from tests.stories.test_webhooks import listening, makes, tells

pytestmark = one_database


@pytest.fixture
async def stage(houses: Houses, tmp_path: Path) -> AsyncIterator[Stage]:
    """After a day without faults: one draft, edited by Ana, and a second one that Bea has open."""
    async with listening(houses) as (house, hook):
        await makes(house, hook.url)
        draft, second = await house.draft(external_id="A1"), await house.draft("Another one.", external_id="A2")
        await house.ana.clicks("Edit", await house.card(draft))
        await house.ana.fills({"Reply": f"{DRAFT} Bye."})
        await house.ana.submits()
        await house.bea.clicks("Edit", await house.card(second))
        await house.ana.opens_home()
        await house.settles()
        await tells(house)
        left = Furnished(house.url, house.box.slack, house.people, house.token)
    async with staged(left, tmp_path, seed=1, size=1, server=None) as made:
        made.ledger.means(made.people["ana"].id, draft, Answer("edited", f"{DRAFT} Bye.")).confirmed = True
        made.subscriber.came = hook.came
        made.engineer.token = house.token
        yield made


@pytest.fixture
async def answering(stage: Stage) -> AsyncIterator[Stage]:
    """The same with a process of the bot, for what is asked over the API."""
    await stage.starts()
    yield stage
    await stage.ends_all()


async def says(stage: Stage, words: str, channel: str) -> None:
    """The bot posts this."""
    headers = {"Authorization": f"Bearer {stage.settings['SLACK_BOT_TOKEN']}"}
    answer = await stage.http.post("/api/chat.postMessage", json={"channel": channel, "text": words}, headers=headers)
    assert answer.json()["ok"], answer.text


def changes(stage: Stage, statement: str) -> None:
    """Somebody puts a hand into the database."""
    engine = create_engine(make_url(stage.witness.url.replace("+aiosqlite", "")))
    with engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0
    engine.dispose()


async def test_a_day_without_faults_shows_no_difference(answering: Stage) -> None:
    assert await checks.first_difference(answering, checks.IN_THE_END) is None


async def test_labels_and_gold_that_leave_otherwise_than_they_were_said_are_found(answering: Stage) -> None:
    changes(answering, "UPDATE revision SET text = 'Hello.'")
    (difference,) = await exported.labels_leave_as_they_were_said(answering)
    assert difference.startswith("Read over the API, the answer of Ana to draft 1: confirmed was: edited")
    answering.ledger.said.clear()
    assert "said was: nothing" in (await exported.labels_leave_as_they_were_said(answering))[0]
    changes(answering, "UPDATE draft SET origin = 'sample'")  # which leaves in no export
    assert await exported.labels_leave_as_they_were_said(answering) == []
    assert "Gold of draft 1 is None over the API" in (await exported.gold_leaves_as_it_was_settled(answering))[0]
    changes(
        answering,
        "INSERT INTO tombstone (draft_id, channel_id, number, why, at) VALUES (7, 1, 907, 'ticket', '2027-03-26')",
    )
    assert await exported.gold_leaves_as_it_was_settled(answering) != []


async def test_a_reader_who_missed_an_answer_or_an_erasure_is_found(answering: Stage) -> None:
    engineer, ana = answering.engineer, answering.people["ana"].id
    await engineer.reads_on()
    row = engineer.copy.pop((1, ana, 1))
    engineer.resume = 1_000
    assert await exported.a_copy_that_is_read_on_is_whole(answering) == [
        f"Whoever reads on never heard of answer 1 of {ana} to draft 1."
    ]
    engineer.copy |= {(1, ana, 1): row, (7, ana, 1): row}
    assert await exported.a_copy_that_is_read_on_is_whole(answering) == [
        f"Whoever reads on keeps answer 1 of {ana} to draft 7, which is not there."
    ]
    del engineer.copy[7, ana, 1]
    grave = "INSERT INTO tombstone (draft_id, channel_id, number, why, at) VALUES (7, 1, 900, 'ticket', '2027-03-26')"
    changes(answering, grave)
    assert await exported.a_copy_that_is_read_on_is_whole(answering) == [
        "Whoever reads on was not told that draft 7 is erased."
    ]
    engineer.read["labels"] += 5
    assert "the trail tells of" in (await exported.readings_are_in_the_trail(answering))[0]


async def test_a_card_a_digest_and_a_notice_that_stand_there_twice_are_found(stage: Stage) -> None:
    await says(stage, "Billing › Refund · #1", SUPPORT)
    assert await seen.no_card_twice(stage) == ["The card of draft 1 stands there 2 times."]
    for _ in range(2):
        await says(stage, "Labelling digest · Friday 26 March", LEADS)
        await says(stage, "*Needs a human: safety* · Billing · #2", ESCALATIONS)
        await stage.clock.moves(2)
    assert await seen.no_digest_twice(stage) == ["The digest of Friday 26 March stands there 2 times."]
    assert await seen.no_notice_twice(stage) == ["The notice of draft 2 stands there 2 times."]
    assert await seen.each_morning_had_its_digest(stage)


async def test_a_missing_card_digest_or_notice_is_found(stage: Stage) -> None:
    shown = await seen.everything(stage.people["max"], SUPPORT)
    card = next(one for one in shown if number_on(one) == 1)
    del stage.box.workspace.channels[SUPPORT].messages[card.ts]
    assert await seen.each_draft_has_its_card(stage) == []  # as if it had been answered before it was posted
    stage.ledger.carded.add(1)
    assert await seen.each_draft_has_its_card(stage) == ["Draft 1 has 0 cards."]
    stage.ledger.digests.append(date(2027, 3, 27))
    assert await seen.each_morning_had_its_digest(stage) == ["There is no digest of Saturday 27 March."]
    stage.ledger.means(stage.people["bea"].id, 2, Answer("not_judged", None, "safety")).confirmed = True
    assert await seen.each_escalation_was_told(stage) == ["The escalation of draft 2 was told nobody."]


async def test_a_label_that_is_lost_or_reads_otherwise_is_found(stage: Stage) -> None:
    changes(stage, "UPDATE revision SET text = 'Hello.'")
    (difference,) = await kept.labels_are_kept(stage)
    assert difference.startswith("The answer of Ana to draft 1: confirmed was: edited")
    changes(stage, "DELETE FROM revision")
    assert "stored is: nothing" in (await kept.labels_are_kept(stage))[0]
    assert await kept.notes_are_true(stage) == ["Ana read that the answer to draft 1 is saved, and it is not."]


async def test_a_home_that_says_otherwise_is_found(stage: Stage) -> None:
    assert await home_shows_what_is_stored(stage, patience=0) == []
    changes(stage, "UPDATE revision SET withdrawn = TRUE")
    assert await home_shows_what_is_stored(stage, patience=0) == [
        "Ana's Home says that draft 1 is edited; stored is undone."
    ]


async def test_a_draft_or_a_decision_that_is_lost_is_found(stage: Stage) -> None:
    stage.ledger.accepted["ticket-1"] = 7
    assert await kept.drafts_are_kept(stage) == ["ticket-1 was accepted as draft 7; stored is None."]
    stage.ledger.withdrawals[1] = True
    assert await kept.withdrawals_are_kept(stage) == ["Draft 1 was withdrawn, and is settled."]
    changes(stage, "UPDATE draft SET state = 'withdrawn' WHERE id = 2")
    assert "Nobody withdrew draft 2." in await kept.withdrawals_are_kept(stage)
    stage.ledger.settled[2] = "The last word."
    assert await kept.settled_stays_settled(stage) == [
        "A lead settled draft 2 with 'The last word.'; stored is nothing None."
    ]


async def test_settings_that_are_lost_or_that_nobody_saved_are_found(stage: Stage) -> None:
    saved = Said(Answer("guideline", "Be kind."), confirmed=True)
    stage.ledger.guidelines.append(saved)
    (difference,) = await kept.settings_are_kept(stage)
    assert difference == "The channel's guideline: confirmed was: guideline 'Be kind.'; stored is: nothing."
    max_ = stage.people["max"].id
    values = f"1, 2, 'Be kind.', '{max_}', '2027-03-26 10:00:00'"
    columns = "channel_id, version, text, created_by, created_at"
    changes(stage, f"INSERT INTO guideline ({columns}) VALUES ({values})")
    assert await kept.settings_are_kept(stage) == []
    stage.ledger.guidelines.clear()
    assert "said was: nothing" in (await kept.settings_are_kept(stage))[0]


async def test_what_is_left_of_an_erased_draft_and_what_nobody_had_erased_are_found(stage: Stage) -> None:
    stage.ledger.erasures[1] = True
    assert await kept.erasures_leave_nothing(stage) == [
        "Draft 1 was erased, and is stored.",
        "Draft 1 was erased, and has no tombstone.",
    ]
    grave = "INSERT INTO tombstone (draft_id, channel_id, number, why, at) VALUES ({}, 1, 90{}, 'ticket', '2027-03-26')"
    for number in (1, 7):
        changes(stage, grave.format(number, number))
    assert await kept.erasures_leave_nothing(stage) == [
        "Draft 1 was erased, and is stored.",
        "Nobody had draft 7 erased.",
    ]
    assert await seen.erased_messages_are_gone(stage) == ["Of draft 1, which was erased, a message is there."]


async def test_a_lease_without_end_is_found(stage: Stage) -> None:
    assert await kept.leases_end(stage) == []
    changes(stage, "UPDATE slot SET leased_until = '2099-01-01 00:00:00' WHERE leased_until IS NOT NULL")
    assert "is leased until 2099-01-01" in (await kept.leases_end(stage))[0]


async def test_a_card_that_does_not_show_what_is_stored_is_found(stage: Stage) -> None:
    changes(stage, "UPDATE draft SET state = 'open' WHERE id = 1")
    (difference,) = await seen.cards_show_the_state(stage)
    assert difference == "The card of draft 1, which is open, shows no button."


async def test_what_no_webhook_was_told_is_found(stage: Stage) -> None:
    del stage.subscriber.came[:]
    ana = stage.people["ana"].id
    assert await told.all_that_happened_was_told(stage, patience=0) == [
        f"No webhook was told of answer 1 of {ana} to draft 1.",
        "No webhook was told how draft 1 was settled.",
    ]
    changes(stage, "UPDATE revision SET escalation = 'safety'")
    assert "No webhook was told that draft 1 needs a human." in await told.all_that_happened_was_told(stage, patience=0)
    changes(stage, "UPDATE draft SET state = 'open'")
    assert "answer 1" not in str(await told.all_that_happened_was_told(stage, patience=0))


async def test_what_a_webhook_was_told_and_did_not_happen_is_found(stage: Stage) -> None:
    changes(stage, "UPDATE revision SET verdict = 'rejected'")
    label, gold = await told.nothing_is_told_that_did_not_happen(stage)
    assert "'verdict': 'edited'" in label
    assert "'type': 'gold.settled'" in gold
    call = {"type": "draft.escalated", "data": {"draft": 1, "reason": "safety"}}
    stage.subscriber.came[:] = [({"webhook-id": "msg_3"}, json.dumps(call).encode())]
    assert "'reason': 'safety'" in (await told.nothing_is_told_that_did_not_happen(stage))[0]


async def test_a_message_that_comes_under_another_id_or_an_id_that_tells_something_else_is_found(stage: Stage) -> None:
    (first, body), (second, other) = sorted(stage.subscriber.came, key=lambda came: b"label.created" not in came[1])
    stage.subscriber.came += [(first, body), (second, other)]
    assert await told.each_message_has_one_id(stage) == []
    stage.subscriber.came.append((first, other))
    assert await told.each_message_has_one_id(stage) == [f"The webhook message {first['webhook-id']} told of 2 things."]
    stage.subscriber.came[-1] = ({"webhook-id": "msg_3"}, body)
    (difference,) = await told.each_message_has_one_id(stage)
    assert difference.endswith("stands there 2 times.")
    for number in range(2):
        stage.subscriber.came.append(({"webhook-id": f"msg_{number}"}, other))
    assert "A webhook was told 3 times" in str(await told.nothing_is_told_that_did_not_happen(stage))


async def test_a_reported_name_that_is_seen_or_stored_still_is_found(stage: Stage) -> None:
    name = tickets.customer(tickets.code(0))
    assert name is not None
    stage.ledger.reports[1] = Reported(name, confirmed=True)
    assert await struck.reported_names_are_not_seen(stage) == await struck.reported_names_are_not_stored(stage) == []
    await says(stage, f"Hello {name}, it is on its way. · #1", SUPPORT)
    changes(stage, f"UPDATE revision SET note = 'For {name}'")
    assert await struck.reported_names_are_not_seen(stage) == [
        f"{name} was reported in draft 1, and stands in the channel."
    ]
    assert await struck.reported_names_are_not_stored(stage) == [
        f"{name} was reported in draft 1, and stands in table revision."
    ]
    stage.ledger.reports[1].confirmed = False
    assert await struck.reported_names_are_not_stored(stage) == []


async def test_an_answer_is_held_against_what_was_said_without_a_name_that_was_reported(stage: Stage) -> None:
    name = str(tickets.customer(tickets.code(0)))
    stage.ledger.said[stage.people["ana"].id, 1][0].answer = Answer("edited", f"Dear {name}, bye.")
    changes(stage, f"UPDATE revision SET text = 'Dear {tickets.STRUCK}, bye.'")
    assert len(await kept.labels_are_kept(stage)) == 1
    stage.ledger.reports[1] = Reported(name)
    assert await kept.labels_are_kept(stage) == []
